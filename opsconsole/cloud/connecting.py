"""Connect by hand: what an app's processes would get if they opened a connection now and sent one statement.

A dry run, like a tracer request, but to any name or address and by a new connection: no pool, no command, no change.
Processes differ (in what their resolvers cached, in the zone they stand in), so each kind of them gets an answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from opsconsole.cloud.apps import App
from opsconsole.cloud.cache_node import CacheNode
from opsconsole.cloud.channels import CONNECTS, PARTS, split_evenly
from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.demand import divide, unreached
from opsconsole.cloud.names import Record, address
from opsconsole.cloud.outcome import OVERLOADED, TOO_SLOW
from opsconsole.cloud.places import Zone
from opsconsole.cloud.server import Answer, Server
from opsconsole.cloud.tracer import Hop

TRUST = {
    "verify": "yes, the server is verified",
    "require": "yes, the server is not verified",
    "off": "no, in plain text",
    "missing-ca": "no, in plain text",
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """What some of an app's processes get: those in `zones`, `permille` of all of them.

    `hops` is what happened, step by step; the last one holds the answer or the error.
    """

    zones: tuple[str, ...]
    permille: int
    hops: tuple[Hop, ...]

    @property
    def ok(self) -> bool:
        """Whether the statement was done."""
        return bool(self.hops) and self.hops[-1].ok

    @property
    def answer(self) -> str:
        """What came back, in the server's own words."""
        return self.hops[-1].answer if self.hops else ""


def targets(cloud: Cloud, app: str) -> list[str]:
    """Names that can be connected to: those the app uses first, then every other one that there is."""
    used = [use.record.id for use in cloud.apps[app].uses()]
    return list(dict.fromkeys([*used, *cloud.names.records, *cloud.servers]))


