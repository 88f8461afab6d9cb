"""A Multi-AZ pair: who takes over, how long it takes, what is kept, and what is no reason to fail over."""

import statistics

import pytest

from opsconsole.cloud.losses import account
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.rds_failover import BUSY, MODIFIED, REQUESTED, STORAGE, UNHEALTHY, UNREACHABLE
from opsconsole.cloud.server import Answer
from tests.cloud.play import Play
from tests.cloud.rds_fleets import ALONE, PAIR

SEEDS = 200


def billing(play: Play) -> DbInstance:
    return play.cloud.rds["billing"]


def moved(play: Play) -> float:
    """Seconds from the fault at T+60s until the name leads to the standby."""
    return play.moved_to("billing", "billing/2") - 60


def reason(play: Play) -> object:
    return play.truth("failover", "billing", now="began")[0]["reason"]


# -- what a pair is -----------------------------------------------------------------------------------------------


@pytest.mark.fact("RDS-MAZ-01", "RDS-13", "RDS-14")
def test_a_pair_is_two_hosts_in_two_zones_and_a_single_az_instance_is_one() -> None:
    pair, alone = billing(Play(PAIR)), billing(Play(ALONE))
    assert [(host.id, host.zone.name) for host in pair.hosts.values()] == [
        ("billing/1", "us-east-1a"),
        ("billing/2", "us-east-1b"),
    ]
    assert [host.id for host in alone.hosts.values()] == ["billing/1"]


@pytest.mark.fact("RDS-MAZ-04")
def test_the_standby_takes_no_connections_for_reads_or_for_writes() -> None:
    play = Play(PAIR).until("1m")
    zone = play.zone("us-east-1b")
    for writes in (True, False):
        assert play.cloud.traffic.probe(zone, "billing/2", writes).answer is Answer.REFUSED


@pytest.mark.fact("RDS-MAZ-02", "RDS-MAZ-03")
def test_the_standby_has_every_acknowledged_write_at_once_and_a_commit_takes_longer_for_it() -> None:
    pair, alone = Play(PAIR).until("1m"), Play(ALONE).until("1m")
    assert billing(pair).mirror.value == "synchronised"
    assert billing(pair).content(pair.cloud.now_us).until_us == pair.cloud.now_us
    assert pair.app("billing-app").service.value.write_us > alone.app("billing-app").service.value.write_us + 1000


@pytest.mark.fact("RDS-MAZ-17")
def test_a_standby_adds_no_throughput() -> None:
    pair, alone = billing(Play(PAIR)), billing(Play(ALONE))
    assert pair.primary.capacity() == alone.primary.capacity()


# -- the zone of the primary --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def losses() -> list[tuple[float, float, int]]:
    """For each seed: when the name moved, how long the app felt it, how many acknowledged writes were lost."""
    found = []
    for seed in range(SEEDS):
        play = Play(PAIR, seed).at("T+60s az:outage us-east-1a for=30m").until("8m")
        incident = play.app("billing-app").incidents[0]
        assert incident.ended_us is not None
        lost = account(play.cloud, "billing-app").lost
        found.append((moved(play), (incident.ended_us - incident.began_us) / 1e6, lost))
    return found


@pytest.mark.fact("RDS-MAZ-08", "RDS-MAZ-11", "AUR-FO-05")
def test_over_200_seeds_the_standby_takes_over_in_a_median_of_60_to_120_seconds_with_a_spread(
    losses: list[tuple[float, float, int]],
) -> None:
    times = [loss[0] for loss in losses]
    assert 60 <= statistics.median(times) <= 120
    assert min(times) >= 60
    assert statistics.stdev(times) > 5
    assert len(set(times)) > 0.9 * SEEDS


@pytest.mark.fact("RDS-MAZ-09")
def test_the_app_is_down_meanwhile_because_high_availability_is_not_fault_tolerance(
    losses: list[tuple[float, float, int]],
) -> None:
    assert all(felt >= name for name, felt, _ in losses)
    assert all(felt <= name + 6 for name, felt, _ in losses)


def test_nothing_acknowledged_is_lost_whatever_the_seed(losses: list[tuple[float, float, int]]) -> None:
    assert [lost for _, _, lost in losses] == [0] * SEEDS


@pytest.fixture(scope="module")
def outage() -> Play:
    return Play(PAIR).at("T+60s az:outage us-east-1a for=30m").until("50m")


@pytest.mark.fact("RDS-MAZ-05", "RDS-MAZ-06", "RDS-MAZ-10", "RDS-07")
def test_the_same_name_leads_to_the_standby_and_nobody_has_done_anything(outage: Play) -> None:
    assert [answers for _, answers in outage.moves("billing")] == [("billing/2",)]
    assert outage.all_well("billing-app", "5m", "30m")  # then the zone is back, and nothing needs anybody


