"""Reading the catalog: each kind of row has its TOML files, read when its first row is asked for, and only once.

The rule: a kind `events` is read from `events.toml` and every `events_….toml` (a kind grown too long for one file is
split by service). A file's top-level values are defaults (`source`, `confidence`, …) and each of its tables is a row
that may override them; so every row carries its provenance and no file repeats it.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import tomli  # tomllib's original, compiled: reads these files in a quarter of the time, at every start

from opsconsole.catalog.prices import Price
from opsconsole.catalog.rows import (
    Alarm,
    Assumption,
    CacheNodeType,
    CachePolicy,
    Capacity,
    CapacityRule,
    CpuCredits,
    Engine,
    EngineVersion,
    ErrorRow,
    EventRow,
    Fact,
    InstanceClass,
    Limit,
    Metric,
    Modification,
    RegionRow,
    Row,
    Status,
    Timing,
    ZoneRow,
)
from opsconsole.catalog.storage import StorageBounds, StorageType

DATA = Path(__file__).with_name("data")

R = TypeVar("R", bound=Row)
V = TypeVar("V")
Fields = dict[str, object]


class UnknownRow(KeyError):
    """A name that the catalog does not have; its text is a sentence with the nearest names."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        from difflib import get_close_matches  # costs milliseconds that only a mistake should pay

        self.kind, self.name = kind, name
        nearest = get_close_matches(name, list(known), n=3, cutoff=0.5)
        hint = f" (did you mean {' or '.join(nearest)}?)" if nearest else ""
        self.sentence = f"the catalog has no {kind} named {name!r}{hint}"
        super().__init__(self.sentence)

    def __str__(self) -> str:
        return self.sentence


def _frozen(value: object) -> object:
    """TOML arrays as tuples, at any depth: rows are immutable and their models strict."""
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return value


def _documents(kind: str) -> Iterator[tuple[str, Fields]]:
    """The rows of a kind with their file's defaults laid under them, by name, in the order of the files."""
    seen: set[str] = set()
    for path in sorted([*DATA.glob(f"{kind}.toml"), *DATA.glob(f"{kind}_*.toml")]):
        with path.open("rb") as file:
            document = tomli.load(file)
        defaults = {key: _frozen(value) for key, value in document.items() if not isinstance(value, dict)}
        for name, fields in document.items():
            if isinstance(fields, dict):
                if name in seen:
                    raise ValueError(f"{path.name}: {name} stands in another file of {kind} too")
                seen.add(name)
                yield name, {**defaults, **{field: _frozen(item) for field, item in fields.items()}}


def _table(kind: str, model: type[R], key: str = "name") -> Mapping[str, R]:
    """A whole kind as rows of one model, keyed by the name of their table."""
    return MappingProxyType({name: model.model_validate({**fields, key: name}) for name, fields in _documents(kind)})


def _nested(kind: str) -> Iterator[tuple[str, list[tuple[str, Fields]]]]:
    """A kind whose tables are groups of rows: each group's own strings are defaults for its rows."""
    for group, content in _documents(kind):
        own = {key: value for key, value in content.items() if not isinstance(value, dict)}
        rows = [(name, {**own, **row}) for name, row in content.items() if isinstance(row, dict)]
        yield group, rows


def _items(value: object) -> tuple[Fields, ...]:
    """An array of tables inside a row, checked."""
    if not isinstance(value, tuple) or not all(isinstance(item, dict) for item in value):
        raise ValueError(f"an array of tables was expected, not {value!r}")
    return value


def _found(kind: str, rows: Mapping[str, V], name: str) -> V:
    try:
        return rows[name]
    except KeyError:
        raise UnknownRow(kind, name, rows) from None


@cache
def timings() -> Mapping[str, Timing]:
    """Every timing, by name."""
    return _table("timings", Timing)


def timing(name: str) -> Timing:
    """One timing, in seconds; raises UnknownRow."""
    return _found("timing", timings(), name)


