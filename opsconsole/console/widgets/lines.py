"""A panel of lines, on Textual's line API: what did not change is not painted, what is not on screen costs nothing.

It owns no timer. The theme decides how the named styles of a line look. They are no component classes: Textual works
each of those out anew, in each panel, whenever a class or the focus changes anywhere around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style as Look

from opsconsole.console.views.layout import cells
from opsconsole.console.views.lines import Line

EMPTY = Line()
LOOKS = {
    "dim": "$text-muted",
    "title": "$text-primary bold",
    "ok": "$text-success",
    "warn": "$text-warning",
    "bad": "$text-error",
    "accent": "$text-accent",
    "writer": "$text-accent bold",
    "reader": "$text-primary",
    "standby": "$text-secondary",
    "selected": "$block-cursor-foreground on $block-cursor-background bold",
    "key": "$text-accent",
    "sim": "$text-warning bold reverse",
    "cut": "$text-error on $panel",
}
"""How a named style looks, in the variables of a theme. A name that is not here looks like the panel."""
UNDER_CURSOR = "$under-cursor"


class LinesView(ScrollView, can_focus=True):
    """Shows lines; `set_lines` repaints only the rows that differ.

    The cursor is a row, or nowhere until a key or a click puts it somewhere; it stays with its line when lines move.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor(-1)", "up", show=False),
        Binding("down,j", "cursor(1)", "down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
        Binding("home", "edge(0)", "first", show=False),
        Binding("end", "edge(1)", "last", show=False),
        Binding("enter", "choose", "open", show=False),
    ]
    DEFAULT_CSS = """
    LinesView {
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
    }
    """

    show_cursor: reactive[bool] = reactive(True)
    """Whether the cursor's row is marked while the panel has the focus."""

    class Selected(Message):
        """A thing was chosen, by Enter or by a click on it."""

        def __init__(self, view: LinesView, ref: str) -> None:
            super().__init__()
            self.view = view
            """The panel."""
            self.ref = ref
            """The id of the thing."""

        @property
        def control(self) -> LinesView:
            """The panel, for `@on(LinesView.Selected, "#map")`."""
            return self.view

    class Highlighted(Message):
        """The cursor moved to another row."""

        def __init__(self, view: LinesView, ref: str | None) -> None:
            super().__init__()
            self.view = view
            """The panel."""
            self.ref = ref
            """What the row stands for, if anything."""

        @property
        def control(self) -> LinesView:
            """The panel."""
            return self.view

        def can_replace(self, message: Message) -> bool:
            """Only the last of a burst matters."""
            return isinstance(message, LinesView.Highlighted) and message.view is self.view

    @dataclass(frozen=True, slots=True)
    class _Look:
        """The styles of the panel as they are now, resolved once."""

        base: Style
        cursor: Style
        named: dict[str, Style]

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None, disabled: bool = False
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self.lines: list[Line] = []
        """What is shown."""
        self.cursor_row: int | None = None
        """The row under the cursor."""
        self._look: LinesView._Look | None = None

    @property
    def text_width(self) -> int:
        """Columns that a line may fill: `size.width` without the scrollbar, whose column is always kept free."""
        return self.scrollable_content_region.width

    # -- content ------------------------------------------------------------------------------------------------

    def set_lines(self, lines: Sequence[Line]) -> None:
        """Show these lines. Rows equal to what is shown, and rows out of sight, are not repainted.

        The cursor, and the top of a panel that is scrolled, stay with the line they were at if its key is still there.
        """
        old, new = self.lines, list(lines)
        if old == new:
            return
        top = self.scroll_offset.y
        cursor = self._follow(self.cursor_row, old, new)
        shift = 0 if top == 0 else (self._follow(top, old, new) or 0) - top
        self.lines = new
        size = Size(self._content_width(), len(new))
        if size != self.virtual_size:  # a change of it repaints everything
            self.virtual_size = size
        before, self.cursor_row = self.cursor_row, cursor
        if shift:
            self.scroll_to(y=top + shift, animate=False)
        self._refresh_rows(row for row in self._visible() if _at(old, row) != _at(new, row))
        if before != cursor:
            self._refresh_rows(row for row in (before, cursor) if row is not None)

    def _content_width(self) -> int:
        """How far one may scroll sideways. Where that is hidden, lines that grow must not cost a repaint of all."""
        if self.styles.overflow_x == "hidden":
            return 1
        return max((cells(one.text) for one in self.lines), default=1)

    @staticmethod
    def _follow(row: int | None, old: list[Line], new: list[Line]) -> int | None:
        """Where the line of `row` is now: by its key, else the same row as far as there is one."""
        if row is None or not new:
            return None
        key = old[row].key if row < len(old) else ""
        if not key or (row < len(new) and new[row].key == key):
            return min(row, len(new) - 1)
        return next((number for number, one in enumerate(new) if one.key == key), min(row, len(new) - 1))

    def _visible(self) -> range:
        top = self.scroll_offset.y
        return range(top, top + self.size.height)

    def _refresh_rows(self, rows: Iterable[int]) -> None:
        top, size = self.scroll_offset.y, self.size
        regions = [Region(0, row - top, max(size.width, 1), 1) for row in rows if top <= row < top + size.height]
        if regions:
            self.refresh(*regions)

    # -- painting -----------------------------------------------------------------------------------------------

    def notify_style_update(self) -> None:
        """A stylesheet, a theme or a pseudo-class has changed: resolve the styles again."""
        self._look = None
        super().notify_style_update()

    def _resolve(self) -> LinesView._Look:
        variables = self.app.theme_variables
        named = {name: Look.parse(look, variables).rich_style for name, look in LOOKS.items()}
        return LinesView._Look(self.rich_style, Look.parse(UNDER_CURSOR, variables).rich_style, named)

    def render_line(self, y: int) -> Strip:
        """One row of the screen."""
        look = self._look = self._look or self._resolve()
        offset = self.scroll_offset
        row, width = y + offset.y, self.size.width
        base = look.base
        if row == self.cursor_row and self.show_cursor and self.has_focus:
            base = base + look.cursor
        if row >= len(self.lines):
            return Strip.blank(width, base)
        segments = [
            Segment(text, base + look.named[style] if style in look.named else base)
            for text, style in self.lines[row].spans
        ]
        return Strip(segments).crop_extend(offset.x, offset.x + width, base)

    def watch_has_focus(self, has_focus: bool) -> None:
        """The cursor's row is marked in a panel that has the focus."""
        super().watch_has_focus(has_focus)
        if self.cursor_row is not None:
            self._refresh_rows([self.cursor_row])

    def watch_show_cursor(self) -> None:
        """Mark or unmark the cursor's row."""
        if self.cursor_row is not None:
            self._refresh_rows([self.cursor_row])

    # -- cursor -------------------------------------------------------------------------------------------------

    def move_cursor(self, row: int) -> None:
        """Put the cursor on a row, as near as there is one, and bring it into sight."""
        if not self.lines:
            return
        row = max(0, min(row, len(self.lines) - 1))
        before, self.cursor_row = self.cursor_row, row
        height = self.size.height
        top = self.scroll_offset.y
        if row < top:
            self.scroll_to(y=row, animate=False)
        elif height and row >= top + height:
            self.scroll_to(y=row - height + 1, animate=False)
        if before != row:
            self._refresh_rows(one for one in (before, row) if one is not None)
            self.post_message(LinesView.Highlighted(self, self.lines[row].ref))

    def action_cursor(self, by: int) -> None:
        """Move the cursor by rows; where no cursor is shown, scroll."""
        if not self.show_cursor:
            self.scroll_relative(y=by, animate=False)
        elif self.cursor_row is None:
            self.move_cursor(self.scroll_offset.y if by > 0 else self.scroll_offset.y + self.size.height - 1)
        else:
            self.move_cursor(self.cursor_row + by)

    def action_page(self, by: int) -> None:
        """Move by what fits on the screen, less a row."""
        rows = max(1, self.size.height - 1) * by
        self.scroll_relative(y=rows, animate=False)
        if self.show_cursor and self.cursor_row is not None:
            self.move_cursor(self.cursor_row + rows)

    def action_edge(self, last: int) -> None:
        """Go to the first or the last line."""
        if self.show_cursor:
            self.move_cursor(len(self.lines) - 1 if last else 0)
        self.scroll_to(y=self.max_scroll_y if last else 0, animate=False)

    def action_choose(self) -> None:
        """Select what the cursor's row stands for."""
        if self.cursor_row is None or self.cursor_row >= len(self.lines):
            return
        chosen = self.lines[self.cursor_row]
        ref = chosen.ref if chosen.ref is not None else next((id for _, _, id in chosen.refs), None)
        if ref is not None:
            self.post_message(LinesView.Selected(self, ref))

    def on_click(self, event: events.Click) -> None:
        """Select the thing under the pointer."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        row, column = offset.y + self.scroll_offset.y, offset.x + self.scroll_offset.x
        if row >= len(self.lines):
            return
        self.move_cursor(row)
        ref = self.lines[row].ref_at(column)
        if ref is not None:
            event.stop()
            self.post_message(LinesView.Selected(self, ref))


def _at(lines: list[Line], row: int) -> Line:
    return lines[row] if row < len(lines) else EMPTY
