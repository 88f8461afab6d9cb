"""What an engine with EBS storage of its own does to it: IOPS, latency, queue, as its load makes them.

The I/O of a request is what the storage's speed is divided by, so these agree with the load and with each other.
"""

from __future__ import annotations

from dataclasses import dataclass

from opsconsole import catalog
from opsconsole.cloud.server import Load
from opsconsole.cloud.sessions import SECOND_US, Machine, cpu_percent


@dataclass(frozen=True, slots=True)
class DiskUse:
    """An engine at an instant: what it carried, and the writes a second that it applied for somebody else.

    `read_ms` and `write_ms` are the time of one I/O on its storage when nothing queues.
    """

    load: Load
    machine: Machine
    applied_per_s: float
    read_ms: float
    write_ms: float

    @property
    def cpu(self) -> float:
        """`CPUUtilization`: by what it serves and applies."""
        return cpu_percent(self.machine.busy(self.load))

    @property
    def read_iops(self) -> float:
        """`ReadIOPS`: those reads that the buffer cache cannot answer."""
        return self.load.reads_served / 1000 * io_per_read()

    @property
    def write_iops(self) -> float:
        """`WriteIOPS`: of clients, and of the source that it applies."""
        return (self.load.writes_served / 1000 + self.applied_per_s) * io_per_write()

    @property
    def read_s(self) -> float:
        """`ReadLatency`; 0 where nothing is read."""
        return self._io_s(False) if self.read_iops else 0.0

    @property
    def write_s(self) -> float:
        """`WriteLatency`; 0 where nothing is written."""
        return self._io_s(True) if self.write_iops else 0.0

    def _io_s(self, writes: bool) -> float:
        """The storage's latency, and the queue before it where storage is what is short."""
        each = io_per_write() if writes else io_per_read()
        queued_us = self.machine.storage_queue_us(self.load, writes) / each
        return (self.write_ms if writes else self.read_ms) / 1000 + queued_us / SECOND_US

    @property
    def queue_depth(self) -> float:
        """`DiskQueueDepth`: I/Os under way, their rate times what each takes."""
        return self.read_iops * self.read_s + self.write_iops * self.write_s

    @property
    def read_bytes(self) -> float:
        """`ReadThroughput`, in bytes a second."""
        return self.read_iops * _io_bytes()

    @property
    def write_bytes(self) -> float:
        """`WriteThroughput`, in bytes a second."""
        return self.write_iops * _io_bytes()


def io_per_read() -> float:
    """I/Os that a read costs on average: most are answered from memory."""
    cold = catalog.assumption("rds-io-per-cold-read").value
    return cold * (1 - catalog.assumption("rds-buffer-hit-share").value)


def io_per_write() -> float:
    """I/Os that a write costs."""
    return catalog.assumption("rds-ios-per-write").value


def _io_bytes() -> float:
    return catalog.assumption("rds-io-kib").value * 1024
