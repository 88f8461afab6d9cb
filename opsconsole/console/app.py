"""The console's app: it paints at once, opens the session, owns the engine's task, and leaves in order.

The engine runs in this app's event loop and is never waited for by a widget. When it has news, one message is posted,
and messages that pile up replace each other: so a slow terminal slows the painting and never the simulation.

What the first paint does not need is imported after it: nothing of the cloud is imported at the top of this file.
"""

from __future__ import annotations

import asyncio
import gc
import io
import os
from collections.abc import Callable, Coroutine
from dataclasses import replace
from importlib import import_module
from inspect import iscoroutinefunction
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias, cast

from rich.console import Console
from textual import on
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import Worker, WorkerState

from opsconsole.console import crier
from opsconsole.console.colours import DARK, theme_for
from opsconsole.console.notices import SHOWN_S, Crowd, Tell
from opsconsole.console.options import ConsoleOptions, keys_file
from opsconsole.console.remembered import Remembered, recall
from opsconsole.console.screens.opening import OpeningScreen
from opsconsole.console.themes import THEMES

if TYPE_CHECKING:
    from opsconsole.commands import Command
    from opsconsole.console.desk import Desk
    from opsconsole.console.drafts import Draft
    from opsconsole.console.screens.fleet import FleetScreen
    from opsconsole.console.screens.ground import GroundScreen
    from opsconsole.console.terminal import TerminalWatch
    from opsconsole.drills.running import Run
    from opsconsole.engine.clock import WallClock
    from opsconsole.engine.engine import Braked, Engine
    from opsconsole.engine.past import Past
    from opsconsole.engine.session import Session

__all__ = ["ConsoleFailure", "ConsoleOptions", "News", "OpsConsole", "run_console"]

STATE_S: Final = 0.25
"""Wall seconds between two looks at the cloud while time runs."""

ALARM_PAUSE_S: Final = 0.02
"""Wall seconds between two slices of a look at the alarms of a large fleet."""

EXIT_DONE: Final = 0
EXIT_STOPPED: Final = 4


