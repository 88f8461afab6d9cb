"""A DB instance of a cluster: an engine on a host in a zone, and the status AWS shows for it.

The status is AWS's word and follows its own rules; the engine is the truth (`server.py`). Where its data is kept, how
far a reader is behind and how long it takes to start differ between Aurora and a Multi-AZ DB cluster (`aurora.py`,
`multi_az_cluster.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from opsconsole import catalog
from opsconsole.catalog import InstanceClass
from opsconsole.cloud.content import Content
from opsconsole.cloud.cpu_credits import CpuCredits
from opsconsole.cloud.names import Record
from opsconsole.cloud.parameters import requires_tls
from opsconsole.cloud.places import Zone
from opsconsole.cloud.server import Answer, Engine, Server
from opsconsole.cloud.sessions import cpu_percent
from opsconsole.cloud.tls import Client, expired, refusal
from opsconsole.cloud.world import World
from opsconsole.cloud.writelog import Branch
from opsconsole.simulation import Event, Step

if TYPE_CHECKING:
    from opsconsole.cloud.cluster import Cluster


INACCESSIBLE = "inaccessible-encryption-credentials"
"""How the statuses begin of what a disabled KMS key encrypts."""


class Instance(Server):
    """One DB instance of a cluster; `tier` is its promotion tier (0 is promoted first).

    `stalls` are the faults that keep it from applying what the writer sends. The timings are catalog rows: a start
    after its host was lost, a reboot, and a restart of the engine in place.
    """

    __slots__ = (
        *("_read_us", "_write_us", "classes", "cluster", "credits", "home", "record", "stalled", "stalls", "status"),
        *("tags", "tier", "volume_ready"),
    )

    boot_timing: ClassVar[str]
    reboot_timing: ClassVar[str]
    restart_timing: ClassVar[str]

    def __init__(
        self, world: World, id: str, home: Cluster, zone: Zone, instance_class: str, tier: int, running: bool
    ) -> None:
        super().__init__(world, id, zone, running)
        self.home = home
        self.cluster = home.id
        size = catalog.instance_class(instance_class)
        self.classes: Step[InstanceClass] = Step(size, world.now_us)
        self.credits: Step[CpuCredits | None] = Step(CpuCredits.of(world.kernel, size), world.now_us)
        self.tier = tier
        self.tags: dict[str, str] = {}
        self.status: Step[str] = Step("available" if running else "creating", world.now_us)
        self.stalls: dict[str, int] = {}
        self.stalled: Step[int | None] = Step(None, world.now_us)  # since when it applies nothing, as a history
        self.record: Record | None = None
        self.volume_ready: Event[None] | None = None  # set while its volume is being replaced
        self._read_us = catalog.assumption("read-service-ms").value * 1000
        self._write_us = catalog.assumption("write-service-ms").value * 1000

    @property
    def instance_class(self) -> InstanceClass:
        """`DBInstanceClass`, as it is now."""
        return self.classes.value

    @instance_class.setter
    def instance_class(self, value: InstanceClass) -> None:
        self.classes.set(self.world.now_us, value)
        self.credits.set(self.world.now_us, CpuCredits.of(self.world.kernel, value))

    def load_changed(self) -> None:
        """Work takes CPU credits, where the class has them."""
        credits = self.credits.value
        if credits is not None:
            credits.use(self.world.now_us, cpu_percent(self.load.value.utilisation))

    # -- what clients meet --------------------------------------------------------------------------------------

    def answer(self, writes: bool) -> Answer:
        """Serves, or is a reader, or has storage that is full or acknowledges nothing."""
        home = self.home
        if writes and (home.writer is not self or home.fenced):
            return Answer.READ_ONLY
        if writes and home.storage.full:
            return Answer.FULL
        storage = home.storage.can_write if writes else home.storage.can_read
        return Answer.SERVES if storage(self.zone) else Answer.STALLED

    def turns_away(self, client: Client) -> str:
        """Who does not use TLS as AWS's parameters or the user's account want it, or does not trust it."""
        return refusal(self.home.engine, self.requires_tls(), self.branch(), client)

    def requires_tls(self) -> bool:
        """As AWS's default parameters for its version have it."""
        return requires_tls(self.home.engine, self.home.version.name)

    def mistrusted(self) -> str:
        """By its cluster's certificates."""
        return expired(self.home.engine) if self.home.expired else ""

    def logins_at(self, at_us: int) -> float:
        """By the storm on its cluster, while it is the writer."""
        return self.home.storm.cpu_share_at(at_us) if self.home.writer_history.at(at_us) == self.id else 0.0

    def most_connections(self) -> int:
        """`max_connections` of its class."""
        return catalog.capacity(self.home.spec.engine, self.instance_class.name).max_connections

    def no_connection_error(self) -> str:
        """Its engine's own words."""
        return self.home.engine.too_many_connections_error

    def error(self, answer: Answer, writes: bool) -> str:
        """What its engine tells a client instead of a result."""
        if answer is Answer.READ_ONLY:
            return self.home.engine.read_only_error
        if answer is Answer.FULL:
            return self.home.storage.full_trouble
        return self.home.storage.write_trouble if writes else self.home.storage.read_trouble

    def shown(self) -> Content:
        """What the cluster's storage has."""
        return self.home.storage.content(self.world.now_us)

    def missing_table_error(self, table: str) -> str:
        """What its engine tells a client that asks for a table which was dropped."""
        return self.home.engine.missing_table_error.format(table=table)

    def capacity(self) -> tuple[int, int]:
        """What its class can do; a cold buffer cache lowers it."""
        row = catalog.capacity(self.home.spec.engine, self.instance_class.name)
        return row.reads_per_s * self.warm.value, row.writes_per_s * self.warm.value

    def service_us(self, writes: bool) -> float:
        """Mean time of one request on an idle instance."""
        return self._write_us if writes else self._read_us

    def commit_us(self) -> int:
        """Until storage has acknowledged."""
        return self.home.storage.commit_us(self.zone)

    def branch(self) -> Branch:
        """The cluster's history."""
        return self.home.storage.branch

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
        """One cause is gone; it goes on when none is left."""
        self.stalls.pop(cause, None)
        self._note_stall()
        self.on_change()

    def _note_stall(self) -> None:
        self.stalled.set(self.world.now_us, min(self.stalls.values()) if self.stalls else None)

    def engine_started(self) -> None:
        """A start empties its cache: a stall begins anew."""
        self.stalls = dict.fromkeys(self.stalls, self.world.now_us)
        self._note_stall()

    def lag_at(self, at_us: int) -> int:
        """How far what a reader sees here was behind the writer of its cluster at a time, in microseconds."""
        raise NotImplementedError

    def lag_us(self, at_us: int) -> int:
        """How old reads here are."""
        return 0 if self.home.writer is self else self.lag_at(at_us)

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
        """The engine starts by itself, unless its data cannot be read or its whole cluster is being started."""
        if self.status.value.startswith(INACCESSIBLE) or self.status.value == "starting":
            return
        self.begin(self.boot(), "boot after its host came back")

    async def boot(self) -> None:
        """The host is back: the engine starts, with an empty buffer cache."""
        self.set_engine(Engine.RESTARTING)
        self.set_status("rebooting")
        await self.busy(self.boot_timing)
        self.open(cold=True)

    async def recover_from_crash(self) -> None:
        """The engine process died: it is restarted in place."""
        self.world.log.aws(self.world.now_us, self.id, "0004")
        self.set_engine(Engine.RESTARTING)
        await self.busy(self.restart_timing)
        self.open()

    async def reboot(self, timing: str | None = None) -> None:
        """An orderly restart: RDS-EVENT-0004, then 0006."""
        self.set_status("rebooting")
        self.world.log.aws(self.world.now_us, self.id, "0004")
        self.set_engine(Engine.RESTARTING)
        await self.busy(timing or self.reboot_timing)
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
