"""The Regions and zones of a fleet, the KMS keys in them, and the reading of a zone by letter or by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from opsconsole import catalog

from .findings import Findings, Path
from .form import FleetForm, RegionTable
from .sift import known
from .spec import KeySpec, RegionSpec
from .text import meant, one_of, quoted

DEFAULT_ZONES: Final = 3
LEAST_ZONES: Final = 3
"""An Aurora volume keeps its six copies in three zones; AWS offers Aurora only where there are three."""

_ZONE_NAME = re.compile(r"(?P<region>[a-z]{2}(?:-[a-z]+)+-\d+)(?P<letter>[a-z])")


@dataclass(slots=True)
class Places:
    """The Regions that a file declares, or (where it declares none) those that it names."""

    declared: dict[str, RegionSpec] = field(default_factory=dict)
    spoiled: set[str] = field(default_factory=set)
    """Names in [regions] that were wrong and have been reported."""

    keys: dict[str, KeySpec | None] = field(default_factory=dict)
    """Every key of [kms]; None for one that is wrong, which has been reported."""

    def region(self, name: str | None, path: Path, findings: Findings) -> RegionSpec | None:
        """The Region that a cluster or an app names; None if it has none, which is then reported."""
        if name is None or name in self.spoiled:
            return None
        if name in self.declared:
            return self.declared[name]
        if name not in catalog.regions():
            found = _ZONE_NAME.fullmatch(name)
            if found and found["region"] in catalog.regions():
                findings.add(path, f"{quoted(name)} is a zone, not a Region", f"write {quoted(found['region'])}")
                return None
            right = meant(name, catalog.regions(), f"write {one_of(self.declared or catalog.regions())}")
            findings.add(path, f"{quoted(name)} is not an AWS Region known here", right)
            return None
        findings.missing(path, f"Region {name} is not in [regions]", f"add {name} = {{}} there, or name one that is")
        return None

    def zone(self, region: RegionSpec, text: str, path: Path, findings: Findings) -> str | None:
        """The full name of a zone of `region`; None if it has no such zone, which is then reported."""
        name = region.id + text if len(text) == 1 else text
        if name in region.zones:
            return name
        wrong, right = _no_zone(region.id, text, one_of(zone[-1] for zone in region.zones))
        if name in _zone_names(region.id):
            wrong = f"zone {name} is not one of this fleet's zones in {region.id}"
            right = f"write {one_of(zone[-1] for zone in region.zones)}, or add {quoted(name[-1])} to it in [regions]"
        findings.add(path, wrong, right)
        return None


def resolve_places(form: FleetForm, findings: Findings) -> Places:
    """Every Region of the file with its zones, and every KMS key."""
    places = _regions(form, findings)
    for ident, table in sorted(form.kms.items()):
        region = places.region(known(table.region), ("kms", ident, "region"), findings)
        places.keys[ident] = None if region is None else KeySpec(ident, region.id)
    return places


def _regions(form: FleetForm, findings: Findings) -> Places:
    places = Places()
    if not form.regions:
        for name in sorted(_named(form)):
            if name in catalog.regions():
                places.declared[name] = RegionSpec(name, _zone_names(name)[:DEFAULT_ZONES])
        return places
    for name, table in sorted(form.regions.items()):
        spec = _resolve_region(name, table, findings)
        if spec is None:
            places.spoiled.add(name)
        else:
            places.declared[name] = spec
    return places


def _named(form: FleetForm) -> set[str]:
    names: set[str | None] = {known(table.region) for table in form.aurora.values()}
    names.update(known(table.region) for table in form.kms.values())
    names.update(known(table.region) for table in form.multi_az_clusters.values())
    names.update(known(table.region) for table in form.caches.values())
    for instance in form.rds.values():
        names.update((known(instance.region), *(replica.region for replica in instance.replicas)))
    names.update(home for table in form.apps.values() for home in known(table.homes) or [])
    return {name for name in names if name is not None}


def _resolve_region(name: str, table: RegionTable, findings: Findings) -> RegionSpec | None:
    path: Path = ("regions", name)
    if name not in catalog.regions():
        findings.add(path, f"{quoted(name)} is not an AWS Region known here", meant(name, catalog.regions()), at="key")
        return None
    names = _zone_names(name)
    if table.zones is None:
        return RegionSpec(name, names[:DEFAULT_ZONES])
    zones: list[str] = []
    sound = True
    for index, text in enumerate(table.zones):
        zone = name + text if len(text) == 1 else text
        if zone not in names:
            findings.add((*path, "zones", index), *_no_zone(name, text, one_of(other[-1] for other in names)))
            sound = False
        elif zone in zones:
            findings.add((*path, "zones", index), f"zone {zone} is listed twice", "leave one of them out")
            sound = False
        else:
            zones.append(zone)
    if sound and len(zones) < LEAST_ZONES:
        findings.add(
            (*path, "zones"),
            f"{len(zones)} zones are too few: an Aurora volume keeps its six copies in three",
            f"list at least {LEAST_ZONES} of {one_of(other[-1] for other in names)}",
        )
        sound = False
    return RegionSpec(name, tuple(zones)) if sound else None


def _no_zone(region: str, text: str, choice: str) -> tuple[str, str]:
    """The sentence about a zone that `region` does not have."""
    rows: Mapping[str, catalog.RegionRow] = catalog.regions()
    by_id = {zone.az_id: zone.letter for zone in rows[region].zones}
    if text in by_id:
        return f"{quoted(text)} is an AZ id; a fleet file names zones by letter", f"write {quoted(by_id[text])}"
    found = _ZONE_NAME.fullmatch(text)
    if found and found["region"] != region and found["region"] in rows:
        return f"zone {text} lies in {found['region']}, not in {region}", f"write {choice}"
    return f"{region} has no zone {quoted(text)}", f"write {choice}"


def _zone_names(region: str) -> tuple[str, ...]:
    return tuple(region + zone.letter for zone in catalog.region(region).zones)
