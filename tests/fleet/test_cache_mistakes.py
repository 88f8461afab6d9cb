"""Every rule of ElastiCache and about apps that use a cache, broken once."""

import pytest

from opsconsole.fleet import parse_fleet
from tests.fleet.mistakes import FILE, Mistake, assert_alone, mistake, table

PLACES = "[regions]\nus-east-1 = {}\neu-west-1 = {}\n"
REDIS = {"engine": '"redis"', "region": '"us-east-1"', "nodes": '[{ zone = "a" }, { zone = "b" }]'}
SHARDED = REDIS | {"nodes": "", "shards": "3", "replicas": "1"}
MEMCACHED = REDIS | {"engine": '"memcached"'}
BOOKS = (
    '[rds.books]\nengine = "mysql"\nregion = "us-east-1"\nzone = "a"\nclass = "db.m6g.large"\nstorage = "100 GiB"\n'
    'replicas = [{ id = "books-ro", zone = "b" }]\n'
)
CLUSTER = (
    '[multi_az_cluster.pay]\nengine = "mysql"\nregion = "us-east-1"\nclass = "db.m6g.large"\nstorage = "100 GiB"\n'
)
APP = {
    "homes": '["us-east-1"]',
    "writes_to": '"books"',
    "reads_from": '["books-ro"]',
    "writes": '"10/s"',
    "reads": '"100/s"',
    "cache": '{ store = "sessions", pattern = "lazy", keys = 1000, ttl = "10m" }',
}
SESSIONS = table("elasticache.sessions", REDIS, {})


def redis(**changes: str) -> Mistake:
    """A replication group of one shard with some keys changed."""
    return mistake(PLACES + table("elasticache.sessions", REDIS, changes))


def sharded(**changes: str) -> Mistake:
    """A replication group of three shards with some keys changed."""
    return mistake(PLACES + table("elasticache.cart", SHARDED, changes))


def memcached(**changes: str) -> Mistake:
    """A Memcached cluster with some keys changed; every key is marked itself."""
    return mistake(PLACES + table("elasticache.pages", MEMCACHED, {f"§{key}": value for key, value in changes.items()}))


def keyed(sound: dict[str, str], **changes: str) -> Mistake:
    """A cache of which the key itself is marked."""
    return mistake(PLACES + table("elasticache.sessions", sound, {f"§{key}": changes[key] for key in changes}))


def app(rest: str = BOOKS + SESSIONS, **changes: str) -> Mistake:
    """An app with some keys changed, and what it uses."""
    return mistake(PLACES + rest + table("apps.web", APP, changes))


def cache(keys: str, rest: str = BOOKS + SESSIONS, **changes: str) -> Mistake:
    """An app with another cache table."""
    return app(rest, cache=f"{{ {keys} }}", **changes)


NODE = '§{ zone = "a" }'
LAZY = 'store = "sessions", pattern = "lazy", keys = 1000'

