"""The cluster volume: six copies in three zones, quorums, repair, growth; instances hold nothing."""

import pytest

from opsconsole.cloud.volume import GIB
from tests.cloud.play import Play, uncached

SMALL = """
name = "One small cluster"
[regions]
us-east-1 = {{}}
[aurora.orders]
engine = "aurora-mysql"
region = "us-east-1"
storage = "{storage}"
instances = [
  {{ id = "orders-1", zone = "a", class = "db.r6g.16xlarge" }},
  {{ id = "orders-2", zone = "b", class = "db.r6g.16xlarge" }},
]
[apps.importer]
homes = ["us-east-1"]
writes_to = "orders"
reads_from = ["orders"]
writes = "{writes}/s"
reads = "100/s"
"""


def small(storage: str = "10 GiB", writes: int = 5_000) -> Play:
    return Play(SMALL.format(storage=storage, writes=writes))


def hold(play: Play, copies: int) -> Play:
    """Hold so many copies of `orders` down, and let it be felt."""
    return play.do(f"sim:storage-node-loss orders copies={copies}").wait("30s")


@pytest.mark.fact("AUR-STO-01")
def test_a_volume_has_six_copies_two_in_each_of_three_zones() -> None:
    play = Play()
    assert [copy.zone.name for copy in play.volume().copies] == [
        f"us-east-1{letter}" for letter in ("a", "a", "b", "b", "c", "c")
    ]
    assert play.volume().healthy_copies() == 6


@pytest.mark.fact("AUR-STO-01")
def test_six_copies_over_three_zones_even_with_a_single_instance() -> None:
    text = SMALL.format(storage="10 GiB", writes=1)
    play = Play(text.replace('{ id = "orders-2", zone = "b", class = "db.r6g.16xlarge" },', ""))
    assert len(play.cluster().instances) == 1
    assert len({copy.zone.name for copy in play.volume().copies}) == 3


@pytest.mark.fact("AUR-STO-03", "AUR-STO-04")
@pytest.mark.parametrize(
    ("held", "writes", "reads"), [(1, True, True), (2, True, True), (3, False, True), (4, False, False)]
)
def test_four_copies_are_needed_to_write_and_three_to_read(held: int, writes: bool, reads: bool) -> None:
    play = hold(Play().until("1m"), held)
    seen = play.saw("checkout", "70s", "90s")
    assert (seen.writes_ok == seen.writes_due, seen.reads_ok == seen.reads_due) == (writes, reads)
    assert (seen.writes_ok > 0, seen.reads_ok > 0) == (writes, reads)


@pytest.mark.fact("AUR-STO-06")
def test_a_zone_and_one_copy_more_stop_writes_and_a_second_more_stops_reads() -> None:
    play = Play(uncached()).at("T+1m az:outage us-east-1a").until("5m")
    assert play.all_well("checkout", "3m", "5m")
    play.do("sim:storage-node-loss orders copies=1").until("7m")
    seen = play.saw("checkout", "6m", "7m")
    assert (play.volume().healthy_copies(), seen.writes_ok, seen.reads_ok) == (3, 0, seen.reads_due)
    play.do("sim:storage-node-loss orders copies=1").until("9m")
    seen = play.saw("checkout", "8m", "9m")
    assert (play.volume().healthy_copies(), seen.writes_ok, seen.reads_ok) == (2, 0, 0)


def test_without_a_write_quorum_a_failover_does_not_help_and_the_heal_does() -> None:
    play = Play("global_aurora").at("T+1m az:outage us-east-1c", "T+2m sim:storage-node-loss orders copies=1")
    play.until("3m").do("rds:failover-db-cluster orders to=orders-2").until("8m")
    assert play.writer() == "orders-2"
    assert play.answers("orders.writer") == ("orders-2",)
    assert play.saw("checkout", "5m", "8m").writes_ok == 0
    play.do("heal orders").until("20m")
    assert play.volume().healthy_copies() == 4
    seen = play.saw("checkout", "15m", "20m")
    assert seen.writes_ok == seen.writes_due


def test_what_is_written_while_the_quorum_is_gone_is_never_acknowledged() -> None:
    play = hold(Play().until("1m"), 3)
    acknowledged = play.acknowledged("checkout")
    play.wait("5m")
    assert play.acknowledged("checkout") == acknowledged == play.present("checkout")


