"""The fleets that the tests of caching play: an app in front of a database, with a cache used one way or another."""

SHOP = """
name = "A shop"
[regions]
us-east-1 = {}
[rds.shop]
engine = "mysql"
region = "us-east-1"
zone = "c"
class = "db.m6g.xlarge"
storage = "200 GiB"
[elasticache.redis]
engine = "redis"
region = "us-east-1"
nodes = [ { zone = "a" }, { zone = "b" }, { zone = "c" } ]
[elasticache.memory]
engine = "memcached"
region = "us-east-1"
nodes = [ { zone = "a" }, { zone = "b" }, { zone = "c" } ]
[apps.store]
homes = ["us-east-1"]
writes_to = "shop"
reads_from = ["shop"]
cache = { CACHE }
writes = "20/s"
reads = "3000/s"
pool = 100
"""


def shop(store: str = "redis", pattern: str = "lazy", keys: int = 20_000, ttl: str = "10m", more: str = "") -> str:
    """The shop with its cache used this way; `more` are further keys of the cache's table."""
    table = f'store = "{store}", pattern = "{pattern}", keys = {keys}, ttl = "{ttl}"{", " + more if more else ""}'
    return SHOP.replace("CACHE", table)


BARE = SHOP.replace("cache = { CACHE }\n", "").replace('"3000/s"', '"1000/s"')
