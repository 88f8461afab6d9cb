"""What snapshots and restores have in common: names, quotas, zones, and moments that can or cannot be restored."""

from __future__ import annotations

from opsconsole import catalog
from opsconsole.cloud import Cloud, Refused, aws_view
from opsconsole.cloud.archive import Archive
from opsconsole.cloud.calendar import window_of
from opsconsole.cloud.places import Region, Zone
from opsconsole.cloud.snapshots import Snapshot
from opsconsole.commands import targets
from opsconsole.commands.moments import moment, written
from opsconsole.commands.targets import TargetKind, choices
from opsconsole.fleet import AWS_MANAGED_KEY


def default_name(cloud: Cloud, id: str) -> str:
    """A name for a snapshot that is given none: whose, and when."""
    return f"{id}-{aws_view.moment(cloud):%Y-%m-%d-%H-%M-%S}"


def require_new_snapshot(cloud: Cloud, name: str, region: str, cluster: bool) -> None:
    """Raise Refused unless a manual snapshot of this name may be made in a Region."""
    if not targets.IDENTIFIER.fullmatch(name):
        raise Refused(
            "InvalidParameterValue",
            f"{name!r} is no name for a snapshot: letters, digits or hyphens, first a letter, no double or last hyphen",
        )
    if name in cloud.snapshots:
        code = "DBClusterSnapshotAlreadyExistsFault" if cluster else "DBSnapshotAlreadyExists"
        raise Refused(code, f"there is a snapshot {name} already")
    quota = catalog.limit("manual-snapshots")
    kept = [one for one in cloud.snapshots.kept.values() if one.region == region and one.of_cluster is cluster]
    if len(kept) >= quota.value:
        raise Refused("SnapshotQuotaExceeded", f"{region}: {quota.sentence}")


def require_snapshot(snapshot: Snapshot) -> None:
    """Raise Refused unless a snapshot is `available`."""
    if not snapshot.available:
        code = "InvalidDBClusterSnapshotStateFault" if snapshot.of_cluster else "InvalidDBSnapshotState"
        raise Refused(code, f"{snapshot.name} is {snapshot.status.value}; wait until it is available")


def require_key(cloud: Cloud, key: str | None, region: str) -> None:
    """Raise Refused unless what a key encrypts can be read, and the key is of that Region."""
    if key is None or key == AWS_MANAGED_KEY:
        return
    known = choices(cloud, TargetKind.KEY)
    if key not in known:
        there_are = ", ".join(known) or "none"
        raise Refused("KMSKeyNotAccessibleFault", f"there is no KMS key {key!r}; there are: {there_are}")
    if cloud.keys[key].region != region:
        raise Refused("KMSKeyNotAccessibleFault", f"{key} is a key of {cloud.keys[key].region}; {region} needs its own")
    if not cloud.keys[key].enabled:
        raise Refused("KMSKeyNotAccessibleFault", f"the KMS key {key} is disabled: enable it first")


def zone_of(cloud: Cloud, region: Region, asked: str | None) -> Zone:
    """The zone that was asked for, by letter or full name, or one that AWS would choose. Refused if there is none."""
    if asked is None:
        roomy = region.roomy()
        if not roomy:
            raise Refused("InsufficientDBInstanceCapacity", f"no zone of {region.name} has capacity now: wait")
        return roomy[0]
    found = next((zone for zone in region.zones if asked in (zone.name, zone.name.removeprefix(region.name))), None)
    if found is None:
        raise Refused("InvalidParameterValue", f"{asked} is not a zone of {region.name} in this fleet")
    require_room(found)
    return found


def require_room(zone: Zone) -> None:
    """Raise Refused unless a new DB instance may be put into this zone."""
    if not zone.has_room:
        raise Refused("InsufficientDBInstanceCapacity", f"{zone.name} has no capacity now: try another zone")


def standby_zone(zone: Zone) -> str | None:
    """Where the standby of a new instance in `zone` comes: Refused without room; None if there is no other zone."""
    others = [other for other in zone.region.zones if other is not zone]
    roomy = [other.name for other in others if other.has_room]
    if others and not roomy:
        raise Refused(
            "InsufficientDBInstanceCapacity",
            f"no other zone of {zone.region.name} than {zone.name} has capacity for a standby now",
        )
    return roomy[0] if roomy else None


def chosen_moment(cloud: Cloud, archive: Archive, restore_time: str | None, latest: bool) -> int:
    """The moment that a restore goes to. Refused outside of what can be restored, with the window named."""
    if (restore_time is None) is not latest:
        raise Refused("InvalidParameterCombination", "give restore-time=…, or use-latest-restorable-time=true")
    earliest_us, latest_us = archive.earliest_us(), archive.latest_us()
    if earliest_us is None or latest_us is None:
        why = "automated backups are off" if not archive.days else "no automated backup is complete yet"
        raise Refused("PointInTimeRestoreNotEnabled", f"{archive.owner} cannot be restored to a point in time: {why}")
    if restore_time is None:
        return latest_us
    at_us = moment(cloud, restore_time)
    if not earliest_us <= at_us <= latest_us:
        window = f"{written(cloud, earliest_us)} to {written(cloud, latest_us)}"
        raise Refused(
            "InvalidParameterValue",
            f"{archive.owner} cannot be restored to {written(cloud, at_us)}: its restorable times are {window}",
        )
    return at_us


def require_apart(backup: str, maintenance: str) -> None:
    """Raise Refused unless both are windows, and do not overlap."""
    try:
        overlap = window_of(backup).overlaps(window_of(maintenance))
    except ValueError as bad:
        raise Refused("InvalidParameterValue", str(bad)) from None
    if overlap:
        raise Refused(
            "InvalidParameterCombination",
            f"the backup window {backup} and the maintenance window {maintenance} overlap",
        )


def require_one_choice(final: str | None, skip: bool) -> None:
    """Raise Refused unless a deletion says either how its final snapshot is called, or that there is to be none."""
    if final is None and not skip:
        raise Refused(
            "InvalidParameterCombination",
            "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified. "
            "Here say final-snapshot=NAME, or skip-final-snapshot=true.",
        )
    if final is not None and skip:
        raise Refused(
            "InvalidParameterCombination",
            "FinalDBSnapshotIdentifier can not be specified when deleting with SkipFinalSnapshot.",
        )
