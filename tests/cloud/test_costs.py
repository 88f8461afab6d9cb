"""The cost meter's rates, worked by hand: hosts, storage, I/O, backups, transfer; and the fleet is their sum."""

from __future__ import annotations

from fractions import Fraction

import pytest

from opsconsole.cloud import Cloud, backup_storage, costs
from opsconsole.cloud.cost_backup import allocated_bytes
from opsconsole.cloud.cost_line import CostLine, Kind, amount, dollars, per_hour
from opsconsole.cloud.writelog import WRITE, Rates
from tests.cloud.play import Play, read_fleet, uncached
from tests.cloud.rds_fleets import ALONE, PAIR, REPLICAS, busy, stored

GIB = 1024**3
SHIPPED = ("aurora_mysql", "global_aurora", "rds_multi_az", "three_tier")


def usd(text: str) -> Fraction:
    return Fraction(text)


def lines(play: Play, id: str, kind: Kind | None = None) -> list[CostLine]:
    return [line for line in costs.lines(play.cloud, id) if kind in (None, line.kind)]


def hourly(play: Play, id: str, kind: Kind | None = None) -> Fraction:
    return per_hour(lines(play, id, kind))


def told(play: Play, id: str) -> dict[str, Fraction]:
    return {line.what: line.quantity for line in costs.lines(play.cloud, id)}


# RDS DB instances


@pytest.mark.fact("RDS-18")
def test_compute_is_the_classs_price_for_every_hour() -> None:
    assert hourly(Play(ALONE), "billing", Kind.COMPUTE) == usd("0.152")
    larger = Play(ALONE.replace("db.m6g.large", "db.m6g.2xlarge"))
    assert hourly(larger, "billing", Kind.COMPUTE) == usd("0.608")


@pytest.mark.fact("RDS-19")
def test_fifty_gib_that_are_allocated_cost_the_same_empty_and_filling_up() -> None:
    play = Play(stored('storage = "50 GiB"\ndata = "1 GiB"', busy(ALONE, 300)))
    assert told(play, "billing")["gp3 allocated"] == 50
    assert hourly(play, "billing", Kind.STORAGE) == 50 * usd("0.115") / 730
    assert play.cloud.rds["billing"].contents.used_bytes(play.cloud.now_us) == GIB
    play.until("1h")
    assert play.cloud.rds["billing"].contents.used_bytes(play.cloud.now_us) > GIB
    assert hourly(play, "billing", Kind.STORAGE) == 50 * usd("0.115") / 730


@pytest.mark.fact("RDS-MAZ-22")
def test_a_pair_costs_twice_what_one_costs_and_converting_doubles_the_bill() -> None:
    alone = hourly(Play(ALONE), "billing")
    assert alone == usd("0.152") + 200 * usd("0.115") / 730
    assert hourly(Play(PAIR), "billing") == 2 * alone
    play = Play(ALONE).do("rds:modify-db-instance billing multi-az=true apply-immediately=true").until("3h")
    assert play.cloud.rds["billing"].multi_az
    assert hourly(play, "billing") == 2 * alone
    assert [line.what for line in lines(play, "billing")][:2] == ["db.m6g.large", "db.m6g.large standby"]


def test_a_stopped_instance_costs_its_storage() -> None:
    play = Play(ALONE).do("rds:stop-db-instance billing")
    play.until_row("status", "billing", now="stopped")
    assert [line.kind for line in lines(play, "billing")] == [Kind.STORAGE]
    assert hourly(play, "billing") == 200 * usd("0.115") / 730


def test_provisioned_iops_and_throughput_cost_what_is_beyond_the_baseline() -> None:
    play = Play(stored('storage = "400 GiB"\niops = 15000\nthroughput = "600 MiB/s"'))  # striped: 12,000 and 500
    assert told(play, "billing") == {
        "db.m6g.4xlarge": 1,
        "gp3 allocated": 400,
        "gp3 provisioned IOPS": 3000,
        "gp3 provisioned throughput": 100,
    }
    expected = (400 * usd("0.115") + 3000 * usd("0.02") + 100 * usd("0.08")) / 730
    assert hourly(play, "billing", Kind.STORAGE) == expected
    io1 = Play(stored('storage = "100 GiB"\nstorage_type = "io1"\niops = 2000'))
    assert hourly(io1, "billing", Kind.STORAGE) == (100 * usd("0.125") + 2000 * usd("0.10")) / 730


