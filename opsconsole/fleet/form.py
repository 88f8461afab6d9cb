"""What a fleet file may say: its tables and keys as strict pydantic models, in the file's own words.

These are the shape of the file and no more (kinds of values, units, known keys). Whether it makes sense to AWS is asked
in `resolve`. The descriptions here are what `opsconsole schema fleet` tells an editor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from .text import first_control, quoted
from .units import BadQuantity, parse_duration, parse_rate, parse_size

DEFAULT_SEED: Final = 7
DEFAULT_START: Final = datetime(2026, 1, 5, 9, 0, 0, tzinfo=UTC)
GREATEST_SEED: Final = (1 << 63) - 1
"""TOML promises 64-bit signed integers and no more."""
FIRST_START: Final = datetime(2000, 1, 1, tzinfo=UTC)
LAST_START: Final = datetime(2200, 1, 1, tzinfo=UTC)
LONGEST_NAME: Final = 100
_LARGEST_ECHOED: Final = 1_000_000
"""A greater bare number was no slip of a unit, and is not proposed with one."""


def _text_of(
    kind: str, unit: str, example: str, parse: Callable[[str], float | int]
) -> Callable[[object], float | int]:
    """A reader of one kind of quantity that insists on text with a unit."""

    def read(value: object) -> float | int:
        if isinstance(value, str):
            try:
                return parse(value)
            except BadQuantity as bad:
                wrong = bad.wrong if " needs " in bad.wrong else f"{quoted(value)} {bad.wrong}"
                raise BadQuantity(wrong, bad.right) from None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadQuantity(f"{quoted(value)} is not a {kind}", f"write it like {example}")
        if not abs(value) < _LARGEST_ECHOED:
            raise BadQuantity(f"a {kind} needs its unit", f"write it like {example}")
        raise BadQuantity(f"a {kind} needs its unit", f'write "{abs(value):g}{unit}"')

    return read


def _dns_cache(value: object) -> float | None:
    if value == "forever":
        return None
    try:
        seconds: float = _read_duration(value)
    except BadQuantity as bad:
        raise BadQuantity(bad.wrong, f'{bad.right}, or "forever"') from None
    return seconds


def _start(value: object) -> datetime:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise BadQuantity("a start needs its offset from UTC", f"write {value.isoformat()}Z")
        if not FIRST_START - timedelta(days=1) <= value <= LAST_START:
            raise BadQuantity(
                "the start lies outside the years 2000 to 2199",
                f"write something like {DEFAULT_START:%Y-%m-%dT%H:%M:%SZ}",
            )
        return value.astimezone(UTC)
    raise BadQuantity(
        f"{quoted(value)} is not a date and time", f"write it without quotes, like {DEFAULT_START:%Y-%m-%dT%H:%M:%SZ}"
    )


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise BadQuantity(f"{quoted(value)} is not text", 'write it in quotes, like "Global storefront"')
    control = first_control(value)
    if control is not None:
        raise BadQuantity(f"the control character U+{ord(control):04X} has no place in a name", "leave it out")
    if not value.strip() or len(value) > LONGEST_NAME:
        right = "shorten it" if value.strip() else "write one, or leave the key out"
        raise BadQuantity(f"a name has 1 to {LONGEST_NAME} characters, and this one {len(value.strip())}", right)
    return value


_read_duration = _text_of("duration", "s", '"30s", "1m30s" or "24h"', parse_duration)
_read_size = _text_of("size", " GiB", '"400 GiB"', parse_size)
_read_rate = _text_of("rate", "/s", '"1200/s"', parse_rate)


def _quantity(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": list(examples)})


Duration: TypeAlias = Annotated[
    float, BeforeValidator(_read_duration), _quantity(r"^[0-9][0-9.dhms ]*(d|h|m|s)$", "250ms", "30s", "1m30s", "24h")
]
Size: TypeAlias = Annotated[
    int, BeforeValidator(_read_size), _quantity(r"^[0-9]+(\.[0-9]+)? ?[KMGT]iB$", "400 GiB", "1.5 TiB")
]
Rate: TypeAlias = Annotated[int, BeforeValidator(_read_rate), _quantity(r"^[0-9]+ ?/ ?s$", "1200/s")]
DnsCache: TypeAlias = Annotated[
    float | None, BeforeValidator(_dns_cache), _quantity(r"^([0-9][0-9.dhms ]*(d|h|m|s)|forever)$", "5s", "forever")
]
Name: TypeAlias = Annotated[
    str,
    BeforeValidator(_name),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": LONGEST_NAME, "examples": ["Global storefront"]}),
]
Start: TypeAlias = Annotated[
    datetime, BeforeValidator(_start), WithJsonSchema({"type": "string", "format": "date-time"})
]


class Table(BaseModel):
    """A table of the file: its keys are known, its values have the kind they should have."""

    model_config = ConfigDict(extra="forbid", strict=True)

    shorthand: ClassVar[str | None] = None
    """The key that is meant where the file has plain text instead of this table."""


class RegionTable(Table):
    """A Region of the fleet. `us-east-1 = {}` takes its first three zones."""

    zones: list[str] | None = Field(
        None, description='The zones this fleet may use: letters ("a") or full names ("us-east-1a"). Default: a, b, c.'
    )


class InstanceTable(Table):
    """A DB instance of an Aurora cluster."""

    id: str = Field(description="DBInstanceIdentifier: unique in the whole file.")
    zone: str = Field(description='The Availability Zone: a letter ("a") or a full name ("us-east-1a").')
    instance_class: str = Field(alias="class", description="The DB instance class.", examples=["db.r6g.large"])
    tier: int | None = Field(
        None, description="PromotionTier: the lowest is promoted first, among equals the largest class. Default: 1."
    )


class EndpointTable(Table):
    """A custom endpoint of an Aurora cluster: some of its instances under one name."""

    id: str = Field(description="DBClusterEndpointIdentifier: unique in the whole file.")
    type: Literal["READER", "ANY"] = Field("READER", description="READER leaves the writer out; ANY does not.")
    members: list[str] | None = Field(None, description="Instance ids: these and no others.")
    excluded: list[str] | None = Field(None, description="Instance ids: all but these, new instances included.")


class AuroraTable(Table):
    """An Aurora DB cluster. The first instance is the writer, unless it is a secondary of a global cluster."""

    engine: str = Field(description="aurora-mysql or aurora-postgresql.", examples=["aurora-mysql"])
    engine_version: str | None = Field(
        None, description="Default: the engine's current one; for a secondary, its primary's."
    )
    region: str = Field(description="The Region it runs in, one of [regions].")
    storage: Size | None = Field(
        None, description="The data its volume starts with (the volume grows by itself). Default: 10 GiB."
    )
    backtrack: Duration = Field(0.0, description="Target backtrack window, Aurora MySQL only; 0s is off.")
    backup_retention: Duration | None = Field(None, description="Whole days that backups are kept. Default: 1d.")
    deletion_protection: bool = Field(False, description="Whether deleting the cluster is refused.")
    instances: list[InstanceTable] = Field(
        default=[], description="Its DB instances. Only a secondary of a global cluster may have none."
    )
    endpoints: list[EndpointTable] = Field(default=[], description="Its custom endpoints.")


class GlobalTable(Table):
    """An Aurora global database: a primary cluster, and secondaries in other Regions."""

    primary: str = Field(description="The id of the cluster that takes the writes.")
    secondaries: list[str] = Field(default=[], description="Ids of read-only clusters, one per other Region.")


class AppTable(Table):
    """An application that calls the fleet: what it asks for, from where, and how patiently."""

    homes: list[str] = Field(
        description="Regions its processes run in, in every zone; the next takes over when the router finds one dead."
    )
    writes_to: str | None = Field(
        None, description='The endpoint it writes to: "orders" (its writer endpoint), "orders-eu.writer", an instance.'
    )
    reads_from: list[str] = Field(
        default=[], description='Endpoints it reads from: "orders" (its reader endpoint), "orders.reports".'
    )
    writes: Rate = Field(0, description="Writes that are due per second, whatever became of the last ones.")
    reads: Rate = Field(0, description="Reads that are due per second.")
    pool: int = Field(60, description="Connections its pool may hold, per endpoint.")
    pool_lifetime: Duration = Field(1800.0, description="How long a pooled connection lives.")
    timeout: Duration = Field(2.0, description="How long it waits for an answer.")
    dns_cache: DnsCache = Field(5.0, description='How long it keeps a DNS answer, whatever its TTL; or "forever".')
    health_check: Duration | None = Field(
        None, description="How long its router takes to find a home dead. Default: 10s."
    )


class TimingTable(Table):
    """A timing of the catalog, replaced: "24s", or a table."""

    shorthand: ClassVar[str | None] = "typical"

    typical: Duration = Field(description="The median.")
    min: Duration | None = Field(None, description="The floor. Default: the catalog's, or typical if that is shorter.")
    max: Duration | None = Field(
        None, description="About the 97th percentile. Default: the catalog's, or typical if that is longer."
    )


def _expand(value: object) -> object:
    return {"typical": value} if isinstance(value, str) else value


class FleetForm(Table):
    """A fleet file."""

    name: Name = Field("Fleet", description="What people call it.")
    seed: int = Field(DEFAULT_SEED, description="The seed of every draw; a drill's wins over it, --seed over both.")
    start: Start = Field(DEFAULT_START, description="Virtual time zero, with its offset from UTC.")
    regions: dict[str, RegionTable] = Field(
        default={}, description="The Regions of the fleet. Left out: those that clusters and apps name."
    )
    aurora: dict[str, AuroraTable] = Field(default={}, description="Aurora DB clusters, by id.")
    global_clusters: dict[str, GlobalTable] = Field(
        default={}, alias="global", description="Aurora global databases, by id."
    )
    apps: dict[str, AppTable] = Field(default={}, description="Applications, by id.")
    timings: dict[
        str, Annotated[TimingTable, BeforeValidator(_expand, json_schema_input_type=Duration | TimingTable)]
    ] = Field(default={}, description="Timings of the catalog that this fleet overrides, by name.")


NOT_YET: Final[Mapping[tuple[type[Table], str], tuple[str, str]]] = {
    (FleetForm, "rds"): (
        "RDS instances are part of the format, but this version of opsconsole cannot run them yet",
        "leave the table out for now",
    ),
    (FleetForm, "elasticache"): (
        "ElastiCache is part of the format, but this version of opsconsole cannot run it yet",
        "leave the table out for now",
    ),
    (AppTable, "cache"): (
        "an app's cache is part of the format, but needs ElastiCache, which this version of opsconsole cannot run yet",
        "leave the key out for now",
    ),
    (AppTable, "profile"): (
        "a daily profile is part of the format, but this version of opsconsole cannot follow it yet",
        "leave the key out for now",
    ),
}
"""Tables and keys that the format has and this version does not: refused, but never as unknown."""

_SSD: Final = "Aurora has no choice of storage: its volume is SSD, shared by all instances, and grows by itself"

INSTEAD: Final[Mapping[tuple[type[Table], str], tuple[str, str]]] = {
    (AuroraTable, "storage_type"): (_SSD, "leave the key out; there is no magnetic storage, gp2 or io1 to choose"),
    (AuroraTable, "iops"): (_SSD, "leave the key out"),
    (AuroraTable, "allocated_storage"): (_SSD, 'leave it out, or write storage = "400 GiB" for data it starts with'),
    (AuroraTable, "multi_az"): (
        "an Aurora cluster becomes Multi-AZ by its instances, not by a switch",
        "leave the key out and place a reader in another zone",
    ),
    (AuroraTable, "zone"): ("an Aurora cluster has no zone of its own", "give each of its instances a zone"),
    (AuroraTable, "class"): ("an Aurora cluster has no class of its own", "give each of its instances a class"),
    (AuroraTable, "replicas"): ("an Aurora cluster's readers are instances like the writer", "list them in instances"),
    (InstanceTable, "promotion_tier"): ("the key is called tier here", "write tier = 0"),
    (InstanceTable, "region"): ("an instance runs in the Region of its cluster", "leave the key out"),
    (InstanceTable, "storage"): (_SSD, "give the cluster its storage instead"),
    (AppTable, "region"): ("an app runs in its homes", 'write homes = ["us-east-1"]'),
    (AppTable, "cluster"): ("an app names the endpoints it calls", "write writes_to and reads_from"),
}
"""Keys that people will try, and what they want instead."""
