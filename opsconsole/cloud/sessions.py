"""What the sessions of a database engine do at an instant: average active sessions, by what they spend their time on.

By Little's law the sessions in a state are the requests served per second times the time each spends in it. A request
takes its service time, waits in the queue of whichever resource is short (CPU or storage), and a write then waits until
its commit is durable. A session that waits for a CPU counts as CPU, as Performance Insights counts it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from opsconsole import catalog
from opsconsole.cloud.server import Load

SECOND_US = 1_000_000
GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Sessions:
    """Average active sessions: on a CPU or waiting for one, reading data, writing data, waiting for a commit."""

    cpu: float = 0.0
    read: float = 0.0
    write: float = 0.0
    commit: float = 0.0

    @property
    def total(self) -> float:
        """`DBLoad`."""
        return self.cpu + self.read + self.write + self.commit

    @property
    def waiting(self) -> float:
        """`DBLoadNonCPU`."""
        return self.read + self.write + self.commit

    def __add__(self, other: Sessions) -> Sessions:
        """Those of both."""
        return Sessions(
            self.cpu + other.cpu, self.read + other.read, self.write + other.write, self.commit + other.commit
        )


class Machine(NamedTuple):
    """An engine on a class of instance: what requests cost on it while nobody else asks.

    `read_us` and `write_us` are service times (without the commit); `reads_per_s` and `writes_per_s` are what all its
    CPUs can do when nothing else is short.
    """

    vcpu: int
    reads_per_s: int
    writes_per_s: int
    read_us: float
    write_us: float
    beside: float = 0.0
    """The share of its CPUs that something else takes (a replica applies what its source writes)."""

    def busy(self, load: Load) -> float:
        """The share of its CPUs that what it serves takes, 0 to 1."""
        share = load.reads_served / (self.reads_per_s * 1000) + load.writes_served / (self.writes_per_s * 1000)
        return min(1.0, share + self.beside)

    def sessions(self, load: Load) -> Sessions:
        """What all its sessions do under a load."""
        return self.reading(load) + self.writing(load)

    def reading(self, load: Load) -> Sessions:
        """What the sessions do that read."""
        rate = load.reads_served / 1000 / SECOND_US
        on_cpu = min(self.read_us, self.vcpu * SECOND_US / self.reads_per_s)
        for_storage = self.storage_queue_us(load, False)
        return Sessions(
            cpu=rate * (on_cpu + self._queued_us(load, False) - for_storage),
            read=rate * (self.read_us - on_cpu + for_storage),
        )

    def writing(self, load: Load) -> Sessions:
        """What the sessions do that write."""
        rate = load.writes_served / 1000 / SECOND_US
        on_cpu = min(self.write_us, self.vcpu * SECOND_US / self.writes_per_s)
        for_storage = self.storage_queue_us(load, True)
        return Sessions(
            cpu=rate * (on_cpu + self._queued_us(load, True) - for_storage),
            write=rate * (self.write_us - on_cpu + for_storage),
            commit=rate * max(0.0, load.write_us - self._before_commit(load)),
        )

    def storage_queue_us(self, load: Load, writes: bool) -> float:
        """How long a request waits for others at the storage: nothing while CPU is what is short."""
        if self.busy(load) >= catalog.assumption("cpu-is-short-share").value * load.utilisation:
            return 0.0
        return self._queued_us(load, writes)

    def _queued_us(self, load: Load, writes: bool) -> float:
        worked_us, idle_us = (self._before_commit(load), self.write_us) if writes else (load.read_us, self.read_us)
        return max(0.0, worked_us - idle_us)

    def _before_commit(self, load: Load) -> float:
        """How much of a write's time passes before its commit: its service time, stretched as a read's is.

        Where every connection is busy, a request takes as long whatever it is.
        """
        if load.demand_permille >= 1000:
            return min(float(load.write_us), max(self.write_us, load.read_us))
        stretch = max(1.0, load.read_us / self.read_us)
        return min(float(load.write_us), self.write_us * stretch)


def active_sessions(load: Load) -> float:
    """`DBLoad`: all that `Machine.sessions` tells apart."""
    return (load.reads_served * load.read_us + load.writes_served * load.write_us) / 1e9


def cpu_percent(busy: float) -> float:
    """`CPUUtilization`: what an idle engine takes, and the rest in step with the share of the CPUs that works."""
    floor = catalog.assumption("cpu-floor-percent").value
    return min(100.0, floor + (100.0 - floor) * busy)


def free_memory(memory_gib: float, load: Load) -> float:
    """`FreeableMemory` in bytes: less under load."""
    idle, working = (catalog.assumption(f"memory-{name}-share").value for name in ("free", "work"))
    return memory_gib * GIB * (idle - working * load.utilisation)


@lru_cache(maxsize=1024)
def machine(engine: str, instance_class: str, read_us: float, write_us: float) -> Machine:
    """The machine that an engine on a class is, with its service times."""
    row = catalog.capacity(engine, instance_class)
    size = catalog.instance_class(instance_class)
    return Machine(size.vcpu, row.reads_per_s, row.writes_per_s, read_us, write_us)
