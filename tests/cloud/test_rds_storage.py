"""The storage of RDS DB instances: how fast it is, when its credits are gone, when it is full, how it grows."""

import pytest

from opsconsole import catalog
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.server import Answer
from tests.cloud.play import Play
from tests.cloud.rds_fleets import ALONE, PAIR, busy, stored

GP2 = 'storage = "100 GiB"\nstorage_type = "gp2"'
HOUR = 3600


def billing(play: Play) -> DbInstance:
    return play.cloud.rds["billing"]


def statuses(play: Play) -> list[object]:
    return [row["now"] for row in play.truth("status", "billing")]


def modify(play: Play, what: str) -> Play:
    return play.do(f"rds:modify-db-instance billing {what} apply-immediately=true")


def refused(play: Play, what: str) -> str:
    return play.refusal(f"rds:modify-db-instance billing {what} apply-immediately=true").sentence


# -- credits ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gib", [50, 100, 200, 334])
def test_a_full_gp2_bucket_lasts_as_long_as_awss_formula_says(gib: int) -> None:
    fleet = busy(stored(f'storage = "{gib} GiB"\nstorage_type = "gp2"'), writes=1200)
    play = Play(fleet).until("59m")
    burst = catalog.storage_type("gp2").burst_s(gib, "mysql")
    assert burst is not None
    assert burst == pytest.approx(5_400_000 / (3000 - max(100, 3 * gib)))
    assert billing(play).disk.credits.exhausted
    slow = next(i for i in play.app("billing-app").incidents if i.ended_us is None)
    warning = next(event.at for event in play.aws_events("billing") if event.id == "0189")
    assert warning == pytest.approx(0.8 * burst, rel=0.01)
    assert play.cloud.traffic.load("billing/1").writes_served < 1000 * max(100, 3 * gib)
    assert slow.began_us / 1e6 < burst * 1.01


def test_without_credits_it_has_its_baseline_and_with_less_to_do_the_bucket_fills_again() -> None:
    play = Play(busy(stored(GP2), writes=990)).until("3h")
    disk = billing(play).disk
    assert (disk.iops, disk.baseline_iops, disk.credits.level(play.cloud.now_us)) == (300, 300, 0)
    served = play.cloud.traffic.load("billing/1").writes_served / 1000
    assert 95 <= served <= 100  # three I/Os each
    play.do("app:set-rate billing-app writes=20/s").wait("2h")
    assert disk.iops == 3000
    assert disk.credits.level(play.cloud.now_us) == pytest.approx((300 - 60) * 2 * HOUR, rel=0.01)
    assert play.app("billing-app").health.value == "ok"
    play.do("app:set-rate billing-app writes=990/s").wait("5m")
    assert play.app("billing-app").health.value == "ok"


def test_both_0189_and_the_fall_come_again_when_the_bucket_is_emptied_again() -> None:
    play = Play(busy(stored(GP2), writes=990)).until("3h")
    play.do("app:set-rate billing-app writes=0/s").wait("6h").do("app:set-rate billing-app writes=990/s").wait("3h")
    assert play.ids("billing") == ["0189", "0189"]
    assert billing(play).disk.credits.exhausted


@pytest.mark.fact("RDS-15")
def test_io1_gives_what_was_provisioned_with_a_steady_latency_where_gp2_runs_out_of_credits() -> None:
    io1 = Play(busy(stored('storage = "100 GiB"\nstorage_type = "io1"\niops = 3000'), writes=900))
    gp2 = Play(busy(stored(GP2), writes=900))
    seen = []
    for play in (io1, gp2):
        for moment in ("10m", "30m", "2h", "5h"):
            seen.append(play.until(moment).app("billing-app").service.value.write_us)
    assert len(set(seen[:4])) == 1
    assert seen[7] > 10 * seen[4]
    assert io1.all_well("billing-app", "1m", "5h")
    assert not gp2.all_well("billing-app", "1m", "5h")


@pytest.mark.parametrize(
    ("storage", "iops"),
    [
        ('storage = "100 GiB"', 3000),
        ('storage = "400 GiB"', 12_000),
        ('storage = "500 GiB"\niops = 16000', 16_000),
        ('storage = "100 GiB"\nstorage_type = "io2"\niops = 20000', 20_000),
        ('storage = "100 GiB"\nstorage_type = "gp2"', 3000),
        ('storage = "500 GiB"\nstorage_type = "gp2"', 12_000),
        ('storage = "4000 GiB"\nstorage_type = "gp2"', 12_000),
    ],
)
def test_each_type_gives_its_iops_by_size_and_provision(storage: str, iops: int) -> None:
    disk = billing(Play(stored(storage))).disk
    assert disk.iops == iops
    assert (disk.credits.capacity > 0) is (disk.allocation.type == "gp2" and disk.allocation.gib < 4000)


