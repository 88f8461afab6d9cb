"""Small fleets with caches for the views' tests."""

THREE_SHARDS = """
name = "Carts"
seed = 5
[regions]
us-east-1 = {}
[rds.shop]
engine = "mysql"
region = "us-east-1"
zone = "a"
class = "db.m6g.large"
storage = "100 GiB"
[elasticache.cart]
engine = "redis"
region = "us-east-1"
shards = 3
replicas = 1
[elasticache.pages]
engine = "memcached"
region = "us-east-1"
nodes = [{ zone = "a" }, { zone = "b" }, { zone = "c" }]
[apps.web]
homes = ["us-east-1"]
writes_to = "shop"
reads_from = ["shop"]
writes = "20/s"
reads = "300/s"
cache = { store = "pages", pattern = "lazy", keys = 20_000, ttl = "10m" }
[apps.carts]
homes = ["us-east-1"]
reads = "200/s"
cache = { store = "cart", pattern = "session", keys = 5_000, ttl = "30m" }
"""
