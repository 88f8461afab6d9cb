"""Fleets of any size, for the benchmarks: Aurora clusters of five instances, an app for every tenth cluster."""

from __future__ import annotations

INSTANCES_PER_CLUSTER = 5
REGIONS = ("us-east-1", "eu-west-1")


def aurora_fleet(nodes: int) -> str:
    """A fleet file with so many Aurora instances, five to a cluster (at least one cluster)."""
    lines = ['name = "Many"', "[regions]", *(f"{region} = {{}}" for region in REGIONS)]
    for number in range(max(1, nodes // INSTANCES_PER_CLUSTER)):
        id, region = f"db{number:04}", REGIONS[number % 2]
        members = ", ".join(
            f'{{ id = "{id}-{i}", zone = "{"abc"[i % 3]}", class = "db.r6g.large" }}'
            for i in range(INSTANCES_PER_CLUSTER)
        )
        lines += [f"[aurora.{id}]", 'engine = "aurora-mysql"', f'region = "{region}"', f"instances = [{members}]"]
        if number % 10 == 0:
            lines += _app(number, region, id)
    return "\n".join(lines)


def rds_fleet(nodes: int, backup_retention: str) -> str:
    """A fleet file with so many hosts of RDS: DB instances with a standby each; backups kept so long (`0d`: none)."""
    lines = ['name = "Many"', "[regions]", *(f"{region} = {{}}" for region in REGIONS)]
    for number in range(max(1, nodes // 2)):
        id, region = f"db{number:04}", REGIONS[number % 2]
        lines += [f"[rds.{id}]", 'engine = "mysql"', f'region = "{region}"', 'class = "db.m6g.large"']
        lines += ['storage = "100 GiB"', "multi_az = true", f'zone = "{"abc"[number % 3]}"']
        lines += [f'backup_retention = "{backup_retention}"']
        if number % 20 == 0:
            lines += _app(number, region, id)
    return "\n".join(lines)


def _app(number: int, region: str, database: str) -> list[str]:
    return [
        f"[apps.app{number:04}]",
        f'homes = ["{region}"]',
        f'writes_to = "{database}"',
        f'reads_from = ["{database}"]',
        'writes = "100/s"',
        'reads = "900/s"',
    ]