@pytest.mark.fact("RDS-17")
def test_magnetic_storage_is_of_the_past_and_slow() -> None:
    magnetic, usual = (
        Play(stored('storage = "100 GiB"\nstorage_type = "standard"')),
        Play(stored('storage = "100 GiB"')),
    )
    assert billing(magnetic).disk.allocation.row.legacy
    assert billing(usual).disk.allocation.type == "gp3"
    slow, fast = (play.until("1m").app("billing-app").service.value.write_us for play in (magnetic, usual))
    assert slow > fast + 3 * 15_000
    assert "no storage autoscaling" in refused(magnetic, "max-storage=400")


def test_a_volume_that_becomes_gp2_begins_with_a_full_bucket() -> None:
    play = Play(stored('storage = "100 GiB"')).until("1m")
    modify(play, "storage-type=gp2").wait("20m")
    assert billing(play).disk.credits.level(play.cloud.now_us) == pytest.approx(5_400_000, rel=0.001)


# -- full ---------------------------------------------------------------------------------------------------------


FULL = busy(stored('storage = "20 GiB"\ndata = "17.5 GiB"', PAIR), writes=200)


@pytest.fixture(scope="module")
def full() -> Play:
    return Play(FULL).until("6h")


def test_storage_that_fills_up_is_warned_of_and_then_the_database_is_shut_down(full: Play) -> None:
    assert full.ids("billing") == ["0089", "0222", "0007", "0221"]
    low, _, _, shut = full.aws_events("billing")
    assert "low at 10%" in low.message or "low at 9%" in low.message
    assert shut.at - low.at == pytest.approx((2.0 - 0.2) * 1024**3 / (200 * 1024), rel=0.01)
    assert statuses(full) == ["storage-full"]


def test_nothing_is_served_then_and_the_standby_cannot_help_because_it_is_as_full(full: Play) -> None:
    zone = full.zone("us-east-1a")
    assert full.cloud.traffic.probe(zone, "billing/1", False).answer is Answer.REFUSED
    assert billing(full).failovers == 0
    assert full.saw("billing-app", "5h30m", "6h").ok == 0


def test_only_more_storage_helps() -> None:
    play = Play(FULL).until("6h")
    for command in ("rds:reboot-db-instance billing", "rds:stop-db-instance billing"):
        assert play.refusal(command).code == "InvalidDBInstanceState"
    assert play.refusal("rds:modify-db-instance billing class=db.m6g.xlarge").code == "InvalidDBInstanceState"
    modify(play, "storage=40").wait("20m")
    assert statuses(play) == ["storage-full", "modifying", "storage-optimization"]
    assert play.ids("billing")[-3:] == ["0018", "0006", "0017"]
    assert play.app("billing-app").health.value == "ok"
    play.wait("25h")
    assert statuses(play)[-1] == "available"


def test_a_zone_that_is_lost_while_it_is_full_changes_nothing() -> None:
    play = Play(FULL).until("6h").do("az:outage us-east-1a for=10m").wait("1h")
    assert statuses(play) == ["storage-full"]
    modify(play, "storage=40").wait("20m")
    assert play.app("billing-app").health.value == "ok"


# -- growth -------------------------------------------------------------------------------------------------------


def test_growth_interrupts_nobody_and_is_followed_by_optimization_and_six_hours_of_rest() -> None:
    play = Play(busy(stored('storage = "200 GiB"'), writes=100)).until("1m")
    modify(play, "storage=300").wait("20m")
    disk = billing(play).disk
    assert (disk.allocation.gib, statuses(play)) == (300, ["modifying", "storage-optimization"])
    assert play.all_well("billing-app", "10s", "20m")
    assert play.ids("billing") == ["0018", "0017"]
    assert "6 hours" in refused(play, "storage=400")
    play.wait("25h")
    assert statuses(play)[-1] == "available"
    modify(play, "iops=12000 storage=400").wait("13h")
    assert disk.allocation.gib == 400


def test_performance_is_less_while_storage_is_optimized() -> None:
    play = Play(stored('storage = "200 GiB"\nstorage_type = "gp2"', instance_class="db.m6g.16xlarge")).until("1m")
    before = billing(play).capacity.warm()
    modify(play, "storage=300").wait("20m")
    assert billing(play).capacity.warm()[1] < before[1]
    play.wait("25h")
    assert billing(play).capacity.warm() == before