@cache
def assumptions() -> Mapping[str, Assumption]:
    """Every assumption of the model, by name."""
    return _table("assumptions", Assumption)


def assumption(name: str) -> Assumption:
    """One assumption; raises UnknownRow."""
    return _found("assumption", assumptions(), name)


@cache
def limits() -> Mapping[str, Limit]:
    """Every limit, by name."""
    return _table("limits", Limit)


def limit(name: str) -> Limit:
    """One limit; raises UnknownRow."""
    return _found("limit", limits(), name)


@cache
def engines() -> Mapping[str, Engine]:
    """Every engine, by the name that AWS gives it: Aurora's, then ElastiCache's and RDS's."""
    found: dict[str, Engine] = {}
    for name, fields in _documents("engines"):
        provenance = {key: fields[key] for key in ("source", "confidence")}
        releases = tuple(
            EngineVersion.model_validate({**provenance, **item}) for item in _items(fields.pop("releases"))
        )
        found[name] = Engine.model_validate({**fields, "name": name, "releases": releases})
    return MappingProxyType(found)


def engine(name: str) -> Engine:
    """One engine (`aurora-mysql`, `postgres`) by AWS's name; raises UnknownRow."""
    return _found("engine", engines(), name)


def engine_called(word: str) -> Engine:
    """One engine by AWS's name or by what people call it (`oracle`, `sqlserver`, `postgresql`); raises UnknownRow."""
    called = next((row for row in engines().values() if word in row.aliases), None)
    return engine(word) if called is None else called


def _engines_named(words: object) -> tuple[str, ...]:
    """The engines that a list of names means: each its own, or all that begin with it (`aurora`, `oracle`)."""
    wanted = words if isinstance(words, tuple) else ()
    every = tuple(engines())
    for word in wanted:
        if not any(name == word or name.startswith(f"{word}-") for name in every):
            raise UnknownRow("engine", str(word), every)
    return tuple(name for name in every if any(name == word or name.startswith(f"{word}-") for word in wanted))


def _sizes(kind: str) -> list[Fields]:
    """Families whose tables list `sizes`: one row for each size, with its rank among all by memory, then vCPU."""
    merged: list[Fields] = []
    for family, fields in _documents(kind):
        shared = {key: value for key, value in fields.items() if key != "sizes"}
        for item in _items(fields["sizes"]):
            row = {**shared, **item, "name": f"{family}.{item['size']}", "family": family}
            merged.append({**row, "engines": _engines_named(row["engines"])})
    ranks = sorted({_size(item) for item in merged})
    return [{**item, "size_rank": ranks.index(_size(item))} for item in merged]


def _size(fields: Fields) -> tuple[float, int]:
    memory_gib, vcpu = fields["memory_gib"], fields["vcpu"]
    if not isinstance(memory_gib, int | float) or not isinstance(vcpu, int):
        raise ValueError(f"{fields['name']}: memory_gib and vcpu must be numbers")
    return memory_gib, vcpu


@cache
def instance_classes() -> Mapping[str, InstanceClass]:
    """Every DB instance class, by name, family by family and then by size."""
    found: dict[str, InstanceClass] = {}
    for item in _sizes("classes"):
        credit = item.pop("credits", None)
        prices: Fields = {"aurora_usd_per_h": None, "rds_usd_per_h": None}
        credits = None if credit is None else CpuCredits.model_validate(credit)
        row = InstanceClass.model_validate({**prices, **item, "credits": credits})
        found[row.name] = row
    return MappingProxyType(found)


def instance_class(name: str) -> InstanceClass:
    """One DB instance class (`db.r6g.large`); raises UnknownRow."""
    return _found("instance class", instance_classes(), name)


@cache
def capacity_rules() -> Mapping[str, CapacityRule]:
    """How capacity follows from a class, by engine."""
    return _table("capacity", CapacityRule)


