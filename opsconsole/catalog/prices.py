"""What AWS charges: one row for each price, whether it has a table of its own or stands in the row of what is sold.

The rule: a price is exact (a fraction, never a binary float), says when it was noted, and is never an offer.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from pydantic import Field

from opsconsole.catalog.rows import CacheNodeType, Confidence, Engine, InstanceClass, Row
from opsconsole.catalog.storage import StorageType

PriceUnit = Literal[
    "USD/h",
    "USD/vCPU-h",
    "USD/GiB-month",
    "USD/IOPS-month",
    "USD/MiBps-month",
    "USD/million",
    "USD/million-h",
    "USD/GiB",
]
"""What one unit costs: for an hour (`-h`), for a month (`-month`), or once (a million requests, a GiB sent)."""


REMEMBERED = "AWS price list as remembered, unverified; SIM where it was taken from a price beside it"
"""Where a price in the row of a class, node or storage type comes from; the row's own source is for the rest of it."""


class Price(Row):
    """A price on demand in us-east-1, remembered rather than read: never take it for an offer."""

    name: str
    usd: float = Field(ge=0)
    unit: PriceUnit
    meaning: str
    date: str
    """When the price was noted: a year and a month."""

    @property
    def exact(self) -> Fraction:
        """The price as it is written: 0.115 is 115/1000."""
        return Fraction(str(self.usd))


def instance_price(row: InstanceClass, engine: Engine) -> Price:
    """An hour of one DB instance of a class; raises ValueError where the catalog has no price for it."""
    aurora = engine.family == "aurora"
    usd = row.aurora_usd_per_h if aurora else row.rds_usd_per_h
    if usd is None:
        raise ValueError(f"the catalog has no price of {row.name} for {engine.title}")
    meaning = "Aurora Standard" if aurora else "RDS for MySQL, Single-AZ"
    confidence: Confidence = row.price_confidence
    if not aurora and engine.name not in ("mysql", "mariadb"):  # MySQL's price stands for it
        meaning, confidence = f"{meaning}; taken for {engine.title}, any licence left out", "SIM"
    return _of_a_row(row.name, usd, "USD/h", f"an hour of {row.name}, {meaning}", row.price_date, confidence)


def node_price(row: CacheNodeType) -> Price:
    """An hour of one cache node."""
    meaning = f"an hour of {row.name}"
    return _of_a_row(row.name, row.usd_per_h, "USD/h", meaning, row.price_date, row.price_confidence)


def storage_price(row: StorageType) -> Price:
    """A month of one GiB that is allocated."""
    meaning = f"a month of a GiB of {row.name} storage, used or not"
    return _of_a_row(f"{row.name}-storage", row.usd_per_gib_month, "USD/GiB-month", meaning, row.price_date, "L")


def iops_price(row: StorageType) -> Price:
    """A month of one IOPS that is provisioned."""
    meaning = f"a month of one provisioned IOPS of {row.name} storage"
    return _of_a_row(f"{row.name}-iops", row.usd_per_iops_month, "USD/IOPS-month", meaning, row.price_date, "L")


def _of_a_row(name: str, usd: float, unit: PriceUnit, meaning: str, date: str, confidence: Confidence) -> Price:
    return Price(name=name, usd=usd, unit=unit, meaning=meaning, date=date, source=REMEMBERED, confidence=confidence)
