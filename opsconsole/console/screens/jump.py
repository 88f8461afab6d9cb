"""Jumping: a letter on every panel, tab and list row of the screen below; the letter goes there, escape leaves.

What can be jumped to is asked of the screen once, when it opens; what is chosen is a panel or an id, never a position:
things may move meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Offset, Size
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static

from opsconsole.console.notices import Tell
from opsconsole.console.screens.panels import Listing, TabBar
from opsconsole.console.widgets import LinesView

LETTERS: Final = "asdfghjklqwertyuiopzxcvbnmASDFGHKLQWERTYUIOPZXCVBNM"
"""Home row first. What is beyond them has no letter."""


class Spot(NamedTuple):
    """A place to jump to: a panel, or a thing that stands in it; and where its letter is drawn."""

    view: LinesView
    ref: str | None
    at: Offset

    def go(self) -> None:
        """Give the panel the keys, or choose the thing as a click on it does."""
        if self.ref is None:
            self.view.focus()
        else:
            self.view.post_message(LinesView.Selected(self.view, self.ref))


class JumpScreen(ModalScreen[Spot | None]):
    """The letters, over what is there."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "close")]

    def __init__(self, found: Sequence[Spot]) -> None:
        super().__init__()
        self.places = dict(zip(LETTERS, found, strict=False))
        """What each letter stands for."""
        self._drawn_for: Size | None = None

    def compose(self) -> ComposeResult:
        """A letter for each place, as wide as there is room for it."""
        for letter, spot in self.places.items():
            label = Static(Content(letter if spot.ref is not None else f" {letter} "), classes="jump")
            label.styles.offset = (spot.at.x, spot.at.y)
            yield label

    def on_key(self, event: events.Key) -> None:
        """Go where the letter stands; any other key does nothing."""
        if event.key == "escape":
            return
        event.stop()
        if event.character in self.places:
            self.dismiss(self.places[event.character])

    def on_click(self) -> None:
        """A click leaves: the mouse needs no letters."""
        self.dismiss(None)

    def on_resize(self, event: events.Resize) -> None:
        """Where things stood they stand no more."""
        if self._drawn_for not in (None, event.size):
            self.dismiss(None)
        self._drawn_for = event.size


def jump_over(screen: Screen[None]) -> None:
    """Open the letters over a screen, and go where the chosen one stands."""

    def go(spot: Spot | None) -> None:
        if spot is not None:
            spot.go()

    found = list(spots(screen))
    if len(found) < 2:
        screen.post_message(Tell("jump", "there is one panel here"))
    else:
        screen.app.push_screen(JumpScreen(found), go)


def spots(screen: Screen[None]) -> Iterator[Spot]:
    """Where one can jump to: panels that take keys, and each thing of bars of tabs and of lists, as far as in sight."""
    for view in screen.query(LinesView):
        if not view.is_on_screen:
            continue
        if isinstance(view, TabBar | Listing):
            yield from _things(view)
        elif view.can_focus and (frame := _frame(view)) is not None:
            yield Spot(view, None, frame.region.offset)


def _things(view: LinesView) -> Iterator[Spot]:
    inside, top = view.content_region, view.scroll_offset.y
    for row, line in enumerate(view.lines[top : top + inside.height]):
        found = [(0, line.ref)] if line.ref is not None else [(start, ref) for start, _, ref in line.refs]
        for column, ref in found:
            yield Spot(view, ref, inside.offset + Offset(column, row))


def _frame(view: LinesView) -> Widget | None:
    """What stands around a panel: its own frame, or one around it and its tabs; a pane's only text has none."""
    around = (node for node in view.ancestors_with_self if isinstance(node, Widget))
    return next((node for node in around if node.has_class("panel")), None)
