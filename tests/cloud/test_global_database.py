"""Aurora Global Database: one region writes, others follow; the roles change by switchover, failover or detach."""

import pytest

from opsconsole import catalog
from opsconsole.cloud.losses import account
from tests.cloud.play import SECOND, Play

LOST = "T+1m region:outage us-east-1 for=30m"
FAIL_OVER = "rds:failover-global-cluster orders-global allow_data_loss=true"
SWITCH = "rds:switchover-global-cluster orders-global"
DETACH = "rds:remove-from-global-cluster orders-global"

THREE = """
name = "Three regions"
[regions]
us-east-1 = {}
eu-west-1 = {}
ap-northeast-1 = {}
[aurora.orders]
engine = "aurora-mysql"
region = "us-east-1"
instances = [
  { id = "orders-1", zone = "a", class = "db.r6g.large" },
  { id = "orders-2", zone = "b", class = "db.r6g.large" },
]
[aurora.orders-eu]
engine = "aurora-mysql"
region = "eu-west-1"
instances = [{ id = "orders-eu-1", zone = "a", class = "db.r6g.large" }]
[aurora.orders-ap]
engine = "aurora-mysql"
region = "ap-northeast-1"
instances = [{ id = "orders-ap-1", zone = "a", class = "db.r6g.large" }]
[global.orders-global]
primary = "orders"
secondaries = ["orders-eu", "orders-ap"]
[apps.checkout]
homes = ["us-east-1"]
writes_to = "orders"
writes = "400/s"
"""


def lag_s(play: Play, secondary: str = "orders-eu") -> float:
    return play.database().lag_us(play.aurora(secondary)) / SECOND


def roles(play: Play) -> tuple[str, list[str]]:
    database = play.database()
    return database.primary.id, [secondary.id for secondary in database.secondaries]


# -- while all is well ------------------------------------------------------------------------------------------


@pytest.mark.fact("AUR-GLB-03", "AUR-GLB-06")
def test_only_the_primary_region_takes_writes_and_a_secondary_refuses_them() -> None:
    play = Play("global_aurora").until("1m")
    assert play.database().writers() == 1
    assert (play.writer("orders"), play.writer("orders-eu")) == ("orders-1", None)
    assert play.answers("orders-eu.writer") == ()
    play.do("app:set-endpoint checkout endpoint=orders-eu.reader use=writes").until("2m")
    assert play.saw("checkout", "61s", "2m").writes_ok == 0
    assert "read-only" in play.app().service.value.errors[0][0]
    assert play.present("checkout", "orders-eu") <= play.present("checkout")


@pytest.mark.fact("AUR-GLB-05", "AUR-GLB-07")
def test_a_secondary_follows_within_a_second_and_never_at_once() -> None:
    lags = [lag_s(Play("global_aurora", seed).until("2m")) for seed in range(30)]
    assert 0.05 < min(lags) < max(lags) < 0.9
    assert len(set(lags)) > 20


def test_a_secondary_lacks_exactly_what_was_written_within_its_lag() -> None:
    play = Play("global_aurora").until("2m")
    missing = play.present("checkout") - play.present("checkout", "orders-eu")
    assert missing == round(lag_s(play) * SECOND) * 400_000
    assert 400 * 0.05 < missing / 10**9 < 400


@pytest.mark.fact("AUR-GLB-08")
def test_a_secondary_costs_the_writer_nothing() -> None:
    text = THREE.replace('[global.orders-global]\nprimary = "orders"\nsecondaries = ["orders-eu", "orders-ap"]\n', "")
    for id in ("orders-eu", "orders-ap"):
        begin = text.index(f"[aurora.{id}]")
        text = text[:begin] + text[text.index("[", text.index("instances", begin) + 14) :]
    alone, replicated = Play(text).until("10m"), Play(THREE).until("10m")
    assert list(alone.cloud.clusters) == ["orders"]
    assert len(replicated.database().members()) == 3
    assert alone.cloud.traffic.load("orders-1") == replicated.cloud.traffic.load("orders-1")
    assert alone.app().service.value == replicated.app().service.value


