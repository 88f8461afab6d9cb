"""What an operator may ask about custom endpoints of an Aurora cluster."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from opsconsole import catalog
from opsconsole.cloud import Cloud, Refused
from opsconsole.commands import targets
from opsconsole.commands.base import Danger, Preview
from opsconsole.commands.operations import Operation, require_aurora, require_available
from opsconsole.commands.targets import TargetKind
from opsconsole.fleet import CustomEndpointSpec
from opsconsole.simulation import sleep


class CreateEndpoint(Operation):
    """Create a custom endpoint (RDS `CreateDBClusterEndpoint`) over some of a cluster's instances.

    `members` lists them, or `excluded` lists those that are not in it (then new instances join by themselves). At most
    five a cluster; READER leaves the writer out, ANY takes it too.
    """

    name: ClassVar[str] = "rds:create-db-cluster-endpoint"
    title: ClassVar[str] = "Create a custom endpoint"
    danger: ClassVar[Danger] = Danger.SAFE
    takes: ClassVar[TargetKind] = TargetKind.CLUSTER

    endpoint: str = Field(alias="id", description="the endpoint's id")
    type: Literal["READER", "ANY"] = "READER"
    members: str = Field("", description="instances, separated by commas")
    excluded: str = Field("", description="instances left out, separated by commas")

    def _ids(self, text: str) -> tuple[str, ...]:
        return tuple(sorted(word.strip() for word in text.split(",") if word.strip()))

    @classmethod
    def check_target(cls, cloud: Cloud, target: str) -> None:
        cluster = require_aurora(cloud, target, "custom endpoints")
        require_available(cluster)
        limit = catalog.limit("custom-endpoints")
        if len(cluster.custom) >= limit.value:
            raise Refused("DBClusterEndpointQuotaExceededFault", f"{cluster.id}: {limit.sentence}")

    def check(self, cloud: Cloud) -> None:
        cluster = cloud.clusters[self.target]
        if not targets.IDENTIFIER.fullmatch(self.endpoint):
            raise Refused("InvalidParameterValue", f"{self.endpoint!r} is no endpoint identifier")
        if self.endpoint in cluster.custom or f"{cluster.id}.{self.endpoint}" in cloud.names.records:
            raise Refused(
                "DBClusterEndpointAlreadyExistsFault", f"{cluster.id} has an endpoint {self.endpoint} already"
            )
        if self.members and self.excluded:
            raise Refused("InvalidParameterCombination", "give members or excluded, not both")
        for id in (*self._ids(self.members), *self._ids(self.excluded)):
            if id not in cluster.instances:
                raise Refused("DBInstanceNotFound", f"{id} is not an instance of {cluster.id}")

    async def run(self, cloud: Cloud) -> None:
        cluster = cloud.clusters[self.target]
        spec = CustomEndpointSpec(self.endpoint, self.type, self._ids(self.members), self._ids(self.excluded))
        cluster.reserve_custom_endpoint(spec)
        await sleep(cloud.draw(f"{cluster.id}.{self.endpoint}", "custom-endpoint-create"))
        cluster.open_custom_endpoint(spec.id)


class DeleteEndpoint(Operation):
    """Withdraw a custom endpoint (RDS `DeleteDBClusterEndpoint`): its name answers nobody any more."""

    name: ClassVar[str] = "rds:delete-db-cluster-endpoint"
    title: ClassVar[str] = "Delete a custom endpoint"
    danger: ClassVar[Danger] = Danger.IRREVERSIBLE
    takes: ClassVar[TargetKind] = TargetKind.CLUSTER

    endpoint: str = Field(alias="id", description="the endpoint's id")

    @classmethod
    def check_target(cls, cloud: Cloud, target: str) -> None:
        if not require_aurora(cloud, target, "custom endpoints").custom:
            raise Refused("DBClusterEndpointNotFoundFault", f"{target} has no custom endpoint")

    def check(self, cloud: Cloud) -> None:
        cluster = cloud.clusters[self.target]
        if self.endpoint not in cluster.custom:
            raise Refused(
                "DBClusterEndpointNotFoundFault",
                f"{cluster.id} has no custom endpoint {self.endpoint}; it has: {', '.join(cluster.custom)}",
            )

    def preview(self, cloud: Cloud) -> Preview:
        name = f"{self.target}.{self.endpoint}"
        return Preview(
            names=(name,),
            apps=tuple(id for id, a in cloud.apps.items() if name in (record.id for record, *_ in a.uses())),
        )

    async def run(self, cloud: Cloud) -> None:
        cloud.clusters[self.target].remove_custom_endpoint(self.endpoint)
