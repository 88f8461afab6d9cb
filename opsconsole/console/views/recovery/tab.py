"""The Recovery tab of a database: what would be lost now, its time line, and how things stand with its backups."""

from __future__ import annotations

from opsconsole.cloud import Cloud
from opsconsole.console.views.layout import heading
from opsconsole.console.views.lines import Line
from opsconsole.console.views.recovery.aftermath import aftermath
from opsconsole.console.views.recovery.axis import MINUTE, axis
from opsconsole.console.views.recovery.lanes import lanes
from opsconsole.console.views.recovery.meter import meter, sources
from opsconsole.console.views.recovery.standing import standing, under_way
from opsconsole.console.views.recovery.timeline import NAMES, timeline
from opsconsole.console.views.scene import BLANK, Scene

LEAST_US = 30 * MINUTE
SPANS = (30, 60, 120, 240, 480, 1440, 4320, 10_080, 20_160, 50_400)
"""What the line of the tab may show, in minutes: as little as holds the run."""


def recovery(scene: Scene) -> list[Line]:
    """Meter, time line, what is under way, what is left to do, backups, books."""
    parts = [meter(scene), _line(scene), under_way(scene), aftermath(scene), standing(scene)]
    lines = [line for part in parts if part for line in (*part, BLANK)]
    return [*lines, *sources(scene)]


def _line(scene: Scene) -> list[Line]:
    columns = max(10, scene.width - NAMES - 1)
    made = axis(scene.cloud, span_of(scene.cloud), columns)
    title = heading("time line", scene.width, ("  R: stand on any instant of it", "dim"))
    return [title, *timeline(made, lanes(scene.cloud, scene.id, scene.truth))]


def span_of(cloud: Cloud) -> int:
    """A span that holds the whole run."""
    run = next((minutes for minutes in SPANS if minutes * MINUTE >= cloud.now_us), SPANS[-1])
    return max(LEAST_US, run * MINUTE)
