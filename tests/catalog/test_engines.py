"""What differs between engines, classes and cache nodes: as AWS says it, and by row."""

import pytest

from opsconsole import catalog


def test_an_engine_answers_to_what_people_call_it() -> None:
    assert catalog.engine_called("oracle").name == "oracle-ee"
    assert catalog.engine_called("sqlserver").name == "sqlserver-se"
    assert catalog.engine_called("postgresql").name == "postgres"
    assert catalog.engine_called("mysql").name == "mysql"
    aliases = [word for row in catalog.engines().values() for word in row.aliases]
    assert len(set(aliases)) == len(aliases)
    assert not set(aliases) & set(catalog.engines())


@pytest.mark.fact("RDS-04")
def test_rds_has_five_engines_and_aurora_has_two() -> None:
    compatible = {family: set[str]() for family in ("aurora", "rds", "elasticache")}
    for row in catalog.engines().values():
        compatible[row.family].add(row.compatible)
    assert compatible["rds"] == {"mysql", "mariadb", "postgresql", "oracle", "sqlserver"}
    assert compatible["aurora"] == {"mysql", "postgresql"}
    assert compatible["elasticache"] == {"redis", "memcached"}


@pytest.mark.parametrize("name", ["mysql", "mariadb", "postgres"])
def test_the_open_source_engines_have_fifteen_read_replicas_and_chains_of_three(name: str) -> None:
    row = catalog.engine(name)
    assert (row.read_replicas, row.classic_read_replicas, row.replica_levels) == (15, 5, 3)
    assert row.cross_region_replicas
    assert row.iam_auth
    assert row.replica_backups


@pytest.mark.fact("RDS-05")
def test_read_replicas_differ_by_engine() -> None:
    rows = {name: catalog.engine(name) for name in ("mysql", "mariadb", "postgres", "oracle-ee", "sqlserver-ee")}
    assert [name for name, row in rows.items() if row.replica_writable] == ["mysql", "mariadb"]
    assert [name for name, row in rows.items() if row.lag_when_stopped == -1] == ["mysql", "mariadb"]
    assert [name for name, row in rows.items() if row.idle_lag_reset_s] == ["postgres"]
    assert rows["postgres"].read_replicas_below == catalog.limit("rds-read-replicas-below-postgres").value == 5
    assert rows["oracle-ee"].replica_levels == rows["sqlserver-ee"].replica_levels == 1
    assert not rows["postgres"].cross_region_orphans_promoted
    assert rows["mysql"].cross_region_orphans_promoted
    for name in ("oracle-se2", "sqlserver-se", "sqlserver-ex", "sqlserver-web"):
        assert catalog.engine(name).read_replicas == 0


def test_only_postgresql_before_14_1_has_replicas_that_cannot_have_replicas() -> None:
    single = {
        f"{row.name} {release.name}"
        for row in catalog.engines().values()
        for release in row.releases
        if not release.cascades
    }
    assert single == {"postgres 12.22", "postgres 13.20", "postgres 13.21"}


def test_multi_az_differs_by_engine() -> None:
    rows = [row for row in catalog.engines().values() if row.family == "rds"]
    assert {row.name for row in rows if row.multi_az_cluster} == {"mysql", "postgres"}
    assert {row.name for row in rows if not row.multi_az} == {"sqlserver-ex", "sqlserver-web"}
    assert {row.failover_timing for row in rows if row.compatible == "sqlserver" and row.multi_az} == {
        "sqlserver-ag-failover"
    }
    assert {row.failover_timing for row in rows if row.compatible != "sqlserver"} == {"rds-multi-az-failover"}
    assert {row.compatible for row in rows if row.iam_auth} == {"mysql", "mariadb", "postgresql"}


def test_the_engines_of_elasticache_differ_as_aws_says() -> None:
    redis, valkey, memcached = (catalog.engine(name) for name in ("redis", "valkey", "memcached"))
    assert (redis.port, valkey.port, memcached.port) == (6379, 6379, 11211)
    assert redis.read_replicas == valkey.read_replicas == catalog.limit("cache-replicas").value == 5
    assert memcached.read_replicas == 0
    assert (memcached.snapshots, memcached.auth, memcached.multi_az, memcached.failover_timing) == (
        False,
        False,
        False,
        "",
    )
    assert redis.snapshots
    assert redis.auth
    assert (redis.multi_threaded, memcached.multi_threaded) == (False, True)


