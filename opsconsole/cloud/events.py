"""The event log: two streams of JSON lines, in order and complete.

`aws` rows are what DescribeEvents would say; `sim` rows are the truth of the simulator (status, role, engine, DNS,
places, copies, commands, apps, losses). Both are written the moment they happen, never edited, and hashed as they go,
so two runs can be compared by one digest.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from array import array
from collections import deque
from collections.abc import Callable, Mapping

from opsconsole import catalog

SCHEMA_VERSION = 1  # of the rows: raised when a field changes its meaning or goes away
TAIL_ROWS = 20_000

Value = str | int | bool | None
Row = Mapping[str, Value]
KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "alarm": ("an alarm changed its state", ("name", "was", "now")),
    "app": (
        "an app's health changed, or how it is set",
        ("was", "now", "writes_ok", "reads_ok", "change", "writes", "reads"),
    ),
    "command": ("a command was refused, begun or ended", ("order", "command", "outcome", "code", "sentence")),
    "backup": ("an automated backup was not made; AWS tells nobody", ("now", "reason")),
    "conversion": ("a step on the way from Single-AZ to Multi-AZ", ("now",)),
    "copy": ("one of a volume's six copies changed its state", ("was", "now")),
    "detached": ("a secondary left its global database", ("from_global", "not_received")),
    "dns": ("a name moved", ("name", "was", "now")),
    "emptied": ("nothing is left of what a cache, or a part of it, held", ("part", "reason")),
    "engine": ("the engine of an instance changed its state", ("was", "now")),
    "failover": ("a failover began, or cannot go on by itself", ("now", "reason")),
    "fault": ("a fault struck, is in force or was healed", ("id", "name", "now")),
    "fence": ("storage stopped or resumed taking a cluster's writes", ("now",)),
    "fork": ("a history left its parent at a commit time (µs)", ("parent", "fork_us", "part")),
    "host": ("the machine under an instance was replaced", ("now", "zone")),
    "incident": ("an app stopped being well, or has been well again for ten seconds", ("now", "reason", "rto_s")),
    "key": ("a KMS key was enabled or disabled", ("was", "now")),
    "lost": ("acknowledged writes that a promotion left behind", ("writes", "fork_us", "part")),
    "mark": ("an instant was given a name", ()),
    "mirror": ("the synchronous copy of a Multi-AZ instance changed its state", ("was", "now")),
    "maintenance": (
        "a maintenance action was scheduled, begun, applied or postponed",
        ("action", "now", "due_us", "reason"),
    ),
    "patch": (
        "a cluster's engine is exchanged, and what becomes of its sessions",
        ("now", "reason", "preserved", "dropped"),
    ),
    "place": ("a zone's condition changed", ("was", "now")),
    "renamed": ("a DB instance has another identifier", ("now",)),
    "replication": ("a stream was cut, stopped, broke or flows again", ("was", "now")),
    "restore": ("a step of a restore to a point in time", ("now", "mib")),
    "role": ("an instance became writer or reader, a host or node primary, standby or replica", ("now",)),
    "routing": ("an app's router sends users to other zones", ("was", "now")),
    "scaling": ("auto scaling began to change a number of readers, or has done it", ("now", "reason", "capacity")),
    "sessions": ("sessions of users were lost with the cache that held them", ("lost", "part")),
    "slots": ("hash slots, and the keys in them, went from one shard to another", ("was", "now", "slots")),
    "status": ("a status that AWS shows changed", ("was", "now", "zone")),
    "volume": ("a volume grew", ("gib", "previous_gib", "reason")),
}
"""The kinds of `sim` rows: what each says, and the facts it may carry beside `t`, `stream`, `source` and `kind`."""

Listener = Callable[[bytes, Row], None]
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def line_of(row: Row) -> bytes:
    """A row as the log has it, to the byte."""
    return _encode(row).encode() + b"\n"


class EventLog:
    """Append-only rows with a rolling digest and a bounded tail for readers.

    `count` is the number of rows ever written; `tail` keeps the latest of them, `marks` a CRC-32 of each. Every row
    has `t` (integer microseconds since the run began), `stream` and `source` (the thing's id in the fleet file).
    """

    def __init__(self) -> None:
        self.count = 0
        self.tail: deque[Row] = deque(maxlen=TAIL_ROWS)
        self.marks = array("I")
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

    def aws(self, t: int, source: str, event_id: str, source_type: str = "", **fields: str) -> None:
        """Write AWS's event `event_id` about `source`, in the catalog's words: RDS's four digits, or a name in full.

        `source_type` is for events that more than one type of source has (`EventRow.also`).
        """
        row = catalog.event(event_id if ":" in event_id else f"RDS-EVENT-{event_id}")
        self._write(
            {
                "t": t,
                "stream": "aws",
                "source": source,
                "id": row.id,
                "source_type": source_type or row.source_type,
                "category": row.category,
                "message": row.text(**fields),
            }
        )

    def sim(self, t: int, source: str, kind: str, **facts: Value) -> None:
        """Write a truth about `source`: what kind of change, and its facts, as `KINDS` lists them."""
        if not facts.keys() <= dict.fromkeys(KINDS[kind][1]).keys():
            raise ValueError(
                f"a {kind} row has no fields {sorted(facts.keys() - dict.fromkeys(KINDS[kind][1]).keys())}"
            )
        self._write({"t": t, "stream": "sim", "source": source, "kind": kind, **facts})

    def _write(self, row: dict[str, Value]) -> None:
        line = line_of(row)
        self._hash.update(line)
        self.count += 1
        self.marks.append(zlib.crc32(line))
        self.tail.append(row)
        for listener in self._listeners:
            listener(line, row)
