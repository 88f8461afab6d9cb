"""What all checks of one table share: where it stands, the rest of the file around it, a place for what they find."""

from __future__ import annotations

from typing import NamedTuple

from .findings import Findings, Path
from .form_aurora import AuroraTable
from .identity import Directory
from .places import Places
from .spec import RegionSpec


class Scope(NamedTuple):
    """A table under its path, the places it may name, and where findings about it go."""

    path: Path
    places: Places
    findings: Findings

    def add(self, *where: str | int, wrong: str, right: str) -> None:
        """Note something wrong with the value at a key of the table."""
        self.findings.add((*self.path, *where), wrong, right)

    def add_key(self, *where: str | int, wrong: str, right: str) -> None:
        """Note that a key of the table should not be there at all."""
        self.findings.add((*self.path, *where), wrong, right, at="key")

    def missing(self, *where: str | int, wrong: str, right: str) -> None:
        """Note that something is not there, if all of the file could be read."""
        self.findings.missing((*self.path, *where), wrong, right, at="value" if where else "key")

    def about(self, *where: str | int) -> bool:
        """Whether something has been found at a key or below it."""
        return self.findings.about(*self.path, *where)

    def inner(self, *where: str | int) -> Scope:
        """The same for a table inside this one."""
        return Scope((*self.path, *where), self.places, self.findings)

    def region(self, name: str | None) -> RegionSpec | None:
        """The Region that the table names; None if there is none, which is reported."""
        return self.places.region(name, (*self.path, "region"), self.findings)

    def zone(self, region: RegionSpec | None, text: str | None, *where: str | int) -> str | None:
        """The full name of the zone at a key; None if the Region has none of that name, which is reported."""
        if region is None or text is None:
            return None
        return self.places.zone(region, text, (*self.path, *where), self.findings)


class Reading(NamedTuple):
    """What the checks of one Aurora cluster share."""

    id: str
    table: AuroraTable
    directory: Directory
    places: Places
    findings: Findings

    @property
    def path(self) -> Path:
        """Where the cluster stands in the file."""
        return ("aurora", self.id)

    @property
    def scope(self) -> Scope:
        """Where findings about it go."""
        return Scope(self.path, self.places, self.findings)

    @property
    def secondary(self) -> bool:
        """Whether a global database names it among its secondaries."""
        return self.id in self.directory.primary_of

    @property
    def primary(self) -> AuroraTable | None:
        """Its primary's table, if it is a secondary."""
        primary = self.directory.primary_of.get(self.id)
        return None if primary is None else self.directory.cluster(primary)

    @property
    def instances_uncertain(self) -> bool:
        """Whether it may have instances, or may be a secondary, if only other mistakes were mended."""
        return self.findings.about(*self.path, "instances") or self.findings.about("global")

    def add(self, *where: str | int, wrong: str, right: str) -> None:
        """Note something wrong with the value at a key of the cluster."""
        self.findings.add((*self.path, *where), wrong, right)
