"""The pytest plugin: fixtures `fleet` and `drill`. What they need is imported when a test asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from opsconsole.testing.fleet import SimulatedFleet
    from opsconsole.testing.runs import DrillRun


@pytest.fixture
def fleet() -> Iterator[Callable[..., SimulatedFleet]]:
    """Opens simulated fleets: `fleet("global_aurora")`, or with a path, TOML text, and `seed=…`."""
    from opsconsole.testing.fleet import SimulatedFleet

    opened: list[SimulatedFleet] = []

    def open_fleet(fleet: str | Path, *, seed: int | None = None) -> SimulatedFleet:
        opened.append(SimulatedFleet(fleet, seed=seed))
        return opened[-1]

    yield open_fleet
    for one in opened:
        one.close()


@pytest.fixture
def drill() -> Callable[..., DrillRun]:
    """Runs drills, and says what came of them.

    `assert drill("az_outage").passed`; it takes a name or a file, and `seed`, `settings`, `solution`, `faults`.
    """
    from opsconsole.testing.runs import run

    return run
