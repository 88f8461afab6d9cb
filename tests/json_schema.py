"""As much of a JSON Schema validator as the tests need."""

import re
from collections.abc import Iterator


def refusals(value: object, schema: dict[str, object], root: dict[str, object], path: str = "") -> Iterator[str]:
    """Where a value is not as a schema says; of JSON Schema what our schemas use."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        yield from refusals(value, root["$defs"][name], root, path)  # type: ignore[index]
        return
    if "anyOf" in schema:
        found = [list(refusals(value, one, root, path)) for one in schema["anyOf"]]  # type: ignore[attr-defined]
        if all(found):
            yield min(found, key=len)[0]
        return
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool}
    wanted = schema.get("type")
    names = wanted if isinstance(wanted, list) else [wanted] if wanted not in (None, "null") else []
    if wanted == "null" or (names and not any(isinstance(value, kinds[name]) for name in names)):
        yield f"{path}: {value!r} is not {wanted}"
    elif "enum" in schema and value not in schema["enum"]:  # type: ignore[operator]
        yield f"{path}: {value!r} is not possible"
    elif isinstance(value, str) and not re.search(str(schema.get("pattern", "")), value):
        yield f"{path}: {value!r} does not match"
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for index, one in enumerate(value):
            yield from refusals(one, schema["items"], root, f"{path}[{index}]")  # type: ignore[arg-type]
    elif isinstance(value, dict):
        properties, more = schema.get("properties", {}), schema.get("additionalProperties")
        yield from (f"{path}: {key} is missing" for key in schema.get("required", ()) if key not in value)  # type: ignore[attr-defined]
        for key, inner in value.items():
            if key in properties:  # type: ignore[operator]
                yield from refusals(inner, properties[key], root, f"{path}.{key}")  # type: ignore[index]
            elif isinstance(more, dict):
                yield from refusals(inner, more, root, f"{path}.{key}")
            elif more is False:
                yield f"{path}: {key} is no key"
