"""Where the time of an outage went: detection, promotion, DNS, the clients' caches, their pools.

The ends of the phases are rows of the event log and, for what happens inside the app, its own settings. A phase that
left no trace is left out; what remains to the recovery is the pool's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from opsconsole import catalog
from opsconsole.cloud import Cloud
from opsconsole.cloud.events import Row
from opsconsole.drills.result import Incident, Phase

SECOND_US = 1_000_000
BEGUN = ("RDS-EVENT-0072", "RDS-EVENT-0073", "RDS-EVENT-0013", "RDS-EVENT-0181", "RDS-EVENT-0240", "RDS-EVENT-0241")
"""AWS's events that say: a failover has begun."""
_ROLES = ("writer", "primary")
Milestone: TypeAlias = tuple[str, int, str, str]
"""The end of a phase: its name, when, what says so, and how sure the number behind it is."""


def phases(cloud: Cloud, app: str, rows: Iterable[Row], incident: Incident) -> tuple[Phase, ...]:
    """The phases of an incident that is over, in order; they add up to its length."""
    end = incident.recovered_us
    if end is None:
        return ()
    found: list[Phase] = []
    begins = incident.begins_us
    for name, at_us, said_by, confidence in _milestones(cloud, app, list(rows), incident.begins_us, end):
        at_us = min(max(at_us, begins), end)
        if at_us > begins:
            found.append(Phase(name=name, begins_us=begins, ends_us=at_us, said_by=said_by, confidence=confidence))
            begins = at_us
    if end > begins:
        last = "pool" if any(phase.name in ("DNS", "client cache") for phase in found) else "recovery"
        found.append(Phase(name=last, begins_us=begins, ends_us=end, said_by=f"{app} is served again"))
    return tuple(found)


def _milestones(cloud: Cloud, app: str, rows: list[Row], begin: int, end: int) -> Iterator[Milestone]:
    during = [row for row in rows if begin < int(row["t"] or 0) <= end]
    servers = _servers(cloud, app)
    operator = next((row for row in during if row.get("kind") == "command" and _is_remedy(row)), None)
    begun = next((row for row in during if row.get("id") in BEGUN and row["source"] in servers), None)
    promoted = [
        row for row in during if row.get("kind") == "role" and row["now"] in _ROLES and row["source"] in servers
    ]
    moved = [row for row in during if row.get("kind") == "dns" and row["name"] in _names(cloud, app)]
    repointed = [row for row in during if _is_change_of(app, row) and not _restarts_resolvers(row)]
    if begun is not None and (operator is None or int(begun["t"] or 0) <= int(operator["t"] or 0)):
        yield "detection", int(begun["t"] or 0), f"{begun['id']} of {begun['source']}", _confidence(cloud, servers)
    elif operator is not None:
        yield "operator", int(operator["t"] or 0), str(operator["command"]), ""
    if promoted:
        last = promoted[-1]
        yield "promotion", int(last["t"] or 0), f"{last['source']} is {last['now']}", _confidence(cloud, servers)
    if moved:
        last = moved[-1]
        yield "DNS", int(last["t"] or 0), f"{last['name']} leads to {last['now']}", "SIM"
    if repointed:
        yield "app", int(repointed[-1]["t"] or 0), f"{app}: {repointed[-1]['change']}", ""
    if moved:
        yield from _client_cache(cloud, app, rows, int(moved[-1]["t"] or 0), end)


def _client_cache(cloud: Cloud, app: str, rows: list[Row], moved_us: int, end: int) -> Iterator[Milestone]:
    """Until when the app's processes could still call the old address: their cache's time, or until they forget it."""
    kept_us = cloud.apps[app].believes.at(moved_us)
    if kept_us == 0:
        return
    forgets = [int(row["t"] or 0) for row in rows if _is_change_of(app, row) and _restarts_resolvers(row)]
    forgotten_us = min([end, *(t for t in forgets if t >= moved_us)])
    if kept_us is None:
        yield "client cache", forgotten_us, f"dns_cache of {app}: for ever", ""
    else:
        said = f"dns_cache of {app}: {kept_us / SECOND_US:g} s"
        yield "client cache", min(moved_us + kept_us, forgotten_us), said, ""


def _is_change_of(app: str, row: Row) -> bool:
    return row.get("kind") == "app" and row["source"] == app and "change" in row


def _restarts_resolvers(row: Row) -> bool:
    return str(row["change"]).startswith("dns cache")


def _is_remedy(row: Row) -> bool:
    """A command that somebody gave to bring the database back, not a fault and not the app's."""
    return row["outcome"] == "running" and str(row["command"]).startswith(("rds:", "mysql:"))


def _servers(cloud: Cloud, app: str) -> dict[str, None]:
    """The database that an app writes to (or reads from), and everything it is made of, by the log's source ids."""
    record = cloud.apps[app].write_record or next(iter(cloud.apps[app].read_records), None)
    if record is None:
        return {}
    id = record.id.partition(".")[0]
    if id in cloud.global_databases:
        members = cloud.global_databases[id].members()
        return dict.fromkeys([id, *(c.id for c in members), *(i for c in members for i in c.instances)])
    if id in cloud.clusters:
        database = cloud.global_of(cloud.clusters[id])
        others = database.members() if database is not None else [cloud.clusters[id]]
        names = [*(c.id for c in others), *(i for c in others for i in c.instances)]
        return dict.fromkeys([*names, *([database.id] if database is not None else [])])
    if id in cloud.rds:
        db = cloud.rds[id]
        return dict.fromkeys([id, *db.hosts, *db.former_hosts])
    return {id: None}


def _names(cloud: Cloud, app: str) -> list[str]:
    records = [cloud.apps[app].write_record, *cloud.apps[app].read_records]
    return [record.id for record in records if record is not None]


def _confidence(cloud: Cloud, servers: Iterable[str]) -> str:
    """How sure the failover's published time is: the catalog row that it was drawn from."""
    for id in servers:
        if id in cloud.clusters:
            return catalog.timing(cloud.clusters[id].failover_timing).confidence
        if id in cloud.rds:
            return catalog.timing(cloud.rds[id].engine.failover_timing).confidence
    return ""
