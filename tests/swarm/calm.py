"""What must have become of everything when nothing has been wrong or asked for during a long time."""

from __future__ import annotations

from collections.abc import Iterator

from opsconsole import catalog
from opsconsole.cloud import Cloud, keys
from opsconsole.cloud.apps import App
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.caching import LAZY
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.global_database import GlobalDatabase
from opsconsole.cloud.multi_az_cluster import MultiAzCluster
from opsconsole.cloud.server import Answer
from opsconsole.engine.session import Session
from opsconsole.simulation import Timer
from tests.swarm import recovery_calm, store_calm

CALM_US = 12 * 3600 * 1_000_000
"""Longer than two longest resynchronisations (2 x 2 h x 2) and any pool's lifetime."""


FORESEEN = (
    "_filled_up",
    "_grow",  # an Aurora volume, with what is written
    "_window_begins",  # maintenance, pending values
    "await_window",
    "_ran_dry",  # credits
    "_fell_low",
    "_fell_low",
    "_stopped_too_long",  # a stopped DB instance, after seven days
    "_give_up",  # stopped replication, after thirty days
    "DbInstance.look_again",  # the next threshold of free storage
    "StorageWatch._autoscale",
    "Traffic.touch_app",  # a cache fills, or its items expire
    "_follow_profile",
    "_begin_daily",  # backups and snapshots
    "schedule",
    "Cloud._expire",  # what was kept of a deleted database
    "Window._crossed",  # a backtrack window becomes shorter than asked for, or whole again
)
"""What lies ahead of a quiet fleet, as words of the timers' names."""


def problems(session: Session) -> Iterator[str]:
    """What has not converged, one sentence each."""
    cloud = session.cloud
    for order in session.orders:
        if not order.over:
            yield f"order {order.id} `{order.line}` of T+{order.asked_us / 1e6:g}s never ends"
    for fault in cloud.faults.in_force.values():
        yield f"{fault.id} {fault.name} {fault.target} is in force after everything was healed"
    for zone in cloud.places.zones.values():
        if zone.condition.value != "up":
            yield f"{zone.name} is {zone.condition.value}"
    for cluster in cloud.clusters.values():
        yield from _cluster(cloud, cluster)
        if cluster.status.value != keys.TERMINAL:
            yield from _names(cloud, cluster)
    for database in cloud.global_databases.values():
        yield from _global(cloud, database)
    yield from store_calm.problems(cloud, CALM_US)
    yield from recovery_calm.problems(cloud)
    for app in cloud.apps.values():
        yield from _app(cloud, app)
    yield from _left_over(cloud)


def _cluster(cloud: Cloud, cluster: Cluster) -> Iterator[str]:
    status = cluster.status.value
    if status == keys.TERMINAL:
        return  # until somebody deletes it
    if status == "backing-up" and recovery_calm.is_being_copied(cloud, cluster.id):
        return
    if catalog.statuses("db-cluster")[status].transient or status != "available":
        yield f"{cluster.id} is {status}"
    for copy in cluster.volume.copies if isinstance(cluster, AuroraCluster) else []:
        if copy.state.value != "healthy":
            yield f"copy {cluster.id}/{copy.number} is {copy.state.value}"
    if isinstance(cluster, MultiAzCluster):
        yield from _streams(cluster)
    for instance in cluster.instances.values():
        if instance.engine.value != "running" or instance.status.value != "available":
            yield f"{instance.id} is {instance.status.value}, its engine {instance.engine.value}"
        if instance.holds or instance.stalls:
            yield f"{instance.id} is held by {[*instance.holds, *instance.stalls]}"
        if instance.busy_until_us is not None:
            yield f"{instance.id} is busy until {instance.busy_until_us}"
        if instance.warm.value != 1000:
            yield f"{instance.id} is still cold ({instance.warm.value})"
    if cluster.fenced:
        yield f"{cluster.id} is fenced"
    if cluster.promoting is not None:
        yield f"{cluster.id} is promoting {cluster.promoting.id}"
    if cluster.secondary and cluster.writer is not None:
        yield f"{cluster.id} is a secondary and has a writer"
    if not cluster.secondary and cluster.instances and cluster.writer is None:
        yield f"{cluster.id} has {len(cluster.instances)} instances and no writer"


