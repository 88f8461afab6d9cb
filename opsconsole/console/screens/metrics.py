"""The Metrics screen: every metric of a thing in a list, and one of them at large."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from opsconsole.cloud.metrics import names_for
from opsconsole.console import keys
from opsconsole.console.desk import Desk
from opsconsole.console.notices import Tell
from opsconsole.console.screens.panels import Reading
from opsconsole.console.screens.visit import VisitScreen
from opsconsole.console.views import parts_of, plain
from opsconsole.console.views.metric_chart import WINDOWS_US, metric_chart, metric_list
from opsconsole.console.views.quantities import span
from opsconsole.console.views.scene import Scene

LISTED: Final = 90
"""From so many columns on the list is on the screen."""


def measured_parts(desk: Desk, id: str) -> list[str]:
    """A thing and its parts, as far as CloudWatch has metrics of them."""
    return [part for part in parts_of(desk.cloud, id) if names_for(desk.cloud, part)]


class MetricsScreen(VisitScreen):
    """CloudWatch's metrics of one thing or its parts."""

    OWN = keys.METRICS_KEYS
    BESIDES = keys.STEERING
    BINDINGS: ClassVar[list[BindingType]] = list(keys.visit_bindings(OWN, BESIDES))

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._things = measured_parts(desk, desk.looking.selected)
        self._thing = self._things[0]
        self._metric = names_for(desk.cloud, self._thing)[0]
        self._window = 1

    def _panels(self) -> ComposeResult:
        panels = self.named(Reading(id="metrics-list", classes="panel"), Reading(id="metrics-chart", classes="panel"))
        yield Container(*panels, id="metrics-panels")

    def _divide(self) -> None:
        self._views["metrics-list"].display = self.app.size.width >= LISTED

    def _paint(self) -> None:
        if self._metric not in names_for(self.desk.cloud, self._thing):
            return self._mind_what_is_gone()
        listed, chart = self._views["metrics-list"], self._views["metrics-chart"]
        if listed.display:
            rows = metric_list(self._scene("metrics-list"), self._metric)
            listed.set_lines(rows)
            self._title("metrics-list", f"Metrics of {self._thing}")
            listed.scroll_to_region(listed.region.with_y(self._names().index(self._metric)), animate=False)
        window_us = WINDOWS_US[self._window]
        chart.set_lines(metric_chart(self._scene("metrics-chart"), self._metric, window_us))
        place = f"{self._names().index(self._metric) + 1} of {len(self._names())}"
        self._title("metrics-chart", f"{self._metric}: {place}, the last {span(window_us)}")
