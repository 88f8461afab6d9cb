"""The Drill screen: what must come true with running values, what happened; in a lesson hints and questions.

While a drill runs the console shows AWS's view; the debrief, when it is over, shows both.
"""

from __future__ import annotations

from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content

from opsconsole.console import keys
from opsconsole.console.bars import key_line
from opsconsole.console.desk import Desk
from opsconsole.console.notices import Tell
from opsconsole.console.screens.changing import WorldKeys
from opsconsole.console.screens.ground import GroundScreen
from opsconsole.console.screens.panels import Bar, Scrolling
from opsconsole.console.screens.steering import TimeKeys
from opsconsole.console.views import plain
from opsconsole.console.views.drill.story import question_open, story_view
from opsconsole.console.views.drill.win import win_view
from opsconsole.console.views.glyphs import in_ascii
from opsconsole.console.widgets import LinesView
from opsconsole.drills.running import Run
from opsconsole.fleet import format_duration

BESIDE: Final = 100
"""Columns from which on the two panels stand beside each other."""


class DrillScreen(TimeKeys, WorldKeys, GroundScreen):
    """The drill of this session."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.drill_bindings())
    AUTO_FOCUS = "#drill-win"

    def __init__(self, desk: Desk, run: Run) -> None:
        super().__init__()
        self.desk = desk
        self.drill_run = run
        self._views: dict[str, LinesView] = {}

    def compose(self) -> ComposeResult:
        """Two panels between the bars."""
        status, bar = Bar(id="status"), Bar(id="keys")
        win, story = Scrolling(id="drill-win", classes="panel"), Scrolling(id="drill-story", classes="panel")
        self._views = {view.id or "": view for view in (status, win, story, bar)}
        yield status
        yield Horizontal(win, story, id="drill-panels")
        yield bar

    def on_mount(self) -> None:
        """Paint as soon as the panels have their sizes."""
        self._divide()
        self.call_after_refresh(self.repaint)

    def on_resize(self, event: events.Resize) -> None:
        """Another size."""
        self._divide()
        self.call_after_refresh(self.repaint)

    def on_screen_resume(self) -> None:
        """Something that covered it is gone."""
        self.repaint()

    def _divide(self) -> None:
        self.set_class(self.app.size.width < BESIDE, "-stacked")

    # -- painting ------------------------------------------------------------------------------------------------

    def repaint(self) -> None:
        """Paint everything; what is the same stays untouched."""
        if not self._views or not self.size.width:
            return
        self.painted()
        self.paint_status()
        bar = key_line(keys.drill_bar_keys(self.desk.keymap), self.size.width)
        self._views["keys"].set_lines(in_ascii([bar], self.desk.ascii))
        run, progress, ascii = self.drill_run, self.desk.progress, self.desk.ascii
        for name, view in (("drill-win", win_view), ("drill-story", story_view)):
            panel = self._views[name]
            panel.set_lines(view(run, progress, panel.text_width - 1, ascii=ascii))
        length = format_duration(run.drill.length_us / 1_000_000)
        self._title("drill-win", f"{'Debrief' if run.over else 'Drill'}: {run.drill.name}, {length}")
        self._title("drill-story", "Story")

    def paint_status(self) -> None:
        """The line of status, as everywhere."""
        self._views["status"].set_lines([self.status()])

    def _title(self, name: str, title: str) -> None:
        content = Content(title)
        if self._views[name].border_title != content.markup:
            self._views[name].border_title = content

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

    def action_view(self) -> None:
        """Change between the truth and AWS's view, in the debrief."""
        if self.desk.drilling:
            self.post_message(Tell("view", "AWS's view until the debrief, which shows both"))
            return
        self.desk.looking.truth = not self.desk.looking.truth
        self.repaint()

    def action_help(self) -> None:
        """Keys and commands."""
        from opsconsole.console.screens.pane import help_pane

        self.app.push_screen(help_pane(self.desk))

    def action_describe(self) -> None:
        """The describe-* JSON of the selected thing."""
        from opsconsole.console.screens.pane import describe_pane

        self.app.push_screen(describe_pane(self.desk))

    def action_close(self) -> None:
        """To the fleet; T comes back."""
        self.dismiss()

    @on(LinesView.Selected)
    def _selected(self, event: LinesView.Selected) -> None:
        event.stop()
        if event.view.id == "keys":
            self.call_later(self.run_action, event.ref)
