"""Which acknowledged writes an app still has, and which are gone: present + lost = acknowledged, to the write."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.writelog import Branch


class Account(NamedTuple):
    """Writes of one app in the history of the database it writes to now, in nano-writes.

    `lost` were acknowledged and are not in that database; `unknown_present` are there although the app never learnt it.
    """

    acknowledged: int
    present: int
    lost: int
    unknown_present: int


class Database(Protocol):
    """What holds an app's writes: a cluster's storage, or an RDS DB instance."""

    @property
    def branch(self) -> Branch:
        """The history it holds."""

    def position_time(self, now_us: int) -> int:
        """The commit time up to which it has every write of that history."""


def database_of(cloud: Cloud, app: str) -> Database | None:
    """Where an app's writes are sent to, by its endpoint's name; None if it writes nowhere."""
    record = cloud.apps[app].write_record
    if record is None:
        return None
    if record.kind == "rds":
        return cloud.rds.get(record.id)
    if record.kind == "global":
        return cloud.global_databases[record.id.partition(".")[0]].primary.storage
    if record.kind == "instance":
        return cloud.cluster_of(record.id).storage if record.id in cloud.instances else None
    return cloud.clusters[record.id.partition(".")[0]].storage


def account(cloud: Cloud, app: str) -> Account:
    """An app's writes now, counted against what its database holds."""
    database = database_of(cloud, app)
    if database is None:
        return Account(0, 0, 0, 0)
    now = cloud.now_us
    until = database.position_time(now)
    curves = (branch.acknowledged.get(app) for branch in database.branch.family)
    acknowledged = sum(curve.at(now) for curve in curves if curve is not None)
    present = database.branch.count(app, until)
    unknown = database.branch.count(app, until, unknown=True)
    return Account(acknowledged, present, acknowledged - present, unknown)
