"""What a fleet file may say, and how it is read.

`load_fleet` and `parse_fleet` give a frozen `Fleet` or raise `FileProblems` with everything that is wrong. Nothing
above this room ever sees TOML.
"""

from .load import LoadedFleet, load_fleet, parse_fleet
from .problems import FileProblems, Problem
from .schema import json_schema
from .shipped import resolve_fleet_path, shipped_fleets
from .spec import (
    AWS_MANAGED_KEY,
    AppSpec,
    AuroraSpec,
    AutoScalingSpec,
    CacheNodeSpec,
    CacheSpec,
    CacheUseSpec,
    CustomEndpointSpec,
    Fleet,
    GlobalSpec,
    InOrder,
    InstanceSpec,
    KeySpec,
    MultiAzClusterSpec,
    RdsSpec,
    RegionSpec,
    ShardSpec,
    StorageSpec,
    TimingOverride,
    Tls,
)
from .text import nearest
from .units import (
    BadQuantity,
    format_duration,
    format_rate,
    format_size,
    parse_duration,
    parse_rate,
    parse_size,
    parse_throughput,
)

__all__ = [
    "AWS_MANAGED_KEY",
    "AppSpec",
    "AuroraSpec",
    "AutoScalingSpec",
    "BadQuantity",
    "CacheNodeSpec",
    "CacheSpec",
    "CacheUseSpec",
    "CustomEndpointSpec",
    "FileProblems",
    "Fleet",
    "GlobalSpec",
    "InOrder",
    "InstanceSpec",
    "KeySpec",
    "LoadedFleet",
    "MultiAzClusterSpec",
    "Problem",
    "RdsSpec",
    "RegionSpec",
    "ShardSpec",
    "StorageSpec",
    "TimingOverride",
    "Tls",
    "format_duration",
    "format_rate",
    "format_size",
    "json_schema",
    "load_fleet",
    "nearest",
    "parse_duration",
    "parse_fleet",
    "parse_rate",
    "parse_size",
    "parse_throughput",
    "resolve_fleet_path",
    "shipped_fleets",
]