@pytest.mark.fact("RDS-MAZ-07")
def test_the_old_primary_becomes_the_standby_when_its_zone_is_back_and_nothing_fails_back(outage: Play) -> None:
    db = billing(outage)
    assert (db.primary.id, db.standby.id if db.standby else "") == ("billing/2", "billing/1")
    assert db.mirror.value == "synchronised"
    assert db.failovers == 1


def test_events_come_in_awss_order(outage: Play) -> None:
    assert outage.ids("billing") == ["0013", "0015", "0049", "0361", "0362"]
    back = next(event.at for event in outage.aws_events("billing") if event.id == "0361")
    assert back == pytest.approx(1860)


def test_the_instance_stays_available_because_there_is_no_status_for_failing_over(outage: Play) -> None:
    assert outage.truth("status", "billing") == []


def test_a_failover_says_aws_s_reason(outage: Play) -> None:
    assert reason(outage) == UNREACHABLE


# -- the other zone, and both -------------------------------------------------------------------------------------


def test_the_loss_of_the_standbys_zone_is_no_failover_and_commits_wait_for_seconds_only() -> None:
    play = Play(PAIR).at("T+60s az:outage us-east-1b for=10m").until("20m")
    assert billing(play).primary.id == "billing/1"
    assert play.ids("billing") == ["0361", "0362"]
    waited = play.when("mirror", "billing", now="broken")[0] - 60
    assert 1 <= waited <= 20
    assert account(play.cloud, "billing-app").lost == 0
    assert play.all_well("billing-app", "2m", "10m")


def test_with_both_zones_gone_it_waits_and_whoever_is_back_first_serves_with_everything() -> None:
    play = Play(PAIR).at("T+60s az:outage us-east-1a for=20m", "T+60s az:outage us-east-1b for=8m").until("40m")
    assert play.moved_to("billing", "billing/2") > 8 * 60
    assert play.all_well("billing-app", "15m", "40m")
    assert account(play.cloud, "billing-app").lost == 0


def test_a_standby_that_was_given_up_is_no_target() -> None:
    script = ("T+60s az:outage us-east-1b for=20m", "T+3m az:outage us-east-1a for=5m")
    play = Play(PAIR).at(*script).until("30m")
    assert play.moves("billing") == []
    assert play.truth("failover", "billing", now="waiting")
    assert account(play.cloud, "billing-app").lost == 0


def test_a_cut_between_the_two_zones_leaves_the_primary_where_it_is() -> None:
    play = Play(PAIR).at("T+60s link:cut us-east-1a/us-east-1b for=10m").until("20m")
    assert play.moves("billing") == []
    assert play.when("mirror", "billing", now="broken")
    assert billing(play).mirror.value == "synchronised"


def test_a_primary_that_nobody_sees_is_not_left_to_acknowledge_alone() -> None:
    play = Play(PAIR).at("T+60s az:partition us-east-1a for=10m").until("30m")
    assert play.moved_to("billing", "billing/2") > 60
    assert account(play.cloud, "billing-app").lost == 0


# -- the other reasons --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        pytest.param("sim:crash-host billing", UNHEALTHY, marks=pytest.mark.fact("RDS-MAZ-12")),
        pytest.param("sim:cut-network billing for=10m", UNREACHABLE, marks=pytest.mark.fact("RDS-MAZ-13")),
        pytest.param("sim:fail-storage billing for=10m", STORAGE, marks=pytest.mark.fact("RDS-MAZ-14")),
        ("sim:hang billing for=10m", BUSY),
    ],
)
def test_each_of_awss_reasons_makes_it_fail_over(fault: str, why: str) -> None:
    play = Play(PAIR).at(f"T+60s {fault}").until("40m")
    assert 60 <= moved(play) <= 240
    assert reason(play) == why
    assert billing(play).mirror.value == "synchronised"
    assert account(play.cloud, "billing-app").lost == 0


def test_a_crash_of_the_engine_is_recovered_in_place() -> None:
    play = Play(PAIR).at("T+60s sim:crash-instance billing").until("10m")
    assert play.moves("billing") == []
    assert play.ids("billing") == ["0004", "0020", "0021", "0006"]


def test_a_single_host_is_replaced_in_its_zone_and_down_until_then() -> None:
    play = Play(ALONE).at("T+60s sim:crash-host billing").until("30m")
    down = play.app("billing-app").incidents[0]
    assert down.ended_us is not None
    assert 240 <= (down.ended_us - down.began_us) / 1e6 <= 1200
    assert play.truth("failover") == []


def test_a_single_host_in_a_lost_zone_waits_for_the_zone() -> None:
    play = Play(ALONE).at("T+60s az:outage us-east-1a for=20m").until("40m")
    back = play.app("billing-app").incidents[0].ended_us
    assert back is not None
    assert back / 1e6 > 60 + 20 * 60


# -- asked for ----------------------------------------------------------------------------------------------------


