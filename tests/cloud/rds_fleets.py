"""The fleets that the tests of RDS play: a Multi-AZ pair, a pair with replicas, one host alone."""

PAIR = """
name = "A pair"
[regions]
us-east-1 = {}
[rds.billing]
engine = "mysql"
region = "us-east-1"
zone = "a"
multi_az = true
class = "db.m6g.large"
storage = "200 GiB"
[apps.billing-app]
homes = ["us-east-1"]
writes_to = "billing"
reads_from = ["billing"]
writes = "60/s"
reads = "120/s"
"""

ALONE = PAIR.replace("multi_az = true\n", "")

REPLICAS = """
name = "A source and those who follow it"
[regions]
us-east-1 = {}
eu-west-1 = {}
[rds.billing]
engine = "mysql"
region = "us-east-1"
zone = "a"
multi_az = true
class = "db.m6g.large"
storage = "200 GiB"
replicas = [
  { id = "billing-ro", zone = "c", backup_retention = "1d" },
  { id = "billing-dr", region = "eu-west-1", zone = "a" },
  { id = "billing-far", zone = "b", source = "billing-ro" },
]
[apps.billing-app]
homes = ["us-east-1"]
writes_to = "billing"
reads_from = ["billing-ro"]
writes = "60/s"
reads = "120/s"
"""


def stored(storage: str, fleet: str = ALONE, instance_class: str = "db.m6g.4xlarge") -> str:
    """A fleet on a larger class, with other storage: TOML lines such as `storage = "100 GiB"`."""
    return fleet.replace('storage = "200 GiB"', storage).replace("db.m6g.large", instance_class)


def busy(fleet: str, writes: int, reads: int = 10) -> str:
    """A fleet whose app asks for so many writes and reads per second."""
    return fleet.replace('writes = "60/s"', f'writes = "{writes}/s"').replace('reads = "120/s"', f'reads = "{reads}/s"')


def without_backups(fleet: str) -> str:
    """A fleet whose instance is not backed up: nothing happens to it by itself."""
    return fleet.replace('storage = "200 GiB"', 'storage = "200 GiB"\nbackup_retention = "0d"')
