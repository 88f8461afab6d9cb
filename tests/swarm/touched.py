"""What an instant touched, and so what is checked at its end.

Checking a whole fleet at every instant costs more than the run itself. So an instant's check looks at the services that
its rows name or whose load it settled, with whatever depends on them, and at the apps whose rates it changed. It looks
at everything where a place, a history or the fleet itself changed, where a row names nothing that is known, and at
every `EVERY`-th instant: what is broken behind the log's back is found then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from opsconsole.cloud import Cloud
from opsconsole.cloud.events import Row

EVERY = 16
HISTORIES = ("fork", "lost", "detached", "emptied", "renamed", "restore")
ELSEWHERE = ("command", "fault", "place", "mark", "key", "backup")
"""Kinds of rows whose source may be no service: a place, a key, a name; what they change has rows of its own."""


@dataclass
class Scope:
    """What is checked: `everything`, or these services, servers and apps."""

    everything: bool = False
    seldom: bool = False
    """Whether it is the turn of everything: what only time moves is looked at then."""
    services: dict[str, None] = field(default_factory=dict)
    servers: dict[str, None] = field(default_factory=dict)
    apps: dict[str, None] = field(default_factory=dict)
    members: bool = False
    """Whether something may have been created or deleted."""

    def has(self, service: str) -> bool:
        """Whether a service is checked."""
        return self.everything or service in self.services

    def has_app(self, app: str) -> bool:
        """Whether an app is checked."""
        return self.everything or app in self.apps


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
        scope.seldom = scope.members = always or self._checks % self._every == 0
        scope.everything = scope.seldom or cloud.places.version != self._version
        self._version = cloud.places.version
        self._follow(rows, scope)
        if scope.everything:
            self._learn()
        else:
            self._widen(scope)
        self._find_apps(scope)
        scope.servers, self._loaded = self._loaded, {}
        return scope

    def _load(self, servers: Iterable[str]) -> None:
        self._loaded.update(dict.fromkeys(servers))

    def _follow(self, rows: Iterable[Row], scope: Scope) -> None:
        for row in rows:
            kind, source = row.get("kind"), str(row["source"])
            if kind in HISTORIES or (kind == "status" and ("was" not in row or row["now"] in ("gone", "deleting"))):
                scope.everything = scope.members = True
            owner = self.owner(source)
            if owner is not None:
                scope.services[owner] = None
            elif kind not in ELSEWHERE:
                scope.everything = scope.members = True
        for server in self._loaded:
            owner = self.owner(server)
            if owner is None:
                scope.everything = scope.members = True
            else:
                scope.services[owner] = None

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

    def _find_apps(self, scope: Scope) -> None:
        """Apps whose rates are other ones than at their last check, and those that rows name."""
        now = self.cloud.now_us
        for id, app in self.cloud.apps.items():
            rates = app.books.rates_at(now)
            changed = rates != self._rates.get(id)
            if changed or id in scope.services:
                self._rates[id] = rates
                scope.apps[id] = None