@pytest.mark.fact("AUR-GLB-15")
def test_a_distant_user_reads_faster_next_door_than_across_the_ocean() -> None:
    play = Play("global_aurora").do("app:set-rate storefront-eu reads=200/s").until("1m")
    near = play.app("storefront-eu").service.value.read_us
    play.do("app:set-endpoint storefront-eu endpoint=orders.reader").until("2m")
    far = play.app("storefront-eu").service.value.read_us
    assert near < 10_000
    assert far - near > 60_000
    assert play.all_well("storefront-eu", "61s", "2m")


def test_readers_can_be_created_in_another_region_up_to_sixteen_and_share_the_load_there() -> None:
    play = Play("global_aurora", seed=3).do("rds:create-db-instance orders-eu id=orders-eu-3 zone=c").until("1h")
    assert play.answers("orders-eu.reader") == ("orders-eu-1", "orders-eu-2", "orders-eu-3")
    assert play.cloud.traffic.load("orders-eu-3").reads_served > 0


@pytest.mark.fact("AUR-GLB-16")
def test_the_shipped_global_database_writes_in_virginia_and_is_read_in_ireland() -> None:
    play = Play("global_aurora").until("1m")
    assert [cluster.region.name for cluster in play.database().members()] == ["us-east-1", "eu-west-1"]
    assert play.cloud.traffic.load("orders-1").writes_served == 400_000
    assert play.all_well("storefront-eu", "0s", "1m")


@pytest.mark.fact("AUR-GLB-10")
def test_the_primary_region_has_one_writer_and_at_most_fifteen_readers() -> None:
    play = Play("global_aurora")
    for number in range(4, 17):
        play.do(f"rds:create-db-instance orders id=orders-{number}")
    assert len(play.cluster().instances) == 16
    refused = play.refusal("rds:create-db-instance orders id=sixteenth-reader")
    assert refused.code == "InstanceQuotaExceeded"
    assert "15 readers" in refused.sentence


@pytest.mark.fact("AUR-GLB-09")
def test_a_secondary_region_has_at_most_sixteen_readers() -> None:
    play = Play("global_aurora")
    for number in range(3, 17):
        play.do(f"rds:create-db-instance orders-eu id=orders-eu-{number}")
    assert len(play.cluster("orders-eu").instances) == 16
    refused = play.refusal("rds:create-db-instance orders-eu id=seventeenth")
    assert refused.code == "InstanceQuotaExceeded"
    assert "16 readers" in refused.sentence


def test_the_global_writer_endpoint_leads_to_the_primarys_writer_and_follows_its_failover() -> None:
    play = Play("global_aurora")
    assert play.name("orders-global.writer").fqdn.endswith(".global.rds.amazonaws.test")
    assert play.answers("orders-global.writer") == ("orders-1",)
    play.do("app:set-endpoint checkout endpoint=orders-global.writer use=writes")
    play.do("rds:failover-db-cluster orders to=orders-2").until("10m")
    assert play.answers("orders-global.writer") == ("orders-2",)


def test_a_restart_of_the_primarys_writer_restarts_the_readers_of_the_secondary_regions() -> None:
    for line in ("rds:reboot-db-instance orders-1", "sim:crash-instance orders-1", "rds:failover-db-cluster orders"):
        play = Play("global_aurora").do(line).until("10m")
        for id in ("orders-eu-1", "orders-eu-2"):
            assert play.ids(id) == ["0004", "0006"], line
        assert play.app("storefront-eu").incidents != []
    calm = (
        Play("global_aurora").do("rds:reboot-db-instance orders-3").do("rds:failover-db-cluster catalog").until("10m")
    )
    assert calm.ids("orders-eu-1") == []


# -- when the link is cut ---------------------------------------------------------------------------------------