Opening: TypeAlias = "Session | Engine | Callable[[], Session] | Callable[[], Coroutine[Any, Any, Engine]]"
"""What is shown, or what opens it."""


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
    CSS_PATH = Path(__file__).with_name("styles.tcss")
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "quit", show=False, priority=True),
        Binding("q", "quit", "quit", show=False),
    ]

    def __init__(
        self,
        opening: Opening,
        options: ConsoleOptions | None = None,
        clock: WallClock | None = None,
        drill: Run | None = None,
        branched: Callable[[Session], None] = lambda session: None,
    ) -> None:
        """Show what ``opening`` is, or opens. ``clock`` paces a session: the machine's own if not given.

        ``drill``: the run whose session it is; it begins when the session is on the screen. ``branched`` is called with
        each session that goes on from an earlier moment of the one before it.
        """
        super().__init__()
        self._branched = branched
        self._clock = clock
        self._drill = drill
        self._said = 0
        self._debriefed = False
        self._opening = opening
        self._options = options or ConsoleOptions()
        file = self._options.remembered_file
        self._remembered = Remembered(file) if self._options.fresh else recall(file)
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = self._options.theme or DARK
        self.set_class(self._options.ascii, "-ascii")
        self.watch_terminal: TerminalWatch | None = None
        self.opened = asyncio.Event()
        """Set when the session is on the screen, or cannot be opened."""
        self._desk: Desk | None = None
        self._fleet: FleetScreen | None = None
        self._crowd = Crowd()
        self._shared: Worker[None] | None = None
        self._braked: Braked | None = None
        self._alarmed = self._watching_alarms = False
        self._paced = self._stopped = False
        self._unopened: Exception | None = None
        self._defect: BaseException | None = None
        self.error_console = Console(file=io.StringIO(), width=200, markup=False, highlight=False)

    @property
    def desk(self) -> Desk:
        """The session on the desk. Only once it is open."""
        assert self._desk is not None, "the session is not open yet"
        return self._desk

    @property
    def fleet_screen(self) -> FleetScreen:
        """The screen of the fleet, under whatever covers it: as it is, or as it was. Only once the session is open."""
        from opsconsole.console.screens.fleet import FleetScreen

        assert self._fleet is not None, "the session is not open yet"
        fleets = [screen for screen in self.screen_stack if isinstance(screen, FleetScreen)]
        return fleets[-1] if fleets else self._fleet

    @property
    def ground(self) -> GroundScreen:
        """The screen that fills the terminal now, whatever dialog is over it: the others are painted when it goes."""
        from opsconsole.console.screens.ground import GroundScreen

        grounds = [screen for screen in self.screen_stack if isinstance(screen, GroundScreen)]
        return grounds[-1] if grounds else self.fleet_screen

    @property
    def looked_at(self) -> Desk:
        """The desk of the screen that fills the terminal: in the past another than the session's."""
        return self.ground.looked_at

    @property
    def may_branch(self) -> bool:
        """Whether one may go on from an earlier moment of the session."""
        return self._options.branches

    @property
    def is_open(self) -> bool:
        """Whether the session is open and on the screen."""
        return self._fleet is not None

    # -- opening ------------------------------------------------------------------------------------------------

    def get_default_screen(self) -> Screen[None]:
        """What is painted first."""
        return OpeningScreen(self._options.way, ascii=self._options.ascii, hidden=self._remembered.hidden)

    def on_mount(self) -> None:
        """Paint, then open."""
        self.call_after_refresh(self.run_worker, self._open, name="opening", exit_on_error=False)

    async def _open(self) -> None:
        """Read the rest of the program and the session beside the event loop; show it and let time run."""
        from opsconsole.engine.beside import beside

        await beside(lambda: import_module("opsconsole.console.screens.fleet"), stays=True)
        from opsconsole.console.desk import Desk
        from opsconsole.console.screens.fleet import FleetScreen

        try:
            engine = await self._engine()
        except Exception as error:
            self._unopened = error
            self.opened.set()
            self.exit(return_code=1)
            return
        self._desk = Desk.of(engine, read_only=self._options.read_only, ascii=self._options.ascii)
        self._desk.why_read_only = self._options.why_read_only or self._desk.why_read_only
        await self._look_first()
        self._follow(engine)
        self._rebind()
        self._recall()
        fleet = FleetScreen(self._desk, self.size)
        await self.push_screen(fleet)
        self._fleet = fleet
        if self._drill is not None:
            self._begin_drill(self._drill)
        if self._options.projector:
            fleet.action_projector()
        self.opened.set()
        self._watch()
        self._mind_alarms()
        self._share()
        gc.freeze()
        self._paced = True
        await self._pace()

    async def _look_first(self) -> None:
        """See what stands on the map before it is there; of a very large fleet that takes a while."""
        from opsconsole.engine.beside import beside

        standing, cloud, truth = self.desk.standing, self.desk.cloud, self.desk.looking.truth
        await beside(lambda: standing.look(cloud, truth, None), stays=True)

    async def _pace(self) -> None:
        """Let time run, in whichever session is on the desk, until the last of them is left."""
        paced = None
        while paced is not self.desk.engine:
            paced = self.desk.engine
            await paced.run()
        if self.return_code is None:  # nobody left: there is nothing more to follow
            self.exit(EXIT_DONE, return_code=EXIT_DONE)

    def _follow(self, engine: Engine) -> None:
        """Hear of a session's news from now on."""
        self._reader = engine.reader(engine.session.cloud.log.count)
        engine.listen(self._engine_has_news, STATE_S)

    def unwind(self) -> None:
        """Close whatever is over the fleet's screen."""
        while self.screen is not self._fleet:
            self.pop_screen()

    def branch(self, past: Past) -> Session:
        """Go on from the moment that is looked at, as a session of its own; the one so far is closed, complete.

        Its journal stands beside the one so far; without one there is none. Raises ``JournalError``: nothing happened.
        """
        from opsconsole.engine.engine import Engine
        from opsconsole.engine.replay import branch_off
        from opsconsole.engine.shelf import branch_beside

        assert past.engine is not None, "no moment is looked at yet"
        live, session = self.desk.engine, past.engine.session
        before = session.origin.journal if session.origin is not None else None
        branch_off(session, None if before is None else branch_beside(before))
        past.take()
        engine = Engine(session, speed=live.speed, paused=True, brake=live.brake, clock=self._clock)
        self.desk.take(engine)
        self.desk.read_only = False
        self._debriefed = self._stopped = True  # what the drill or the replay had to say was said of the other one
        self._braked, self._alarmed = None, False
        self._follow(engine)
        live.stop()
        self._share()
        self._branched(session)
        return session

    async def _engine(self) -> Engine:
        """What is to be shown, opened beside the event loop: an engine, or a session that gets one."""
        from opsconsole.engine.engine import Engine

        opened = await self._opened()
        if isinstance(opened, Engine):
            return opened
        options = self._options
        return Engine(
            opened,
            speed=options.speed,
            paused=options.paused,
            stop_us=None if options.stop is None else options.stop.time_us,
            clock=self._clock,
        )

    async def _opened(self) -> Session | Engine:
        from opsconsole.engine.beside import beside

        opening = self._opening
        if not callable(opening):
            return opening
        if iscoroutinefunction(opening):
            return cast("Engine", await opening())
        build = cast("Callable[[], Session]", opening)
        return await beside(build, stays=True, unwanted=lambda session: session.close())

    def _share(self) -> None:
        """Let others attach to the session, if that is wanted."""
        sharing, engine = self._options.sharing, self.desk.engine
        if self._shared is not None:  # with those who looked at the session that this one leaves
            self._shared.cancel()
        if sharing is None:
            return
        from opsconsole.engine.sharing.leader import share
        from opsconsole.engine.sharing.messages import Role

        admits = Role.INSTRUCTOR if sharing.instructors else Role.WATCH
        self._shared = self.run_worker(share(engine, sharing.folder, admits), name="sharing", exit_on_error=False)

    def _begin_drill(self, run: Run) -> None:
        """The drill's first instant, in AWS's view; its screen is the first that is seen."""
        from opsconsole.console.screens.drill import DrillScreen
        from opsconsole.drills.lesson import Progress

        self.desk.drill = run
        self.desk.looking.truth = False
        if run.drill.lesson is not None:
            self.desk.progress = Progress(run.drill.lesson)
        run.begin()
        self.push_screen(DrillScreen(self.desk, run))

    def _mind_drill(self) -> None:
        """Pass on its messages; when it is over, time stands still and the debrief is opened."""
        run = self._drill
        if run is None or self._debriefed:
            return
        for _, step in run.director.said[self._said :]:
            self.post_message(Tell(step.sender or "message", step.text, "warning"))
        self._said = len(run.director.said)
        if run.over:
            self._debriefed = True
            self.desk.engine.pause()
            self.desk.looking.truth = True
            self._open_debrief(run)

    def _open_debrief(self, run: Run) -> None:
        from opsconsole.console.screens.drill import DrillScreen

        self.post_message(Tell(run.result.verdict.value, run.result.reason))
        shown = next((screen for screen in self.screen_stack if isinstance(screen, DrillScreen)), None)
        if shown is None:
            self.push_screen(DrillScreen(self.desk, run))
        else:
            shown.repaint()

    def _rebind(self) -> None:
        """Give actions the keys that the person wants."""
        from opsconsole.console.rebinding import read_keys

        rebound = read_keys(self._options.keys_file or keys_file())
        self.set_keymap(rebound.keymap)
        self.desk.keymap = rebound.keymap
        for problem in rebound.problems:
            self.post_message(Tell("keys", problem, "warning"))

    def _recall(self) -> None:
        """How the person had lists and panels when they were changed last."""
        self.desk.remembered = remembered = self._remembered
        if remembered.problem:
            self.post_message(Tell("remembered", remembered.problem, "warning"))
            remembered.problem = ""

    def _watch(self) -> None:
        """Mind a terminal that goes away."""
        if not self.is_headless:
            from opsconsole.console.terminal import TerminalWatch

            self.watch_terminal = TerminalWatch(self._leave_at_once)
            self.watch_terminal.start()

    def _engine_has_news(self) -> None:
        self.post_message(News())

    @on(News)
    def _news(self) -> None:
        self._mind_brake()
        self._mind_stop()
        self._mind_alarms()
        self._mind_drill()
        for row in self._reader.read().rows:
            told = crier.of_row(row) or crier.of_message(row, self.desk.engine.session)
            if told is not None:
                self._tell(told)
        for text in self.desk.engine.heard():
            self.post_message(Tell("attached", text))
        self.ground.news()

    def _mind_brake(self) -> None:
        """Say once that the brake has bitten."""
        braked = self.desk.engine.braked
        if braked is not self._braked:
            self._braked = braked
            if braked is not None:
                self._tell(crier.of_brake(braked.app, self.desk.engine.speed, self._options.ascii))

    def _mind_stop(self) -> None:
        """Say once why time stands still by itself."""
        stop = self._options.stop
        if stop is not None and self.desk.engine.stop_us is None and not self._stopped:
            self._stopped = True
            self._tell(Tell("time stands still", stop.says))

    def _mind_alarms(self) -> None:
        """Look at the alarms of the minute, in slices between which the screen stays alive."""
        if not self._watching_alarms:
            self._watching_alarms = True
            self._look_on()

    def _look_on(self) -> None:
        desk = self.looked_at
        if not desk.alarms.look(desk.cloud):
            self.set_timer(ALARM_PAUSE_S, self._look_on)
            return
        self._watching_alarms = False
        if desk is self.desk:
            self._tell_alarms()
        else:  # of what rang once nobody is warned
            self.ground.repaint()

    def _tell_alarms(self) -> None:
        """Say it when alarms begin to ring after there were none; further ones are counted in the status line."""
        new = self.desk.new_alarms()
        if new and not self._alarmed:
            self._tell(crier.of_alarms(new))
        if bool(new) != self._alarmed:
            self._alarmed = bool(new)
            self.ground.repaint()

    @on(Tell)
    def _tell(self, event: Tell) -> None:
        shown_s = SHOWN_S[event.severity]
        if self._crowd.is_full(shown_s):
            self.clear_notifications()
        self.notify(event.text, title=event.title, severity=event.severity, timeout=shown_s, markup=False)

    # -- the palette --------------------------------------------------------------------------------------------

    def action_command_palette(self) -> None:
        """Any command on any target, or a whole command line."""
        if not self.is_open:
            return
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
        from opsconsole.console.screens.form import FormScreen

        desk = self.looked_at
        if desk.locked:
            self._tell(Tell("read-only", desk.locked, "warning"))
            return

        self.push_screen(FormScreen(desk, draft))

    def pop_screen(self) -> AwaitComplete:
        """Leave a screen, and let go of what was painted on it.

        Textual 8.2.8 keeps the caches of the last thousand widgets, whether they live or not (an `lru_cache` over a
        method, `StylesCache.get_inner_outer`): megabytes for each screen. A widget that is refreshed empties its own;
        scroll bars are no children.
        """
        gone = self.screen
        popped = super().pop_screen()
        for widget in gone.walk_children(Widget, with_self=True):
            widget.refresh()
            if widget.scrollbars_enabled[0]:
                widget.vertical_scrollbar.refresh()
        return popped

    # -- leaving ------------------------------------------------------------------------------------------------

    async def action_quit(self) -> None:
        """Leave in order: the engine ends, the journal is finished."""
        self._leave(EXIT_DONE)

    def _leave(self, code: int) -> None:
        if self._desk is not None:
            self._desk.engine.stop()
        self.exit(code, return_code=code)

    def _leave_at_once(self) -> None:
        self._leave(EXIT_STOPPED)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A defect in the simulation must not stay behind a screen that looks alive."""
        if event.state is WorkerState.ERROR:
            self._defect = self._defect or event.worker.error
            self.exit(return_code=1)

    def finish(self) -> int:
        """After the app has ended: close the journal if the engine did not, and say how it ended.

        Raises what opening the session raised, and ConsoleFailure for a defect.
        """
        if self._desk is not None and not self._paced:
            self._desk.engine.session.close()
        if self._unopened is not None:
            raise self._unopened
        if self.watch_terminal is not None and self.watch_terminal.gone:
            return EXIT_STOPPED
        told = self.error_console.file.getvalue() if isinstance(self.error_console.file, io.StringIO) else ""
        code = self.return_code or EXIT_DONE
        if self._defect is None and not told and code in (EXIT_DONE, EXIT_STOPPED):
            return code
        failure = ConsoleFailure(f"{type(self._defect).__name__}: {self._defect}" if self._defect else "see the notes")
        failure.add_note(told)
        raise failure from self._defect


def run_console(
    opening: Opening,
    options: ConsoleOptions | None = None,
    drill: Run | None = None,
    branched: Callable[[Session], None] = lambda session: None,
) -> int:
    """Show a session until the person leaves; the session is closed then. Returns the exit code (0, or 4: stopped).

    ``branched`` is called with each session that goes on from an earlier moment; it is closed in the same way.

    ``opening`` is a session or an engine, or what opens one: then the screen is there before the session is. What
    it raises is raised here, when the terminal is itself again. A defect raises ConsoleFailure, with what is known.
    """
    options = options or ConsoleOptions()
    if not options.theme:
        colours = Console(force_terminal=True, legacy_windows=False).color_system
        options = replace(options, theme=theme_for(os.environ, colours))
    app = OpsConsole(opening, options, drill=drill, branched=branched)
    app.run()
    return app.finish()
