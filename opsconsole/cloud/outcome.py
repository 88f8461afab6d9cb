"""What an app gets for what it asked: adds up its slices into rates, latencies, errors and writes made durable."""

from __future__ import annotations

from dataclasses import dataclass, field

from opsconsole.cloud.apps import App, Service
from opsconsole.cloud.books import Flow
from opsconsole.cloud.caching import AppCache
from opsconsole.cloud.channels import PARTS, Way
from opsconsole.cloud.demand import Demand
from opsconsole.cloud.writelog import Branch

P99 = 4.605  # ln 100: the 99th percentile of an exponential tail, in means
OVERLOADED = "timed out: the instance is overloaded"
TOO_SLOW = "timed out: the answer takes too long"

Durable = tuple[Branch, int, int]  # where, acknowledged, unknown to the app (milli-writes per second)


@dataclass(slots=True)
class Side:
    """Reads or writes of one app: served rate, time spent on them (rate × µs), slowest 99th percentile in µs."""

    ok: int = 0
    time: int = 0
    tail_us: int = 0

    @property
    def mean_us(self) -> int:
        """Mean latency in microseconds."""
        return self.time // self.ok if self.ok else 0


@dataclass(slots=True)
class Outcome:
    """The result for one app, until something changes."""

    app: App
    reads: Side = field(default_factory=Side)
    writes: Side = field(default_factory=Side)
    stale: int = 0
    unknown: int = 0
    busy: dict[str, int] = field(default_factory=dict)  # connections in use by instance, in 1e-9
    errors: dict[str, int] = field(default_factory=dict)
    durable: dict[str, Durable] = field(default_factory=dict)
    hits: int = 0  # reads that a cache answered
    penalty_us: int = 0  # what each other read has lost there before
    second_call_us: int = 0  # what a write takes longer, where it is written to the cache, too

    def add_cache(self, cache: AppCache) -> None:
        """What the cache answered, and what the app tells its users where it has nothing for them."""
        look = cache.look
        self.hits = look.hits
        self.reads.ok += look.hits
        self.reads.time += look.hit_time
        self.stale += look.stale
        self.penalty_us = cache.penalty_us()
        self.second_call_us = cache.second_call_us()
        for text, rate in cache.errors():
            self.fail(text, rate)

    @property
    def database_reads(self) -> int:
        """Reads that a database answered, in milli-requests per second."""
        return self.reads.ok - self.hits

    def serve(self, way: Way, asked: int, granted: int, mean_us: int, trip_us: int, overloaded: bool) -> int:
        """`granted` of one way's `asked` requests are done in `mean_us` and travel for `trip_us`.

        Returns those that end in time: later than the app's timeout, a read has failed and a write is unknown.
        """
        _, target, writes = way
        side = self.writes if writes else self.reads
        if granted < asked:
            self.fail(OVERLOADED, asked - granted)
        time_us = mean_us + trip_us + (self.second_call_us if writes else self.penalty_us)
        side.time += granted * min(time_us, self.app.timeout_us)
        self.busy[target] = self.busy.get(target, 0) + granted * min(time_us, self.app.timeout_us)
        if time_us >= self.app.timeout_us:
            side.tail_us = self.app.timeout_us
            if writes:
                self.unknown += granted
            else:
                self.fail(TOO_SLOW, granted)
            return 0
        lost_us = time_us - mean_us
        tail_us = self.app.timeout_us if overloaded else round(lost_us + mean_us * P99)
        side.tail_us = max(side.tail_us, min(self.app.timeout_us, tail_us))
        side.ok += granted
        return granted

    def fail(self, text: str, rate: int) -> None:
        """So much ends with this error."""
        self.errors[text] = self.errors.get(text, 0) + rate

    def commit(self, branch: Branch, acknowledged: int, unknown: int) -> None:
        """Writes made durable, whether or not the app learns of it."""
        _, before, before_unknown = self.durable.get(branch.id, (branch, 0, 0))
        self.durable[branch.id] = (branch, before + acknowledged, before_unknown + unknown)

    def flow(self) -> Flow:
        """Rates for the app's books."""
        app = self.app
        due_writes, due_reads = (app.writes if app.write_record else 0), (app.reads if app.reads_at_all else 0)
        wrong = sum(app.wrong_part(acknowledged) for _, acknowledged, _ in self.durable.values())
        return Flow(due_writes, self.writes.ok, self.unknown, due_reads, self.reads.ok, self.stale, wrong)

    def _use(self, demand: Demand, target: str) -> int:
        """The part of its connections to an instance that is in use (Little's law), in 1/1000."""
        open = demand.offers[target].connections
        return self.busy[target] * PARTS // (open * 1_000_000) if open else 0

    def service(self, demand: Demand) -> Service:
        """Latencies, pool use and errors, as the app would report them."""
        fullest = max((self._use(demand, target) for target in self.busy), default=0)
        connections = sorted((name, -(-offer.connections // PARTS)) for name, offer in demand.offers.items())
        return Service(
            self.reads.mean_us,
            self.writes.mean_us,
            self.reads.tail_us,
            self.writes.tail_us,
            1000 if demand.hangs or demand.pool_is_full else min(1000, fullest),
            tuple(connections),
            tuple(sorted(self.errors.items(), key=lambda item: (-item[1], item[0]))),
        )