@cache
def capacity(engine_name: str, class_name: str) -> Capacity:
    """What an instance of this class does for this engine, warm: reads/s, writes/s and connections.

    Raises UnknownRow for an unknown engine or class, and ValueError for a class that the engine does not offer.
    """
    rule = _found("capacity rule for an engine", capacity_rules(), engine_name)
    found = instance_class(class_name)
    if not found.offered_by(engine_name):
        raise ValueError(f"{engine_name} does not offer {class_name}")
    return Capacity(
        engine=engine_name,
        instance_class=class_name,
        reads_per_s=rule.rds_reads_per_s_per_vcpu * rule.times_rds * found.vcpu,
        writes_per_s=rule.rds_writes_per_s_per_vcpu * rule.times_rds * found.vcpu,
        max_connections=rule.max_connections(found),
        source=rule.source,
        confidence=rule.confidence,
    )


@cache
def cache_node_types() -> Mapping[str, CacheNodeType]:
    """Every cache node type of ElastiCache, by name, family by family and then by size."""
    rows = [CacheNodeType.model_validate(item) for item in _sizes("cache_nodes")]
    return MappingProxyType({row.name: row for row in rows})


def cache_node_type(name: str) -> CacheNodeType:
    """One cache node type (`cache.r6g.large`); raises UnknownRow."""
    return _found("cache node type", cache_node_types(), name)


@cache
def cache_policies() -> Mapping[str, CachePolicy]:
    """Every value of Redis's and Valkey's `maxmemory-policy`, by name."""
    return _table("cache_policies", CachePolicy)


@cache
def storage_types() -> Mapping[str, StorageType]:
    """Every storage type of RDS, by AWS's name (`gp3`)."""
    found: dict[str, StorageType] = {}
    for name, fields in _documents("storage"):
        bounds = tuple(StorageBounds.model_validate(item) for item in _items(fields.pop("bounds")))
        found[name] = StorageType.model_validate({**fields, "name": name, "bounds": bounds})
    return MappingProxyType(found)


def storage_type(name: str) -> StorageType:
    """One storage type (`gp3`, `io2`); raises UnknownRow."""
    return _found("storage type", storage_types(), name)


@cache
def prices() -> Mapping[str, Price]:
    """Every price that is not part of a class, node type or storage type, by name."""
    return _table("prices", Price)


def price(name: str) -> Price:
    """One price (`aurora-io`); raises UnknownRow."""
    return _found("price", prices(), name)


@cache
def modifications() -> Mapping[str, Modification]:
    """Every change that a customer may ask for, by a name of ours (`rds-instance-class`)."""
    return _table("modifications", Modification)


def modification(name: str) -> Modification:
    """One modification; raises UnknownRow."""
    return _found("modification", modifications(), name)


@cache
def events() -> Mapping[str, EventRow]:
    """Every event, by id (`RDS-EVENT-0071`, `ElastiCache:FailoverComplete`)."""
    return MappingProxyType(
        {
            name: EventRow.model_validate({"verbatim": fields["message"], **fields, "id": name})
            for name, fields in _documents("events")
        }
    )


def event(event_id: str) -> EventRow:
    """One event by its full id (`RDS-EVENT-0071`, `elasticache:recovering-nodes`); raises UnknownRow."""
    return _found("event", events(), event_id)


@cache
def metrics() -> Mapping[tuple[str, str], Metric]:
    """Every metric, by namespace and name. A table may be named `namespace/name` where two namespaces share a name."""
    found: dict[tuple[str, str], Metric] = {}
    for name, fields in _documents("metrics"):
        provenance = {key: fields[key] for key in ("source", "confidence")}
        for which in ("alarm", "alarm_rds"):
            alarm = fields.pop(which, None)
            if isinstance(alarm, dict):
                fields[which] = Alarm.model_validate({**provenance, **alarm})
        row = Metric.model_validate({**fields, "name": name.rpartition("/")[2]})
        found[row.namespace, row.name] = row
    return MappingProxyType(found)