def test_a_cut_link_makes_the_lag_grow_a_second_per_second_and_reads_there_stale() -> None:
    play = Play("global_aurora").at("T+1m link:cut us-east-1/eu-west-1 for=5m").until("59s")
    before = lag_s(play)
    play.until("4m")
    assert lag_s(play) == pytest.approx(180 + before, abs=0.001)
    assert play.app("storefront-eu").health.value == "ok"
    stale = play.saw("storefront-eu", "62s", "4m")
    assert stale.reads_stale == stale.reads_ok == stale.reads_due
    play.until("10m")
    assert lag_s(play) == pytest.approx(before, abs=0.001)
    assert play.saw("storefront-eu", "8m", "10m").reads_stale == 0
    assert [row["now"] for row in play.truth("replication", "orders-eu")] == ["cut", "flowing"]


def test_the_backlog_of_a_cut_drains_at_the_bandwidth_and_not_at_once() -> None:
    bandwidth = catalog.assumption("global-bandwidth-writes-per-s").value
    play = Play("global_aurora").at("T+1m link:cut us-east-1/eu-west-1 for=1h").until("61m")
    missing = play.present("checkout") - play.present("checkout", "orders-eu")
    assert missing / 10**9 == pytest.approx(400 * 3600, rel=1e-3)
    seconds = missing / 10**9 / (bandwidth - 400)
    play.wait(f"{seconds / 2:.3f}s")
    assert 10 < lag_s(play) < 3000
    play.wait(f"{seconds / 2 + 2:.3f}s")
    assert lag_s(play) < 1


@pytest.mark.parametrize("direction", ["to", "from"])
def test_replication_needs_both_directions_of_the_link(direction: str) -> None:
    play = Play("global_aurora").at(f"T+1m link:cut us-east-1/eu-west-1 direction={direction}").until("2m")
    assert lag_s(play) > 59


def test_writing_goes_on_in_the_primary_when_a_secondary_region_is_lost() -> None:
    play = Play("global_aurora").at("T+1m region:outage eu-west-1 for=10m").until("30m")
    seen = play.saw("checkout", "0s", "30m")
    assert seen.writes_ok == seen.writes_due
    assert lag_s(play) < 1
    assert play.ids("orders") == []


# -- switchover -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_a_switchover_loses_nothing_and_swaps_the_roles(seed: int) -> None:
    play = Play("global_aurora", seed).at(f"T+1m {SWITCH}").until("15m")
    assert roles(play) == ("orders-eu", ["orders"])
    assert play.database().writers() == 1
    assert play.writer("orders") is None
    assert play.answers("orders.writer") == ()
    assert play.answers("orders-global.writer") == play.answers("orders-eu.writer") == (play.writer("orders-eu"),)
    assert play.acknowledged("checkout") == play.present("checkout", "orders-eu") == play.present("checkout")
    assert play.acknowledged("checkout") >= 60 * 400 * 10**9
    assert play.truth("lost") == []


def test_a_switchover_writes_its_events_in_the_order_of_aws() -> None:
    play = Play("global_aurora").at(f"T+1m {SWITCH}").until("15m")
    told = [id for id in play.ids() if id not in ("0004", "0006")]
    assert told == ["0181", "0390", "0182", "0184", "0397", "0185"]
    messages = {event.id: event.message for event in play.aws_events()}
    assert messages["0181"] == "Global switchover to DB cluster orders-eu in Region eu-west-1 started."
    assert messages["0182"] == "Old primary DB cluster orders in Region us-east-1 successfully shut down."


def test_a_switchover_shows_switching_over_and_then_available() -> None:
    play = Play("global_aurora").at(f"T+1m {SWITCH}").until("61s")
    assert play.database().failover_state.value == "switching-over"
    play.until("15m")
    assert (play.database().status.value, play.database().failover_state.value) == ("available", "")
    assert play.database().synchronised()


def test_writes_fail_between_the_fence_and_the_new_writer_and_are_never_taken_twice() -> None:
    play = Play("global_aurora").do("app:set-endpoint checkout endpoint=orders-global.writer use=writes")
    play.at(f"T+1m {SWITCH}").until("20m")
    (fenced,) = play.when("fence", "orders", now=True)
    led = next(event.at for event in play.aws_events("orders-eu") if event.id == "0184")
    seen = play.app().books.between(round(fenced * SECOND), round(led * SECOND))
    assert (seen.writes_ok, seen.writes_due > 0) == (0, True)
    assert play.all_well("checkout", "15m", "20m")
    assert play.acknowledged("checkout") == play.present("checkout", "orders-eu")


