"""What an operator may ask of a Multi-AZ DB cluster alone; what Aurora has as well is in `operations.py`."""

from __future__ import annotations

from typing import ClassVar

from opsconsole.cloud import Cloud, Refused
from opsconsole.cloud.multi_az_cluster import MultiAzCluster, MultiAzInstance
from opsconsole.commands.base import Preview
from opsconsole.commands.blast import users_of
from opsconsole.commands.operations import Operation, require_available
from opsconsole.commands.targets import TargetKind


def _multi_az_cluster(cloud: Cloud, id: str) -> MultiAzCluster:
    cluster = cloud.clusters[id]
    if not isinstance(cluster, MultiAzCluster):
        hint = "reboot its instances one by one (RebootDBInstance)"
        raise Refused("InvalidParameterCombination", f"{id} is an {cluster.title}, not a Multi-AZ DB cluster: {hint}")
    return cluster


class RebootCluster(Operation):
    """Restart the writer and both readers of a Multi-AZ DB cluster at once (RDS `RebootDBCluster`).

    Nothing fails over and there is no reboot with a failover: FailoverDBCluster does that. The cluster is `rebooting`
    until all have restarted. Refused with InvalidDBClusterStateFault unless it is `available`, and for an Aurora DB
    cluster (InvalidParameterCombination). Source: AWS documentation, Rebooting a Multi-AZ DB cluster.
    """

    name: ClassVar[str] = "rds:reboot-db-cluster"
    title: ClassVar[str] = "Reboot the cluster"
    takes: ClassVar[TargetKind] = TargetKind.CLUSTER

    def check(self, cloud: Cloud) -> None:
        cluster = _multi_az_cluster(cloud, self.target)
        require_available(cluster)

    def preview(self, cloud: Cloud) -> Preview:
        cluster = cloud.clusters[self.target]
        members = list(cluster.instances.values())
        seconds = cloud.timing(MultiAzInstance.reboot_timing).typical_s
        return Preview(
            tuple(member.id for member in members),
            (cluster.writer_record.id, cluster.reader_record.id),
            users_of(cloud, members),
            (f"reads and writes fail for about {seconds:.0f} s; there is no failover",),
        )

    async def run(self, cloud: Cloud) -> None:
        await _multi_az_cluster(cloud, self.target).reboot()
