"""CloudWatch metrics by AWS's names and units, as functions of time.

Nothing is collected. A value is worked out from the history of loads, lags and sizes when somebody looks; what is shown
wobbles by a pure hash of seed, thing, metric and second, which enters no book, alarm or verdict. A datapoint is the
mean of a minute, and exists only where AWS would have one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from opsconsole import catalog
from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.server import Engine, Load
from opsconsole.simulation import noise, noise_key

MINUTE_US = 60_000_000
SAMPLES_PER_MINUTE = 6
WOBBLE = 0.06  # the widest swing of what is displayed, as a share of the value (SIM)

InstanceMetric = Callable[[Cloud, Instance, Load, int], float | None]
ClusterMetric = Callable[[Cloud, Cluster, int], float | None]


def _cpu(cloud: Cloud, instance: Instance, load: Load, t: int) -> float:
    floor = catalog.assumption("cpu-floor-percent").value
    return min(100.0, floor + (100.0 - floor) * load.utilisation)


def _db_load(cloud: Cloud, instance: Instance, load: Load, t: int) -> float:
    """Average active sessions: served requests times the time each takes."""
    return (load.reads_served * load.read_us + load.writes_served * load.write_us) / 1e9


def _replica_lag(cloud: Cloud, instance: Instance, load: Load, t: int) -> float | None:
    cluster = cloud.clusters[instance.cluster]
    leader = cluster.writer_history.at(t)
    if leader == instance.id:
        return None
    writer = cloud.traffic.loads.get(leader)
    busy = min(1.0, writer.at(t).demand_permille / 1000) if writer else 0.0
    return instance.replica_lag_us(t, busy) / 1000


def _uptime(cloud: Cloud, instance: Instance, load: Load, t: int) -> float:
    return max(0, t - instance.started.at(t)) / 1e6


def _free_memory(cloud: Cloud, instance: Instance, load: Load, t: int) -> float:
    share = catalog.assumption("memory-free-share").value
    return instance.instance_class.memory_gib * 1024**3 * share * (1 - 0.3 * load.utilisation)


def _hit_ratio(cloud: Cloud, instance: Instance, load: Load, t: int) -> float:
    return 60.0 + 39.9 * (instance.warm.at(t) / 1000 - 0.7) / 0.3 if instance.warm.at(t) < 1000 else 99.9


INSTANCE_METRICS: dict[str, InstanceMetric] = {
    "CPUUtilization": _cpu,
    "DatabaseConnections": lambda c, i, load, t: float(load.connections),
    "SelectThroughput": lambda c, i, load, t: load.reads_served / 1000,
    "SelectLatency": lambda c, i, load, t: load.read_us / 1000 if load.reads_served else None,
    "CommitThroughput": lambda c, i, load, t: load.writes_served / 1000,
    "CommitLatency": lambda c, i, load, t: load.write_us / 1000 if load.writes_served else None,
    "DBLoad": _db_load,
    "AuroraReplicaLag": _replica_lag,
    "BufferCacheHitRatio": _hit_ratio,
    "FreeableMemory": _free_memory,
    "EngineUptime": _uptime,
}


def _global_lag(cloud: Cloud, cluster: Cluster, t: int) -> float | None:
    follower = cluster.volume.follower
    if follower is None:
        return None
    return follower.lag_us(t) / 1000


def _reader_lags(cloud: Cloud, cluster: Cluster, t: int) -> list[float]:
    lags = (value(cloud, reader.id, "AuroraReplicaLag", t, wobble=False) for reader in cluster.instances.values())
    return [lag for lag in lags if lag is not None]


CLUSTER_METRICS: dict[str, ClusterMetric] = {
    "VolumeBytesUsed": lambda c, k, t: float(k.volume.used_bytes(t)),
    "AuroraVolumeBytesLeftTotal": lambda c, k, t: float(k.volume.max_bytes - k.volume.used_bytes(t)),
    "AuroraReplicaLagMaximum": lambda c, k, t: max(_reader_lags(c, k, t), default=None),
    "AuroraReplicaLagMinimum": lambda c, k, t: min(_reader_lags(c, k, t), default=None),
    "AuroraGlobalDBReplicationLag": _global_lag,
    "AuroraGlobalDBRPOLag": _global_lag,
}

STEADY = ("DatabaseConnections", "EngineUptime", "VolumeBytesUsed", "AuroraVolumeBytesLeftTotal")


@dataclass(frozen=True, slots=True)
class Datapoint:
    """One minute of a metric, as CloudWatch has it: the mean, at the minute's begin."""

    thing: str
    metric: str
    unit: str
    begins_us: int
    average: float