def _streams(cluster: MultiAzCluster) -> Iterator[str]:
    """Every reader receives, lacks nothing that was acknowledged, and has applied what it could."""
    now = cluster.world.now_us
    for id, stream in cluster.storage.streams.items():
        if not stream.received.open or not stream.complete(now):
            yield f"{id} does not receive, or lacks {stream.received.backlog(now)} nano-writes"
        if stream.applied.lag_us(now) > stream.lag_us and not is_overloaded(cluster):
            yield f"{id} is {stream.applied.lag_us(now) / 1e6:g} s behind"


def is_overloaded(cluster: MultiAzCluster) -> bool:
    """Whether more is written than a reader applies, or would be, did flow control not hold the writer back."""
    storage = cluster.storage
    rate = storage.branch.write_rate(cluster.world.now_us)
    return storage.throttle.value is not None or any(2 * rate > s.applied.bandwidth for s in storage.streams.values())


def _names(cloud: Cloud, cluster: Cluster) -> Iterator[str]:
    """Endpoints rest on right, live targets."""
    writer = (cluster.writer.id,) if cluster.writer else ()
    readers = tuple(sorted(instance.id for instance in cluster.readers()))
    expected = {cluster.writer_record.id: writer, cluster.reader_record.id: readers or writer}
    for id, spec in cluster.custom.items():
        chosen = spec.members or tuple(one for one in cluster.instances if one not in spec.excluded)
        fits = (one for one in chosen if one in cluster.instances and (spec.type == "ANY" or (one,) != writer))
        expected[f"{cluster.id}.{id}"] = tuple(sorted(fits))
    for id in cluster.instances:
        expected[id] = (id,)
    for record in cluster.records():
        answers = tuple(sorted(cloud.names.resolve(record)))
        if answers != expected[record.id]:
            yield f"{record.id} answers {answers or 'nothing'}, and should answer {expected[record.id] or 'nothing'}"


def _global(cloud: Cloud, database: GlobalDatabase) -> Iterator[str]:
    if database.status.value != "available" or database.failover_state.value:
        yield f"{database.id} is {database.status.value} ({database.failover_state.value})"
    for what, ids in (("rejoining", database.rejoining), ("resynchronising", database.resyncing)):
        if ids:
            yield f"{database.id}: {', '.join(ids)} still {what}"
    if database.endpoint.answers.value != (database.primary.writer_record.id,):
        yield f"{database.endpoint.id} answers {database.endpoint.answers.value}, the primary is {database.primary.id}"
    if database.primary.secondary:
        yield f"{database.id}: its primary {database.primary.id} thinks it is a secondary"
    now = cloud.now_us
    for secondary in database.secondaries:
        follower = secondary.volume.follower
        if not secondary.secondary:
            yield f"{database.id}: its secondary {secondary.id} thinks it is none"
        if follower is None or secondary.volume.branch is not database.primary.volume.branch:
            yield f"{database.id}: {secondary.id} does not follow {database.primary.id}"
        elif not follower.open or follower.branch is not secondary.volume.branch:
            yield f"{database.id}: the stream to {secondary.id} is cut, or of another branch"
        elif follower.lag_us(now) > 2_000_000 and follower.branch.write_rate(now) < follower.bandwidth:
            yield f"{database.id}: {secondary.id} is {follower.lag_us(now) / 1e6:g} s behind"
    for cluster in cloud.clusters.values():
        if cluster.secondary and not any(cluster in one.secondaries for one in cloud.global_databases.values()):
            yield f"{cluster.id} is a secondary of nothing"


