"""How much of an app's keys one part of a cache holds (a Memcached node, a Redis shard), as a function of time.

Use, by whoever moves the traffic:

    part = CacheFill(plan, now_us, memory_bytes, Inputs(reads, writes=...))   # warm, as after a long quiet time
    part.rates                            # means until `next_change_us()`, milli-requests per second: `rates.misses`
                                          # is what the database is asked for, hits + misses = reads
    part.set_inputs(now_us, Inputs(...))  # at each breakpoint, and at the latest at
    part.next_change_us()                 # when the misses will have moved by a step; None: nothing moves any more
    part.content(t_us)                    # keys, bytes, shares held at any later time; looking changes nothing

A settlement needs two passes: ask the database for `rates.misses`, tell in `Inputs(asked, granted)` what it granted,
and ask again with the new `rates.misses` (a saturated database makes the misses last). While it grants less than was
asked, the cache is loaded at the rate granted; the share of misses answered follows by itself.

Between breakpoints each class of keys is an exponential of time (`cache_course`, `cache_piece`). Keys of a TTL without
full jitter expire with those they were loaded with (`cache_echo`): from a disturbance on, until what remains of the
wave is less than `UNEVEN` of the steady misses or nobody would notice it, for at most `ECHO_LIVES` lifetimes. Before
and after that expiry is even, and in a steady state there is nothing to look at.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from opsconsole.cloud.cache_echo import Echo, Loads
from opsconsole.cloud.cache_outlook import recovery_us, warm_up
from opsconsole.cloud.cache_piece import FINEST, Piece, Rates, begin
from opsconsole.cloud.cache_plan import MILLION, Inputs, Pattern, Plan
from opsconsole.cloud.cache_situation import OVERFULL, Situation
from opsconsole.simulation import Step

UNEVEN = 0.1  # a wave below this share of the steady misses is not followed
ECHO_LIVES = 8
CHECKS_PER_LIFE = 8


class Content(NamedTuple):
    """What a part holds at a moment. Shares per million."""

    items: int
    bytes: int
    hit_ppm: int
    stale_ppm: int
    classes: tuple[int, ...]  # nano-shares of each class's keys, the most popular class first


class Held(NamedTuple):
    """How many keys a part holds from a breakpoint on: their course, its share of them, the most it takes."""

    piece: Piece
    part: float
    most: float


class CacheFill:
    """One part of a cache. See the module's beginning for its use.

    `part_ppm`: the share of the plan's keys that hash to this part, per million. All times in µs; ValueError for one
    before the last breakpoint.
    """

    def __init__(
        self,
        plan: Plan,
        now_us: int,
        memory_bytes: int,
        inputs: Inputs,
        *,
        part_ppm: int = MILLION,
        warm: bool = True,
    ) -> None:
        self.plan = plan
        self.breakpoints = 0
        nothing = [0.0] * len(plan.classes)
        self._now = Situation(plan, inputs, part_ppm / MILLION, memory_bytes / plan.item_bytes, nothing, list(nothing))
        self._echo: Echo | None = None
        self._checked_us = now_us
        self._held: Step[Held | None] = Step(None, now_us)
        if warm:
            warm_up(self._now)
        self._piece = self._begin(now_us)
        if not warm:
            self._disturb(now_us)
            self._piece = self._begin(now_us)

    # -- what drives it -----------------------------------------------------------------------------------------

    @property
    def inputs(self) -> Inputs:
        """What drives it now."""
        return self._now.inputs

    def set_inputs(self, now_us: int, inputs: Inputs, slack: int = 0) -> bool:
        """Go on with these inputs; to be called at `next_change_us()` too. False if nothing changes or is due.

        `slack`: by how many milli-reads per second the misses may move before anybody notices; steps are no finer.
        """
        before, next_us = self._now.inputs, self._piece.next_us
        same = before == inputs or before.drives_as(inputs)
        if same and (next_us is None or now_us < next_us):
            return False
        self._move_to(now_us)
        self._now.inputs = inputs
        self._now.slack = slack / max(inputs.reads, 1)
        if not same:
            old, change = 0.0, 0.0
            paces = self._now.paces(self._now.answered(self._now.missed(self._now.held)))
            for number, (course, pace, held) in enumerate(zip(self._piece.courses, paces, self._now.held, strict=True)):
                load = course.pace.gain * (1 - held)
                old += self._now.keys(number) * load
                change += self._now.keys(number) * abs(pace.gain * (1 - held) - load)
            if change > self._unfelt(old):
                self._disturb(now_us)
        self._piece = self._begin(now_us)
        return True

    def flush(self, now_us: int, share_ppm: int = MILLION) -> int:
        """Lose that share of everything held (all of it by default); returns how many keys, or sessions, that was."""
        self._move_to(now_us)
        lost = round(self._items(self._now.held) * share_ppm / MILLION)
        self._disturb(now_us)
        for number in range(len(self._now.held)):
            self._keep(number, 1 - share_ppm / MILLION)
        self._piece = self._begin(now_us)
        return lost

    def resize(self, now_us: int, memory_bytes: int) -> int:
        """Have more or less memory from now on; returns how many keys had to go at once, the least popular first."""
        self._move_to(now_us)
        now = self._now
        now.room = memory_bytes / self.plan.item_bytes
        excess = evicted = max(0.0, now.items(now.held) - now.room) if self.plan.evicts else 0.0
        if evicted:
            self._disturb(now_us)
        for number in reversed(range(len(now.held))):
            held = now.keys(number) * now.held[number]
            if excess > 0 and held > 0:
                gone = min(held, excess)
                excess -= gone
                self._keep(number, 1 - gone / held)
        self._piece = self._begin(now_us)
        return round(evicted)

    def take(self, now_us: int, part_ppm: int) -> None:
        """Be responsible for another share of the keys: those that are new to this part are not in it yet."""
        self._move_to(now_us)
        part = part_ppm / MILLION
        kept = min(1.0, self._now.part / part) if part else 0.0
        if kept < 1:
            self._disturb(now_us)
        self._now.part = part
        for number in range(len(self._now.held)):
            self._keep(number, kept)
        self._piece = self._begin(now_us)

    def adopt(self, now_us: int, other: CacheFill) -> None:
        """Hold what another part with the same keys holds now (a replica that is in sync, a snapshot's content)."""
        if other.plan.classes != self.plan.classes:
            raise ValueError("a part of a cache can adopt the content of one with the same keys only")
        self._move_to(now_us)
        self._echo = None
        self._now.held, self._now.fresh = other._piece.shares_at(now_us)
        self._disturb(now_us)
        self._piece = self._begin(now_us)

    def receive(self, now_us: int, other: CacheFill, part_ppm: int) -> None:
        """Be responsible for so many more of the plan's keys, which come from another part as it holds them now."""
        if other.plan.classes != self.plan.classes:
            raise ValueError("a part of a cache can receive keys of one with the same keys only")
        self._move_to(now_us)
        now, more = self._now, part_ppm / MILLION
        held, fresh = other._piece.shares_at(now_us)
        whole = now.part + more
        if not now.part:  # it held nothing of its own whose expiry could be followed
            self._echo = None
        for number in range(len(now.held)):
            now.held[number] = (now.held[number] * now.part + held[number] * more) / whole
            now.fresh[number] = (now.fresh[number] * now.part + fresh[number] * more) / whole
            if self._echo is not None:
                self._echo.fit(number, now.held[number])
        now.part = whole
        self._piece = self._begin(now_us)

    # -- what it says -------------------------------------------------------------------------------------------

    @property
    def rates(self) -> Rates:
        """Means from the last breakpoint until `next_change_us()`."""
        return self._piece.rates

    @property
    def follows_echo(self) -> bool:
        """Whether keys that expire together are being followed."""
        return self._echo is not None

    @property
    def is_full(self) -> bool:
        """Whether the memory is full: each new key evicts one, or is refused."""
        return self._piece.full

    def next_change_us(self) -> int | None:
        """When somebody must look again; None if nothing moves any more."""
        return self._piece.next_us

    def content(self, t_us: int) -> Content:
        """What is held at a time from the last breakpoint on."""
        now = self._now
        held, fresh = self._piece.shares_at(t_us)
        hits, current = now.asked_for(held), now.asked_for(fresh)
        number = round(self._items(held))
        return Content(
            number,
            number * self.plan.item_bytes,
            round(hits * MILLION),
            round(max(0.0, hits - current) / hits * MILLION) if hits > FINEST else 0,
            tuple(round(share * 1e9) for share in held),
        )

    def items_at(self, t_us: int) -> int:
        """How many keys were held at a time of the last hour, or are held now."""
        then = self._held.at(t_us)
        if then is None:
            return 0
        shares = zip(self.plan.classes, then.piece.held_at(t_us), strict=True)
        return round(min(then.most, math.fsum(one.keys * share for one, share in shares) * then.part))

    def misses(self, t_us: int) -> int:
        """Missed reads at a moment, in milli-reads per second; `rates.misses` is their mean over the step."""
        return round(self._now.inputs.reads * self._now.missed(self._piece.held_at(t_us)))

    def recovery_us(self, now_us: int, reads: int, limit: int) -> int | None:
        """How long until a database that answers `limit` misses (both milli/s) is saturated by misses no more.

        0 if it is not; None if it would be for ever. What expires meanwhile is left out (see `cache_outlook`).
        """
        return recovery_us(self._now, self._piece.held_at(now_us), reads, limit)

    # -- breakpoints --------------------------------------------------------------------------------------------

    def _items(self, held: list[float]) -> float:
        """How many keys that is, no more than the memory takes: only one that shrank and may not evict holds more."""
        items, room = self._now.items(held), self._now.room
        return min(items, room) if self.plan.evicts or items < room * OVERFULL else items

    def _move_to(self, now_us: int) -> None:
        """Bring what is held, and what is due when, to a time."""
        piece, now = self._piece, self._now
        if now_us < piece.at_us:
            raise ValueError(f"a cache cannot change at {now_us} µs: its last breakpoint is at {piece.at_us} µs")
        if now_us == piece.at_us:
            return
        now.held, now.fresh = piece.shares_at(now_us)
        if self._echo is None:
            return
        edges = self._echo.edges(piece.at_us, now_us)
        seconds = [(edge - piece.at_us) / 1e6 for edge in edges[1:]]
        self._echo.advance(
            edges, [Loads(course.loads(seconds), course.pace.renew + course.pace.evict) for course in piece.courses]
        )

    def _begin(self, now_us: int) -> Piece:
        self.breakpoints += 1
        if self._echo is not None and self._calm(now_us, self._echo):
            self._echo = None
        piece, now = begin(self._now, now_us, self._echo), self._now
        self._held.set(now_us, Held(piece, now.part, max(now.room, now.items(now.held))))
        return piece

    def _keep(self, number: int, share: float) -> None:
        """Keep that share of what is held of a class."""
        now = self._now
        now.held[number] *= share
        now.fresh[number] *= share
        if self._echo is not None:
            self._echo.fit(number, now.held[number])

    def _disturb(self, now_us: int) -> None:
        """From now on what expires is followed bin by bin."""
        if not self.plan.echoes:
            return
        self._checked_us = now_us
        if self._echo is not None:
            self._echo.since_us = now_us
            return
        self._echo = Echo(now_us, self.plan.ttl_us, self.plan.jitter_permille)
        now = self._now
        for course, held in zip(self._piece.courses, now.held, strict=True):
            self._echo.add_even(held, course.pace.renew + course.pace.evict)

    def _calm(self, now_us: int, echo: Echo) -> bool:
        """Whether the bins are so even that they need no following; looked at a few times in a lifetime."""
        if now_us - echo.since_us >= ECHO_LIVES * self.plan.ttl_us:
            return True
        if now_us - self._checked_us < self.plan.ttl_us // CHECKS_PER_LIFE:
            return False
        self._checked_us = now_us
        now = self._now
        for number, held in enumerate(now.held):
            echo.fit(number, held)  # what the bins' roundings have added up to
        answered = now.answered(now.missed(now.held))
        paces, _ = now.pressed_if_full(now.paces(answered), answered)
        steady = now.steady(paces)
        keys = [now.keys(number) for number in range(len(paces))]
        loads = [pace.gain * (1 - held) + pace.renew * held for pace, held in zip(paces, steady, strict=True)]
        tolerance = self._unfelt(now.items(loads)) * echo.bin_us / 1e6
        waves = echo.waves(keys, loads, [pace.renew + pace.evict for pace in paces])
        return all(wave <= tolerance for wave in waves)

    def _unfelt(self, steady: float) -> float:
        """The largest wave on so many steady loads that is not followed (both keys per second)."""
        return max(UNEVEN * steady, self._now.slack * self._now.inputs.reads / 1000)


__all__ = ["CacheFill", "Content", "Inputs", "Pattern", "Plan", "Rates"]