def names_for(cloud: Cloud, id: str) -> list[str]:
    """The metrics that a thing of the fleet has."""
    if id in cloud.instances:
        return list(INSTANCE_METRICS)
    return list(CLUSTER_METRICS) if id in cloud.clusters else []


def unit_of(metric: str) -> str:
    """The unit of an AWS/RDS metric, in CloudWatch's words."""
    return catalog.metric("AWS/RDS", metric).unit


def value(cloud: Cloud, id: str, metric: str, at_us: int, wobble: bool = True) -> float | None:
    """A metric of a thing at an instant (not in the future), or None where there is none.

    An instance whose engine does not run has none; neither has one that did not exist yet.
    """
    if id in cloud.instances:
        instance = cloud.instances[id]
        if at_us < instance.created_us or instance.engine.at(at_us) != Engine.RUNNING:
            return None
        load = cloud.traffic.loads[id].at(at_us) if id in cloud.traffic.loads else Load()
        plain = INSTANCE_METRICS[metric](cloud, instance, load, at_us)
    else:
        plain = CLUSTER_METRICS[metric](cloud, cloud.clusters[id], at_us)
    if plain is None or not wobble or metric in STEADY:
        return plain
    second = at_us // 1_000_000
    swing = noise(noise_key(cloud.seed, id, metric), second) - 0.5
    shown = plain * (1 + WOBBLE * swing)
    return min(100.0, shown) if unit_of(metric) == "Percent" else shown


def series(cloud: Cloud, id: str, metric: str, start_us: int, end_us: int, points: int) -> list[float | None]:
    """`points` values evenly spaced up to `end_us`; None where there was none or before the run."""
    step = max(1, (end_us - start_us) // max(1, points))
    times = [end_us - step * (points - 1 - i) for i in range(points)]
    return [value(cloud, id, metric, t) if 0 <= t <= cloud.now_us else None for t in times]


def datapoint(cloud: Cloud, id: str, metric: str, minute: int) -> Datapoint | None:
    """The datapoint of one minute since the run began, if the minute is over and AWS has one."""
    begins = minute * MINUTE_US
    if begins < 0 or begins + MINUTE_US > cloud.now_us:
        return None
    step = MINUTE_US // SAMPLES_PER_MINUTE
    found = [value(cloud, id, metric, begins + step * i) for i in range(SAMPLES_PER_MINUTE)]
    present = [one for one in found if one is not None]
    if not present:
        return None
    total = 0.0
    for one in present:
        total += one
    return Datapoint(id, metric, unit_of(metric), begins, total / len(present))


def latest_datapoint(cloud: Cloud, id: str, metric: str) -> Datapoint | None:
    """What CloudWatch shows now: the last minute that is over and published."""
    late_us = round(catalog.assumption("metric-delay-s").value * 1_000_000)
    return datapoint(cloud, id, metric, (cloud.now_us - late_us) // MINUTE_US - 1)


def minute_rows(cloud: Cloud, minute: int) -> Iterator[Datapoint]:
    """Every datapoint of one minute, by thing and metric."""
    for id in (*cloud.clusters, *cloud.instances):
        for metric in names_for(cloud, id):
            found = datapoint(cloud, id, metric, minute)
            if found is not None:
                yield found
