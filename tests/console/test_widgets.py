"""The widgets repaint what changed and nothing else, and know what stands under the pointer."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.strip import Strip

from opsconsole.console.themes import THEMES
from opsconsole.console.views.lines import STYLES, Line, line
from opsconsole.console.widgets import LinesView
from opsconsole.console.widgets.lines import LOOKS
from tests.console.helpers_app import console


class Counting(LinesView):
    def __init__(self) -> None:
        super().__init__()
        self.painted: list[int] = []

    def render_line(self, y: int) -> Strip:
        self.painted.append(y + self.scroll_offset.y)
        return super().render_line(y)


class Panel(App[None]):
    CSS: ClassVar[str] = "Counting { width: 40; height: 10; }"

    def __init__(self) -> None:
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name
        self.view = Counting()
        self.chosen: list[str] = []
        self.highlighted: list[str | None] = []

    def compose(self) -> ComposeResult:
        yield self.view

    def on_lines_view_selected(self, event: LinesView.Selected) -> None:
        self.chosen.append(event.ref)

    def on_lines_view_highlighted(self, event: LinesView.Highlighted) -> None:
        self.highlighted.append(event.ref)


def rows(count: int, changed: dict[int, str] | None = None) -> list[Line]:
    texts = [f"row {number}" for number in range(count)]
    for number, text in (changed or {}).items():
        texts[number] = text
    return [line((text, "warn"), ref=f"id-{number}", key=f"key-{number}") for number, text in enumerate(texts)]


async def test_only_rows_that_changed_are_painted() -> None:
    app = Panel()
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.set_lines(rows(8))
        await pilot.pause()
        app.view.painted.clear()
        app.view.set_lines(rows(8))
        await pilot.pause()
        assert app.view.painted == []
        app.view.set_lines(rows(8, {2: "two", 5: "five"}))
        await pilot.pause()
        assert sorted(set(app.view.painted)) == [2, 5]
        assert len(app.view.painted) == 2


async def test_rows_out_of_sight_are_not_painted() -> None:
    app = Panel()
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.set_lines(rows(500))
        await pilot.pause()
        assert app.view.virtual_size.height == 500
        app.view.painted.clear()
        app.view.set_lines(rows(500, {400: "far away"}))
        await pilot.pause()
        assert app.view.painted == []
        app.view.scroll_to(y=395, animate=False)
        await pilot.pause()
        assert 400 in app.view.painted
        assert max(app.view.painted) < 405


async def test_a_click_selects_the_thing_under_the_pointer() -> None:
    app = Panel()
    async with app.run_test(size=(60, 20)) as pilot:
        several = Line((("cluster   one   two", ""),), "cluster", ((10, 13, "one"), (16, 19, "two")))
        app.view.set_lines([line("head"), several])
        await pilot.pause()
        for column in (11, 17, 2):
            await pilot.click(app.view, offset=(column, 1))
        await pilot.click(app.view, offset=(2, 0))
        await pilot.click(app.view, offset=(2, 7))
        assert app.chosen == ["one", "two", "cluster"]


async def test_a_click_in_a_scrolled_panel_means_the_line_that_is_seen() -> None:
    app = Panel()
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.set_lines(rows(100))
        await pilot.pause()
        app.view.scroll_to(y=50, animate=False)
        await pilot.pause()
        await pilot.click(app.view, offset=(1, 3))
        assert app.chosen == ["id-53"]


async def test_keys_move_the_cursor_and_enter_selects() -> None:
    app = Panel()
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.set_lines(rows(30))
        app.view.focus()
        await pilot.press("down", "j", "j", "k", "enter")
        assert app.chosen == ["id-1"]
        await pilot.press("end", "enter")
        assert app.chosen[-1] == "id-29"
        assert app.view.scroll_offset.y == 20
        await pilot.press("home", "pagedown", "enter")
        assert app.chosen[-1] == "id-9"
        assert "id-29" in app.highlighted


async def test_the_cursor_stays_with_its_line_when_lines_move() -> None:
    app = Panel()
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.set_lines(rows(30))
        app.view.focus()
        await pilot.press("down", "down", "down")
        app.view.set_lines([line("new", key="new"), *rows(30)])
        await pilot.press("enter")
        assert app.view.cursor_row == 3
        assert app.chosen == ["id-2"]


async def test_a_scrolled_panel_keeps_what_is_read_in_place() -> None:
    app = Panel()
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.set_lines(rows(50))
        await pilot.pause()
        app.view.scroll_to(y=10, animate=False)
        await pilot.pause()
        app.view.set_lines([line("new", key="new"), *rows(50)])
        await pilot.pause()
        assert app.view.scroll_offset.y == 11


async def test_fewer_lines_leave_nothing_behind() -> None:
    app = Panel()
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.set_lines(rows(30))
        app.view.focus()
        await pilot.press("end")
        app.view.set_lines(rows(3))
        await pilot.pause()
        assert app.view.scroll_offset.y == 0
        assert app.view.cursor_row == 2
        assert app.view.render_line(0).text.startswith("row 0")
        assert app.view.render_line(5).text.strip() == ""
        app.view.set_lines([])
        await pilot.press("down", "enter")
        assert app.view.cursor_row is None


async def test_brackets_in_a_text_stay_text() -> None:
    app = Panel()
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.set_lines([line(("[red]not markup[/red]", "bad"))])
        await pilot.pause()
        assert app.view.render_line(0).text.rstrip() == "[red]not markup[/red]"


async def test_a_theme_changes_the_colours() -> None:
    app = Panel()
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.set_lines(rows(1))
        await pilot.pause()
        app.theme = THEMES[0].name
        await pilot.pause()
        dark = app.view.render_line(0)
        app.theme = next(theme.name for theme in THEMES if not theme.dark)
        await pilot.pause()
        assert [s.style for s in app.view.render_line(0)] != [s.style for s in dark]


async def test_the_room_for_text_does_not_depend_on_the_scrollbar() -> None:
    app = Panel()
    async with app.run_test(size=(60, 20)) as pilot:
        assert app.view.text_width == 39
        app.view.set_lines(rows(100))
        await pilot.pause()
        assert app.view.text_width == 39


async def test_another_theme_gives_the_named_styles_another_look() -> None:
    seen = []
    async with console() as (app, pilot):
        panel = app.fleet_screen.lines_of("map")
        panel.set_lines([line(("late", "warn"))])
        for theme in THEMES:
            app.theme = theme.name
            await pilot.pause()
            style = next(segment.style for segment in panel.render_line(0) if segment.text == "late")
            assert style is not None
            seen.append(style.color)
    assert len(set(seen)) == len(THEMES)


def test_every_look_is_of_a_style_that_a_line_may_name() -> None:
    assert set(LOOKS) < set(STYLES)
