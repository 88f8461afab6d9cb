"""The event log in short English: AWS's events in AWS's words, and one sentence per kind of truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from opsconsole.cloud.events import Row
from opsconsole.console.views.quantities import count, outage


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
    if _get(row, "reason") == "wrong":
        return Sentence("an incident begins that nobody sees: what is written is wrong", "bad")
    if _get(row, "now") == "began":
        return Sentence("an incident begins: the first request fails", "bad")
    return Sentence(f"the incident is over: RTO {_seconds(_get(row, 'rto_s'))}", "ok")


def _seconds(text: str) -> str:
    try:
        return outage(round(float(text) * 1_000_000))
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


def _role(row: Row) -> Sentence:
    now = _get(row, "now")
    return Sentence(f"is now {'the' if now in ('writer', 'primary', 'standby') else 'a'} {now}", "accent")


def _mirror(row: Row) -> Sentence:
    match now := _get(row, "now"):
        case "synchronised":
            return Sentence("the standby has everything: it may take over", "ok")
        case "synchronising":
            return Sentence("the standby is being brought up to date", "warn")
        case "broken":
            return Sentence("the standby is given up: commits no longer wait for it", "bad")
        case _:
            return Sentence("there is no standby any more" if now == "none" else f"the standby is {now}", "warn")


def _failover(row: Row) -> Sentence:
    if _get(row, "now") == "began":
        return Sentence(f"failover begins: {_get(row, 'reason')}", "warn")
    return Sentence(f"failover waits: {_get(row, 'reason')}", "bad")


def _replication(row: Row) -> Sentence:
    match now := _get(row, "now"):
        case "flowing" | "replicating":
            return Sentence("replication from its source flows", "ok")
        case "cut":
            return Sentence("replication from its source is cut", "bad")
        case _:
            return Sentence(f"replication is {now}" if now != "error" else "replication broke: an error", "bad")


def _alarm(row: Row) -> Sentence:
    style = {"ALARM": "bad", "OK": "ok"}.get(_get(row, "now"), "dim")
    return Sentence(f"{_get(row, 'name')} is {_get(row, 'now')} (was {_get(row, 'was')})", style)


def _scaling(row: Row) -> Sentence:
    capacity = _get(row, "capacity")
    if _get(row, "now") == "successful":
        return Sentence(f"auto scaling has done it: {capacity} readers", "ok")
    return Sentence(f"auto scaling {_get(row, 'now')} to {capacity} readers: {_get(row, 'reason')}", "accent")


def _maintenance(row: Row) -> Sentence:
    now, action = _get(row, "now"), _get(row, "action")
    said = {
        "in-progress": "begins",
        "applied": "is done",
        "available": "is pending",
        "next-maintenance": "waits for the window",
    }
    facts = " ".join(part for part in (action, said.get(now, now), _get(row, "reason")) if part)
    return Sentence(f"maintenance: {facts}", "accent")


def _patch(row: Row) -> Sentence:
    facts = [f"{key} {value}" for key in ("reason", "preserved", "dropped") if (value := _get(row, key))]
    return Sentence(", ".join([f"engine patch: {_get(row, 'now')}", *facts]), "accent")


def _sessions(row: Row) -> Sentence:
    lost = row.get("lost")
    number = count(lost) if isinstance(lost, int) else _get(row, "lost")
    return Sentence(
        f"{number} users are signed out: their sessions were in {_get(row, 'part')}", "bad" if lost else "ok"
    )


def _backup(row: Row) -> Sentence:
    match now := _get(row, "now"):
        case "failed":
            return Sentence("the automated backup failed, and nobody is told", "bad")
        case "expired":
            return Sentence("the last of its automated backups has expired", "warn")
        case _:
            return Sentence(f"the automated backup is {now}: {_get(row, 'reason')}", "warn")


def _restore(row: Row) -> Sentence:
    if _get(row, "now") == "base":
        return Sentence(f"its base is restored: {_get(row, 'mib')} MiB", "accent")
    return Sentence(f"the transaction log is replayed: {_get(row, 'mib')} MiB", "accent")


def _fork(row: Row) -> Sentence:
    parent = _get(row, "parent")
    match _get(row, "part"):
        case "backtrack":
            return Sentence("is taken back in time: what was written after that moment is discarded", "warn")
        case "restore" | "clone" as part:
            return Sentence(f"begins as a {part} of {parent}", "accent")
        case _:
            return Sentence(f"goes on from what it had received of {parent}: later writes there are not in it", "warn")


def _key(row: Row) -> Sentence:
    now = _get(row, "now")
    return Sentence(f"the KMS key is {now.lower()}", "bad" if now == "Disabled" else "ok")


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
    "role": _role,
    "mirror": _mirror,
    "alarm": _alarm,
    "scaling": _scaling,
    "maintenance": _maintenance,
    "patch": _patch,
    "emptied": lambda row: Sentence(f"nothing is left in {_get(row, 'part')}: {_get(row, 'reason')}", "bad"),
    "sessions": _sessions,
    "slots": lambda row: Sentence(
        f"hash slots {_get(row, 'slots')} go from {_get(row, 'was')} to {_get(row, 'now')}", "accent"
    ),
    "renamed": lambda row: Sentence(f"is now called {_get(row, 'now')}", "accent"),
    "conversion": lambda row: Sentence(f"on the way to Multi-AZ: {_get(row, 'now')}", "accent"),
    "host": lambda row: Sentence(f"the host is replaced in {_get(row, 'zone')}", "ok"),
    "volume": lambda row: Sentence(
        f"the volume grows from {_get(row, 'previous_gib')} to {_get(row, 'gib')} GiB", "dim"
    ),
    "replication": _replication,
    "detached": lambda row: Sentence(
        f"is a cluster of its own: left {_get(row, 'from_global')}, {_get(row, 'not_received')} writes not received",
        "warn",
    ),
    "fence": lambda row: Sentence(
        "storage refuses writes" if row.get("now") else "storage takes writes again", "warn" if row.get("now") else "ok"
    ),
    "fork": _fork,
    "backup": _backup,
    "restore": _restore,
    "key": _key,
    "failover": _failover,
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


def told(row: Row) -> Sentence:
    """What any row of the log says: AWS's message, or the truth in a sentence."""
    if row["stream"] == "aws":
        return Sentence(str(row["message"]), event_style(str(row["category"])))
    return sentence(row)


def label(row: Row) -> str:
    """AWS's id of an event, without the name of the service where that is in it; a truth's kind."""
    if row["stream"] != "aws":
        return str(row["kind"])
    id = str(row["id"])
    return id.partition(":")[2] or id
