"""What maintenance does to an Aurora cluster: a newer engine, without downtime where that works, and a newer system.

Zero-downtime patching (ZDP) exchanges the engines of all instances at once while their sessions stay open: throughput
drops for seconds and nothing else is felt. It is best effort; where it finds no opportunity every instance restarts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from functools import cache
from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.catalog import EngineVersion
from opsconsole.cloud import failover
from opsconsole.cloud.aurora import AuroraCluster, AuroraInstance
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.maintenance import Work
from opsconsole.cloud.server import Engine

if TYPE_CHECKING:
    from opsconsole.cloud.cloud import Cloud

TIB = 1024**4
Story = Callable[[Instance], Coroutine[object, object, None]]


def offer(cloud: Cloud, cluster: AuroraCluster) -> None:
    """Make pending what AWS has for a cluster of the fleet: a newer version, and a patch of each host's system."""
    window = lambda: cluster.settings.maintenance_window  # noqa: E731 - one for all of them
    for resource in (cluster.id, *cluster.instances):
        cloud.maintenance.know(resource, window)
        cloud.maintenance.offer(resource, _SystemUpdate(cloud, cluster, resource))
    release = successor(cluster)
    if release is not None:
        cloud.maintenance.offer(cluster.id, _Upgrade(cloud, cluster, release))


def successor(cluster: AuroraCluster) -> EngineVersion | None:
    """The version that a `db-upgrade` brings: the latest patch, else the latest minor version of the same major one."""
    mine = _numbers(cluster.version.name)
    newer = [r for r in cluster.engine.releases if _numbers(r.name)[:1] == mine[:1] and _numbers(r.name) > mine]
    patches = [r for r in newer if len(mine) > 2 and _numbers(r.name)[:2] == mine[:2]]
    return max(patches or newer, key=lambda release: _numbers(release.name), default=None)


@cache
def _numbers(version: str) -> tuple[int, ...]:
    """Aurora's own numbers in a version: (3, 8, 0) for `8.0.mysql_aurora.3.08.0`."""
    return tuple(int(number) for number in re.findall(r"\d+", version.rpartition("aurora.")[2]))


# -- the engine -------------------------------------------------------------------------------------------------


class _Upgrade(Work):
    """A newer engine for a cluster."""

    __slots__ = ("_cloud", "_cluster", "_release")

    def __init__(self, cloud: Cloud, cluster: AuroraCluster, release: EngineVersion) -> None:
        super().__init__("db-upgrade", f"Automatic minor version upgrade to {cluster.spec.engine} {release.name}")
        self._cloud = cloud
        self._cluster = cluster
        self._release = release

    def obstacle(self) -> str | None:
        return _engine_obstacle(self._cloud, self._cluster, self._release)

    async def apply(self) -> bool:
        return await upgrade(self._cloud, self._cluster, self._release)

    def effects(self) -> tuple[str, ...]:
        cloud, cluster = self._cloud, self._cluster
        reason = why_not_zero_downtime(cloud, cluster)
        seconds = cloud.timing("aurora-patch").typical_s
        restart = f"every instance of {cluster.id} restarts at once: down for about {seconds:.0f} s"
        if reason is not None:
            return (restart, f"no zero-downtime patching: {reason}")
        slow = cloud.timing("aurora-zero-downtime-patch").typical_s
        return (
            f"zero-downtime patching is tried: sessions stay open, throughput drops for about {slow:.0f} s",
            f"where it finds no opportunity {restart}",
        )

    def say_postponed(self) -> None:
        _say_postponed(self._cluster)


def _say_postponed(cluster: AuroraCluster) -> None:
    """A window came and the engine could not be exchanged: RDS-EVENT-0085 or 0174."""
    log, now = cluster.world.log, cluster.world.now_us
    odd = next((i for i in cluster.instances.values() if i.status.value != "available"), None)
    if odd is None:
        log.aws(now, cluster.id, "0174")
    else:
        log.aws(now, cluster.id, "0085", name=cluster.id, instance=odd.id, status=odd.status.value)


