"""What a Memcached cluster does not have, and why: each key is refused with the reason, not as unknown."""

from __future__ import annotations

from opsconsole import catalog

from .form_caches import CacheTable
from .reading import Scope

_ALONE = "Memcached nodes know nothing of each other"


def check_memcached(table: CacheTable, engine: catalog.Engine, scope: Scope) -> None:
    """Report every key that asks Memcached for what only Redis OSS and Valkey have."""
    refused = (
        ("shards", table.shards is not None, f"{_ALONE}: clients spread the keys over them", "list them in nodes"),
        ("replicas", bool(table.replicas), f"{_ALONE}: there is no replication", "leave it out"),
        ("automatic_failover", table.automatic_failover, f"{_ALONE}: there is none to take over", "leave it out"),
        ("multi_az", table.multi_az, "Multi-AZ needs replicas, and Memcached has none", "leave it out"),
        ("auth", table.auth, "Memcached has no AUTH token", "leave it out, or choose redis or valkey"),
        ("at_rest_encryption", table.at_rest_encryption, "Memcached writes nothing to disk", "leave it out"),
        ("parameters", table.parameters is not None, "these are parameters of Redis OSS and Valkey", "leave them out"),
        (
            "snapshot_retention",
            table.snapshot_retention > 0 and not engine.snapshots,
            "Memcached has no snapshots: what a node held is gone with it",
            "leave it out, or choose redis or valkey",
        ),
    )
    for key, asked, wrong, right in refused:
        if asked:
            scope.add_key(key, wrong=wrong, right=right)
