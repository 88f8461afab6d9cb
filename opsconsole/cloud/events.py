"""The event log: two streams of JSON lines, in order and complete.

`aws` rows are what DescribeEvents would say; `sim` rows are the truth of the simulator (status, role, engine, DNS,
places, copies, commands, apps, losses). Both are written the moment they happen, never edited, and hashed as they go,
so two runs can be compared by one digest.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Mapping

from opsconsole import catalog

SCHEMA_VERSION = 1
TAIL_ROWS = 20_000

type_of_value = str | int | bool | None
Row = Mapping[str, type_of_value]
Listener = Callable[[bytes, Row], None]


class EventLog:
    """Append-only rows with a rolling digest and a bounded tail for readers.

    `count` is the number of rows ever written; `tail` keeps the latest of them. Every row has `t` (integer
    microseconds since the run began), `stream` and `source` (the thing's id in the fleet file).
    """

    def __init__(self) -> None:
        self.count = 0
        self.tail: deque[Row] = deque(maxlen=TAIL_ROWS)
        self._hash = hashlib.blake2b(digest_size=16)
        self._listeners: list[Listener] = []

    @property
    def digest(self) -> str:
        """Hash of every byte written so far, in hexadecimal."""
        return self._hash.hexdigest()

    def subscribe(self, listener: Listener) -> None:
        """Call `listener(line, row)` for every row from now on; it must change nothing in the simulation."""
        self._listeners.append(listener)

    def unsubscribe(self, listener: Listener) -> None:
        """Call `listener` no more."""
        self._listeners.remove(listener)

    def aws(self, t: int, source: str, event_id: str, **fields: str) -> None:
        """Write AWS's event `event_id` (its four digits) about `source`, in the catalog's words."""
        row = catalog.event(f"RDS-EVENT-{event_id}")
        self._write(
            {
                "t": t,
                "stream": "aws",
                "source": source,
                "id": row.id,
                "source_type": row.source_type,
                "category": row.category,
                "message": row.text(**fields),
            }
        )

    def sim(self, t: int, source: str, kind: str, **facts: type_of_value) -> None:
        """Write a truth about `source`: what kind of change, and its facts."""
        self._write({"t": t, "stream": "sim", "source": source, "kind": kind, **facts})

    def _write(self, row: dict[str, type_of_value]) -> None:
        line = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        self._hash.update(line)
        self.count += 1
        self.tail.append(row)
        for listener in self._listeners:
            listener(line, row)
