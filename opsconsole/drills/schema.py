"""The JSON Schema of a drill file, for editors: the form, with what the registry and the catalog know filled in."""

from __future__ import annotations

from pydantic.json_schema import JsonSchemaValue

from opsconsole import catalog
from opsconsole.commands import registry
from opsconsole.commands.base import Kind
from opsconsole.drills.reading.form import DrillForm


def drill_schema() -> JsonSchemaValue:
    """The schema that `opsconsole schema drill` prints."""
    schema = DrillForm.model_json_schema(by_alias=True, mode="validation")
    step = schema["$defs"]["StepForm"]["properties"]
    faults = [name for name, command in registry().items() if command.kind is Kind.FAULT]
    actions = [name for name, command in registry().items() if command.kind is not Kind.FAULT]
    for properties, key, words in (
        (step, "fault", faults),
        (step, "action", actions),
        (step, "refused", sorted(catalog.errors())),
        (schema["$defs"]["ChaosFaultForm"]["properties"], "fault", faults),
    ):
        field = properties[key]
        text = next((one for one in field.get("anyOf", [field]) if one.get("type") == "string"), field)
        text["enum"] = words
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "opsconsole drill"}
