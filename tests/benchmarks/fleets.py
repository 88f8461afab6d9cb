"""Fleets of any size, for measuring."""

from __future__ import annotations

from itertools import count

PER_CLUSTER = 5
CLUSTERS_PER_APP = 10


def fleet_of(instances: int) -> str:
    """A fleet file with so many instances, five to a cluster, and an app for every tenth cluster."""
    lines = ['name = "Many"', "[regions]", "us-east-1 = {}", "eu-west-1 = {}"]
    for number in count():
        members = min(PER_CLUSTER, instances - number * PER_CLUSTER)
        if members <= 0:
            return "\n".join(lines)
        region = ("us-east-1", "eu-west-1")[number % 2]
        lines += _cluster(f"db{number:03}", region, members)
        if number % CLUSTERS_PER_APP == 0:
            lines += _app(number, region)
    raise AssertionError  # count() does not end


def rds_fleet(nodes: int, backup_retention: str) -> str:
    """A fleet file with so many hosts of RDS: DB instances with a standby each; backups kept so long (`0d`: none)."""
    lines = ['name = "Many"', "[regions]", "us-east-1 = {}", "eu-west-1 = {}"]
    for number in range(max(1, nodes // 2)):
        id, region = f"db{number:03}", ("us-east-1", "eu-west-1")[number % 2]
        lines += [f"[rds.{id}]", 'engine = "mysql"', f'region = "{region}"', 'class = "db.m6g.large"']
        lines += ['storage = "100 GiB"', "multi_az = true", f'zone = "{"abc"[number % 3]}"']
        lines += [f'backup_retention = "{backup_retention}"']
        if number % 20 == 0:
            lines += _app(number, region)
    return "\n".join(lines)


def _cluster(id: str, region: str, members: int) -> list[str]:
    instances = ", ".join(
        f'{{ id = "{id}-{i}", zone = "{"abc"[i % 3]}", class = "db.r6g.large" }}' for i in range(members)
    )
    return [f"[aurora.{id}]", 'engine = "aurora-mysql"', f'region = "{region}"', f"instances = [{instances}]"]


def _app(number: int, region: str) -> list[str]:
    uses = [f'writes_to = "db{number:03}"', f'reads_from = ["db{number:03}"]']
    return [f"[apps.app{number:03}]", f'homes = ["{region}"]', *uses, 'writes = "100/s"', 'reads = "900/s"']