MISTAKES = {
    # --- engine, version, node type ---
    "an engine that ElastiCache does not have": (
        redis(engine='§"keydb"'),
        "elasticache.sessions.engine",
        '"keydb" is not an ElastiCache engine',
        'write "redis", "valkey" or "memcached"',
    ),
    "an engine of RDS": (
        redis(engine='§"mysql"'),
        "elasticache.sessions.engine",
        '"mysql" is not an ElastiCache engine',
        "it belongs under [rds.…]",
    ),
    "a version that is not there": (
        redis(engine_version='§"7.2"'),
        "elasticache.sessions.engine_version",
        'ElastiCache for Redis OSS has no version "7.2" here',
        'did you mean "7.0"?',
    ),
    "a DB instance class for a node": (
        redis(node_type='§"db.r6g.large"'),
        "elasticache.sessions.node_type",
        '"db.r6g.large" is not a cache node type known here',
        'did you mean "cache.r6g.large"?',
    ),
    "a node type that is not there": (
        redis(node_type='§"cache.r6g.larg"'),
        "elasticache.sessions.node_type",
        '"cache.r6g.larg" is not a cache node type known here',
        'did you mean "cache.r6g.large"?',
    ),
    # --- nodes and shards ---
    "a cache without nodes": (
        mistake(PLACES + table("elasticache.§sessions", REDIS, {"nodes": ""})),
        "elasticache.sessions",
        "the cache has no node",
        'add nodes = [{ zone = "a" }, { zone = "b" }]',
    ),
    "a node in no zone": (
        redis(nodes='[{ zone = "a" }, { zone = §"q" }]'),
        "elasticache.sessions.nodes[1].zone",
        'us-east-1 has no zone "q"',
        'write "a", "b" or "c"',
    ),
    "a node with an id": (
        redis(nodes='[{ zone = "a", §id = "sessions-1" }]'),
        "elasticache.sessions.nodes[0].id",
        "ElastiCache names its nodes itself, after the cache",
        "leave the key out",
    ),
    "a sixth replica": (
        redis(nodes="[" + ", ".join('{ zone = "a" }' for _ in range(6)) + ', §{ zone = "b" }]'),
        "elasticache.sessions.nodes[6]",
        "a shard may have 5 replicas beside its primary, and this is replica 6",
        "leave it out",
    ),
    "six replicas by number": (
        sharded(replicas="§6"),
        "elasticache.cart.replicas",
        "6 replicas of each shard are not possible",
        "write 0 to 5",
    ),
    "a sixth replica in a shard": (
        sharded(replicas="", shards="[[" + ", ".join('{ zone = "a" }' for _ in range(6)) + ', §{ zone = "b" }]]'),
        "elasticache.cart.shards[0][6]",
        "a shard may have 5 replicas beside its primary, and this is replica 6",
        "leave it out",
    ),
    "501 shards": (
        sharded(shards="§501"),
        "elasticache.cart.shards",
        "501 shards are not possible",
        "write 1 to 500",
    ),
    "no shard": (
        sharded(shards="§0"),
        "elasticache.cart.shards",
        "0 shards are not possible",
        "write 1 to 500",
    ),
    "no shard in a list": (
        sharded(replicas="", shards="§[]"),
        "elasticache.cart.shards",
        "the cache has no shard",
        "write a number of shards, such as 3",
    ),
    "a shard without nodes": (
        sharded(replicas="", shards='[[{ zone = "a" }], §[]]'),
        "elasticache.cart.shards[1]",
        "the shard has no node",
        'write [{ zone = "a" }, { zone = "b" }]',
    ),
    "a shard that is no list": (
        sharded(replicas="", shards='[[{ zone = "a" }], §{ zone = "b" }]'),
        "elasticache.cart.shards[1]",
        "a table is not a list",
        "write it in brackets, like [{ key = value }]",
    ),
    "shards in words": (
        sharded(shards='§"three"'),
        "elasticache.cart.shards",
        '"three" is not a list',
        'write it in brackets, like ["three"]',
    ),
    "more than 90 nodes": (
        sharded(shards="§46"),
        "elasticache.cart.shards",
        "92 nodes are more than the 90 that AWS allows one cluster",
        "take fewer shards or fewer replicas",
    ),
    "nodes and shards": (
        sharded(**{"§nodes": '[{ zone = "a" }]'}),
        "elasticache.cart.nodes",
        "a cache has nodes (cluster mode disabled) or shards (enabled), not both",
        "keep one of the two",
    ),
    "a number of replicas and their nodes": (
        sharded(shards='[[{ zone = "a" }]]', **{"§replicas": "1"}),
        "elasticache.cart.replicas",
        "replicas goes with a number of shards, and here their nodes are listed",
        "leave it out: a replica is a node after the first",
    ),
    "replicas without shards": (
        keyed(REDIS, replicas="1"),
        "elasticache.sessions.replicas",
        "without shards, replicas are the nodes after the first",
        "list them in nodes, or write shards as a number",
    ),
    "cluster mode before Redis had it": (
        keyed(SHARDED | {"engine_version": '"2.8.24"'}, shards="3"),
        "elasticache.sessions.shards",
        "redis 2.8.24 has no cluster mode",
        "write nodes instead, or choose a newer engine_version",
    ),
    # --- failover ---
    "automatic failover to nobody": (
        redis(nodes='[{ zone = "a" }]', automatic_failover="§true"),
        "elasticache.sessions.automatic_failover",
        "a failover needs a replica, and there is none",
        "leave it out, or add a node",
    ),
    "no automatic failover in cluster mode": (
        sharded(automatic_failover="§false"),
        "elasticache.cart.automatic_failover",
        "with cluster mode enabled, automatic failover is always on",
        "leave it out",
    ),
    "Multi-AZ in one zone": (
        redis(nodes='[{ zone = "a" }, { zone = "a" }]', multi_az="§true"),
        "elasticache.sessions.multi_az",
        "Multi-AZ needs a replica in another zone than the primary's, in every shard",
        "place one there, or leave multi_az out",
    ),
    "Multi-AZ without automatic failover": (
        redis(automatic_failover="false", multi_az="§true"),
        "elasticache.sessions.multi_az",
        "Multi-AZ needs automatic failover",
        "leave automatic_failover = false out",
    ),
    # --- security, parameters, windows ---
    "AUTH without TLS": (
        redis(auth="§true"),
        "elasticache.sessions.auth",
        "an AUTH token travels with every connection, so AWS has it with encryption in transit only",
        "add transit_encryption = true",
    ),
    "TLS before ElastiCache had it": (
        redis(engine_version='"2.8.24"', transit_encryption="§true"),
        "elasticache.sessions.transit_encryption",
        "redis 2.8.24 has no encryption in transit",
        "leave it out, or choose a newer engine_version",
    ),
    "AOF today": (
        redis(parameters='{ appendonly = §"yes" }'),
        "elasticache.sessions.parameters.appendonly",
        "ElastiCache has had no AOF since Redis 2.8.21, and ignores it",
        'leave it out and rely on replicas and snapshots, or choose engine_version = "2.8.21" to see it',
    ),
    "AOF with automatic failover": (
        redis(engine_version='"2.8.21"', parameters='{ appendonly = §"yes" }'),
        "elasticache.sessions.parameters.appendonly",
        "AOF and automatic failover (Multi-AZ) exclude each other",
        "leave it out, or write automatic_failover = false",
    ),
    "a policy with a slip": (
        redis(parameters='{ maxmemory-policy = §"alkeys-lru" }'),
        "elasticache.sessions.parameters.maxmemory-policy",
        '"alkeys-lru" is not a policy of maxmemory',
        'did you mean "allkeys-lru"?',
    ),
    "more memory reserved than there is": (
        redis(parameters="{ reserved-memory-percent = §101 }"),
        "elasticache.sessions.parameters.reserved-memory-percent",
        "101 per cent of the memory cannot be reserved",
        "write 0 to 100",
    ),
    "an unknown parameter": (
        redis(parameters="{ §maxmemory-polic = 1 }"),
        "elasticache.sessions.parameters.maxmemory-polic",
        '"maxmemory-polic" is not a key here',
        'did you mean "maxmemory-policy"?',
    ),
    "snapshots for 36 days": (
        redis(snapshot_retention='§"36d"'),
        "elasticache.sessions.snapshot_retention",
        "36d is outside what ElastiCache allows, 0 to 35 days",
        'write "0d" to "35d"',
    ),
    "a snapshot window of half an hour": (
        redis(snapshot_window='§"03:00-03:30"'),
        "elasticache.sessions.snapshot_window",
        'the window "03:00-03:30" is shorter than 60 minutes',
        "let it end 60 minutes after it begins, or later",
    ),
    "snapshots during maintenance": (
        redis(snapshot_window='"05:30-06:30"', maintenance_window='§"sun:05:00-sun:06:00"'),
        "elasticache.sessions.maintenance_window",
        'the maintenance window "sun:05:00-sun:06:00" overlaps the snapshot_window "05:30-06:30"',
        "move one of the two: AWS keeps them apart",
    ),
    "a cache id of 41 characters": (
        mistake(PLACES + table(f"elasticache.§{'s' * 41}", REDIS, {})),
        f"elasticache.{'s' * 41}",
        f'the id "{"s" * 23}…" has 41 characters, AWS allows 40',
        "shorten it",
    ),
    "a cache called like another's node": (
        mistake(PLACES + SESSIONS + table("elasticache.§sessions-001", REDIS, {})),
        "elasticache.sessions-001",
        'the id "sessions-001" is taken by the cache node at elasticache.sessions',
        "ids are one namespace over the whole file: choose another",
    ),
    # --- Memcached ---
    "a Memcached cluster without nodes": (
        mistake(PLACES + table("elasticache.§pages", MEMCACHED, {"nodes": ""})),
        "elasticache.pages",
        "the cluster has no node",
        'add nodes = [{ zone = "a" }]',
    ),
    "a 41st Memcached node": (
        mistake(PLACES + table("elasticache.pages", MEMCACHED, {"nodes": "[" + '{ zone = "a" }, ' * 40 + NODE + "]"})),
        "elasticache.pages.nodes[40]",
        "a Memcached cluster may have 40 nodes, and this is number 41",
        "leave it out",
    ),
    "shards of Memcached": (
        memcached(shards="3"),
        "elasticache.pages.shards",
        "Memcached nodes know nothing of each other: clients spread the keys over them",
        "list them in nodes",
    ),
    "replicas of Memcached": (
        memcached(replicas="1"),
        "elasticache.pages.replicas",
        "Memcached nodes know nothing of each other: there is no replication",
        "leave it out",
    ),
    "automatic failover of Memcached": (
        memcached(automatic_failover="true"),
        "elasticache.pages.automatic_failover",
        "Memcached nodes know nothing of each other: there is none to take over",
        "leave it out",
    ),
    "Multi-AZ Memcached": (
        memcached(multi_az="true"),
        "elasticache.pages.multi_az",
        "Multi-AZ needs replicas, and Memcached has none",
        "leave it out",
    ),
    "AUTH for Memcached": (
        memcached(auth="true"),
        "elasticache.pages.auth",
        "Memcached has no AUTH token",
        "leave it out, or choose redis or valkey",
    ),
    "snapshots of Memcached": (
        memcached(snapshot_retention='"1d"'),
        "elasticache.pages.snapshot_retention",
        "Memcached has no snapshots: what a node held is gone with it",
        "leave it out, or choose redis or valkey",
    ),
    "parameters of Redis for Memcached": (
        memcached(parameters='{ appendonly = "yes" }'),
        "elasticache.pages.parameters",
        "these are parameters of Redis OSS and Valkey",
        "leave them out",
    ),
    "encryption at rest of Memcached": (
        memcached(at_rest_encryption="true"),
        "elasticache.pages.at_rest_encryption",
        "Memcached writes nothing to disk",
        "leave it out",
    ),
    # --- how an app uses a cache ---
    "a cache that is not there": (
        cache('store = §"session", pattern = "lazy", keys = 1000'),
        "apps.web.cache.store",
        'there is no cache "session"',
        'did you mean "sessions"?',
    ),
    "a database for a cache": (
        cache('store = §"books", pattern = "lazy", keys = 1000'),
        "apps.web.cache.store",
        '"books" is not a cache: it is the RDS DB instance',
        'write "sessions"',
    ),
    "a cache node for a cache": (
        cache('store = §"sessions-001", pattern = "lazy", keys = 1000'),
        "apps.web.cache.store",
        '"sessions-001" is not a cache: it is the cache node',
        'write "sessions"',
    ),
    "a cache in another Region": (
        app(homes='["eu-west-1"]', cache='{ store = §"sessions", pattern = "lazy", keys = 1000 }'),
        "apps.web.cache.store",
        "sessions is in us-east-1, where the app has no processes: a cache is as quick as it is near",
        'name a cache in "eu-west-1", or add "us-east-1" to homes',
    ),
    "an unknown pattern": (
        cache('store = "sessions", pattern = §"write-back", keys = 1000'),
        "apps.web.cache.pattern",
        '"write-back" is not possible here',
        'write "lazy", "write-through", "lazy+write-through" or "session"',
    ),
    "lazy loading from nowhere": (
        cache('store = "sessions", pattern = §"lazy", keys = 1000', reads_from=""),
        "apps.web.cache.pattern",
        'the pattern "lazy" reads the database on a miss, and the app has nowhere to read from',
        'add reads_from = ["orders"], or write pattern = "session"',
    ),
    "write-through without writes": (
        cache('store = "sessions", pattern = §"write-through", keys = 1000', writes='"0/s"'),
        "apps.web.cache.pattern",
        'the pattern "write-through" fills the cache when the app writes, and it writes nothing',
        'add writes_to and writes, or write pattern = "lazy"',
    ),
    "both patterns, and nowhere to write": (
        cache('store = "sessions", pattern = §"lazy+write-through", keys = 1000', writes_to=""),
        "apps.web.cache.pattern",
        'the pattern "lazy+write-through" fills the cache when the app writes, and it writes nothing',
        'add writes_to and writes, or write pattern = "lazy"',
    ),
    "lazy loading, writes and nowhere to write": (
        app(writes_to="", writes='§"10/s"'),
        "apps.web.writes",
        "the app has writes and nowhere to write to",
        'add writes_to = "orders"',
    ),
    "no keys": (
        cache('store = "sessions", pattern = "lazy", keys = §0'),
        "apps.web.cache.keys",
        "0 keys are not possible",
        "write 1 or more",
    ),
    "a ttl of nothing": (
        cache(f'{LAZY}, ttl = §"0s"'),
        "apps.web.cache.ttl",
        "a ttl of 0s would end every item at once",
        'write "10m", or leave it out for items that do not expire',
    ),
    "jitter of no ttl": (
        cache(f'{LAZY}, jitter = §"20%"'),
        "apps.web.cache.jitter",
        "jitter varies the ttl, and there is none",
        'add ttl = "10m", or leave it out',
    ),
    "jitter of more than the ttl": (
        cache(f'{LAZY}, ttl = "10m", jitter = §"120%"'),
        "apps.web.cache.jitter",
        '"120%" is not a share of the whole',
        'write 0 to 1, or "20%"',
    ),
    "a hot key that is asked for too often": (
        cache(f"{LAZY}, hot_key = §1.5"),
        "apps.web.cache.hot_key",
        "1.5 is not a share of the whole",
        'write 0 to 1, or "20%"',
    ),
    "reads from replicas that are not there": (
        cache(
            f'{LAZY}, reads = §"reader"', BOOKS + table("elasticache.sessions", REDIS, {"nodes": '[{ zone = "a" }]'})
        ),
        "apps.web.cache.reads",
        "sessions has no replicas to read from",
        'write "primary", or leave it out',
    ),
    "reads from replicas of Memcached": (
        cache(f'{LAZY}, reads = §"reader"', BOOKS + table("elasticache.sessions", MEMCACHED, {})),
        "apps.web.cache.reads",
        "sessions has no replicas to read from",
        'write "primary", or leave it out',
    ),
    "an item too large for Memcached": (
        cache(f'{LAZY}, item = §"2 MiB"', BOOKS + table("elasticache.sessions", MEMCACHED, {})),
        "apps.web.cache.item",
        "an item of Memcached has at most 1 MiB",
        "take smaller items, or a cache of Redis OSS or Valkey",
    ),
    "an item of nothing": (
        cache(f'{LAZY}, item = §"0 KiB"'),
        "apps.web.cache.item",
        "an item of 0 bytes is not possible",
        'write "2 KiB"',
    ),
    "no patience with the cache": (
        cache(f'{LAZY}, timeout = §"0s"'),
        "apps.web.cache.timeout",
        "a timeout of 0s would end everything at once",
        'write "500ms"',
    ),
    "a cache in plain text": (
        app(cache='§"sessions"'),
        "apps.web.cache",
        '"sessions" stands where a table should be',
        "write it in braces, like { key = value }, or under its own [heading]",
    ),
    "a cache without a pattern": (
        app(**{"§cache": '{ store = "sessions", keys = 1000 }'}),
        "apps.web.cache",
        "pattern is missing",
        'add pattern = "lazy"',
    ),
    # --- endpoints ---
    "a cache to write to": (
        app(writes_to='§"sessions"'),
        "apps.web.writes_to",
        '"sessions" is a cache, and an app reaches it as a cache',
        'write cache = { store = "sessions", pattern = "lazy", keys = 50000 } and name a database here',
    ),
    "a cache node to read from": (
        app(reads_from='["books", §"sessions-001"]'),
        "apps.web.reads_from[1]",
        '"sessions-001" is a cache node, and an app reaches it as a cache',
        'write cache = { store = "sessions", pattern = "lazy", keys = 50000 } and name a database here',
    ),
    "a replica to write to": (
        app(writes_to='§"books-ro"'),
        "apps.web.writes_to",
        "books-ro is a read replica and takes no writes before it is promoted",
        'write "books", its source',
    ),
    "a writer endpoint of an instance": (
        app(writes_to='§"books.writer"'),
        "apps.web.writes_to",
        'an RDS DB instance has one endpoint, and no "books.writer"',
        'write "books": it follows the primary to its standby',
    ),
    "a reader of a Multi-AZ DB cluster to write to": (
        app(BOOKS + SESSIONS + CLUSTER, writes_to='§"pay-instance-2"'),
        "apps.web.writes_to",
        "pay-instance-2 starts as a reader and takes no writes",
        'write "pay", the writer endpoint, which follows the writer',
    ),
    "an endpoint that a Multi-AZ DB cluster does not have": (
        app(BOOKS + SESSIONS + CLUSTER, reads_from='[§"pay.readers"]'),
        "apps.web.reads_from[0]",
        'cluster pay has no endpoint "readers"',
        'did you mean "reader"?',
    ),
    "a Multi-AZ DB cluster in a global database": (
        mistake(PLACES + CLUSTER + '[global.world]\nprimary = §"pay"\n'),
        "global.world.primary",
        '"pay" is not an Aurora cluster: it is the Multi-AZ DB cluster',
        "name an [aurora.…] table",
    ),
    # --- profiles ---
    "an unknown profile": (
        app(profile='§"ofice"'),
        "apps.web.profile",
        'there is no profile "ofice"',
        'did you mean "office"?',
    ),
    "a profile of 23 hours": (
        app(profile=f"§[{', '.join(['1'] * 23)}]"),
        "apps.web.profile",
        "a profile has 24 numbers, one an hour, and this has 23",
        'write "office", or 24',
    ),
    "a profile in thousandths": (
        app(profile=f"§[{', '.join(['1000'] * 24)}]"),
        "apps.web.profile",
        "1000 is not a multiple of the rate",
        "write 1 for the rate itself, 0.25 for a quarter of it, 10 at most",
    ),
}


def test_the_tables_that_the_mistakes_are_made_in_are_sound() -> None:
    for heading, sound in (("sessions", REDIS), ("cart", SHARDED), ("pages", MEMCACHED)):
        assert parse_fleet(PLACES + table(f"elasticache.{heading}", sound, {}), FILE).caches
    assert parse_fleet(PLACES + BOOKS + SESSIONS + CLUSTER + table("apps.web", APP, {}), FILE).apps["web"].cache


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_with_a_cache_is_reported_alone_at_its_place_with_both_halves(name: str) -> None:
    assert_alone(*MISTAKES[name])