@pytest.mark.parametrize(
    ("secondaries", "event", "says"),
    [('"orders-eu", "orders-ap"', "0183", "orders-ap: 0.1 seconds, orders-eu: "), ('"orders-eu"', "0423", " seconds")],
)
def test_a_switchover_waits_until_the_lag_has_drained_and_says_so(secondaries: str, event: str, says: str) -> None:
    text = THREE.replace("400/s", "40000/s").replace("r6g.large", "r6g.16xlarge")
    text = text.replace('secondaries = ["orders-eu", "orders-ap"]', f"secondaries = [{secondaries}]")
    play = Play(text).at("T+0s link:cut us-east-1/eu-west-1 for=5m").until("301s")
    assert lag_s(play) > 200
    play.do(f"{SWITCH} to=orders-eu").until("30m")
    waiting = [told for told in play.aws_events() if told.id == event]
    assert waiting
    assert says in waiting[0].message
    (fenced,) = play.when("fence", "orders", now=True)
    assert fenced > waiting[0].at
    assert roles(play)[0] == "orders-eu"
    assert play.acknowledged("checkout") == play.present("checkout", "orders-eu")


def test_a_switchover_whose_link_breaks_is_given_up_and_writing_goes_on() -> None:
    play = Play("global_aurora").at(f"T+1m {SWITCH}", "T+62s link:cut us-east-1/eu-west-1 for=20m").until("15m")
    assert roles(play) == ("orders", ["orders-eu"])
    assert play.ids("orders-eu")[-1] == "0187"
    assert play.database().failover_state.value == ""
    assert not play.cluster().fenced
    assert play.all_well("checkout", "12m", "15m")


def test_there_and_back_again_loses_nothing() -> None:
    play = Play("global_aurora").do("app:set-endpoint checkout endpoint=orders-global.writer use=writes")
    play.at(f"T+1m {SWITCH}").until("20m").do(SWITCH).until("40m")
    assert roles(play) == ("orders", ["orders-eu"])
    assert play.acknowledged("checkout") == play.present("checkout")
    assert play.all_well("checkout", "38m", "40m")


def test_a_switchover_waits_for_every_region_and_is_given_up_when_one_stays_away() -> None:
    play = Play(THREE).at("T+1m link:cut us-east-1/ap-northeast-1 for=1h").until("5m")
    play.do(f"{SWITCH} to=orders-eu").until("20m")
    assert roles(play) == ("orders", ["orders-ap", "orders-eu"])
    assert play.ids("orders-eu") == ["0181", "0187"]
    assert play.saw("checkout", "0s", "20m").writes_failed == 0


def test_a_third_region_keeps_what_it_has_and_follows_the_new_primary() -> None:
    play = Play(THREE).do("app:set-endpoint checkout endpoint=orders-global.writer use=writes")
    play.at("T+1m link:cut eu-west-1/ap-northeast-1 for=1h", f"T+2m {SWITCH} to=orders-eu").until("121s")
    swapped = play.until_row("fence", "orders", now=False)
    assert roles(play) == ("orders-eu", ["orders", "orders-ap"])
    had = play.present("checkout", "orders-ap")
    assert 120 * 400 * 10**9 <= had <= play.present("checkout", "orders-eu")
    play.wait("10m")
    assert play.present("checkout", "orders-ap") == had < play.present("checkout", "orders-eu")
    play.until("2h")
    assert swapped < 3600
    assert play.present("checkout", "orders-eu") - play.present("checkout", "orders-ap") < 400 * 10**9


# -- failover with data loss ------------------------------------------------------------------------------------


