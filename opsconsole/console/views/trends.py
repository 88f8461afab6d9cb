"""CloudWatch metrics as the console shows them: a value and its trend, the truth or what CloudWatch has published."""

from __future__ import annotations

from opsconsole.cloud import Cloud, aws_view
from opsconsole.cloud.metrics import datapoint, latest_datapoint, names_for, unit_of, value
from opsconsole.console.views.quantities import measured
from opsconsole.console.views.spark import grid, spark

MINUTE_US = 60_000_000
TREND_US = 15 * MINUTE_US
LATEST_US = 5_000_000


def now_text(cloud: Cloud, id: str, metric: str, truth: bool) -> str:
    """The value now, or the last published datapoint's; `-` where there is none."""
    found: float | None
    if truth:
        found = value(cloud, id, metric, cloud.now_us)
    else:
        point = latest_datapoint(cloud, id, metric)
        found = point.average if point else None
    return "-" if found is None else measured(found, unit_of(metric))


def first_of(cloud: Cloud, id: str, *metrics: str) -> str:
    """The first of some metrics that a thing has: kinds of instances call the same thing differently."""
    names = names_for(cloud, id)
    return next((metric for metric in metrics if metric in names), metrics[0])


def lag_metric(cloud: Cloud, id: str) -> str:
    """What CloudWatch calls a reader's lag."""
    return first_of(cloud, id, "AuroraReplicaLag", "ReplicaLag")


def minute_text(cloud: Cloud, id: str, metric: str) -> str:
    """The minute that the last published datapoint is of; empty where there is none."""
    point = latest_datapoint(cloud, id, metric)
    return f"{aws_view.moment(cloud, point.begins_us):%H:%M}" if point else ""


def trend(cloud: Cloud, id: str, metric: str, columns: int, truth: bool, span_us: int = TREND_US) -> list[float | None]:
    """The last 15 minutes, or another span: samples on a grid and now, or one published datapoint a minute."""
    if not truth:
        point = latest_datapoint(cloud, id, metric)
        if point is None:
            return [None] * columns
        last = point.begins_us // MINUTE_US
        points = [
            datapoint(cloud, id, metric, last - back) for back in range(min(columns, span_us // MINUTE_US) - 1, -1, -1)
        ]
        return [one.average if one else None for one in points]
    edges = grid(cloud.now_us, span_us, columns)[1:-1]
    times = [*edges, max([*edges, cloud.now_us // LATEST_US * LATEST_US])]
    return [value(cloud, id, metric, t) if t >= 0 else None for t in times]


def trend_text(cloud: Cloud, id: str, metric: str, columns: int, truth: bool, ascii: bool) -> str:
    """The trend as a sparkline; percentages on a scale to 100. Empty where nothing is known."""
    high = 100.0 if unit_of(metric) == "Percent" else None
    values = trend(cloud, id, metric, columns, truth)
    return spark(values, columns, ascii, high=high) if any(one is not None for one in values) else ""
