"""AWS/RDS metrics of a DB instance of a cluster, each as a function of its load and its history.

Those of an instance of a Multi-AZ DB cluster are told by `member_metrics.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from opsconsole import catalog
from opsconsole.cloud import member_metrics, sessions
from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.cpu_credits import CpuCredits
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.multi_az_cluster import MultiAzInstance
from opsconsole.cloud.server import Engine, Load
from opsconsole.cloud.sessions import GIB, Machine, active_sessions, cpu_percent, free_memory

Metric = Callable[[Cloud, Instance, Load, int], float | None]


def hit_ratio(warm_permille: int) -> float:
    """Percent of reads that the buffer cache answers; a cold one answers fewer."""
    return 99.9 if warm_permille >= 1000 else 60.0 + 39.9 * (warm_permille / 1000 - 0.7) / 0.3


def _replica_lag(cloud: Cloud, instance: Instance, load: Load, t: int) -> float | None:
    leader = cloud.clusters[instance.cluster].writer_history.at(t)
    if leader == instance.id:
        return None
    return instance.lag_at(t) / 1000


def _uptime(cloud: Cloud, instance: Instance, load: Load, t: int) -> float:
    return max(0, t - instance.started.at(t)) / 1e6


def machine(instance: Instance, t: int) -> Machine:
    """What requests cost on it."""
    if isinstance(instance, MultiAzInstance):
        return member_metrics.machine(instance, t)
    engine, size = instance.home.spec.engine, instance.classes.at(t)
    return sessions.machine(engine, size.name, instance.service_us(False), instance.service_us(True))


def _of_credits(instance: Instance, t: int, tell: Callable[[CpuCredits], float]) -> float | None:
    its = instance.credits.at(t)
    return tell(its) if its is not None else None


CREDITS: dict[str, Metric] = {
    "CPUCreditBalance": lambda c, i, load, t: _of_credits(i, t, lambda its: its.balance(t)),
    "CPUCreditUsage": lambda c, i, load, t: _of_credits(i, t, lambda its: its.used(cpu_percent(load.utilisation))),
    "CPUSurplusCreditBalance": lambda c, i, load, t: _of_credits(i, t, lambda its: its.surplus(t)),
    "CPUSurplusCreditsCharged": lambda c, i, load, t: _of_credits(
        i, t, lambda its: its.charged(t, cpu_percent(load.utilisation))
    ),
}
METRICS: dict[str, Metric] = {
    "CPUUtilization": lambda c, i, load, t: cpu_percent(load.utilisation),
    "DatabaseConnections": lambda c, i, load, t: float(load.connections),
    "SelectThroughput": lambda c, i, load, t: load.reads_served / 1000,
    "SelectLatency": lambda c, i, load, t: load.read_us / 1000 if load.reads_served else None,
    "CommitThroughput": lambda c, i, load, t: load.writes_served / 1000,
    "CommitLatency": lambda c, i, load, t: load.write_us / 1000 if load.writes_served else None,
    "DBLoad": lambda c, i, load, t: active_sessions(load),
    "DBLoadCPU": lambda c, i, load, t: machine(i, t).sessions(load).cpu,
    "DBLoadNonCPU": lambda c, i, load, t: machine(i, t).sessions(load).waiting,
    "AuroraReplicaLag": _replica_lag,
    "BufferCacheHitRatio": lambda c, i, load, t: hit_ratio(i.warm.at(t)),
    "FreeableMemory": lambda c, i, load, t: free_memory(i.classes.at(t).memory_gib, load),
    "EngineUptime": _uptime,
}


def names(instance: Instance) -> list[str]:
    """The metrics it has."""
    if isinstance(instance, MultiAzInstance):
        return list(member_metrics.METRICS)
    return [*METRICS, *CREDITS] if instance.instance_class.burstable else list(METRICS)


def value(cloud: Cloud, instance: Instance, metric: str, t: int) -> float | None:
    """A metric at an instant; None before the instance existed and while its engine does not run.

    EngineUptime alone says 0 while the engine starts again: its host lives and tells.
    """
    if isinstance(instance, MultiAzInstance):
        return member_metrics.value(instance, metric, t)
    if t < instance.created_us:
        return None
    engine = instance.engine.at(t)
    if engine == Engine.RUNNING:
        tell = CREDITS[metric] if metric in CREDITS else METRICS[metric]
        return tell(cloud, instance, instance.load.at(t), t)
    return 0.0 if metric == "EngineUptime" and engine == Engine.RESTARTING else None


def steady_since(instance: Instance) -> int | None:
    """Since when nothing has changed that decides on its metrics: load, engine, warmth; None where storage fills up."""
    if isinstance(instance, MultiAzInstance):
        return None
    steps = (instance.load, instance.engine, instance.warm, instance.classes)
    return max(instance.created_us, *(step.changed_us for step in steps))


def ceiling(cloud: Cloud, instance: Instance, of: str, t: int) -> float:
    """What a relative threshold is a percentage of: `max_connections`, `memory` (bytes) or `vcpu`."""
    size = instance.classes.at(t)
    match of:
        case "max_connections":
            return catalog.capacity(instance.home.spec.engine, size.name).max_connections
        case "memory":
            return size.memory_gib * GIB
        case "vcpu":
            return size.vcpu
        case "storage" if isinstance(instance, MultiAzInstance):
            return member_metrics.ceiling(instance, of, t)
    raise ValueError(f"an instance has no {of!r} that a threshold could be relative to")
