"""JSON Schemas of the console's own files, for editors: ``keys.toml`` and ``console.toml``. It imports no Textual."""

from __future__ import annotations

from typing import Final

from opsconsole.console.colours import COLOURS
from opsconsole.console.keys import ACTIONS

Schema = dict[str, object]

SETTINGS: Final[Schema] = {
    "theme": {
        "type": "string",
        "enum": list(COLOURS),
        "description": "The theme, where neither --theme nor NO_COLOR says otherwise.",
    },
}
"""What ``console.toml`` may say."""


def keys_schema() -> Schema:
    """The schema of ``keys.toml``: every action, what it does, and the keys that it has by itself."""
    actions: Schema = {
        name: {
            "type": "string",
            "pattern": "\\S",
            "title": f"{key.group}: {key.word}",
            "description": f"{key.sentence}; without this line: {key.shown}",
            "examples": [key.keys],
        }
        for name, key in ACTIONS.items()
    }
    about = "An action, and the keys that it shall have instead of its own, as Textual calls them, commas between them."
    return _file("opsconsole keys", {"keys": {**_table(actions), "description": about}})


def console_schema() -> Schema:
    """The schema of ``console.toml``."""
    return _file("opsconsole console", SETTINGS)


def _file(title: str, properties: Schema) -> Schema:
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **_table(properties)}


def _table(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}
