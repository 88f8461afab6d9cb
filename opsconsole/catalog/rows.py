"""What a row of the catalog may say: one frozen model per kind of row, and the arithmetic that belongs to a row.

The rule that keeps it simple: a row is data about AWS (or a stated assumption of ours), never about one fleet, and
it always says where it comes from (`source`) and how sure that is (`confidence`).
"""

import re
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Confidence = Literal["H", "M", "L", "SIM"]
"""H: read in AWS's own text. M: read, but versions or sources differ. L: recollection. SIM: ours, not AWS's."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Row(BaseModel):
    """One line of the catalog. Frozen, strict, and never without its provenance."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)

    source: str = Field(min_length=8)
    """Where the row comes from, in words a reader can follow."""
    confidence: Confidence
    """How sure the row is; for a timing, how sure *AWS's statement* is."""


class Timing(Row):
    """How long an operation takes, in seconds: the distribution one draw is taken from.

    Log-normal: `typical_s` is the median, `min_s` a floor, `max_s` about the 97th percentile ("typically" is no clamp).
    A duration runs from its cause to the moment when the service answers again at its address record.
    """

    name: str
    title: str
    typical_s: float = Field(ge=0)
    min_s: float = Field(ge=0)
    max_s: float = Field(ge=0)
    aws: str = ""
    """AWS's own statement; empty where AWS publishes nothing."""

    @model_validator(mode="after")
    def _ordered(self) -> "Timing":
        if not self.min_s <= self.typical_s <= self.max_s:
            raise ValueError(f"timing {self.name}: min_s <= typical_s <= max_s must hold")
        return self


class Assumption(Row):
    """One number the model needs and, mostly, AWS does not publish. `low` and `high` bound it where it is a range."""

    name: str
    value: float
    unit: str
    meaning: str
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _inside(self) -> "Assumption":
        if (
            not (self.value if self.low is None else self.low)
            <= self.value
            <= (self.value if self.high is None else self.high)
        ):
            raise ValueError(f"assumption {self.name}: low <= value <= high must hold")
        return self


class Limit(Row):
    """A quota or bound of AWS. `value` is the largest allowed number unless `minimum` bounds it from below too."""

    name: str
    value: int
    unit: str
    sentence: str
    """What to print when it is exceeded."""
    minimum: int | None = None
    classic: int | None = None
    """What the limit was in AWS's older documentation (the course material's number), where it differs."""

    def allows(self, number: int) -> bool:
        """Whether `number` lies inside the limit."""
        return (self.minimum is None or self.minimum <= number) and number <= self.value


class EngineVersion(Row):
    """One engine version, and what differs by version."""

    name: str
    readers_restart_with_writer: bool = False
    """True where losing or rebooting the writer restarts every reader as well."""
    max_volume_tib: int = 128
    retired: bool = False
    """Past the end of standard support: kept so that old behaviour can be shown."""


class Engine(Row):
    """A database engine as RDS names it in `Engine`."""

    name: str
    title: str
    family: Literal["aurora", "rds"]
    compatible: Literal["mysql", "postgresql"]
    port: int
    default_version: str
    releases: tuple[EngineVersion, ...]
    backtrack: bool
    global_database: bool
    class_families: tuple[str, ...]
    read_only_error: str
    """What a client is told that writes to a reader."""
    too_many_connections_error: str
    connection_lost_error: str

    @property
    def versions(self) -> tuple[str, ...]:
        """The names of all versions, oldest first."""
        return tuple(release.name for release in self.releases)

    def release(self, version: str) -> EngineVersion:
        """The row of one version; raises KeyError for a version that is not listed."""
        for release in self.releases:
            if release.name == version:
                return release
        raise KeyError(version)


class InstanceClass(Row):
    """A DB instance class: its size, its price, and which engines offer it."""

    name: str
    family: str
    size: str
    vcpu: int = Field(gt=0)
    memory_gib: int = Field(gt=0)
    processor: str
    architecture: Literal["x86_64", "arm64"]
    burstable: bool
    engines: tuple[str, ...]
    """The engines that offer this class (only engines that the catalog knows)."""
    aurora_usd_per_h: float | None
    """On demand, Aurora Standard, us-east-1; None where Aurora does not offer the class."""
    rds_usd_per_h: float | None
    """On demand, RDS for MySQL, Single-AZ, us-east-1; None where not recorded."""
    price_date: str
    price_confidence: Confidence
    size_rank: int
    """Greater is larger: orders by memory, then vCPU. Equal ranks are equally large."""

    def offered_by(self, engine: str) -> bool:
        """Whether a DB instance of `engine` may have this class."""
        return engine in self.engines


