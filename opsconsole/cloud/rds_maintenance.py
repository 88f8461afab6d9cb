"""What maintenance does to an RDS DB instance: a newer system under it, another machine, a newer minor version.

Multi-AZ helps with the first two: the standby is maintained, promoted, and then the old primary is maintained. An
engine upgrade hits both hosts at once. AWS opts in by itself where minor versions are upgraded automatically.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING

from opsconsole.cloud import rds_changes, rds_failover
from opsconsole.cloud.maintenance import Action, Work
from opsconsole.cloud.rds_host import Host
from opsconsole.cloud.rds_work import begin, down_for, open_again
from opsconsole.cloud.server import Engine
from opsconsole.cloud.versions import is_major

if TYPE_CHECKING:
    from opsconsole.cloud.cloud import Cloud
    from opsconsole.cloud.rds import DbInstance

Story = Coroutine[object, None, bool]


def offer(cloud: Cloud, db: DbInstance) -> None:
    """Make pending what AWS has for a DB instance: a system update, another host, and a newer minor version."""
    cloud.maintenance.know(db.id, lambda: db.settings.maintenance_window)
    cloud.maintenance.offer(db.id, _HostWork(cloud, db, "system-update", "New Operating System update is available"))
    cloud.maintenance.offer(db.id, _HostWork(cloud, db, "hardware-maintenance", "The host will be replaced"))
    offer_upgrade(cloud, db)


def offer_upgrade(cloud: Cloud, db: DbInstance) -> None:
    """Make the next minor version pending, if there is one; AWS opts in where upgrades are automatic."""
    if cloud.maintenance.find(db.id, "db-upgrade") is not None:
        cloud.maintenance.withdraw(db.id, "db-upgrade")
    version = successor(db)
    if version is not None:
        cloud.maintenance.offer(db.id, _Upgrade(cloud, db, version))
        follow_settings(cloud, db)


def follow_settings(cloud: Cloud, db: DbInstance) -> None:
    """The window was moved, or automatic upgrades switched on: what waits for a window waits for the right one."""
    cloud.maintenance.window_moved(db.id)
    pending = cloud.maintenance.find(db.id, "db-upgrade")
    if pending is not None and db.settings.auto_minor and not pending.opt_in:
        cloud.maintenance.schedule(pending)


def successor(db: DbInstance) -> str | None:
    """The latest minor version of the major one that it has; None if it has that."""
    mine, versions = db.settings.engine_version, db.engine.versions
    newer = [v for v in versions[versions.index(mine) + 1 :] if not is_major(mine, v)]
    return newer[-1] if newer else None


def obstacle(db: DbInstance) -> str | None:
    """Why nothing can be maintained now."""
    if not db.region.up:
        return f"{db.region.name} is down"
    if db.status.value != "available":
        return f"{db.id} is {db.status.value}"
    if db.failing_over or not db.primary.running:
        return f"{db.id} is failing over or recovering"
    return f"{db.id} is being changed" if db.change is not None and not db.change.done else None


async def _as_its_change(db: DbInstance, story: Story, name: str) -> bool:
    """Run `story` as the instance's change under way; False if it was cancelled (the instance is deleted)."""
    done: list[bool] = []

    async def tell() -> None:
        done.append(await story)

    task = begin(db, tell(), name)
    while not task.done:
        await db.pulse
    return any(done)


# -- the engine ---------------------------------------------------------------------------------------------------


class _Upgrade(Work):
    """A newer minor version for a DB instance."""

    __slots__ = ("_cloud", "_db", "_version")

    def __init__(self, cloud: Cloud, db: DbInstance, version: str) -> None:
        super().__init__("db-upgrade", f"Automatic minor version upgrade to {db.spec.engine} {version}")
        self._cloud = cloud
        self._db = db
        self._version = version

    def obstacle(self) -> str | None:
        behind = needs_upgrade_first(self._db, self._version)
        return f"upgrade its read replica {behind} first" if behind else obstacle(self._db)

    async def apply(self) -> bool:
        return await _as_its_change(self._db, self._change(), "minor upgrade")

    async def _change(self) -> bool:
        await rds_changes.change_engine(self._db, self._version)
        return True

    def effects(self) -> tuple[str, ...]:
        db = self._db
        seconds = self._cloud.timing("rds-minor-upgrade").typical_s
        both = ", both hosts at once: the standby does not help" if db.multi_az else ""
        before = f"{db.engine.title} {db.settings.engine_version}"
        return (f"{before} becomes {self._version}", f"down for {seconds:.0f} s{both}")


