"""The Drill screen: what must come true with running values, what happened; in a lesson hints and questions.

While a drill runs the console shows AWS's view; the debrief, when it is over, shows both.
"""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from opsconsole.console import keys
from opsconsole.console.desk import Desk
from opsconsole.console.notices import Tell
from opsconsole.console.screens.changing import WorldKeys
from opsconsole.console.screens.looking import LookKeys
from opsconsole.console.screens.panels import Scrolling
from opsconsole.console.screens.visit import VisitScreen
from opsconsole.console.views import plain
from opsconsole.console.views.drill.story import question_open, story_view
from opsconsole.console.views.drill.win import win_view
from opsconsole.console.widgets import LinesView
from opsconsole.drills.running import Run
from opsconsole.fleet import format_duration

BESIDE: Final = 100
"""Columns from which on the two panels stand beside each other."""


class DrillScreen(WorldKeys, LookKeys, VisitScreen):
    """The drill of this session."""

    FIGURES = "Drill"
    OWN = keys.DRILL_KEYS
    BESIDES = (*keys.SHARED, *keys.LOOKS)
    BINDINGS: ClassVar[list[BindingType]] = list(keys.visit_bindings(OWN, BESIDES))
    AUTO_FOCUS = "#drill-win"

    def __init__(self, desk: Desk, run: Run) -> None:
        super().__init__(desk)
        self.drill_run = run

    def _panels(self) -> ComposeResult:
        win, story = self.named(
            Scrolling(id="drill-win", classes="panel"), Scrolling(id="drill-story", classes="panel")
        )
        yield Horizontal(win, story, id="drill-panels")

    def _divide(self) -> None:
        self.set_class(self.app.size.width < BESIDE, "-stacked")

    # -- painting ------------------------------------------------------------------------------------------------

    def _paint(self) -> None:
        run, progress, ascii = self.drill_run, self.desk.progress, self.desk.ascii
        for name, view in (("drill-win", win_view), ("drill-story", story_view)):
            panel = self._views[name]
            panel.set_lines(view(run, progress, panel.text_width - 1, ascii=ascii))
        length = format_duration(run.drill.length_us / 1_000_000)
        self._title("drill-win", f"{'Debrief' if run.over else 'Drill'}: {run.drill.name}, {length}")
        self._title("drill-story", "Story")

    # -- keys ----------------------------------------------------------------------------------------------------

    def action_hint(self) -> None:
        """Take the next hint of the ladder."""
        progress, run = self.desk.progress, self.drill_run
        if progress is None or run.over:
            self.post_message(Tell("hints", "only a lesson that runs has hints"))
            return
        hint, wait_us = progress.next_hint(run.session.now_us)
        if hint is None:
            self.post_message(Tell("hints", "there are no more"))
        elif wait_us:
            self.post_message(Tell("hints", f"the next one in {format_duration(wait_us // 1_000_000 or 1)}"))
        else:
            progress.take(run.session.now_us)
        self.repaint()

    def action_answer(self, choice: int) -> None:
        """Answer the question that is open."""
        progress = self.desk.progress
        number = question_open(self.drill_run, progress)
        if progress is None or number is None:
            self.post_message(Tell("questions", "no question is open: they come with the debrief of a lesson"))
            return
        if choice <= len(progress.lesson.questions[number].choices):
            progress.answer(number, choice - 1)
            self.repaint()

    def action_panel(self) -> None:
        """Give the other panel the keys."""
        other = "drill-story" if self.focused is self._views["drill-win"] else "drill-win"
        self._views[other].focus()

    def action_copy(self) -> None:
        """Copy the panel with the keys."""
        view = self.focused if isinstance(self.focused, LinesView) else self._views["drill-win"]
        self.app.copy_to_clipboard(f"SIMULATED\n{plain(view.lines)}")
        self.post_message(Tell("copied", "the panel's text"))
