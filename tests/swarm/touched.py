"""What an instant touched, and so what is checked at its end.

Checking a whole fleet at every instant costs more than the run itself. So an instant's check looks at the services that
its rows name, with what depends on them; at who serves whom where load was settled or a place changed; at the apps
whose rates changed, and at all of them where a history did. What is broken behind the log's back is found by the check
of everything at every `EVERY`-th instant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from opsconsole.cloud import Cloud
from opsconsole.cloud.events import Row

T = TypeVar("T")
EVERY = 32
HISTORIES = ("fork", "lost", "detached", "emptied", "renamed", "restore")
ENDS = ("deleting", "gone")
ELSEWHERE = ("command", "fault", "place", "mark", "key", "backup")
"""Kinds of rows whose source may be no service: a place, a key, a name; what they change has rows of its own."""


@dataclass
class Scope:
    """What is checked: `everything`, or what was touched in some way.

    `services` are named by rows, `servers` had their load settled, and they are those of the services `loaded`; `apps`
    go on at other rates. `places`: who reaches whom may have changed. `members`: something may have been made or gone.
    """

    everything: bool = False
    places: bool = False
    members: bool = False
    services: dict[str, None] = field(default_factory=dict)
    servers: dict[str, None] = field(default_factory=dict)
    loaded: dict[str, None] = field(default_factory=dict)
    apps: dict[str, None] = field(default_factory=dict)

    def named(self, things: Mapping[str, T]) -> list[T]:
        """Those of some things, by their ids, that rows named."""
        return self._some(things, self.everything, self.services)

    def reaching(self, things: Mapping[str, T]) -> list[T]:
        """Those that rows named, or all where who reaches whom may have changed."""
        return self._some(things, self.everything or self.places, self.services)

    def serving(self, things: Mapping[str, T]) -> list[T]:
        """Those, and those whose load was settled."""
        return self._some(things, self.everything or self.places, self.services | self.loaded)

    def serves(self, service: str) -> bool:
        """Whether a service is among `serving`."""
        return self.everything or self.places or service in self.services or service in self.loaded

    @staticmethod
    def _some(things: Mapping[str, T], every: bool, ids: Iterable[str]) -> list[T]:
        return list(things.values()) if every else [things[id] for id in ids if id in things]


class Touched:
    """Follows one cloud. `every` is how often everything is checked; 1 is always."""

    def __init__(self, cloud: Cloud, every: int = EVERY) -> None:
        self.cloud = cloud
        self._every = every
        self._checks = 0
        self._version = -1
        self._owners: dict[str, str] = {}
        self._loaded: dict[str, None] = {}
        self._rates: dict[str, object] = {}
        cloud.traffic.on_loads.append(self._load)

    def close(self) -> None:
        """Follow no more."""
        self.cloud.traffic.on_loads.remove(self._load)

    @property
    def anything(self) -> bool:
        """Whether an instant without a row has something to check."""
        return bool(self._loaded)

    def scope(self, rows: Iterable[Row], always: bool) -> Scope:
        """What to check at the end of an instant that logged these rows."""
        cloud, scope = self.cloud, Scope()
        self._checks += 1
        scope.everything = scope.members = always or self._checks % self._every == 0
        scope.places = cloud.places.version != self._version
        self._version = cloud.places.version
        scope.servers, self._loaded = self._loaded, {}
        histories = self._follow(rows, scope)
        if scope.members:
            self._learn()
            self._follow(rows, scope)
        self._widen(scope)
        self._find_apps(scope, histories)
        return scope

    def _load(self, servers: Iterable[str]) -> None:
        self._loaded.update(dict.fromkeys(servers))

    def _follow(self, rows: Iterable[Row], scope: Scope) -> bool:
        """The services that rows and loads name; returns whether a history changed."""
        histories = False
        for row in rows:
            kind = row.get("kind")
            owner = self.owner(str(row["source"]))
            histories = histories or kind in HISTORIES
            scope.members = scope.members or kind == "renamed" or (kind == "status" and row["now"] in ENDS)
            if owner is not None:
                scope.services[owner] = None
            elif kind not in ELSEWHERE:
                scope.members = True
        for server in scope.servers:
            owner = self.owner(server)
            if owner is not None:
                scope.loaded[owner] = None
        return histories or scope.members

    def owner(self, source: str) -> str | None:
        """The service or app that a row or a server belongs to."""
        owners = self._owners
        return owners.get(source) or owners.get(source.partition("/")[0]) or owners.get(source.partition(".")[0])

    def _learn(self) -> None:
        """Who owns what, anew."""
        cloud = self.cloud
        self._owners = {snapshot.name: snapshot.source for snapshot in cloud.snapshots.kept.values()}
        self._owners |= {id: id for id in (*cloud.rds, *cloud.global_databases, *cloud.apps, *cloud.parameter_groups)}
        for cluster in cloud.clusters.values():
            self._owners |= dict.fromkeys((cluster.id, *cluster.instances), cluster.id)
        for group in cloud.caches.values():
            keys = [shard.key for shard in group.shards.values()]
            self._owners |= dict.fromkeys((group.id, *keys, *group.nodes), group.id)

    def _widen(self, scope: Scope) -> None:
        """What depends on a service that was touched: the members of its global database, its source and replicas."""
        cloud, found = self.cloud, scope.services
        for database in cloud.global_databases.values():
            members = dict.fromkeys((*(one.id for one in database.members()), *database.rejoining))
            if database.id in found or not found.keys().isdisjoint(members):
                found[database.id] = None
                found.update(members)
        touched = dict(found)
        for db in cloud.rds.values():
            source = db.replication.source.id if db.replication is not None else None
            if source in touched:
                found[db.id] = None
            elif source is not None and db.id in touched:
                found[source] = None

    def _find_apps(self, scope: Scope, histories: bool) -> None:
        """Apps whose rates are other ones than at their last check, and those that rows name."""
        now = self.cloud.now_us
        for id, app in self.cloud.apps.items():
            rates = app.books.rates_at(now)
            if histories or id in scope.services or rates != self._rates.get(id):
                self._rates[id] = rates
                scope.apps[id] = None