class CapacityRule(Row):
    """How much one vCPU does for an engine, and how many connections fit. A model of ours, stated."""

    name: str
    rds_reads_per_s_per_vcpu: int
    rds_writes_per_s_per_vcpu: int
    times_rds: int
    """Aurora's multiple of the same class on RDS ("five times MySQL", "three times PostgreSQL")."""
    connections: Mapping[str, int]
    """AWS's default of `max_connections`: by class where the class has its own, else by memory in GiB (as text)."""
    connections_source: str

    def max_connections(self, of: "InstanceClass") -> int:
        """AWS's default of `max_connections` for a class."""
        own = self.connections.get(of.name)
        return self.connections[str(of.memory_gib)] if own is None else own


class Capacity(Row):
    """What an instance of one class can do for one engine, when warm."""

    engine: str
    instance_class: str
    reads_per_s: int
    writes_per_s: int
    max_connections: int


class EventRow(Row):
    """One event of RDS's catalogue, as DescribeEvents would deliver it."""

    id: str = Field(pattern=r"^RDS-EVENT-\d{4}$")
    source_type: Literal["db-instance", "db-cluster", "db-cluster-snapshot", "db-parameter-group"]
    category: str
    message: str
    """AWS's text, its italic placeholders replaced by {named} fields."""
    verbatim: str
    """AWS's text as published, placeholders and all."""
    engines: str = Field(pattern=r"^A?R?$")
    """A: in the Aurora guide; R: in the RDS guide."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The names that `text` needs, in order of appearance."""
        return tuple(dict.fromkeys(_PLACEHOLDER.findall(self.message)))

    def text(self, **values: str) -> str:
        """The message with its fields filled in; raises ValueError unless exactly the row's fields are given."""
        if set(values) != set(self.fields):
            raise ValueError(f"{self.id} takes {sorted(self.fields)}, was given {sorted(values)}")
        return _PLACEHOLDER.sub(lambda match: values[match[1]], self.message)


class Alarm(Row):
    """An alarm AWS recommends: `periods` of the last `of` datapoints of `statistic` compare so with `threshold`."""

    statistic: str
    comparison: Literal[">", ">=", "<", "<="]
    threshold: float
    threshold_of: str = ""
    """What the threshold is a percentage of, where it is relative: `max_connections`, `memory`, `vcpu`, `volume`."""
    periods: int
    """M: datapoints that must breach."""
    of: int
    """N: datapoints looked at."""


class Metric(Row):
    """A CloudWatch metric: name, unit, dimension and period are AWS's; healthy and fault ranges are ours."""

    namespace: str
    name: str
    unit: str
    statistic: str
    """The statistic people look at: Average, Maximum, Minimum or Sum."""
    dimensions: tuple[str, ...]
    period_s: int
    meaning: str
    healthy: str = ""
    fault: str = ""
    engines: tuple[str, ...] = ()
    """Which engines publish it; empty for all."""
    alarm: Alarm | None = None


class Status(Row):
    """One status AWS shows for a kind of resource, and where it may lead."""

    name: str
    billed: Literal["yes", "no", "storage", "unknown"]
    meaning: str
    next: tuple[str, ...]
    """Statuses that may follow directly; `gone` where the resource ceases to exist. Our reading: AWS has no graph."""
    transient: bool = False
    """True where the resource leaves the status by itself."""


class ErrorRow(Row):
    """A refusal of AWS's API, or an error that a database client sees."""

    code: str
    kind: Literal["api", "client"]
    http: int | None = None
    """The HTTP status; None for what a database client sees."""
    meaning: str
    shape: str = ""
    """The exception's name in AWS's service model, where it has one."""
    sentence: str = ""
    """AWS's (or a client's) usual wording."""


class ZoneRow(BaseModel):
    """An Availability Zone as one account sees it: its letter, and the id that means the same place to everybody."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)

    letter: str
    az_id: str


class RegionRow(Row):
    """An AWS Region and its zones."""

    name: str
    title: str
    short: str
    """The code that AZ ids begin with: `use1`."""
    zones: tuple[ZoneRow, ...]


class Fact(Row):
    """A claim that the product must show, as the course material states it."""

    id: str
    area: str
    title: str
    """What the area is called."""
    claim: str
    kind: Literal["behaviour", "limit", "rule/error", "cost", "metric", "teach-only"]
    priority: Literal["P0", "P1", "P2", "P3"]
    today: str = ""
    """What AWS says now, where that differs from the course material."""
