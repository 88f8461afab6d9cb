"""What a client connects to: an engine on a host in a zone.

The engine is the truth (running, restarting, down, creating); what AWS shows for it follows rules of its own in each
service. One story at a time runs in a server; a host that dies cancels it. An Aurora instance, a host of an RDS DB
instance and a cache node are servers; they differ in what they answer, how much they can do and how they come back.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from enum import StrEnum
from typing import NamedTuple

from opsconsole import catalog
from opsconsole.cloud.content import Content
from opsconsole.cloud.places import Zone
from opsconsole.cloud.tls import Client
from opsconsole.cloud.world import World
from opsconsole.cloud.writelog import Branch, Follower
from opsconsole.simulation import Step, Task, sleep

HOST_FAILURE = "host failure"


class Engine(StrEnum):
    """What the engine of a server really does."""

    CREATING = "creating"
    RUNNING = "running"
    STANDBY = "standby"  # mirrors a primary and accepts no connections
    RESTARTING = "restarting"
    DOWN = "down"
    DELETED = "deleted"


class Answer(StrEnum):
    """What a connection attempt or a statement meets."""

    SERVES = "serves"
    READ_ONLY = "read-only"
    FULL = "full"  # writes end with an error: there is no room for them
    STALLED = "stalled"  # the storage, or a synchronous standby, does not acknowledge
    REFUSED = "refused"  # the host lives, the engine does not
    SILENT = "silent"  # nothing arrives
    DEAF = "deaf"  # it arrives, the reply does not


class Ask(NamedTuple):
    """What a probe tells about a server from a zone: the answer and how often its engine has started."""

    answer: Answer
    boots: int


class Load(NamedTuple):
    """What a server carries: demanded and served rates in milli-requests per second.

    `demand_permille` is demand over capacity; above 1000 the rest waits and times out. Latencies are means at the
    server in microseconds.
    """

    reads: int = 0
    writes: int = 0
    reads_served: int = 0
    writes_served: int = 0
    demand_permille: int = 0
    connections: int = 0
    read_us: int = 0
    write_us: int = 0

    @property
    def utilisation(self) -> float:
        """Work done over work that could be done, 0 to 1."""
        return min(1.0, self.demand_permille / 1000)

    @property
    def terms(self) -> tuple[object, ...]:
        """What those who call it notice of it."""
        overloaded = self.demand_permille > 1000
        return self.reads, self.writes, self.reads_served, self.writes_served, overloaded, self.read_us, self.write_us

    def granted(self, rate: int, writes: bool) -> int:
        """The part of an app's demand that is served: everybody gets the same share."""
        asked, served = (self.writes, self.writes_served) if writes else (self.reads, self.reads_served)
        return rate if served == asked else rate * served // asked


