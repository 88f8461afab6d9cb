"""RDS DB instances as DescribeDBInstances prints them, with botocore's member names."""

from __future__ import annotations

from opsconsole.cloud import aws_view
from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.describe_keys import encryption
from opsconsole.cloud.disk import Disk
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.tls import CA
from opsconsole.cloud.versions import default_option_group

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None

WHOLE = 1000  # a volume of which nothing is still in S3

PENDING = {
    "db-instance-class": "DBInstanceClass",
    "engine-version": "EngineVersion",
    "multi-az": "MultiAZ",
    "backup-retention-period": "BackupRetentionPeriod",
    "db-port-number": "Port",
    "new-db-instance-identifier": "DBInstanceIdentifier",
    "allocated-storage": "AllocatedStorage",
    "storage-type": "StorageType",
    "iops": "Iops",
    "storage-throughput": "StorageThroughput",
}
"""Modifications, by the member of PendingModifiedValues that shows them."""


def db_instance(cloud: Cloud, db: DbInstance, truth: bool) -> dict[str, Json]:
    """One DB instance as AWS would describe it now."""
    settings, disk, primary = db.settings, db.disk, aws_view.primary_of(cloud, db, truth)

    def arn(other: DbInstance) -> str:
        return aws_view.arn(other.region.name, "db", other.id)

    pending: dict[str, Json] = {
        PENDING.get(name, name): value
        for name, value in sorted({**db.pending, **db.applying}.items())
        if name != "option-group"  # AWS shows it in OptionGroupMemberships
    }
    answer: dict[str, Json] = {
        "DBInstanceIdentifier": db.id,
        "DBInstanceArn": arn(db),
        "DBInstanceClass": db.instance_class.name,
        "DBInstanceStatus": aws_view.status(cloud, db.region.name, db.status, truth),
        "Engine": db.spec.engine,
        "EngineVersion": settings.engine_version,
        "DBName": db.contents.databases_at(cloud.now_us)[0],
        "AvailabilityZone": primary.zone.name,
        "MultiAZ": db.multi_az,
        "StorageType": disk.allocation.type,
        "AllocatedStorage": disk.allocation.gib,
        **_provisioned(disk),
        **encryption(db.region.name, db.spec.kms_key),
        "BackupRetentionPeriod": settings.retention_days,
        "PreferredBackupWindow": settings.backup_window,
        "PreferredMaintenanceWindow": settings.maintenance_window,
        "AutoMinorVersionUpgrade": settings.auto_minor,
        "DeletionProtection": settings.deletion_protection,
        "MonitoringInterval": settings.monitoring_interval_s,
        "PerformanceInsightsEnabled": settings.performance_insights,
        "PubliclyAccessible": False,
        "DBParameterGroups": [
            {"DBParameterGroupName": settings.parameter_group, "ParameterApplyStatus": settings.parameter_status}
        ],
        "OptionGroupMemberships": [_option_group(db)],
        "CACertificateIdentifier": CA,
        "ReadReplicaDBInstanceIdentifiers": [
            replica.id if replica.region is db.region else arn(replica) for replica in db.replicas()
        ],
        "InstanceCreateTime": aws_view.written(cloud, aws_view.born_us(db.created_us)),
        "PendingModifiedValues": pending,
    }
    latest_us = db.archive.latest_us()
    if latest_us is not None:
        answer["LatestRestorableTime"] = aws_view.written(cloud, latest_us)
    if db.loading_until_us is not None:
        answer["PercentProgress"] = str(_loaded_percent(db, db.loading_until_us))
    if db.record.answers.value:
        answer["Endpoint"] = {"Address": db.record.fqdn, "Port": settings.port}
    if disk.max_gib:
        answer["MaxAllocatedStorage"] = disk.max_gib
    if db.standby is not None:
        answer["SecondaryAvailabilityZone"] = (db.standby if primary is db.primary else db.primary).zone.name
    if db.replication is not None:
        source = db.replication.source
        answer["ReadReplicaSourceDBInstanceIdentifier"] = source.id if source.region is db.region else arn(source)
        status = aws_view.status(cloud, db.region.name, db.replication.status, truth)
        answer["StatusInfos"] = [
            {"StatusType": "read replication", "Normal": status == "replicating", "Status": status}
        ]
    return answer


def _loaded_percent(db: DbInstance, until_us: int) -> int:
    """How much of a restored volume has come from S3."""
    now = db.world.now_us
    began_us = now
    for at_us, share in reversed(db.loaded.since(db.loaded.known_from_us)):
        if share == WHOLE:
            break
        began_us = at_us
    return (now - began_us) * 100 // max(1, until_us - began_us)


def _option_group(db: DbInstance) -> dict[str, Json]:
    """The option group it has, or the one that it is to have."""
    option = db.applying.get("option-group") or db.pending.get("option-group") or db.settings.option
    name = f"{db.id}-{str(option).lower().replace('_', '-')}"
    if not option:
        name = default_option_group(db.spec.engine, db.settings.engine_version)
    status = "applying" if "option-group" in db.applying else "in-sync"
    return {"OptionGroupName": name, "Status": "pending-maintenance-apply" if "option-group" in db.pending else status}


def _provisioned(disk: Disk) -> dict[str, Json]:
    """IOPS and throughput in MiB/s, where they are provisioned: what gp2 and magnetic storage give goes unsaid."""
    now = disk.allocation
    if now.type in ("gp2", "standard"):
        return {}
    throughput = now.row.throughput_mibps(now.gib, disk.engine, now.iops, now.throughput_mibps)
    return {"Iops": disk.baseline_iops, **({"StorageThroughput": throughput} if now.type == "gp3" else {})}
