"""The projector's screen: few, large figures between the line of status and the keys. It only looks and steers time."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType

from opsconsole.console import keys
from opsconsole.console.bars import key_line
from opsconsole.console.desk import Desk
from opsconsole.console.notices import Tell
from opsconsole.console.screens.ground import GroundScreen
from opsconsole.console.screens.panels import Bar, Scrolling
from opsconsole.console.screens.steering import TimeKeys
from opsconsole.console.views.glyphs import in_ascii
from opsconsole.console.views.projector import projector_view
from opsconsole.console.widgets import LinesView


class ProjectorScreen(TimeKeys, GroundScreen):
    """What a room needs to see of a session."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.projector_bindings())

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self._status, self._figures, self._keys = Bar(id="status"), Scrolling(id="figures"), Bar(id="keys")

    def compose(self) -> ComposeResult:
        """The figures between the bars."""
        yield self._status
        yield self._figures
        yield self._keys

    def on_mount(self) -> None:
        """Paint as soon as the panels have their sizes."""
        self.call_after_refresh(self.repaint)

    def on_resize(self, event: events.Resize) -> None:
        """Another size."""
        self.call_after_refresh(self.repaint)

    def on_screen_resume(self) -> None:
        """Something that covered it is gone."""
        self.repaint()

    def repaint(self) -> None:
        """Paint everything; what is the same stays untouched."""
        width, height = self._figures.text_width, self._figures.size.height
        if width <= 0 or height <= 0:
            return
        self.painted()
        self.paint_status()
        bar = key_line(keys.projector_bar_keys(self.desk.keymap), self.size.width)
        self._keys.set_lines(in_ascii([bar], self.desk.ascii))
        truth, ascii = self.desk.looking.truth, self.desk.ascii
        self._figures.set_lines(projector_view(self.desk.cloud, width, height, truth=truth, ascii=ascii))

    def paint_status(self) -> None:
        """The line of status, as everywhere."""
        self._status.set_lines([self.status()])

    def action_view(self) -> None:
        """Change between the truth and AWS's view; a drill shows AWS's until its debrief."""
        if self.desk.drilling:
            self.post_message(Tell("view", "AWS's view until the debrief, which shows both"))
            return
        self.desk.looking.truth = not self.desk.looking.truth
        self.repaint()

    def action_help(self) -> None:
        """Keys and commands."""
        from opsconsole.console.screens.pane import help_pane

        self.app.push_screen(help_pane(self.desk))

    def action_close(self) -> None:
        """Back to what it covered."""
        self.dismiss()

    @on(LinesView.Selected)
    def _chosen(self, event: LinesView.Selected) -> None:
        event.stop()
        if event.view.id == "keys":
            self.call_later(self.run_action, event.ref)
