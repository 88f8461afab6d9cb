"""An Aurora DB instance: an engine on a host in a zone that holds no data, and the status AWS shows for it.

The status is AWS's word and follows its own rules; the engine is the truth (`server.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.catalog import InstanceClass
from opsconsole.cloud.names import Record
from opsconsole.cloud.places import Zone
from opsconsole.cloud.server import Answer, Engine, Server
from opsconsole.cloud.world import World
from opsconsole.cloud.writelog import Branch
from opsconsole.simulation import Event, Step

if TYPE_CHECKING:
    from opsconsole.cloud.cluster import Cluster


class Instance(Server):
    """One DB instance of a cluster; `tier` is its promotion tier (0 is promoted first).

    `stalls` are the faults that keep it from applying what the writer sends.
    """

    def __init__(
        self, world: World, id: str, home: Cluster, zone: Zone, instance_class: str, tier: int, running: bool
    ) -> None:
        super().__init__(world, id, zone, running)
        self.home = home
        self.cluster = home.id
        self.instance_class: InstanceClass = catalog.instance_class(instance_class)
        self.tier = tier
        self.tags: dict[str, str] = {}
        self.status: Step[str] = Step("available" if running else "creating", world.now_us)
        self.stalls: dict[str, int] = {}
        self.stalled: Step[int | None] = Step(None, world.now_us)  # since when it applies nothing, as a history
        self.record: Record | None = None
        self.volume_ready: Event[None] | None = None  # set while its volume is being replaced
        self.base_lag_us = round(world.draw(id, "aurora-replica-lag") * 1_000_000)
        self._read_us = catalog.assumption("read-service-ms").value * 1000
        self._write_us = catalog.assumption("write-service-ms").value * 1000

    # -- what clients meet --------------------------------------------------------------------------------------

    def answer(self, writes: bool) -> Answer:
        """Serves, or is a reader, or has a volume that is full or has lost its quorum."""
        home = self.home
        if writes and (home.writer is not self or home.fenced):
            return Answer.READ_ONLY
        if writes and home.volume.full:
            return Answer.FULL
        storage = home.volume.can_write if writes else home.volume.can_read
        return Answer.SERVES if storage(self.zone) else Answer.STALLED

    def error(self, answer: Answer, writes: bool) -> str:
        """What its engine tells a client instead of a result."""
        if answer is Answer.READ_ONLY:
            return self.home.engine.read_only_error
        if answer is Answer.FULL:
            return "out of space: the volume has reached its maximum"
        volume = self.home.volume
        needed = volume.write_quorum if writes else volume.read_quorum
        return f"timed out: storage has fewer than {needed} of {len(volume.copies)} copies"

    def capacity(self) -> tuple[int, int]:
        """What its class can do; a cold buffer cache lowers it."""
        row = catalog.capacity(self.home.spec.engine, self.instance_class.name)
        return row.reads_per_s * self.warm.value, row.writes_per_s * self.warm.value

    def service_us(self, writes: bool) -> float:
        """Mean time of one request on an idle instance."""
        return self._write_us if writes else self._read_us

    def commit_us(self) -> int:
        """Until four copies have acknowledged."""
        return self.home.volume.commit_us(self.zone)

    def branch(self) -> Branch:
        """The volume's history."""
        return self.home.volume.branch

    # -- stalls and lag -----------------------------------------------------------------------------------------

    @property
    def stalled_since_us(self) -> int | None:
        """Since when it applies nothing, if it is stalled."""
        return self.stalled.value

    def stall(self, cause: str) -> None:
        """From now on it applies nothing of what the writer sends."""
        self.stalls[cause] = self.world.now_us
        self._note_stall()
        self.on_change()

    def unstall(self, cause: str) -> None:
        """One cause is gone; it catches up at once when none is left (it reads the shared volume)."""
        self.stalls.pop(cause, None)
        self._note_stall()
        self.on_change()

    def _note_stall(self) -> None:
        self.stalled.set(self.world.now_us, min(self.stalls.values()) if self.stalls else None)

    def engine_started(self) -> None:
        """A start empties its cache: a stall begins anew."""
        self.stalls = dict.fromkeys(self.stalls, self.world.now_us)
        self._note_stall()

    def replica_lag_us(self, now_us: int, load: float) -> int:
        """How far its buffer cache is behind the writer, in microseconds.

        `load` is the writer's utilisation by writes (0 to 1): heavy writing makes readers lag. A stall adds the time
        since it began.
        """
        lag = round(self.base_lag_us * (1 + 8 * load * load))
        since = self.stalled.at(now_us)
        return lag if since is None else lag + now_us - since

    def may_be_stale(self) -> bool:
        """A reader that is stalled, or stands in a secondary region."""
        return self.home.writer is not self and (
            self.stalled_since_us is not None or self.home.volume.follower is not None
        )

    def lag_us(self) -> int:
        """Its cache's lag, and its region's."""
        writer, follower = self.home.writer, self.home.volume.follower
        if writer is self:
            return 0
        now = self.world.now_us
        busy = writer.load.value.utilisation if writer else 0.0
        return self.replica_lag_us(now, busy) + (follower.lag_us(now) if follower else 0)

    # -- status and stories -------------------------------------------------------------------------------------

    def set_status(self, status: str) -> None:
        """Change the status AWS shows (`DBInstanceStatus`), and log it."""
        now, before = self.world.now_us, self.status.value
        if self.status.set(now, status):
            self.world.log.sim(now, self.id, "status", was=before, now=status)
            self.on_change()

    async def busy_for(self, seconds: float) -> None:
        """Let so much time pass, and wait for the volume if it is being replaced."""
        await super().busy_for(seconds)
        while self.volume_ready is not None:
            ready = self.volume_ready
            await ready
            if self.volume_ready is ready:
                self.volume_ready = None

    def host_returned(self) -> None:
        """The engine starts by itself."""
        self.begin(self.boot(), "boot after its host came back")

    async def boot(self) -> None:
        """The host is back: the engine starts, with an empty buffer cache."""
        self.set_engine(Engine.RESTARTING)
        self.set_status("rebooting")
        await self.busy("aurora-reader-restart")
        self.open(cold=True)

    async def recover_from_crash(self) -> None:
        """The engine process died: Aurora restarts it in place; the page cache survives."""
        self.world.log.aws(self.world.now_us, self.id, "0004")
        self.set_engine(Engine.RESTARTING)
        await self.busy("aurora-restart")
        self.open()

    async def reboot(self, timing: str = "aurora-reader-restart") -> None:
        """An orderly restart: RDS-EVENT-0004, then 0006."""
        self.set_status("rebooting")
        self.world.log.aws(self.world.now_us, self.id, "0004")
        self.set_engine(Engine.RESTARTING)
        await self.busy(timing)
        self.open()

    def open(self, cold: bool = False) -> None:
        """Accept connections: RDS-EVENT-0006, status available."""
        self.settled()
        self.world.log.aws(self.world.now_us, self.id, "0006")
        self.set_engine(Engine.RUNNING)
        self.set_status("available")
        if cold:
            self.warm_up()

    def begin_deletion(self) -> None:
        """From now on nothing brings it back; its engine serves until the end, unless it stops before."""
        self.set_status("deleting")
        self.deleting = True
        if self.engine.value == Engine.RESTARTING:
            self.close()
