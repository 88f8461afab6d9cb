"""The simulator's truth in short English: one sentence per kind of row in the event log."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from opsconsole.cloud.events import Row
from opsconsole.console.views.quantities import count


class Sentence(NamedTuple):
    """What happened, and the style that says how bad it is."""

    text: str
    style: str = ""


def _get(row: Row, key: str) -> str:
    value = row.get(key)
    return "" if value is None else str(value)


def _list(row: Row, key: str) -> str:
    return _get(row, key).replace(",", ", ")


def _status(row: Row) -> Sentence:
    now = _get(row, "now")
    return Sentence(f"status is {now}", {"available": "ok", "failing-over": "warn", "failed": "bad"}.get(now, ""))


def _engine(row: Row) -> Sentence:
    match now := _get(row, "now"):
        case "running":
            return Sentence("the engine accepts connections", "ok")
        case "down":
            return Sentence("the engine is gone with its host", "bad")
        case "restarting":
            return Sentence("the engine restarts: its connections break", "warn")
        case "deleted":
            return Sentence("deleted", "warn")
        case _:
            return Sentence(f"the engine is {now}", "warn")


def _place(row: Row) -> Sentence:
    match now := _get(row, "now"):
        case "up":
            return Sentence("the zone is back", "ok")
        case "down":
            return Sentence("the zone has lost power", "bad")
        case "cut off":
            return Sentence("the zone is cut off", "bad")
        case _:
            return Sentence(f"the zone is {now}", "warn")


def _dns(row: Row) -> Sentence:
    now, before = _list(row, "now"), _list(row, "was")
    if not now:
        return Sentence(f"{_get(row, 'name')} answers nothing (was {before})", "warn")
    return Sentence(f"{_get(row, 'name')} now leads to {now}" + (f" (was {before})" if before else ""), "accent")


def _copy(row: Row) -> Sentence:
    match now := _get(row, "now"):
        case "healthy":
            return Sentence("the volume copy holds everything again", "ok")
        case "repairing":
            return Sentence("the volume copy is being repaired by its peers", "warn")
        case _:
            return Sentence(f"the volume copy is {now}", "bad")


def _app(row: Row) -> Sentence:
    change = _get(row, "change")
    if change:
        return Sentence(change, "accent")
    now = _get(row, "now")
    shares = [
        f"{kind} {share} ok" for kind in ("writes", "reads") if (share := _get(row, f"{kind}_ok")) not in ("", "-")
    ]
    return Sentence(f"{now}: {', '.join(shares)}", {"ok": "ok", "impaired": "warn"}.get(now, "bad"))


def _incident(row: Row) -> Sentence:
    if _get(row, "now") == "began":
        return Sentence("an incident begins: the first request fails", "bad")
    return Sentence(f"the incident is over: RTO {_seconds(_get(row, 'rto_s'))}", "ok")


def _seconds(text: str) -> str:
    try:
        return f"{float(text):,.1f} s"
    except ValueError:
        return text


def _fault(row: Row) -> Sentence:
    name = " ".join(part for part in (_get(row, "id"), _get(row, "name")) if part)
    match _get(row, "now"):
        case "healed":
            return Sentence(f"healed: {name}", "ok")
        case "struck":
            return Sentence(f"struck by {name}", "bad")
        case _:
            return Sentence(f"fault in force: {name}", "bad")


def _command(row: Row) -> Sentence:
    line, outcome = _get(row, "command"), _get(row, "outcome")
    match outcome:
        case "running":
            return Sentence(f"asked: {line}", "accent")
        case "done":
            return Sentence(f"done: {line}", "dim")
        case _:
            return Sentence(f"{outcome}: {line}: {_get(row, 'code')}, {_get(row, 'sentence')}", "bad")


def _lost(row: Row) -> Sentence:
    writes = row.get("writes")
    number = count(writes) if isinstance(writes, int) else _get(row, "writes")
    return Sentence(f"{number} acknowledged writes are lost", "bad" if writes else "ok")


SENTENCES: dict[str, Callable[[Row], Sentence]] = {
    "status": _status,
    "engine": _engine,
    "place": _place,
    "dns": _dns,
    "copy": _copy,
    "app": _app,
    "incident": _incident,
    "fault": _fault,
    "command": _command,
    "lost": _lost,
    "role": lambda row: Sentence("is now the writer" if _get(row, "now") == "writer" else "is now a reader", "accent"),
    "host": lambda row: Sentence(f"the host is replaced in {_get(row, 'zone')}", "ok"),
    "volume": lambda row: Sentence(
        f"the volume grows from {_get(row, 'previous_gib')} to {_get(row, 'gib')} GiB", "dim"
    ),
    "replication": lambda row: Sentence(
        "replication from the primary flows"
        if _get(row, "now") == "flowing"
        else "replication from the primary is cut",
        "ok" if _get(row, "now") == "flowing" else "bad",
    ),
    "detached": lambda row: Sentence(
        f"is a cluster of its own: left {_get(row, 'from_global')}, {_get(row, 'not_received')} writes not received",
        "warn",
    ),
    "fence": lambda row: Sentence(
        "storage refuses writes" if row.get("now") else "storage takes writes again", "warn" if row.get("now") else "ok"
    ),
    "fork": lambda row: Sentence(f"its history leaves that of {_get(row, 'parent')}", "warn"),
    "failover": lambda row: Sentence(f"failover waits: {_get(row, 'reason')}", "bad"),
    "routing": lambda row: Sentence(f"users are sent to {_list(row, 'now')}", "accent"),
    "mark": lambda row: Sentence("marked", "accent"),
}


def sentence(row: Row) -> Sentence:
    """What a row of the `sim` stream says; a kind without a sentence of its own is told by its facts."""
    kind = _get(row, "kind")
    made = SENTENCES.get(kind)
    if made is not None:
        return made(row)
    facts = ", ".join(f"{key} {row[key]}" for key in row if key not in ("t", "stream", "source", "kind"))
    return Sentence(facts or kind)


def event_style(category: str) -> str:
    """How an AWS event of a category is shown."""
    return {"failover": "warn", "failure": "bad", "availability": "warn", "recovery": "ok"}.get(category, "")