def test_append_only_files_are_history() -> None:
    with_aof = [release.name for release in catalog.engine("redis").releases if release.aof]
    assert with_aof == ["2.8.19", "2.8.21"]
    assert all(catalog.engine("redis").release(name).retired for name in with_aof)
    assert not any(release.aof for release in catalog.engine("valkey").releases)
    assert not catalog.engine("redis").release("2.8.24").cluster_mode
    assert catalog.engine("redis").release("3.2.10").cluster_mode


# Classes


@pytest.mark.fact("RDS-10", "RDS-11")
def test_a_general_purpose_class_has_4_gib_a_vcpu_and_a_memory_optimised_one_8() -> None:
    gib_per_vcpu = dict.fromkeys(("db.m5", "db.m6g", "db.m6gd", "db.m7g"), 4)
    gib_per_vcpu |= dict.fromkeys(("db.r5", "db.r6g", "db.r6gd", "db.r7g", "db.r8g"), 8)
    for row in catalog.instance_classes().values():
        if not row.burstable:
            assert row.memory_gib == gib_per_vcpu[row.family] * row.vcpu, row.name


@pytest.mark.parametrize(
    ("size", "baseline", "per_hour", "most"),
    [
        ("micro", 10, 12, 288),
        ("small", 20, 24, 576),
        ("medium", 20, 24, 576),
        ("large", 30, 36, 864),
        ("xlarge", 40, 96, 2304),
        ("2xlarge", 40, 192, 4608),
    ],
)
@pytest.mark.parametrize("family", ["db.t3", "db.t4g"])
def test_cpu_credits_are_those_of_awss_table(family: str, size: str, baseline: int, per_hour: int, most: int) -> None:
    row = catalog.instance_class(f"{family}.{size}")
    assert row.credits is not None
    assert (row.credits.baseline_percent, row.credits.credits_per_hour, row.credits.max_credits) == (
        baseline,
        per_hour,
        most,
    )
    assert row.credits.credits_per_hour == row.vcpu * 60 * baseline / 100  # what the baseline spends
    assert row.credits.max_credits == 24 * row.credits.credits_per_hour


def test_only_burstable_classes_have_credits() -> None:
    for row in catalog.instance_classes().values():
        assert (row.credits is not None) == row.burstable, row.name


def test_a_class_moves_no_more_than_it_may_burst_to() -> None:
    for row in catalog.instance_classes().values():
        assert 0 < row.ebs_baseline_mbps <= row.ebs_mbps, row.name
        assert 0 < row.ebs_baseline_iops <= row.ebs_iops, row.name


def test_oracle_and_sql_server_run_on_intel_only() -> None:
    for row in catalog.instance_classes().values():
        for name in row.engines:
            if catalog.engine(name).compatible in ("oracle", "sqlserver"):
                assert row.architecture == "x86_64", f"{row.name} {name}"


def test_the_memory_of_a_class_gives_awss_table_of_connections() -> None:
    table = {"db.t4g.medium": 405, "db.t4g.large": 844, "db.r6g.large": 1722, "db.r6g.xlarge": 3479}
    for name, connections in table.items():
        assert catalog.instance_class(name).db_instance_class_memory / 9_531_392 == pytest.approx(connections, abs=1.5)


@pytest.mark.parametrize(
    ("engine", "name", "least", "most"),
    [
        ("mysql", "db.m6g.large", 620, 683),  # 8 GiB / 12,582,880 at the very most
        ("mariadb", "db.m6g.large", 310, 341),
        ("postgres", "db.r6g.2xlarge", 5000, 5000),
        ("oracle-ee", "db.r5.24xlarge", 20_000, 20_000),
        ("sqlserver-se", "db.m5.large", 32_767, 32_767),
    ],
)
def test_default_connections_follow_awss_formula(engine: str, name: str, least: int, most: int) -> None:
    assert least <= catalog.capacity(engine, name).max_connections <= most


def test_rds_does_a_fifth_of_aurora_mysql_and_a_third_of_aurora_postgresql() -> None:
    for rds, aurora, times in (("mysql", "aurora-mysql", 5), ("postgres", "aurora-postgresql", 3)):
        own, other = catalog.capacity(rds, "db.r6g.large"), catalog.capacity(aurora, "db.r6g.large")
        assert (own.reads_per_s * times, own.writes_per_s * times) == (other.reads_per_s, other.writes_per_s)


