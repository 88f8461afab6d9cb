"""Failover inside a region: by itself or on request, to whom, what it costs, and when nothing moves."""

import pytest

from tests.cloud.play import Play


def fleet(*instances: str, app: str = "", endpoints: str = "") -> str:
    """A fleet of one cluster whose instances are written as `b r6g.large 0` (zone, class, tier); the first writes."""
    members = []
    for number, text in enumerate(instances, 1):
        zone, size, *tier = text.split()
        written = f", tier = {tier[0]}" if tier else ""
        members.append(f'  {{ id = "orders-{number}", zone = "{zone}", class = "db.{size}"{written} }},\n')
    return f"""
name = "One cluster"
[regions]
us-east-1 = {{}}
[aurora.orders]
engine = "aurora-mysql"
region = "us-east-1"
instances = [
{"".join(members)}]
{endpoints}
[apps.checkout]
homes = ["us-east-1"]
writes_to = "orders"
reads_from = ["orders"]
writes = "100/s"
reads = "100/s"
{app}
"""


ALONE = fleet("a r6g.large")
PAIR = fleet("a r6g.large", "b r6g.large")


# -- by itself --------------------------------------------------------------------------------------------------


@pytest.mark.fact("AUR-FO-01", "AUR-EP-03")
def test_a_lost_writer_is_replaced_by_a_reader_without_any_operator_and_the_app_keeps_its_name() -> None:
    play = Play(seed=7).at("T+1m sim:crash-host orders-1").until("5m")
    assert play.writer() == "orders-2"
    assert play.answers("orders.writer") == ("orders-2",)
    assert play.app().writes_to == "orders.writer"
    assert play.all_well("checkout", "2m", "5m")
    assert play.truth("app", "checkout", change="endpoint orders.writer") == []


@pytest.mark.fact("AUR-FO-07")
def test_before_and_after_a_failover_the_same_acknowledged_writes_are_there() -> None:
    play = Play(seed=7).at("T+1m sim:crash-host orders-1").until("70s")
    before = play.acknowledged("checkout")
    assert before == play.present("checkout") == 60 * 300 * 10**9
    play.until("10m")
    assert play.acknowledged("checkout") == play.present("checkout") > before


@pytest.mark.fact("AUR-ARC-07")
def test_one_replica_takes_reads_and_takes_over() -> None:
    play = Play(PAIR, seed=1).at("T+1m az:outage us-east-1a").until("59s")
    assert play.cloud.traffic.load("orders-2").reads_served == 100_000
    play.until("5m")
    assert play.writer() == "orders-2"
    assert play.cloud.traffic.load("orders-2").writes_served == 100_000
    assert play.all_well("checkout", "4m", "5m")


def test_a_failover_across_zones_is_0073_and_in_one_zone_0072() -> None:
    across = Play(PAIR).at("T+1m sim:crash-host orders-1").until("5m")
    inside = Play(fleet("a r6g.large", "a r6g.large")).at("T+1m sim:crash-host orders-1").until("5m")
    assert across.ids("orders") == ["0073", "0071"]
    assert inside.ids("orders") == ["0072", "0071"]
    assert across.aws_events("orders")[0].message == "Started cross AZ failover to DB instance: orders-2."


def test_the_cluster_is_failing_over_meanwhile_and_no_instance_ever_is() -> None:
    play = Play(seed=7).at("T+1m sim:crash-host orders-1").until("10m")
    assert [row["now"] for row in play.truth("status", "orders")] == ["failing-over", "available"]
    started, completed = play.when("status", "orders")
    assert [started, completed] == [event.at for event in play.aws_events("orders")]
    assert "failing-over" not in {row["now"] for row in play.truth("status") if row["source"] != "orders"}


def test_each_restarted_instance_writes_0004_then_0006() -> None:
    play = Play(seed=7).do("rds:failover-db-cluster orders to=orders-2").until("5m")
    assert play.ids("orders-1") == ["0004", "0006"]
    assert [id for id in play.ids("orders-2") if id != "0385"] == ["0004", "0006"]
    assert play.ids("orders-3") == []


def test_a_failover_and_not_a_word_of_it_before_the_loss_is_noticed() -> None:
    play = Play(seed=7).at("T+1m sim:crash-host orders-1").until("5m")
    moved = play.moved_to("orders.writer", "orders-2") - 60
    noticed = play.when("status", "orders")[0] - 60
    assert noticed == pytest.approx(0.35 * moved, rel=1e-4)


# -- to whom ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("readers", "promoted"),
    [
        (("b r6g.large 1", "c r6g.large 0"), "orders-3"),
        (("b r6g.large 0", "c r6g.8xlarge 1"), "orders-2"),
        (("b r6g.large", "c r6g.xlarge"), "orders-3"),
        (("b r6g.2xlarge 15", "c r6g.large 14", "c r6g.xlarge 14"), "orders-4"),
    ],
)
def test_the_lowest_tier_is_promoted_then_the_largest_class(readers: tuple[str, ...], promoted: str) -> None:
    play = Play(fleet("a r6g.large", *readers)).at("T+1m sim:crash-host orders-1").until("5m")
    assert play.writer() == promoted


