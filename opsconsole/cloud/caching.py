"""How an app uses a cache: what it asks there first, what then goes to the database, and what it writes back.

What each part of the cache holds is `cached_keys.py`'s to know. A look is two steps: the cache is asked before the
database, and what the database really answers decides how fast the cache fills. Between two looks every rate is
constant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from opsconsole import catalog
from opsconsole.cloud.cache_fill import Rates
from opsconsole.cloud.cache_piece import STEP
from opsconsole.cloud.cache_plan import Inputs
from opsconsole.cloud.cached_keys import CachedKeys, PartFlow
from opsconsole.cloud.channels import Use, Way
from opsconsole.cloud.demand import Demand, Gathered, Network, gather
from opsconsole.cloud.server import Load, Server
from opsconsole.fleet import CacheUseSpec
from opsconsole.simulation import Step

if TYPE_CHECKING:
    from opsconsole.cloud.apps import App
    from opsconsole.cloud.cache_group import CacheGroup

LAZY = ("lazy", "lazy+write-through")
LEAST = 30  # permille of all reads: a hit rate that moves by less is not looked at, where the database does not mind
ROOM = 100  # permille of what the database could do beside: its latency, S/(1 - rho), moves by a ninth of itself
LOOKS = 4  # at one instant: where the database is just saturated, asking and answering would never quite agree
MISSING = "not in the cache: write-through alone never loads what was not written"
SIGNED_OUT = "the session is gone: the user has to sign in again"
UNREACHABLE = "the session store does not answer"


class CacheService(NamedTuple):
    """How the cache serves an app now: rates in milli-requests per second, times in microseconds.

    `from_database` are the reads that the database has to answer for it; `calls_permille` what one request costs.
    """

    gets: int = 0
    hits: int = 0
    failed: int = 0
    sets: int = 0
    stale: int = 0
    from_database: int = 0
    get_us: int = 0
    calls_permille: int = 0

    @property
    def hit_permille(self) -> int:
        """The share of reads that the cache answers."""
        return self.hits * 1000 // self.gets if self.gets else 0


@dataclass(slots=True)
class Answers:
    """What became of the gets or sets that went to one part's nodes in this look."""

    asked: int = 0
    granted: int = 0
    time: int = 0  # granted × µs


@dataclass(slots=True)
class Look:
    """The result of asking the cache: what the rest of the look is built on."""

    hits: int = 0
    hit_time: int = 0  # hits × µs
    stale: int = 0
    misses: int = 0
    failed: int = 0
    get_us: int = 0
    gets: dict[str, Answers] = field(default_factory=dict)
    sets: dict[str, Answers] = field(default_factory=dict)