def _engine_obstacle(cloud: Cloud, cluster: AuroraCluster, release: EngineVersion) -> str | None:
    """Why the engine cannot be exchanged now. A global database's secondaries come before its primary."""
    database = cloud.global_of(cluster)
    if database is not None and database.primary is cluster:
        wanted = _numbers(release.name)
        behind = next((s for s in database.secondaries if _numbers(s.version.name) < wanted), None)
        if behind is not None:
            return f"{cluster.id} is the primary of {database.id}: upgrade its secondary {behind.id} first"
    odd = next((i for i in cluster.instances.values() if i.status.value != "available"), None)
    return _busy(cluster) or (f"{odd.id} is {odd.status.value}" if odd is not None else None)


def _busy(cluster: AuroraCluster) -> str | None:
    if not cluster.region.up:
        return f"{cluster.region.name} is down"
    if cluster.status.value != "available":
        return f"{cluster.id} is {cluster.status.value}"
    return None


def why_not_zero_downtime(cloud: Cloud, cluster: AuroraCluster) -> str | None:
    """Why sessions cannot be kept, as far as that is known before (AWS documentation: Using zero-downtime patching)."""
    database = cloud.global_of(cluster)
    if database is not None:
        return f"{cluster.id} is a member of the global database {database.id}"
    crowded = next((i for i in cluster.instances.values() if i.load.value.demand_permille >= 1000), None)
    if crowded is not None:
        return f"{crowded.id} has more to do than it can: statements run long"
    return None


async def upgrade(cloud: Cloud, cluster: AuroraCluster, release: EngineVersion) -> bool:
    """Exchange the engines of all instances for a newer version: RDS-EVENT-0177, then 0290 and 0173."""
    log, before = cloud.log, cluster.version.name
    reason = why_not_zero_downtime(cloud, cluster)
    if reason is None and not _lucky(cloud, cluster):
        reason = "no moment was found without long-running transactions, temporary tables or table locks"
    at_work = [i for i in cluster.instances.values() if i.running and not i.deleting]
    sessions = sum(instance.load.value.connections for instance in at_work)
    cluster.set_status("upgrading")
    log.aws(cloud.now_us, cluster.id, "0177")
    log.sim(
        cloud.now_us,
        cluster.id,
        "patch",
        now="restart" if reason else "zero-downtime",
        reason=reason,
        preserved=0 if reason else sessions,
        dropped=sessions if reason else 0,
    )
    if reason is not None and cluster.writer is not None:
        cluster.on_writer_restart()
    await _each(cluster, at_work, _restart if reason else _exchange, "exchange its engine")
    cluster.version = release
    cluster.volume.max_bytes = release.max_volume_tib * TIB
    log.aws(cloud.now_us, cluster.id, "0290", version=before, new_version=release.name)
    log.aws(cloud.now_us, cluster.id, "0173")
    if cluster.status.value == "upgrading":
        cluster.set_status("available")
    cluster.look_again()
    following = successor(cluster)
    if following is not None:
        cloud.maintenance.offer(cluster.id, _Upgrade(cloud, cluster, following))
    return True


def _lucky(cloud: Cloud, cluster: AuroraCluster) -> bool:
    """Best effort: most attempts find a moment in which sessions can be carried over."""
    share = catalog.assumption("zero-downtime-patch-success-share").value
    return cloud.chance.stream(cluster.id, "zero-downtime-patch").random() < share


async def _exchange(instance: Instance) -> None:
    """A new engine under open sessions: slower for seconds, its uptime begins anew, no connection breaks."""
    if not isinstance(instance, AuroraInstance):
        raise TypeError(f"{instance.id} is no Aurora instance")
    world = instance.world
    instance.set_status("upgrading")
    world.log.aws(world.now_us, instance.id, "0178")
    instance.set_pace(round(catalog.assumption("zero-downtime-patch-throughput-share").value * 1000))
    try:
        await instance.busy("aurora-zero-downtime-patch")
    finally:
        instance.set_pace(1000)
    instance.settled()
    instance.started.set(world.now_us, world.now_us)
    world.log.aws(world.now_us, instance.id, "0047")
    instance.set_status("available")


async def _restart(instance: Instance) -> None:
    await _go_offline(instance, "upgrading", "aurora-patch", "0178")