def needs_upgrade_first(db: DbInstance, version: str) -> str | None:
    """A read replica that would have an older version than its source: it comes before it."""
    versions = db.engine.versions
    wanted = versions.index(version)
    older = (r for r in db.replicas() if versions.index(r.settings.engine_version) < wanted)
    return next((replica.id for replica in older), None)


# -- the host -----------------------------------------------------------------------------------------------------


class _HostWork(Work):
    """What is under the engine is exchanged: a newer system, or another machine."""

    __slots__ = ("_cloud", "_db")

    def __init__(self, cloud: Cloud, db: DbInstance, action: Action, description: str) -> None:
        super().__init__(action, description)
        self._cloud = cloud
        self._db = db

    def obstacle(self) -> str | None:
        return obstacle(self._db)

    async def apply(self) -> bool:
        return await _as_its_change(self._db, maintain_hosts(self._db, self.action), self.action)

    def effects(self) -> tuple[str, ...]:
        db = self._db
        minutes = self._cloud.timing("rds-os-maintenance").typical_s / 60
        if not db.mirror.may_take_over():
            why = "it is Single-AZ" if not db.multi_az else f"its standby is not up to date ({db.mirror.value})"
            return (f"down for about {minutes:.0f} minutes: {why}",)
        failover = self._cloud.timing("rds-multi-az-failover-planned")
        return (
            f"the standby is maintained first, about {minutes:.0f} minutes, and the old primary last",
            f"between them a failover: down for {failover.min_s:.0f} to {failover.max_s:.0f} s, and nothing is lost",
        )


async def maintain_hosts(db: DbInstance, action: str) -> bool:
    """Exchange what is under the engine on every host; whether it was done on all of them."""
    log, fields = db.world.log, {"name": db.id} if action == "hardware-maintenance" else {}
    db.set_status("maintenance")
    log.aws(db.world.now_us, db.id, "0422" if fields else "0026", **fields)
    if db.mirror.may_take_over():
        done = await _one_after_the_other(db)
    else:
        await down_for(db, "rds-os-maintenance")
        open_again(db)
        done = True
    if done and not fields:
        log.aws(db.world.now_us, db.id, "0027")
        log.aws(db.world.now_us, db.id, "0047")
    db.set_status("available")
    return done


async def _one_after_the_other(db: DbInstance) -> bool:
    """The standby; a failover in less than a minute; the old primary. A host that is lost meanwhile ends it."""
    ready: Callable[[], bool] = db.mirror.may_take_over
    if db.standby is None or not await _maintain_standby(db, db.standby):
        return False
    await rds_failover.no_other(db)
    if not ready():
        return False
    db.mirror.paused = True  # the old primary is not brought up to date before it is maintained
    try:
        worked = await rds_failover.fail_over_on_request(db, rds_failover.PATCHED, "rds-multi-az-failover-planned")
    finally:
        db.mirror.paused = False
    return worked and await _maintain_standby(db, db.standby)


async def _maintain_standby(db: DbInstance, host: Host) -> bool:
    """Work on the standby's host while commits do not wait for it, then bring it up to date."""
    db.mirror.pause()
    try:
        host.set_engine(Engine.RESTARTING)
        with db.world.kernel.timeout(db.world.draw(host.id, "rds-os-maintenance")):
            while host.host_up and db.standby is host:
                await db.pulse
        done = host.host_up and db.standby is host
    finally:
        db.mirror.resume()
    while done and not db.mirror.may_take_over():
        if not host.host_up or db.standby is not host:
            return False
        await db.pulse
    return done
