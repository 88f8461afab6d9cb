"""How one slice of an app's processes gets to one endpoint: a resolver's cache and a pool of connections.

The processes of an app in a zone are four slices whose caches expire one after the other, so an app learns of a moved
name in steps spread over its cache time. A slice's connections outlive its resolver's answer: a pooled connection to an
old writer that came back as reader works for reads and fails for writes until the pool drops it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from opsconsole.cloud.names import Names, Record
from opsconsole.cloud.server import Answer, Ask
from opsconsole.simulation import Kernel, Timer

PHASES = 4
PARTS = 5_040  # a slice is split into parts that every small number divides


CONNECTS = (Answer.SERVES, Answer.READ_ONLY, Answer.FULL, Answer.STALLED)


class Use(NamedTuple):
    """An endpoint that an app calls: to write or to read, a database or a part of its cache."""

    record: Record
    writes: bool
    part: str = ""  # of the cache; empty for a database


Way = tuple[str, str, bool]  # from a zone, to an instance, for writes


@dataclass(slots=True)
class Share:
    """What becomes of one slice's requests, in milli-requests per second, until something changes for it.

    `asked` is all of them, `served` reach an engine that would do them; `connections` count in 1/PARTS; `unknown`
    vanish after they were sent, `durable` as well but are done; `errors` is what the rest is told. `wake_us`: something
    ends then by itself.
    """

    asked: int = 0
    served: list[tuple[Way, int]] = field(default_factory=list)
    connections: list[tuple[str, int]] = field(default_factory=list)
    unknown: int = 0
    durable: list[tuple[str, int]] = field(default_factory=list)
    errors: list[tuple[str, int]] = field(default_factory=list)
    hangs: bool = False
    wake_us: int | None = None

    @property
    def plain(self) -> bool:
        """Whether all of it is served, and nothing is going to end by itself."""
        return not (self.errors or self.unknown or self.durable or self.hangs) and self.wake_us is None

    def wake(self, at_us: int) -> None:
        """Something ends at `at_us`: look again then."""
        self.wake_us = at_us if self.wake_us is None else min(self.wake_us, at_us)


@dataclass(slots=True)
class Held:
    """Connections of a slice to one instance."""

    parts: int
    boots: int
    silent_since_us: int | None = None
    deaf: bool = False


class Channel:
    """One slice of an app's processes in a zone, using one endpoint.

    `answer` is what its resolver cached. `held` are its working connections by instance, `lost` the parts without one
    by the answer they try. `place_permille` is the slice's turn in the app's cache time and pool lifetime.
    """

    def __init__(
        self,
        kernel: Kernel,
        names: Names,
        record: Record,
        zone: str,
        writes: bool,
        cache_us: int | None,
        place_permille: int,
        lifetime_us: int,
        touch: Callable[[], None],
    ) -> None:
        self.kernel = kernel
        self.names = names
        self.record = record
        self.zone = zone
        self.writes = writes
        self.cache_us = cache_us
        self.place_permille = place_permille
        self.lifetime_us = lifetime_us
        self.touch = touch
        self.live = False
        self.share: Share | None = None  # what became of its requests when somebody looked last; None: look again
        self.answer: tuple[str, ...] = ()
        self.reset_us = -1_000_000_000  # when connections were last reset: what was in flight then ended unknown
        self.held: dict[str, Held] = {}
        self.lost: dict[str, int] = {}
        self._barred = False  # what it is connected to would not let it in again
        self._refresh: Timer | None = None
        self._renewal: Timer | None = None

    # -- resolver -----------------------------------------------------------------------------------------------

    def go_live(self) -> None:
        """Processes start: resolve the name and open the pool."""
        self.live = True
        self.share = None
        self.record.listeners.append(self.on_record_change)
        self.answer = self.names.resolve(self.record)
        self.held = {}
        self._scatter(PARTS)

    def stop(self) -> None:
        """Processes end, and with them the cache and the connections."""
        if not self.live:
            return
        self.live = False
        self.share = None
        self.reset_us = self.kernel.now_us
        self.record.listeners.remove(self.on_record_change)
        for timer in (self._refresh, self._renewal):
            if timer is not None:
                timer.cancel()
        self._refresh = self._renewal = None
        self.held, self.lost, self.answer = {}, {}, ()

    def on_record_change(self) -> None:
        """The name moved: the slice learns of it when its cache expires."""
        if self._refresh is None and self.cache_us is not None:
            self._refresh = self.kernel.call_at(self.next_expiry(), self.refresh)

    def believe(self, cache_us: int | None) -> None:
        """Keep answers this long from now on (None: for ever); what is cached and what is connected stays."""
        if cache_us == self.cache_us:
            return
        self.cache_us = cache_us
        if self._refresh is not None:
            self._refresh.cancel()
            self._refresh = None
        if self.live and self.answer != self.names.resolve(self.record):
            self.on_record_change()

    def next_expiry(self) -> int:
        """When the cached answer expires next: a fixed grid, so it depends on nobody's looking."""
        if self.cache_us is None:
            raise ValueError("a cache that never expires has no next expiry")
        return self._next(self.cache_us)

    def _next(self, period_us: int) -> int:
        """The slice's next turn on a grid of this period: its slices take turns evenly."""
        period = max(1, period_us)
        offset = self.place_permille * period // 1000
        return offset + ((self.kernel.now_us - offset) // period + 1) * period

    def refresh(self) -> None:
        """Ask the name again; what has no connection tries the new answer."""
        self._refresh = None
        self.answer = self.names.resolve(self.record)
        if self.lost:
            self._scatter(sum(self.lost.values()))
            self.share = None
            self.touch()
        else:  # every process has its connections; the new answer matters when the pool renews them
            self._plan_renewal()

    def recycle(self) -> None:
        """Drop every connection; new ones go where the cached answer says."""
        self._renewal = None
        parts = sum(held.parts for held in self.held.values()) + sum(self.lost.values())
        self.held = {}
        self._scatter(parts)
        self.share = None
        self.touch()

    def _scatter(self, parts: int) -> None:
        """Spread parts without a connection evenly over the cached answer."""
        shares = split_evenly(parts, self.answer or ("",))
        self.lost = {name: share for name, share in shares if share}

    # -- pool ---------------------------------------------------------------------------------------------------

    def connect(self, probe: Callable[[str], Ask], turned_away: Callable[[str], str], timeout_us: int) -> None:
        """Bring connections in line with what the instances do now: drop the broken, open what can be opened.

        `turned_away` tells what a server says to those whom it lets in no more; open connections do not ask again.
        """
        now = self.kernel.now_us
        for target, held in list(self.held.items()):
            ask = probe(target)
            if ask.answer in (Answer.SILENT, Answer.DEAF):
                if held.silent_since_us is None:
                    held.silent_since_us, held.deaf = now, ask.answer is Answer.DEAF
                if now >= held.silent_since_us + timeout_us:
                    self._lose(target)
            elif ask.answer is Answer.REFUSED or ask.boots != held.boots:
                self.reset_us = now
                self._lose(target)
            else:
                held.silent_since_us, held.deaf = None, False
        for target, parts in list(self.lost.items()):
            if not target or not parts:
                continue
            ask = probe(target)
            if ask.answer in CONNECTS and not turned_away(target):
                del self.lost[target]
                held = self.held.setdefault(target, Held(0, ask.boots))
                held.parts += parts
        self._barred = any(turned_away(target) for target in self.held)
        self._plan_renewal()

    def spread(self, rate: int) -> list[tuple[str, int]]:
        """A rate over what it is connected to, then over what it tries: whole numbers that add up."""
        if len(self.held) == 1 and not self.lost:  # as nearly always
            return [(next(iter(self.held)), rate)]
        parts = [*((target, held.parts) for target, held in self.held.items()), *self.lost.items()]
        spread, left = [], rate
        for target, share in parts[:-1]:
            spread.append((target, rate * share // PARTS))
            left -= spread[-1][1]
        return [*spread, (parts[-1][0], left)] if parts else []

    @property
    def is_plain(self) -> bool:
        """Whether all that it asks for is served, as far as anybody knows."""
        return self.share is not None and self.share.plain

    def _lose(self, target: str) -> None:
        held = self.held.pop(target)
        tries = (target,) if target in self.answer else self.answer
        for name, parts in split_evenly(held.parts, tries or ("",)):
            self.lost[name] = self.lost.get(name, 0) + parts

    def _plan_renewal(self) -> None:
        """Connections live as long as the pool lets them; that matters only where new ones would be others, or none."""
        wanted = dict(split_evenly(PARTS, self.answer))
        differs = {name: held.parts for name, held in self.held.items()} != wanted or self._barred
        differs = differs and bool(self.held)
        if differs and self._renewal is None:
            self._renewal = self.kernel.call_at(self._next(self.lifetime_us), self.recycle)
        elif not differs and self._renewal is not None:
            self._renewal.cancel()
            self._renewal = None


def split_evenly(parts: int, names: tuple[str, ...]) -> list[tuple[str, int]]:
    """`parts` over `names`, whole numbers that add up; the first names take what is left over."""
    if not names:
        return []
    each, rest = divmod(parts, len(names))
    return [(name, each + (1 if i < rest else 0)) for i, name in enumerate(names)]