def test_among_equals_each_may_be_the_one() -> None:
    equal = fleet("a r6g.large", "b r6g.large", "c r6g.large")
    promoted = {Play(equal, seed).cluster().candidates()[0].id for seed in range(20)}
    assert promoted == {"orders-2", "orders-3"}


def test_asking_who_would_be_promoted_does_not_change_it() -> None:
    equal = fleet("a r6g.large", "b r6g.large", "c r6g.large")
    for seed in range(8):
        play = Play(equal, seed)
        first = play.cluster().candidates()[0].id
        assert {play.cluster().candidates()[0].id for _ in range(5)} == {first}
        play.do("sim:crash-host orders-1").until("5m")
        assert play.writer() == first


def test_a_reader_with_a_stale_cache_is_promoted_like_any_other() -> None:
    play = Play(fleet("a r6g.large", "b r6g.large 0", "c r6g.large"))
    play.do("sim:replica-stall orders-2").until("30s")
    assert play.cluster().candidates()[0].id == "orders-2"


def test_a_reader_that_is_lost_too_is_passed_over() -> None:
    play = Play(seed=7).at("T+1m az:outage us-east-1b", "T+90s sim:crash-host orders-1").until("5m")
    assert play.writer() == "orders-3"


def test_when_the_chosen_reader_dies_on_the_way_the_next_one_is_taken() -> None:
    play = Play(seed=7).do("sim:crash-host orders-1")
    started = play.until_row("status", "orders", now="failing-over")
    play.do("sim:crash-host orders-2").wait("5m")
    assert play.ids("orders") == ["0073", "0069", "0073", "0071"]
    assert play.writer() == "orders-3"
    assert play.moved_to("orders.writer", "orders-3") > started
    assert play.acknowledged("checkout") == play.present("checkout")


def test_when_nobody_else_is_left_the_previous_writer_is_promoted_again() -> None:
    play = Play(PAIR, seed=7).do("rds:failover-db-cluster orders").wait("2s")
    play.do("sim:crash-host orders-2").wait("3m")
    assert play.ids("orders")[:3] == ["0073", "0069", "0070"]
    assert play.writer() == "orders-1"
    assert play.answers("orders.writer") == ("orders-1",)
    assert play.all_well("checkout", "2m", "3m")


# -- without a reader -------------------------------------------------------------------------------------------


def test_without_a_reader_the_writer_is_recreated_in_the_same_zone_within_ten_minutes() -> None:
    took = []
    for seed in range(20):
        play = Play(ALONE, seed).at("T+1m sim:crash-host orders-1").until("25m")
        assert play.writer() == "orders-1"
        assert play.instance("orders-1").zone.name == "us-east-1a"
        assert play.ids("orders") == []
        ended = play.app().incidents[0].ended_us
        assert ended is not None
        took.append(ended / 1e6 - 60)
    assert all(seconds >= 180 for seconds in took)
    assert sum(seconds > 600 for seconds in took) <= 2
    assert 300 < sorted(took)[10] < 560


def test_with_its_zone_gone_nothing_moves_by_itself_until_the_zone_is_back() -> None:
    play = Play(ALONE, seed=7).at("T+1m az:outage us-east-1a for=2h").until("2h")
    assert (play.writer(), play.answers("orders.writer")) == ("orders-1", ("orders-1",))
    assert play.app().health.value == "failing"
    assert list(play.cluster().instances) == ["orders-1"]
    assert play.ids() == []
    play.until("2h10m")
    assert play.all_well("checkout", "2h5m", "2h10m")


def test_with_its_zone_gone_an_operator_creates_an_instance_elsewhere_and_it_becomes_the_writer() -> None:
    play = Play(ALONE, seed=7).at(
        "T+1m az:outage us-east-1a for=2h", "T+5m rds:create-db-instance orders id=orders-2 zone=b"
    )
    play.until("40m")
    assert play.writer() == "orders-2"
    assert play.all_well("checkout", "35m", "40m")
    assert play.acknowledged("checkout") == play.present("checkout")
    play.until("3h")
    assert play.writer() == "orders-2"
    assert play.answers("orders.reader") == ("orders-1",)


def test_a_region_without_a_zone_fails_over_nothing() -> None:
    play = Play("global_aurora").at("T+1m region:outage us-east-1 for=20m").until("20m")
    assert (play.writer(), play.ids("orders")) == ("orders-1", [])
    play.until("30m")
    assert play.writer() == "orders-1"
    assert play.all_well("storefront", "25m", "30m")


# -- what is no reason ------------------------------------------------------------------------------------------


def test_a_reader_that_dies_fails_nothing_over() -> None:
    play = Play().at("T+1m sim:crash-host orders-2").until("30m")
    assert play.writer() == "orders-1"
    assert play.ids("orders") == []
    assert play.saw("checkout", "0s", "30m").writes_failed == 0


