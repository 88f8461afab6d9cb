"""What all checks of one cluster share: its table, the rest of the file around it, and a place for what they find."""

from __future__ import annotations

from dataclasses import dataclass

from .findings import Findings, Path
from .form import AuroraTable
from .identity import Directory
from .places import Places


@dataclass(frozen=True, slots=True)
class Reading:
    """What the checks of one cluster share."""

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