@pytest.mark.fact("AUR-STO-07")
def test_a_corrupt_copy_repairs_itself_from_its_peers_and_nobody_notices() -> None:
    play = Play().at("T+1m sim:storage-corruption orders copy=3").until("61s")
    copy = play.volume().copies[2]
    assert copy.state.value == "repairing"
    assert copy.repair_ends_us is not None
    play.until("5m")
    assert copy.state.value == "healthy"
    assert [row["now"] for row in play.truth("copy", "orders/3")] == ["repairing", "healthy"]
    assert play.all_well("checkout", "0s", "5m")
    assert play.acknowledged("checkout") == play.present("checkout")


@pytest.mark.fact("AUR-STO-02")
def test_a_lost_disk_loses_no_write() -> None:
    play = Play().at(
        "T+1m sim:storage-node-loss orders copies=1 for=5m",
        "T+10m sim:storage-corruption orders copy=1",
        "T+12m sim:storage-node-loss orders copies=2 for=5m",
    )
    play.until("30m")
    assert play.all_well("checkout", "0s", "30m")
    assert play.acknowledged("checkout") == play.present("checkout") == 30 * 60 * 300 * 10**9
    assert play.volume().healthy_copies() == 6


def test_a_copy_waits_for_every_cause_that_holds_it_and_then_for_its_repair() -> None:
    play = Play().do("sim:storage-node-loss orders copies=2 zone=us-east-1a").do("az:outage us-east-1a for=2m")
    play.until("1m").do("heal orders").until("90s")
    copy = play.volume().copies[0]
    assert copy.state.value == "down"
    play.until("121s")
    assert copy.state.value == "repairing"
    play.until("10m")
    assert copy.state.value == "healthy"


def test_a_repair_that_a_new_outage_interrupts_begins_again() -> None:
    play = Play().at("T+0s az:outage us-east-1a for=1m", "T+70s az:outage us-east-1a for=1m").until("71s")
    assert {copy.state.value for copy in play.volume().copies[:2]} == {"down"}
    play.until("131s")
    assert {copy.state.value for copy in play.volume().copies[:2]} == {"repairing"}
    play.until("15m")
    assert play.volume().healthy_copies() == 6


def test_more_copies_than_are_left_to_hold_are_refused() -> None:
    play = Play().do("sim:storage-node-loss orders copies=4")
    refused = play.refusal("sim:storage-node-loss orders copies=3")
    assert refused.code == "InvalidParameterValue"
    assert "orders" in refused.sentence
    assert "3" in refused.sentence


def test_a_commit_waits_for_the_fourth_copy_so_fewer_copies_make_it_slower() -> None:
    play = Play()
    six = play.app().service.value.write_us
    five = hold(play, 1).app().service.value.write_us
    four = hold(play, 1).app().service.value.write_us
    assert six < five < four < 1.5 * six


# -- size -------------------------------------------------------------------------------------------------------


@pytest.mark.fact("AUR-STO-12")
def test_a_new_volume_starts_at_10_gib() -> None:
    assert small(writes=0).volume().size.value == 10 * GIB


@pytest.mark.fact("AUR-STO-13")
def test_a_volume_grows_by_itself_in_steps_of_10_gib_while_writes_go_on() -> None:
    play = small("15 GiB").until("3h")
    grown = play.truth("volume", "orders")
    assert [(row["previous_gib"], row["gib"]) for row in grown] == [
        (20, 30), (30, 40), (40, 50), (50, 60), (60, 70)
    ]  # fmt: skip
    for row in grown:
        t = row["t"]
        assert isinstance(t, int)
        assert 0 <= play.volume().used_bytes(t) - int(str(row["previous_gib"])) * GIB < 100_000
    assert play.all_well("importer", "0s", "3h")


def test_a_volume_grows_no_further_when_writes_stop() -> None:
    play = small("15 GiB").until("30m").do("app:pause-writes importer").until("3h")
    assert play.volume().size.value == 30 * GIB
    assert play.volume().used_bytes(play.cloud.now_us) == 15 * GIB + 30 * 60 * 5_000 * 1024


