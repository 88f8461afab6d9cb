"""The Metrics screen: every metric of a thing in a list, and one of them at large."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from opsconsole.cloud.metrics import MINUTE_US, names_for
from opsconsole.console import keys
from opsconsole.console.desk import Desk
from opsconsole.console.notices import Tell
from opsconsole.console.screens.panels import Listing, Reading
from opsconsole.console.screens.visit import VisitScreen
from opsconsole.console.views import parts_of, plain
from opsconsole.console.views.metric_chart import WINDOWS_US, metric_chart, metric_list
from opsconsole.console.views.scene import Scene

LISTED: Final = 100
"""From so many columns on the list is on the screen."""
FRAMED: Final = 70


def measured_parts(desk: Desk, id: str) -> list[str]:
    """A thing and its parts, as far as CloudWatch has metrics of them."""
    return [part for part in parts_of(desk.cloud, id) if names_for(desk.cloud, part)]


class MetricsScreen(VisitScreen):
    """CloudWatch's metrics of one thing and of its parts."""

    FIGURES = "Metrics"
    OWN = keys.METRICS_KEYS
    BESIDES = keys.STEERING
    BINDINGS: ClassVar[list[BindingType]] = list(keys.visit_bindings(OWN, BESIDES))

    def __init__(self, desk: Desk, things: Sequence[str]) -> None:
        super().__init__(desk)
        self._things = things
        self._thing = things[0]
        self._metric = self._names()[0]
        self._window = WINDOWS_US[1]

    @property
    def tab_shown(self) -> tuple[str, str]:
        """The part whose metric is shown."""
        return self._thing, ""

    def _panels(self) -> ComposeResult:
        panels = self.named(Listing(id="metrics-list", classes="panel"), Reading(id="metrics-chart", classes="panel"))
        yield Container(*panels, id="metrics-panels")

    def _divide(self) -> None:
        self._views["metrics-list"].display = self.app.size.width >= LISTED
        self.set_class(self.app.size.width < FRAMED, "-bare")

    def _paint(self) -> None:
        if self._metric not in self._names():  # it was deleted, or changed its part
            self._things = [one for one in self._things if names_for(self.desk.cloud, one)]
            if not self._things:
                self.dismiss()
                return
            self._thing = self._thing if self._names() else self._things[0]
            self._metric = self._names()[0]
        if self._views["metrics-list"].display:
            self._set("metrics-list", metric_list(self._scene("metrics-list"), self._metric))
            self._title("metrics-list", self._thing)
        self._set("metrics-chart", metric_chart(self._scene("metrics-chart"), self._metric, self._window))
        place = f"{self._names().index(self._metric) + 1} of {len(self._names())}"
        self._title("metrics-chart", f"{place}: {self._metric}, the last {self._window // MINUTE_US} minutes")

    def _scene(self, view: str) -> Scene:
        panel, desk = self._views[view], self.desk
        return Scene(desk.cloud, self._thing, panel.text_width, panel.size.height, desk.looking.truth, desk.ascii)

    def _names(self) -> list[str]:
        return names_for(self.desk.cloud, self._thing)

    # -- keys ----------------------------------------------------------------------------------------------------

    def action_choose(self, by: int) -> None:
        """Another metric."""
        names = self._names()
        self._show(self._thing, names[(names.index(self._metric) + by) % len(names)])

    def action_part(self, by: int) -> None:
        """The same metric of another part, where that has it."""
        self._show(self._things[(self._things.index(self._thing) + by) % len(self._things)], self._metric)

    def action_zoom(self, by: int) -> None:
        """A longer or a shorter time."""
        at = WINDOWS_US.index(self._window) + by
        self._window = WINDOWS_US[max(0, min(at, len(WINDOWS_US) - 1))]
        self.repaint()

    def action_copy(self) -> None:
        """Copy the chart."""
        self.app.copy_to_clipboard(f"SIMULATED\n{plain(self._views['metrics-chart'].lines)}")
        self.post_message(Tell("copied", f"{self._metric} of {self._thing}"))

    def _show(self, thing: str, metric: str) -> None:
        self._thing = thing
        self._metric = metric if metric in self._names() else self._names()[0]
        self._views["metrics-chart"].scroll_home(animate=False)
        self.repaint()

    def _clicked(self, ref: str, view: str | None) -> None:
        if ref in self._names():
            self._show(self._thing, ref)
