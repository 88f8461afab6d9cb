"""The JSON Schema of a fleet file, for editors: the form, with what the catalog knows filled in."""

from __future__ import annotations

from pydantic.json_schema import JsonSchemaValue

from opsconsole import catalog

from .form import FleetForm
from .identity import ID_PATTERN

_BY_ID = ("kms", "aurora", "global", "rds", "multi_az_cluster", "elasticache", "apps")
_REGIONAL = ("KeyTable", "AuroraTable", "RdsTable", "MultiAzClusterTable", "CacheTable")


def json_schema() -> JsonSchemaValue:
    """The schema that `opsconsole schema fleet` prints: names, kinds, units, AWS's limits, known words."""
    schema = FleetForm.model_json_schema(by_alias=True, mode="validation")
    tables = {name: table["properties"] for name, table in schema["$defs"].items()}
    _name_words(tables)
    _set_limits(tables)
    for heading in _BY_ID:
        schema["properties"][heading]["propertyNames"] = {"pattern": f"^{ID_PATTERN}$"}
    schema["properties"]["regions"]["propertyNames"] = {"enum": sorted(catalog.regions())}
    schema["properties"]["timings"]["propertyNames"] = {"enum": sorted(catalog.timings())}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "opsconsole fleet"}


def _name_words(tables: dict[str, JsonSchemaValue]) -> None:
    """The words that the catalog knows for engines, classes, storage and Regions."""
    for table in _REGIONAL:
        tables[table]["region"]["enum"] = sorted(catalog.regions())
    _of(tables["ReplicaTable"]["region"], "string")["enum"] = sorted(catalog.regions())
    tables["AuroraTable"]["engine"]["enum"] = _engines("aurora")
    tables["RdsTable"]["engine"]["enum"] = _engines("rds")
    clusters = [row.name for row in catalog.engines().values() if row.multi_az_cluster]
    tables["MultiAzClusterTable"]["engine"]["enum"] = sorted(clusters)
    tables["CacheTable"]["engine"]["enum"] = _engines("elasticache")
    tables["InstanceTable"]["class"]["enum"] = _classes(_engines("aurora"))
    tables["RdsTable"]["class"]["enum"] = _classes(_engines("rds"))
    tables["MultiAzClusterTable"]["class"]["enum"] = _classes(clusters)
    _of(tables["ReplicaTable"]["class"], "string")["enum"] = _classes(_engines("rds"))
    tables["CacheTable"]["node_type"]["enum"] = list(catalog.cache_node_types())
    policies = sorted(catalog.cache_policies())
    _of(tables["ParametersTable"]["maxmemory-policy"], "string")["enum"] = policies
    for table in ("RdsTable", "ReplicaTable", "MultiAzClusterTable"):
        kinds = [row.name for row in catalog.storage_types().values() if row.multi_az_cluster or "Multi" not in table]
        _of(tables[table]["storage_type"], "string")["enum"] = kinds


def _set_limits(tables: dict[str, JsonSchemaValue]) -> None:
    tier = catalog.limit("promotion-tier")
    _of(tables["InstanceTable"]["tier"], "integer").update(minimum=tier.minimum, maximum=tier.value)
    tables["AuroraTable"]["endpoints"]["maxItems"] = catalog.limit("custom-endpoints").value
    tables["AuroraTable"]["instances"]["maxItems"] = catalog.limit("readers-per-secondary").value
    tables["GlobalTable"]["secondaries"]["maxItems"] = catalog.limit("global-secondaries").value
    scaling = catalog.limit("replica-scaling-capacity")
    for key in ("min", "max"):
        _of(tables["AutoScalingTable"][key], "integer").update(minimum=scaling.minimum, maximum=scaling.value)
    _of(tables["CacheTable"]["replicas"], "integer").update(minimum=0, maximum=catalog.limit("cache-replicas").value)
    tables["CacheUseTable"]["keys"]["minimum"] = 1


def _engines(family: str) -> list[str]:
    rows = [row for row in catalog.engines().values() if row.family == family]
    return sorted([row.name for row in rows] + [alias for row in rows for alias in row.aliases])


def _classes(engines: list[str]) -> list[str]:
    return [name for name, row in catalog.instance_classes().items() if any(map(row.offered_by, engines))]


def _of(field: JsonSchemaValue, kind: str) -> JsonSchemaValue:
    """The branch of an optional field that is of a kind."""
    found: JsonSchemaValue = next(branch for branch in field.get("anyOf", [field]) if branch.get("type") == kind)
    return found
