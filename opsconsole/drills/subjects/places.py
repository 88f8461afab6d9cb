"""What can be asked of zones, Regions and the fleet as a whole."""

from __future__ import annotations

from typing import Final

from opsconsole.cloud import Cloud, costs
from opsconsole.cloud.places import Region, Zone
from opsconsole.drills.subjects.base import Kind, Quantity, Scene
from opsconsole.drills.values import Unit, Value

FLEET = "fleet"


def _region_status(scene: Scene, region: Region, t: int) -> Value:
    """The worst of its zones, if all of them share it; `impaired` if some are well."""
    conditions = dict.fromkeys(zone.condition.at(t) for zone in region.zones)
    if region.border.inward.shut or region.border.outward.shut:
        return "cut off"
    return next(iter(conditions)) if len(conditions) == 1 else "impaired"


ZONES: Final[Kind[Zone]] = Kind(
    "zone",
    lambda cloud: cloud.places.zones,
    lambda cloud, name: cloud.places.zones.get(name),
    (Quantity("status", Unit.TEXT, "up, slow, cut off or down", lambda s, z, t: z.condition.at(t)),),
)
REGIONS: Final[Kind[Region]] = Kind(
    "Region",
    lambda cloud: cloud.places.regions,
    lambda cloud, name: cloud.places.regions.get(name),
    (Quantity("status", Unit.TEXT, "up, slow, cut off, down, or impaired: some of its zones", _region_status),),
)
FLEETS: Final[Kind[Cloud]] = Kind(
    "fleet",
    lambda cloud: (FLEET,),
    lambda cloud, name: cloud if name == FLEET else None,
    (
        Quantity(
            "apps.ok",
            Unit.NUMBER,
            "apps whose health is ok",
            lambda s, c, t: sum(app.health.at(t) == "ok" for app in c.apps.values()),
        ),
        Quantity("faults", Unit.NUMBER, "faults in force", lambda s, c, t: len(c.faults.in_force)),
        Quantity(
            "cost",
            Unit.NUMBER,
            "US dollars per hour, as it stands",
            lambda s, c, t: float(sum((line.usd_per_hour for line in costs.fleet(c)), start=0)),
        ),
    ),
)
