"""Keys of one's own: ``keys.toml`` in the user's configuration folder gives actions other keys.

    [keys]
    pause = "p"
    faster = "plus,f"

An action is called as help lists it; keys are called as Textual calls them. What cannot be used is told, and left out.
"""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from opsconsole.console.keys import APPS_KEYS, DRILL_KEYS, KEYS, PROJECTOR_KEYS, RECOVERY_KEYS


class Rebound(NamedTuple):
    """Textual's keymap (binding id to keys), and a sentence for each line that cannot be used."""

    keymap: dict[str, str]
    problems: tuple[str, ...]


def read_keys(file: Path) -> Rebound:
    """The keys that a file gives. A file that is not there gives none."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8")).get("keys", {})
    except FileNotFoundError:
        return Rebound({}, ())
    except (OSError, ValueError, RecursionError) as error:  # TOML's and Unicode's errors are ValueErrors
        return Rebound({}, (f"{file}: {error}",))
    if not isinstance(table, dict):
        return Rebound({}, (f"{file}: [keys] is a table of actions and their keys",))
    ids = {
        key.name.removeprefix("fleet."): key.name
        for key in (*KEYS, *RECOVERY_KEYS, *APPS_KEYS, *DRILL_KEYS, *PROJECTOR_KEYS)
    }
    keymap, problems = {}, []
    for action, keys in table.items():
        if action not in ids:
            near = get_close_matches(action, ids, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(ids)}"
            problems.append(f"{file}: there is no action {action!r}; {hint}")
        elif not isinstance(keys, str) or not keys.strip():
            problems.append(f'{file}: {action} needs the name of a key, like "p"')
        else:
            keymap[ids[action]] = keys
    return Rebound(keymap, tuple(problems))
