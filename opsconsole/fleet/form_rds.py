"""RDS in a fleet file: DB instances, their read replicas, Multi-AZ DB clusters, and the storage under them."""

from __future__ import annotations

from typing import ClassVar, Final

from pydantic import Field

from .form_kms import INSTEAD, Encryptable
from .spec import BACKUP_WINDOW, MAINTENANCE_WINDOW
from .values import DailyWindow, Duration, Instead, Size, Table, Throughput, WeeklyWindow

_INSTEAD: Final = {
    **INSTEAD,
    "allocated_storage": ("the key is called storage here", 'write storage = "200 GiB"'),
    "instance_class": ("the key is called class here", 'write class = "db.m6g.large"'),
    "max_allocated_storage": ("the key is called max_storage here", 'write max_storage = "1 TiB"'),
    "backtrack": ("only Aurora MySQL can backtrack", "leave the key out"),
    "tier": (
        "RDS never fails over to a read replica, so there is no promotion tier",
        "leave the key out: promotion is an order of its own",
    ),
}


class StorageKeys(Table):
    """The EBS storage of a DB instance: what may be chosen."""

    storage_type: str | None = Field(None, description="gp3, gp2, io1, io2 or standard (magnetic). Default: gp3.")
    iops: int | None = Field(
        None, description="Provisioned IOPS. gp3: beyond its baseline; io1 and io2: needed; not for gp2 and standard."
    )
    throughput: Throughput | None = Field(None, description="gp3 only: provisioned throughput beyond its baseline.")


class ReplicaTable(StorageKeys, Encryptable):
    """A read replica of an RDS DB instance. What it does not say is as its source has it."""

    instead: ClassVar[Instead] = {
        **_INSTEAD,
        "engine": ("a read replica runs the engine of its source", "leave the key out"),
        "engine_version": ("a read replica starts with the version of its source", "leave the key out"),
        "data": ("a read replica holds the data of its source", "leave the key out"),
    }

    id: str = Field(description="DBInstanceIdentifier: unique in the whole file.")
    zone: str = Field(description='Its Availability Zone: a letter ("a") or a full name ("eu-west-1a").')
    region: str | None = Field(None, description="Its Region. Default: its source's.")
    source: str | None = Field(
        None, description="The replica that it follows, for a replica of a replica. Default: the DB instance itself."
    )
    multi_az: bool = Field(False, description="Whether it has a standby of its own.")
    standby_zone: str | None = Field(None, description="Where its standby stands. Default: the next zone.")
    instance_class: str | None = Field(
        None, alias="class", description="The DB instance class. Default: its source's.", examples=["db.m6g.large"]
    )
    storage: Size | None = Field(None, description="Allocated storage. Default: its source's; never less.")
    max_storage: Size | None = Field(None, description="Storage autoscaling grows up to this. Default: it is off.")
    backup_retention: Duration = Field(
        0.0, description="Whole days that its own backups are kept. Default: 0d, as AWS creates it."
    )


class RdsTable(StorageKeys, Encryptable):
    """An RDS DB instance."""

    instead: ClassVar[Instead] = {
        **_INSTEAD,
        "instances": ("an RDS DB instance is one instance", "write zone, class and replicas"),
        "secondaries": ("an RDS DB instance has no secondaries", "list read replicas, which may be in other Regions"),
    }

    engine: str = Field(
        description="mysql, mariadb, postgres, oracle or sqlserver, these two also by edition (oracle-se2).",
        examples=["postgres"],
    )
    engine_version: str | None = Field(None, description="Default: the engine's current one.")
    region: str = Field(description="The Region it runs in, one of [regions].")
    zone: str = Field(description='Where its primary starts: a letter ("a") or a full name ("us-east-1a").')
    multi_az: bool = Field(False, description="Whether it has a synchronous standby in another zone.")
    standby_zone: str | None = Field(None, description="Where its standby starts. Default: the next zone (b after a).")
    instance_class: str = Field(alias="class", description="The DB instance class.", examples=["db.m6g.large"])
    storage: Size = Field(description="Allocated storage.", examples=["200 GiB"])
    max_storage: Size | None = Field(None, description="Storage autoscaling grows up to this. Default: it is off.")
    data: Size | None = Field(None, description="The data it starts with. Default: 30 % of storage.")
    backup_retention: Duration | None = Field(
        None, description="Whole days that backups are kept; 0d is off. Default: 1d."
    )
    backup_window: DailyWindow = Field(BACKUP_WINDOW, description="When the daily backup begins, in UTC.")
    maintenance_window: WeeklyWindow = Field(
        MAINTENANCE_WINDOW, description="When maintenance may happen, weekly, in UTC."
    )
    deletion_protection: bool = Field(False, description="Whether deleting it is refused.")
    auto_minor_version_upgrade: bool = Field(True, description="Whether minor versions come in maintenance windows.")
    enhanced_monitoring: Duration = Field(
        0.0, description="Enhanced Monitoring's interval: 1, 5, 10, 15, 30 or 60 s; 0s is off."
    )
    performance_insights: bool = Field(False, description="Whether Performance Insights records its load.")
    replicas: list[ReplicaTable] = Field(default=[], description="Its read replicas.")


class MultiAzClusterTable(StorageKeys, Encryptable):
    """A Multi-AZ DB cluster: a writer and two readable standbys, one in each of the Region's first three zones."""

    instead: ClassVar[Instead] = {
        **_INSTEAD,
        "zone": ("a Multi-AZ DB cluster stands in three zones", "leave the key out: the writer starts in the first"),
        "instances": ("a Multi-AZ DB cluster always has three instances", "leave the key out"),
        "multi_az": ("a Multi-AZ DB cluster is Multi-AZ by itself", "leave the key out"),
    }

    engine: str = Field(description="mysql or postgres.", examples=["postgres"])
    engine_version: str | None = Field(None, description="Default: the engine's current one.")
    region: str = Field(description="The Region it runs in, one of [regions].")
    instance_class: str = Field(
        alias="class", description="The class of all three instances.", examples=["db.m6g.large"]
    )
    storage: Size = Field(description="Allocated storage of each of the three.", examples=["200 GiB"])
    data: Size | None = Field(None, description="The data it starts with. Default: 30 % of storage.")
    backup_retention: Duration | None = Field(None, description="Whole days that backups are kept. Default: 1d.")
    backup_window: DailyWindow = Field(BACKUP_WINDOW, description="When the daily backup begins, in UTC.")
    maintenance_window: WeeklyWindow = Field(
        MAINTENANCE_WINDOW, description="When maintenance may happen, weekly, in UTC."
    )
    deletion_protection: bool = Field(False, description="Whether deleting the cluster is refused.")
