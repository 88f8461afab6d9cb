"""Plausible values for the fields of commands about snapshots, restores, rewinds, keys and clusters, or wrong ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from opsconsole import catalog
from opsconsole.fleet.units import format_duration
from tests.swarm.plans import Plan
from tests.swarm.store_fields import WEEKLY, WINDOWS

MOST_MADE = 8
BACKTRACKS = ("0s", "10m", "1h", "24h", "72h", "80h")
TABLES = ("customers", "items", "carts")
SHARES = ("0%", "0.5%", "10%", "60%", "100%")
FINAL = ("rds:delete-db-cluster", "rds:delete-db-instance")
CLUSTER_MAKERS = (
    "rds:create-db-cluster",
    "rds:restore-db-cluster-from-snapshot",
    "rds:restore-db-cluster-to-point-in-time",
)
INSTANCE_MAKERS = ("rds:restore-db-instance-from-db-snapshot", "rds:restore-db-instance-to-point-in-time")
WHOLE = ("restore-time", "restore-to-time", "use-latest-restorable-time", "final-snapshot", "skip-final-snapshot")
"""Fields that depend on another of the same command: `Recovery` leaves them out itself."""


@dataclass
class Recovery:
    """What the lines of one script have made up so far, and when its next line is asked."""

    chance: Random
    plan: Plan
    now_us: int = 0
    databases: list[str] = field(default_factory=list)
    clusters: list[str] = field(default_factory=list)
    snapshots: list[str] = field(default_factory=list)
    cluster_snapshots: list[str] = field(default_factory=list)
    _one: bool = False  # which of two fields that exclude each other this line has

    # -- targets ------------------------------------------------------------------------------------------------

    def snapshot(self) -> str:
        """A snapshot of a DB instance: made by the script, or an automated one."""
        return self._snapshot(self.snapshots, [*self.plan.db_instances, *self.databases])

    def cluster_snapshot(self) -> str:
        """A snapshot of a DB cluster."""
        return self._snapshot(self.cluster_snapshots, [cluster.id for cluster in self.plan.clusters])

    def _snapshot(self, made: list[str], owners: list[str]) -> str:
        if made and (not owners or self.chance.random() < 0.8):
            return self.chance.choice(made[-6:])
        day = self.chance.choice((4, 5, 5, 6, 7))
        return f"rds:{self.chance.choice(owners)}-2026-01-{day:02}-03-00" if owners else "nowhere"

    def restorable(self, ids: list[str]) -> list[str]:
        """Databases, and backups of them that were kept."""
        return [*ids * 4, *(f"ab-{id}" for id in ids)]

    # -- fields -------------------------------------------------------------------------------------------------

    def value(self, command: str, alias: str, target: str) -> str | None:
        """A field, or None for what is left to the registry's own types."""
        chance = self.chance
        match command, alias:
            case ("rds:create-db-snapshot" | "rds:copy-db-snapshot", "id"):
                return self._new(self.snapshots, "ds")
            case ("rds:create-db-cluster-snapshot" | "rds:copy-db-cluster-snapshot", "id"):
                return self._new(self.cluster_snapshots, "cs")
            case _, "final-snapshot":
                return self._final(command, target)
            case _, "skip-final-snapshot":
                return str(not self._one).lower()
            case _, "id" if command in CLUSTER_MAKERS:
                return self._new(self.clusters, "w")
            case _, "id" if command in INSTANCE_MAKERS:
                return self._new(self.databases, "v")
            case _, "restore-time" | "restore-to-time":
                self._one = chance.random() < 0.6
                return self.moment() if self._one else ""
            case _, "use-latest-restorable-time":
                return str(not self._one).lower()
            case "rds:backtrack-db-cluster", "to":
                return self.moment()
            case _, "backtrack":
                return chance.choice(BACKTRACKS)
            case _, "kms-key":
                return chance.choice([*(key for key, _ in self.plan.keys), "aws/rds", "nowhere"])
            case _, "region":
                return chance.choice([name for name, _ in self.plan.regions])
            case _, "retention":
                return chance.choice(("0", "1", "2", "7", "35", "36"))
            case "rds:modify-db-cluster", "backup-window":
                return chance.choice(WINDOWS)
            case "rds:modify-db-cluster", "maintenance-window":
                return chance.choice(WEEKLY)
            case "sim:drop-table", "table":
                return chance.choice(TABLES)
            case _, "share" | "wrong" | "left":
                return chance.choice(SHARES)
            case "rds:create-db-cluster", "version":
                return chance.choice(("16.4", "8.0.mysql_aurora.3.04.0", "9.9"))
        return None

    def new_instance(self, alias: str) -> str | None:
        """A field of CreateDBInstance in a Region."""
        chance = self.chance
        match alias:
            case "id":
                return self._new(self.databases, "v")
            case "engine":
                return chance.choice(("mysql", "postgres", "mariadb", "oracle-se2", "sqlserver-se", "aurora-mysql"))
            case "class":
                return chance.choice(sorted(catalog.instance_classes()))
            case "storage":
                return chance.choice(("20", "100", "400", "5"))
        return self.value("rds:create-db-instance", alias, "")

    def moment(self) -> str:
        """A time of the past, mostly; of before the run, of the future, a mark, or nonsense now and then."""
        chance = self.chance
        draw = chance.random()
        if draw < 0.8:
            recent = chance.choice((30, 600, 600, 3600, 86_400)) * 1_000_000
            at_us = max(0, self.now_us - chance.randint(0, recent)) if draw < 0.6 else chance.randint(0, self.now_us)
            return f"T+{format_duration(at_us / 1e6)}"
        return chance.choice(("m1", "m2", "2026-01-05T08:55:00Z", "2026-01-04T12:00:00Z", "T+2000h", "whenever"))

    def _new(self, made: list[str], prefix: str) -> str:
        if len(made) >= MOST_MADE or (made and self.chance.random() < 0.08):
            return self.chance.choice(made)
        made.append(f"{prefix}{len(made) + 1}")
        return made[-1]

    def _final(self, command: str, target: str) -> str:
        self._one = self.chance.random() < 0.5
        if not self._one:
            return ""
        whole = command == "rds:delete-db-cluster"
        return self._new(self.cluster_snapshots if whole else self.snapshots, "cs" if whole else "ds")
