"""The alarms over the screen: those that ring, with CloudWatch's reasons, and all of the selected thing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from opsconsole.console.desk import Desk
from opsconsole.console.notices import Tell
from opsconsole.console.screens.pane import Page, PaneScreen
from opsconsole.console.views import Line, alarms_lines, parts_of, ringing_lines
from opsconsole.console.widgets import LinesView

WIDTH = 110


class AlarmsScreen(PaneScreen):
    """``a`` acknowledges what rings; Enter or a click goes to the thing that an alarm is about."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "acknowledge", "acknowledge"),
        Binding("A", "dismiss", "close"),
    ]

    def __init__(self, desk: Desk) -> None:
        selected = desk.looking.selected
        pages = [Page("in ALARM", self._ringing), Page(f"all of {selected}", self._all_of_selected)]
        super().__init__(desk, "CloudWatch alarms", pages, "a acknowledges - enter goes there - esc closes")

    def _ringing(self) -> Sequence[Line]:
        desk, width = self._desk, self._width() - 1
        return ringing_lines(desk.cloud, width, desk.alarms.ringing, desk.acknowledged, ascii=desk.ascii)

    def _all_of_selected(self) -> Sequence[Line]:
        ids = parts_of(self._desk.cloud, self._desk.looking.selected)
        return alarms_lines(self._desk.cloud, self._width() - 1, ids, ascii=self._desk.ascii)

    @on(LinesView.Selected, "#pane-text")
    def _go_there(self, event: LinesView.Selected) -> None:
        from opsconsole.console.screens.fleet import FleetScreen

        event.stop()
        below = self.app.screen_stack[-2]
        self.dismiss()
        if isinstance(below, FleetScreen):
            below.look_at(event.ref)

    def action_acknowledge(self) -> None:
        """Take note of every alarm that rings."""
        new = self._desk.acknowledge()
        self.post_message(Tell("acknowledged", ", ".join(new) or "no new alarm rings"))
        self._show(self._page)
