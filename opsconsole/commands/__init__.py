"""What an operator may ask (AWS's API verbs) and what may go wrong (faults): one registry, one grammar.

Menus, palette, forms, confirmations, drills, the catalog, schemas and the journal all come from this one registry.
Adding a command is adding one class.
"""

from opsconsole.commands import (  # each registers its commands
    apps,
    autoscaling_operations,
    cache_changes,
    cache_faults,
    cache_operations,
    cache_parameters,
    cache_snapshots,
    endpoint_operations,
    faults,
    global_operations,
    instance_faults,
    maintenance_operations,
    multi_az_operations,
    operations,
    place_faults,
    rds_databases,
    rds_faults,
    rds_modify,
    rds_operations,
    session,
    storage_faults,
)
from opsconsole.commands.base import Command, Danger, Kind, Preview, registry
from opsconsole.commands.errors import BadCommand, UnknownTarget
from opsconsole.commands.grammar import parse, timed
from opsconsole.commands.targets import TargetKind, choices, kind_of

__all__ = [
    "BadCommand",
    "Command",
    "Danger",
    "Kind",
    "Preview",
    "TargetKind",
    "UnknownTarget",
    "apps",
    "autoscaling_operations",
    "cache_changes",
    "cache_faults",
    "cache_operations",
    "cache_parameters",
    "cache_snapshots",
    "choices",
    "endpoint_operations",
    "faults",
    "global_operations",
    "instance_faults",
    "kind_of",
    "maintenance_operations",
    "multi_az_operations",
    "operations",
    "parse",
    "place_faults",
    "rds_databases",
    "rds_faults",
    "rds_modify",
    "rds_operations",
    "registry",
    "session",
    "storage_faults",
    "timed",
]
