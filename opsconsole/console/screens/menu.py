"""What a leader key opens: the commands that fit, what AWS would say to each, and a letter for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.screen import ModalScreen

from opsconsole.commands import Danger
from opsconsole.console.asking import ask
from opsconsole.console.desk import Desk
from opsconsole.console.menus import Entry
from opsconsole.console.notices import Tell
from opsconsole.console.views import Line, Span
from opsconsole.console.views.glyphs import in_ascii
from opsconsole.console.views.layout import Row
from opsconsole.console.widgets import LinesView
from opsconsole.console.wrapping import fitted, wrapped

DANGER_STYLE = {
    Danger.SAFE: "ok",
    Danger.INTERRUPTS: "warn",
    Danger.LOSES_DATA: "bad",
    Danger.IRREVERSIBLE: "bad",
}
DANGER_WIDTH = max(len(danger) for danger in Danger)
MENU_WIDTH: Final = 100
HINT: Final = "letter or enter opens - esc closes"
FRAME: Final = 5
"""Borders, padding and the scrollbar."""


class MenuScreen(ModalScreen[None]):
    """Choose a command by its letter, with the arrows and Enter, or with the mouse; its form opens.

    What is safe and asks for nothing, such as healing a fault, is done at once.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss", "close")]

    def __init__(self, desk: Desk, title: str, entries: Sequence[Entry]) -> None:
        super().__init__()
        self._desk = desk
        self._menu_title = title
        self._entries = entries

    def compose(self) -> ComposeResult:
        """The entries, and what the one under the cursor does."""
        with Container(id="menu"):
            yield LinesView(id="menu-list")
            yield LinesView(id="menu-about")

    def on_mount(self) -> None:
        """List the entries."""
        menu = self.query_one("#menu", Container)
        menu.border_title, menu.border_subtitle = Content(self._menu_title), Content(f"SIMULATED   {HINT}")
        self.query_one("#menu-about", LinesView).can_focus = False
        listing = self.query_one("#menu-list", LinesView)
        lines = menu_lines(self._entries, min(MENU_WIDTH, self.size.width) - FRAME)
        listing.styles.height = min(len(lines), max(4, self.size.height - 12))
        listing.set_lines(in_ascii(lines, self._desk.ascii))
        listing.move_cursor(1)  # under the first heading
        listing.focus()
        self._about(0)

    @on(LinesView.Highlighted)
    def _highlighted(self, event: LinesView.Highlighted) -> None:
        event.stop()
        if event.ref is not None:
            self._about(int(event.ref))

    @on(LinesView.Selected)
    def _selected(self, event: LinesView.Selected) -> None:
        event.stop()
        self._choose(self._entries[int(event.ref)])

    def on_key(self, event: events.Key) -> None:
        """Choose by letter."""
        entry = next((entry for entry in self._entries if entry.letter and entry.letter == event.character), None)
        if entry is not None:
            event.stop()
            self._choose(entry)

    def _choose(self, entry: Entry) -> None:
        if not entry.opens:
            self._stand_on(entry)
            self.post_message(Tell(f"AWS would refuse {entry.draft.line()}", entry.reason, "warning"))
            return
        if entry.is_plain and entry.verdict.command is not None:
            answer = ask(self._desk, entry.verdict.command)
            if answer is not None:
                self.post_message(answer)
            self.dismiss()
            return
        from opsconsole.console.screens.form import FormScreen

        self.app.switch_screen(FormScreen(self._desk, entry.draft))

    def _stand_on(self, entry: Entry) -> None:
        """Put the cursor on an entry: what is said below the list is about it."""
        listing, number = self.query_one("#menu-list", LinesView), str(self._entries.index(entry))
        listing.move_cursor(next(row for row, line in enumerate(listing.lines) if line.ref == number))

    def _about(self, number: int) -> None:
        view = self.query_one("#menu-about", LinesView)
        view.set_lines(about_lines(self._entries[number], max(20, view.size.width or self.size.width - 8)))


def menu_lines(entries: Sequence[Entry], room: int) -> list[Line]:
    """The menu: a line for each entry under the thing it is aimed at; a ref is the entry's number."""
    lines: list[Line] = []
    heading = ""
    width = max(len(entry.title) for entry in entries)
    for number, entry in enumerate(entries):
        if entry.heading != heading:
            heading = entry.heading
            lines.append(Line(((heading, "title"),), key=heading))
        lines.append(Row(*_entry_spans(entry, width), ref=str(number), key=entry.draft.line()).line(room))
    return lines


def _entry_spans(entry: Entry, width: int) -> tuple[Span, ...]:
    title = f" {entry.title:{width}}  "
    if entry.greyed:
        return ((f" {entry.letter or ' '} ", "dim"), (title, "dim"), (f"refused now: {entry.verdict.code}", "dim"))
    return (
        (f" {entry.letter or ' '} ", "key"),
        (title, ""),
        (f"{entry.model.danger:{DANGER_WIDTH}}  ", DANGER_STYLE[entry.model.danger]),
        (entry.model.name, "dim"),
    )


def about_lines(entry: Entry, width: int) -> list[Line]:
    """What an entry does, in its own words, and why AWS would refuse it now."""
    lines = fitted([Line(((entry.draft.line(), "accent"),))], width)
    if entry.reason:
        lines += [Line(((row, "warn"),)) for row in wrapped(entry.reason, width)]
    lines += [Line(((row, ""),)) for row in wrapped(about(entry.model.__doc__ or ""), width)]
    return lines


def about(doc: str) -> str:
    """The first paragraph of a command's docstring, as one line."""
    first = doc.strip().split("\n\n")[0]
    return " ".join(first.replace("`", "").split())
