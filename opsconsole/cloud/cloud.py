"""One run's whole cloud, assembled from a fleet and a seed, in id order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from opsconsole.cloud import cache_snapshots, patching, rds_maintenance
from opsconsole.cloud.apps import App
from opsconsole.cloud.archive import Archive
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.autoscaling import Scaler
from opsconsole.cloud.cache_group import CacheGroup
from opsconsole.cloud.cache_snapshots import CacheSnapshot
from opsconsole.cloud.caching import AppCache
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.cost_meter import Meter
from opsconsole.cloud.faults import Faults
from opsconsole.cloud.global_database import GlobalDatabase
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.keys import Key
from opsconsole.cloud.maintenance import Maintenance
from opsconsole.cloud.multi_az_cluster import MultiAzCluster
from opsconsole.cloud.origin import Origin
from opsconsole.cloud.places import Region, Zone
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.snapshots import Snapshots
from opsconsole.cloud.traffic import Traffic
from opsconsole.cloud.whereabouts import Homes
from opsconsole.cloud.world import World
from opsconsole.fleet import Fleet, RdsSpec


class Cloud(World):
    """Places, clusters, global databases, apps and the faults in force.

    Everything is reached by the id it has in the fleet file. `on_trouble` listeners are called with an app's id at the
    instant it stops being well; they must not change the simulation.
    """

    def __init__(self, fleet: Fleet, seed: int | None = None) -> None:
        super().__init__(fleet, fleet.seed if seed is None else seed)
        self.faults = Faults(self)
        self.marks: dict[str, int] = {}
        self.snapshots = Snapshots()
        self.keys: dict[str, Key] = {id: Key(self, id, fleet.keys[id].region) for id in sorted(fleet.keys)}
        self.traffic = Traffic(self)
        self.servers = self.traffic.servers
        self.instances: dict[str, Instance] = {}
        self.clusters: dict[str, Cluster] = {}
        for id in sorted(fleet.aurora):
            self.clusters[id] = self._join(AuroraCluster(self, fleet.aurora[id]))
        for id in sorted(fleet.multi_az_clusters):
            copied = MultiAzCluster(self, fleet.multi_az_clusters[id])
            self.clusters[id] = self._join(copied)
            self.traffic.on_loads.append(copied.loads_changed)
        self.clusters = dict(sorted(self.clusters.items()))
        self.maintenance = Maintenance(self)
        self.rds: dict[str, DbInstance] = {}
        for spec in sources_first(fleet.rds):
            self._join_db_instance(spec, True, None)
        self.rds = dict(sorted(self.rds.items()))
        self.global_databases: dict[str, GlobalDatabase] = {
            id: GlobalDatabase(self, fleet.global_clusters[id], self.aurora) for id in sorted(fleet.global_clusters)
        }
        self.caches: dict[str, CacheGroup] = {}
        self.cache_snapshots: dict[str, CacheSnapshot] = {}
        for id in sorted(fleet.caches):
            self._join_cache(CacheGroup(self, fleet.caches[id]))
        self.apps = self.traffic.apps
        for id in sorted(fleet.apps):
            self.apps[id] = App(self, fleet.apps[id], self.traffic.touch_app)
        self._connect_caches()
        for cluster in self.aurora.values():
            patching.offer(self, cluster)
        self.autoscaling: dict[str, Scaler] = {}
        self.traffic.on_loads.append(self._loads_changed)
        for cluster in self.aurora.values():
            if cluster.spec.auto_scaling is not None:
                self.scaler(cluster).begin(cluster.spec.auto_scaling)
        self.places.on_change(self._places_changed)
        self.meter = Meter(self)
        self.homes = Homes(self)
        self.log.subscribe(self.homes.note)
        self.kernel.run_until(0)

    @property
    def aurora(self) -> dict[str, AuroraCluster]:
        """Those of the clusters that are Aurora's."""
        return {id: cluster for id, cluster in self.clusters.items() if isinstance(cluster, AuroraCluster)}

    def _join(self, cluster: Cluster) -> Cluster:
        cluster.on_traffic_change = lambda: self.traffic.touch_servers(cluster.instances)
        self.snapshots.archives[cluster.id] = cluster.archive
        self.adopt(cluster)
        return cluster

    def add_cluster(self, cluster: AuroraCluster) -> AuroraCluster:
        """A cluster more: it is being created."""
        self.clusters[cluster.id] = self._join(cluster)
        self.clusters = dict(sorted(self.clusters.items()))
        patching.offer(self, cluster)
        self.log.sim(self.now_us, cluster.id, "status", now=cluster.status.value)
        cluster.look_again()
        return cluster

    def remove_cluster(self, cluster: AuroraCluster, keep_backups: bool) -> None:
        """A cluster without instances is gone, and its names with it."""
        cluster.set_status("gone")
        cluster.volume.close()
        cluster.window.end()
        for record in cluster.records():
            self.names.remove(record, self.now_us)
        del self.clusters[cluster.id]
        self.maintenance.forget(cluster.id)
        self.autoscaling.pop(cluster.id, None)
        for fault in self.faults.of(cluster.id):
            self.faults.end(fault)
        self._close_archive(cluster.id, keep_backups)

    def _close_archive(self, id: str, keep: bool) -> None:
        """Automated backups go with their database, or are kept until they expire."""
        archive = self.snapshots.archives.pop(id)
        archive.close()
        gone_us = archive.gone_us() if keep else None
        if gone_us is not None:
            name = retained_name(id, self.snapshots.archives)
            self.snapshots.archives[name] = archive
            self.kernel.call_at(max(self.now_us, gone_us), self._expire, name)
        else:
            archive.let_go()

    def _expire(self, name: str) -> None:
        """The last of what was kept of a deleted database has expired."""
        self.snapshots.archives.pop(name).let_go()
        self.log.sim(self.now_us, name, "backup", now="expired", reason="the retention of what was kept is over")

    def adopt(self, cluster: Cluster) -> None:
        """A cluster has a new member."""
        self.instances.update(cluster.instances)
        self.servers.update(cluster.instances)

    def abandon(self, instance: Instance) -> None:
        """An instance is gone."""
        self.instances.pop(instance.id, None)
        self.maintenance.forget(instance.id)
        self.traffic.abandon(instance.id)

    def add_db_instance(self, spec: RdsSpec, running: bool = True, origin: Origin | None = None) -> DbInstance:
        """A DB instance more: it is being created. Its source, if it has one, must exist."""
        db = self._join_db_instance(spec, running, origin)
        self.rds = dict(sorted(self.rds.items()))
        return db

    def _join_db_instance(self, spec: RdsSpec, running: bool, origin: Origin | None) -> DbInstance:
        db = DbInstance(self, spec, self.rds[spec.source] if spec.source else None, running, origin)
        self.snapshots.archives[db.id] = db.archive
        self.rds[db.id] = db
        db.on_traffic_change = lambda: self._rds_changed(db)
        db.on_gone = lambda keep_backups: self._forget(db, keep_backups)
        key = self.keys.get(spec.kms_key or "")
        db.key_is_usable = lambda: key is None or key.enabled
        db.on_renamed = lambda before, hosts: self._renamed(db, before, hosts)
        db.on_window_change = lambda: rds_maintenance.follow_settings(self, db)
        db.on_new_version = lambda: rds_maintenance.offer_upgrade(self, db)
        self.servers.update(db.hosts)
        rds_maintenance.offer(self, db)
        return db

    def _rds_changed(self, db: DbInstance) -> None:
        self.servers.update(db.hosts)
        self.traffic.touch_servers(db.hosts)

    def _renamed(self, db: DbInstance, before: str, hosts: list[str]) -> None:
        del self.rds[before]
        self.rds = dict(sorted([*self.rds.items(), (db.id, db)]))
        self.snapshots.archives[db.id] = self.snapshots.archives.pop(before)
        db.archive.owner = db.id
        for host in hosts:
            self.traffic.abandon(host)
        self.servers.update(db.hosts)
        self.maintenance.forget(before)
        rds_maintenance.offer(self, db)

    def _forget(self, db: DbInstance, keep_backups: bool) -> None:
        self.rds.pop(db.id, None)
        self._close_archive(db.id, keep_backups)
        self.maintenance.forget(db.id)
        for host in db.hosts:
            self.traffic.abandon(host)

    def add_cache(self, group: CacheGroup) -> CacheGroup:
        """A cache more: it is being created."""
        self._join_cache(group)
        self.caches = dict(sorted(self.caches.items()))
        return group

    def _join_cache(self, group: CacheGroup) -> None:
        self.caches[group.id] = group
        group.snapshots = self.cache_snapshots
        group.on_gone = self.traffic.abandon
        group.on_traffic_change = lambda: self._cache_changed(group)
        group.on_emptied = lambda part: self._cache_emptied(group, part)
        group.on_moved = lambda source, target, share: self._cache_moved(group, source, target, share)
        group.on_parts_change = lambda: self._cache_parts_changed(group)
        self.servers.update(group.nodes)
        cache_snapshots.schedule(group)

    def _connect_caches(self) -> None:
        """Apps that use a cache ask it first; the run begins with caches that have been used for long."""
        for app in self.apps.values():
            if app.spec.cache is not None:
                app.use_cache(AppCache(app, app.spec.cache, self.caches[app.spec.cache.store]))
        for cache in self.app_caches():
            cache.everyone = lambda: [*self.app_caches()]
        for cache in self.app_caches():
            cache.warm_up()

    def app_caches(self) -> list[AppCache]:
        """Every app's use of a cache."""
        return [app.cache for app in self.apps.values() if app.cache is not None]

    def _cache_emptied(self, group: CacheGroup, part: str) -> None:
        for cache in self.app_caches():
            if cache.group is group:
                cache.emptied(part)

    def _cache_moved(self, group: CacheGroup, source: str, target: str, share: tuple[int, int]) -> None:
        for cache in self.app_caches():
            if cache.group is group:
                cache.moved(source, target, share)

    def _cache_parts_changed(self, group: CacheGroup) -> None:
        for cache in self.app_caches():
            if cache.group is group:
                cache.adopt_parts()
                cache.app.reconnect()

    def _cache_changed(self, group: CacheGroup) -> None:
        for cache in self.app_caches():
            if cache.group is group:
                cache.group_changed()
        nodes = group.nodes
        self.servers.update(nodes)
        self.traffic.touch_servers(nodes)

    def cluster_of(self, instance: str) -> Cluster:
        """The cluster an instance belongs to. Raises KeyError for an unknown instance."""
        return self.clusters[self.instances[instance].cluster]

    def global_of(self, cluster: Cluster) -> GlobalDatabase | None:
        """The global database a cluster is a member of, if any."""
        return next((g for g in self.global_databases.values() if cluster in g.members()), None)

    def scaler(self, cluster: Cluster) -> Scaler:
        """Auto scaling of a cluster, whether it is registered or not."""
        if cluster.id not in self.autoscaling:
            self.autoscaling[cluster.id] = Scaler(self, cluster)
            self.autoscaling = dict(sorted(self.autoscaling.items()))
        return self.autoscaling[cluster.id]

    def on_trouble(self, listener: Callable[[str], None]) -> None:
        """Call `listener(app id)` whenever an app stops being well."""
        self.traffic.on_trouble.append(listener)

    # -- reacting -----------------------------------------------------------------------------------------------

    def _loads_changed(self, servers: Iterable[str]) -> None:
        if not self.autoscaling:
            return
        for cluster in {self.instances[id].cluster: None for id in servers if id in self.instances}:
            if cluster in self.autoscaling:
                self.autoscaling[cluster].look_again()

    def _places_changed(self, regions: list[Region], zones: list[Zone]) -> None:
        for zone in [zone for region in regions for zone in region.zones]:
            before = zone.condition.value
            if zone.condition.set(self.now_us, zone.describe_condition()):
                self.log.sim(self.now_us, zone.name, "place", was=before, now=zone.condition.value)
        touched = {region.name: None for region in regions}
        for cluster in self.clusters.values():
            if cluster.region.name in touched:
                cluster.places_changed()
        for database in self.global_databases.values():
            database.look_again()
        for db in self.rds.values():
            if db.region.name in touched or (db.source is not None and db.source.region.name in touched):
                db.places_changed()
        for group in self.caches.values():
            if group.region.name in touched:
                group.places_changed()
        for scaler in self.autoscaling.values():
            if scaler.cluster.region.name in touched:
                scaler.look_again()
        for app in self.apps.values():
            app.places_changed()


def retained_name(id: str, taken: Mapping[str, Archive]) -> str:
    """What the kept backups of a deleted database are called: AWS's ids of automated backups begin with ab-."""
    name, number = f"ab-{id}", 1
    while name in taken:
        number += 1
        name = f"ab-{id}-{number}"
    return name


def sources_first(specs: Mapping[str, RdsSpec]) -> list[RdsSpec]:
    """DB instances in id order, but each after its source."""
    ordered: dict[str, RdsSpec] = {}

    def add(spec: RdsSpec) -> None:
        if spec.source is not None and spec.source not in ordered:
            add(specs[spec.source])
        ordered.setdefault(spec.id, spec)

    for id in sorted(specs):
        add(specs[id])
    return list(ordered.values())
