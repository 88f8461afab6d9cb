"""AWS/RDS metrics of an RDS DB instance: of its primary host, of its storage, and of the source it follows.

What the model does not know is left out: swap, network bytes, EBS balances.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from opsconsole import catalog
from opsconsole.cloud import sessions
from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.cpu_credits import CpuCredits
from opsconsole.cloud.disk_metrics import DiskUse
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.rds_host import Host
from opsconsole.cloud.replication import ERROR, STOPPED, TERMINATED, Replication
from opsconsole.cloud.server import Engine, Load
from opsconsole.cloud.sessions import GIB, SECOND_US, Machine, active_sessions, free_memory
from opsconsole.cloud.writelog import WRITE, Branch

NOT_REPLICATING = -1.0


@dataclass(frozen=True, slots=True)
class Moment:
    """A DB instance at an instant: what the host carried that its name led to."""

    db: DbInstance
    t: int
    host: Host
    load: Load
    machine: Machine

    @property
    def disk(self) -> DiskUse:
        """What that makes its storage do."""
        usual_ms = self.db.disk.allocations.at(self.t).row.latency_ms
        read_ms, write_ms = (usual_ms + self.host.io_extra_us(writes, self.t) / 1000 for writes in (False, True))
        return DiskUse(self.load, self.machine, applied_per_s(self.db, self.t), read_ms, write_ms)


# -- replication --------------------------------------------------------------------------------------------------


def applied_per_s(db: DbInstance, t: int) -> float:
    """Writes of its source that a replica applied in the second before; 0 for everybody else."""
    stream = db.streams.at(t)
    if stream is None:
        return 0.0
    return (stream.applied.received(t) - stream.applied.received(t - SECOND_US)) / WRITE


def replica_lag(db: DbInstance, t: int) -> float | None:
    """`ReplicaLag` in seconds, as each engine tells it: MySQL and MariaDB say -1 where replication is not active.

    PostgreSQL tells the age of the last transaction that was replayed: without writes at the source it climbs until the
    source switches its WAL segment, and falls back.
    """
    stream = db.streams.at(t)
    if stream is None:
        return None
    kind = db.engine.compatible
    if kind in ("mysql", "mariadb") and stream.status.at(t) in (STOPPED, ERROR, TERMINATED):
        return NOT_REPLICATING
    lag_s = stream.lag_us(t) / SECOND_US
    return max(lag_s, _idle_s(stream, t)) if kind == "postgresql" else lag_s


def _idle_s(stream: Replication, t: int) -> float:
    """Seconds since a source without writes last sent anything: a write, or a WAL segment it switched."""
    branch = stream.applied.branch
    if branch.write_rate(t) or stream.applied.received(t) < branch.position(t):
        return 0.0
    switch_us = round(catalog.assumption("pg-wal-segment-switch-s").value * SECOND_US)
    return (t - _last_write_us(branch, t)) % switch_us / SECOND_US


def _last_write_us(branch: Branch, t: int) -> int:
    """When the last write was made durable; the begin of what is known where there was none."""
    end = t
    for began, _, rate in reversed(branch.total.breakpoints):
        if began <= t and rate:
            return end
        end = min(end, began)
    return end


# -- the metrics --------------------------------------------------------------------------------------------------


def _of_credits(moment: Moment, tell: Callable[[CpuCredits], float]) -> float | None:
    credits = moment.db.credits.at(moment.t)
    return tell(credits) if credits is not None else None


def _log_made(moment: Moment) -> float | None:
    """Bytes of write-ahead log a second; a replica makes none of its own."""
    if moment.db.streams.at(moment.t) is not None:
        return None
    each = catalog.assumption("rds-log-bytes-per-write").value
    return moment.db.branch.write_rate(moment.t) / 1000 * each


METRICS: dict[str, Callable[[Moment], float | None]] = {
    "CPUUtilization": lambda m: m.disk.cpu,
    "DatabaseConnections": lambda m: float(m.load.connections),
    "CPUCreditBalance": lambda m: _of_credits(m, lambda its: its.balance(m.t)),
    "CPUCreditUsage": lambda m: _of_credits(m, lambda its: its.used(m.disk.cpu)),
    "CPUSurplusCreditBalance": lambda m: _of_credits(m, lambda its: its.surplus(m.t)),
    "CPUSurplusCreditsCharged": lambda m: _of_credits(m, lambda its: its.charged(m.t, m.disk.cpu)),
    "FreeableMemory": lambda m: free_memory(m.db.classes.at(m.t).memory_gib, m.load),
    "FreeStorageSpace": lambda m: float(free_storage(m.db, m.t)),
    "ReadIOPS": lambda m: m.disk.read_iops,
    "WriteIOPS": lambda m: m.disk.write_iops,
    "ReadLatency": lambda m: m.disk.read_s,
    "WriteLatency": lambda m: m.disk.write_s,
    "ReadThroughput": lambda m: m.disk.read_bytes,
    "WriteThroughput": lambda m: m.disk.write_bytes,
    "DiskQueueDepth": lambda m: m.disk.queue_depth,
    "BurstBalance": lambda m: m.db.disk.credits.permille(m.t) / 10,
    "ReplicaLag": lambda m: replica_lag(m.db, m.t),
    "BinLogDiskUsage": lambda m: float(m.db.contents.log_backlog(m.t)),
    "TransactionLogsGeneration": _log_made,
    "TransactionLogsDiskUsage": lambda m: float(m.db.contents.log_backlog(m.t)),
    "OldestReplicationSlotLag": lambda m: float(m.db.contents.log_backlog(m.t)),
    "DBLoad": lambda m: active_sessions(m.load),
    "DBLoadCPU": lambda m: m.machine.sessions(m.load).cpu,
    "DBLoadNonCPU": lambda m: m.machine.sessions(m.load).waiting,
}

OF_SOURCES = ("BinLogDiskUsage", "TransactionLogsDiskUsage", "OldestReplicationSlotLag")
OF_CREDITS = ("CPUCreditBalance", "CPUCreditUsage", "CPUSurplusCreditBalance", "CPUSurplusCreditsCharged")
OF_INSIGHTS = ("DBLoad", "DBLoadCPU", "DBLoadNonCPU")


def names(db: DbInstance) -> list[str]:
    """The metrics it has: by its engine, its storage, its part in replication, and what is turned on."""
    return [name for name in METRICS if _has(db, name)]


def _has(db: DbInstance, name: str) -> bool:
    engines = catalog.metric("AWS/RDS", name).engines
    if engines and db.spec.engine not in engines:
        return False
    if name in OF_INSIGHTS:
        return db.settings.performance_insights
    if name in OF_CREDITS:
        return db.instance_class.burstable
    if name in OF_SOURCES:
        return bool(db.replicas())
    if name in ("ReplicaLag", "TransactionLogsGeneration"):
        return (db.replication is not None) is (name == "ReplicaLag")
    return name != "BurstBalance" or db.disk.credits.capacity > 0


def value(cloud: Cloud, db: DbInstance, metric: str, t: int) -> float | None:
    """A metric at an instant; None before the instance existed and while its engine does not run.

    `FreeStorageSpace` is told also while full storage keeps the engine down.
    """
    host = host_at(db, t)
    if t < db.created_us or host is None:
        return None
    if host.engine.at(t) != Engine.RUNNING:
        full = metric == "FreeStorageSpace" and db.status.at(t) == "storage-full"
        return float(free_storage(db, t)) if full else None
    load = host.load.at(t)
    return METRICS[metric](Moment(db, t, host, load, machine(db, host, t)))


def host_at(db: DbInstance, t: int) -> Host | None:
    """The host that its name led to."""
    id = db.primary_history.at(t)
    return db.hosts.get(id) or db.former_hosts.get(id)


def machine(db: DbInstance, host: Host, t: int) -> Machine:
    """What requests cost on its host; a replica applies what its source writes, beside."""
    read_us, write_us = (host.service_us_at(writes, t) for writes in (False, True))
    of = sessions.machine(db.spec.engine, db.classes.at(t).name, read_us, write_us)
    beside = applied_per_s(db, t) * 1000 / db.capacity.apply_limit() + host.logins_at(t)
    return of._replace(beside=beside) if beside else of


def free_storage(db: DbInstance, t: int) -> int:
    """`FreeStorageSpace` in bytes."""
    allocated = db.disk.allocations.at(t).gib * GIB
    return max(0, allocated - db.contents.data_at(t) - db.contents.log_backlog(t) - db.contents.litter_at(t))


def ceiling(cloud: Cloud, db: DbInstance, of: str, t: int) -> float:
    """What a relative threshold was a percentage of: `max_connections`, `memory`, `storage` (bytes) or `vcpu`."""
    size = db.classes.at(t)
    match of:
        case "max_connections":
            return catalog.capacity(db.spec.engine, size.name).max_connections
        case "memory":
            return size.memory_gib * GIB
        case "storage":
            return db.disk.allocations.at(t).gib * GIB
        case "vcpu":
            return size.vcpu
    raise ValueError(f"a DB instance has no {of!r} that a threshold could be relative to")
