"""The projector: few, large figures that a room can read."""

from __future__ import annotations

import re

import pytest

from opsconsole.commands import parse
from opsconsole.console.views.figures import SIGNS, figure
from opsconsole.console.views.projector import projector_view
from opsconsole.engine.session import Session
from tests.console.helpers_app import NARROW, WIDE, console, session_of, shown


@pytest.fixture(scope="module")
def outage() -> Session:
    """Ten seconds after a zone went dark: one app is settling, the others fail."""
    session = session_of("global_aurora", until_s=60)
    session.ask(parse("az:outage us-east-1a for=30m"), "test")
    session.run_until(72_000_000)
    return session


def texts(session: Session, size: tuple[int, int], **how: bool) -> list[str]:
    """What the projector shows between its two bars."""
    return [line.text for line in projector_view(session.cloud, size[0], size[1] - 2, **how)]


def holds(lines: list[str], text: str, *, large: bool, ascii: bool = False) -> bool:
    """Whether a figure stands somewhere: its rows below each other."""
    rows = figure(text, large=large, ascii=ascii)
    places = range(len(lines) - len(rows) + 1)
    return any(all(row.rstrip() in lines[at + n] for n, row in enumerate(rows)) for at in places)


def test_figures_are_as_wide_and_as_high_as_they_say() -> None:
    for large, ascii, rows in ((True, False, 5), (False, False, 3), (True, True, 5), (False, True, 5)):
        made = figure("".join(SIGNS), large=large, ascii=ascii)
        assert len(made) == rows
        assert len({len(row) for row in made}) == 1
        assert "".join(made).isascii() is ascii
    assert figure("1", large=False) == ["▄█ ", " █ ", "▀▀▀"]
    assert figure("l_1", large=False) == ["█     ▄█ ", "█      █ ", "▀▀▀   ▀▀▀"]  # capitals; no sign for _


@pytest.mark.parametrize(("size", "large"), [(WIDE, True), (NARROW, False)], ids=["160x48", "80x24"])
def test_every_app_and_region_is_there_with_its_share_and_its_running_rto(
    outage: Session, size: tuple[int, int], large: bool
) -> None:
    lines = texts(outage, size)
    assert len(lines) <= size[1] - 2
    assert all(len(line) <= size[0] for line in lines)
    for app, state in (("billing", "✖ failing"), ("checkout", "✖ failing"), ("storefront", "◐ settling")):
        assert any(f" {state} " in line if large else f" {app}  {state}" in line for line in lines), app
        assert holds(lines, app, large=False) is large
    assert holds(lines, "92.03 %", large=large)  # billing, of the last minute
    assert holds(lines, "0:12", large=large)
    assert holds(lines, "storefront-eu", large=False) is holds(lines, "settling", large=False) is large
    assert sum("RTO, running" in line for line in lines) == 3
    assert sum("RTO so far" in line for line in lines) == 1  # it is well again, and not yet for ten seconds
    assert [re.sub(" +", " ", line.strip()) for line in lines[-2:]] == ["eu-west-1 ● up", "us-east-1 ✖ us-east-1a down"]


def test_an_incident_that_is_over_leaves_its_rto_in_words_and_no_clock() -> None:
    session = session_of("aurora_mysql", "az:outage us-east-1a for=5m", until_s=600)
    lines = texts(session, WIDE)
    assert any(re.search(r" ● ok .* last RTO \d+\.\d s", line) for line in lines)
    assert holds(lines, "100 %", large=True)


def test_awss_view_shows_a_zone_as_aws_would_and_ascii_draws_with_nothing_else(outage: Session) -> None:
    assert "us-east-1a down" not in "\n".join(texts(outage, WIDE, truth=False))
    lines = texts(outage, WIDE, ascii=True)
    assert "".join(lines).isascii()
    assert holds(lines, "0:12", large=True, ascii=True)


def test_where_not_all_apps_fit_those_in_trouble_are_shown_and_the_rest_counted(outage: Session) -> None:
    shown_names = "\n".join(texts(outage, (60, 9)))
    assert "billing" in shown_names
    assert "and 3 more apps" in shown_names


async def test_p_opens_it_time_is_steered_from_it_and_escape_leaves() -> None:
    async with console(session_of("aurora_mysql"), NARROW) as (app, pilot):
        await pilot.press("P")
        assert "checkout" in shown(app, "figures")
        assert "SIMULATED" in shown(app, "status")
        await pilot.press("v", "space")
        assert not app.desk.looking.truth
        assert not app.desk.engine.paused
        await pilot.press("space", "question_mark", "escape", "escape")
        assert app.desk.engine.paused
        assert app.screen is app.fleet_screen


async def test_the_console_may_begin_with_it_and_what_happens_is_painted() -> None:
    async with console(session_of("aurora_mysql"), WIDE, projector=True) as (app, pilot):
        assert "● ok" in shown(app, "figures")
        app.desk.ask(parse("az:outage us-east-1a"))
        app.ground.news()
        await pilot.pause()
        assert "✖ failing" in shown(app, "figures")
        await pilot.resize_terminal(*NARROW)
        assert all(len(line) <= NARROW[0] for line in shown(app, "figures").splitlines())