def _app(cloud: Cloud, app: App) -> Iterator[str]:
    home = tuple(zone.name for zone in app.homes[0])
    if app.routed.value != home:
        yield f"{app.id} is routed to {app.routed.value}, its first home is {home}"
    if app.dns_cache_us is not None:
        for channel in app.channels:
            if channel.live and channel.answer != cloud.names.resolve(channel.record):
                yield (
                    f"{app.id} in {channel.zone} still believes that {channel.record.id} is {channel.answer},"
                    f" not {cloud.names.resolve(channel.record)}"
                )
    if _should_be_well(cloud, app) and app.health.value != "ok":
        rates = app.books.rates_at(cloud.now_us)
        yield f"{app.id} has a live path and is {app.health.value}: {rates}, {app.service.value.errors}"
    if app.health.value == "ok" and any(incident.ended_us is None for incident in app.incidents):
        yield f"{app.id} is well and its incident never ended"
    if app.health.value != "ok" and (not app.incidents or app.incidents[-1].ended_us is not None):
        yield f"{app.id} is {app.health.value} and has no incident"


def _should_be_well(cloud: Cloud, app: App) -> bool:
    """Whether every process has cached a right and live target that has room for it."""
    if app.cache is not None and app.cache.spec.pattern not in LAZY:  # what it has not, nobody has
        return False
    if app.paused or cloud.traffic._demands[app.id].pool_is_full:  # a small pool over a long way is a bottleneck too
        return False
    for channel in app.channels:
        if not (app.writes if channel.writes else app.reads):
            continue
        if not channel.live or not channel.answer:
            return False
        for id in channel.answer:
            if (
                id in cloud.servers and cloud.traffic.network.missing_tables(id, cloud.now_us)[0]
            ):  # a dropped table comes back only by a restore
                return False
            instance = cloud.instances.get(id)
            if instance is None and not store_calm.should_be_well(cloud, id, channel.writes):
                return False
            if instance is not None and instance.answer(channel.writes) is Answer.FULL:
                return False
            if (instance is not None and not instance.running) or cloud.traffic.load(id).demand_permille > 1000:
                return False
            load = cloud.traffic.load(id)
            if (load.write_us if channel.writes else load.read_us) > app.timeout_us // 2:  # busy, for one so impatient
                return False
            if instance is not None and channel.writes and cloud.cluster_of(id).writer is not instance:
                return False
    return True


def _left_over(cloud: Cloud) -> Iterator[str]:
    """Nobody waits, but for a cluster without instances that waits for one; only growth and windows are foreseen."""
    empty = [cluster.id for cluster in cloud.clusters.values() if not cluster.instances]
    backed_up = store_calm.being_backed_up(cloud, CALM_US)
    awaited = (
        *(f"{id}: daily snapshot" for id in backed_up),
        *(f"{id}: snapshot " for id in backed_up),
        *store_calm.waiting_for_storage(cloud),
    )
    for task in cloud.kernel.tasks:
        optimising = any(db.optimised_us is not None and db.optimising is task for db in cloud.rds.values())
        if recovery_calm.is_foreseen(cloud, task) or task.name.startswith(awaited):
            continue
        if not optimising and not any(task.name.startswith(f"{id}: respond") for id in empty):
            yield f"task '{task.name}' is left over"
    stuck = [app.id for app in cloud.apps.values() if app.dns_cache_us is None]
    lags = any(isinstance(cluster, MultiAzCluster) and is_overloaded(cluster) for cluster in cloud.clusters.values())
    for _, ticket, who in cloud.kernel._heap:
        if who._ticket != ticket or not isinstance(who, Timer):
            continue
        text = str(who)
        foreseen = any(word in text for word in FORESEEN) or ("look_again" in text and lags)
        if foreseen or ("recycle" in text and stuck):  # a pool that believes a dead answer for ever tries again
            continue
        yield f"{text} is left over"
