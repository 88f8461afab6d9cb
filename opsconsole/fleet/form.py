"""What a fleet file may say: its tables and keys as strict pydantic models, in the file's own words.

These are the shape of the file and no more (kinds of values, units, known keys). Whether it makes sense to AWS is asked
in `resolve`. The descriptions here are what `opsconsole schema fleet` tells an editor.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from .form_apps import AppTable
from .form_aurora import AuroraTable, GlobalTable
from .form_caches import CacheTable
from .form_kms import KeyTable
from .form_rds import MultiAzClusterTable, RdsTable
from .values import DEFAULT_SEED, DEFAULT_START, Duration, Name, Start, Table


class RegionTable(Table):
    """A Region of the fleet. `us-east-1 = {}` takes its first three zones."""

    zones: list[str] | None = Field(
        None, description='The zones this fleet may use: letters ("a") or full names ("us-east-1a"). Default: a, b, c.'
    )


class TimingTable(Table):
    """A timing of the catalog, replaced: "24s", or a table."""

    shorthand: ClassVar[str | None] = "typical"

    typical: Duration = Field(description="The median.")
    min: Duration | None = Field(None, description="The floor. Default: the catalog's, or typical if that is shorter.")
    max: Duration | None = Field(
        None, description="About the 97th percentile. Default: the catalog's, or typical if that is longer."
    )


def _expand(value: object) -> object:
    return {"typical": value} if isinstance(value, str) else value


class FleetForm(Table):
    """A fleet file."""

    name: Name = Field("Fleet", description="What people call it.")
    seed: int = Field(DEFAULT_SEED, description="The seed of every draw; a drill's wins over it, --seed over both.")
    start: Start = Field(DEFAULT_START, description="Virtual time zero, with its offset from UTC.")
    regions: dict[str, RegionTable] = Field(
        default={}, description="The Regions of the fleet. Left out: those that the other tables name."
    )
    kms: dict[str, KeyTable] = Field(default={}, description="Customer managed KMS keys, by id.")
    aurora: dict[str, AuroraTable] = Field(default={}, description="Aurora DB clusters, by id.")
    global_clusters: dict[str, GlobalTable] = Field(
        default={}, alias="global", description="Aurora global databases, by id."
    )
    rds: dict[str, RdsTable] = Field(default={}, description="RDS DB instances with their read replicas, by id.")
    multi_az_clusters: dict[str, MultiAzClusterTable] = Field(
        default={}, alias="multi_az_cluster", description="Multi-AZ DB clusters (two readable standbys), by id."
    )
    caches: dict[str, CacheTable] = Field(
        default={}, alias="elasticache", description="ElastiCache replication groups and Memcached clusters, by id."
    )
    apps: dict[str, AppTable] = Field(default={}, description="Applications, by id.")
    timings: dict[
        str, Annotated[TimingTable, BeforeValidator(_expand, json_schema_input_type=Duration | TimingTable)]
    ] = Field(default={}, description="Timings of the catalog that this fleet overrides, by name.")
