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
