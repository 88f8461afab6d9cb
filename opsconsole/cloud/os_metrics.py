"""Enhanced Monitoring: what the operating system of a DB instance does, every 1 to 60 seconds, where it is turned on.

Its agent lives on the host, so it tells while the engine does not run, as long as the host does. Everything follows
from the load's history: nothing is sampled and kept. The names of the groups are those of AWS's OS metrics.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

from opsconsole import catalog
from opsconsole.catalog import InstanceClass
from opsconsole.cloud import rds_metrics
from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.server import Engine, Load, Server
from opsconsole.cloud.sessions import Machine, cpu_percent, free_memory

GIB = 1024**3
SECOND_US = 1_000_000
MEMORY_OF_AVERAGES = 5
"""After so many of its time constants a load average has forgotten."""


@dataclass(frozen=True, slots=True)
class CpuUtilization:
    """`cpuUtilization`, in percent of all vCPUs."""

    user: float
    system: float
    wait: float
    steal: float
    idle: float

    @property
    def total(self) -> float:
        """What is not idle and does not wait for I/O."""
        return self.user + self.system + self.steal


@dataclass(frozen=True, slots=True)
class LoadAverage:
    """`loadAverageMinute`: tasks that run, want to run or wait for I/O, averaged over 1, 5 and 15 minutes."""

    one: float
    five: float
    fifteen: float


@dataclass(frozen=True, slots=True)
class Memory:
    """`memory`, in bytes."""

    total: int
    free: int

    @property
    def active(self) -> int:
        """What is in use."""
        return self.total - self.free


@dataclass(frozen=True, slots=True)
class Tasks:
    """`tasks`: the sessions of clients. `blocked` wait for I/O, `sleeping` for their client."""

    total: int
    running: int
    blocked: int
    sleeping: int


@dataclass(frozen=True, slots=True)
class Process:
    """One line of the process list; percentages are of the whole instance."""

    name: str
    cpu_percent: float
    memory_percent: float


@dataclass(frozen=True, slots=True)
class Sample:
    """What the agent told at an instant."""

    at_us: int
    vcpu: int
    cpu: CpuUtilization
    load_average: LoadAverage
    memory: Memory
    tasks: Tasks
    processes: tuple[Process, ...]


PROCESSES = {
    "mysql": "mysqld",
    "mariadb": "mariadbd",
    "postgresql": "postgres",
    "oracle": "oracle",
    "sqlserver": "sqlservr",
}
OTHERS = "OS and RDS processes"


def interval_s(cloud: Cloud, id: str) -> int:
    """`MonitoringInterval` of a DB instance: seconds between two samples, 0 where Enhanced Monitoring is off."""
    db = cloud.rds.get(id)
    return db.settings.monitoring_interval_s if db is not None else 0


def latest(cloud: Cloud, id: str, at_us: int) -> Sample | None:
    """The youngest sample that there was at an instant of the last hour; None where it is off or the host is dead."""
    db, interval_us = cloud.rds.get(id), interval_s(cloud, id) * SECOND_US
    if db is None or not interval_us or not 0 <= at_us <= cloud.now_us:
        return None
    at_us -= at_us % interval_us
    host = rds_metrics.host_at(db, at_us)
    if host is None:
        return None
    program = PROCESSES[db.engine.compatible]
    return sample(host, rds_metrics.machine(db, host, at_us), db.classes.at(at_us), program, at_us)


def series(cloud: Cloud, id: str, start_us: int, end_us: int) -> list[Sample | None]:
    """Every sample from a time to a time, one each interval; empty where Enhanced Monitoring is off."""
    interval_us = interval_s(cloud, id) * SECOND_US
    if not interval_us:
        return []
    first = -(-max(0, start_us) // interval_us) * interval_us
    return [latest(cloud, id, at_us) for at_us in range(first, min(end_us, cloud.now_us) + 1, interval_us)]


def sample(server: Server, machine: Machine, size: InstanceClass, program: str, at_us: int) -> Sample | None:
    """What the operating system of a server does at an instant; None while its host is dead or not there yet.

    `program` is the engine's name in the process list.
    """
    if at_us < server.created_us or not _host_lives(server, at_us):
        return None
    running = server.engine.at(at_us) == Engine.RUNNING
    load = server.load.at(at_us) if running else Load()
    sessions = machine.sessions(load)
    cpu = _cpu(machine, load, sessions.waiting)
    memory = _memory(size, load, running)
    busy, blocked = min(load.connections, round(sessions.cpu)), round(sessions.waiting)
    blocked = min(load.connections - busy, blocked)
    return Sample(
        at_us,
        machine.vcpu,
        cpu,
        LoadAverage(*(_average(server, machine, at_us, minutes * 60 * SECOND_US) for minutes in (1, 5, 15))),
        memory,
        Tasks(load.connections, busy, blocked, load.connections - busy - blocked),
        _processes(program if running else None, size, cpu, memory),
    )


def _host_lives(server: Server, at_us: int) -> bool:
    return server.host_back.at(at_us) and server.zone.condition.at(at_us) != "down"


def _idle_percent() -> float:
    """CPU that the host uses for itself."""
    return catalog.assumption("cpu-floor-percent").value


def _cpu(machine: Machine, load: Load, waiting: float) -> CpuUtilization:
    """The kernel has a share of it; an idle CPU waits for I/O while any is outstanding. Nobody steals."""
    used = cpu_percent(machine.busy(load))
    wait = (100.0 - used) * (1 - exp(-waiting))
    system = used * catalog.assumption("os-system-share").value
    return CpuUtilization(used - system, system, wait, 0.0, max(0.0, 100.0 - used - wait))


def _memory(size: InstanceClass, load: Load, running: bool) -> Memory:
    total = size.memory_gib * GIB
    if not running:
        return Memory(total, size.db_instance_class_memory)
    return Memory(total, round(free_memory(size.memory_gib, load)))


def _processes(program: str | None, size: InstanceClass, cpu: CpuUtilization, memory: Memory) -> tuple[Process, ...]:
    """The engine has what the host does not need for itself: AWS's DBInstanceClassMemory is the rest of the memory."""
    own = memory.total - size.db_instance_class_memory
    floor = min(_idle_percent(), cpu.total)
    others = Process(OTHERS, floor, 100 * own / memory.total)
    if program is None:
        return (others,)
    return Process(program, cpu.total - floor, 100 * max(0, memory.active - own) / memory.total), others


def _average(server: Server, machine: Machine, at_us: int, over_us: int) -> float:
    """The kernel's exponentially damped mean of the tasks that run, want to or wait for I/O."""
    pieces = server.load.since(at_us - MEMORY_OF_AVERAGES * over_us)
    pieces = [piece for piece in pieces if piece[0] < at_us]
    ends = [*(began for began, _ in pieces[1:]), at_us]
    mean = 0.0
    for first, ((began, load), end) in enumerate(zip(pieces, ends, strict=True)):
        before = 0.0 if first == 0 else exp((began - at_us) / over_us)  # what was before goes on as it was
        mean += machine.sessions(load).total * (exp((end - at_us) / over_us) - before)
    return mean
