"""CloudWatch metrics and AWS's events as subjects: `orders.AuroraReplicaLagMaximum`, `orders.events.RDS-EVENT-0071`."""

from __future__ import annotations

from typing import Final

from opsconsole import catalog
from opsconsole.cloud import metrics
from opsconsole.drills.subjects.base import Scene
from opsconsole.drills.subjects.places import FLEET
from opsconsole.drills.values import Unit, Value

EVENTS = "events."
_UNITS: Final = {
    "Seconds": (Unit.DURATION, 1.0),
    "Milliseconds": (Unit.DURATION, 1e-3),
    "Microseconds": (Unit.DURATION, 1e-6),
    "Minutes": (Unit.DURATION, 60.0),
    "Percent": (Unit.PERCENT, 1.0),
    "Bytes": (Unit.SIZE, 1.0),
    "Bytes/Second": (Unit.THROUGHPUT, 1.0),
    "Count/Second": (Unit.RATE, 1.0),
}


def metric_unit(metric: str) -> Unit:
    """The unit in which a drill writes a CloudWatch metric: durations have theirs, whatever CloudWatch counts in."""
    return _UNITS.get(metrics.unit_of(metric), (Unit.NUMBER, 1.0))[0]


def metric_value(scene: Scene, id: str, metric: str, at_us: int) -> Value:
    """A metric of a thing as the model has it, without the wobble of displays; None where there is none."""
    if not metrics.exists(scene.cloud, id) or metric not in metrics.names_for(scene.cloud, id):
        return None
    found = metrics.plain_value(scene.cloud, id, metric, at_us)
    return None if found is None else found * _UNITS.get(metrics.unit_of(metric), (Unit.NUMBER, 1.0))[1]


def event_count(scene: Scene, id: str, event: str) -> Value:
    """How often AWS has told of an event about a thing, or about any (`fleet`), since the begin."""
    if id == FLEET:
        return sum(count for (_, name), count in scene.events.items() if name == event)
    return scene.events[id, event]


def event_ids() -> list[str]:
    """Every event of the catalog, by its id in full."""
    return list(catalog.events())


def metric_names() -> list[str]:
    """Every CloudWatch metric that some database or cache has: what is made on the way may have any of them."""
    return [row.name for row in catalog.metrics().values()]
