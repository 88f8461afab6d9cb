"""What the console remembers from one session to the next: how lists are sorted, and which panels are hidden.

A small file in the user's state folder, written whole at every change. What cannot be used in it is told once, and the
console is as at first. Without a file nothing is remembered.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from opsconsole.console.layouts import AREAS
from opsconsole.console.order import ORDERS, Order


@dataclass
class Remembered:
    """How lists are sorted, by their names, and which of the fleet's panels are hidden."""

    file: Path | None = None
    orders: dict[str, Order] = field(default_factory=lambda: {name: ways[0] for name, ways in ORDERS.items()})
    hidden: list[str] = field(default_factory=list)
    problem: str = ""
    """Why the file could not be used, or not be written; empty if it could."""

    def keep(self) -> None:
        """Write it, for other sessions; one that is stopped meanwhile leaves the file as it was."""
        if self.file is None:
            return
        text = json.dumps({"sort": self.orders, "hidden": self.hidden}, indent=1)
        part = self.file.with_name(f"{self.file.name}.{os.getpid()}")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part.write_text(text, encoding="utf-8")
            part.replace(self.file)
        except OSError as error:
            self.problem = f"{self.file} cannot be written: {error.strerror}; this is for this session only"
            with suppress(OSError):
                part.unlink(missing_ok=True)


def recall(file: Path | None) -> Remembered:
    """What a file holds; what nobody has changed yet, or no longer means anything, is as at first."""
    try:
        return _read(file) if file is not None else Remembered()
    except FileNotFoundError:
        return Remembered(file)
    except OSError as error:
        wrong = error.strerror
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        wrong = "it is of another version, or damaged"
    return Remembered(file, problem=f"{file} cannot be used: {wrong}; sorting and panels are as at first")


def _read(file: Path) -> Remembered:
    """Raises some error or other for anything but what `keep` writes."""
    kept = json.loads(file.read_text(encoding="utf-8"))
    orders = {name: _order(name, *kept["sort"][name]) for name in ORDERS}
    hidden = [area for area in AREAS if area in kept["hidden"]]
    if not isinstance(kept["hidden"], list) or len(hidden) != len(kept["hidden"]) or len(hidden) == len(AREAS):
        raise ValueError("no such panels")
    return Remembered(file, orders, hidden)


def _order(name: str, by: str, falling: bool) -> Order:
    if by not in [way.by for way in ORDERS[name]] or not isinstance(falling, bool):
        raise ValueError("no such order")
    return Order(by, falling)
