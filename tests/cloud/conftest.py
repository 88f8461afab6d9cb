"""What the tests of the cloud share: how a run is told (`play.py`), and one survey of a zone's loss over many seeds."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.cloud.play import Play

SEEDS = 200
OUTAGE = "T+60s az:outage us-east-1a for=30m"


@dataclass(frozen=True)
class Loss:
    """What one seed made of a zone's loss: seconds from the fault, and the writes that the app was told are done."""

    seed: int
    moved_s: float
    recovered_s: float
    acknowledged: int
    present: int
    fewest_copies: int
    writer: str | None


def lose_zone(seed: int) -> Loss:
    """One run of `global_aurora` through the loss of its writer's zone, until six minutes in."""
    play = Play("global_aurora", seed).at(OUTAGE).until("6m")
    incident = play.app("checkout").incidents[0]
    assert incident.ended_us is not None
    return Loss(
        seed,
        play.moved_to("orders.writer", str(play.writer())) - 60,
        incident.ended_us / 1e6 - 60,
        play.acknowledged("checkout"),
        play.present("checkout"),
        play.volume().healthy_copies(),
        play.writer(),
    )


@pytest.fixture(scope="session")
def losses() -> list[Loss]:
    """The same outage over 200 seeds."""
    return [lose_zone(seed) for seed in range(SEEDS)]
