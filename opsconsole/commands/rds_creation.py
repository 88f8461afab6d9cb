"""A new, empty RDS DB instance: what CreateDBInstance takes, what it refuses, and what it begins."""

from __future__ import annotations

from typing import NamedTuple

from opsconsole import catalog
from opsconsole.cloud import Cloud, Refused, rds_restores, rds_work
from opsconsole.cloud.disk import GIB
from opsconsole.cloud.places import Region
from opsconsole.commands.backup_checks import require_key, standby_zone, zone_of
from opsconsole.commands.base import Preview
from opsconsole.fleet import RdsSpec, StorageSpec

DEFAULT_CLASS = "db.m6g.large"
STORAGE_TYPE = "gp3"


class Wanted(NamedTuple):
    """What a request says."""

    id: str
    engine: str | None
    instance_class: str | None
    zone: str | None
    gib: int | None
    multi_az: bool
    retention_days: int
    kms_key: str | None


def spec_of(cloud: Cloud, region: Region, wanted: Wanted) -> RdsSpec:
    """The instance that is asked for. Raises Refused for one that AWS would not make."""
    engine = next((row for row in catalog.engines().values() if wanted.engine in (row.name, *row.aliases)), None)
    if engine is None or engine.family != "rds":
        known = ", ".join(row.name for row in catalog.engines().values() if row.family == "rds")
        raise Refused("InvalidParameterValue", f"an RDS DB instance needs engine=…, one of {known}")
    name = wanted.instance_class or DEFAULT_CLASS
    classes = catalog.instance_classes()
    if name not in classes or engine.name not in classes[name].engines:
        raise Refused("InvalidParameterValue", f"{engine.title} does not offer the class {name}")
    row = catalog.storage_type(STORAGE_TYPE)
    gib = row.bounds_for(engine.name).min_gib if wanted.gib is None else wanted.gib
    refusal = row.refusal(gib, engine.name, 0, 0)
    if refusal:
        raise Refused("InvalidParameterCombination", refusal)
    if wanted.multi_az and not engine.multi_az:
        raise Refused("InvalidParameterCombination", f"{engine.title} has no Multi-AZ deployment")
    limit = catalog.limit("rds-retention-days")
    if not limit.allows(wanted.retention_days):
        raise Refused("InvalidParameterValue", limit.sentence)
    require_key(cloud, wanted.kms_key, region.name)
    zone = zone_of(cloud, region, wanted.zone)
    standby = standby_zone(zone) if wanted.multi_az else None
    return RdsSpec(
        id=wanted.id,
        engine=engine.name,
        engine_version=engine.default_version,
        region=region.name,
        zone=zone.name,
        multi_az=standby is not None,
        standby_zone=standby,
        instance_class=name,
        storage=StorageSpec(STORAGE_TYPE, gib * GIB, 0, 0),
        retention_days=wanted.retention_days,
        kms_key=wanted.kms_key,
    )


def preview(cloud: Cloud, spec: RdsSpec) -> Preview:
    """Where it comes, and when."""
    minutes = cloud.timing("rds-instance-create").typical_s / 60
    standby = f", with a standby in {spec.standby_zone}" if spec.standby_zone else ""
    text = f"{spec.instance_class} in {spec.zone}{standby}, empty, ready in about {minutes:.0f} minutes"
    return Preview((spec.id,), (), (), (text, "no app uses it before it is pointed at it (app:set-endpoint)"))


def begin(cloud: Cloud, spec: RdsSpec) -> None:
    """It is `creating` from now on."""
    db = cloud.add_db_instance(spec, running=False)
    cloud.log.sim(cloud.now_us, db.id, "status", now="creating", zone=spec.zone)
    db.look_again()
    rds_work.begin(db, rds_restores.create(db), "creation")
