"""What sound tables of RDS become: defaults, standbys, replicas as their sources are, storage as it is in force."""

import pytest

from opsconsole import catalog
from opsconsole.fleet import Fleet, InstanceSpec, RdsSpec, StorageSpec, parse_fleet
from tests.fleet.mistakes import WHOLE, problem_texts, table
from tests.fleet.test_rds_mistakes import PLACES, SOUND_CLUSTER, SOUND_RDS, many

GIB = 1 << 30


def fleet(**changes: str) -> Fleet:
    """A fleet of one instance `ledger` with some keys changed; `class_` is class."""
    changes = {key.rstrip("_"): value for key, value in changes.items()}
    return parse_fleet(PLACES + table("rds.ledger", SOUND_RDS, changes), "x")


def ledger(**changes: str) -> RdsSpec:
    """The instance of that fleet."""
    return fleet(**changes).rds["ledger"]


def test_defaults_are_those_of_aws() -> None:
    assert ledger() == RdsSpec(
        id="ledger",
        engine="postgres",
        engine_version=catalog.engine("postgres").default_version,
        region="us-east-1",
        zone="us-east-1a",
        multi_az=False,
        standby_zone=None,
        instance_class="db.m5.large",
        storage=StorageSpec("gp3", 400 * GIB, 12_000, 500, 0, 120 * GIB),
        retention_days=1,
        backup_window="03:00-03:30",
        maintenance_window="sun:05:00-sun:05:30",
        deletion_protection=False,
        source=None,
        auto_minor=True,
        monitoring_interval_s=0,
        performance_insights=False,
    )


def test_what_the_file_says_wins() -> None:
    found = ledger(
        backup_retention='"0d"',
        backup_window='"23:45-00:15"',
        maintenance_window='"Tue:04:00-Tue:05:00"',
        deletion_protection="true",
        auto_minor_version_upgrade="false",
        enhanced_monitoring='"5s"',
        performance_insights="true",
        max_storage='"1 TiB"',
        data='"10 GiB"',
    )
    assert (found.retention_days, found.backup_window) == (0, "23:45-00:15")
    assert found.maintenance_window == "tue:04:00-tue:05:00"
    assert (found.deletion_protection, found.auto_minor, found.performance_insights) == (True, False, True)
    assert found.monitoring_interval_s == 5
    assert (found.storage.max_allocated_bytes, found.storage.data_bytes) == (1024 * GIB, 10 * GIB)


@pytest.mark.parametrize(("zone", "standby"), [("a", "b"), ("b", "c"), ("c", "a")])
def test_the_standby_stands_in_the_next_zone(zone: str, standby: str) -> None:
    found = ledger(zone=f'"{zone}"', multi_az="true")
    assert (found.zone, found.standby_zone) == (f"us-east-1{zone}", f"us-east-1{standby}")


def test_the_standby_stands_where_the_file_wants_it() -> None:
    assert ledger(multi_az="true", standby_zone='"us-east-1c"').standby_zone == "us-east-1c"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("oracle", "oracle-ee"),
        ("sqlserver", "sqlserver-se"),
        ("postgresql", "postgres"),
        ("sqlserver-ex", "sqlserver-ex"),
    ],
)
def test_a_short_name_of_an_engine_means_its_usual_edition(written: str, meant: str) -> None:
    assert ledger(engine=f'"{written}"').engine == meant


@pytest.mark.parametrize(
    ("size", "keys", "iops", "throughput"),
    [
        ("100 GiB", {}, 3_000, 125),
        ("400 GiB", {}, 12_000, 500),
        ("400 GiB", {"iops": "20000", "throughput": '"1000 MiB/s"'}, 20_000, 1_000),
        ("100 GiB", {"storage_type": '"gp2"'}, 300, 128),
        ("20 GiB", {"storage_type": '"gp2"'}, 100, 128),
        ("100 GiB", {"storage_type": '"io1"', "iops": "4000"}, 4_000, 1_000),
        ("100 GiB", {"storage_type": '"standard"'}, 100, 40),
    ],
)
def test_iops_and_throughput_are_what_is_in_force(size: str, keys: dict[str, str], iops: int, throughput: int) -> None:
    storage = ledger(storage=f'"{size}"', **keys).storage
    assert (storage.iops, storage.throughput_mibps) == (iops, throughput)


def test_a_replica_is_as_its_source_is_but_for_what_it_says() -> None:
    found = fleet(
        multi_az="true",
        storage_type='"io1"',
        iops="8000",
        data='"50 GiB"',
        deletion_protection="true",
        replicas='[{ id = "ro", zone = "c" }, { id = "far", zone = "b", region = "eu-west-1", class = "db.r5.large", '
        'storage = "500 GiB", storage_type = "gp3", multi_az = true, backup_retention = "2d" }]',
    )
    near, far, source = found.rds["ro"], found.rds["far"], found.rds["ledger"]
    assert (near.source, near.region, near.zone) == ("ledger", "us-east-1", "us-east-1c")
    assert (near.multi_az, near.standby_zone, near.retention_days, near.deletion_protection) == (False, None, 0, False)
    assert (near.engine_version, near.instance_class, near.storage) == (
        source.engine_version,
        source.instance_class,
        source.storage,
    )
    assert (far.region, far.zone, far.standby_zone) == ("eu-west-1", "eu-west-1b", "eu-west-1c")
    assert (far.instance_class, far.retention_days) == ("db.r5.large", 2)
    assert far.storage == StorageSpec("gp3", 500 * GIB, 12_000, 500, 0, 50 * GIB)


