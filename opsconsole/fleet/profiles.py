"""Daily profiles of an app's rates: a staircase by the hour of the day in UTC, in thousandths of the rate, no noise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

HOURS: Final = 24
HIGHEST_SHARE: Final = 10
"""No hour is busier than ten times the rate in the file: a greater number was meant otherwise."""

OFFICE: Final = (
    *(100, 100, 100, 100, 100, 100, 200, 400, 700, 1000, 1000, 1000),
    *(800, 900, 1000, 1000, 1000, 700, 500, 400, 300, 200, 150, 100),
)
"""Ours: a working day with a dip at noon. The rate in the file is its busiest hour's."""

PROFILES: Final[Mapping[str, tuple[int, ...]]] = {"office": OFFICE}
