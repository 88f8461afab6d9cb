"""The storage of a Multi-AZ DB cluster: each instance has its own, and a commit waits until one reader has it as well.

A reader acknowledges what it has received, not what it has applied: what readers see lags, what is acknowledged is
never lost with one instance. Flow control holds the writer back before a reader lags by two minutes. AWS does not say
what happens while no reader can acknowledge: here commits wait, and nobody is promoted who lacks an acknowledged write.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud.content import Content
from opsconsole.cloud.disk import Disk
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.places import Zone
from opsconsole.cloud.writelog import WRITE, Branch, Follower
from opsconsole.fleet import StorageSpec
from opsconsole.simulation import Step, Timer

if TYPE_CHECKING:
    from opsconsole.cloud.multi_az_cluster import MultiAzCluster, MultiAzInstance

MICRO = 1_000_000


class Stream:
    """What a reader has of its writer: `received` is acknowledged, `applied` is what its own readers see.

    `lag_us` is how far it is behind at rest; `pressing` says that flow control holds the writer back for it.
    """

    def __init__(self, branch: Branch, reader: MultiAzInstance, bandwidth: int, position: int) -> None:
        now = reader.world.now_us
        self.received = Follower(branch, 0, bandwidth, now, position)
        self.applied = Follower(branch, reader.rest_lag_us, reader.apply_pace(), now, position)
        self.lag_us = reader.rest_lag_us
        self.pressing = False

    def complete(self, now_us: int) -> bool:
        """Whether it has received everything that was ever acknowledged."""
        return self.received.backlog(now_us) == 0

    def end(self) -> None:
        """Follow no more."""
        self.received.stop()
        self.applied.stop()


class SemiSync:
    """Three copies of one history, one per instance, and who has how much of it.

    `streams` has an entry for each instance but the one that leads. `acknowledging` are the readers that can
    acknowledge the next commit: they receive now and lack nothing. `throttle` is what flow control leaves of the
    writer's capacity in milli-writes per second, None while it does nothing.
    """

    def __init__(self, cluster: MultiAzCluster, spec: StorageSpec) -> None:
        self.world = cluster.world
        self.cluster = cluster
        self._branch = Branch(cluster.id, initial_bytes=spec.data_bytes)
        self._branch.watchers.append(cluster.look_again)
        self.disk = Disk(cluster.world, cluster.spec.engine, spec, cluster.look_again)
        self.streams: dict[str, Stream] = {}
        self.acknowledging: list[MultiAzInstance] = []
        self.throttle: Step[int | None] = Step(None, self.world.now_us)
        self.bytes_per_write = round(catalog.assumption("rds-bytes-per-write").value)
        self.acknowledgements = round(catalog.assumption("semisync-acknowledgements").value)
        self._leader = ""
        self._commit_us = catalog.assumption("rds-commit-storage-ms").value * 1000
        self._bandwidth = round(catalog.assumption("semisync-writes-per-s").value) * 1000
        self._full_share = catalog.assumption("storage-full-share").value
        self._stale_us = round(catalog.assumption("stale-after-s").value * MICRO)
        target_us = catalog.assumption("flow-control-lag-s").value * MICRO
        self._engage_us = round(target_us * catalog.assumption("flow-control-engage-share").value)
        self._release_us = round(target_us * catalog.assumption("flow-control-release-share").value)
        self._look: Timer | None = None
        self._full: Timer | None = None

    # -- what every storage tells -------------------------------------------------------------------------------

    @property
    def branch(self) -> Branch:
        """The history all of them hold."""
        return self._branch

    @property
    def full(self) -> bool:
        """Whether the allocated storage is exhausted: all instances fill up together."""
        return self.used_bytes(self.world.now_us) >= self.max_bytes

    @property
    def max_bytes(self) -> int:
        """How much data an instance holds before writes fail."""
        return round(self.disk.allocated_bytes * (1 - self._full_share))

    @property
    def write_trouble(self) -> str:
        """What a client is told whose commit waits."""
        return "timed out: no reader acknowledges the commit"

    @property
    def read_trouble(self) -> str:
        """What a client is told whose read waits; an instance always has its own storage."""
        return "timed out: the storage does not answer"

    @property
    def full_trouble(self) -> str:
        """What a client is told whose write has no room."""
        return "out of space: the allocated storage is full"

    def can_write(self, zone: Zone) -> bool:
        """Whether enough readers acknowledge."""
        return len(self.acknowledging) >= self.acknowledgements

    def can_read(self, zone: Zone) -> bool:
        """Whoever runs reads its own storage."""
        return True

    def commit_us(self, zone: Zone) -> int:
        """Until the reader whose acknowledgement is the last that is needed has the change on its disk; 0 without."""
        trips = sorted(self.world.places.round_trip(zone, reader.zone) or 0 for reader in self.acknowledging)
        if len(trips) < self.acknowledgements:
            return 0
        return trips[self.acknowledgements - 1] + round(self._commit_us)

    def position(self, now_us: int) -> int:
        """Nano-writes that are safe; whoever is promoted has all of them."""
        return self.branch.position(now_us)

    def content(self, at_us: int) -> Content:
        """Everything that was acknowledged by then: nothing of it is missing."""
        return Content(self.branch, at_us)

    def used_bytes(self, now_us: int) -> int:
        """Bytes of data that each instance stores."""
        written = self.position(now_us) * self.bytes_per_write // WRITE
        return min(self.disk.allocated_bytes, self.branch.initial_bytes + written)

    def places_changed(self) -> None:
        """Power or links of the region changed; the cluster's review comes anyway."""

    # -- who has what -------------------------------------------------------------------------------------------

    def complete(self, reader: Instance) -> bool:
        """Whether an instance has everything that was ever acknowledged."""
        stream = self.streams.get(reader.id)
        return stream is None or stream.complete(self.world.now_us)

    def applied(self, reader: Instance) -> int:
        """How far an instance has applied what it received, in nano-writes."""
        now, stream = self.world.now_us, self.streams.get(reader.id)
        return self.position(now) if stream is None else stream.applied.received(now)

    def applied_at(self, reader: Instance) -> int | None:
        """When an instance will have applied all it has received (now, if it has); None while it applies nothing."""
        now, stream = self.world.now_us, self.streams.get(reader.id)
        if stream is None:
            return now
        left = stream.received.received(now) - stream.applied.received(now)
        if left <= 0:
            return now
        return now + -(-left // stream.applied.bandwidth) if stream.applied.open else None

    def _readers(self) -> Iterator[tuple[MultiAzInstance, Stream]]:
        members = self.cluster.members()
        return ((members[id], stream) for id, stream in self.streams.items())

    def lead(self, writer: MultiAzInstance) -> None:
        """From now on this instance writes; the one that wrote before follows it, and lacks nothing."""
        now = self.world.now_us
        mine = self.streams.pop(writer.id, None)
        if mine is not None:
            if not mine.complete(now):
                raise RuntimeError(f"{writer.id} was promoted and lacks acknowledged writes")
            mine.end()
        for id, member in self.cluster.members().items():
            if id != writer.id and id not in self.streams:
                self.streams[id] = Stream(self.branch, member, self._bandwidth, self.position(now))
        self.streams = dict(sorted(self.streams.items()))
        self._count_acknowledgements()

    # -- what drives it -----------------------------------------------------------------------------------------

    def review(self) -> None:
        """Bring every stream in line with the instances, the links and the load; then flow control."""
        now = self.world.now_us
        for reader, stream in self._readers():
            flows = self._linked(reader)
            if flows != stream.received.open:
                self.world.log.sim(now, reader.id, "replication", now="flowing" if flows else "cut")
            stream.received.set_pace(now, self._bandwidth if flows else 0, None, 0)
            pace = reader.apply_pace() if self._applies(reader) else 0
            ceiling = None if flows or not pace else stream.received.received(now)
            stream.applied.set_pace(now, pace, ceiling, stream.lag_us)
        self._count_acknowledgements()
        self._control_flow()
        self._foresee()

    def _count_acknowledgements(self) -> None:
        now = self.world.now_us
        ready = [reader for reader, stream in self._readers() if stream.received.open and stream.complete(now)]
        self.acknowledging = ready

    def is_current(self) -> bool:
        """Whether every reader applies at the pace that its load leaves it."""
        return all(
            stream.applied.bandwidth == reader.apply_pace()
            for reader, stream in self._readers()
            if self._applies(reader)
        )

    def _linked(self, reader: MultiAzInstance) -> bool:
        """Whether the writer's changes reach a reader and its acknowledgements come back."""
        writer = self.cluster.writer
        if writer is None or not (writer.running and reader.running) or writer.unplugged or reader.unplugged:
            return False
        return self.world.places.round_trip(writer.zone, reader.zone) is not None

    def _applies(self, reader: MultiAzInstance) -> bool:
        """Whether a reader applies what it has received; one that is being promoted does, stalled or not."""
        return reader.running and (not reader.stalls or self.cluster.promoting is reader)

    def _waits_us(self, reader: MultiAzInstance, stream: Stream) -> int:
        """How far behind flow control takes a reader to be: the time its backlog needs, or its age if it stands still.

        The backlog's time is what the lag will have grown to, so that the writer is held back soon enough.
        """
        now = self.world.now_us
        if not stream.applied.open:
            return stream.applied.lag_us(now)
        return stream.applied.backlog(now) // stream.applied.bandwidth

    def _limit_us(self, stream: Stream) -> int:
        """From where on a reader presses: one that does already goes on until it is well below."""
        return self._release_us if stream.pressing else self._engage_us

    def _control_flow(self) -> None:
        """AWS's flow control: as any reader's lag nears the target, the writer gets no faster than that reader."""
        now, writer = self.world.now_us, self.cluster.writer
        behind = []
        for reader, stream in self._readers():
            stream.pressing = stream.received.open and self._waits_us(reader, stream) >= self._limit_us(stream)
            if stream.pressing:
                behind.append(reader)
        throttle = None
        if behind and writer is not None:
            floor = self.cluster.members()[writer.id].flow_control_floor()
            throttle = max(floor, min(reader.apply_pace() if not reader.stalls else 0 for reader in behind))
        was = self.throttle.value
        if self.throttle.set(now, throttle) and (was is None) != (throttle is None):
            word = "throttled" if throttle is not None else "unthrottled"
            self.world.log.sim(now, self.cluster.id, "replication", now=word)

    # -- foresight ----------------------------------------------------------------------------------------------

    def _foresee(self) -> None:
        """Predict when anything of this changes by itself; called whenever something has changed."""
        for timer in (self._look, self._full):
            if timer is not None:
                timer.cancel()
        moments = [at for reader, stream in self._readers() for at in self._changes(reader, stream)]
        self._look = self.world.kernel.call_at(min(moments), self.cluster.look_again) if moments else None
        full = self._fills_up_at()
        self._full = self.world.kernel.call_at(full, self._filled_up) if full is not None else None

    def _changes(self, reader: MultiAzInstance, stream: Stream) -> Iterator[int]:
        now, rate = self.world.now_us, self.branch.write_rate(self.world.now_us)
        missing = stream.received.backlog(now)
        if stream.received.open and missing and rate < self._bandwidth:
            yield now + -(-missing // (self._bandwidth - rate))  # it acknowledges again
        stale = stream.applied.crosses_lag(now, self._stale_us)
        if stale is not None:
            yield stale + 1
        if not stream.received.open:
            return
        limit = self._limit_us(stream)
        if not stream.applied.open:
            old = stream.applied.crosses_lag(now, limit)
            if old is not None:
                yield old + 1
            return
        pace, beyond = stream.applied.bandwidth, stream.applied.backlog(now) - limit * stream.applied.bandwidth
        if beyond < 0 < rate - pace:
            yield now + -(beyond // (rate - pace))
        elif beyond >= 0 > rate - pace:
            yield now + beyond // (pace - rate) + 1

    def _fills_up_at(self) -> int | None:
        """When the storage will be full at today's rate."""
        now = self.world.now_us
        rate = self.branch.write_rate(now) * self.bytes_per_write  # milli-bytes per second
        missing = self.max_bytes - self.used_bytes(now)
        return now + -(-missing * WRITE // rate) if rate > 0 and missing > 0 else None

    def _filled_up(self) -> None:
        self.cluster.look_again()