@pytest.mark.fact("RDS-RR-24", "RDS-RR-25")
def test_replication_to_another_region_is_charged_and_between_zones_it_is_free() -> None:
    play = Play(REPLICAS).until("10m")
    near, far = (lines(play, id, Kind.TRANSFER) for id in ("billing-ro", "billing-dr"))
    assert play.cloud.rds["billing-ro"].primary.zone is not play.cloud.rds["billing"].primary.zone
    sent = Fraction(60 * 512 * 3600, GIB)  # 60 writes a second, 512 bytes of binary log each
    assert [line.quantity for line in (*near, *far)] == [sent, sent]
    assert (per_hour(near), per_hour(far)) == (0, sent * usd("0.02"))
    assert near[0].price.name == "replication-inside-a-region"
    play.do("region:partition eu-west-1").wait("1m")
    assert hourly(play, "billing-dr", Kind.TRANSFER) == 0


# clusters


def test_an_aurora_cluster_costs_its_instances_and_one_volume_for_all() -> None:
    play = Play("aurora_mysql")
    assert hourly(play, "orders", Kind.COMPUTE) == 2 * usd("0.52") + usd("0.26")
    volume = told(play, "orders")["volume, used bytes"]
    assert volume == 100
    play.do("rds:create-db-instance orders id=orders-4 class=db.r6g.large")
    play.until_row("status", "orders-4", now="available")
    assert hourly(play, "orders", Kind.COMPUTE) == 2 * usd("0.52") + 2 * usd("0.26")
    grown = Fraction(play.volume().used_bytes(play.cloud.now_us), GIB)
    assert told(play, "orders")["volume, used bytes"] == grown < 101


@pytest.mark.fact("AUR-COST-06")
def test_aurora_bills_the_bytes_that_are_used_and_more_only_as_they_become_more() -> None:
    play = Play(uncached("aurora_mysql").replace('"100 GiB"', '"15 GiB"'))
    assert play.volume().size.value == 20 * GIB
    assert told(play, "orders")["volume, used bytes"] == 15
    play.until("10m")
    written = play.volume().branch.position(play.cloud.now_us) // WRITE
    assert written > 170_000
    assert told(play, "orders")["volume, used bytes"] == 15 + Fraction(written * 1024, GIB)


@pytest.mark.fact("AUR-COST-07")
def test_aurora_bills_its_io_by_the_request() -> None:
    play = Play(uncached("aurora_mysql")).until("1m")
    io = {line.what: line for line in lines(play, "orders", Kind.IO)}
    assert io["write I/O"].quantity == Fraction(300 * 2 * 3600, 1_000_000)  # two for each of 300 writes a second
    assert io["read I/O"].quantity == Fraction(2000 * 3600, 20 * 1_000_000)  # one for 20 of 2,000 reads a second
    assert hourly(play, "orders", Kind.IO) == usd("0.20") * (usd("2.16") + usd("0.36"))
    play.do("app:set-rate checkout writes=600/s").wait("1m")
    assert told(play, "orders")["write I/O"] == 2 * io["write I/O"].quantity


OLD = "5.7.mysql_aurora.2.07.10"


