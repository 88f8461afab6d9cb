"""The registry: every command by its name, and which module has it.

The rule: a command that is named is found without loading the other hundred, whose models would be a quarter of the
start of a run with `--do`. Who asks for all of them (menus, the catalog, schemas) has them all loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Final

from opsconsole.commands.base import Command, registered

NAMES: Final = {
    "app_faults": ("sim:stale-dns",),
    "apps": (
        "app:pause-writes",
        "app:recycle-pool",
        "app:resume-writes",
        "app:set-dns-ttl",
        "app:set-endpoint",
        "app:set-rate",
        "app:set-tls",
    ),
    "autoscaling_operations": (
        "application-autoscaling:delete-scaling-policy",
        "application-autoscaling:deregister-scalable-target",
        "application-autoscaling:put-scaling-policy",
        "application-autoscaling:register-scalable-target",
    ),
    "backtrack_operations": ("rds:backtrack-db-cluster",),
    "cache_changes": (
        "elasticache:modify-cache-cluster",
        "elasticache:modify-replication-group",
        "elasticache:modify-replication-group-shard-configuration",
    ),
    "cache_faults": (
        "aws:elasticache:replicationgroup-interrupt-az-power",
        "sim:cache-flush",
        "sim:eviction-storm",
        "sim:hot-key",
    ),
    "cache_operations": (
        "elasticache:decrease-replica-count",
        "elasticache:increase-replica-count",
        "elasticache:reboot-cache-cluster",
        "elasticache:test-failover",
    ),
    "cache_parameters": ("elasticache:modify-cache-parameter-group",),
    "cache_snapshots": (
        "elasticache:create-replication-group",
        "elasticache:create-snapshot",
        "elasticache:delete-snapshot",
    ),
    "cluster_operations": (
        "rds:create-db-cluster",
        "rds:delete-db-cluster",
        "rds:modify-db-cluster",
        "rds:restore-db-cluster-from-snapshot",
        "rds:restore-db-cluster-to-point-in-time",
        "rds:start-db-cluster",
    ),
    "connection_faults": (
        "sim:cert-expiry",
        "sim:connection-storm",
    ),
    "control_plane_faults": (
        "region:api-outage",
        "sim:api-throttling",
        "sim:insufficient-capacity",
        "sim:stale-describe",
    ),
    "data_faults": (
        "app:rollback-deploy",
        "sim:backup-failure",
        "sim:bad-deploy",
        "sim:drop-table",
    ),
    "endpoint_operations": (
        "rds:create-db-cluster-endpoint",
        "rds:delete-db-cluster-endpoint",
    ),
    "failover_faults": ("sim:failover-loop",),
    "faults": ("heal",),
    "global_operations": (
        "rds:failover-global-cluster",
        "rds:remove-from-global-cluster",
        "rds:switchover-global-cluster",
    ),
    "instance_faults": (
        "aws:rds:failover-db-cluster",
        "aws:rds:reboot-db-instances",
        "sim:crash-host",
        "sim:crash-instance",
        "sim:replica-stall",
    ),
    "key_operations": (
        "kms:disable-key",
        "kms:enable-key",
        "sim:kms-key-disabled",
    ),
    "maintenance_operations": ("rds:apply-pending-maintenance-action",),
    "multi_az_operations": ("rds:reboot-db-cluster",),
    "operations": (
        "rds:create-db-instance",
        "rds:delete-db-instance",
        "rds:failover-db-cluster",
        "rds:reboot-db-instance",
    ),
    "parameter_operations": (
        "rds:create-db-parameter-group",
        "rds:modify-db-parameter-group",
    ),
    "place_faults": (
        "az:outage",
        "az:partition",
        "az:slowdown",
        "link:cut",
        "link:slow",
        "region:outage",
        "region:partition",
    ),
    "rds_databases": (
        "sql:create-database",
        "sql:drop-database",
        "sql:require-ssl",
    ),
    "rds_faults": (
        "sim:cut-network",
        "sim:disk-fill",
        "sim:fail-storage",
        "sim:hang",
        "sim:long-transaction",
        "sim:replication-error",
    ),
    "rds_modify": ("rds:modify-db-instance",),
    "rds_operations": (
        "mysql:rds_start_replication",
        "mysql:rds_stop_replication",
        "rds:create-db-instance-read-replica",
        "rds:promote-read-replica",
        "rds:start-db-instance",
        "rds:stop-db-instance",
    ),
    "replication_faults": ("sim:lag-burst",),
    "restore_operations": (
        "rds:restore-db-instance-from-db-snapshot",
        "rds:restore-db-instance-to-point-in-time",
    ),
    "session": (
        "mark",
        "say",
    ),
    "snapshot_operations": (
        "rds:copy-db-cluster-snapshot",
        "rds:copy-db-snapshot",
        "rds:create-db-cluster-snapshot",
        "rds:create-db-snapshot",
        "rds:delete-db-cluster-snapshot",
        "rds:delete-db-snapshot",
    ),
    "storage_faults": (
        "sim:storage-corruption",
        "sim:storage-node-loss",
    ),
    "volume_faults": (
        "sim:volume-io-latency",
        "sim:volume-io-pause",
    ),
}
"""The names of the commands by the module that has them. A new command is written down here, too."""

_MODULE_OF: Final = {name: module for module, names in NAMES.items() for name in names}


@cache
def registry() -> Mapping[str, type[Command]]:
    """Every command by its name, in name order."""
    for module in NAMES:
        import_module(f"opsconsole.commands.{module}")
    return MappingProxyType(dict(sorted(registered.items())))


def find(name: str) -> type[Command] | None:
    """The command of a name, if there is one."""
    module = _MODULE_OF.get(name)
    if module is not None:
        import_module(f"opsconsole.commands.{module}")
    return registered.get(name)