@pytest.mark.fact("AUR-GLB-11", "AUR-GLB-07")
@pytest.mark.parametrize("seed", range(5))
def test_a_failover_loses_exactly_what_had_not_arrived(seed: int) -> None:
    play = Play("global_aurora", seed).at(LOST).until("59999ms")
    lag = lag_s(play)
    play.until("2m")
    arrived, written = play.present("checkout", "orders-eu"), play.acknowledged("checkout")
    play.do(FAIL_OVER).until("25m")
    assert roles(play)[0] == "orders-eu"
    assert play.writer("orders-eu") in ("orders-eu-1", "orders-eu-2")
    assert play.present("checkout", "orders-eu") == arrived
    assert written - arrived == pytest.approx(lag * 400 * 10**9, abs=400_000)
    (lost,) = play.truth("lost", "orders-global")
    assert lost["writes"] == (written - arrived) // 10**9


def test_a_failover_takes_minutes_as_aws_says() -> None:
    took = []
    for seed in range(40):
        play = Play("global_aurora", seed).at(LOST, f"T+2m {FAIL_OVER}").until("28m")
        took.append(next(event.at for event in play.aws_events("orders-eu") if event.id == "0238") - 120)
    assert min(took) >= 60
    assert 120 < sorted(took)[20] < 300
    assert max(took) < 1200


def test_a_failover_writes_its_events_in_the_order_of_aws() -> None:
    play = Play("global_aurora").at(LOST, f"T+2m {FAIL_OVER}").until("3h")
    aurora = [event for event in play.aws_events() if event.source.startswith("orders")]
    told = [event.id for event in aurora if event.id not in ("0004", "0006")]
    assert told == ["0391", "0238", "0397", "0512", "0240", "0241", "0513"]


def test_a_primary_that_can_be_reached_is_fenced_and_one_that_cannot_is_not() -> None:
    near = Play("global_aurora").do(FAIL_OVER).until("2m")
    assert "0390" in near.ids()
    assert near.saw("checkout", "100s", "2m").writes_ok == 0
    cut = Play("global_aurora").at("T+1s region:partition us-east-1", f"T+2s {FAIL_OVER}").until("10m")
    assert "0391" in cut.ids()
    assert cut.all_well("checkout", "5m", "10m")


def test_a_failover_that_finds_nobody_to_promote_says_so_and_unfences_the_primary() -> None:
    play = Play("global_aurora").do(FAIL_OVER).wait("1s").do("region:outage eu-west-1 for=30m").until("25m")
    assert roles(play) == ("orders", ["orders-eu"])
    assert play.ids("orders-eu") == ["0239"]
    assert not play.cluster().fenced
    assert play.saw("checkout", "20m", "25m").writes_failed == 0


@pytest.mark.fact("AUR-GLB-14")
def test_the_lost_regions_cluster_rejoins_as_a_secondary_and_takes_no_write_by_itself() -> None:
    play = Play("global_aurora").at(LOST, f"T+2m {FAIL_OVER}").until("30m")
    assert roles(play) == ("orders-eu", [])
    assert play.all_well("storefront-eu", "20m", "30m")
    play.until("32m")
    assert roles(play) == ("orders-eu", ["orders"])
    assert play.database().synchronization_status(play.aurora()) == "pending-resync"
    assert play.writer("orders") is None
    assert play.saw("checkout", "31m", "32m").writes_ok == 0
    play.until("4h")
    assert play.database().synchronization_status(play.aurora()) == "connected"
    assert play.database().synchronised()
    assert play.present("checkout") == play.present("checkout", "orders-eu")
    assert play.writer("orders") is None
    assert play.answers("orders.reader") == ("orders-1", "orders-2", "orders-3")


def test_what_the_old_primary_took_while_it_was_cut_off_is_gone_when_it_rejoins() -> None:
    play = Play("global_aurora").at("T+1m region:partition us-east-1 for=30m", f"T+2m {FAIL_OVER}").until("29m")
    assert play.database().writers() == 1  # of its members: the old primary is no member now
    acknowledged, kept = play.acknowledged("checkout"), play.present("checkout", "orders-eu")
    assert acknowledged == play.present("checkout") > 10 * kept
    play.until("4h")
    assert play.present("checkout") == play.present("checkout", "orders-eu") == kept