def test_a_replica_of_a_replica_follows_that_replica_in_whatever_order_they_are_listed() -> None:
    rows = [
        '{ id = "third", zone = "b", source = "second" }',
        '{ id = "second", zone = "c", source = "first", backup_retention = "1d" }',
        '{ id = "first", zone = "b", class = "db.r5.large", storage = "500 GiB", backup_retention = "1d" }',
    ]
    found = fleet(replicas=f"[{', '.join(rows)}]").rds
    assert [found[name].source for name in ("first", "second", "third")] == ["ledger", "first", "second"]
    assert {found[name].instance_class for name in ("first", "second", "third")} == {"db.r5.large"}
    assert {found[name].storage.allocated_bytes for name in ("first", "second", "third")} == {500 * GIB}
    assert fleet(replicas=f"[{', '.join(reversed(rows))}]").rds == found


def test_a_replica_may_name_its_instance_as_its_source() -> None:
    assert fleet(replicas='[{ id = "ro", zone = "b", source = "ledger" }]').rds["ro"].source == "ledger"


@pytest.mark.fact("RDS-RR-05")
@pytest.mark.parametrize("engine", ["mysql", "mariadb", "postgres", "oracle-ee", "sqlserver-ee"])
def test_an_instance_has_fifteen_replicas_and_no_sixteenth(engine: str) -> None:
    assert len(fleet(engine=f'"{engine}"', replicas=f"[{many(15, 0)}]").rds) == 16
    (wrong,) = problem_texts(PLACES + table("rds.ledger", SOUND_RDS, {"replicas": f"[{many(16, 0)}]"}))
    assert "may have 15 read replicas" in wrong


@pytest.mark.fact("RDS-RR-04")
def test_a_replica_stands_in_the_same_zone_in_another_one_or_in_another_region() -> None:
    rows = '{ id = "r1", zone = "a" }, { id = "r2", zone = "b" }, { id = "r3", zone = "a", region = "eu-west-1" }'
    found = fleet(replicas=f"[{rows}]").rds
    assert [found[name].zone for name in ("r1", "r2", "r3")] == ["us-east-1a", "us-east-1b", "eu-west-1a"]


def test_a_multi_az_db_cluster_has_a_writer_and_two_readers_in_three_zones() -> None:
    text = PLACES + table("multi_az_cluster.payments", SOUND_CLUSTER, {"storage_type": '"io2"', "iops": "4000"})
    payments = parse_fleet(text, "x").multi_az_clusters["payments"]
    assert payments.instances == tuple(
        InstanceSpec(f"payments-instance-{number}", f"us-east-1{letter}", "db.m5.large")
        for number, letter in ((1, "a"), (2, "b"), (3, "c"))
    )
    assert (payments.engine, payments.retention_days) == ("postgres", 1)
    assert (payments.storage.type, payments.storage.iops) == ("io2", 4_000)


def test_a_fleet_without_aurora_is_a_fleet_and_in_the_order_of_ids() -> None:
    found = parse_fleet(WHOLE, "x")
    assert not found.aurora
    assert list(found.rds) == ["ledger", "ledger-far", "ledger-ro", "ledger-ro-ro"]
    assert list(found.caches) == ["cart", "pages", "sessions"]


def test_regions_need_not_be_listed_for_replicas_and_caches_either() -> None:
    text = WHOLE.replace("[regions]\nus-east-1 = {}\neu-west-1 = {}\n", "")
    assert parse_fleet(text, "x") == parse_fleet(WHOLE, "x")
    assert list(parse_fleet(text, "x").regions) == ["eu-west-1", "us-east-1"]


def test_a_fleet_of_nothing_but_an_app_is_refused() -> None:
    (wrong,) = problem_texts('name = "Nothing"\n')
    assert wrong == "the fleet has no database and no cache"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ledger", "ledger"),
        ("ledger-ro", "ledger-ro"),
        ("payments", "payments.reader"),
        ("payments.reader", "payments.reader"),
        ("payments-instance-2", "payments.payments-instance-2"),
        ("payments.payments-instance-1", "payments.payments-instance-1"),
    ],
)
def test_an_app_reads_from_an_instance_a_replica_or_a_cluster_by_its_id(written: str, meant: str) -> None:
    text = WHOLE.replace('reads_from = ["ledger-ro"]', f'reads_from = ["{written}"]')
    assert parse_fleet(text, "x").apps["billing"].reads_from == (meant,)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ledger", "ledger"),
        ("payments", "payments.writer"),
        ("payments.writer", "payments.writer"),
        ("payments-instance-1", "payments.payments-instance-1"),
    ],
)
def test_an_app_writes_to_an_instance_or_to_a_clusters_writer(written: str, meant: str) -> None:
    text = WHOLE.replace('writes_to = "ledger"', f'writes_to = "{written}"')
    assert parse_fleet(text, "x").apps["billing"].writes_to == meant
