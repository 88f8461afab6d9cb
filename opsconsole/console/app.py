"""The console's app: it owns the engine's task, tells the screens when something happened, and leaves in order.

The engine runs in this app's event loop and is never waited for by a widget. When it has news, one message is posted,
and messages that pile up replace each other: so a slow terminal slows the painting and never the simulation.
"""

from __future__ import annotations

import io
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from rich.console import Console
from textual import on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from opsconsole.cloud.events import Row
from opsconsole.commands import Command
from opsconsole.console.desk import READ_ONLY, Desk
from opsconsole.console.notices import SHOWN_S, Crowd, Tell
from opsconsole.console.screens.fleet import FleetScreen
from opsconsole.console.terminal import EXIT_STOPPED, TerminalWatch
from opsconsole.console.themes import DARK, MONO, THEMES
from opsconsole.engine.engine import Engine
from opsconsole.engine.session import Session

if TYPE_CHECKING:
    from opsconsole.console.drafts import Draft

STATE_S: Final = 0.25
"""Wall seconds between two looks at the cloud while time runs."""

EXIT_DONE: Final = 0
ENGINE: Final = "engine"


@dataclass(frozen=True)
class ConsoleOptions:
    """How the console is opened: the speed, whether it only looks, plain ASCII, paused at first, the theme's name."""

    speed: float = 1.0
    read_only: bool = False
    ascii: bool = False
    paused: bool = False
    theme: str = ""


class ConsoleFailure(Exception):
    """A defect of the console or of the simulation ended it; what is known of it is in the notes."""


class News(Message):
    """The engine says: something happened, or time went on."""

    def can_replace(self, message: Message) -> bool:
        """Only the latest matters."""
        return isinstance(message, News)


class OpsConsole(App[int]):
    """One session on the screen."""

    TITLE = "opsconsole"
    CSS_PATH = "styles.tcss"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q", "quit", "quit", show=False, priority=True)]

    def __init__(self, session: Session, options: ConsoleOptions | None = None) -> None:
        super().__init__()
        options = options or ConsoleOptions()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = options.theme or (MONO if os.environ.get("NO_COLOR") else DARK)
        engine = Engine(session, speed=options.speed, paused=options.paused)
        self.desk = Desk.of(engine, read_only=options.read_only, ascii=options.ascii)
        self.watch_terminal: TerminalWatch | None = None
        self._reader = engine.reader(session.cloud.log.count)
        self._crowd = Crowd()
        self._paced = False
        self._failure: BaseException | None = None
        self.error_console = Console(file=io.StringIO(), width=200, markup=False, highlight=False)

    def get_default_screen(self) -> Screen[None]:
        """The fleet."""
        return FleetScreen(self.desk)

    def on_mount(self) -> None:
        """Let time run, and listen."""
        self.desk.engine.listen(self._engine_has_news, STATE_S)
        self.run_worker(self._live(), name=ENGINE, exit_on_error=False)
        if not self.is_headless:
            self.watch_terminal = TerminalWatch(self._leave_at_once)
            self.watch_terminal.start()

    async def _live(self) -> None:
        self._paced = True
        await self.desk.engine.run()

    def _engine_has_news(self) -> None:
        self.post_message(News())

    @on(News)
    def _news(self) -> None:
        for row in self._reader.read().rows:
            self._mind(row)
        self.fleet_screen().news()

    def _mind(self, row: Row) -> None:
        """Say what an operator must not miss: an app begins to fail or is well again; an order fails on the way."""
        match row.get("kind"), row.get("now"), row.get("outcome"):
            case "incident", "began", _:
                self._tell(Tell(f"{row['source']}", "requests fail", "error"))
            case "incident", "ended", _:
                self._tell(Tell(f"{row['source']}", f"well again: it was out for {row.get('rto_s')} s"))
            case "command", _, "failed":
                self._tell(Tell(f"{row.get('code')}: {row.get('command')}", str(row.get("sentence")), "warning"))

    @on(Tell)
    def _tell(self, event: Tell) -> None:
        shown_s = SHOWN_S[event.severity]
        if self._crowd.is_full(shown_s):
            self.clear_notifications()
        self.notify(event.text, title=event.title, severity=event.severity, timeout=shown_s, markup=False)

    # -- the palette --------------------------------------------------------------------------------------------

    def action_command_palette(self) -> None:
        """Any command on any target, or a whole command line."""
        from textual.command import CommandPalette

        from opsconsole.console.palette import DeskCommands

        if not any(isinstance(screen, CommandPalette) for screen in self.screen_stack):
            placeholder = "fail over orders to orders-3 · az:outage us-east-1a for=30m"
            self.push_screen(CommandPalette([DeskCommands], placeholder=placeholder))

    def confirm(self, command: Command) -> None:
        """Open the form of a command that was typed or chosen."""
        from opsconsole.console.drafts import draft_of

        self.fill_in(draft_of(command))

    def fill_in(self, draft: Draft) -> None:
        """Open the form of a draft, or say why this session changes nothing."""
        if self.desk.read_only:
            self._tell(Tell("read-only", READ_ONLY, "warning"))
            return
        from opsconsole.console.screens.form import FormScreen

        self.push_screen(FormScreen(self.desk, draft))

    def fleet_screen(self) -> FleetScreen:
        """The screen that is always there, under whatever covers it."""
        screen = self.screen_stack[0]
        assert isinstance(screen, FleetScreen)
        return screen

    # -- leaving ------------------------------------------------------------------------------------------------

    async def action_quit(self) -> None:
        """Leave in order: the engine ends, the journal is finished."""
        self._leave(EXIT_DONE)

    def _leave(self, code: int) -> None:
        self.desk.engine.stop()
        self.exit(code, return_code=code)

    def _leave_at_once(self) -> None:
        self._leave(EXIT_STOPPED)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A defect in the simulation must not stay on a screen that looks alive."""
        if event.state is WorkerState.ERROR:
            self._failure = self._failure or event.worker.error
            self.exit(return_code=1)

    def finish(self) -> int:
        """After the app has ended: close the journal if the engine did not, and say how it ended.

        Raises ConsoleFailure for a defect.
        """
        if not self._paced:
            self.desk.engine.session.close()
        gone = self.watch_terminal is not None and self.watch_terminal.gone
        code = EXIT_STOPPED if gone else self.return_code or EXIT_DONE
        told = self.error_console.file.getvalue() if isinstance(self.error_console.file, io.StringIO) else ""
        if gone or (self._failure is None and not told and code in (EXIT_DONE, EXIT_STOPPED)):
            return code
        failure = ConsoleFailure(f"the console ended: {self._failure or 'see the notes'}")
        failure.add_note(told)
        raise failure from self._failure


def run_console(session: Session, options: ConsoleOptions | None = None) -> int:
    """Show a session until the person leaves; the session is closed then. Returns the exit code (0, or 4: stopped).

    Raises ConsoleFailure for a defect, with what is known of it, when the terminal is itself again.
    """
    app = OpsConsole(session, options)
    app.run()
    code = app.finish()
    recorder = session.recorder
    if recorder is not None and code == EXIT_DONE:
        sys.stdout.write(f"SIMULATED session recorded; go on with it: opsconsole resume {recorder.path}\n")
    return code