def test_other_secondaries_are_resynchronised_with_the_new_primary() -> None:
    play = Play(THREE).at(LOST, f"T+2m {FAIL_OVER} to=orders-eu").until("10m")
    assert roles(play) == ("orders-eu", ["orders-ap"])
    assert play.database().synchronization_status(play.aurora("orders-ap")) == "pending-resync"
    assert play.refusal(f"{SWITCH} to=orders-ap").code == "InvalidDBClusterStateFault"
    play.until("4h")
    assert play.database().synchronization_status(play.aurora("orders-ap")) == "connected"
    assert play.present("checkout", "orders-ap") == play.present("checkout", "orders-eu")


def test_an_old_primary_that_is_no_member_restarts_nobody_elses_readers() -> None:
    play = Play(THREE).at("T+1m region:partition us-east-1", f"T+2m {FAIL_OVER} to=orders-eu").until("4h")
    before = play.ids("orders-ap-1")
    play.do("sim:crash-instance orders-1").wait("5m")
    assert play.ids("orders-ap-1") == before


# -- detach -----------------------------------------------------------------------------------------------------


def test_a_detached_secondary_takes_writes_on_its_own_and_the_old_primary_never_rejoins() -> None:
    play = Play("global_aurora").at(LOST, f"T+2m {DETACH}").until("10m")
    assert roles(play) == ("orders", [])
    assert play.cloud.global_of(play.cluster("orders-eu")) is None
    assert play.answers("orders-eu.writer") == (play.writer("orders-eu"),)
    play.do("app:set-endpoint checkout endpoint=orders-eu.writer use=writes").until("25m")
    assert play.saw("checkout", "15m", "25m").writes_failed == 0
    play.until("4h")
    assert roles(play) == ("orders", [])
    assert play.writer("orders") == "orders-1"
    assert "0240" not in play.ids()


def test_a_detach_leaves_the_primary_as_it_is_and_makes_two_histories() -> None:
    play = Play("global_aurora").at(f"T+1m {DETACH}").until("10m")
    assert play.saw("checkout", "0s", "10m").writes_failed == 0
    assert play.acknowledged("checkout") == play.present("checkout") > 2 * play.present("checkout", "orders-eu")
    (row,) = play.truth("fork", "orders-eu")
    assert row["parent"] == "orders"


# -- accounts ---------------------------------------------------------------------------------------------------


def test_an_apps_account_says_what_it_still_has_and_what_is_lost_in_the_database_it_writes_to_now() -> None:
    play = Play("global_aurora").do("app:set-endpoint checkout endpoint=orders-global.writer use=writes")
    play.at(LOST).until("2m")
    before = account(play.cloud, "checkout")
    assert (before.present, before.lost) == (before.acknowledged, 0)
    play.do(FAIL_OVER).until("25m")
    after = account(play.cloud, "checkout")
    assert after.acknowledged == play.acknowledged("checkout")
    assert after.present == play.present("checkout", "orders-eu")
    assert after.acknowledged == after.present + after.lost
    (row,) = play.truth("lost", "orders-global")
    assert row["writes"] == after.lost // 10**9 > 0


def test_an_app_that_was_sent_to_another_database_has_none_of_what_it_wrote_before() -> None:
    play = Play("global_aurora").until("1m")
    written = account(play.cloud, "checkout").acknowledged
    play.do("app:set-endpoint checkout endpoint=ledger use=writes").until("2m")
    away = account(play.cloud, "checkout")
    assert away.discarded == written > 0
    assert away.acknowledged == away.present + away.discarded
    play.do("app:set-endpoint checkout endpoint=orders.writer use=writes").until("3m")
    back = account(play.cloud, "checkout")
    assert back.discarded == away.present > 0
    assert back.acknowledged == back.present + back.discarded


def test_an_app_that_writes_nowhere_has_nothing_to_lose() -> None:
    play = Play("global_aurora").until("1m")
    assert set(account(play.cloud, "storefront-eu")) == {0}


def test_an_app_on_an_instance_endpoint_is_accounted_in_that_instances_cluster() -> None:
    play = Play("global_aurora").do("app:set-endpoint storefront endpoint=catalog-1 use=writes").until("5m")
    found = account(play.cloud, "storefront")
    assert found.present == found.acknowledged == play.acknowledged("storefront") > 0
