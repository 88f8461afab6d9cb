"""The scrubber: the session's line of time with a cursor, and below it the fleet as it was at that moment.

While it is open the session waits. The moment is re-run in a second kernel; Enter looks at it with everything that only
looks, B goes on from it. The screens of the past share one desk, whose engine is that of the second kernel.
"""

from __future__ import annotations

from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from opsconsole.console import keys
from opsconsole.console.desk import Desk
from opsconsole.console.moments import parse_moment
from opsconsole.console.notices import Tell
from opsconsole.console.screens.branching import BranchKeys
from opsconsole.console.screens.panels import Reading, TimeLineView
from opsconsole.console.screens.visit import VisitScreen
from opsconsole.console.stance import Stance
from opsconsole.console.views import Line, Stand, apps_view, event_feed, line, map_view
from opsconsole.console.views.glyphs import in_ascii
from opsconsole.console.views.quantities import since_start
from opsconsole.console.views.recovery.axis import Axis
from opsconsole.console.views.recovery.timeline import NAMES, instant_of
from opsconsole.console.views.scene import BLANK
from opsconsole.console.views.session_line import SessionTrack, session_line
from opsconsole.console.views.spark import bar
from opsconsole.console.wrapping import fitted
from opsconsole.engine.past import Past

FRAMED: Final = (100, 30)
FRAME: Final = 2
WHOLE: Final = 99
"""A span beyond the end of every ladder: at first the whole session is shown."""
GAUGE: Final = 24


