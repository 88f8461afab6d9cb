"""Backtrack of an Aurora MySQL cluster: the volume keeps its change records, and the cluster goes back in place.

The target window is what was asked for. The actual window is shorter while more change records fall into it than the
volume keeps, and never longer than the cluster is old. A rewind is a fork of the history: the state of that moment goes
on under the same names, and what came after it stays reachable for as long as the window holds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsconsole import catalog
from opsconsole.cloud.archive import DAY_US
from opsconsole.cloud.content import FOR_EVER_US, Content
from opsconsole.cloud.server import Engine
from opsconsole.cloud.writelog import WRITE, Branch
from opsconsole.simulation import Curve, Step, Timer, sleep

if TYPE_CHECKING:
    from opsconsole.cloud.aurora import AuroraCluster
    from opsconsole.cloud.instance import Instance
    from opsconsole.simulation import Event

MICRO = 1_000_000
KEPT = 100
TREND_US = 3600 * MICRO  # how far back its metrics can be looked at
RUNNING = ("pending", "applying")


class Rewind(NamedTuple):
    """One backtrack, as DescribeDBClusterBacktracks tells of it."""

    id: str
    to_us: int
    from_us: int
    status: Step[str]


class Window:
    """How far back a cluster can be rewound. `records` counts the change records it has made, in nano-records."""

    def __init__(self, cluster: AuroraCluster, since_us: int) -> None:
        self._cluster = cluster
        self.since_us = since_us  # the cluster's birth: nothing before it can be reached
        self.records = Curve(0, 0, cluster.world.now_us)
        self.targets: Step[int] = Step(self.target_us, cluster.world.now_us)
        self._per_write = catalog.assumption("backtrack-records-per-write").value
        self.keeps = round(catalog.assumption("backtrack-records-millions").value * 1_000_000) * WRITE
        self.alerts = 0
        self.rewinds: list[Rewind] = []
        self._short = False
        self._next: Timer | None = None

    @property
    def target_us(self) -> int:
        """The window that was asked for."""
        return self._cluster.settings.backtrack_s * MICRO

    def earliest_us(self, at_us: int) -> int:
        """`EarliestBacktrackTime`: from when on the cluster could be rewound to, at a time."""
        return max(self._wanted_since(at_us), self._full_since(at_us))

    def missing_us(self, at_us: int) -> int:
        """How much shorter the actual window is than the target, for want of change records and not of age."""
        return self.earliest_us(at_us) - self._wanted_since(at_us)

    def _wanted_since(self, at_us: int) -> int:
        """Where the target window begins, in a cluster that is not older."""
        return max(self.since_us, at_us - self.targets.at(at_us))

    def actual_us(self, at_us: int) -> int:
        """How long the actual window is."""
        return at_us - self.earliest_us(at_us)

    def stored(self, at_us: int) -> int:
        """Change records that are kept, in nano-records."""
        return self.records.at(at_us) - self.records.at(self.earliest_us(at_us))

    def _full_since(self, at_us: int) -> int:
        """From when on the volume has every record: more than it keeps came before."""
        excess = self.records.at(at_us) - self.keeps
        found = self.records.when(excess, at_us) if excess > 0 else None
        return self.since_us if found is None else found

    def rate_changed(self) -> None:
        """The cluster writes at another rate: count on, and foresee when the window becomes shorter or whole again."""
        now = self._cluster.world.now_us
        self.records.set_rate(now, round(self._cluster.volume.branch.write_rate(now) * self._per_write))
        self.records.fold(now - catalog.limit("backtrack-window-hours").value * 3600 * MICRO - TREND_US)
        self.foresee()

    def foresee(self) -> None:
        """Predict the next RDS-EVENT-0131 or 0132 at today's rate and target."""
        self.targets.set(self._cluster.world.now_us, self.target_us)
        if self._next is not None:
            self._next.cancel()
            self._next = None
        at_us = self._crossing() if self.target_us else None
        if at_us is not None:
            self._next = self._cluster.world.kernel.call_at(at_us, self._crossed)

    def _excess(self, at_us: int) -> int:
        """Records of the target window beyond those that are kept."""
        return self.records.at(at_us) - self.records.at(at_us - self.target_us) - self.keeps

    def _crossing(self) -> int | None:
        """When the records of the target window will next be more than are kept, or no more than that."""
        now, target_us = self._cluster.world.now_us, self.target_us
        ends = [at + target_us for at in self.records.breaks_between(now - target_us, now)] + [now + target_us]
        begin = now
        for end in ends:
            before, after = self._excess(begin), self._excess(end)
            if (before > 0) != self._short:
                return begin
            if (after > 0) != self._short:
                return begin + max(1, -(-abs(before) * (end - begin) // abs(after - before)))
            begin = end
        return None

    def _crossed(self) -> None:
        self._next = None
        world, short = self._cluster.world, self._excess(self._cluster.world.now_us) > 0
        if short != self._short:
            self._short = short
            self.alerts += short
            world.log.aws(world.now_us, self._cluster.id, "0131" if short else "0132")
        self.foresee()

    def end(self) -> None:
        """The cluster is gone, or its window is off for good."""
        if self._next is not None:
            self._next.cancel()
            self._next = None


def target(cluster: AuroraCluster, at_us: int) -> Content:
    """What the cluster contained at a time of its past."""
    return cluster.volume.content(at_us)


async def rewind(cluster: AuroraCluster, at_us: int) -> None:
    """BacktrackDBCluster: the database pauses, every connection is closed, and it goes on as it was at `at_us`."""
    world, volume = cluster.world, cluster.volume
    began_us, content = world.now_us, target(cluster, at_us)
    content.pin()
    record = Rewind(f"{cluster.id}@{began_us}", at_us, began_us, Step("applying", began_us))
    cluster.window.rewinds = [*cluster.window.rewinds[-KEPT:], record]
    cluster.set_status("backtracking")
    ready: Event[None] = world.kernel.event(f"{cluster.id}: rewound")
    for instance in cluster.instances.values():
        if not instance.deleting:
            instance.volume_ready = ready
            if instance.host_up and instance.running:
                instance.begin(_pause(instance, ready), "pause for a backtrack")
    seconds = world.draw(cluster.id, "aurora-backtrack")
    cluster.busy_until_us = began_us + round(seconds * MICRO)
    await sleep(seconds)
    now = world.now_us
    cluster.busy_until_us = None
    old = volume.branch
    volume.branch = Branch(
        f"{cluster.id}@{now}", content.branch, content.until_us, now, instead=Content(old, FOR_EVER_US)
    )
    cluster.archive.keep_history()
    content.unpin()
    world.log.sim(now, cluster.id, "fork", parent=content.branch.id, fork_us=content.until_us, part="backtrack")
    record.status.set(now, "completed")
    cluster.set_status("available")
    ready.set()
    cluster.look_again()


async def _pause(instance: Instance, ready: Event[None]) -> None:
    """The engine closes its connections and waits; it then goes on without a restart that AWS would tell of."""
    instance.set_status("backtracking")
    instance.set_engine(Engine.RESTARTING)
    await ready
    if instance.volume_ready is ready:
        instance.volume_ready = None
    instance.settled()
    instance.set_engine(Engine.RUNNING)
    instance.set_status("available")


def since_before_the_run() -> int:
    """When a cluster of the fleet file was made: long before the run, so that its window is whole at the start."""
    return -round(catalog.assumption("fleet-age-days").value) * DAY_US
