"""What must have become of RDS DB instances and caches when nothing has been wrong or asked for during a long time."""

from __future__ import annotations

from collections.abc import Iterator

from opsconsole.cloud import Cloud, keys
from opsconsole.cloud.cache_fill import CacheFill
from opsconsole.cloud.cache_group import CacheGroup
from opsconsole.cloud.cache_plan import Inputs
from opsconsole.cloud.cache_shard import Shard
from opsconsole.cloud.cached_keys import PPM
from opsconsole.cloud.caching import AppCache
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.server import Answer
from tests.swarm import recovery_calm

AT_REST = ("available", "storage-optimization", "storage-initialization", "stopped", "storage-full")
SERVES = ("available", "storage-optimization", "storage-initialization")
SMALL_LAG_US = 60_000_000
HOUR_US = 3_600_000_000
REFILLED = 50
"""A cache is refilled when each of its keys could have been brought to it so often."""


def problems(cloud: Cloud, calm_us: int) -> Iterator[str]:
    """What has not converged, one sentence each."""
    for db in cloud.rds.values():
        yield from _instance(cloud, db)
        yield from _stream(db)
    backed_up = being_backed_up(cloud, calm_us)
    for group in cloud.caches.values():
        if group.id not in backed_up:
            yield from _group(cloud, group)
    for snapshot in cloud.cache_snapshots.values():
        if snapshot.status.value not in ("available", "failed") and snapshot.source not in backed_up:
            yield f"snapshot {snapshot.name} is {snapshot.status.value}"
    for app in cloud.apps.values():
        if app.cache is not None:
            yield from _refilled(app.cache, calm_us)


def being_backed_up(cloud: Cloud, calm_us: int) -> list[str]:
    """Caches whose daily snapshot has begun of late: their window may fall into any calm."""
    recent = cloud.now_us - calm_us // 2
    daily = [one for one in cloud.cache_snapshots.values() if one.automatic and one.created_us > recent]
    return [one.source for one in daily if one.status.value == "creating"]


def waiting_for_storage(cloud: Cloud) -> list[str]:
    """Tasks of replicas that are full and have lost their source: they are promoted when they are given storage."""
    return [f"{db.id}: its source is deleted" for db in cloud.rds.values() if db.status.value == "storage-full"]


def _instance(cloud: Cloud, db: DbInstance) -> Iterator[str]:
    status = db.status.value
    if status == keys.TERMINAL or recovery_calm.is_being_copied(cloud, db.id):
        return
    if status not in AT_REST:
        yield f"{db.id} is {status}"
    serves = status in SERVES
    if db.primary.running != serves:
        yield f"{db.id} is {status}, its engine {db.primary.engine.value}"
    if serves and db.standby is not None and db.mirror.value != "synchronised":
        yield f"{db.id} has a standby that is {db.mirror.value}"
    if serves and db.standby is not None and db.standby.engine.value != "standby":
        yield f"{db.id} has a standby whose engine is {db.standby.engine.value}"
    for host in db.hosts.values():
        if host.holds or host.unplugged:
            yield f"{host.id} is held by {[*host.holds, *host.unplugged]}"
    if db.failing_over or db.response is not None or db.busy_until_us is not None or db.io_suspended or db.read_only:
        yield f"{db.id} is still doing something"
    if serves and db.primary.warm.value != 1000:
        yield f"{db.id} is still cold ({db.primary.warm.value})"
    answers = cloud.names.resolve(db.record)
    if answers != (db.primary.id,):
        yield f"{db.id} answers {answers}, its primary is {db.primary.id}"


def _flows_from_the_writer(db: DbInstance) -> bool:
    """Whether everything between a database and the writer of its history is in order."""
    stream = db.replication
    if stream is None:
        return True
    here = stream.status.value == "replicating" and not stream.stalls and stream.flows
    return here and _flows_from_the_writer(stream.source)


def _stream(db: DbInstance) -> Iterator[str]:
    """A replica replicates, and lags little, unless somebody stopped it or its source does not run."""
    stream, now = db.replication, db.world.now_us
    if stream is None or stream.status.value in ("stopped", "terminated"):
        return
    if stream.status.value != "replicating":
        yield f"replication of {db.id} is {stream.status.value}"
        return
    runs = db.primary.running and stream.source.primary.running
    if stream.received.open != runs:
        yield f"{db.id} receives: {stream.received.open}; both run: {runs}"
    pace = min(stream.applied.bandwidth, stream.received.bandwidth)
    busy = stream.received.branch.write_rate(now) * 2 > pace
    got = stream.applied.received(now) - stream.applied.received(now - HOUR_US)
    busy = busy or got * 10 > 9 * pace * HOUR_US  # it catches up as fast as it can with what days have left
    if runs and _flows_from_the_writer(stream.source) and not busy and stream.lag_us(now) > SMALL_LAG_US:
        yield f"{db.id} is {stream.lag_us(now) / 1e6:g} s behind {stream.source.id}"