def loaded_and_rewound(version: str) -> Play:
    """A cluster with 40 GiB, into which 10 GiB were loaded and which was then rewound to where it was."""
    text = uncached("aurora_mysql").replace("8.0.mysql_aurora.3.08.0", version).replace('"100 GiB"', '"40 GiB"')
    play = Play(text.replace('writes = "300/s"', 'writes = "0/s"'))
    volume = play.volume()
    volume.branch.set_rates(0, "a load", Rates(10 * GIB // 1024 // 60 * 1000))
    play.until("1m")
    volume.branch.set_rates(play.cloud.now_us, "a load", Rates())
    assert Fraction(volume.used_bytes(play.cloud.now_us), GIB) == pytest.approx(50, abs=0.01)
    play.do("rds:backtrack-db-cluster orders to=T+0s")
    play.until_row("status", "orders", now="available")
    return play


def used_and_billed(play: Play, id: str = "orders") -> tuple[Fraction, Fraction]:
    """What a cluster's volume uses and what is billed for it, in GiB."""
    line = next(line for line in costs.lines(play.cloud, id) if line.what.startswith("volume"))
    return Fraction(play.volume(id).used_bytes(play.cloud.now_us), GIB), line.quantity


@pytest.mark.fact("AUR-COST-08")
def test_an_old_aurora_version_goes_on_billing_the_most_that_was_used() -> None:
    used, billed = used_and_billed(loaded_and_rewound(OLD))
    assert used == 40
    assert billed == pytest.approx(50, abs=0.01)


@pytest.mark.fact("AUR-COST-09")
def test_a_new_cluster_from_a_snapshot_of_it_is_billed_for_what_it_uses() -> None:
    play = loaded_and_rewound(OLD).do("rds:create-db-cluster-snapshot orders id=snap")
    play.until_row("status", "snap", now="available")
    play.do("rds:restore-db-cluster-from-snapshot snap id=moved")
    play.until_row("status", "moved", now="available", within="2h")
    assert play.aurora("moved").version.high_water_mark
    assert used_and_billed(play, "moved") == (40, 40)
    assert used_and_billed(play)[1] > 49


def test_aurora_versions_with_dynamic_resizing_bill_what_is_left() -> None:
    assert used_and_billed(loaded_and_rewound("5.7.mysql_aurora.2.09.3")) == (40, 40)


def test_a_clone_is_billed_for_the_pages_that_it_has_changed() -> None:
    play = Play("aurora_mysql").until("10m")
    clone = "rds:restore-db-cluster-to-point-in-time orders id=twin restore-type=copy-on-write"
    play.do(f"{clone} use-latest-restorable-time=true")
    play.until_row("status", "twin", now="available")
    assert used_and_billed(play, "twin")[1] == 0
    assert used_and_billed(play)[1] > 100


def test_a_backtrack_window_costs_the_change_records_in_it() -> None:
    play = Play(uncached("aurora_mysql").replace('"24h"', '"1h"')).until("30m")
    records = told(play, "orders")["backtrack change records"]
    assert records == Fraction(300 * 1800, 1_000_000)
    play.until("3h")
    assert told(play, "orders")["backtrack change records"] == Fraction(300 * 3600, 1_000_000)


def test_a_secondary_pays_for_the_writes_that_are_replicated_to_it_and_for_their_way() -> None:
    play = Play(uncached("global_aurora")).until("1m")
    found = {line.what: line.usd_per_hour for line in costs.lines(play.cloud, "orders-eu")}
    assert found["replicated write I/O"] == usd("0.20") * Fraction(400 * 2 * 3600, 1_000_000)
    assert found["replication from the primary's Region"] == usd("0.02") * Fraction(400 * 1024 * 3600, GIB)
    both = [*costs.lines(play.cloud, "orders"), *costs.lines(play.cloud, "orders-eu")]
    assert list(costs.lines(play.cloud, "orders-global")) == both


def test_a_multi_az_cluster_costs_three_instances_and_three_copies() -> None:
    play = Play("""
name = "Payments"
[regions]
us-east-1 = {}
[multi_az_cluster.payments]
engine = "mysql"
region = "us-east-1"
class = "db.m6gd.large"
storage = "100 GiB"
""")
    assert hourly(play, "payments", Kind.COMPUTE) == 3 * usd("0.1824")
    assert hourly(play, "payments", Kind.STORAGE) == 300 * usd("0.115") / 730


# applications, caches, the fleet


@pytest.mark.fact("EC2-03")
def test_an_application_pays_for_what_it_moves_between_zones_and_more_with_more_traffic() -> None:
    play = Play(ALONE).until("1m")
    way = 60 * 1024 + 120 * 2048  # bytes a second: 1 KiB a write, 2 KiB a read
    assert play.cloud.rds["billing"].primary.zone.name == "us-east-1a"
    moved = told(play, "billing-app")["requests to other zones"]
    assert moved == pytest.approx(Fraction(way * 2 * 3600, 3 * GIB))  # two of its three zones are other zones
    assert hourly(play, "billing-app") == moved * usd("0.01")
    play.do("app:set-rate billing-app writes=120/s reads=240/s").wait("1m")
    assert told(play, "billing-app")["requests to other zones"] == pytest.approx(2 * moved)


def test_a_cache_costs_its_nodes() -> None:
    play = Play("global_aurora")
    assert hourly(play, "sessions") == hourly(play, "pages") == 3 * usd("0.149")
    assert hourly(play, "pages/0001") == usd("0.149")


@pytest.mark.parametrize("fleet", SHIPPED)
def test_the_fleet_is_the_sum_of_its_things_and_of_its_kinds(fleet: str) -> None:
    cloud = Cloud(read_fleet(fleet))
    cloud.kernel.run_until(60_000_000)
    every = costs.fleet(cloud)
    assert every == tuple(line for id in costs.things(cloud) for line in costs.lines(cloud, id))
    assert per_hour(every) == sum(per_hour(costs.lines(cloud, id)) for id in costs.things(cloud))
    assert per_hour(every) == sum(costs.by_kind(every).values())
    assert sum(line.usd_per_month for line in every) == 730 * per_hour(every)


def test_what_is_not_there_has_no_bill() -> None:
    with pytest.raises(KeyError):
        costs.lines(Play(ALONE).cloud, "nobody")
    with pytest.raises(KeyError):
        costs.lines(Play(ALONE).cloud, "billing/1")


# backups


WEEK = uncached("aurora_mysql").replace('"100 GiB"', '"10 GiB"').replace('retention = "7d"', 'retention = "1d"')


def backups(play: Play, id: str) -> dict[str, Fraction]:
    return {line.what: line.quantity for line in lines(play, id, Kind.BACKUP)}


def test_automated_backups_of_one_day_are_free_however_much_is_written() -> None:
    play = Play(WEEK).until("30h")
    assert play.cluster().archive.days == 1
    assert backups(play, "orders") == {}


@pytest.mark.fact("AUR-COST-10")
def test_backup_storage_as_large_as_the_volume_is_included_and_what_is_beyond_it_is_billed() -> None:
    play = Play(uncached("aurora_mysql")).do("app:pause-writes checkout").wait("1m")
    play.do("rds:create-db-cluster-snapshot orders id=snap").until("6h")
    size = play.volume().used_bytes(play.cloud.now_us)
    held = play.cluster().archive
    assert backup_storage.retained_bytes(held, play.cloud.now_us) == pytest.approx(size, rel=0.001)
    assert backups(play, "orders") == {}
    play.until("8d")  # the manual snapshot is older than the retention: from now on it is charged, whole
    (beyond,) = backups(play, "orders").values()
    assert beyond == pytest.approx(Fraction(size, GIB), rel=0.001)
    assert hourly(play, "orders", Kind.BACKUP) == beyond * usd("0.021") / 730
    play.do("rds:delete-db-cluster-snapshot snap").wait("1h")
    assert backups(play, "orders") == {}


def test_what_is_written_within_the_retention_makes_auroras_backups_larger_than_its_volume() -> None:
    play = Play(uncached("aurora_mysql")).until("24h")
    changed = backup_storage.changed_bytes(play.volume().position(play.cloud.now_us), 10**15)
    grown = play.volume().used_bytes(play.cloud.now_us) - 100 * GIB
    (beyond,) = backups(play, "orders").values()
    assert beyond == Fraction(changed - grown, GIB) > 0


def test_a_snapshot_of_aurora_in_another_region_has_no_free_share() -> None:
    play = Play("global_aurora").do("rds:create-db-cluster-snapshot catalog id=snap")
    play.until_row("status", "snap", now="available")
    assert backups(play, "us-east-1") == backups(play, "eu-west-1") == {}
    play.do("rds:copy-db-cluster-snapshot snap id=far region=eu-west-1")
    play.until_row("status", "far", now="available", within="6h")
    assert backups(play, "us-east-1") == {}
    copied = Fraction(play.cloud.snapshots["far"].data_bytes, GIB)
    assert backups(play, "eu-west-1") == {"Aurora backups without a database": copied}


def test_backups_of_rds_are_free_up_to_what_its_databases_have_allocated_in_the_region() -> None:
    text = stored('storage = "100 GiB"\ndata = "40 GiB"', busy(ALONE, 0))
    play = Play(text).do("rds:create-db-snapshot billing id=one")
    play.until_row("status", "one", now="available", within="3h")
    assert backup_storage.Held(play.cloud, "us-east-1").rds == 40 * GIB
    for number in range(2):
        play.do(f"rds:copy-db-snapshot one id=copy-{number}").wait("3h")
        held = backup_storage.Held(play.cloud, "us-east-1").rds
        assert held == (80 + number * 40) * GIB
    assert backups(play, "us-east-1") == {"RDS backups beyond the size of the databases": 20}
    assert hourly(play, "us-east-1") == 20 * usd("0.095") / 730


def test_later_snapshots_of_rds_take_what_has_changed_and_logs_are_kept_beside() -> None:
    play = Play(stored('storage = "100 GiB"\ndata = "40 GiB"', busy(ALONE, 100))).until("1h")
    play.do("rds:create-db-snapshot billing id=one")
    play.until_row("status", "one", now="available", within="3h")
    db = play.cloud.rds["billing"]
    writes = play.cloud.snapshots["one"].content.position // WRITE
    latest = db.archive.latest_us()
    assert latest is not None
    logs = db.shown(latest).position // WRITE * 512
    assert backup_storage.Held(play.cloud, "us-east-1").rds == pytest.approx(40 * GIB + writes * 2048 + logs, abs=4096)


def test_what_is_kept_of_a_deleted_database_is_billed_without_a_free_share_until_it_expires() -> None:
    text = stored('storage = "100 GiB"\ndata = "40 GiB"', busy(ALONE, 0))
    play = Play(text).do("rds:create-db-snapshot billing id=one")
    play.until_row("status", "one", now="available", within="3h")
    play.do("rds:delete-db-instance billing skip-final-snapshot=true delete-automated-backups=false")
    play.until_row("status", "billing", now="gone")
    assert backups(play, "us-east-1") == {"RDS backups without a database": 40}
    play.do("rds:delete-db-snapshot one").wait("5m")
    assert backups(play, "us-east-1") == {"RDS backups without a database": 40}  # the automated one needs its blocks
    play.wait("2d")
    assert backups(play, "us-east-1") == {}


def test_a_renamed_database_keeps_its_snapshots_and_their_free_share() -> None:
    play = Play(ALONE).do("rds:create-db-snapshot billing id=one").until("2h")
    play.do("rds:modify-db-instance billing new-id=ledger apply-immediately=true").wait("1h")
    assert "ledger" in play.cloud.rds
    assert backup_storage.Held(play.cloud, "us-east-1").rds_orphans == 0


def test_the_free_share_is_a_regions_databases_once_each() -> None:
    cloud = Play("global_aurora").cloud
    assert allocated_bytes(cloud, "us-east-1") == 400 * GIB
    assert allocated_bytes(cloud, "eu-west-1") == 200 * GIB


def test_money_and_quantities_are_rounded_only_to_be_shown() -> None:
    assert dollars(Fraction(4642171, 1000), 2) == "4,642.17"
    assert (amount(Fraction(400)), amount(Fraction(1531, 100)), amount(Fraction(39, 2000))) == (
        "400",
        "15.31",
        "0.0195",
    )


def test_cpu_beyond_the_credits_of_a_burstable_class_is_charged_once_all_is_borrowed() -> None:
    play = Play(busy(ALONE.replace("db.m6g.large", "db.t4g.micro"), 20_000)).until("1h")
    assert [line.what for line in lines(play, "billing", Kind.COMPUTE)] == ["db.t4g.micro"]
    play.until("12h")
    size, beyond = lines(play, "billing", Kind.COMPUTE)
    assert size.usd_per_hour == usd("0.016")
    assert beyond.quantity == pytest.approx(
        Fraction("1.8"), abs=1e-4
    )  # two vCPUs at 100 %, of which the class may use 10 % for ever
    assert beyond.usd_per_hour == beyond.quantity * usd("0.075")
