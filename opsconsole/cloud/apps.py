"""An app: an open-loop load with homes, a resolver, pools and patience. What it sees is the truth of every verdict.

Writes and reads are due at a rate whatever happens. They are shared by the zones of the live home, and in each zone by
four slices of processes (`channels.py`). What becomes of them is worked out in `traffic.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.cloud.app_course import Course
from opsconsole.cloud.books import Books, Flow
from opsconsole.cloud.channels import PHASES, Channel, Use
from opsconsole.cloud.names import Record
from opsconsole.cloud.places import Zone
from opsconsole.cloud.settlement import Phase
from opsconsole.cloud.world import World
from opsconsole.fleet import AppSpec, Tls
from opsconsole.simulation import Step, Timer, sleep

if TYPE_CHECKING:
    from opsconsole.cloud.caching import AppCache

HOUR_US = 3600 * 1_000_000
SETTLE_US = 10_000_000  # an app has recovered when it stayed well for this long
INCIDENTS_KEPT = 100
MILLION = 1_000_000
THRESHOLD_PERMILLE = 990  # the ok share of due requests below which an app is impaired


@dataclass(slots=True)
class Incident:
    """A time in which an app was not well: from the due time of the first bad request to the first good window.

    A write that is acknowledged and wrong is bad, although nobody is told.

    `damage` is what became of its requests meanwhile, in nano-requests, once it is over.
    """

    began_us: int
    ended_us: int | None = None
    damage: Flow | None = None


class Service(NamedTuple):
    """How an app is served now: latencies in microseconds, pool use in 1/1000, and what its errors say."""

    read_us: int = 0
    write_us: int = 0
    read_p99_us: int = 0
    write_p99_us: int = 0
    pool_permille: int = 0
    connections: tuple[tuple[str, int], ...] = ()
    errors: tuple[tuple[str, int], ...] = ()

    @property
    def p99_us(self) -> int:
        """The slower of the two 99th percentiles, in microseconds."""
        return max(self.read_p99_us, self.write_p99_us)


def health_of(rates: Flow) -> str:
    """`ok` while at least 99 % of the due writes and of the due reads succeed, `failing` when one kind all fails."""
    kinds = [(ok, due) for ok, due in ((rates.writes_ok, rates.writes_due), (rates.reads_ok, rates.reads_due)) if due]
    if all(ok * 1000 >= due * THRESHOLD_PERMILLE for ok, due in kinds):
        return "ok"
    return "impaired" if all(ok for ok, _ in kinds) else "failing"


def is_right(rates: Flow) -> bool:
    """Whether at least 99 % of the due writes end ok and are what the user meant: no error tells, only the data."""
    return rates.writes_wrong == 0 or rates.writes_right * 1000 >= rates.writes_due * THRESHOLD_PERMILLE


def _percent(ok: int, due: int) -> str:
    return f"{ok * 1000 // due / 10:.1f} %" if due else "-"


class App:
    """One application of the fleet.

    `writes` and `reads` are its due rates in milli-requests per second; `paused` stops writes from being sent (they
    stay due, and fail). `routed` are the zones its router sends users to.
    """

    def __init__(self, world: World, spec: AppSpec, touch: Callable[[App], None]) -> None:
        self.world = world
        self.spec = spec
        self.id = spec.id
        self.asked_for = (spec.writes_per_s * 1000, spec.reads_per_s * 1000)  # before the hour of the day scales it
        self.writes, self.reads = self._scaled()
        self.paused = False
        self.pool = spec.pool
        self.tls = spec.tls
        self.timeout_us = round(spec.timeout_s * 1_000_000)
        self.dns_cache_us = None if spec.dns_cache_s is None else round(spec.dns_cache_s * 1_000_000)
        self.write_record = self._record(spec.writes_to) if spec.writes_to else None
        self.read_records = tuple(self._record(name) for name in spec.reads_from)
        self.books = Books()
        self.service: Step[Service] = Step(Service())
        self.health: Step[str] = Step("ok")
        self.write_us = 0  # how long a write took when writes were last served
        self.incidents: list[Incident] = []
        self.well: Step[bool] = Step(True)  # healthy, and what it writes is right
        self.homes: list[list[Zone]] = [world.places.regions[home].zones for home in spec.homes]
        self.routed: Step[tuple[str, ...]] = Step(tuple(zone.name for zone in self.homes[0]))
        self._touch: Callable[[], None] = lambda: touch(self)  # a slice changed
        self._router: dict[str, Timer] = {}
        self._healthy: dict[str, bool] = {zone.name: zone.open for home in self.homes for zone in home}
        self._settling: Timer | None = None
        self.bad_deploys: dict[str, int] = {}  # faults, and the millionths of its writes that each makes wrong
        self.stale_dns: dict[str, int | None] = {}  # faults, and how long each has its processes keep an answer
        self.believes: Step[int | None] = Step(self.dns_cache_us)  # how long they keep a database's; 0: its TTL
        self._orders = 0  # counts changes of rate that were asked for: the latest one wins
        self.cache: AppCache | None = None
        self._channels: dict[Use, list[Channel]] = {}
        self.slots: list[tuple[Use, list[Channel]]] = []  # for each use the slices that users are sent to
        self._start_permille = world.chance.stream(self.id, "resolver").below(1000)
        self._open_channels()
        if spec.profile:
            self._follow_profile()

    def reconnect(self) -> None:
        """What it uses has changed: new names get connections, those that stay keep theirs."""
        self._open_channels()

    def _touch_all(self) -> None:
        """Something changed for every slice: rates, routes, places."""
        for channel in self.channels:
            channel.share = None
        self._touch()

    # -- where its processes are --------------------------------------------------------------------------------

    def zones(self) -> list[Zone]:
        """Every zone its processes may run in, home by home."""
        return [zone for home in self.homes for zone in home]

    def places_changed(self) -> None:
        """A zone was lost, cut off or came back: the router's health check, from outside, finds out."""
        check_us = round(self.spec.health_check_s * 1_000_000)
        for zone in self.zones():
            pending = self._router.pop(zone.name, None)
            if pending is not None:
                pending.cancel()
            if self._healthy[zone.name] != zone.open:
                due = self.world.now_us + check_us
                self._router[zone.name] = self.world.kernel.call_at(due, self._route, zone.name, zone.open)
        self._sync_channels()
        self._touch_all()

    def _route(self, zone: str, healthy: bool) -> None:
        """The router has seen enough of one zone."""
        self._router.pop(zone, None)
        self._healthy[zone] = healthy
        self.world.settlement.look_again(Phase.CLUSTER, self.id, self._reroute)

    def _reroute(self) -> None:
        """Users are sent to the healthy zones of the first home that has one; with none left, to the first home."""
        live = ([z.name for z in home if self._healthy[z.name]] for home in self.homes)
        routed = next((tuple(names) for names in live if names), tuple(z.name for z in self.homes[0]))
        before = self.routed.value
        if self.routed.set(self.world.now_us, routed):
            self.world.log.sim(self.world.now_us, self.id, "routing", was=",".join(before), now=",".join(routed))
        self._sync_channels()
        self._touch_all()

    # -- its channels -------------------------------------------------------------------------------------------

    @property
    def writes_to(self) -> str | None:
        """The id of the endpoint it writes to, if it writes."""
        return self.write_record.id if self.write_record else None

    @property
    def reads_from(self) -> tuple[str, ...]:
        """The ids of the endpoints it reads from."""
        return tuple(record.id for record in self.read_records)

    def uses(self) -> list[Use]:
        """The endpoints it calls. A name may have been withdrawn meanwhile."""
        writes = [Use(self.write_record, True)] if self.write_record else []
        reads = [Use(record, False) for record in self.read_records]
        return [*writes, *reads, *(self.cache.uses() if self.cache is not None else ())]

    @property
    def channels(self) -> list[Channel]:
        """Every slice of its processes with every endpoint it calls."""
        return [channel for channels in self._channels.values() for channel in channels]

    @property
    def reads_at_all(self) -> bool:
        """Whether it reads from anywhere: a database, or a session store."""
        return bool(self.read_records) or self.cache is not None

    def look_again(self) -> None:
        """Something changed that only its cache knows."""
        self._touch()

    def use_cache(self, cache: AppCache) -> None:
        """From now on it asks this cache before the database."""
        self.cache = cache
        self._open_channels()

    def _record(self, name: str) -> Record:
        record = self.world.names.find(name)
        if record is None:
            raise KeyError(name)
        return record

    def _open_channels(self) -> None:
        """Channels for what it uses now; those of a use that stays are kept, with their connections."""
        before, self._channels = self._channels, {}
        for use in self.uses():
            self._channels[use] = before.pop(use, []) or self._channels_for(use)
        for channels in before.values():
            for channel in channels:
                channel.stop()
        self._sync_channels()
        self._touch_all()

    def _channels_for(self, use: Use) -> list[Channel]:
        record, zones, cache_us = use.record, self.zones(), self.believes_us(use)
        slices = len(zones) * PHASES
        return [
            Channel(
                self.world.kernel,
                self.world.names,
                record,
                zones[number % len(zones)].name,
                use.writes,
                cache_us,
                (self._start_permille + 1000 * number // slices) % 1000,
                round(self.spec.pool_lifetime_s * 1_000_000),
                self._touch,
            )
            for number in range(slices)
        ]

    def believes_us(self, use: Use) -> int | None:
        """How long its processes keep an answer for an endpoint: None for ever, and as the longest fault has it."""
        ttl_us = round(use.record.ttl_s * MILLION)
        if use.part and self.cache is not None and self.cache.knows_topology():
            return ttl_us
        return self._longest(ttl_us if self.dns_cache_us == 0 else self.dns_cache_us)

    def _longest(self, own_us: int | None) -> int | None:
        kept = (own_us, *self.stale_dns.values())
        ends = [one for one in kept if one is not None]
        return max(ends) if len(ends) == len(kept) else None

    def _close_channels(self) -> None:
        for channel in self.channels:
            channel.stop()
        self._channels = {}

    def _sync_channels(self) -> None:
        """Processes work where the router sends users and users get in."""
        routed = self.routed.value
        self.slots = [(use, [c for c in channels if c.zone in routed]) for use, channels in self._channels.items()]
        for channel in self.channels:
            wanted = channel.zone in routed and self.world.places.zones[channel.zone].open
            if wanted and not channel.live:
                channel.go_live()
            elif not wanted and channel.live:
                channel.stop()

    # -- what an operator may change ----------------------------------------------------------------------------

    def pause_writes(self, paused: bool) -> None:
        """Stop or resume sending writes; they stay due."""
        self.paused = paused
        self.world.log.sim(self.world.now_us, self.id, "app", change="writes paused" if paused else "writes resumed")
        self._touch_all()

    def deploy(self, fault: str, wrong_ppm: int) -> None:
        """A bad version of it goes live: so many millionths of its writes are wrong from now on."""
        self.bad_deploys[fault] = wrong_ppm
        self._touch_all()

    def roll_back(self, fault: str) -> None:
        """The bad version is gone; what it wrote stays."""
        self.bad_deploys.pop(fault, None)
        self._touch_all()

    def keep_answers(self, fault: str, cache_us: int | None) -> None:
        """Its running processes keep resolved answers this long (None: for ever), whatever they are set to."""
        self.stale_dns[fault] = cache_us
        self._believe()

    def expire_answers(self, fault: str) -> None:
        """Answers expire again, each in its turn; what is connected stays so."""
        self.stale_dns.pop(fault, None)
        self._believe()

    def _believe(self) -> None:
        self.believes.set(self.world.now_us, self._longest(self.dns_cache_us))
        for use, channels in self._channels.items():
            for channel in channels:
                channel.believe(self.believes_us(use))

    def wrong_part(self, rate: int) -> int:
        """The part of its writes that its version makes wrong."""
        return rate * max(self.bad_deploys.values(), default=0) // MILLION

    def change_rates(self, writes: int, reads: int) -> None:
        """New due rates in milli-requests per second, at once; a ramp that is under way ends here."""
        self._orders += 1
        self._set_rates(writes, reads)

    def _set_rates(self, writes: int, reads: int) -> None:
        self.asked_for = (writes, reads)
        self._scale()

    def _scale(self) -> None:
        before = (self.writes, self.reads)
        self.writes, self.reads = self._scaled()
        if (self.writes, self.reads) != before:
            self._touch_all()

    def _scaled(self) -> tuple[int, int]:
        """Due rates at this hour of the day: what is asked for, times the profile's share."""
        writes, reads = self.asked_for
        if not self.spec.profile:
            return writes, reads
        share = self.spec.profile[self._hour() % 24]
        return writes * share // 1000, reads * share // 1000

    def _hour(self) -> int:
        """Hours since midnight UTC of the day on which the run began."""
        start = self.world.fleet.start
        into_us = (start.hour * 60 + start.minute) * 60_000_000 + start.second * 1_000_000 + start.microsecond
        return (into_us + self.world.now_us) // HOUR_US

    def _follow_profile(self) -> None:
        """Sleep until the profile's next step, take it, and so on: a staircase, nothing between its steps."""
        profile, start = self.spec.profile, self.world.fleet.start
        self._scale()
        hour = self._hour()
        changes = (ahead for ahead in range(1, 25) if profile[(hour + ahead) % 24] != profile[hour % 24])
        ahead = next(changes, None)
        if ahead is not None:
            into_us = (start.hour * 60 + start.minute) * 60_000_000 + start.second * 1_000_000 + start.microsecond
            self.world.kernel.call_at((hour + ahead) * HOUR_US - into_us, self._follow_profile)

    async def ramp(self, writes: int, reads: int, seconds: float) -> None:
        """Reach new rates in steps of at least a second: a staircase, so books stay exact."""
        self._orders += 1
        order, steps = self._orders, max(1, min(60, round(seconds)))
        from_writes, from_reads = self.asked_for
        for step in range(1, steps + 1):
            await sleep(seconds / steps)
            if self._orders != order:
                return
            self._set_rates(
                from_writes + (writes - from_writes) * step // steps, from_reads + (reads - from_reads) * step // steps
            )

    def set_endpoint(self, endpoint: str, writes: bool, reads: bool) -> None:
        """Point writes, reads or both at another name; every process starts with fresh connections."""
        record = self._record(endpoint)
        if writes:
            self.write_record = record
        if reads:
            self.read_records = (record,)
        self.world.log.sim(self.world.now_us, self.id, "app", change=f"endpoint {endpoint}", writes=writes, reads=reads)
        self._close_channels()
        self._open_channels()

    def set_dns_cache(self, cache_us: int | None) -> None:
        """Keep resolved answers this long (None: for ever, 0: as long as the TTL). Processes restart."""
        self.dns_cache_us = cache_us
        self.believes.set(self.world.now_us, self._longest(cache_us))
        text = "forever" if cache_us is None else f"{cache_us / 1e6:g}s"
        self.world.log.sim(self.world.now_us, self.id, "app", change=f"dns cache {text}")
        self._close_channels()
        self._open_channels()

    def set_tls(self, tls: Tls) -> None:
        """Connect to databases in another way. Processes restart."""
        self.tls = tls
        self.world.log.sim(self.world.now_us, self.id, "app", change=f"tls {tls}")
        self._close_channels()
        self._open_channels()

    def recycle_pool(self) -> None:
        """Drop every pooled connection; new ones follow the cached answers."""
        self.world.log.sim(self.world.now_us, self.id, "app", change="pool recycled")
        for channel in self.channels:
            if channel.live:
                channel.recycle()

    # -- how it fares -------------------------------------------------------------------------------------------

    def book(self, rates: Flow, service: Service) -> None:
        """From now on its requests end so; notes the begin and the end of an incident."""
        now = self.world.now_us
        self.books.set_rates(now, rates)
        if service.write_us:
            self.write_us = service.write_us
        self.service.set(now, service)
        health = health_of(rates)
        before = self.health.value
        if self.health.set(now, health):
            self.world.log.sim(
                now,
                self.id,
                "app",
                was=before,
                now=health,
                writes_ok=_percent(rates.writes_ok, rates.writes_due),
                reads_ok=_percent(rates.reads_ok, rates.reads_due),
            )
        self._note_incident(health, is_right(rates))

    def _note_incident(self, health: str, right: bool) -> None:
        now, well = self.world.now_us, health == "ok" and right
        if not self.well.set(now, well):
            return
        if well:
            self._settling = self.world.kernel.call_at(now + SETTLE_US, self._recovered)
        elif self._settling is not None:
            self._settling.cancel()
            self._settling = None
        else:
            self.incidents.append(Incident(now))
            del self.incidents[:-INCIDENTS_KEPT]
            reason = {"reason": "wrong"} if health == "ok" else {}
            self.world.log.sim(now, self.id, "incident", now="began", **reason)

    def well_again(self, incident: Incident) -> int | None:
        """When an incident was over, or would be if it stays as well as it is now; None while it is not well.

        The begin of the first window of ten seconds in which 99 % of the due writes and of the due reads were good:
        a drill measures the same.
        """
        if incident.ended_us is not None or not self.well.value:
            return incident.ended_us
        settled_us = self.well.changed_us + SETTLE_US
        courses = (Course.of(self.books, on, settled_us, incident.began_us) for on in ("writes", "reads"))
        found = [course.recovered(incident.began_us, SETTLE_US, THRESHOLD_PERMILLE / 10) for course in courses]
        return max((since for since in found if since is not None), default=self.well.changed_us)

    def _recovered(self) -> None:
        self._settling = None
        incident = self.incidents[-1]
        since_us = self.well_again(incident) or self.world.now_us
        incident.ended_us = since_us
        incident.damage = self.books.between(incident.began_us, since_us)
        seconds = (since_us - incident.began_us) / 1e6
        self.world.log.sim(self.world.now_us, self.id, "incident", now="ended", rto_s=f"{seconds:.3f}")
