"""One line of a bill: how much of what, at which price, and what that comes to in an hour and in a month.

Money is exact (fractions of a dollar): lines add up to their total whatever the order, and are rounded only when shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

from opsconsole import catalog
from opsconsole.catalog import Price
from opsconsole.fleet.units import GIB

HOUR_S: Final = 3600
MILLION: Final = 1_000_000

COUNTED: Final[Mapping[str, str]] = {
    "USD/h": "running",
    "USD/vCPU-h": "vCPU",
    "USD/GiB-month": "GiB",
    "USD/IOPS-month": "IOPS",
    "USD/MiBps-month": "MiB/s",
    "USD/million": "million/h",
    "USD/million-h": "million",
    "USD/GiB": "GiB/h",
}
"""What a quantity counts, by the unit of its price: what is there, or what passes in an hour."""


class Kind(StrEnum):
    """What a line pays for."""

    COMPUTE = "compute"
    STORAGE = "storage"
    IO = "I/O"
    BACKUP = "backup"
    TRANSFER = "transfer"


@dataclass(frozen=True, slots=True)
class CostLine:
    """So much of something that `thing` is billed for, at the rates of this instant."""

    thing: str
    kind: Kind
    what: str
    quantity: Fraction
    price: Price

    @property
    def unit(self) -> str:
        """What the quantity counts."""
        return COUNTED[self.price.unit]

    @property
    def usd_per_hour(self) -> Fraction:
        """What an hour like this instant costs."""
        usd = self.quantity * self.price.exact
        return usd / hours_per_month() if self.price.unit.endswith("-month") else usd

    @property
    def usd_per_month(self) -> Fraction:
        """What a month like this instant costs."""
        return self.usd_per_hour * hours_per_month()


def dollars(usd: Fraction, digits: int = 4) -> str:
    """Money as people read it: `1,234.5000`."""
    return f"{float(usd):,.{digits}f}"


def amount(quantity: Fraction) -> str:
    """A quantity in as many digits as it takes: `400`, `15.31`, `0.0195`."""
    if quantity.denominator == 1:
        return f"{int(quantity):,}"
    return f"{float(quantity):,.{2 if quantity >= 10 else 4}f}"


def hours_per_month() -> int:
    """730, as AWS counts."""
    return round(catalog.assumption("hours-per-month").value)


def assumed(name: str) -> Fraction:
    """An assumption of the catalog, exact."""
    return Fraction(str(catalog.assumption(name).value))


def per_hour(lines: Iterable[CostLine]) -> Fraction:
    """What lines come to in an hour."""
    return sum((line.usd_per_hour for line in lines), Fraction())


def millions_per_hour(milli_per_s: int, each: Fraction) -> Fraction:
    """Millions of what is counted in an hour, where each of so many requests a second costs `each`."""
    return Fraction(milli_per_s * HOUR_S, 1000 * MILLION) * each


def gib_per_hour(milli_per_s: int, bytes_each: Fraction) -> Fraction:
    """GiB in an hour, where each of so many requests a second moves `bytes_each`."""
    return Fraction(milli_per_s * HOUR_S, 1000 * GIB) * bytes_each
