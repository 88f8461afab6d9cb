"""Performance Insights: the load of a database by what its sessions wait for, and by what they were asked.

A pure function of the load's history (`sessions.py`). Waits have the names that AWS shows for the engine; a wait that
the model does not know (locks, the client) is not there rather than guessed. The line to compare the load with is the
number of vCPUs: above it, sessions queue for a CPU.
"""

from __future__ import annotations

from dataclasses import dataclass

from opsconsole.cloud import instance_metrics, rds_metrics
from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.rds_host import Host
from opsconsole.cloud.server import Engine, Load
from opsconsole.cloud.sessions import Machine, Sessions

CPU = "CPU"
READS, WRITES = "SELECT", "INSERT, UPDATE, DELETE"


@dataclass(frozen=True, slots=True)
class Waits:
    """The names that AWS shows for an engine's waits: for data to read, to change, and for a commit to be durable."""

    read: str
    write: str
    commit: str


# Names: AWS documentation, April 2026, "Tuning with wait events" of each engine; which one stands for what is ours.
WAITS = {
    "aurora-mysql": Waits("io/table/sql/handler", "io/table/sql/handler", "io/aurora_redo_log_flush"),
    "aurora-postgresql": Waits("IO:DataFileRead", "IO:DataFileRead", "IO:XactSync"),
    "mysql": Waits("io/table/sql/handler", "io/file/innodb/innodb_data_file", "io/redo_log_flush"),
    "mariadb": Waits("io/table/sql/handler", "io/file/innodb/innodb_data_file", "io/file/innodb/innodb_log_file"),
    "postgres": Waits("IO:DataFileRead", "IO:DataFileWrite", "IO:WALSync"),
    "oracle": Waits("db file sequential read", "log buffer space", "log file sync"),
    "sqlserver": Waits("PAGEIOLATCH_SH", "PAGEIOLATCH_EX", "WRITELOG"),
}


@dataclass(frozen=True, slots=True)
class DatabaseLoad:
    """Average active sessions at an instant. `vcpu` is the Max vCPU line; both lists are greatest first."""

    at_us: int
    vcpu: int
    by_wait: tuple[tuple[str, float], ...]
    by_statement: tuple[tuple[str, float], ...]

    @property
    def total(self) -> float:
        """`DBLoad`."""
        total = 0.0
        for _, sessions in self.by_wait:
            total += sessions
        return total


def is_on(cloud: Cloud, id: str) -> bool:
    """Whether Performance Insights is on for a DB instance; members of a cluster have it, as AWS's console suggests."""
    db = cloud.rds.get(id)
    return db.settings.performance_insights if db is not None else id in cloud.instances


def waits_of(engine: str) -> Waits:
    """The names of an engine's waits; the editions of Oracle and SQL Server share theirs."""
    return WAITS[engine] if engine in WAITS else WAITS[engine.partition("-")[0]]


def database_load(cloud: Cloud, id: str, at_us: int) -> DatabaseLoad | None:
    """The load at an instant of the last hour; None where Performance Insights is off or the engine does not run."""
    if not is_on(cloud, id) or not 0 <= at_us <= cloud.now_us:
        return None
    db = cloud.rds.get(id)
    server = rds_metrics.host_at(db, at_us) if db is not None else cloud.instances[id]
    if server is None or at_us < server.created_us or server.engine.at(at_us) != Engine.RUNNING:
        return None
    load = server.load.at(at_us)
    if db is not None and isinstance(server, Host):
        return _taken(at_us, rds_metrics.machine(db, server, at_us), load, db.spec.engine)
    instance = cloud.instances[id]
    return _taken(at_us, instance_metrics.machine(instance, at_us), load, instance.home.spec.engine)


def series(cloud: Cloud, id: str, start_us: int, end_us: int, points: int) -> list[DatabaseLoad | None]:
    """`points` loads evenly spaced up to `end_us`: what the chart of the dashboard shows."""
    step = max(1, (end_us - start_us) // max(1, points))
    return [database_load(cloud, id, end_us - step * (points - 1 - i)) for i in range(points)]


def _taken(at_us: int, machine: Machine, load: Load, engine: str) -> DatabaseLoad:
    reading, writing = machine.reading(load), machine.writing(load)
    statements = {READS: reading.total, WRITES: writing.total}
    return DatabaseLoad(
        at_us, machine.vcpu, _sorted(_by_wait(reading + writing, waits_of(engine))), _sorted(statements)
    )


def _by_wait(sessions: Sessions, names: Waits) -> dict[str, float]:
    found = {CPU: sessions.cpu}
    for name, waiting in ((names.read, sessions.read), (names.write, sessions.write), (names.commit, sessions.commit)):
        found[name] = found.get(name, 0.0) + waiting
    return found


def _sorted(found: dict[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple(
        sorted(((name, value) for name, value in found.items() if value > 0), key=lambda one: (-one[1], one[0]))
    )
