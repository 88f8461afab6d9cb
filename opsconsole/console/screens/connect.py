"""The connect prompt: a name or an address, a read or a write, and what the app would get now. It changes nothing."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from opsconsole.cloud import aws_view
from opsconsole.console.desk import Desk
from opsconsole.console.screens.panels import Bar, Scrolling
from opsconsole.console.views import Line, line
from opsconsole.console.views.apps.connect import choice, connecting, matching
from opsconsole.console.views.glyphs import in_ascii
from opsconsole.console.widgets import LinesView

HINT = "up/down name - tab read or write - enter again - esc closes"


class ConnectScreen(ModalScreen[None]):
    """Asks for a name; its answer is the engine's real one, at the moment of the last key."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "close"),
        Binding("down", "name(1)", "next name", priority=True),
        Binding("up", "name(-1)", "name before", priority=True),
        Binding("tab,shift+tab", "kind", "read or write", priority=True),
        Binding("pageup", "read_on(-1)", "page up", priority=True),
        Binding("pagedown", "read_on(1)", "page down", priority=True),
    ]
    AUTO_FOCUS = "#connect-name"

    def __init__(self, desk: Desk, app: str) -> None:
        super().__init__()
        self._desk = desk
        self._of = app
        spec = desk.cloud.apps[app]
        self._writes = spec.write_record is not None
        self._names = matching(desk.cloud, app, "")
        self._chosen = next(iter(self._names), "")

    def compose(self) -> ComposeResult:
        """The line to type in, the names it may mean, what was asked when, the answer."""
        with Container(id="connect"):
            yield Input(placeholder="a name, an address, a server", id="connect-name", compact=True)
            yield Bar(id="connect-names")
            yield Bar(id="connect-said")
            yield Scrolling(id="connect-result")

    def on_mount(self) -> None:
        """Ask for the first name that the app uses."""
        frame = self.query_one("#connect", Container)
        frame.border_title = Content(f"SIMULATED connect from {self._of}")
        frame.border_subtitle = Content(HINT)
        self.call_after_refresh(self.ask)

    def on_resize(self, event: events.Resize) -> None:
        """Fit the answer anew."""
        self.call_after_refresh(self.ask)

    def ask(self) -> None:
        """Show what the app would get at this moment."""
        cloud, ascii = self._desk.cloud, self._desk.ascii
        result = self.query_one("#connect-result", LinesView)
        width = result.text_width
        if width <= 0:
            return
        typed = self.query_one("#connect-name", Input).value.strip()
        name = self._chosen or typed
        self._set("connect-names", [choice(self._names, self._chosen, width)] if self._names else [])
        kind = "write" if self._writes else "read"
        at = f"{aws_view.moment(cloud):%H:%M:%S}Z"
        said = line((" a ", "dim"), (kind, "title"), (" to ", "dim"), (name, "accent"), (f"  at {at}", "dim"))
        self._set("connect-said", [said])
        result.set_lines(connecting(cloud, self._of, name, self._writes, width, ascii=ascii))

    def _set(self, name: str, lines: list[Line]) -> None:
        self.query_one(f"#{name}", LinesView).set_lines(in_ascii(lines, self._desk.ascii))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        text = event.value.strip()
        self._names = matching(self._desk.cloud, self._of, text)
        self._chosen = next(iter(self._names), "")
        self.ask()

    @on(Input.Submitted)
    def _again(self) -> None:
        self.ask()

    @on(LinesView.Selected)
    def _clicked(self, event: LinesView.Selected) -> None:
        event.stop()
        if event.view.id == "connect-names":
            self._chosen = event.ref
            self.ask()

    def action_name(self, by: int) -> None:
        """Another of the names that what was typed may mean."""
        if self._names:
            at = self._names.index(self._chosen) if self._chosen in self._names else 0
            self._chosen = self._names[(at + by) % len(self._names)]
            self.ask()

    def action_kind(self) -> None:
        """A read instead of a write, or the other way round."""
        self._writes = not self._writes
        self.ask()

    def action_read_on(self, by: int) -> None:
        """Scroll the answer."""
        result = self.query_one("#connect-result", LinesView)
        result.scroll_relative(y=by * max(1, result.size.height - 1), animate=False)
