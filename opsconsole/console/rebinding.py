"""Keys of one's own: ``keys.toml`` in the user's configuration folder gives actions other keys.

    [keys]
    pause = "p"
    faster = "plus,f"

An action is called as help lists it; keys are called as Textual calls them. What cannot be used is told, and left out.
`opsconsole schema keys` prints the file's JSON Schema.
"""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from opsconsole.console.keys import ACTIONS


class Rebound(NamedTuple):
    """Textual's keymap (binding id to keys), and a sentence for each line that cannot be used."""

    keymap: dict[str, str]
    problems: tuple[str, ...]


def read_keys(file: Path) -> Rebound:
    """The keys that a file gives. A file that is not there gives none."""
    try:
        whole = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Rebound({}, ())
    except (OSError, ValueError, RecursionError) as error:  # TOML's and Unicode's errors are ValueErrors
        return Rebound({}, (f"{file}: {error}",))
    table = whole.pop("keys", {})
    if not isinstance(table, dict):
        return Rebound({}, (f"{file}: [keys] is a table of actions and their keys",))
    keymap = {}
    problems = [f"{file}: {name!r} stands outside of [keys]; actions come below that line" for name in whole]
    for action, keys in table.items():
        if action not in ACTIONS:
            near = get_close_matches(action, ACTIONS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(ACTIONS)}"
            problems.append(f"{file}: there is no action {action!r}; {hint}")
        elif not isinstance(keys, str) or not keys.strip():
            problems.append(f'{file}: {action} needs the name of a key, like "p"')
        else:
            keymap[ACTIONS[action].name] = keys
    return Rebound(keymap, tuple(problems))