class Server:
    """An engine on a host in a zone.

    `boots` counts engine starts: a connection made before the last one is broken. `holds` are the faults that keep its
    host dead, `unplugged` those that cut it off the network while it lives. `load` is what it carries, with an hour of
    history. There are many of them: `__slots__` save 1 KB each.
    """

    __slots__ = (
        *("_story", "_warming", "boots", "busy_until_us", "created_us", "deleting", "engine", "holds", "host_back"),
        *("id", "load", "on_change", "started", "unplugged", "warm", "world", "zone"),
    )

    def __init__(self, world: World, id: str, zone: Zone, running: bool) -> None:
        self.world = world
        self.id = id
        self.zone = zone
        self.engine: Step[str] = Step((Engine.RUNNING if running else Engine.CREATING).value, world.now_us)
        self.boots = 1
        self.started: Step[int] = Step(world.now_us, world.now_us)  # when its engine last started, as a history
        self.created_us = world.now_us
        self.holds: dict[str, None] = {}
        self.unplugged: dict[str, None] = {}
        self.host_back: Step[bool] = Step(True, world.now_us)  # no fault holds its host
        self.busy_until_us: int | None = None
        self.warm: Step[int] = Step(1000, world.now_us)  # share of its capacity that its caches allow, in 1/1000
        self.load: Step[Load] = Step(Load(), world.now_us)
        self.deleting = False
        self.on_change: Callable[[], None] = lambda: None
        self._story: Task[None] | None = None
        self._warming: Task[None] | None = None

    # -- what each service says for itself ----------------------------------------------------------------------

    def answer(self, writes: bool) -> Answer:
        """What a statement meets that has reached the running engine."""
        raise NotImplementedError

    def turns_away(self, client: Client) -> str:
        """What a client is told that it does not let in, although it runs; empty for everybody else."""
        return ""

    def logins_at(self, at_us: int) -> float:
        """The share of its CPUs that a storm of logins took at a time of the last hour; its connections are all gone
        while it is more than nothing.
        """
        return 0.0

    def most_connections(self) -> int:
        """How many connections it can have."""
        raise NotImplementedError

    def no_connection_error(self) -> str:
        """What its engine tells a client when it has no connection left."""
        raise NotImplementedError

    def mistrusted(self) -> str:
        """What a client says that verifies its certificate, if that is not valid any more; empty while it is."""
        return ""

    def requires_tls(self) -> bool:
        """Whether it turns away everybody who connects without."""
        return False

    def encrypts_all(self) -> bool:
        """Whether it makes every connection a TLS one by itself, whatever the client asks for."""
        return False

    def shown(self) -> Content | None:
        """What its readers see of a database's history; None for what holds none."""
        return None

    def receives(self) -> Follower | None:
        """By what it gets that history, if it is not at its source."""
        return None

    def missing_table_error(self, table: str) -> str:
        """What its engine tells a client that asks for a table which was dropped."""
        raise NotImplementedError

    def capacity(self) -> tuple[int, int]:
        """Reads and writes it could do alone now, in milli-requests per second."""
        raise NotImplementedError

    def idle_reads(self) -> int:
        """Reads that it could do beside what it is asked for now, in milli-requests per second."""
        return max(0, self.capacity()[0] * (1000 - self.load.value.demand_permille) // 1000)

    def service_us(self, writes: bool) -> float:
        """Mean time one request takes when nobody else asks, in microseconds, without the commit."""
        raise NotImplementedError

    def commit_us(self) -> int:
        """What making a write durable adds, in microseconds."""
        return 0

    def branch(self) -> Branch | None:
        """The history that a write done here becomes part of; None where writes leave no log."""
        return None

    def lag_us(self, at_us: int) -> int:
        """How old what a reader sees here is, in microseconds: now, or at a time before which nothing happens."""
        return 0

    def may_be_stale(self) -> bool:
        """Whether anything could make reads here old: asked first, because it costs nothing."""
        return False

    def facade(self) -> object:
        """What clients can meet here, apart from its speed: while it equals what it was, their connections stay.

        Reviews are many and change nothing here; dropped tables and accounts that want TLS spread by themselves.
        """
        branch = self.branch()
        if branch is not None and any(one.damage or one.tls_users.value for one in branch.family):
            return object()  # like no other
        state = self.engine.value, self.boots, self.host_up, not self.unplugged, branch
        lets_in = self.requires_tls(), self.mistrusted(), self.logins_at(self.world.now_us) > 0
        return *state, *lets_in, self.answer(False), self.answer(True)

    def background(self) -> int:
        """Work it does beside what clients ask for (replication), in milli-writes per second."""
        return 0

    def error(self, answer: Answer, writes: bool) -> str:
        """What a client is told instead of a result, in the engine's own words."""
        raise NotImplementedError

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

    def reached_from(self, observers: list[Zone]) -> bool:
        """Whether anybody in these zones reaches its host, there and back."""
        if not self.host_up or self.unplugged:
            return False
        return any(self.world.places.round_trip(zone, self.zone) is not None for zone in observers)

    def set_engine(self, engine: Engine) -> None:
        """Change the truth about the engine, and log it."""
        now, before = self.world.now_us, self.engine.value
        if not self.engine.set(now, engine.value):
            return
        if engine is Engine.RUNNING:
            self.boots += 1
            self.started.set(now, now)
            self.engine_started()
        self.world.log.sim(now, self.id, "engine", was=before, now=engine.value)
        self.on_change()

    def load_changed(self) -> None:
        """What it carries has been worked out anew, and is another; for what a service counts by it."""

    def engine_started(self) -> None:
        """The engine has just started; for what a service resets then."""

    # -- stories ------------------------------------------------------------------------------------------------

    def begin(self, story: Coroutine[object, object, None], name: str) -> Task[None] | None:
        """Run `story` as what this server does now, and return its task; whatever it did before is cancelled.

        A server that is being deleted begins nothing any more, and returns None.
        """
        self.stop()
        if self.deleting:
            story.close()
            return None
        self._story = self.world.kernel.spawn(story, f"{self.id}: {name}")
        return self._story

    def stop(self) -> None:
        """Cancel what the server is doing."""
        if self._story is not None and not self._story.done and self._story is not self.world.kernel.current:
            self._story.cancel()
        self._story = None
        self.busy_until_us = None

    def settled(self) -> None:
        """The story that runs in it has done its part: what follows is not cancelled with it."""
        self._story = None

    async def busy(self, timing: str, share: float = 1.0) -> None:
        """Let the time of one operation pass, showing until when."""
        await self.busy_for(self.world.draw(self.id, timing) * share)

    async def busy_for(self, seconds: float) -> None:
        """Let so much time pass, showing until when."""
        self.busy_until_us = self.world.now_us + round(seconds * 1_000_000)
        await sleep(seconds)
        self.busy_until_us = None

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

    def unplug(self, cause: str) -> None:
        """Nothing arrives any more, although the machine lives."""
        self.unplugged[cause] = None
        self.on_change()

    def plug_in(self, cause: str) -> None:
        """One cause is gone; it is reached again when none is left."""
        self.unplugged.pop(cause, None)
        self.on_change()

    def host_changed(self) -> None:
        """The host died or came back."""
        if self.engine.value == Engine.DELETED:
            return
        if not self.host_up and self.engine.value != Engine.CREATING:
            self.stop()
            self.set_engine(Engine.DOWN)
        elif self.host_up and self.engine.value == Engine.DOWN and not self.deleting:
            self.host_returned()

    def host_returned(self) -> None:
        """The machine lives again and its engine does not run: what the service does then."""
        raise NotImplementedError

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
