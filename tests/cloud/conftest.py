"""What the tests of the cloud share: how a run is told (`play.py`), and one survey of a zone's loss over many seeds."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from opsconsole.cloud.losses import account
from opsconsole.cloud.writelog import WRITE
from tests.cloud.play import Play

SEEDS = 200
OUTAGE = "T+60s az:outage us-east-1a for=30m"


@dataclass(frozen=True)
class Loss:
    """What one seed made of a zone's loss: seconds from the fault, and the writes that the apps were told are done."""

    seed: int
    moved_s: float
    recovered_s: float
    acknowledged: int
    present: int
    fewest_copies: int
    writer: str | None
    ledger_s: float | None
    ledger_lost: int
    redis_s: float | None
    redis_told: int
    redis_lost: int
    pages_lost: tuple[str, ...]
    pages_share: float


def lose_zone(seed: int, zone: str = "us-east-1a", until: str = "6m") -> Loss:
    """One run of `global_aurora` through the loss of a zone, its writer's if not told otherwise."""
    play = Play("global_aurora", seed).until("59s")
    pages = play.app("storefront").cache
    assert pages is not None
    before = {id: part.fill.content(play.cloud.now_us).items for id, part in pages.parts.items()}
    play.at(f"T+60s az:outage {zone} for=30m").until("60s")
    after = {id: part.fill.content(play.cloud.now_us).items for id, part in pages.parts.items()}
    lost = tuple(id for id, items in after.items() if not items)
    play.until(until)
    incidents = play.app("checkout").incidents
    ended = incidents[0].ended_us if incidents else 60_000_000
    assert ended is not None
    shard = play.cloud.caches["sessions"].shards["0001"]
    told = play.truth("lost", "sessions")
    return Loss(
        seed,
        _moved(play, "orders.writer") or 0.0,
        ended / 1e6 - 60,
        play.acknowledged("checkout"),
        play.present("checkout"),
        play.volume().healthy_copies(),
        play.writer(),
        _moved(play, "ledger"),
        account(play.cloud, "billing").lost,
        _moved(play, "sessions.primary"),
        sum(int(str(row["writes"])) for row in told),
        shard.lost // WRITE,
        lost,
        sum(before[id] for id in lost) / sum(before.values()),
    )


def _moved(play: Play, name: str) -> float | None:
    """Seconds from the fault until a name led elsewhere, if it did."""
    moves = play.moves(name)
    return moves[0][0] - 60 if moves else None


@pytest.fixture(scope="session")
def losses() -> list[Loss]:
    """The loss of the writer's and the primaries' zone over 200 seeds. It takes a minute: one module asks for it."""
    return [lose_zone(seed) for seed in range(SEEDS)]