def metric(namespace: str, name: str) -> Metric:
    """One metric (`metric("AWS/RDS", "AuroraReplicaLag")`); raises UnknownRow."""
    try:
        return metrics()[namespace, name]
    except KeyError:
        raise UnknownRow(f"metric of {namespace}", name, [key[1] for key in metrics()]) from None


@cache
def all_statuses() -> Mapping[str, Mapping[str, Status]]:
    """Every status, by kind of resource (`db-instance`, `db-cluster`, …) and name."""
    return MappingProxyType(
        {
            kind: MappingProxyType({name: Status.model_validate({**fields, "name": name}) for name, fields in rows})
            for kind, rows in _nested("statuses")
        }
    )


def statuses(kind: str) -> Mapping[str, Status]:
    """The statuses of one kind of resource, by name; raises UnknownRow for an unknown kind."""
    return _found("kind of status", all_statuses(), kind)


@cache
def errors() -> Mapping[str, ErrorRow]:
    """Every error, by code."""
    return _table("errors", ErrorRow, "code")


def error(code: str) -> ErrorRow:
    """One error by the code that is answered, or by its exception's name in the service model; raises UnknownRow."""
    named = None if code in errors() else next((row for row in errors().values() if row.shape == code), None)
    return _found("error", errors(), code) if named is None else named


@cache
def _regions() -> tuple[Mapping[str, RegionRow], Mapping[str, Mapping[str, float]]]:
    rows = dict(_documents("regions"))
    distances = {key: value for key, value in rows.pop("rtt_ms").items() if " " in key}
    found: dict[str, RegionRow] = {}
    for name, fields in rows.items():
        letters, ids = str(fields.pop("zones")), fields.pop("ids")
        if not isinstance(ids, tuple) or len(ids) != len(letters):
            raise ValueError(f"region {name}: one AZ id for each zone letter")
        zones = tuple(
            ZoneRow(letter=letter, az_id=f"{fields['short']}-az{number}")
            for letter, number in zip(letters, ids, strict=True)
        )
        found[name] = RegionRow.model_validate({**fields, "name": name, "zones": zones})
    table: dict[str, dict[str, float]] = {}
    for pair, milliseconds in distances.items():
        if not isinstance(milliseconds, int | float):
            raise ValueError(f"rtt_ms {pair}: a number of milliseconds")
        one, _, other = pair.partition(" ")
        table.setdefault(one, {})[other] = table.setdefault(other, {})[one] = float(milliseconds)
    return MappingProxyType(found), table


def regions() -> Mapping[str, RegionRow]:
    """Every Region, by name."""
    return _regions()[0]


def region(name: str) -> RegionRow:
    """One Region (`us-east-1`); raises UnknownRow."""
    return _found("Region", regions(), name)


def region_rtt_ms(a: str, b: str) -> float:
    """Round trip between two Regions in milliseconds; an estimate of ours where the table has no such pair.

    Inside one Region it is the assumption `rtt-cross-zone-ms`. Raises UnknownRow for an unknown Region.
    """
    region(a), region(b)
    if a == b:
        return assumption("rtt-cross-zone-ms").value
    listed = _regions()[1].get(a, {}).get(b)
    return assumption("rtt-cross-region-ms").value if listed is None else listed


@cache
def facts() -> Mapping[str, Fact]:
    """Every fact that the product must show, by id (`AUR-FO-01`)."""
    return MappingProxyType(
        {
            f"{area}-{number}": Fact.model_validate({**fields, "id": f"{area}-{number}", "area": area})
            for area, rows in _nested("facts")
            for number, fields in rows
        }
    )


@cache
def digest() -> str:
    """A blake2b digest of every data file, in hex: the same for the same catalog on every machine."""
    whole = blake2b(digest_size=16)
    for path in sorted(DATA.glob("*.toml")):
        content = path.read_bytes()
        whole.update(f"{path.name} {len(content)}\n".encode())
        whole.update(content)
    return whole.hexdigest()
