"""The whole state of a cloud as plain data: what a refused command, a check or a preview must not change."""

from __future__ import annotations

import hashlib
from dataclasses import astuple

from opsconsole.cloud import Cloud
from opsconsole.cloud.apps import App
from opsconsole.cloud.archive import Archive
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.global_database import GlobalDatabase
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.semisync import SemiSync
from opsconsole.cloud.storage import Storage
from opsconsole.cloud.volume import Volume

State = dict[str, object]


def snapshot(cloud: Cloud) -> State:
    """State by path; two snapshots are compared by `differences`. The event log is not part of it."""
    kernel = cloud.kernel
    state: State = {
        "now": kernel.now_us,
        "next": kernel.next_time_us,
        "tasks": tuple(task.name for task in kernel.tasks),
        "sleepers": tuple(sorted(t for t, ticket, who in kernel._heap if who._ticket == ticket)),
        "luck": _luck(cloud),
        "marks": tuple(cloud.marks.items()),
        "faults": tuple((f.id, f.name, f.target, f.until_us) for f in cloud.faults.in_force.values()),
        "links": tuple((way, tuple(gate.holds.items())) for way, gate in cloud.places.links.items() if gate.holds),
        "instances": tuple(cloud.instances),
    }
    for record in cloud.names.records.values():
        state[f"name {record.id}"] = (record.fqdn, record.ttl_s, record.answers.value, len(record.listeners))
    for zone in cloud.places.zones.values():
        gates = (zone.power, zone.capacity, zone.border.inward, zone.border.outward)
        state[f"zone {zone.name}"] = (zone.condition.value, tuple(tuple(gate.holds.items()) for gate in gates))
    for region in cloud.places.regions.values():
        borders = (region.border.inward, region.border.outward)
        api = region.api  # when a throttle let a call through is not told: a call that is then refused counts
        held = (tuple(api.outages.items()), tuple(api.delays.items()), tuple(api.throttles))
        state[f"region {region.name}"] = (held, tuple(tuple(gate.holds.items()) for gate in borders))
    for cluster in cloud.clusters.values():
        state[f"cluster {cluster.id}"] = _cluster(cluster, kernel.now_us)
        for instance in cluster.instances.values():
            state[f"instance {instance.id}"] = _instance(instance)
    for db in cloud.rds.values():
        state[f"db {db.id}"] = _db(db, kernel.now_us)
    for archive in cloud.snapshots.archives.values():
        state[f"backups {archive.owner}"] = _archive(archive)
    for kept in cloud.snapshots.kept.values():
        state[f"snapshot {kept.name}"] = (kept.status.value, kept.created_us, kept.content, kept.stored_bytes)
    for key in cloud.keys.values():
        state[f"key {key.id}"] = (key.state.value, tuple(key.holds))
    for database in cloud.global_databases.values():
        state[f"global {database.id}"] = _global(database)
    for app in cloud.apps.values():
        state[f"app {app.id}"] = _app(app, kernel.now_us)
    return state


def differences(before: State, after: State) -> list[str]:
    """What differs, one sentence each."""
    paths = [*before, *(path for path in after if path not in before)]
    return [
        f"{path}: {before.get(path)!r} became {after.get(path)!r}"
        for path in paths
        if before.get(path) != after.get(path)
    ]


def _luck(cloud: Cloud) -> str:
    """How far every stream of chance has been drawn from; one that was never drawn from does not count."""
    digest = hashlib.blake2b(digest_size=8)
    for names, stream in sorted(cloud.chance._streams.items()):
        if stream.drawn:
            digest.update(repr((names, stream.drawn)).encode())
    return digest.hexdigest()


def _cluster(cluster: Cluster, now_us: int) -> tuple[object, ...]:
    storage = cluster.storage
    return (
        cluster.status.value,
        astuple(cluster.settings),
        cluster.copied_position,
        cluster.secondary,
        cluster.fenced,
        cluster.writer.id if cluster.writer else None,
        cluster.promoting.id if cluster.promoting else None,
        cluster.failovers,
        cluster.failed_attempts,
        cluster.response is None,
        tuple(cluster.custom.items()),
        tuple(cluster._in_reader_endpoint),
        tuple(cluster._joining),
        tuple(cluster._leaving),
        storage.branch.id,
        storage.position(now_us),
        _volume(storage) if isinstance(storage, Volume) else _streams(storage, now_us),
    )


def _streams(storage: Storage, now_us: int) -> tuple[object, ...]:
    if not isinstance(storage, SemiSync):
        return ()
    both = ((id, one.received, one.applied) for id, one in storage.streams.items())
    held = tuple((id, got.open, got.received(now_us), done.received(now_us)) for id, got, done in both)
    return storage.throttle.value, held


def _volume(volume: Volume) -> tuple[object, ...]:
    return (
        volume.size.value,
        volume.shared_bytes.value,
        tuple(len(one) for one in (volume.branch._pins, volume.branch.damage, volume.branch.family)),
        volume.follower is not None and (volume.follower.open, volume.follower.branch.id),
        tuple((copy.state.value, tuple(copy.holds)) for copy in volume.copies),
    )


def _instance(instance: Instance) -> tuple[object, ...]:
    return (
        instance.status.value,
        instance.engine.value,
        instance.boots,
        instance.tier,
        instance.zone.name,
        tuple(instance.holds),
        tuple(instance.stalls.items()),
        instance.warm.value,
        instance.busy_until_us,
        instance._story is None,
    )


def _db(db: DbInstance, now_us: int) -> tuple[object, ...]:
    return (
        db.status.value,
        astuple(db.settings),
        dict(db.pending),
        db.primary.id,
        db.mirror.value,
        db.branch.id,
        db.content(now_us),
        db.shown(now_us),
        db.busy_until_us,
        db.change is None or db.change.done,
        db.disk.allocation,
        db.copied_position,
        db.loaded.value,
        tuple((host.id, host.engine.value, tuple(host.holds), host.warm.value) for host in db.hosts.values()),
        tuple(len(pins) for pins in (db.branch._pins, db.branch.damage, db.branch.family)),
    )


def _archive(archive: Archive) -> tuple[object, ...]:
    return (
        archive.days,
        archive.begins_us,
        tuple((taken.name, taken.status.value) for taken in archive.taken),
        tuple(archive.failures),
        archive.earliest_us(),
        archive.latest_us(),
    )


def _global(database: GlobalDatabase) -> tuple[object, ...]:
    return (
        database.status.value,
        database.failover_state.value,
        database.primary.id,
        tuple(cluster.id for cluster in database.secondaries),
        tuple(database.rejoining),
        tuple(database.resyncing),
    )


def _app(app: App, now_us: int) -> tuple[object, ...]:
    return (
        app.writes,
        app.reads,
        app.paused,
        app.writes_to,
        app.reads_from,
        app.dns_cache_us,
        tuple(app.stale_dns.items()),
        app.health.value,
        app.routed.value,
        len(app.incidents),
        app.books.at(now_us),
        app.books.rates_at(now_us),
        app.service.value,
        tuple(
            (
                channel.record.id,
                channel.zone,
                channel.live,
                channel.answer,
                channel.cache_us,
                tuple((id, held.parts, held.boots, held.silent_since_us) for id, held in channel.held.items()),
                tuple(channel.lost.items()),
            )
            for channel in app.channels
        ),
    )
