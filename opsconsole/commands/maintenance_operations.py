"""What an operator may ask about pending maintenance: apply it now, in the window, or not."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from opsconsole.cloud import Cloud, Refused
from opsconsole.cloud.maintenance import Action, Pending
from opsconsole.commands.base import Preview
from opsconsole.commands.blast import users_of
from opsconsole.commands.operations import Operation
from opsconsole.commands.rds_checks import apps_of
from opsconsole.commands.targets import TargetKind


class ApplyPendingMaintenanceAction(Operation):
    """Opt in to a pending maintenance action of a cluster or an instance (RDS `ApplyPendingMaintenanceAction`).

    `db-upgrade` brings a newer engine version: an Aurora cluster by zero-downtime patching where that finds an
    opportunity (sessions stay open, throughput drops for seconds), an RDS DB instance by an outage of both hosts. A
    `system-update` patches the operating system, `hardware-maintenance` replaces the host: readers or the standby
    first, then a failover. `immediate` begins now and cannot be undone, `next-maintenance` waits for the maintenance
    window. Refused with ResourceNotFoundFault where no such action is
    pending, and while the resource is not `available`. Source: AWS documentation, Maintaining a DB instance.
    """

    name: ClassVar[str] = "rds:apply-pending-maintenance-action"
    title: ClassVar[str] = "Apply pending maintenance"
    takes: ClassVar[TargetKind] = TargetKind.MAINTAINED

    apply_action: Action = Field(alias="action", description="the pending action")
    opt_in_type: Literal["immediate", "next-maintenance", "undo-opt-in"] = Field(
        "immediate", alias="opt_in", description="now, in the maintenance window, or take an opt-in back"
    )

    def _pending(self, cloud: Cloud) -> Pending | None:
        return cloud.maintenance.find(self.target, self.apply_action)

    @classmethod
    def check_target(cls, cloud: Cloud, target: str) -> None:
        if not cloud.maintenance.of(target):
            raise Refused("ResourceNotFoundFault", f"no maintenance action is pending for {target}")

    def check(self, cloud: Cloud) -> None:
        pending = self._pending(cloud)
        state = "InvalidDBClusterStateFault" if self.target in cloud.clusters else "InvalidDBInstanceState"
        if pending is None:
            known = ", ".join(one.work.action for one in cloud.maintenance.of(self.target))
            raise Refused(
                "ResourceNotFoundFault",
                f"no {self.apply_action} is pending for {self.target}; pending actions: {known}",
            )
        if pending.under_way:
            raise Refused(
                state, f"{self.apply_action} of {self.target} is under way: it cannot be undone or asked again"
            )
        if self.opt_in_type == "undo-opt-in" and not pending.opt_in:
            raise Refused(state, f"nobody has opted in to {self.apply_action} of {self.target}")
        obstacle = pending.work.obstacle() if self.opt_in_type == "immediate" else None
        if obstacle is not None:
            raise Refused(state, f"{obstacle}: wait, or opt in to the next maintenance window")

    def preview(self, cloud: Cloud) -> Preview:
        pending = self._pending(cloud)
        if pending is None or self.opt_in_type == "undo-opt-in":
            return Preview()
        when = () if self.opt_in_type == "immediate" else (f"in the window {cloud.maintenance.windows[self.target]()}",)
        if self.target in cloud.rds:
            db = cloud.rds[self.target]
            return Preview((db.id,), (db.id,), apps_of(cloud, db), (*when, *pending.work.effects()))
        members = cloud.clusters[self.target].instances.values() if self.target in cloud.clusters else ()
        nodes = [instance.id for instance in members] or [self.target]
        concerned = [instance for id, instance in cloud.instances.items() if id in nodes]
        return Preview(tuple(nodes), (), users_of(cloud, concerned), (*when, *pending.work.effects()))

    async def run(self, cloud: Cloud) -> None:
        pending = self._pending(cloud)
        if pending is None:
            return
        match self.opt_in_type:
            case "immediate":
                await cloud.maintenance.begin(pending)
            case "next-maintenance":
                cloud.maintenance.schedule(pending)
            case "undo-opt-in":
                cloud.maintenance.undo(pending)
