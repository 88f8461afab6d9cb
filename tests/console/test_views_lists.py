"""Lists that have less room than rows say how many more there are, and lose no half of a word to it."""

import re

import pytest

from opsconsole.console.views.layout import cells
from opsconsole.console.views.lines import Line
from opsconsole.console.views.window import Window, window
from tests.console.helpers_app import NARROW, console, shown

IDS = ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("selected", "rows", "expected"),
    [
        ("a", None, Window(IDS)),
        ("a", 5, Window(IDS)),
        ("a", 2, Window(["a", "b"], 0, 3)),
        ("c", 3, Window(["b", "c", "d"], 1, 1)),
        ("e", 2, Window(["d", "e"], 3, 0)),
        (None, 2, Window(["a", "b"], 0, 3)),
    ],
)
def test_a_window_holds_the_selected_one(selected: str | None, rows: int | None, expected: Window) -> None:
    assert window(IDS, selected, rows) == expected


def test_the_sign_takes_the_end_of_the_line_and_cuts_no_word() -> None:
    line = Line((("name", ""), ("   12 min", "number"), ("  日本", "")), None, ((0, 4, "x"), (5, 18, "y")))
    signed = Window(IDS, 0, 3).signed(line, 20)
    assert cells(signed.text) == 20
    assert "12" not in signed.text
    assert signed.text.endswith(" 3 more ↓ ")
    assert signed.refs == ((0, 4, "x"), (5, 9, "y"))
    assert Window(IDS).signed(line, 20) is line
    assert Window(IDS, 1, 2).signed(line, 40).text.endswith("  1 more ↑ 2 more ↓ ")


@pytest.mark.parametrize("size", [NARROW, (60, 16)], ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize(("key", "panel"), [("a", "apps-list"), ("R", "rec-bases")])
async def test_apps_and_recovery_tell_of_every_row_that_they_hide(size: tuple[int, int], key: str, panel: str) -> None:
    async with console(size=size, ascii=size == NARROW) as (app, pilot):
        await pilot.press(key)
        count = len(app.desk.cloud.apps) if key == "a" else 6
        for _ in range(count):
            await pilot.press("tab")
            text = shown(app, panel)
            listed = sum(line.ref is not None for line in app.screen.query_one(f"#{panel}").lines)  # type: ignore[attr-defined]
            hidden = sum(int(number) for number in re.findall(r"(\d+) more [↑↓^v]", text))
            assert listed + hidden == count
            assert hidden
