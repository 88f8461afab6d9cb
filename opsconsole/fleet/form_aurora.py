"""Aurora in a fleet file: clusters, their instances and endpoints, global databases."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from pydantic import Field

from .form_kms import INSTEAD, Encryptable
from .spec import BACKUP_WINDOW, MAINTENANCE_WINDOW
from .values import DailyWindow, Duration, Instead, Size, Table, WeeklyWindow

_SSD: Final = "Aurora has no choice of storage: its volume is SSD, shared by all instances, and grows by itself"
_VOLUME: Final = "what is encrypted is the volume that all instances of a cluster share"


class InstanceTable(Table):
    """A DB instance of an Aurora cluster."""

    instead: ClassVar[Instead] = {
        "promotion_tier": ("the key is called tier here", "write tier = 0"),
        "region": ("an instance runs in the Region of its cluster", "leave the key out"),
        "storage": (_SSD, "give the cluster its storage instead"),
        "encrypted": (_VOLUME, "give the cluster encrypted = true instead"),
        "kms_key": (_VOLUME, "give the cluster its kms_key instead"),
    }

    id: str = Field(description="DBInstanceIdentifier: unique in the whole file.")
    zone: str = Field(description='The Availability Zone: a letter ("a") or a full name ("us-east-1a").')
    instance_class: str = Field(alias="class", description="The DB instance class.", examples=["db.r6g.large"])
    tier: int | None = Field(
        None, description="PromotionTier: the lowest is promoted first, among equals the largest class. Default: 1."
    )


class EndpointTable(Table):
    """A custom endpoint of an Aurora cluster: some of its instances under one name."""

    id: str = Field(description="DBClusterEndpointIdentifier: unique in the whole file.")
    type: Literal["READER", "ANY"] = Field("READER", description="READER leaves the writer out; ANY does not.")
    members: list[str] | None = Field(None, description="Instance ids: these and no others.")
    excluded: list[str] | None = Field(None, description="Instance ids: all but these, new instances included.")


class AutoScalingTable(Table):
    """Aurora Auto Scaling: readers are added and removed so that a metric of the readers stays near a target."""

    metric: Literal["cpu", "connections"] = Field(
        description="What is kept near the target: the readers' average CPU in per cent, or their connections.",
        examples=["cpu"],
    )
    target: float = Field(description="Per cent of CPU, or connections per reader.", examples=[60])
    min: int = Field(1, description="MinCapacity: fewer readers than this are never left.")
    max: int | None = Field(None, description="MaxCapacity: more readers than this are never there. Default: 15.")
    scale_in: bool = Field(True, description="Whether readers are removed again.")
    scale_in_cooldown: Duration = Field(300.0, description="How long after a change none is removed.")
    scale_out_cooldown: Duration = Field(300.0, description="How long after a change none is added.")


class AuroraTable(Encryptable):
    """An Aurora DB cluster. The first instance is the writer, unless it is a secondary of a global cluster."""

    instead: ClassVar[Instead] = {
        **INSTEAD,
        "storage_type": (_SSD, "leave the key out; there is no magnetic storage, gp2 or io1 to choose"),
        "iops": (_SSD, "leave the key out"),
        "allocated_storage": (_SSD, 'leave it out, or write storage = "400 GiB" for data it starts with'),
        "multi_az": (
            "an Aurora cluster becomes Multi-AZ by its instances, not by a switch",
            "leave the key out and place a reader in another zone",
        ),
        "zone": ("an Aurora cluster has no zone of its own", "give each of its instances a zone"),
        "class": ("an Aurora cluster has no class of its own", "give each of its instances a class"),
        "replicas": ("an Aurora cluster's readers are instances like the writer", "list them in instances"),
    }

    engine: str = Field(description="aurora-mysql or aurora-postgresql.", examples=["aurora-mysql"])
    engine_version: str | None = Field(
        None, description="Default: the engine's current one; for a secondary, its primary's."
    )
    region: str = Field(description="The Region it runs in, one of [regions].")
    storage: Size | None = Field(
        None, description="The data its volume starts with (the volume grows by itself). Default: 10 GiB."
    )
    backtrack: Duration = Field(0.0, description="Target backtrack window, Aurora MySQL only; 0s is off.")
    backup_retention: Duration | None = Field(None, description="Whole days that backups are kept. Default: 1d.")
    deletion_protection: bool = Field(False, description="Whether deleting the cluster is refused.")
    instances: list[InstanceTable] = Field(
        default=[], description="Its DB instances. Only a secondary of a global cluster may have none."
    )
    endpoints: list[EndpointTable] = Field(default=[], description="Its custom endpoints.")
    auto_scaling: AutoScalingTable | None = Field(None, description="Target tracking of its readers. Default: off.")
    backup_window: DailyWindow = Field(BACKUP_WINDOW, description="When the daily backup begins, in UTC.")
    maintenance_window: WeeklyWindow = Field(
        MAINTENANCE_WINDOW, description="When maintenance may happen, weekly, in UTC."
    )


class GlobalTable(Table):
    """An Aurora global database: a primary cluster, and secondaries in other Regions."""

    primary: str = Field(description="The id of the cluster that takes the writes.")
    secondaries: list[str] = Field(default=[], description="Ids of read-only clusters, one per other Region.")
