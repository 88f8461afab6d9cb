"""Which hosts are billed now: a status bills all, storage alone, or nothing (`billed` of the catalog's statuses).

A Multi-AZ DB instance is two hosts of its class, of which one serves nobody; a cluster is billed by its instances.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.catalog import Price
from opsconsole.cloud.cache_node import CacheNode

if TYPE_CHECKING:
    from opsconsole.cloud.cloud import Cloud


@dataclass(frozen=True, slots=True)
class Hosts:
    """What is billed by the time it runs: a price by the hour, and how many hosts.

    `since_us`: they have this size. `home` is what they belong to: a cluster, a cache, or the DB instance itself.
    """

    home: str
    price: Price
    count: int
    since_us: int


def bills(kind: str, status: str, what: str = "yes") -> bool:
    """Whether a status of this kind of resource bills compute (`yes`), or at least its `storage`."""
    row = catalog.statuses(kind).get(status)  # None for what is gone
    return row is not None and row.billed in ("yes", what)


def hosts(cloud: Cloud, id: str) -> Hosts | None:
    """The hosts that a DB instance or a cache node is billed for now; None where there are none, or no such thing."""
    if id in cloud.instances:
        instance = cloud.instances[id]
        if not bills("db-instance", instance.status.value):
            return None
        price = _instance_price(instance.instance_class.name, instance.home.spec.engine)
        return Hosts(instance.cluster, price, 1, instance.classes.changed_us)
    if id in cloud.rds:
        db = cloud.rds[id]
        if not bills("db-instance", db.status.value):
            return None
        price = _instance_price(db.instance_class.name, db.spec.engine)
        return Hosts(id, price, 2 if db.multi_az else 1, db.classes.changed_us)
    node = cloud.servers.get(id)
    if not isinstance(node, CacheNode):
        return None
    kind = "cache-cluster" if node.shard.group.replicated else "cache-node"
    if not bills(kind, node.status.value):
        return None
    return Hosts(node.shard.group.id, _node_price(node.node_type.name), 1, node.types.changed_us)


@cache
def _instance_price(size: str, engine: str) -> Price:
    return catalog.instance_price(catalog.instance_class(size), catalog.engine(engine))


@cache
def _node_price(size: str) -> Price:
    return catalog.node_price(catalog.cache_node_type(size))
