"""An Aurora DB instance: an engine on a host in a zone, and the status AWS shows for it.

The engine is the truth (running, restarting, down, creating); the status is AWS's word for it and follows its own
rules. One story at a time runs in an instance; a host that dies cancels it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from enum import StrEnum

from opsconsole import catalog
from opsconsole.catalog import InstanceClass
from opsconsole.cloud.names import Record
from opsconsole.cloud.places import Zone
from opsconsole.cloud.world import World
from opsconsole.simulation import Event, Step, Task, sleep

HOST_FAILURE = "host failure"


class Engine(StrEnum):
    """What the database engine of an instance really does."""

    CREATING = "creating"
    RUNNING = "running"
    RESTARTING = "restarting"
    DOWN = "down"
    DELETED = "deleted"


class Instance:
    """One DB instance of a cluster; `tier` is its promotion tier (0 is promoted first).

    `boots` counts engine starts: a connection made before the last one is broken. `holds` are the faults that keep its
    host dead, `stalls` those that keep it from applying what the writer sends.
    """

    def __init__(
        self, world: World, id: str, cluster: str, zone: Zone, instance_class: str, tier: int, running: bool
    ) -> None:
        self.world = world
        self.id = id
        self.cluster = cluster
        self.zone = zone
        self.instance_class: InstanceClass = catalog.instance_class(instance_class)
        self.tier = tier
        self.engine: Step[str] = Step((Engine.RUNNING if running else Engine.CREATING).value, world.now_us)
        self.status: Step[str] = Step("available" if running else "creating", world.now_us)
        self.boots = 1
        self.started: Step[int] = Step(world.now_us, world.now_us)  # when its engine last started, as a history
        self.created_us = world.now_us
        self.holds: dict[str, None] = {}
        self.host_back: Step[bool] = Step(True, world.now_us)  # no fault holds its host
        self.stalls: dict[str, int] = {}
        self.stalled: Step[int | None] = Step(None, world.now_us)  # since when it applies nothing, as a history
        self.record: Record | None = None
        self.deleting = False
        self.busy_until_us: int | None = None
        self.warm: Step[int] = Step(1000, world.now_us)  # share of its capacity that the buffer cache allows, in 1/1000
        self.volume_ready: Event[None] | None = None  # set while its volume is being replaced
        self.on_change: Callable[[], None] = lambda: None
        self._story: Task[None] | None = None
        self._warming: Task[None] | None = None
        self.base_lag_us = round(world.draw(id, "aurora-replica-lag") * 1_000_000)

    # -- what it is ---------------------------------------------------------------------------------------------

    @property
    def host_up(self) -> bool:
        """Whether the machine under it lives."""
        return self.zone.up and not self.holds

    @property
    def running(self) -> bool:
        """Whether the engine accepts connections."""
        return self.engine.value == Engine.RUNNING

    @property
    def existing(self) -> bool:
        """Whether it has ever been created and is not deleted."""
        return self.engine.value not in (Engine.CREATING, Engine.DELETED)

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

    def set_engine(self, engine: Engine) -> None:
        """Change the truth about the engine, and log it."""
        now, before = self.world.now_us, self.engine.value
        if not self.engine.set(now, engine.value):
            return
        if engine is Engine.RUNNING:
            self.boots += 1
            self.started.set(now, now)
            self.stalls = dict.fromkeys(self.stalls, now)
            self._note_stall()
        self.world.log.sim(now, self.id, "engine", was=before, now=engine.value)
        self.on_change()

    def set_status(self, status: str) -> None:
        """Change the status AWS shows (`DBInstanceStatus`), and log it."""
        now, before = self.world.now_us, self.status.value
        if self.status.set(now, status):
            self.world.log.sim(now, self.id, "status", was=before, now=status)
            self.on_change()

    # -- stories ------------------------------------------------------------------------------------------------

    def begin(self, story: Coroutine[object, object, None], name: str) -> None:
        """Run `story` as what this instance does now; whatever it did before is cancelled.

        An instance that is being deleted begins nothing any more.
        """
        self.stop()
        if self.deleting:
            story.close()
            return
        self._story = self.world.kernel.spawn(story, f"{self.id}: {name}")

    def stop(self) -> None:
        """Cancel what the instance is doing."""
        if self._story is not None and not self._story.done and self._story is not self.world.kernel.current:
            self._story.cancel()
        self._story = None
        self.busy_until_us = None

    async def busy(self, timing: str, share: float = 1.0) -> None:
        """Let the time of one operation pass, showing until when."""
        seconds = self.world.draw(self.id, timing) * share
        self.busy_until_us = self.world.now_us + round(seconds * 1_000_000)
        await sleep(seconds)
        self.busy_until_us = None
        while self.volume_ready is not None:
            ready = self.volume_ready
            await ready
            if self.volume_ready is ready:
                self.volume_ready = None

    def lose_host(self, cause: str) -> None:
        """The machine under it dies, and stays dead while any cause holds."""
        self.holds[cause] = None
        self.host_back.set(self.world.now_us, False)
        self.host_changed()
        self.on_change()

    def regain_host(self, cause: str) -> None:
        """One cause is gone: the machine was mended or replaced."""
        if cause not in self.holds:
            return
        del self.holds[cause]
        self.host_back.set(self.world.now_us, not self.holds)
        self.host_changed()
        self.on_change()

    def host_changed(self) -> None:
        """The host died or came back."""
        if self.engine.value == Engine.DELETED:
            return
        if not self.host_up and self.engine.value != Engine.CREATING:
            self.stop()
            self.set_engine(Engine.DOWN)
        elif self.host_up and self.engine.value == Engine.DOWN and not self.deleting:
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
        self._story = None
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

    def close(self) -> None:
        """The engine stops for good, and its connections with it."""
        self.stop()
        self.set_engine(Engine.DOWN)

    def warm_up(self) -> None:
        """Start with a cold buffer cache: capacity begins at a share and recovers by halves."""
        if self._warming is not None and not self._warming.done:
            self._warming.cancel()
        self._warming = self.world.kernel.spawn(self._warm_up(), f"{self.id}: warm its buffer cache")

    async def _warm_up(self) -> None:
        missing = 1000 - round(catalog.assumption("buffer-cache-cold-share").value * 1000)
        half_life = catalog.assumption("buffer-cache-half-life-s").value
        while missing >= 10:
            self.warm.set(self.world.now_us, 1000 - missing)
            self.on_change()
            await sleep(half_life)
            missing //= 2
        self.warm.set(self.world.now_us, 1000)
        self.on_change()

    # -- lag ----------------------------------------------------------------------------------------------------

    def replica_lag_us(self, now_us: int, load: float) -> int:
        """How far its buffer cache is behind the writer, in microseconds.

        `load` is the writer's utilisation by writes (0 to 1): heavy writing makes readers lag. A stall adds the time
        since it began.
        """
        lag = round(self.base_lag_us * (1 + 8 * load * load))
        since = self.stalled.at(now_us)
        return lag if since is None else lag + now_us - since
