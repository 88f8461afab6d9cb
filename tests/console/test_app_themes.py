"""The themes: every text can be read on what it stands on, states never differ by red and green alone, and the theme
fits the terminal."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest
from rich.color import Color as RichColour
from rich.color import ColorSystem
from textual.color import Color
from textual.geometry import Region
from textual.style import Style as Look

from opsconsole.cli.console import own_theme
from opsconsole.cli.main import main
from opsconsole.cli.terminal import UsageError
from opsconsole.console.colours import (
    COLOUR_BLIND,
    COLOURS,
    DARK,
    HIGH_CONTRAST,
    LIGHT,
    MONO,
    SIXTEEN,
    theme_for,
    theme_named,
)
from opsconsole.console.notices import Tell
from opsconsole.console.themes import MIN_CONTRAST, PAPER, THEMES, contrast
from opsconsole.console.views.lines import STYLES
from opsconsole.console.widgets.lines import LOOKS, UNDER_CURSOR
from tests.console.helpers_app import MEDIUM, NARROW, Watched, console, session_of, shown
from tests.console.picture import picture_of
from tests.console.places import PLACES, everywhere, go, leave

AAA = 7.0
"""WCAG 2 level AAA for text: what the theme of that name promises."""
STATES = ("success", "warning", "error")


def least(theme: str) -> float:
    return AAA if theme == HIGH_CONTRAST else MIN_CONTRAST


def variables_of(name: str) -> dict[str, str]:
    theme = next(theme for theme in THEMES if theme.name == name)
    return {**theme.to_color_system().generate(), **theme.variables}


# what is painted


@pytest.mark.parametrize("name", COLOURS)
def test_every_style_of_a_line_can_be_read_on_every_background(name: str) -> None:
    variables = variables_of(name)
    cursor = Look.parse(UNDER_CURSOR, variables).background
    assert cursor is not None
    papers = {variables[paper] for paper in PAPER} | {cursor.hex}
    for style in STYLES:
        look = Look.parse(LOOKS.get(style, "$foreground"), variables)
        ink = (look.foreground or Color.parse(variables["foreground"])).hex
        on = papers if look.background is None or not look.background.a else {look.background.hex}
        for paper in on:
            assert contrast(ink, paper) >= least(name), (style, ink, paper)


LINES = re.compile("[─-▟╭╮╯╰▼ ]+")
"""Frames, bars and the arrow of a list of choices are no text."""
PARTS = {"notice": "Toast", "palette": "CommandPalette OptionList"}
"""What of a place is looked at, where not all of its screen is: what is behind it is dimmed, and tested by itself."""


TEXTUALS_OWN = ("form", "run to", "palette", "notice")
"""Places with widgets of Textual's, which mix colours of their own: these in sixteen colours, too."""


def painted(app: Watched, places: list[Region]) -> set[tuple[str, str, str]]:
    """Every text in some parts of the screen, with the colours it is written in and on, as the terminal gets them."""
    found = set()
    for text in picture_of(app).texts:
        for part in re.finditer(r"\S+", LINES.sub(lambda gap: " " * len(gap[0]), text.text)):
            if any(place.contains(text.column + part.start(), text.row) for place in places):
                found.add((text.ink, text.paper, part[0]))
    return found


def parts_of(app: Watched, place: str) -> list[Region]:
    """Where the texts of a place stand: its notice or its list, else whatever its screen has over what is behind."""
    found = app.screen.query(PARTS[place]) if place in PARTS else app.screen.children
    return [widget.region for widget in found if widget.region and widget.is_on_screen]


async def test_every_text_that_is_painted_can_be_read() -> None:
    dim: set[tuple[str, ...]] = set()
    async with everywhere(MEDIUM) as (app, pilot):
        for place, keys in {**PLACES, "notice": ""}.items():
            await go(app, pilot, keys)
            if place == "notice":
                app.post_message(Tell("a notice", "of what happened", "warning"))
                await pilot.pause()
            places = parts_of(app, place)
            assert places, place
            for name in (DARK, LIGHT, *([SIXTEEN] if place in TEXTUALS_OWN else [])):  # the others: the same variables
                app.theme = name
                await pilot.pause()
                texts = painted(app, places)
                assert texts, (place, name)
                dim |= {(place, name, *one) for one in texts if contrast(one[0], one[1]) < MIN_CONTRAST}
            await leave(app, pilot)
    assert not dim


# who looks