# Cache nodes and policies


def test_a_larger_cache_node_holds_more_and_does_no_less() -> None:
    for engine in (catalog.engine("redis"), catalog.engine("memcached")):
        for family in engine.class_families:
            rows = [row for row in catalog.cache_node_types().values() if row.family == family]
            rows.sort(key=lambda row: row.size_rank)
            assert [row.memory_bytes for row in rows] == sorted({row.memory_bytes for row in rows})
            does = [row.capacity(engine) for row in rows]
            assert does == sorted(does)
            assert [row.usd_per_h for row in rows] == sorted(row.usd_per_h for row in rows)


@pytest.mark.fact("EC-MEM-05")
def test_memcached_uses_every_vcpu_and_redis_one() -> None:
    small, large = catalog.cache_node_type("cache.r6g.large"), catalog.cache_node_type("cache.r6g.4xlarge")
    redis, memcached = catalog.engine("redis"), catalog.engine("memcached")
    assert large.capacity(memcached) == small.capacity(memcached) * large.vcpu // small.vcpu
    assert large.capacity(redis) < small.capacity(redis) * 3
    assert small.memory_gib == 13.07


def test_there_are_eight_eviction_policies_and_volatile_lru_is_the_default() -> None:
    rows = catalog.cache_policies()
    assert len(rows) == 8
    assert [row.name for row in rows.values() if row.default] == ["volatile-lru"]
    assert {row.name for row in rows.values() if row.among == "none"} == {"noeviction"}
    for row in rows.values():
        assert row.name == "noeviction" or row.name == f"{'allkeys' if row.among == 'all' else row.among}-{row.order}"


# Errors, limits and shares of the new services


def test_an_error_is_found_by_its_code_and_by_its_exceptions_name() -> None:
    assert catalog.error("APICallRateForCustomerExceededFault").code == "APICallRateForCustomerExceeded"
    assert catalog.error("InvalidDBInstanceStateFault").code == "InvalidDBInstanceState"
    assert catalog.error("READONLY").sentence == catalog.engine("redis").read_only_error


@pytest.mark.parametrize(
    ("name", "value", "classic"),
    [
        ("rds-read-replicas", 15, 5),
        ("storage-autoscaling-increment-gib", 10, 5),
        ("test-failovers", 15, 5),
        ("storage-lock-hours", 6, None),
        ("rds-stopped-days", 7, None),
        ("cache-connections", 65_000, None),
        ("memcached-nodes", 40, None),
        ("cache-shards", 500, None),
        ("cache-nodes", 90, None),
        ("cache-snapshots-per-node", 20, None),
        ("auth-token-length", 128, None),
    ],
)
def test_the_limits_of_rds_and_elasticache_are_awss_and_keep_the_older_number(
    name: str, value: int, classic: int | None
) -> None:
    row = catalog.limit(name)
    assert (row.value, row.classic) == (value, classic)


def test_the_phases_of_every_failover_add_up_to_it() -> None:
    failovers = {
        "rds-failover": ("detection", "fencing", "recovery", "dns"),
        "cache-failover": ("detection", "promotion", "dns"),
    }
    for name, phases in failovers.items():
        assert sum(round(catalog.assumption(f"{name}-{phase}-share").value * 100) for phase in phases) == 100


def test_failovers_are_drawn_inside_what_aws_says() -> None:
    instance, cluster = catalog.timing("rds-multi-az-failover"), catalog.timing("multi-az-cluster-failover")
    assert (instance.min_s, instance.max_s) == (60, 120)
    assert instance.min_s < instance.typical_s < instance.max_s < catalog.assumption("rds-failover-tail-s").value
    assert cluster.max_s <= 35
    assert catalog.timing("sqlserver-ag-failover").max_s <= 10
    assert catalog.timing("rds-multi-az-failover-planned").max_s <= 60
    assert catalog.timing("elasticache-failover").max_s <= 15
    assert catalog.timing("memcached-config-poll").typical_s == 60
    assert catalog.timing("replica-autoscaling-cooldown").typical_s == 300
    assert catalog.timing("rds-auto-start").typical_s == catalog.limit("rds-stopped-days").value * 86_400
