"""A small fleet with RDS DB instances for the views' tests, and how to play with it."""

from __future__ import annotations

from opsconsole.cloud import Cloud
from opsconsole.commands import parse
from opsconsole.console.views import Line, plain, tab_view
from opsconsole.fleet import parse_fleet

LEDGER = """
name = "Ledger"
seed = 3
[regions]
us-east-1 = {}
eu-west-1 = {}
[rds.ledger]
engine = "postgres"
region = "us-east-1"
zone = "a"
multi_az = true
class = "db.m6g.large"
storage = "200 GiB"
performance_insights = true
max_storage = "400 GiB"
replicas = [
  { id = "ledger-ro", zone = "c", backup_retention = "1d" },
  { id = "ledger-dr", region = "eu-west-1", zone = "a" },
  { id = "ledger-2nd", zone = "b", source = "ledger-ro" },
]
[rds.shop]
engine = "mysql"
region = "us-east-1"
zone = "b"
class = "db.t4g.medium"
storage = "40 GiB"
storage_type = "gp2"
replicas = [{ id = "shop-ro", zone = "c" }]
[apps.billing]
homes = ["us-east-1"]
writes_to = "ledger"
reads_from = ["ledger", "ledger-ro"]
writes = "100/s"
reads = "300/s"
[apps.shopping]
homes = ["us-east-1"]
writes_to = "shop"
reads_from = ["shop-ro"]
writes = "40/s"
reads = "100/s"
"""

PAYMENTS = """
name = "Payments"
seed = 4
[regions]
us-east-1 = {}
[multi_az_cluster.payments]
engine = "mysql"
region = "us-east-1"
class = "db.m6gd.large"
storage = "100 GiB"
storage_type = "io1"
iops = 3000
[aurora.orders]
engine = "aurora-mysql"
region = "us-east-1"
auto_scaling = { metric = "cpu", target = 40, min = 1, max = 4, scale_in_cooldown = "60s", scale_out_cooldown = "60s" }
instances = [
  { id = "orders-1", zone = "a", class = "db.r6g.large" },
  { id = "orders-2", zone = "b", class = "db.r6g.large" },
]
[apps.pay]
homes = ["us-east-1"]
writes_to = "payments"
reads_from = ["payments"]
writes = "50/s"
reads = "200/s"
[apps.shop]
homes = ["us-east-1"]
writes_to = "orders"
reads_from = ["orders"]
writes = "20/s"
reads = "200/s"
"""


def cloud_of(text: str, seconds: float = 120) -> Cloud:
    """A cloud of a fleet's text that has run for a while."""
    cloud = Cloud(parse_fleet(text, "fleet.toml"))
    run(cloud, seconds)
    return cloud


def run(cloud: Cloud, seconds: float) -> None:
    """Let virtual time pass."""
    cloud.kernel.run_until(cloud.now_us + round(seconds * 1_000_000))


def do(cloud: Cloud, line: str) -> None:
    """Begin what a command line asks for."""
    cloud.kernel.spawn(parse(line).run(cloud))
    cloud.kernel.run_until(cloud.now_us)


def text_of(cloud: Cloud, id: str, tab: str, width: int = 100, truth: bool = True) -> str:
    """A tab as text."""
    return plain(tab_view(cloud, id, tab, width, truth=truth))


def cell(lines: list[Line], id: str) -> str:
    """The text that stands for an id on the map."""
    for line in lines:
        for start, end, ref in line.refs:
            if ref == id:
                return line.text[start:end]
    raise AssertionError(f"{id} is not on the map")
