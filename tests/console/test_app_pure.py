"""What the shell works out without a screen: moments, movement, layouts, bars, history, colours."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.console.bars import key_line, tab_line
from opsconsole.console.desk import Looking
from opsconsole.console.keys import KEYS, bar_keys
from opsconsole.console.layouts import Layout, Needs, layout_for, rows_for
from opsconsole.console.menus import OPERATIONS, entries
from opsconsole.console.moments import parse_moment
from opsconsole.console.movement import spots, step
from opsconsole.console.palette import holds
from opsconsole.console.rebinding import read_keys
from opsconsole.console.themes import ALARM, INK, MIN_CONTRAST, PAPER, THEMES, contrast
from opsconsole.console.views import Line
from opsconsole.console.wrapping import fitted
from tests.console.helpers_app import session_of

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
S = 1_000_000


@pytest.mark.parametrize(
    ("text", "now_s", "there_s"),
    [
        ("10m", 60, 660),
        ("T+1h", 60, 3600),
        ("t+60s", 60, 60),
        ("09:30", 60, 1800),
        ("09:00:30", 60, 86_400 + 30),
        (" 08:59:59Z ", 0, 86_399),
    ],
)
def test_a_moment_is_a_duration_a_time_since_the_beginning_or_a_time_of_day(
    text: str, now_s: int, there_s: int
) -> None:
    assert parse_moment(text, now_s * S, START) == there_s * S


@pytest.mark.parametrize("text", ["", "soon", "10", "25:00", "09:61", "T+30s", "-5m"])
def test_what_is_no_moment_or_has_passed_is_told_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"no time|passed"):
        parse_moment(text, 60 * S, START)


# -- movement ---------------------------------------------------------------------------------------------------

MAP = [
    Line((("us-east-1   a   b   c", ""),), "us-east-1", ((12, 13, "us-east-1a"), (16, 17, "us-east-1b"))),
    Line((("", ""),)),
    Line(
        (("orders      W   R   R", ""),), "orders", ((12, 13, "orders-1"), (16, 17, "orders-2"), (20, 21, "orders-3"))
    ),
    Line((("catalog         W   R", ""),), "catalog", ((16, 17, "catalog-1"), (20, 21, "catalog-2"))),
]


@pytest.mark.parametrize(
    ("selected", "rows", "columns", "next_id"),
    [
        ("orders", 0, 1, "orders-1"),
        ("orders-1", 0, 1, "orders-2"),
        ("orders-1", 0, -1, "orders"),
        ("orders-2", 1, 0, "catalog-1"),
        ("orders-1", 1, 0, "catalog"),
        ("orders-1", -1, 0, "us-east-1a"),
        ("catalog-2", -1, 0, "orders-3"),
        ("orders", 1, 0, "catalog"),
        ("nowhere", 1, 0, "us-east-1"),
    ],
)
def test_a_step_leads_to_what_stands_next_on_the_screen(selected: str, rows: int, columns: int, next_id: str) -> None:
    spot = step(MAP, selected, rows, columns)
    assert spot is not None
    assert spot.id == next_id


@pytest.mark.parametrize(("selected", "rows", "columns"), [("orders", 0, -1), ("orders-3", 0, 1), ("catalog", 1, 0)])
def test_at_an_edge_there_is_nowhere_to_go(selected: str, rows: int, columns: int) -> None:
    assert step(MAP, selected, rows, columns) is None


def test_no_lines_have_no_spots() -> None:
    assert spots([]) == []
    assert step([], "orders", 1, 0) is None


# -- layouts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("width", "height", "layout"),
    [
        (160, 48, Layout.WIDE),
        (140, 24, Layout.WIDE),
        (139, 48, Layout.MEDIUM),
        (100, 30, Layout.MEDIUM),
        (99, 48, Layout.SINGLE),
        (80, 24, Layout.SINGLE),
        (160, 18, Layout.SINGLE),
        (60, 16, Layout.SINGLE),
        (59, 40, Layout.TINY),
        (200, 15, Layout.TINY),
        (1, 1, Layout.TINY),
    ],
)
def test_the_layout_follows_the_size_of_the_screen(width: int, height: int, layout: Layout) -> None:
    assert layout_for(width, height) is layout


@given(st.integers(60, 300), st.integers(20, 100), st.integers(0, 400), st.integers(0, 400))
def test_the_map_always_keeps_room(width: int, height: int, map_lines: int, app_lines: int) -> None:
    layout = layout_for(width, height)
    rows = rows_for(layout, height, Needs(map_lines, app_lines))
    used = rows.feed if layout is Layout.MEDIUM else rows.apps + rows.feed if layout is Layout.WIDE else 0
    assert height - 2 - used >= 6
    assert min(rows) >= 3


# -- bars -------------------------------------------------------------------------------------------------------


def test_each_tab_can_be_hit_where_it_is_written() -> None:
    line = tab_line(["Topology", "Storage"], "Storage")
    for start, end, name in line.refs:
        assert name in line.text[start:end]


TABS = ["Topology", "Endpoints", "Replication", "Storage", "Metrics", "Config", "Events"]


def test_tabs_keep_their_digits_where_they_have_to_stand_closer() -> None:
    assert "1 Topology 2 Endpoints" in tab_line(TABS, "Config", 76).text
    assert "4 Storage" in tab_line([*TABS, "Scaling", "Cost", "Alarms"], "Storage", 78).text


def test_a_few_letters_find_only_what_has_them_together() -> None:
    assert not holds("foo", "Faults in force: end one, or all")
    assert holds("fail over ord", "Fail over orders")


@given(st.integers(18, 120), st.sampled_from(TABS), st.booleans())
def test_however_narrow_the_current_tab_is_there_and_each_can_be_hit(width: int, current: str, ascii: bool) -> None:
    line = tab_line(TABS, current, width, ascii=ascii)
    assert len(line.text) <= width
    assert current in [name for _, _, name in line.refs]
    for start, end, name in line.refs:
        assert line.text[start:end].strip().endswith(name)
    assert not ascii or line.text.isascii()


@given(st.integers(1, 300))
def test_the_key_bar_never_overflows_and_its_words_are_where_its_clicks_are(width: int) -> None:
    line = key_line(bar_keys({}), width)
    assert all(end <= width for _, end, _ in line.refs)
    assert all(line.text[start:end].strip() for start, end, _ in line.refs)
    assert len(line.text) <= width
    assert width < 24 or "? help" in line.text  # it tells of the keys that have no room


def test_no_key_is_bound_twice_and_no_two_have_the_same_name() -> None:
    bound = [key for entry in KEYS for key in entry.keys.split(",")]
    assert len(bound) == len(set(bound))
    assert len({entry.name for entry in KEYS}) == len(KEYS)


# -- looking ----------------------------------------------------------------------------------------------------


def test_history_goes_back_and_forward_and_forgets_what_lay_ahead() -> None:
    looking = Looking("a")
    assert not looking.back()
    for id in "bcc":
        looking.select(id)
    assert looking.back()
    assert looking.selected == "b"
    assert looking.back()
    assert not looking.back()
    assert looking.forward()
    looking.select("d")
    assert not looking.forward()
    assert looking.back()
    assert looking.selected == "b"


def test_history_is_bounded() -> None:
    looking = Looking("start")
    for number in range(1000):
        looking.select(f"thing-{number}")
    steps = 0
    while looking.back():
        steps += 1
    assert steps == 99


# -- themes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: str(theme.name))
def test_all_text_has_enough_contrast_on_every_background(theme) -> None:  # type: ignore[no-untyped-def]
    variables = {**theme.to_color_system().generate(), **theme.variables}
    for paper in PAPER:
        for ink in (*INK, *ALARM, "writer", "standby", "text"):
            assert contrast(variables[ink], variables[paper]) >= MIN_CONTRAST, (ink, paper)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: str(theme.name))
def test_the_cursor_can_be_read(theme) -> None:  # type: ignore[no-untyped-def]
    variables = {**theme.to_color_system().generate(), **theme.variables}
    for kind in ("block-cursor", "block-cursor-blurred"):
        assert contrast(variables[f"{kind}-foreground"], variables[f"{kind}-background"]) >= MIN_CONTRAST


def test_the_mono_theme_has_no_colour() -> None:
    mono = next(theme for theme in THEMES if theme.name == "mono")
    for value in {**mono.to_color_system().generate(), **mono.variables}.values():
        if value.startswith("#"):
            red, green, blue = value[1:3], value[3:5], value[5:7]
            assert red == green == blue, value


# -- keys of one's own ------------------------------------------------------------------------------------------


def test_a_file_gives_actions_other_keys_and_what_is_wrong_in_it_is_told(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    file.write_text('[keys]\npause = "p"\nfastr = "f"\nhelp = 1\n[kyes]\n')
    rebound = read_keys(file)
    assert rebound.keymap == {"fleet.pause": "p"}
    assert [problem.partition(": ")[2] for problem in rebound.problems] == [
        "'kyes' stands outside of [keys]; actions come below that line",
        "there is no action 'fastr'; did you mean faster?",
        'help needs the name of a key, like "p"',
    ]


@pytest.mark.parametrize("text", ["[keys", "keys = 1", "\x00"])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys.toml"
    file.write_text(text)
    assert read_keys(file).keymap == {}
    assert len(read_keys(file).problems) == 1


def test_no_file_is_no_problem(tmp_path: Path) -> None:
    assert read_keys(tmp_path / "keys.toml") == ({}, ())


# -- wrapping ---------------------------------------------------------------------------------------------------

PROSE = st.text("ab c", max_size=200)


@given(st.lists(PROSE, max_size=4), st.integers(8, 60))
def test_fitted_lines_fit_and_lose_nothing_but_spaces(texts: list[str], width: int) -> None:
    line = Line(tuple((text, f"style{number}") for number, text in enumerate(texts)))
    parts = fitted([line], width)
    assert all(len(part.text) <= width for part in parts)
    assert "".join(part.text for part in parts).replace(" ", "") == line.text.replace(" ", "")


def test_a_line_that_fits_is_the_same_line() -> None:
    assert fitted(MAP, 80) == MAP


def test_a_sentence_goes_on_under_its_beginning() -> None:
    line = Line((("  b       ", "key"), ("incident brake on or off", "")))
    assert [part.text for part in fitted([line], 24)] == ["  b       incident brake", "          on or off"]


def test_what_no_field_can_change_is_greyed_whatever_its_code() -> None:
    cloud = session_of().cloud
    reboot = next(one for one in entries(cloud, "orders", OPERATIONS) if one.model.name == "rds:reboot-db-cluster")
    assert reboot.greyed
    assert "not a Multi-AZ DB cluster" in reboot.reason
