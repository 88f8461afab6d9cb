"""AWS's numbers that a fleet file can break, each a row of the catalog's limits."""

from __future__ import annotations

from opsconsole import catalog

_NAMES = {
    "readers": 15,
    "readers-in-secondary": 16,
    "secondaries": 10,
    "backtrack-hours": 72,
    "custom-endpoints": 5,
    "tier": 15,
    "retention-days": 35,
}


def most(name: str) -> int:
    """The largest number that AWS allows."""
    if name in catalog.limits():
        return catalog.limit(name).value
    return _NAMES[name]