def _group(cloud: Cloud, group: CacheGroup) -> Iterator[str]:
    if group.status.value != "available":
        yield f"{group.id} is {group.status.value}"
    if group.automatic_failover.value not in ("enabled", "disabled"):
        yield f"automatic failover of {group.id} is {group.automatic_failover.value}"
    for shard in group.shards.values():
        if shard.status.value != "available":
            yield f"{shard.key} is {shard.status.value}"
        for node in shard.nodes.values():
            if not node.running or node.status.value != "available":
                yield f"{node.id} is {node.status.value}, its engine {node.engine.value}"
            if node.holds or node.unplugged or node.costs or node.paused:
                yield f"{node.id} is held by {[*node.holds, *node.unplugged, *node.costs]}, paused {node.paused}"
            if cloud.names.resolve(node.record) != (node.id,) if node.record is not None else True:
                yield f"the name of {node.id} leads elsewhere"
        if group.replicated:
            yield from _shard(cloud, shard)
    configuration = group.endpoints.configuration
    if configuration is not None and sorted(cloud.names.resolve(configuration)) != sorted(group.nodes):
        yield f"{configuration.id} answers {cloud.names.resolve(configuration)}, there are {sorted(group.nodes)}"
    if not group.replicated and sorted(group.known) != sorted(group.shards):
        yield f"clients of {group.id} know the nodes {group.known}, there are {sorted(group.shards)}"


def _shard(cloud: Cloud, shard: Shard) -> Iterator[str]:
    """One leads, all others follow it with what it has, and the endpoints know it."""
    primary, now = shard.primary, cloud.now_us
    if primary is None or not primary.leads:
        yield f"{shard.key} has no primary that leads"
        return
    if shard.cut_off or shard.promoting is not None or shard.response is not None:
        yield f"{shard.key} is still failing over"
    for node in shard.replicas():
        if not node.synced or node.follower is None or not node.follower.open:
            yield f"{node.id} does not follow {primary.id}"
        elif node.follower.lag_us(now) > SMALL_LAG_US and shard.write_rate() * 2 < node.follower.bandwidth:
            yield f"{node.id} is {node.follower.lag_us(now) / 1e6:g} s behind"
    expected = ((shard.primary_record, (primary.id,)), (shard.reader_record, shard.readers()))
    for record, answers in expected:
        if record is not None and sorted(cloud.names.resolve(record)) != sorted(answers):
            yield f"{record.id} answers {cloud.names.resolve(record)}, and should answer {answers}"


def _refilled(cache: AppCache, calm_us: int) -> Iterator[str]:
    """What a cache holds is what one that has been used for long would hold."""
    app, now = cache.app, cache.world.now_us
    if app.spec.profile or app.paused:
        return
    for id, part in cache.parts.items():
        inputs = part.fill.inputs
        keys = cache.spec.keys * part.num / part.den
        few = _bringing(cache, inputs) / 1000 * calm_us / 1e6 < REFILLED * keys
        if part.answered[1] < part.answered[0] or few or not inputs.reads:
            continue
        steady = CacheFill(cache.plan, now, part.memory_bytes, inputs, part_ppm=PPM * part.num // part.den).rates
        if abs(steady.hits - part.fill.rates.hits) * 50 > inputs.reads + 50_000:
            yield f"{cache.id} {id}: {part.fill.rates.hits} hits of {inputs.reads}, and {steady.hits} would be usual"


def _bringing(cache: AppCache, inputs: Inputs) -> int:
    """The requests that may put a key into the cache: misses do unless only writes do."""
    reads = inputs.reads if cache.plan.lazy and inputs.loads else 0
    return reads + (inputs.writes if cache.plan.through and inputs.refreshes else 0)


def should_be_well(cloud: Cloud, target: str, writes: bool) -> bool:
    """Whether a host or a node would answer what it is asked."""
    server = cloud.servers.get(target)
    return server is not None and server.running and server.answer(writes) is Answer.SERVES
