"""AWS's view: what an operator would have. Statuses a little late, events as they are delivered, minutes of metrics.

All of it is a function of the truth's history, so looking through it changes nothing. Each Region tells of what stands
in it; a fault of its API may hold that back (`control_plane.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from opsconsole import catalog
from opsconsole.cloud.archive import DAY_US
from opsconsole.cloud.cache_node import CacheNode
from opsconsole.cloud.cache_shard import Shard
from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.events import Row
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.places import Zone
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.rds_host import Host
from opsconsole.fleet import AWS_MANAGED_KEY
from opsconsole.simulation import Step, noise, noise_key

T = TypeVar("T")
ACCOUNT = "000000000000"  # an account number that AWS never gives


def seen_at(cloud: Cloud, region: str) -> int:
    """The virtual time of what a Region's describe-* calls answer with now."""
    horizon_us = cloud.places.regions[region].api.horizon_us(cloud.now_us)
    return max(0, horizon_us - round(catalog.assumption("describe-delay-s").value * 1_000_000))


def seen(cloud: Cloud, region: str, thing: Step[T]) -> T:
    """Any fact as a Region's describe-* calls would say it now; what is younger than their view, as it began."""
    return thing.at(max(seen_at(cloud, region), thing.known_from_us))


def status(cloud: Cloud, region: str, thing: Step[str], truth: bool) -> str:
    """A status as it is, or as its Region's describe-* calls would say it now."""
    return thing.value if truth else seen(cloud, region, thing)


def is_impaired(cloud: Cloud, zone: Zone, truth: bool) -> bool:
    """Whether a zone is without power, or was when AWS looked; of grey failures AWS says nothing."""
    return not zone.up if truth else seen(cloud, zone.region.name, zone.condition) == "down"


def writer_of(cloud: Cloud, cluster: Cluster, truth: bool) -> Instance | None:
    """The instance that may write; in AWS's view, the one that the writer endpoint belonged to when AWS looked."""
    if truth:
        return cluster.writer
    answers = seen(cloud, cluster.region.name, cluster.writer_record.answers)
    return cluster.instances.get(answers[0]) if answers else None


def primary_of(cloud: Cloud, db: DbInstance, truth: bool) -> Host:
    """The host that serves; in AWS's view, the one that did when AWS looked."""
    return db.primary if truth else db.hosts.get(seen(cloud, db.region.name, db.primary_history), db.primary)


def primary_node_of(cloud: Cloud, shard: Shard, truth: bool) -> CacheNode | None:
    """The node that takes a shard's writes; in AWS's view, the one that did when AWS looked."""
    region = shard.group.region.name
    return shard.primary if truth else shard.nodes.get(seen(cloud, region, shard.primary_history))


def is_delivered(cloud: Cloud, row: Row) -> bool:
    """Whether an AWS event has reached the operator by now; each takes its own few seconds."""
    home = cloud.homes.of(str(row["source"]))
    horizon_us = cloud.now_us if home is None else home.api.horizon_us(cloud.now_us)
    return _ready_us(cloud, row) <= horizon_us


def delivery_us(cloud: Cloud, row: Row) -> int | None:
    """When an AWS event reaches the operator if no fault of its Region's API comes or goes: None for never."""
    home, ready_us = cloud.homes.of(str(row["source"])), _ready_us(cloud, row)
    return ready_us if home is None else home.api.reaches_us(ready_us)


def _ready_us(cloud: Cloud, row: Row) -> int:
    """When an event would reach the operator through an API that nothing holds back."""
    typical, t = catalog.assumption("event-delay-s").value, row["t"]
    assert isinstance(t, int), "every row of the log has its time"
    luck = noise(noise_key(cloud.seed, str(row["source"]), str(row.get("id"))), t)
    return t + round(typical * (0.5 + luck) * 1_000_000)


def events(cloud: Cloud, truth: bool) -> Iterator[Row]:
    """The latest rows of the log, newest first: all of them, or the AWS events that have been delivered."""
    for row in reversed(cloud.log.tail):
        if truth or (row["stream"] == "aws" and is_delivered(cloud, row)):
            yield row


def arn(region: str, kind: str, id: str) -> str:
    """The ARN of an RDS resource: `cluster`, `db`, `snapshot`, `cluster-snapshot`, `auto-backup`."""
    return f"arn:aws:rds:{region}:{ACCOUNT}:{kind}:{id}"


def key_arn(region: str, key: str) -> str:
    """The ARN of a customer's KMS key, or of the alias of the one that AWS manages."""
    what = f"alias/{key}" if key == AWS_MANAGED_KEY else f"key/{key}"
    return f"arn:aws:kms:{region}:{ACCOUNT}:{what}"


def born_us(created_us: int) -> int:
    """When AWS would say that something was created: whatever a fleet file lists is older than the run."""
    return created_us if created_us else -round(catalog.assumption("fleet-age-days").value) * DAY_US


def written(cloud: Cloud, at_us: int) -> str:
    """A virtual time as AWS's API writes it."""
    return moment(cloud, at_us).isoformat().replace("+00:00", "Z")


def moment(cloud: Cloud, at_us: int | None = None) -> datetime:
    """The date and time of day that a virtual time stands for, in UTC."""
    return cloud.fleet.start + timedelta(microseconds=cloud.now_us if at_us is None else at_us)
