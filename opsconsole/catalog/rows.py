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
    """True where losing or rebooting the writer restarts every reader as well (Aurora)."""
    max_volume_tib: int = 128
    """The most an Aurora volume of this version holds; RDS storage has its own bounds (`StorageType`)."""
    high_water_mark: bool = False
    """True before dynamic resizing (Aurora): space that data gave back stays billed for ever."""
    cascades: bool = True
    """False where a read replica of this version cannot have read replicas (RDS for PostgreSQL before 14.1)."""
    aof: bool = False
    """True where ElastiCache still accepted append-only files: `appendonly yes` is refused everywhere else."""
    cluster_mode: bool = False
    """True where a replication group of this version may have several shards."""
    online_scaling: bool = False
    """True where node type and shards change while the cache serves."""
    tls: bool = False
    """True where ElastiCache offers encryption in transit, which AUTH needs."""
    retired: bool = False
    """Past the end of standard support: kept so that old behaviour can be shown."""


class Engine(Row):
    """An engine as AWS names it in `Engine`. A field that a family does not have keeps its default."""

    name: str
    title: str
    aliases: tuple[str, ...] = ()
    """What people write for it where AWS's name has an edition: `oracle` for `oracle-ee`."""
    family: Literal["aurora", "rds", "elasticache"]
    compatible: Literal["mysql", "mariadb", "postgresql", "oracle", "sqlserver", "redis", "memcached"]
    port: int
    default_version: str
    releases: tuple[EngineVersion, ...]
    class_families: tuple[str, ...]
    read_only_error: str
    """What a client is told that writes to a reader; empty where there are no readers."""
    too_many_connections_error: str
    connection_lost_error: str
    missing_table_error: str = ""
    """What a client is told that asks for a table which is not there; {table} stands for its name."""

    tls_parameter: str = ""
    """The parameter that makes a server of it want TLS from everybody; empty where there is none."""
    tls_parameter_static: bool = False
    """Whether that parameter waits for a reboot."""
    tls_required_from: int = 0
    """The first major version whose parameter groups set it unless told otherwise; 0: none does."""
    plain_refused_error: str = ""
    """What a client without TLS is told then; empty where the server makes its connection a TLS one by itself."""
    plain_user_refused_error: str = ""
    """What a client without TLS is told whose user must have it; empty where that cannot be asked of a user."""
    certificate_error: str = ""
    """What a client says that verifies the server's certificate and does not have AWS's root certificate."""
    certificate_expired_error: str = ""
    """What it says of a certificate that has expired, where that is another error."""
    options: Mapping[str, int] = {}
    """Options of its option groups, each with the first major version that has it: those the simulator knows."""

    backtrack: bool = False
    global_database: bool = False

    read_replicas: int = Field(default=0, ge=0)
    """Read replicas one source may have; for ElastiCache, replicas of one shard."""
    classic_read_replicas: int | None = None
    """What AWS's older documentation (the course material) said, where it differs."""
    replica_levels: int = 0
    """How many read replicas may hang behind each other; 1: none may have replicas of its own."""
    read_replicas_below: int = 0
    """Read replicas that a source may have which is a replica itself."""
    cross_region_replicas: bool = False
    cross_region_orphans_promoted: bool = False
    """Whether deleting a source promotes its replicas of other Regions too; `terminated` where not."""
    replication: str = ""
    """By what means its read replicas (or standbys of a cache) follow."""
    replica_writable: bool = False
    """Whether a read replica may be made writable (`read_only = 0`)."""
    replica_backups: bool = False
    """Whether a read replica may have automated backups, which replicas of its own need."""
    lag_when_stopped: int | None = None
    """What `ReplicaLag` shows while replication is stopped; None where the metric just grows."""
    idle_lag_reset_s: int = 0
    """How long `ReplicaLag` climbs on an idle source until it falls back (PostgreSQL's saw-tooth); 0: it does not."""
    iam_auth: bool = False
    multi_az: bool = False
    """Whether a DB instance may have a standby in another zone (RDS), or a cache replicas in several (ElastiCache)."""
    multi_az_technique: str = ""
    multi_az_cluster: bool = False
    """Whether there is a Multi-AZ DB cluster of this engine: a writer and two readable standbys."""
    backup_suspends_io: bool = False
    """Whether a backup of a Multi-AZ DB instance suspends its I/O all the same (SQL Server)."""
    failover_timing: str = ""
    """The timing that an unplanned failover is drawn from; empty where there is none."""

    snapshots: bool = False
    """Whether a node-based cache of it can be backed up and restored."""
    auth: bool = False
    """Whether a cache of it may ask for an AUTH token."""
    multi_threaded: bool = False
    """Whether a cache node of it answers with every vCPU, or with one."""

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


