"""AWS/RDS metrics of an instance of a Multi-AZ DB cluster: storage of its own, and a lag behind the writer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from opsconsole import catalog
from opsconsole.cloud import sessions
from opsconsole.cloud.disk_metrics import DiskUse
from opsconsole.cloud.multi_az_cluster import MultiAzInstance
from opsconsole.cloud.server import Engine, Load
from opsconsole.cloud.sessions import GIB, SECOND_US, Machine, active_sessions, free_memory
from opsconsole.cloud.writelog import WRITE


@dataclass(frozen=True, slots=True)
class Moment:
    """An instance at an instant."""

    member: MultiAzInstance
    t: int
    load: Load
    machine: Machine

    @property
    def disk(self) -> DiskUse:
        """What its load makes its storage do."""
        latency_ms = self.member.home.storage.disk.allocations.at(self.t).row.latency_ms
        return DiskUse(self.load, self.machine, applied_per_s(self.member, self.t), latency_ms, latency_ms)


def applied_per_s(member: MultiAzInstance, t: int) -> float:
    """Writes of the writer that a reader applied in the second before."""
    stream = member.home.storage.streams.get(member.id)
    if stream is None or member.home.writer_history.at(t) == member.id:
        return 0.0
    return (stream.applied.received(t) - stream.applied.received(t - SECOND_US)) / WRITE


def _lag(moment: Moment) -> float | None:
    leads = moment.member.home.writer_history.at(moment.t) == moment.member.id
    return None if leads else moment.member.lag_at(moment.t) / SECOND_US


def _free_storage(moment: Moment) -> float:
    storage = moment.member.home.storage
    return float(max(0, storage.disk.allocations.at(moment.t).gib * GIB - storage.used_bytes(moment.t)))


METRICS: dict[str, Callable[[Moment], float | None]] = {
    "CPUUtilization": lambda m: m.disk.cpu,
    "DatabaseConnections": lambda m: float(m.load.connections),
    "FreeableMemory": lambda m: free_memory(m.member.classes.at(m.t).memory_gib, m.load),
    "FreeStorageSpace": _free_storage,
    "ReadIOPS": lambda m: m.disk.read_iops,
    "WriteIOPS": lambda m: m.disk.write_iops,
    "ReadLatency": lambda m: m.disk.read_s,
    "WriteLatency": lambda m: m.disk.write_s,
    "ReadThroughput": lambda m: m.disk.read_bytes,
    "WriteThroughput": lambda m: m.disk.write_bytes,
    "DiskQueueDepth": lambda m: m.disk.queue_depth,
    "ReplicaLag": _lag,
    "DBLoad": lambda m: active_sessions(m.load),
    "DBLoadCPU": lambda m: m.machine.sessions(m.load).cpu,
    "DBLoadNonCPU": lambda m: m.machine.sessions(m.load).waiting,
}


def value(member: MultiAzInstance, metric: str, t: int) -> float | None:
    """A metric at an instant; None before the instance existed and while its engine does not run."""
    if t < member.created_us or member.engine.at(t) != Engine.RUNNING:
        return None
    return METRICS[metric](Moment(member, t, member.load.at(t), machine(member, t)))


def machine(member: MultiAzInstance, t: int) -> Machine:
    """What requests cost on it; a reader applies what the writer writes, beside."""
    engine, size = member.home.spec.engine, member.classes.at(t)
    of = sessions.machine(engine, size.name, member.service_us(False), member.service_us(True))
    most = catalog.assumption("rds-replica-apply-per-s-per-vcpu").value * size.vcpu
    beside = applied_per_s(member, t) / most + member.logins_at(t)
    return of._replace(beside=beside) if beside else of


def ceiling(member: MultiAzInstance, of: str, t: int) -> float:
    """What a relative threshold is a percentage of: the `storage` allocated, in bytes."""
    if of != "storage":
        raise ValueError(f"an instance of a Multi-AZ DB cluster has no {of!r} that a threshold could be relative to")
    return member.home.storage.disk.allocations.at(t).gib * GIB
