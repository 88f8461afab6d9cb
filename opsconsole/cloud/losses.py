"""Which acknowledged writes an app still has, and which are gone: present + lost = acknowledged, to the write."""

from __future__ import annotations

from typing import NamedTuple

from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.cluster import Cluster


class Account(NamedTuple):
    """Writes of one app in the history of the database it writes to now, in nano-writes.

    `lost` were acknowledged and are not in that database; `unknown_present` are there although the app never learnt it.
    """

    acknowledged: int
    present: int
    lost: int
    unknown_present: int


def database_of(cloud: Cloud, app: str) -> Cluster | None:
    """The cluster that an app's writes are sent to, by its endpoint's name; None if it writes nowhere."""
    record = cloud.apps[app].write_record
    if record is None:
        return None
    if record.kind == "global":
        return cloud.global_databases[record.id.partition(".")[0]].primary
    if record.kind == "instance":
        return cloud.cluster_of(record.id) if record.id in cloud.instances else None
    return cloud.clusters[record.id.partition(".")[0]]


def account(cloud: Cloud, app: str) -> Account:
    """An app's writes now, counted against what its database holds."""
    cluster = database_of(cloud, app)
    if cluster is None:
        return Account(0, 0, 0, 0)
    now, volume = cloud.now_us, cluster.volume
    until = volume.position_time(now)
    curves = (branch.acknowledged.get(app) for branch in volume.branch.family)
    acknowledged = sum(curve.at(now) for curve in curves if curve is not None)
    present = volume.branch.count(app, until)
    unknown = volume.branch.count(app, until, unknown=True)
    return Account(acknowledged, present, acknowledged - present, unknown)