class AppCache(CachedKeys):
    """One app's use of one cache. It is a caller of its own: its pool is the app's, its timeout the cache client's."""

    def __init__(self, app: App, spec: CacheUseSpec, group: CacheGroup) -> None:
        super().__init__(app, spec, group)
        self.tls = app.tls
        self.pool = app.pool
        self.timeout_us = round(spec.timeout_s * 1_000_000)
        self.writes = 0
        self.write_us = round(catalog.assumption("cache-set-us").value)
        self.service: Step[CacheService] = Step(CacheService(), self.world.now_us)
        self.database_room = 0  # what those that it reads from could do beside, in milli-reads per second
        self.look = Look()
        self._gathered: dict[Use, Gathered] = {}
        self._gets: dict[str, int] = {}
        self._unreached: dict[str, int] = {}  # reads of users who do not reach the app, by what keeps them away
        self._repeated = (0, 0)  # when the look was repeated last, and how often then

    # -- asking -------------------------------------------------------------------------------------------------

    def uses(self) -> list[Use]:
        """The names through which the app reaches the parts: to get, and to set."""
        found: list[Use] = []
        for part in self.parts:
            for writes, record in (
                (False, self.group.serving(part, writes=self.spec.reads == "primary")),
                (True, self.group.serving(part, writes=True)),
            ):
                if record is not None:
                    found.append(Use(record, writes, part))
        return found

    def knows_topology(self) -> bool:
        """Whether its client asks the cache itself who is where, and so follows every change by the record's TTL."""
        return self.group.cluster_mode or not self.group.replicated

    def expected_sets(self, gets: dict[str, int]) -> dict[str, int]:
        """What will be written to each part: what was missed and loaded, and what is written through."""
        through = self.app.writes if self.plan.through and not self.app.paused else 0
        sets: dict[str, int] = {}
        for id, part in self.parts.items():
            rates = part.fill.rates
            loads = rates.answered * gets[id] // rates.reads if rates.reads and self.plan.lazy else 0
            sets[id] = loads + through * part.num // part.den
        return sets

    def ask(self, network: Network, now_us: int) -> Demand:
        """What goes to each node now. The result of it is known when the nodes have been weighed: `answer`."""
        demand = Demand()
        gets = self.split(self.app.reads)
        sets = self.expected_sets(gets)
        self.writes = sum(sets.values())
        self._gets = gets
        before, self._gathered = self._gathered, {}
        self._unreached = {}
        for use, slots in self.app.slots:
            if not use.part:
                continue
            rate = (sets if use.writes else gets)[use.part]
            together = self._gathered[use] = gather(self, slots, network, now_us, rate, before.get(use), live_only=True)
            demand.merge(together.demand)
            if not use.writes and not together.plain:
                self._note_unreached(together)
        return demand

    def _note_unreached(self, together: Gathered) -> None:
        """Users whose way to the app is lost get nothing, and it is no fault of the cache."""
        for channel, share in zip(together.slots, together.shares, strict=True):
            for text, failed in share.errors if not channel.live else ():
                self._unreached[text] = self._unreached.get(text, 0) + failed

    def answer(self, servers: Mapping[str, Server]) -> Look:
        """What the nodes made of it, by part: hits, misses and failures."""
        look = Look()
        for use, together in self._gathered.items():
            answers = Answers(together.asked)
            for way, rate in together.demand.served.items():
                self._grant(answers, way, rate, servers)
            (look.sets if use.writes else look.gets)[use.part] = answers
        for id, got in look.gets.items():
            rates = self._drive(id, got, look.sets.get(id, Answers()))
            hits = rates.hits + got.granted - rates.reads  # the hot key is always there
            look.hits += hits
            look.misses += rates.misses
            look.failed += got.asked - got.granted
            look.stale += rates.stale
            look.hit_time += got.time * hits // got.granted if got.granted else 0
        granted = look.hits + look.misses
        time = sum(got.time for got in look.gets.values())
        look.get_us = time // granted if granted else 0
        self.look = look
        return look

    def _drive(self, id: str, got: Answers, put: Answers) -> Rates:
        """Tell a part's fill what reaches it now."""
        part, app = self.parts[id], self.app
        due = self._gets.get(id, 0)  # of all users, those included who do not reach the app now
        hot = got.granted * self.hot_reads // due if id == self.hot_part() and due else 0
        works = put.granted * 1000 >= put.asked * 990
        if part.relief_us is not None and part.relief_us <= self.world.now_us:
            part.relief_us, part.answered = None, (0, 0)
            part.patience_us = 2 * part.waited_us  # it may have been wrong: where keys are evicted, relief never comes
        asked, granted = part.answered
        written = 0 if app.paused else app.writes
        written = written * part.num // part.den
        inputs = Inputs(got.granted - hot, asked, granted, written, works, works, part.saturated)
        part.fill.set_inputs(self.world.now_us, inputs, self._slack())
        return part.fill.rates

    def _slack(self) -> int:
        """By how much the misses may move unnoticed: by a step of them all, or a little of what the database has left.

        A database that is near its limit leaves nothing: then each step counts. Far from it most would move nothing.
        """
        misses = sum(part.fill.rates.misses for part in self.parts.values())
        return max(round(STEP * misses), min(self.app.reads * LEAST // 1000, self.database_room * ROOM // 1000))

    def _grant(self, answers: Answers, way: Way, rate: int, servers: Mapping[str, Server]) -> None:
        zone, target, writes = way
        server = servers[target]
        load: Load = server.load.value
        granted = load.granted(rate, writes)
        trip_us = self.world.places.round_trip(self.world.places.zones[zone], server.zone) or 0
        mean_us = (load.write_us if writes else load.read_us) + trip_us
        if mean_us < self.timeout_us:
            answers.granted += granted
            answers.time += granted * mean_us

    # -- what follows -------------------------------------------------------------------------------------------

    def database_reads(self) -> int:
        """What the database has to answer: misses, and what the cache failed to answer; lazy loading only."""
        return self.look.misses + self.look.failed if self.spec.pattern in LAZY else 0

    def errors(self) -> list[tuple[str, int]]:
        """What an app without lazy loading tells its users when the cache has nothing for them."""
        look, kept_away = self.look, list(self._unreached.items())
        match self.spec.pattern:
            case "session":
                return [*kept_away, (SIGNED_OUT, look.misses), (UNREACHABLE, look.failed)]
            case "write-through":
                return [*kept_away, (MISSING, look.misses), (UNREACHABLE, look.failed)]
            case _:
                return kept_away

    def penalty_us(self) -> int:
        """What a read that goes to the database has lost at the cache before: an answer of nothing, or a timeout."""
        missed, failed = self.look.misses, self.look.failed
        if not missed + failed:
            return 0
        waits = self.timeout_us if self._waits() else self.look.get_us
        return (missed * self.look.get_us + failed * waits) // (missed + failed)

    def second_call_us(self) -> int:
        """What a write takes longer because its key is written to the cache, too, before the user is told."""
        if not self.plan.through:
            return 0
        asked = sum(put.asked for put in self.look.sets.values())
        granted = sum(put.granted for put in self.look.sets.values())
        waited = self.timeout_us * (asked - granted) if self._waits() else 0
        return (sum(put.time for put in self.look.sets.values()) + waited) // asked if asked else 0

    def _waits(self) -> bool:
        """Whether its calls wait for nodes that do not answer, and have not been given up yet."""
        return any(together.demand.hangs for together in self._gathered.values())

    def settle(self, granted: int, asked: int, saturated: bool) -> bool:
        """What the database granted of what it was asked decides how the cache goes on.

        While it is not `saturated` it grants the same share of whatever it is asked: where a reader is down, none comes
        back for fewer misses. Returns whether that moves the misses so much that the look has to be repeated.
        """
        now, look = self.world.now_us, self.look
        if self._repeated[0] != now:
            self._repeated = (now, 0)
        self._repeated = (now, self._repeated[1] + 1)
        open = self._repeated[1] <= LOOKS
        misses = 0
        for id, got in look.gets.items():
            part = self.parts[id]
            missed = part.fill.rates.misses
            if open:
                part.answered = self._answered(missed, granted, asked, saturated)
                part.saturated = saturated
            rates = self._drive(id, got, look.sets.get(id, Answers()))
            misses += rates.misses
            part.flow.set(now, self._flow(rates, got, look.sets.get(id, Answers())))
        gets = sum(got.asked for got in look.gets.values())
        sets = sum(put.granted for put in look.sets.values())
        database = self.database_reads()
        requests = self.app.reads + self.app.writes
        calls = gets + sets + database + self.app.writes
        self.service.set(
            now,
            CacheService(
                gets,
                look.hits,
                look.failed,
                sets,
                look.stale,
                database,
                look.get_us,
                calls * 1000 // requests if requests else 0,
            ),
        )
        return open and abs(misses - look.misses) * 200 > look.misses + 1000

    def _answered(self, missed: int, granted: int, asked: int, saturated: bool) -> tuple[int, int]:
        """What a part is told of its misses, in permille where a share is all that matters: it stays the same then."""
        if self.spec.pattern not in LAZY or not asked:
            return 0, 0
        return (missed, missed * granted // asked) if saturated else (1000, (granted * 1000 + asked // 2) // asked)

    @staticmethod
    def _flow(rates: Rates, got: Answers, put: Answers) -> PartFlow:
        failed = got.asked - got.granted
        return PartFlow(
            got.asked,
            rates.hits + got.granted - rates.reads,
            failed,
            put.granted,
            rates.stale,
            rates.evictions,
            rates.expiries,
            rates.refusals,
        )

    def next_change_us(self) -> int | None:
        """When the rates have to be worked out anew: a part holds so much more or less, or the database keeps up."""
        now = self.world.now_us
        times: list[int] = []
        for part in self.parts.values():
            change = part.fill.next_change_us()
            if change is None:
                continue
            limit = part.fill.inputs.limit
            relief = None if limit is None else part.fill.recovery_us(now, part.fill.inputs.reads, limit)
            part.patience_us = 0 if limit is None else part.patience_us
            part.waited_us = max(relief or 0, part.patience_us)
            part.relief_us = now + part.waited_us if relief else None
            times.append(min(change, part.relief_us or change))
        return min(times, default=None)