def test_a_change_that_copies_all_data_takes_hours_in_modifying() -> None:
    play = Play(stored('storage = "300 GiB"')).until("1m")
    modify(play, "storage=400").wait("25m")
    assert statuses(play) == ["modifying"]
    play.wait("13h")
    assert billing(play).disk.iops == 12_000


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("storage=210", "220 GiB or more"),
        ("storage=100", "only grows"),
        ("storage=70000", "GiB"),
        ("iops=20000", "IOPS"),
        ("storage-type=io1", "IOPS"),
        ("storage-type=gp3", "already"),
        ("max-storage=210", "220 to 65536 GiB"),
    ],
)
def test_storage_never_shrinks_and_keeps_awss_bounds(what: str, why: str) -> None:
    assert why in refused(Play(ALONE).until("1m"), what)


# -- storage autoscaling ------------------------------------------------------------------------------------------


LOW = 'storage = "100 GiB"\ndata = "89 GiB"\nmax_storage = "400 GiB"'


def test_it_grows_by_itself_after_five_minutes_below_ten_percent() -> None:
    play = Play(busy(stored(LOW), writes=400)).until("4h")
    low = next(event.at for event in play.aws_events("billing") if event.id == "0089")
    began = next(event.at for event in play.aws_events("billing") if event.id == "0217")
    assert began - low == pytest.approx(300, abs=1)
    assert billing(play).disk.allocation.gib == 110
    assert play.ids("billing") == ["0089", "0222", "0217", "0218"]
    assert play.all_well("billing-app", "10s", "4h")


@pytest.mark.parametrize(("gib", "data", "writes", "grown"), [(50, 46, 10, 10), (300, 275, 10, 30), (50, 46, 900, 22)])
def test_it_adds_the_most_of_ten_gib_a_tenth_and_seven_hours_growth(
    gib: int, data: int, writes: int, grown: int
) -> None:
    storage = f'storage = "{gib} GiB"\ndata = "{data} GiB"\nmax_storage = "1 TiB"'
    play = Play(busy(stored(storage, instance_class="db.m6g.8xlarge"), writes=0)).until("2m")
    assert billing(play).watch.increment_gib() == max(10, gib // 10)
    play = Play(busy(stored(storage.replace(f'"{data}', '"10'), instance_class="db.m6g.8xlarge"), writes=writes)).until(
        "1h"
    )
    assert billing(play).watch.increment_gib() == pytest.approx(grown, abs=2)


def test_between_two_growths_lie_six_hours() -> None:
    play = Play(busy(stored(LOW.replace("89", "89.9")), writes=400)).until("40h")
    grown = [event.at for event in play.aws_events("billing") if event.id == "0217"]
    done = [event.at for event in play.aws_events("billing") if event.id == "0218"]
    assert len(grown) >= 2
    assert all(after - before >= 6 * HOUR for before, after in zip(done, grown[1:], strict=False))


def test_it_waits_out_the_rest_of_a_change_by_hand() -> None:
    play = Play(busy(stored('storage = "100 GiB"\ndata = "98 GiB"'), writes=400)).until("1m")
    modify(play, "storage=110").wait("20m").do("rds:modify-db-instance billing max-storage=400").wait("7h")
    assert "0220" in play.ids("billing")
    assert play.ids("billing").count("0220") == 1
    play.wait("26h")
    assert "0218" in play.ids("billing")


def test_it_never_reaches_the_maximum_and_says_so_once_until_the_maximum_is_raised() -> None:
    play = Play(busy(stored(LOW.replace("400 GiB", "110 GiB").replace("89", "91")), writes=10)).until("5h")
    assert billing(play).disk.allocation.gib == 100
    assert play.ids("billing").count("0224") == 1
    play.do("rds:modify-db-instance billing max-storage=200").wait("30m")
    assert billing(play).disk.allocation.gib == 110
    assert "0225" not in play.ids("billing")


def test_storage_near_its_maximum_is_told() -> None:
    play = Play(ALONE).until("1m").do("rds:modify-db-instance billing max-storage=240").wait("1m")
    assert play.ids("billing") == ["0225"]
    assert "200 GB is approaching the maximum storage threshold 240 GB" in play.aws_events("billing")[0].message


def test_it_retries_while_the_instance_is_busy() -> None:
    play = Play(busy(stored(LOW.replace("89", "91")), writes=10)).until("4m")
    modify(play, "multi-az=true").wait("5m")
    assert "0219" in play.ids("billing")
    play.wait("2h")
    assert billing(play).disk.allocation.gib == 110