class CpuCredits(BaseModel):
    """The CPU credits of a burstable class: one is one vCPU at 100 % for a minute."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)

    baseline_percent: int
    """The CPU each vCPU may use for ever without spending more credits than it earns."""
    credits_per_hour: int
    max_credits: int
    """The most the balance holds: a day's earnings. What is used beyond is surplus, and charged (Unlimited mode)."""


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
    credits: CpuCredits | None = None
    """Set for burstable classes only."""
    local_storage: bool = False
    """NVMe storage in the host: AWS offers Multi-AZ DB clusters on such classes only."""
    engines: tuple[str, ...]
    """The engines that offer this class (only engines that the catalog knows)."""
    aurora_usd_per_h: float | None
    """On demand, Aurora Standard, us-east-1; None where Aurora does not offer the class."""
    rds_usd_per_h: float | None
    """On demand, RDS for MySQL, Single-AZ, us-east-1; None where not recorded."""
    price_date: str
    price_confidence: Confidence
    ebs_mbps: int
    """The most its storage may move, in megabits a second; what it may burst to where `ebs_baseline_mbps` is less."""
    ebs_baseline_mbps: int
    """What its storage may move for ever: a class whose baseline is less bursts for about half an hour a day."""
    ebs_iops: int
    ebs_baseline_iops: int
    ebs_confidence: Confidence
    size_rank: int
    """Greater is larger: orders by memory, then vCPU. Equal ranks are equally large."""

    def offered_by(self, engine: str) -> bool:
        """Whether a DB instance of `engine` may have this class."""
        return engine in self.engines

    @property
    def db_instance_class_memory(self) -> int:
        """AWS's variable `DBInstanceClassMemory`, in bytes: what RDS and the operating system leave of the memory.

        AWS says only that it is somewhat less. 2.56 % and 0.3 GiB less gives AWS's table for Aurora PostgreSQL.
        """
        return self.memory_gib * 2**30 * 9744 // 10_000 - 3 * 2**30 // 10


class CapacityRule(Row):
    """How much one vCPU does for an engine, and how many connections fit. A model of ours, stated."""

    name: str
    rds_reads_per_s_per_vcpu: int
    rds_writes_per_s_per_vcpu: int
    times_rds: int
    """Aurora's multiple of the same class on RDS ("five times MySQL", "three times PostgreSQL"); 1 for RDS itself."""
    connections: Mapping[str, int] = {}
    """AWS's default of `max_connections`: by class where the class has its own, else by memory in GiB (as text)."""
    connections_divisor: int = 0
    """Where AWS gives a formula: bytes of `DBInstanceClassMemory` for each connection; 0 where memory has no part."""
    connections_ceiling: int = 0
    """The most that formula gives; 0 for no ceiling."""
    connections_source: str

    def max_connections(self, of: "InstanceClass") -> int:
        """AWS's default of `max_connections` for a class."""
        listed = self.connections.get(of.name, self.connections.get(str(of.memory_gib)))
        if listed is not None:
            return listed
        if not self.connections_divisor:
            return self.connections_ceiling
        fits = of.db_instance_class_memory // self.connections_divisor
        return min(fits, self.connections_ceiling) if self.connections_ceiling else fits


class CacheNodeType(Row):
    """A cache node type of ElastiCache: its size, what fits, and what it does."""

    name: str
    family: str
    size: str
    vcpu: int = Field(gt=0)
    memory_gib: float = Field(gt=0)
    """What a cache of it may hold (`maxmemory`), before `reserved-memory-percent` is taken off."""
    processor: str
    burstable: bool
    engines: tuple[str, ...]
    ops_per_s: int
    """Commands a second that one engine thread answers; Redis and Valkey have one. A number of ours."""
    ops_per_s_per_vcpu: int
    """Commands a second of each vCPU where the engine is multi-threaded. A number of ours."""
    usd_per_h: float
    """On demand, us-east-1."""
    price_date: str
    price_confidence: Confidence
    size_rank: int
    """Greater is larger: orders by memory, then vCPU."""

    @property
    def memory_bytes(self) -> int:
        """`maxmemory` in bytes."""
        return round(self.memory_gib * 2**30)

    def capacity(self, engine: Engine) -> int:
        """Commands a second that a node answers with this engine."""
        return self.ops_per_s_per_vcpu * self.vcpu if engine.multi_threaded else self.ops_per_s