def connect(cloud: Cloud, app: str, name: str, writes: bool) -> list[Attempt]:
    """What each kind of the app's processes would get from a name, a full name, a server or an address; most first.

    Raises KeyError for an app, a name or an address that does not exist.
    """
    caller = cloud.apps[app]
    record = cloud.names.find(name)
    server = None if record is not None else _server_at(cloud, name)
    if record is None and server is None:
        raise KeyError(name)
    met: dict[tuple[Hop, ...], dict[str, int]] = {}
    routed = [cloud.places.zones[one] for one in caller.routed.value]
    for zone in routed:
        for hops, parts in _ways(cloud, caller, record, server, zone, writes):
            zones = met.setdefault(hops, {})
            zones[zone.name] = zones.get(zone.name, 0) + parts
    whole = len(routed) * PARTS
    found = [Attempt(tuple(zones), sum(zones.values()) * 1000 // whole, hops) for hops, zones in met.items()]
    return sorted(found, key=lambda one: -one.permille)


def _server_at(cloud: Cloud, name: str) -> Server | None:
    """A server by its id or its private address."""
    if name in cloud.servers:
        return cloud.servers[name]
    fleet = cloud.fleet.name
    return next((one for id, one in cloud.servers.items() if address(fleet, one.zone.name, id) == name), None)


def _ways(
    cloud: Cloud, app: App, record: Record | None, server: Server | None, zone: Zone, writes: bool
) -> Iterator[tuple[tuple[Hop, ...], int]]:
    """What the processes in a zone meet, and how many of PARTS of them do."""
    if not zone.open:
        gone = f"{zone.name} is {zone.describe_condition()}: not reached"
        yield (Hop("process", app.id, zone.name, gone, 0, False),), PARTS
    elif server is not None:
        yield tuple(_open(cloud, app, zone, server.id, writes)), PARTS
    elif record is not None:
        for target, found_by, parts in _resolved(cloud, app, record, zone, writes):
            if target:
                resolved = Hop("resolve", record.id, "", f"{target} ({found_by})", 0)
                yield (resolved, *_open(cloud, app, zone, target, writes)), parts
            else:
                yield (Hop("resolve", record.id, "", f"the name has no address ({found_by})", 0, False),), parts


def _resolved(cloud: Cloud, app: App, record: Record, zone: Zone, writes: bool) -> Iterator[tuple[str, str, int]]:
    """Which server the processes in a zone take a name for, where they have it from, and how many of PARTS do."""
    slices = [one for one in app.channels if one.record is record and one.zone == zone.name and one.live]
    same = [one.answer for one in slices if one.writes is writes] or [one.answer for one in slices]
    answers = same or [cloud.names.resolve(record)]
    for answer, parts in zip(answers, divide(PARTS, len(answers)), strict=True):
        for target, part in split_evenly(parts, answer or ("",)):
            yield target, "cached" if same else "asked for now", part


def _open(cloud: Cloud, app: App, zone: Zone, target: str, writes: bool) -> list[Hop]:
    """Reach, let in, ask: the hops up to the answer or the error. Times are known for one round trip, and the work."""
    server = cloud.servers.get(target)
    ask = cloud.traffic.probe(zone, target, writes)
    where = server.zone.name if server is not None else ""
    if server is None or ask.answer not in CONNECTS:
        waits_us = 0 if ask.answer is Answer.REFUSED else _patience_us(app, server)
        return [Hop("reach", target, where, unreached(ask.answer), waits_us, False)]
    trip_us = cloud.places.round_trip(zone, server.zone) or 0
    hops = [Hop("reach", target, where, address(cloud.fleet.name, where, target), trip_us)]
    turned_away = cloud.traffic.network.turned_away(app, zone, target)
    if turned_away:
        return [*hops, Hop("log in", target, where, turned_away, 0, False)]
    if not isinstance(server, CacheNode):
        trust = "yes, by the server; it is not verified" if _forced(app, server) else TRUST[app.tls]
        hops.append(Hop("TLS", target, where, trust, 0))
    return [*hops, *_ask(app, server, ask.answer, writes, trip_us)]


def _patience_us(app: App, server: Server | None) -> int:
    """How long it waits: with a cache less than with a database."""
    return app.cache.timeout_us if app.cache is not None and isinstance(server, CacheNode) else app.timeout_us


def _forced(app: App, server: Server) -> bool:
    return app.tls == "off" and server.encrypts_all()


def _statement(server: Server, writes: bool) -> str:
    """What is sent to it."""
    if isinstance(server, CacheNode):
        return "SET" if writes else "GET"
    return "UPDATE" if writes else "SELECT"


def _ask(app: App, server: Server, answer: Answer, writes: bool, trip_us: int) -> list[Hop]:
    """The statement, and one more for each table that is missing there."""
    call, where, load = _statement(server, writes), server.zone.name, server.load.value
    if answer is not Answer.SERVES:
        waits_us = _patience_us(app, server) if answer is Answer.STALLED else trip_us
        return [Hop(call, server.id, where, server.error(answer, writes), waits_us, False)]
    took_us = _work_us(server, writes) + trip_us
    if took_us >= _patience_us(app, server):
        return [Hop(call, server.id, where, TOO_SLOW, _patience_us(app, server), False)]
    asked, served = (load.writes, load.writes_served) if writes else (load.reads, load.reads_served)
    told = "ok (dry run: nothing is changed)" if writes else "ok"
    if served < asked:
        told = f"{told}; {(asked - served) * 100 // asked} % of them: {OVERLOADED}"
    return [*_missing(server, call, trip_us), Hop(call, server.id, where, told, took_us)]


def _missing(server: Server, call: str, trip_us: int) -> list[Hop]:
    """What those statements are told that need a table which was dropped there."""
    shown = server.shown()
    return [
        Hop(
            call,
            server.id,
            server.zone.name,
            f"{one.share_ppm / 10_000:g} % of them: {server.missing_table_error(one.table)}",
            trip_us,
            False,
        )
        for one in (shown.damage if shown is not None else ())
    ]


def _work_us(server: Server, writes: bool) -> int:
    """What one statement takes at a server as busy as it is now; one that nobody uses is not busy."""
    load = server.load.value
    rate, us = (load.writes, load.write_us) if writes else (load.reads, load.read_us)
    return us if rate else max(us, round(server.service_us(writes))) + (server.commit_us() if writes else 0)