async def _go_offline(instance: Instance, status: str, timing: str, event: str) -> None:
    """The standard way: RDS-EVENT-0026, a stop and a start, 0027 and 0047."""
    log, world = instance.world.log, instance.world
    instance.set_status(status)
    log.aws(world.now_us, instance.id, event, **({"name": instance.id} if event == "0422" else {}))
    log.aws(world.now_us, instance.id, "0026")
    log.aws(world.now_us, instance.id, "0004")
    instance.set_engine(Engine.RESTARTING)
    await instance.busy(timing)
    instance.open()
    log.aws(world.now_us, instance.id, "0027")
    log.aws(world.now_us, instance.id, "0047")


async def _each(cluster: AuroraCluster, instances: list[Instance], story: Story, name: str) -> None:
    """Run a story in every instance at once, until the last is through it or has lost its host."""
    tasks = [instance.begin(story(instance), name) for instance in instances]
    while any(task is not None and not task.done for task in tasks):
        await cluster.pulse


# -- the operating system ---------------------------------------------------------------------------------------


class _SystemUpdate(Work):
    """A patch of the hosts' operating system: of a whole cluster, or of one of its instances."""

    __slots__ = ("_cloud", "_cluster", "_resource")

    def __init__(self, cloud: Cloud, cluster: AuroraCluster, resource: str) -> None:
        super().__init__("system-update", "New Operating System patch is available")
        self._cloud = cloud
        self._cluster = cluster
        self._resource = resource

    def _concerned(self) -> list[Instance]:
        members, whole = self._cluster.instances, self._resource == self._cluster.id
        chosen = members.values() if whole else [members[self._resource]]
        return [instance for instance in chosen if self._cloud.maintenance.find(instance.id, "system-update")]

    def obstacle(self) -> str | None:
        waiting = next((i for i in self._concerned() if i.status.value != "available" or not i.running), None)
        return _busy(self._cluster) or (f"{waiting.id} is {waiting.status.value}" if waiting else None)

    async def apply(self) -> bool:
        whole = self._resource == self._cluster.id
        return await update_system(self._cloud, self._cluster, self._concerned(), whole=whole)

    def effects(self) -> tuple[str, ...]:
        cluster, concerned = self._cluster, self._concerned()
        minutes = self._cloud.timing("rds-os-maintenance").typical_s / 60
        lines = [
            f"one after the other, each is down for about {minutes:.0f} minutes: {', '.join(i.id for i in concerned)}"
        ]
        if cluster.writer in concerned:
            others = cluster.candidates()
            lines.append(
                f"the writer comes last, after a failover to {others[0].id}"
                if others
                else f"{cluster.id} has no reader to take over: writes fail meanwhile"
            )
        return tuple(lines)


async def update_system(cloud: Cloud, cluster: AuroraCluster, instances: list[Instance], whole: bool) -> bool:
    """Patch the hosts' operating system, readers first and one after the other; the writer after a failover."""
    if whole:
        cloud.log.aws(cloud.now_us, cluster.id, "0288")
    for instance in sorted(instances, key=lambda one: one is cluster.writer):
        if instance is cluster.writer and cluster.candidates() and _busy(cluster) is None:
            await failover.fail_over_on_request(cluster, cluster.candidates()[0])
            with cloud.kernel.timeout(cloud.timing("aurora-failover-no-reader").max_s):
                await instance.status.until(cloud.kernel, lambda status: status == "available")
        if instance.status.value != "available" or not instance.running or instance.deleting:
            continue
        await _each(cluster, [instance], _patch_host, "patch its operating system")
        if instance.status.value == "available":
            cloud.maintenance.withdraw(instance.id, "system-update")
        with cloud.kernel.timeout(cloud.timing("dns-record-update").max_s):  # the next one waits until it takes readers
            while instance is not cluster.writer and instance.id not in cluster.reader_record.answers.value:
                await cluster.pulse
    left = [i for i in cluster.instances if cloud.maintenance.find(i, "system-update")]
    if whole:
        cloud.log.aws(cloud.now_us, cluster.id, "0289")
        return not left
    if not left:
        cloud.maintenance.withdraw(cluster.id, "system-update")
    return all(i.id not in left for i in instances)


async def _patch_host(instance: Instance) -> None:
    await _go_offline(instance, "maintenance", "rds-os-maintenance", "0422")
