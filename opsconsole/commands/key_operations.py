"""KMS keys: what an operator may do with one, and the fault that somebody else did it."""

from __future__ import annotations

from typing import ClassVar

from opsconsole import catalog
from opsconsole.cloud import Cloud, databases
from opsconsole.cloud.keys import Key
from opsconsole.commands.base import Danger, Preview
from opsconsole.commands.blast import users_of_servers
from opsconsole.commands.faults import FaultCommand
from opsconsole.commands.operations import Operation
from opsconsole.commands.targets import TargetKind

OPERATOR = "operator"


def _preview(cloud: Cloud, key: Key) -> Preview:
    """What a key encrypts, and who uses that."""
    encrypted = key.databases()
    servers = [server for one in encrypted for server in databases.servers_of(cloud, one.id)]
    seconds = cloud.timing("kms-detection").typical_s
    days = catalog.assumption("kms-recoverable-days").value
    return Preview(
        tuple(one.id for one in encrypted),
        (),
        users_of_servers(cloud, servers),
        (
            f"RDS notices after about {seconds:.0f} s and stops what it encrypts, recoverably for {days:.0f} days",
            "nothing can be restored from its snapshots meanwhile",
        ),
    )


class DisableKey(Operation):
    """Disable a KMS key (KMS `DisableKey`): whatever it encrypts becomes inaccessible (RDS-EVENT-0418, 0419).

    Enable it within seven days and start the databases; after that they can only be restored from a backup. KMS takes
    the call for a key that is disabled already (AWS documentation: key states of KMS keys); so it does `EnableKey`.
    """

    name: ClassVar[str] = "kms:disable-key"
    title: ClassVar[str] = "Disable a key"
    takes: ClassVar[TargetKind] = TargetKind.KEY

    def preview(self, cloud: Cloud) -> Preview:
        return _preview(cloud, cloud.keys[self.target])

    async def run(self, cloud: Cloud) -> None:
        cloud.keys[self.target].disable(OPERATOR)


class EnableKey(Operation):
    """Enable a disabled KMS key (KMS `EnableKey`), whoever disabled it: what it encrypts can be started (0420)."""

    name: ClassVar[str] = "kms:enable-key"
    title: ClassVar[str] = "Enable a key"
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.KEY

    def preview(self, cloud: Cloud) -> Preview:
        encrypted = [one.id for one in cloud.keys[self.target].databases()]
        return Preview(tuple(encrypted), (), (), ("then start what it encrypts: nothing starts by itself",))

    async def run(self, cloud: Cloud) -> None:
        key = cloud.keys[self.target]
        for fault in cloud.faults.of(key.id):
            cloud.faults.end(fault)
        key.enable(OPERATOR)


class KeyDisabled(FaultCommand):
    """Somebody disables a KMS key, or takes RDS's right to use it: what it encrypts becomes inaccessible."""

    name: ClassVar[str] = "sim:kms-key-disabled"
    title: ClassVar[str] = "Take a KMS key away"
    takes: ClassVar[TargetKind] = TargetKind.KEY

    def preview(self, cloud: Cloud) -> Preview:
        return _preview(cloud, cloud.keys[self.target])

    async def run(self, cloud: Cloud) -> None:
        fault, key = self.begin(cloud), cloud.keys[self.target]
        key.disable(fault.id)
        fault.undo.append(lambda: key.enable(fault.id))
        await cloud.faults.last(fault)