@pytest.mark.fact("RDS-MAZ-15")
def test_a_reboot_with_failover_runs_the_same_way_without_the_time_to_notice() -> None:
    play = Play(PAIR).at("T+60s rds:reboot-db-instance billing force_failover=true").until("20m")
    assert reason(play) == REQUESTED
    assert 30 <= moved(play) <= 150
    assert play.ids("billing")[:3] == ["0013", "0015", "0049"]
    assert [row["now"] for row in play.truth("status", "billing")] == ["rebooting", "available"]


def test_a_plain_reboot_of_a_pair_is_an_outage_and_no_failover() -> None:
    play = Play(PAIR).at("T+60s rds:reboot-db-instance billing").until("20m")
    assert play.moves("billing") == []
    assert play.ids("billing") == ["0004", "0006"]
    assert play.app("billing-app").incidents


def test_a_reboot_with_failover_is_refused_on_a_single_az_instance() -> None:
    refused = Play(ALONE).until("1m").refusal("rds:reboot-db-instance billing force_failover=true")
    assert refused.code == "InvalidParameterCombination"


def test_a_second_request_too_soon_after_a_failover_is_abandoned() -> None:
    play = Play(PAIR).at("T+60s rds:reboot-db-instance billing force_failover=true").until("5m")
    play.do("rds:reboot-db-instance billing force_failover=true").wait("5m")
    assert play.ids("billing")[-1] == "0034"
    assert billing(play).failovers == 1


@pytest.mark.fact("RDS-MAZ-16", "RDS-20")
def test_a_change_of_class_resizes_the_standby_first_and_fails_over_to_it() -> None:
    change = "T+60s rds:modify-db-instance billing class=db.m6g.xlarge apply-immediately=true"
    pair, alone = (Play(fleet).at(change).until("60m") for fleet in (PAIR, ALONE))
    assert reason(pair) == MODIFIED
    assert pair.ids("billing")[:2] == ["0012", "0013"]
    assert pair.ids("billing")[-1] == "0014" or "0014" in pair.ids("billing")
    assert billing(pair).instance_class.name == billing(alone).instance_class.name == "db.m6g.xlarge"
    felt = [play.app("billing-app").incidents[0] for play in (pair, alone)]
    seconds = [(one.ended_us or 0) - one.began_us for one in felt]
    assert seconds[0] < seconds[1]


def test_a_long_transaction_makes_the_failover_longer() -> None:
    quick = Play(PAIR).at("T+60s sim:crash-host billing").until("20m")
    script = ("T+60s sim:crash-host billing", "T+1s sim:long-transaction billing")
    slow = Play(PAIR).at(*script).until("20m")
    assert moved(slow) > moved(quick) + 20


# -- one to two hosts and back ------------------------------------------------------------------------------------


@pytest.mark.fact("RDS-MAZ-24", "RDS-MAZ-25", "RDS-MAZ-26")
def test_becoming_multi_az_costs_no_request_and_goes_by_snapshot_restore_and_synchronisation() -> None:
    play = Play(ALONE).at("T+60s rds:modify-db-instance billing multi-az=true apply-immediately=true").until("90m")
    assert play.all_well("billing-app", "0s", "90m")
    assert [str(row["now"]).split()[0] for row in play.truth("conversion")] == ["snapshot", "volume", "both"]
    assert play.ids("billing") == ["0024", "0025"]
    assert billing(play).mirror.value == "synchronised"
    play.do("sim:crash-host billing").wait("10m")
    assert play.answers("billing") == ("billing/2",)


def test_becoming_single_az_again_takes_the_standby_away() -> None:
    play = Play(PAIR).at("T+60s rds:modify-db-instance billing multi-az=false apply-immediately=true").until("20m")
    assert play.ids("billing") == ["0030", "0029"]
    assert billing(play).standby is None
    assert play.all_well("billing-app", "0s", "20m")


@pytest.mark.fact("RDS-MAZ-18")
def test_the_standby_stands_in_the_same_region() -> None:
    play = Play(ALONE).at("T+60s rds:modify-db-instance billing multi-az=true apply-immediately=true").until("90m")
    standby = billing(play).standby
    assert standby is not None
    assert standby.zone.region is billing(play).primary.zone.region
    assert standby.zone is not billing(play).primary.zone


def test_a_primary_that_boots_and_is_cut_off_meanwhile_is_given_up_and_the_instance_is_available_again() -> None:
    play = Play(PAIR).until("1m").do("sim:cut-network billing").do("region:outage us-east-1 for=30s").wait("5m")
    assert [row["now"] for row in play.truth("status", "billing")] == ["rebooting", "available"]
    assert billing(play).primary.id == "billing/2"


def test_a_new_primary_that_is_lost_and_back_before_its_name_was_moved_boots() -> None:
    play = Play(PAIR).until("1m").do("az:outage us-east-1a for=30m")
    play.until_row("role", "billing/2", now="primary")
    play.do("az:outage us-east-1b for=2s").wait("20m")
    assert billing(play).primary.running
    assert billing(play).status.value == "available"