def seen(colour: str, matrix: tuple[tuple[float, ...], ...]) -> tuple[float, ...]:
    """A colour as eyes see it that lack one kind of cone (Machado, Oliveira and Fernandes 2009, severity 1)."""
    channels = [channel / 255 for channel in Color.parse(colour).rgb]
    return tuple(255 * sum(part * channel for part, channel in zip(row, channels, strict=True)) for row in matrix)


PROTAN = ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998))
DEUTAN = ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881))


@pytest.mark.parametrize("matrix", [PROTAN, DEUTAN], ids=["protanopia", "deuteranopia"])
def test_the_colour_blind_theme_keeps_states_apart_without_red_and_green(matrix: tuple[tuple[float, ...], ...]) -> None:
    def nearest(name: str) -> float:
        states = [seen(COLOURS[name][state], matrix) for state in STATES]
        return min(sum((a - b) ** 2 for a, b in zip(*pair, strict=True)) ** 0.5 for pair in combinations(states, 2))

    assert nearest(COLOUR_BLIND) > 75
    assert nearest(COLOUR_BLIND) > 1.5 * nearest(DARK)


# where it is shown


def shown_in_256(colour: str) -> str:
    """A colour as a terminal with 256 of them shows it."""
    return RichColour.parse(colour).downgrade(ColorSystem.EIGHT_BIT).get_truecolor().hex


NOMINAL = (
    *("#000000", "#aa0000", "#00aa00", "#aa5500", "#0000aa", "#aa00aa", "#00aaaa", "#aaaaaa"),
    *("#555555", "#ff5555", "#55ff55", "#ffff55", "#5555ff", "#ff55ff", "#55ffff", "#ffffff"),
)
"""The sixteen colours of a PC's text mode, by their numbers."""


def test_on_sixteen_colours_nothing_is_rounded_and_states_stay_apart() -> None:
    for colour in COLOURS[SIXTEEN].values():
        number = RichColour.parse(colour).downgrade(ColorSystem.STANDARD).number
        assert number is not None
        assert NOMINAL[number] == colour
    assert len({COLOURS[SIXTEEN][state] for state in (*STATES, "foreground", "muted", "accent")}) == 6


@pytest.mark.parametrize("name", [name for name in COLOURS if name != SIXTEEN])
def test_on_256_colours_every_text_can_still_be_read(name: str) -> None:
    colours = {part: shown_in_256(colour) for part, colour in COLOURS[name].items()}
    assert contrast(colours["cursor-ink"], colours["cursor"]) >= MIN_CONTRAST
    for paper in ("background", "surface", "panel", "cursor-blurred"):
        for ink in colours.keys() - {
            "background",
            "surface",
            "panel",
            "rule",
            "cursor",
            "cursor-ink",
            "cursor-blurred",
        }:
            assert contrast(colours[ink], colours[paper]) >= MIN_CONTRAST, (ink, paper)


@pytest.mark.parametrize(
    ("environ", "colours", "theme"),
    [
        ({}, "truecolor", DARK),
        ({}, "256", DARK),
        ({}, "standard", SIXTEEN),
        ({}, None, SIXTEEN),
        ({"NO_COLOR": "1"}, "truecolor", MONO),
        ({"NO_COLOR": ""}, "standard", MONO),  # Textual takes the colours away then, too
    ],
)
def test_who_chooses_no_theme_gets_one_that_fits_the_terminal(
    environ: dict[str, str], colours: str | None, theme: str
) -> None:
    assert theme_for(environ, colours) == theme


def test_a_theme_that_there_is_not_is_a_usage_error_that_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["global_aurora", "--theme", "color-blind"]) == 2
    assert "did you mean colour-blind?" in capsys.readouterr().err
    with pytest.raises(ValueError, match="high-contrast, colour-blind, mono"):
        theme_named("zebra")


def test_a_theme_of_ones_own_is_remembered_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_config_path", lambda *args, **options: tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert own_theme() == ""
    file = tmp_path / "console.toml"
    file.write_text('theme = "light"\n')
    assert own_theme() == LIGHT
    file.write_text('theme = "lite"\n')
    with pytest.raises(UsageError, match=r"console\.toml: there is no theme \"lite\"; did you mean light\?"):
        own_theme()
    file.write_text("theme = light\n")
    with pytest.raises(UsageError, match=r"console\.toml: "):
        own_theme()
    monkeypatch.setenv("NO_COLOR", "1")
    assert own_theme() == ""


async def test_a_theme_by_name_is_what_the_console_opens_in() -> None:
    async with console(session_of("aurora_mysql"), NARROW, theme="high-contrast") as (app, _):
        assert app.theme == HIGH_CONTRAST
        assert app.theme_variables["background"] == "#000000"
        assert "orders" in shown(app, "map")