class ScrubberScreen(BranchKeys, VisitScreen):
    """Every moment of the session, one at a time."""

    FIGURES = "The line of time"
    OWN = keys.SCRUBBER_KEYS
    BESIDES = keys.WATCHING
    BINDINGS: ClassVar[list[BindingType]] = list(keys.visit_bindings(OWN, BESIDES))
    AUTO_FOCUS = "#scrub-line"

    def __init__(self, desk: Desk) -> None:
        """Have the session of the desk wait, and stand on its now."""
        super().__init__(desk)
        engine = desk.engine
        self._ran, self._journey = not engine.paused, engine.journey
        self._last_us = max(engine.now_us, engine.stop_us or 0)
        engine.pause()
        self.past = Past(engine.session, self._last_us, self._hear, engine.speed)
        self.track = SessionTrack(desk.cloud, self._asked(), tuple(desk.alarms.rang), self._last_us)
        self.stance = Stance(engine.now_us, WHOLE)
        self._then: Desk | None = None
        self._looks = False

    def _asked(self) -> list[tuple[int, str]]:
        """What was asked, and in a replay what will be."""
        session = self.desk.engine.session
        entries = [*session.asked, *session.script]
        return [(one.time_us, one.command.line()) for one in entries if one.time_us <= self._last_us]

    def _panels(self) -> ComposeResult:
        """The line over the map and what users felt."""
        yield from self.named(TimeLineView(id="scrub-line", classes="panel"))
        below = self.named(Reading(id="scrub-map", classes="panel"), Reading(id="scrub-side", classes="panel"))
        yield Horizontal(*below, id="scrub-below")

    def on_mount(self) -> None:
        """Be ready to re-run, and say that time stands still."""
        super().on_mount()
        self.run_worker(self.past.run(), name="past", exit_on_error=False)
        if self._ran:
            waits = f"it waits at {since_start(self.desk.engine.now_us)} while you look; esc goes back and lets it run"
            self.post_message(Tell("session", waits))

    # -- what is where -------------------------------------------------------------------------------------------

    def _divide(self) -> None:
        width, height = self.app.size
        framed = width >= FRAMED[0] and height >= FRAMED[1]
        self.set_class(not framed, "-bare")
        self._views["scrub-map"].display = width >= FRAMED[0]
        self._views["scrub-line"].styles.height = len(self._line_lines()) + (FRAME if framed else 0)

    def _columns(self) -> int:
        width = self._views["scrub-line"].size.width or self.app.size.width - 4
        return max(10, width - NAMES - 1)

    def _axis(self) -> Axis:
        return self.stance.axis(self.track, self._columns())

    def _line_lines(self) -> list[Line]:
        most = max(3, (self.app.size.height - 6) // 3)
        truth, ascii = self.desk.looking.truth, self.desk.ascii
        return session_line(self.track, self._axis(), self.stance.cursor_us, truth, most=most, ascii=ascii)

    # -- painting ------------------------------------------------------------------------------------------------

    @property
    def shown(self) -> Desk | None:
        """The desk of the moment under the cursor: the session's own for now, none while it is being re-run."""
        if self.stance.cursor_us == self.desk.engine.now_us:
            return self.desk
        return self._then if self.past.progress is None and not self.past.differs else None

    @property
    def looked_at(self) -> Desk:
        """The desk of that moment, or while it is being re-run of the one before."""
        return self.shown or self._then or self.desk

    def _paint(self) -> None:
        lines = self._line_lines()
        if len(lines) != len(self._views["scrub-line"].lines):
            self._divide()
        self._set("scrub-line", lines)
        now, here = since_start(self.desk.engine.now_us), since_start(self.stance.cursor_us)
        stands = ", ".join(dict.fromkeys(one.word for one in self.stance.here(self.track, self.desk.looking.truth)))
        told = stands or f"{self._axis().step_text} a column"
        self._title("scrub-line", f"{here}: {told}; the session waits at {now}")
        self._title("scrub-map", f"The fleet at {here}")
        self._title("scrub-side", f"What users felt at {here}, and what had just happened")
        self._paint_moment()

    def _paint_moment(self) -> None:
        shown = self.shown
        for name, made in (("scrub-map", self._map), ("scrub-side", self._side)):
            view = self._views[name]
            width, height = view.text_width, view.size.height
            if view.display and width > 0:
                lines = made(shown, width) if shown is not None else self._waiting(width)
                self._set(name, [*lines, *[BLANK] * (height - len(lines))])  # as many as before: no new layout

    def _waiting(self, width: int) -> list[Line]:
        """What is shown while there is nothing to show."""
        if self.past.differs:
            return fitted([line((f" {self.past.differs}", "bad"))], width)
        share = self.past.progress or 0.0
        gauge = bar(share, GAUGE, self.desk.ascii)
        waiting = line(" re-running  ", (gauge, "accent"), (f" {share:4.0%} of the way", "dim"), key="re-running")
        return in_ascii([waiting], self.desk.ascii)

    def _map(self, desk: Desk, width: int) -> list[Line]:
        ringing = {alarm.thing for alarm in desk.alarms.ringing}
        stand = Stand(ringing=ringing)
        return map_view(desk.cloud, width, truth=desk.looking.truth, ascii=desk.ascii, stand=stand)

    def _side(self, desk: Desk, width: int) -> list[Line]:
        truth, ascii, height = desk.looking.truth, desk.ascii, self._views["scrub-side"].size.height
        apps = apps_view(desk.cloud, width, truth=truth, ascii=ascii)
        return [*apps, BLANK, *event_feed(desk.cloud, width, truth=truth, ascii=ascii, limit=max(1, height))][:height]

    # -- to another moment ---------------------------------------------------------------------------------------

    def go(self, at_us: int) -> None:
        """Stand on a moment, and have it re-run."""
        self.stance.stand(self.track, at_us)
        self._follow_cursor()

    def jump(self, from_us: int, by: int) -> None:
        """To what stands on the line after or before a moment."""
        self.stance.stand(self.track, from_us)
        if not self.stance.jump(self.track, self.desk.looking.truth, by):
            self.post_message(Tell("line of time", "nothing further on this line"))
        self._follow_cursor()

    def _follow_cursor(self) -> None:
        if self.stance.cursor_us != self.desk.engine.now_us:
            self.past.go(self.stance.cursor_us)
        self.repaint()

    def _hear(self) -> None:
        """The second kernel has arrived, or tells how far it has come."""
        from opsconsole.console.app import News

        engine = self.past.engine
        if engine is not None and self._then is None:
            desk = self.desk
            self._then = Desk(engine, True, desk.ascii, desk.looking, past=self.past, keymap=desk.keymap)
        elif engine is not None and self._then is not None and engine is not self._then.engine:
            self._then.take(engine)
        self.app.post_message(News())
        if self._looks and self.past.progress is None:
            self._looks = False
            self.call_later(self.action_look)

    def news(self) -> None:
        """The second kernel has gone on."""
        self.repaint()

    def on_screen_resume(self) -> None:
        """Back from the past, which may have been let run: stand where it stands."""
        engine = self.past.engine
        if engine is not None and self.past.progress is None and self.stance.cursor_us != self.desk.engine.now_us:
            engine.pause()
            self.stance.stand(self.track, engine.now_us)
        super().on_screen_resume()

    # -- keys ----------------------------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """The cursor, by columns."""
        self.stance.move(self.track, self._columns(), by)
        self._follow_cursor()

    def action_jump(self, by: int) -> None:
        """To what stands next on the line, or before."""
        self.jump(self.stance.cursor_us, by)

    def action_zoom(self, by: int) -> None:
        """Show less of the line, or more."""
        self.stance.zoom(self.track, by)
        self.repaint()

    def action_edge(self, last: int) -> None:
        """To the beginning, or to now; in a replay that has not come to its end, to that."""
        self.stance.edge(self.track, bool(last))
        self._follow_cursor()

    @on(TimeLineView.Pointed)
    def _pointed(self, event: TimeLineView.Pointed) -> None:
        at_us = instant_of(self._axis(), event.column)
        if at_us is not None:
            self.go(max(at_us, 0))

    def action_run_to(self) -> None:
        """Ask for a time, and go there."""
        from opsconsole.console.screens.prompt import PromptScreen

        def there(text: str) -> str | None:
            try:
                at_us = parse_moment(text, 0, self.desk.cloud.fleet.start)
            except ValueError as error:
                return str(error)
            if at_us > self._last_us:
                return f"the session has come to {since_start(self._last_us)}"
            self.go(at_us)
            return None

        self.app.push_screen(
            PromptScreen("go to", "", "12m or T+12m (since the beginning), 09:12 (time of day)", entered=there)
        )

    def action_look(self) -> None:
        """Look at the moment with everything that only looks."""
        from opsconsole.console.screens.past import PastScreen

        shown = self.shown
        if shown is self.desk:
            self.post_message(Tell("line of time", "this is now: choose an earlier moment, or go back to it with esc"))
        elif shown is not None:
            self.app.push_screen(PastScreen(shown, self.app.size, self))
        elif not self.past.differs:
            self._looks = True  # as soon as it is there

    def action_branch(self) -> None:
        """Go on from there."""
        self.branch_from(self.past)

    def action_close(self) -> None:
        """Back to now: time goes on as it did."""
        engine = self.desk.engine
        if self._journey is not None:
            engine.run_to(self._journey.until_us)
        elif self._ran:
            engine.resume()
        super().action_close()
