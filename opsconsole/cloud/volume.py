"""The Aurora cluster volume: six copies in three zones, write quorum four, read quorum three, and it heals itself.

Instances hold no data. A copy is healthy, down (its zone, or a fault that holds it) or repairing; what it missed is
replayed peer to peer when it is back. The volume grows by 10 GiB when the data needs it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from opsconsole import catalog
from opsconsole.cloud.content import Content
from opsconsole.cloud.places import Latency, Zone
from opsconsole.cloud.world import World
from opsconsole.cloud.writelog import SCHEMA_US, WRITE, Branch, Follower
from opsconsole.simulation import Step, Task, Timer, sleep

GIB = 1024**3
ZONES = 3


class CopyState(StrEnum):
    """What one of the six copies is doing."""

    HEALTHY = "healthy"
    DOWN = "down"
    REPAIRING = "repairing"


@dataclass
class Copy:
    """One of six copies: `orders/3` is the first in the second zone."""

    number: int
    zone: Zone
    state: Step[str]
    holds: dict[str, None] = field(default_factory=dict)
    repair: Task[None] | None = None
    repair_ends_us: int | None = None
    lost_at: int = 0  # the volume's position when this copy went down

    @property
    def healthy(self) -> bool:
        """Whether it holds everything and answers."""
        return self.state.value == CopyState.HEALTHY


class Volume:
    """The storage of one cluster in one region.

    `branch` is the history it holds. A primary's volume writes to it; a secondary's has a `follower` that receives it.
    """

    def __init__(self, world: World, owner: str, zones: list[Zone], max_tib: int, branch: Branch) -> None:
        self.world = world
        self.owner = owner
        self.branches: Step[Branch] = Step(branch, world.now_us, keep_us=SCHEMA_US)
        branch.watchers.append(self.foresee_growth)
        self.followed: Step[Follower | None] = Step(None, world.now_us, keep_us=SCHEMA_US)
        copies, self.write_quorum, self.read_quorum = (
            round(catalog.assumption(name).value)
            for name in ("volume-copies", "volume-write-quorum", "volume-read-quorum")
        )
        three = [zones[i % len(zones)] for i in range(ZONES)]
        spread = [zone for zone in three for _ in range(copies // ZONES)]
        self.copies = [Copy(i + 1, zone, Step(CopyState.HEALTHY.value)) for i, zone in enumerate(spread)]
        self._high_water = 0  # the most that histories it has left behind had used
        self.bytes_per_write = round(catalog.assumption("bytes-per-write").value)
        self.step_bytes = round(catalog.assumption("volume-step-gib").value) * GIB
        self.max_bytes = max_tib * 1024 * GIB
        self.size: Step[int] = Step(self._size_for(self.used_bytes(world.now_us)), world.now_us)
        self.on_rate: Callable[[], None] = lambda: None  # replaced by the cluster: it writes at another rate
        self.shared_bytes: Step[int] = Step(0, world.now_us)  # pages of another volume that it only refers to: a clone
        self.on_change: Callable[[], None] = lambda: None  # replaced by the cluster: the quorum may have changed
        self._growth: Timer | None = None
        self._trips: dict[str, list[Latency]] = {}
        self._trips_version = -1
        self._factors = {
            4: catalog.assumption("commit-factor-4-copies").value,
            5: catalog.assumption("commit-factor-5-copies").value,
            6: catalog.assumption("commit-factor-6-copies").value,
        }
        self._commit_us = catalog.assumption("commit-storage-ms").value * 1000

    def healthy_copies(self) -> int:
        """Copies that hold everything, wherever they stand."""
        return sum(copy.healthy for copy in self.copies)

    def reachable_copies(self, zone: Zone) -> list[Latency]:
        """Round trips in microseconds from `zone` to each healthy copy it can reach, fastest first."""
        if self._trips_version != self.world.places.version:
            self._trips_version = self.world.places.version
            self._trips.clear()
        if zone.name not in self._trips:
            trips = (self.world.places.round_trip(zone, copy.zone) for copy in self.copies if copy.healthy)
            self._trips[zone.name] = sorted(trip for trip in trips if trip is not None)
        return self._trips[zone.name]

    def can_write(self, zone: Zone) -> bool:
        """Whether a writer in `zone` gets four acknowledgements."""
        return len(self.reachable_copies(zone)) >= self.write_quorum

    @property
    def full(self) -> bool:
        """Whether the volume has reached its maximum: writes end with an out-of-space error, reads go on."""
        return self.used_bytes(self.world.now_us) >= self.max_bytes

    def can_read(self, zone: Zone) -> bool:
        """Whether three copies can be reached: below that nothing may be read."""
        return len(self.reachable_copies(zone)) >= self.read_quorum

    @property
    def write_trouble(self) -> str:
        """What a client is told whose write waits for a quorum."""
        return f"timed out: storage has fewer than {self.write_quorum} of {len(self.copies)} copies"

    @property
    def read_trouble(self) -> str:
        """What a client is told whose read finds too few copies."""
        return f"timed out: storage has fewer than {self.read_quorum} of {len(self.copies)} copies"

    @property
    def full_trouble(self) -> str:
        """What a client is told whose write has no room."""
        return "out of space: the volume has reached its maximum"

    def commit_us(self, zone: Zone) -> int:
        """Time for the fourth acknowledgement to come back, in microseconds; 0 without a quorum."""
        trips = self.reachable_copies(zone)
        if len(trips) < self.write_quorum:
            return 0
        return trips[self.write_quorum - 1] + round(self._commit_us * self._factors[len(trips)])

    @property
    def branch(self) -> Branch:
        """The history it holds."""
        return self.branches.value

    @branch.setter
    def branch(self, branch: Branch) -> None:
        self._high_water = max(self._high_water, self.used_bytes(self.world.now_us))
        self.branch.watchers.remove(self.foresee_growth)
        branch.keep_us = max(branch.keep_us, self.branch.keep_us)
        self.branches.set(self.world.now_us, branch)
        branch.watchers.append(self.foresee_growth)
        self.foresee_growth()

    @property
    def follower(self) -> Follower | None:
        """How it receives another region's history, if it does."""
        return self.followed.value

    @follower.setter
    def follower(self, follower: Follower | None) -> None:
        self.followed.set(self.world.now_us, follower)

    # -- data ---------------------------------------------------------------------------------------------------

    def position(self, now_us: int) -> int:
        """Nano-writes this volume holds by `now_us`."""
        return self.follower.received(now_us) if self.follower else self.branch.position(now_us)

    def content(self, at_us: int) -> Content:
        """Up to which write it has, or had, its history."""
        branch = self.branches.at(at_us)
        follower = self.followed.at(at_us)
        return Content(branch, follower.received_until(at_us) if follower is not None else at_us)

    def used_bytes(self, now_us: int) -> int:
        """Bytes of data in the volume (`VolumeBytesUsed`)."""
        written = self.position(now_us) * self.bytes_per_write // WRITE
        return min(self.max_bytes, self.branch.initial_bytes + written)

    def own_bytes(self, at_us: int) -> int:
        """Bytes of storage that it takes itself: all of them, or what a clone has changed since it was made."""
        return max(0, self.used_bytes(at_us) - self.shared_bytes.at(at_us))

    def close(self) -> None:
        """The cluster is deleted, and the volume with it."""
        self.branch.watchers.remove(self.foresee_growth)
        if self._growth is not None:
            self._growth.cancel()
            self._growth = None
        for copy in self.copies:
            if copy.repair is not None:
                copy.repair.cancel()

    def most_used_bytes(self, now_us: int) -> int:
        """The most that was ever used, whatever was given back since: the high-water mark."""
        return max(self._high_water, self.used_bytes(now_us))

    # -- growth -------------------------------------------------------------------------------------------------

    def _size_for(self, data_bytes: int) -> int:
        """Whole steps with room for a next write: a volume starts at one step and ends at its maximum."""
        if data_bytes <= self.step_bytes:
            return self.step_bytes
        return min(self.max_bytes, (data_bytes // self.step_bytes + 1) * self.step_bytes)

    def foresee_growth(self) -> None:
        """Predict when the next 10 GiB are needed at today's write rate; called whenever that rate changes."""
        self.on_rate()
        if self._growth is not None:
            self._growth.cancel()
            self._growth = None
        now = self.world.now_us
        rate = self.branch.write_rate(now) * self.bytes_per_write  # milli-bytes per second
        if rate <= 0:
            return
        missing = max(0, self.size.value - self.used_bytes(now))
        self._growth = self.world.kernel.call_at(now - (-missing * WRITE // rate) + 1, self._grow)

    def _grow(self) -> None:
        now, before = self.world.now_us, self.size.value
        self.size.set(now, max(before, self._size_for(self.used_bytes(now) + 1)))
        if self.size.value != before:
            self.world.log.sim(
                now, self.owner, "volume", gib=self.size.value // GIB, previous_gib=before // GIB, reason="growth"
            )
        if self.full:
            self.on_change()
        else:
            self.foresee_growth()

    # -- copies -------------------------------------------------------------------------------------------------

    def places_changed(self) -> None:
        """Power or links of the region changed."""
        for copy in self.copies:
            self.review(copy)

    def hold(self, copy: Copy, cause: str) -> None:
        """Let `cause` keep a copy down."""
        copy.holds[cause] = None
        self.review(copy)

    def release(self, copy: Copy, cause: str) -> None:
        """Remove one cause; the copy repairs itself when none is left and its zone is up."""
        copy.holds.pop(cause, None)
        self.review(copy)

    def corrupt(self, copy: Copy) -> None:
        """Damage blocks of a copy: it is read around, and its peers rewrite it."""
        if copy.healthy:
            self._start_repair(copy, "volume-segment-repair")

    def review(self, copy: Copy) -> None:
        """Bring a copy's state in line with its zone and its holds."""
        available = copy.zone.up and not copy.holds
        if not available:
            if copy.repair is not None:
                copy.repair.cancel()
                copy.repair, copy.repair_ends_us = None, None
            if copy.healthy:
                copy.lost_at = self.position(self.world.now_us)
            self._set(copy, CopyState.DOWN)
        elif copy.state.value == CopyState.DOWN:
            if copy.lost_at == self.position(self.world.now_us):  # nothing was written meanwhile: nothing is missing
                self._set(copy, CopyState.HEALTHY)
            else:
                self._start_repair(copy, "volume-copy-catch-up")

    def _start_repair(self, copy: Copy, timing: str) -> None:
        self._set(copy, CopyState.REPAIRING)
        copy.repair = self.world.kernel.spawn(self._repair(copy, timing), f"{self.owner}: repair copy {copy.number}")

    async def _repair(self, copy: Copy, timing: str) -> None:
        """Peers give back what the copy lacks."""
        seconds = self.world.draw(f"{self.owner}/{copy.number}", timing)
        copy.repair_ends_us = self.world.now_us + round(seconds * 1_000_000)
        await sleep(seconds)
        copy.repair, copy.repair_ends_us = None, None
        self._set(copy, CopyState.HEALTHY)

    def _set(self, copy: Copy, state: CopyState) -> None:
        now, before = self.world.now_us, copy.state.value
        if copy.state.set(now, state.value):
            self._trips.clear()
            self.world.log.sim(now, f"{self.owner}/{copy.number}", "copy", was=before, now=state.value)
            self.on_change()
