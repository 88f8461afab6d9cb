"""What sound tables of ElastiCache become, and how apps use them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole import catalog
from opsconsole.fleet import CacheNodeSpec, CacheSpec, CacheUseSpec, ShardSpec, parse_fleet
from opsconsole.fleet.caches import slots
from tests.fleet.mistakes import problem_texts, table
from tests.fleet.test_cache_mistakes import APP, BOOKS, MEMCACHED, PLACES, REDIS, SESSIONS, SHARDED


def cache(sound: dict[str, str], **changes: str) -> CacheSpec:
    """A cache with some keys changed."""
    return parse_fleet(PLACES + table("elasticache.it", sound, changes), "x").caches["it"]


def use(**changes: str) -> CacheUseSpec:
    """How an app uses the cache `sessions`, with some keys changed."""
    keys = {"store": '"sessions"', "pattern": '"lazy"', "keys": "1000"} | changes
    text = ", ".join(f"{key} = {value}" for key, value in keys.items())
    found = parse_fleet(PLACES + BOOKS + SESSIONS + table("apps.web", APP, {"cache": f"{{ {text} }}"}), "x")
    cache = found.apps["web"].cache
    assert cache is not None
    return cache


def test_defaults_are_those_of_aws() -> None:
    nodes = (CacheNodeSpec("it-001", "us-east-1a"), CacheNodeSpec("it-002", "us-east-1b"))
    assert cache(REDIS) == CacheSpec(
        id="it",
        engine="redis",
        engine_version="7.1",
        region="us-east-1",
        node_type="cache.r6g.large",
        cluster_mode=False,
        shards=(ShardSpec("0001", None, nodes),),
        automatic_failover=True,
        multi_az=True,
        transit_encryption=False,
        at_rest_encryption=False,
        auth=False,
        maxmemory_policy="volatile-lru",
        reserved_memory_percent=25,
        append_only=False,
        snapshot_retention_days=0,
        snapshot_window="03:00-04:00",
        maintenance_window="sun:05:00-sun:06:00",
    )


@pytest.mark.parametrize(
    ("nodes", "automatic", "multi_az"),
    [
        ('[{ zone = "a" }]', False, False),
        ('[{ zone = "a" }, { zone = "a" }]', True, False),
        ('[{ zone = "a" }, { zone = "a" }, { zone = "b" }]', True, True),
    ],
)
def test_failover_is_on_where_there_is_a_replica_and_multi_az_where_it_is_in_another_zone(
    nodes: str, automatic: bool, multi_az: bool
) -> None:
    found = cache(REDIS, nodes=nodes)
    assert (found.automatic_failover, found.multi_az) == (automatic, multi_az)


def test_failover_may_be_switched_off_and_takes_multi_az_with_it() -> None:
    found = cache(REDIS, automatic_failover="false")
    assert (found.automatic_failover, found.multi_az) == (False, False)


def test_shards_by_number_are_spread_over_the_zones() -> None:
    found = cache(SHARDED)
    assert found.cluster_mode
    assert found.automatic_failover
    assert [(shard.id, shard.slots) for shard in found.shards] == [
        ("0001", (0, 5461)),
        ("0002", (5462, 10922)),
        ("0003", (10923, 16383)),
    ]
    assert [[(node.id, node.zone[-1]) for node in shard.nodes] for shard in found.shards] == [
        [("it-0001-001", "a"), ("it-0001-002", "b")],
        [("it-0002-001", "b"), ("it-0002-002", "c")],
        [("it-0003-001", "c"), ("it-0003-002", "a")],
    ]


def test_shards_may_be_placed_node_by_node() -> None:
    found = cache(SHARDED, replicas="", shards='[[{ zone = "c" }, { zone = "a" }], [{ zone = "b" }]]')
    assert [[node.zone[-1] for node in shard.nodes] for shard in found.shards] == [["c", "a"], ["b"]]
    assert (found.automatic_failover, found.multi_az) == (True, False)


@given(st.integers(1, 500))
def test_slots_are_split_evenly_and_all_of_them_are_served(shards: int) -> None:
    ranges = slots(shards)
    assert [slot for first, last in ranges for slot in range(first, last + 1)] == list(range(16_384))
    sizes = [last - first + 1 for first, last in ranges]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.fact("EC-MEM-01")
def test_each_memcached_node_is_a_part_of_its_own() -> None:
    found = cache(MEMCACHED)
    assert [(shard.id, shard.slots, shard.nodes) for shard in found.shards] == [
        ("0001", None, (CacheNodeSpec("it/0001", "us-east-1a"),)),
        ("0002", None, (CacheNodeSpec("it/0002", "us-east-1b"),)),
    ]
    assert (found.maxmemory_policy, found.reserved_memory_percent) == ("allkeys-lru", 0)
    assert not found.automatic_failover
    assert not found.multi_az


@pytest.mark.fact("EC-MEM-02")
@pytest.mark.parametrize("key", ["replicas = 1", "multi_az = true", "automatic_failover = true"])
def test_memcached_has_no_replication_and_no_failover(key: str) -> None:
    (wrong,) = problem_texts(PLACES + table("elasticache.it", MEMCACHED, {}) + key + "\n")
    assert "Memcached" in wrong


@pytest.mark.fact("EC-RED-09")
def test_auth_goes_with_encryption_in_transit_only() -> None:
    assert cache(REDIS, auth="true", transit_encryption="true").auth
    (wrong,) = problem_texts(PLACES + table("elasticache.it", REDIS, {"auth": "true"}))
    assert "AUTH" in wrong


def test_aof_is_there_where_elasticache_had_it() -> None:
    old = {"engine_version": '"2.8.21"', "automatic_failover": "false", "parameters": '{ appendonly = "yes" }'}
    assert cache(REDIS, **old).append_only


@pytest.mark.parametrize("policy", list(catalog.cache_policies()))
def test_all_eight_policies_may_be_chosen(policy: str) -> None:
    assert len(catalog.cache_policies()) == 8
    assert cache(REDIS, parameters=f'{{ maxmemory-policy = "{policy}" }}').maxmemory_policy == policy


def test_a_cache_may_be_all_there_is() -> None:
    found = parse_fleet(PLACES + SESSIONS, "x")
    assert not found.aurora
    assert not found.rds
    assert list(found.caches) == ["sessions"]


# --- apps ---


def test_an_app_uses_a_cache_as_the_defaults_have_it() -> None:
    assert use() == CacheUseSpec("sessions", "lazy", 1000, 0.0, 0.0, 2048, "primary", 0.0, 0.1)


def test_what_the_file_says_of_a_cache_wins() -> None:
    found = use(
        pattern='"lazy+write-through"',
        ttl='"10m"',
        jitter='"20%"',
        item='"4 KiB"',
        reads='"reader"',
        hot_key="0.25",
        timeout='"50ms"',
    )
    assert found == CacheUseSpec("sessions", "lazy+write-through", 1000, 600, 0.2, 4096, "reader", 0.25, 0.05)


def test_a_share_may_be_written_as_a_number_or_in_per_cent() -> None:
    assert use(ttl='"1m"', jitter="0.2") == use(ttl='"1m"', jitter='"20%"') == use(ttl='"1m"', jitter='"20.0 %"')


@pytest.mark.fact("EC-14")
def test_a_session_store_needs_no_database() -> None:
    keys = {"writes_to": "", "reads_from": "", "cache": '{ store = "sessions", pattern = "session", keys = 10 }'}
    found = parse_fleet(PLACES + SESSIONS + table("apps.web", APP, keys), "x").apps["web"]
    assert (found.writes_to, found.reads_from, found.reads_per_s, found.writes_per_s) == (None, (), 100, 10)


def test_an_app_that_only_writes_through_need_not_read_the_database() -> None:
    keys = {"reads_from": "", "cache": '{ store = "sessions", pattern = "write-through", keys = 10 }'}
    assert parse_fleet(PLACES + BOOKS + SESSIONS + table("apps.web", APP, keys), "x").apps["web"].reads_from == ()


def test_a_cache_may_be_in_the_second_home_of_an_app() -> None:
    keys = {"homes": '["eu-west-1", "us-east-1"]'}
    assert parse_fleet(PLACES + BOOKS + SESSIONS + table("apps.web", APP, keys), "x").apps["web"].cache


def test_a_profile_is_a_staircase_of_24_hours_in_thousandths() -> None:
    def profile(text: str) -> tuple[int, ...]:
        return (
            parse_fleet(PLACES + BOOKS + SESSIONS + table("apps.web", APP, {"profile": text}), "x").apps["web"].profile
        )

    office = profile('"office"')
    assert (len(office), max(office), min(office)) == (24, 1000, 100)
    assert profile(f"[{', '.join(['0.25', '1'] * 12)}]") == (250, 1000) * 12
    assert profile("") == ()
