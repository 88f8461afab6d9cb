"""The JSON Schema of a fleet file, for editors: the form, with what the catalog knows filled in."""

from __future__ import annotations

from pydantic.json_schema import JsonSchemaValue

from opsconsole import catalog

from .form import FleetForm
from .identity import ID_PATTERN

_BY_ID = ("aurora", "global", "apps")


def json_schema() -> JsonSchemaValue:
    """The schema that `opsconsole schema fleet` prints: names, kinds, units, AWS's limits, known words."""
    schema = FleetForm.model_json_schema(by_alias=True, mode="validation")
    tables = {name: table["properties"] for name, table in schema["$defs"].items()}
    aurora = sorted(name for name, row in catalog.engines().items() if row.family == "aurora")
    classes = [name for name, row in catalog.instance_classes().items() if any(map(row.offered_by, aurora))]
    tables["AuroraTable"]["engine"]["enum"] = aurora
    tables["AuroraTable"]["region"]["enum"] = sorted(catalog.regions())
    tables["InstanceTable"]["class"]["enum"] = classes
    tier = catalog.limit("promotion-tier")
    _whole_number(tables["InstanceTable"]["tier"]).update(minimum=tier.minimum, maximum=tier.value)
    tables["AuroraTable"]["endpoints"]["maxItems"] = catalog.limit("custom-endpoints").value
    tables["AuroraTable"]["instances"]["maxItems"] = catalog.limit("readers-per-secondary").value
    tables["GlobalTable"]["secondaries"]["maxItems"] = catalog.limit("global-secondaries").value
    for heading in _BY_ID:
        schema["properties"][heading]["propertyNames"] = {"pattern": f"^{ID_PATTERN}$"}
    schema["properties"]["regions"]["propertyNames"] = {"enum": sorted(catalog.regions())}
    schema["properties"]["timings"]["propertyNames"] = {"enum": sorted(catalog.timings())}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "opsconsole fleet"}


def _whole_number(field: JsonSchemaValue) -> JsonSchemaValue:
    """The branch of an optional field that is a whole number."""
    found: JsonSchemaValue = next(branch for branch in field.get("anyOf", [field]) if branch.get("type") == "integer")
    return found
