"""The standby of a Multi-AZ DB instance: where it may stand."""

from __future__ import annotations

from opsconsole import catalog

from .reading import Scope
from .spec import RegionSpec
from .text import one_of, quoted


def resolve_standby(
    multi_az: bool,
    text: str | None,
    region: RegionSpec | None,
    zone: str | None,
    engine: catalog.Engine | None,
    scope: Scope,
) -> str | None:
    """Where the standby of a Multi-AZ instance stands: in another zone than its primary, the next one if not given."""
    if not multi_az:
        if text is not None:
            wrong = "a Single-AZ DB instance has no standby"
            scope.add_key("standby_zone", wrong=wrong, right="leave it out, or write multi_az = true")
        return None
    if engine is not None and not engine.multi_az:
        wrong = f"{engine.title} has no Multi-AZ deployment"
        scope.add("multi_az", wrong=wrong, right="leave it out, or choose another edition")
    if region is None or zone is None:
        return None
    others = [other for other in region.zones if other != zone]
    if text is None:
        at = region.zones.index(zone)
        return region.zones[(at + 1) % len(region.zones)]
    standby = scope.zone(region, text, "standby_zone")
    if standby == zone:
        wrong = f"{quoted(text)} is the primary's zone, and a standby there would be lost with it"
        scope.add("standby_zone", wrong=wrong, right=f"write {one_of(other[-1] for other in others)}")
    return standby