class CachePolicy(Row):
    """What a Redis or Valkey node removes when it is full: a value of `maxmemory-policy`."""

    name: str
    among: Literal["all", "volatile", "none"]
    """Which keys may go: all, those with a TTL, or none at all."""
    order: Literal["lru", "lfu", "random", "ttl", "none"]
    meaning: str
    default: bool = False


class Capacity(Row):
    """What an instance of one class can do for one engine, when warm."""

    engine: str
    instance_class: str
    reads_per_s: int
    writes_per_s: int
    max_connections: int


SourceType = Literal[
    "db-instance",
    "db-cluster",
    "db-snapshot",
    "db-cluster-snapshot",
    "db-parameter-group",
    "cache-cluster",
    "replication-group",
]
"""Of the source types of DescribeEvents, those that the simulator has."""


class EventRow(Row):
    """One event of RDS's or ElastiCache's, as DescribeEvents would deliver it.

    RDS's have AWS's ids. ElastiCache's have none: the name of the SNS notification stands for it where there is one,
    else a slug of ours in lower case (`elasticache:recovering-nodes`).
    """

    id: str = Field(pattern=r"^(RDS-EVENT-\d{4}|ElastiCache:[A-Za-z]+|elasticache:[a-z-]+)$")
    source_type: SourceType
    also: tuple[SourceType, ...] = ()
    """Other sources that AWS lists the same event for."""
    category: str
    """AWS's category; ElastiCache has none, there it is ours."""
    message: str
    """AWS's text, its italic placeholders replaced by {named} fields."""
    verbatim: str
    """AWS's text as published, placeholders and all."""
    engines: str = Field(pattern=r"^(A?R?|E)$")
    """A: in the Aurora guide; R: in the RDS guide; E: in ElastiCache's."""

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
    """Which engines publish it; empty for all that the namespace serves."""
    alarm: Alarm | None = None
    alarm_rds: Alarm | None = None
    """The alarm for RDS DB instances where it is not Aurora's."""

    def alarm_for(self, engine: Engine) -> Alarm | None:
        """The alarm AWS recommends for an instance of this engine; None where it recommends none."""
        return self.alarm_rds if engine.family == "rds" and self.alarm_rds is not None else self.alarm


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
    service: Literal["rds", "elasticache"] = "rds"
    """Whose service model has the shape."""
    http: int | None = None
    """The HTTP status; None for what a database client sees."""
    meaning: str
    shape: str = ""
    """The exception's name in AWS's service model, where it has one."""
    sentence: str = ""
    """AWS's (or a client's) usual wording."""


Service = Literal["rds", "multi-az-cluster", "aurora", "redis", "memcached"]
"""What a modification applies to: an RDS DB instance, a Multi-AZ DB cluster, Aurora, a replication group, Memcached."""

Outage = Literal["none", "brief", "restart", "failover-or-outage", "outage", "data-loss"]
"""What a modification costs at worst. none: nothing but, perhaps, slower work. brief: a pause of seconds, such as a
suspension of I/O. restart: the engine restarts once. failover-or-outage: a failover where there is a standby or reader
to fail over to, else down for the whole change. outage: down for the whole change, standby or not. data-loss: what is
stored is lost (a cache comes back empty)."""


class Modification(Row):
    """A change that a customer may ask for: what it does to the service, when it is applied, and what AWS shows."""

    name: str
    title: str
    services: tuple[Service, ...]
    api: str
    """The operation and the parameter that ask for it: `ModifyDBInstance DBInstanceClass`."""
    outage: Outage
    applies: Literal["immediately", "either", "reboot", "window"]
    """immediately: at once, whatever is asked. either: at once with `ApplyImmediately`, else in the maintenance window.
    reboot: pending until the customer reboots. window: in the maintenance window unless a customer is first."""
    statuses: tuple[str, ...]
    """What the resource shows meanwhile, in order, before it is `available` again."""
    events: tuple[str, ...] = ()
    """The events it emits, in usual order."""
    timing: str = ""
    """The timing the change (or its outage) is drawn from; empty where it takes no noticeable time."""
    multi_az_effect: str = ""
    """What differs where there is a standby or a reader in another zone."""
    refused: str = ""
    """When AWS refuses it."""
    notes: str = ""


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
