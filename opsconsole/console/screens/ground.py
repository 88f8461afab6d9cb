"""A screen that fills the terminal and shows how things go on: the fleet's, and those that replace it for a while."""

from __future__ import annotations

import time
from typing import ClassVar, Final

from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from opsconsole.console.desk import Desk
from opsconsole.console.notices import Tell
from opsconsole.console.views import Line, status_line
from opsconsole.console.widgets import LinesView

METRICS_S: Final = 1.0
"""Wall seconds between two repaints of what moves by itself."""
REST: Final = 8
"""How many times as long as a look at a fleet takes it is then not looked at for what happened."""


class GroundScreen(Screen[None]):
    """Hears of news. What moves by itself is painted at most once a second, what happened at once.

    Painting a very large fleet takes long: while time runs it may rest `REST` times as long as the last look took.
    """

    FIGURES: ClassVar[str]
    """What the screen is called where it is told where its figures come from."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self._views: dict[str, LinesView] = {}
        self._rows_seen = -1
        self._painted_at = 0.0
        self._took_s = 0.0

    @property
    def looked_at(self) -> Desk:
        """What is shown: another desk's past, on the screens that are about it."""
        return self.desk

    @property
    def tab_shown(self) -> tuple[str, str]:
        """The thing whose figures are on the screen, and the tab that shows them; no tab where none is shown."""
        return self.looked_at.looking.selected, ""

    def named(self, *views: LinesView) -> tuple[LinesView, ...]:
        """Remember views by their names: news may come when the screen is being taken apart already."""
        self._views.update((view.id or "", view) for view in views)
        return views

    def on_screen_resume(self) -> None:
        """Something that covered it is gone."""
        self.repaint()

    # -- painting ------------------------------------------------------------------------------------------------

    def news(self) -> None:
        """The engine says that something happened or that time went on: paint what has changed."""
        since_s, engine = time.monotonic() - self._painted_at, self.desk.engine
        happened = self.desk.cloud.log.count != self._rows_seen
        if (happened and (engine.paused or since_s >= REST * self._took_s)) or since_s >= METRICS_S:
            began = time.perf_counter()
            self.repaint()
            self._took_s = time.perf_counter() - began
        else:
            self.paint_status()

    def painted(self) -> None:
        """Remember what has been painted, and when."""
        self._rows_seen, self._painted_at = self.desk.cloud.log.count, time.monotonic()

    def status(self) -> Line:
        """The line of status, the same on every ground."""
        desk = self.looked_at
        return status_line(
            desk.cloud,
            desk.clock(),
            self.size.width,
            truth=desk.looking.truth,
            ascii=desk.ascii,
            ringing=desk.alarms.ringing,
            acknowledged=desk.acknowledged,
        )

    def repaint(self) -> None:
        """Paint everything that is on the screen; lines that are the same stay untouched."""
        raise NotImplementedError

    def paint_status(self) -> None:
        """Paint the line of status."""
        self._set("status", [self.status()])

    def frame_of(self, name: str) -> Widget:
        """The widget with the frame around a view."""
        return self._views[name]

    def _set(self, name: str, lines: list[Line]) -> None:
        self._views[name].set_lines(lines)

    def _title(self, name: str, title: str) -> None:
        frame, content = self.frame_of(name), Content(title)
        if frame.border_title != content.markup:
            frame.border_title = content

    # -- keys that every ground has ------------------------------------------------------------------------------

    def action_view(self) -> None:
        """Change between the truth and AWS's view; a drill shows AWS's until its debrief."""
        if self.desk.drilling:
            self.post_message(Tell("view", "AWS's view until the debrief, which shows both"))
            return
        self.desk.looking.truth = not self.desk.looking.truth
        self.repaint()

    def action_describe(self) -> None:
        """The describe-* JSON of the selected thing."""
        from opsconsole.console.screens.pane import describe_pane

        self.app.push_screen(describe_pane(self.desk))

    def action_origins(self) -> None:
        """Where the figures on the screen come from."""
        from opsconsole.console.screens.origins import origins_pane

        self.app.push_screen(origins_pane(self.looked_at, self.FIGURES, *self.tab_shown))

    def action_jump_to(self) -> None:
        """A letter on everything that one can go to."""
        from opsconsole.console.screens.jump import jump_over

        jump_over(self)

    def action_help(self) -> None:
        """Keys, signs, and the grammar of commands."""
        from opsconsole.console.screens.pane import help_pane

        self.app.push_screen(help_pane(self.desk))
