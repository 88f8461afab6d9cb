"""CloudWatch metrics by AWS's names and units, as functions of time.

Nothing is collected. A value is worked out from the history of loads, lags and sizes when somebody looks; what is shown
wobbles by a pure hash of seed, thing, metric and second, which enters no book, alarm or verdict. A datapoint is the
mean of a minute, and exists only where AWS would have one. What each kind of thing has is told by a module of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from opsconsole import catalog
from opsconsole.cloud import cache_metrics, cluster_metrics, instance_metrics, rds_metrics
from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.multi_az_cluster import MultiAzInstance
from opsconsole.simulation import noise, noise_key

MINUTE_US = 60_000_000
SAMPLES_PER_MINUTE = 6
WOBBLE = 0.06  # the widest swing of what is displayed, as a share of the value (SIM)
RDS = "AWS/RDS"

MOVING = ("EngineUptime", "AuroraReplicaLag")  # they change with time itself, or with what others do
STEADY = (  # counted, not measured: they do not wobble
    "DatabaseConnections",
    "EngineUptime",
    "VolumeBytesUsed",
    "AuroraVolumeBytesLeftTotal",
    "BackupRetentionPeriodStorageUsed",
    "SnapshotStorageUsed",
    "TotalBackupStorageBilled",
    "BacktrackWindowActual",
    "BacktrackWindowAlert",
    "BacktrackChangeRecordsStored",
    "BacktrackChangeRecordsCreationRate",
    "FreeStorageSpace",
    "BurstBalance",
    "CPUCreditBalance",
    "CPUSurplusCreditBalance",
    "BinLogDiskUsage",
    "TransactionLogsDiskUsage",
    "OldestReplicationSlotLag",
    "CurrConnections",
    "CurrItems",
    "BytesUsedForCache",
    "BytesUsedForCacheItems",
    "UnusedMemory",
    "DatabaseMemoryUsagePercentage",
    "MasterLinkHealthStatus",
    "IsMaster",
    "SaveInProgress",
)


@dataclass(frozen=True, slots=True)
class Datapoint:
    """One minute of a metric, as CloudWatch has it: the mean, at the minute's begin."""

    thing: str
    metric: str
    unit: str
    begins_us: int
    average: float


# -- what each kind of thing has ----------------------------------------------------------------------------------


def things(cloud: Cloud) -> Iterator[str]:
    """The ids of everything that has metrics, kind by kind."""
    yield from cloud.clusters
    yield from cloud.instances
    yield from cloud.rds
    for group in cloud.caches.values():
        yield from group.nodes


def exists(cloud: Cloud, id: str) -> bool:
    """Whether a thing with metrics has this id now."""
    known = id in cloud.instances or id in cloud.rds or id in cloud.clusters
    return known or cache_metrics.find(cloud, id) is not None


def names_for(cloud: Cloud, id: str) -> list[str]:
    """The metrics that a thing of the fleet has."""
    if id in cloud.instances:
        return instance_metrics.names(cloud.instances[id])
    if id in cloud.rds:
        return rds_metrics.names(cloud.rds[id])
    node = cache_metrics.find(cloud, id)
    if node is not None:
        return cache_metrics.names(node)
    return cluster_metrics.names(cloud.clusters[id]) if id in cloud.clusters else []


def namespace_of(cloud: Cloud, id: str) -> str:
    """The namespace of a thing's metrics."""
    return RDS if cache_metrics.find(cloud, id) is None else cache_metrics.NAMESPACE


def unit_of(metric: str) -> str:
    """The unit of a metric, in CloudWatch's words; namespaces that share a name share its unit."""
    return _row(metric).unit


def _row(metric: str) -> catalog.Metric:
    found = catalog.metrics().get((RDS, metric))
    return catalog.metric(cache_metrics.NAMESPACE, metric) if found is None else found


def plain_value(cloud: Cloud, id: str, metric: str, at_us: int) -> float | None:
    """A metric as the model has it, without wobble: what alarms look at."""
    if id in cloud.instances:
        return instance_metrics.value(cloud, cloud.instances[id], metric, at_us)
    if id in cloud.rds:
        return rds_metrics.value(cloud, cloud.rds[id], metric, at_us)
    node = cache_metrics.find(cloud, id)
    if node is not None:
        return cache_metrics.value(cloud, node, metric, at_us)
    return cluster_metrics.value(cloud, cloud.clusters[id], metric, at_us)


def recommended(cloud: Cloud, id: str, metric: str) -> catalog.Alarm | None:
    """The alarm that AWS recommends on a metric of a thing, if any; some differ between Aurora and RDS."""
    row = catalog.metric(namespace_of(cloud, id), metric)
    aurora = id not in cloud.rds and not isinstance(cloud.instances.get(id), MultiAzInstance)
    return row.alarm if aurora else row.alarm_rds or row.alarm