@pytest.mark.fact("AUR-STO-16")
def test_readers_come_and_go_and_the_volume_stays_as_it_is() -> None:
    play = Play()
    before = (play.volume().size.value, play.volume().healthy_copies())
    play.do("rds:create-db-instance orders id=orders-4").until("30m")
    assert "orders-4" in play.cluster().instances
    assert (play.volume().size.value, play.volume().healthy_copies()) == before
    play.do("rds:delete-db-instance orders-4").until("1h")
    assert "orders-4" not in play.cluster().instances
    assert (play.volume().size.value, play.volume().healthy_copies()) == before


@pytest.mark.fact("AUR-STO-14")
def test_a_volume_at_its_maximum_takes_no_more_writes_and_is_read_on() -> None:
    play = small("131067 GiB").until("5m")
    assert play.all_well("importer", "0s", "5m")
    play.until("1h")
    assert play.volume().max_bytes - GIB < play.volume().used_bytes(play.cloud.now_us) <= play.volume().max_bytes
    seen = play.saw("importer", "50m", "1h")
    assert (seen.writes_ok, seen.reads_ok) == (0, seen.reads_due)


@pytest.mark.fact("AUR-STO-14")
@pytest.mark.parametrize(
    ("engine", "version", "tib"),
    [
        ("aurora-mysql", "8.0.mysql_aurora.3.08.0", 128),
        ("aurora-mysql", "8.0.mysql_aurora.3.10.0", 256),
        ("aurora-postgresql", "16.4", 128),
        ("aurora-postgresql", "16.9", 256),
    ],
)
def test_the_maximum_is_128_tib_and_256_on_recent_versions(engine: str, version: str, tib: int) -> None:
    text = SMALL.format(storage="10 GiB", writes=1).replace(
        'engine = "aurora-mysql"', f'engine = "{engine}"\nengine_version = "{version}"'
    )
    assert Play(text).volume().max_bytes == tib * 1024 * GIB


# -- nothing of it in the instances -----------------------------------------------------------------------------


@pytest.mark.fact("AUR-ARC-08", "AUR-STO-10")
def test_every_instance_may_be_lost_and_the_data_is_all_there() -> None:
    play = Play().until("1m")
    for id in ("orders-1", "orders-2", "orders-3"):
        play.do(f"sim:crash-host {id} for=10m")
    play.until("5m")
    assert play.app().health.value == "failing"
    assert play.volume().healthy_copies() == 6
    play.until("30m")
    assert play.app().health.value == "ok"
    assert play.acknowledged("checkout") == play.present("checkout") > 0


@pytest.mark.fact("AUR-STO-10")
def test_copies_may_be_lost_and_every_instance_is_well() -> None:
    play = Play().do("sim:storage-node-loss orders copies=5").until("2m")
    assert play.volume().healthy_copies() == 1
    assert all(instance.running for instance in play.cluster().instances.values())
    assert {instance.status.value for instance in play.cluster().instances.values()} == {"available"}
    assert play.ids() == []
    assert play.app().health.value == "failing"


# -- the ways between -------------------------------------------------------------------------------------------


def test_a_writer_needs_the_copies_it_can_reach() -> None:
    play = Play().at("T+1m link:cut us-east-1a/us-east-1b").until("2m")
    assert play.volume().healthy_copies() == 6
    assert len(play.volume().reachable_copies(play.zone("us-east-1a"))) == 4
    assert play.volume().can_write(play.zone("us-east-1a"))
    play.do("link:cut us-east-1a/us-east-1c direction=to")
    assert not play.volume().can_write(play.zone("us-east-1a"))
    assert play.volume().can_write(play.zone("us-east-1b"))


def test_a_commit_is_as_slow_as_the_way_to_the_fourth_copy() -> None:
    play = Play()
    before = play.volume().commit_us(play.zone("us-east-1a"))
    play.do("link:slow us-east-1a/us-east-1b latency=40ms")
    assert play.volume().commit_us(play.zone("us-east-1a")) == before
    play.do("link:slow us-east-1a/us-east-1c latency=40ms")
    assert play.volume().commit_us(play.zone("us-east-1a")) == before + 80_000
    play.do("heal all")
    assert play.volume().commit_us(play.zone("us-east-1a")) == before
