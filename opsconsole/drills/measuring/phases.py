"""Where the time of an outage went: detection, promotion, DNS, the clients' caches, their pools.

The ends of the phases are rows of the event log and, for what happens inside the app, its own settings. A phase that
left no trace is left out; what remains to the recovery is the pool's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from opsconsole import catalog
from opsconsole.cloud import Cloud
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.events import Row
from opsconsole.drills.result import Incident, Phase

SECOND_US = 1_000_000
BEGUN = ("RDS-EVENT-0072", "RDS-EVENT-0073", "RDS-EVENT-0013", "RDS-EVENT-0181", "RDS-EVENT-0240", "RDS-EVENT-0241")
"""AWS's events that say: a failover has begun."""
_ROLES = ("writer", "primary")
SLACK_US = 1_000_000
"""A good window begins a moment before the last bad request: what ended the outage may come as much later."""
Milestone: TypeAlias = tuple[str, int, str, str]
"""The end of a phase: its name, when, what says so, and how sure the number behind it is."""


def phases(cloud: Cloud, app: str, on: str, rows: Iterable[Row], incident: Incident) -> tuple[Phase, ...]:
    """The phases of an incident that is over, in order; they add up to its length. `on`: writes or reads."""
    end = incident.recovered_us
    if end is None:
        return ()
    found = _ended(cloud, app, on, list(rows), incident.begins_us, end)
    begins = found[-1].ends_us if found else incident.begins_us
    if end > begins:
        last = "pool" if any(phase.name in ("DNS", "client cache") for phase in found) else "recovery"
        found.append(Phase(name=last, begins_us=begins, ends_us=end, said_by=f"{app} is served again"))
    return tuple(found)


def phases_so_far(cloud: Cloud, app: str, on: str, rows: Iterable[Row], begins_us: int) -> tuple[Phase, ...]:
    """Those of an incident that is still open: what is over, and what has run since; they add up to its length."""
    now = cloud.now_us
    found = _ended(cloud, app, on, list(rows), begins_us, now)
    begins = found[-1].ends_us if found else begins_us
    if now > begins:
        found.append(Phase(name="since then" if found else "so far", begins_us=begins, ends_us=now, said_by=""))
    return tuple(found)


def _ended(cloud: Cloud, app: str, on: str, rows: list[Row], begins: int, end: int) -> list[Phase]:
    """The phases whose end left a trace, one after the other."""
    found: list[Phase] = []
    for name, at_us, said_by, confidence in _milestones(cloud, app, on, rows, begins, end):
        at_us = min(max(at_us, begins), end)
        if at_us > begins:
            found.append(Phase(name=name, begins_us=begins, ends_us=at_us, said_by=said_by, confidence=confidence))
            begins = at_us
    return found


def _milestones(cloud: Cloud, app: str, on: str, rows: list[Row], begin: int, end: int) -> Iterator[Milestone]:
    during = [row for row in rows if begin < int(row["t"] or 0) <= end + SLACK_US]
    used = _records(cloud, app, on)
    servers = _servers(cloud, used)
    operator = next((row for row in during if row.get("kind") == "command" and _is_remedy(row)), None)
    begun = next((row for row in during if row.get("id") in BEGUN and row["source"] in servers), None)
    promoted = [
        row for row in during if row.get("kind") == "role" and row["now"] in _ROLES and row["source"] in servers
    ]
    moved = [row for row in during if row.get("kind") == "dns" and row["name"] in used]
    routed = [row for row in during if row.get("kind") == "routing" and row["source"] == app]
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
    elif routed:
        yield "router", int(routed[-1]["t"] or 0), f"{app}'s users are sent to {routed[-1]['now']}", "SIM"
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
        yield "client cache", forgotten_us, f"{app} keeps DNS answers for ever", ""
    else:
        said = f"{app} keeps DNS answers for {kept_us / SECOND_US:g} s"
        yield "client cache", min(moved_us + kept_us, forgotten_us), said, ""


def _is_change_of(app: str, row: Row) -> bool:
    return row.get("kind") == "app" and row["source"] == app and "change" in row


def _restarts_resolvers(row: Row) -> bool:
    return str(row["change"]).startswith("dns cache")


def _is_remedy(row: Row) -> bool:
    """A command that somebody gave to bring the database back, not a fault and not the app's."""
    return row["outcome"] == "running" and str(row["command"]).startswith(("rds:", "mysql:"))


def _records(cloud: Cloud, app: str, on: str) -> list[str]:
    """The names that its writes (or its reads) go to."""
    one = cloud.apps[app]
    records = [one.write_record] if on == "writes" else list(one.read_records)
    return [record.id for record in records if record is not None]


def _servers(cloud: Cloud, names: list[str]) -> dict[str, None]:
    """The databases that names belong to, and everything they are made of, by the log's source ids."""
    return dict.fromkeys(source for name in names for source in _sources(cloud, name.partition(".")[0]))


def _sources(cloud: Cloud, id: str) -> list[str]:
    if id in cloud.instances:
        id = cloud.instances[id].cluster
    if id in cloud.global_databases:
        database = cloud.global_databases[id]
        return [id, *_members(database.members())]
    if id in cloud.clusters:
        of = cloud.global_of(cloud.clusters[id])
        return _members([cloud.clusters[id]]) if of is None else [of.id, *_members(of.members())]
    if id in cloud.rds:
        db = cloud.rds[id]
        return [id, *db.hosts, *db.former_hosts]
    return [id]


def _members(clusters: Iterable[Cluster]) -> list[str]:
    return [source for cluster in clusters for source in (cluster.id, *cluster.instances)]


def _confidence(cloud: Cloud, servers: Iterable[str]) -> str:
    """How sure the failover's published time is: the catalog row that it was drawn from."""
    for id in servers:
        if id in cloud.clusters:
            return catalog.timing(cloud.clusters[id].failover_timing).confidence
        if id in cloud.rds:
            return catalog.timing(cloud.rds[id].engine.failover_timing).confidence
    return ""