def ceiling(cloud: Cloud, id: str, of: str, at_us: int) -> float:
    """What a relative threshold of a thing's alarm is a percentage of, in the metric's unit."""
    if id in cloud.instances:
        return instance_metrics.ceiling(cloud, cloud.instances[id], of, at_us)
    if id in cloud.rds:
        return rds_metrics.ceiling(cloud, cloud.rds[id], of, at_us)
    node = cache_metrics.find(cloud, id)
    if node is not None:
        return cache_metrics.ceiling(node, of, at_us)
    return cluster_metrics.ceiling(cloud, cloud.clusters[id], of, at_us)


def steady_since(cloud: Cloud, id: str) -> int | None:
    """Since when a thing's metrics stand still, but for those that are `MOVING`; None where they move by themselves."""
    instance = cloud.instances.get(id)
    return None if instance is None else instance_metrics.steady_since(instance)


# -- values and datapoints ----------------------------------------------------------------------------------------


def value(cloud: Cloud, id: str, metric: str, at_us: int, wobble: bool = True) -> float | None:
    """A metric of a thing at an instant (not in the future), or None where there is none.

    An instance whose engine does not run has none; neither has one that did not exist yet.
    """
    plain = plain_value(cloud, id, metric, at_us)
    if plain is None or not wobble or metric in STEADY:
        return plain
    second = at_us // 1_000_000
    swing = noise(noise_key(cloud.seed, id, metric), second) - 0.5 if plain > 0 else 0.0  # -1 means "not replicating"
    shown = plain * (1 + WOBBLE * swing)
    return min(100.0, shown) if unit_of(metric) == "Percent" else shown


def series(cloud: Cloud, id: str, metric: str, start_us: int, end_us: int, points: int) -> list[float | None]:
    """`points` values evenly spaced up to `end_us`; None where there was none or before the run."""
    step = max(1, (end_us - start_us) // max(1, points))
    times = [end_us - step * (points - 1 - i) for i in range(points)]
    return [value(cloud, id, metric, t) if 0 <= t <= cloud.now_us else None for t in times]


def samples(cloud: Cloud, id: str, metric: str, minute: int, wobble: bool = True) -> list[float]:
    """The values that a minute's datapoint is made of, where there are any; one for all where they must be equal."""
    begins, step = minute * MINUTE_US, MINUTE_US // SAMPLES_PER_MINUTE
    since = None if wobble or metric in MOVING else steady_since(cloud, id)
    steady = since is not None and since <= begins
    times = (begins,) if steady else range(begins, begins + MINUTE_US, step)
    found = [value(cloud, id, metric, t, wobble) for t in times]
    return [one for one in found if one is not None]


def mean(values: list[float]) -> float:
    """The mean, summed in order; of equal values exactly their value."""
    if min(values) == max(values):
        return values[0]
    total = 0.0
    for one in values:
        total += one
    return total / len(values)


def last_published(cloud: Cloud, at_us: int) -> int:
    """The latest minute (since the run began) whose datapoints can be read at an instant; -1 for none yet."""
    late_us = round(catalog.assumption("metric-delay-s").value * 1_000_000)
    return max(-1, (at_us - late_us) // MINUTE_US - 1)


def period(metric: str) -> int:
    """How many minutes a datapoint covers: one, or five for credits."""
    return _row(metric).period_s // 60


def datapoint(cloud: Cloud, id: str, metric: str, minute: int) -> Datapoint | None:
    """The datapoint that begins with a minute of the run, if its period is over and AWS has one."""
    begins, minutes = minute * MINUTE_US, period(metric)
    if begins < 0 or minute % minutes or begins + minutes * MINUTE_US > cloud.now_us:
        return None
    present = [one for each in range(minute, minute + minutes) for one in samples(cloud, id, metric, each)]
    return Datapoint(id, metric, unit_of(metric), begins, mean(present)) if present else None


def latest_datapoint(cloud: Cloud, id: str, metric: str) -> Datapoint | None:
    """What CloudWatch shows now: the last period that is over and published."""
    minutes = period(metric)
    return datapoint(cloud, id, metric, (last_published(cloud, cloud.now_us) + 1) // minutes * minutes - minutes)


def minute_rows(cloud: Cloud, minute: int) -> Iterator[Datapoint]:
    """Every datapoint whose period ends with a minute, by thing and metric."""
    for id in things(cloud):
        for metric in names_for(cloud, id):
            found = datapoint(cloud, id, metric, minute + 1 - period(metric))
            if found is not None:
                yield found