def test_a_reboot_of_the_writer_fails_nothing_over() -> None:
    play = Play().at("T+1m rds:reboot-db-instance orders-1").until("10m")
    assert play.writer() == "orders-1"
    assert play.ids() == ["0004", "0006"]
    assert play.answers("orders.writer") == ("orders-1",)
    assert play.all_well("checkout", "5m", "10m")


def test_a_zone_that_is_slow_fails_nothing_over() -> None:
    play = Play().at("T+1m az:slowdown us-east-1a for=10m").until("20m")
    assert (play.writer(), play.ids()) == ("orders-1", [])


def test_an_outage_shorter_than_the_detection_is_over_before_anybody_acts() -> None:
    play = Play(seed=7).at("T+1m az:partition us-east-1a for=2s").until("5m")
    assert (play.writer(), play.ids("orders")) == ("orders-1", [])
    assert play.all_well("checkout", "2m", "5m")


def test_a_writer_that_is_cut_off_is_replaced_and_what_it_acknowledged_is_kept() -> None:
    play = Play(seed=7).at("T+1m az:partition us-east-1a for=10m").until("5m")
    assert play.writer() == "orders-2"
    assert play.app().health.value != "failing"
    play.until("30m")
    assert play.writer() == "orders-2"
    assert play.acknowledged("checkout") == play.present("checkout")
    assert play.all_well("checkout", "20m", "30m")


# -- on request -------------------------------------------------------------------------------------------------


@pytest.mark.fact("AUR-FO-02")
@pytest.mark.parametrize("reader", ["orders-2", "orders-3"])
def test_an_operator_promotes_the_reader_of_their_choice(reader: str) -> None:
    play = Play().at(f"T+1m rds:failover-db-cluster orders to={reader}").until("10m")
    assert play.writer() == reader
    assert play.answers("orders.writer") == (reader,)
    assert play.answers("orders.reader") == tuple(id for id in ("orders-1", "orders-2", "orders-3") if id != reader)
    assert play.all_well("checkout", "5m", "10m")
    assert play.acknowledged("checkout") == play.present("checkout")


def test_without_a_name_the_request_goes_by_tier() -> None:
    assert Play().do("rds:failover-db-cluster orders").until("5m").writer() == "orders-2"


def test_fis_fails_over_in_the_same_way() -> None:
    asked = Play(seed=3).do("rds:failover-db-cluster orders").until("10m")
    injected = Play(seed=3).do("aws:rds:failover-db-cluster orders").until("10m")
    assert [(event.at, event.id) for event in injected.aws_events()] == [
        (event.at, event.id) for event in asked.aws_events()
    ]


def test_a_request_saves_the_time_of_noticing() -> None:
    noticed = Play(seed=5).do("sim:crash-host orders-1").until("5m").moved_to("orders.writer", "orders-2")
    asked = Play(seed=5).do("rds:failover-db-cluster orders").until("5m").moved_to("orders.writer", "orders-2")
    assert asked == pytest.approx(0.65 * noticed, rel=1e-4)


def test_there_and_back_again() -> None:
    play = Play().at("T+1m rds:failover-db-cluster orders to=orders-2").until("10m")
    play.do("rds:failover-db-cluster orders to=orders-1").until("20m")
    assert play.writer() == "orders-1"
    assert [writer for _, (writer,) in play.moves("orders.writer")] == ["orders-2", "orders-1"]
    assert play.acknowledged("checkout") == play.present("checkout")


# -- who restarts -----------------------------------------------------------------------------------------------

OLD = PAIR.replace('engine = "aurora-mysql"', 'engine = "aurora-postgresql"\nengine_version = "{version}"').replace(
    '"db.r6g.large" },\n]',
    '"db.r6g.large" },\n  {{ id = "orders-3", zone = "c", class = "db.r6g.large", tier = 9 }},\n]',
)


@pytest.mark.parametrize(("version", "restarts"), [("14.6", True), ("14.9", False)])
def test_older_versions_restart_every_reader_with_their_writer(version: str, restarts: bool) -> None:
    text = OLD.replace("us-east-1 = {}", "us-east-1 = {{}}")
    for before in ('{ id = "orders-1"', '{ id = "orders-2"'):
        text = text.replace(before, "{" + before)
    text = text.replace('"db.r6g.large" },', '"db.r6g.large" }},').format(version=version)
    play = Play(text).at("T+1m rds:failover-db-cluster orders").until("5m")
    assert ("0004" in play.ids("orders-3")) is restarts


def test_after_five_failed_attempts_the_tiers_are_ignored() -> None:
    play = Play(fleet("a r6g.large", "b r6g.large 0", "c r6g.4xlarge 9"))
    play.cluster().failed_attempts = 4
    assert play.cluster().candidates()[0].id == "orders-2"
    play.cluster().failed_attempts = 5
    assert play.cluster().candidates()[0].id == "orders-3"
