"""What a place takes along of RDS: primaries, whose standbys take over, and standbys, without whom all goes on."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.cloud import Cloud
from opsconsole.cloud.places import Zone
from opsconsole.commands.base import Preview
from opsconsole.commands.blast import users_of_servers


def in_zones(cloud: Cloud, zones: Iterable[Zone]) -> Preview:
    """What stands of RDS DB instances in these zones, and what follows when they are lost, or cut off."""
    lost, sentences = list(zones), []
    concerned = [db for db in cloud.rds.values() if db.primary.zone in lost]
    for db in cloud.rds.values():
        standby = db.standby
        if db.primary.zone in lost and standby is not None and standby.zone not in lost:
            sentences.append(f"primary of {db.id} stands there: the standby in {standby.zone.name} takes over")
        elif db.primary.zone in lost:
            sentences.append(f"{db.id} stands there: nobody can take over")
        elif standby is not None and standby.zone in lost:
            sentences.append(f"standby of {db.id} stands there: commits wait for a moment, nothing fails over")
    ids = tuple(db.id for db in concerned)
    apps = users_of_servers(cloud, [host for db in concerned for host in db.hosts])
    return Preview(ids, ids, apps, tuple(sentences))
