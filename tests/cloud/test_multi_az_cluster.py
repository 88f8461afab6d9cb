"""An RDS Multi-AZ DB cluster: one acknowledgement is enough, lag is not loss, and the most recent reader takes over."""

from __future__ import annotations

from statistics import median

import botocore.session
import pytest

from opsconsole.cloud import losses
from opsconsole.cloud.describe import describe
from opsconsole.cloud.multi_az_cluster import MultiAzCluster
from opsconsole.cloud.server import Answer
from tests.cloud.play import REQUEST, SECOND, Play

A, B, C = (f"payments-instance-{number}" for number in (1, 2, 3))
SEEDS = 50


def fleet(engine: str = "mysql", writes: int = 100, reads: int = 200) -> str:
    """One cluster and one app that writes to it and reads from its readers."""
    return f"""
name = "Payments"
[regions]
us-east-1 = {{}}
[multi_az_cluster.payments]
engine = "{engine}"
region = "us-east-1"
class = "db.r6g.large"
storage = "200 GiB"
[apps.till]
homes = ["us-east-1"]
writes_to = "payments"
reads_from = ["payments"]
writes = "{writes}/s"
reads = "{reads}/s"
dns_cache = "5s"
"""


def play(text: str = "", seed: int = 7) -> Play:
    return Play(text or fleet(), seed)


def cluster(of: Play) -> MultiAzCluster:
    found = of.cluster("payments")
    assert isinstance(found, MultiAzCluster)
    return found


def nothing_is_lost(of: Play) -> bool:
    """Whether every write the app was told is done is in the cluster, by the books and by the account."""
    account = losses.account(of.cloud, "till")
    return of.acknowledged("till") == of.present("till", "payments") == account.acknowledged and account.lost == 0


def lag(of: Play, reader: str) -> float:
    return of.instance(reader).lag_us(of.cloud.now_us) / SECOND


# -- what it is -------------------------------------------------------------------------------------------------


def test_a_writer_and_two_readers_stand_in_three_zones_behind_two_endpoints() -> None:
    one = play().until("1m")
    assert [i.zone.name for i in cluster(one).instances.values()] == ["us-east-1a", "us-east-1b", "us-east-1c"]
    assert one.answers("payments.writer") == (A,)
    assert one.answers("payments.reader") == (B, C)
    assert one.name("payments.writer").fqdn.startswith("payments.cluster-c")
    assert one.name("payments.reader").fqdn.startswith("payments.cluster-ro-c")
    assert one.all_well("till", "0s", "1m")
    assert one.rows == []


def test_readers_serve_reads_and_refuse_writes_in_their_engine_s_words() -> None:
    for engine, error in (("mysql", "1290"), ("postgres", "25006")):
        one = play(fleet(engine)).until("1m")
        assert one.instance(B).answer(True) is Answer.READ_ONLY
        assert error in one.instance(B).error(Answer.READ_ONLY, True)
        served = [one.cloud.traffic.load(reader).reads_served for reader in (B, C)]
        assert sum(served) == 200_000
        assert served == pytest.approx([100_000, 100_000], rel=1e-3)


def test_a_commit_waits_for_the_nearer_of_the_two_readers() -> None:
    one = play().at(
        "T+1m link:slow us-east-1a/us-east-1b latency=50ms", "T+2m link:slow us-east-1a/us-east-1c latency=20ms"
    )
    one.until("30s")
    undisturbed = one.instance(A).commit_us()
    one.until("90s")
    assert one.instance(A).commit_us() == undisturbed
    one.until("150s")
    assert undisturbed + 15_000 < one.instance(A).commit_us() < undisturbed + 45_000


# -- the loss of the writer -------------------------------------------------------------------------------------


def lose_the_writer_s_zone(seed: int, engine: str = "mysql") -> tuple[float, Play]:
    one = play(fleet(engine), seed).at("T+60s az:outage us-east-1a for=30m").until("4m")
    assert one.writer("payments") in (B, C)
    return one.moved_to("payments.writer", str(one.writer("payments"))) - 60, one


def test_over_50_seeds_a_lost_writer_is_replaced_in_less_than_35_seconds_typically_and_nothing_is_lost() -> None:
    took, promoted = [], set()
    for seed in range(SEEDS):
        seconds, one = lose_the_writer_s_zone(seed)
        took.append(seconds)
        promoted.add(one.writer("payments"))
        assert nothing_is_lost(one)
        assert one.all_well("till", "3m", "4m")
    assert 20 < median(took) < 30
    assert min(took) >= 12
    assert sum(seconds > 35 for seconds in took) <= SEEDS * 0.1
    assert max(took) - min(took) > 10
    assert promoted == {B, C}


def test_a_failover_is_told_as_an_aurora_cluster_s_and_the_other_reader_is_not_restarted() -> None:
    _, one = lose_the_writer_s_zone(7)
    new, other = (B, C) if one.writer("payments") == B else (C, B)
    assert one.ids("payments") == ["0073", "0071"]
    assert [row["now"] for row in one.truth("status", "payments")] == ["failing-over", "available"]
    assert one.ids(other) == []
    assert one.ids(new)[:2] == ["0004", "0006"]
    assert one.answers("payments.reader") == (other,)


def test_when_its_zone_is_back_the_old_writer_returns_as_a_reader_and_gets_what_it_missed() -> None:
    _, one = lose_the_writer_s_zone(7)
    new = one.writer("payments")
    one.until("31m10s")
    assert not one.instance(A).running
    one.until("45m")
    assert one.writer("payments") == new
    assert A in one.answers("payments.reader")
    assert lag(one, A) < 1
    assert cluster(one).storage.complete(one.instance(A))
    assert nothing_is_lost(one)


def test_a_crash_of_the_writer_s_host_fails_over_and_its_storage_is_kept() -> None:
    one = play().at("T+1m sim:crash-host payments-instance-1").until("30m")
    assert one.writer("payments") in (B, C)
    assert one.instance(A).running
    assert nothing_is_lost(one)
    assert one.all_well("till", "3m", "4m")


def test_a_crash_of_the_writer_s_engine_is_recovered_in_place() -> None:
    one = play().at("T+1m sim:crash-instance payments-instance-1").until("10m")
    assert one.writer("payments") == A
    assert one.ids("payments") == []
    assert one.ids(A) == ["0004", "0006"]
    assert nothing_is_lost(one)


# -- the loss of readers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["us-east-1b", "us-east-1c"])
def test_a_reader_s_zone_is_lost_without_a_failover_and_no_write_fails_but_those_of_its_zone(zone: str) -> None:
    one = play().at(f"T+1m az:outage {zone} for=10m").until("30m")
    assert one.writer("payments") == A
    assert one.ids("payments") == []
    assert one.all_well("till", "2m", "10m")
    assert one.saw("till", "75s", "30m").writes_failed == 0
    assert nothing_is_lost(one)


def test_without_any_reader_commits_wait_and_nobody_is_promoted() -> None:
    one = play().at("T+1m sim:crash-host payments-instance-2 for=5m", "T+1m sim:crash-host payments-instance-3 for=5m")
    one.until("5m")
    before = one.acknowledged("till")
    assert before == pytest.approx(60 * 100 * REQUEST, rel=1e-3)
    assert one.instance(A).answer(True) is Answer.STALLED
    assert one.instance(A).answer(False) is Answer.SERVES
    assert "acknowledges" in one.instance(A).error(Answer.STALLED, True)
    assert one.writer("payments") == A
    one.until("20m")
    assert one.all_well("till", "15m", "20m")
    assert one.ids("payments") == []
    assert nothing_is_lost(one)


def test_two_zones_gone_leave_a_writer_that_cannot_commit_until_one_is_back() -> None:
    one = play().at("T+1m az:outage us-east-1a for=10m", "T+1m az:outage us-east-1b for=20m").until("10m")
    assert one.writer("payments") == C
    assert one.acknowledged("till") == pytest.approx(60 * 100 * REQUEST, rel=1e-3)
    assert one.app("till").health.value != "ok"
    one.until("40m")
    assert one.all_well("till", "35m", "40m")
    assert nothing_is_lost(one)


# -- cut links and who is promoted ------------------------------------------------------------------------------


@pytest.mark.parametrize(("cut", "promoted"), [("b", C), ("c", B)])
def test_the_reader_with_the_most_recent_change_record_is_promoted(cut: str, promoted: str) -> None:
    for seed in range(8):
        one = play(seed=seed).at(
            f"T+1m link:cut us-east-1a/us-east-1{cut} for=20m", "T+3m sim:crash-host payments-instance-1"
        )
        one.until("170s")
        assert one.instance(A).answer(True) is Answer.SERVES
        assert [i.id for i in cluster(one).candidates()] == [promoted]
        one.until("10m")
        assert one.writer("payments") == promoted
        assert nothing_is_lost(one)


def test_a_writer_that_is_cut_off_acknowledges_nothing_and_is_replaced() -> None:
    one = play().at("T+1m az:partition us-east-1a for=20m").until("5m")
    assert one.writer("payments") in (B, C)
    assert one.instance(A).running
    assert nothing_is_lost(one)
    one.until("40m")
    assert one.writer("payments") in (B, C)
    assert A in one.answers("payments.reader")
    assert nothing_is_lost(one)
    assert one.all_well("till", "35m", "40m")


def test_a_reader_that_lacks_acknowledged_writes_is_never_promoted() -> None:
    one = play().at(
        "T+1m link:cut us-east-1a/us-east-1b for=1h",
        "T+2m sim:crash-host payments-instance-3 for=20m",
        "T+2m sim:crash-host payments-instance-1 for=30m",
    )
    one.until("20m")
    assert one.writer("payments") == A
    [waiting] = one.truth("failover", "payments")
    assert f"{B} lacks writes that were acknowledged" in str(waiting["reason"])
    one.until("40m")
    assert one.writer("payments") == C
    assert nothing_is_lost(one)
    assert one.saw("till", "35m", "40m").writes_failed == 0


def test_what_a_reader_missed_it_receives_before_it_acknowledges_again() -> None:
    one = play().at("T+1m link:cut us-east-1a/us-east-1b for=10m").until("10m")
    storage = cluster(one).storage
    assert [reader.id for reader in storage.acknowledging] == [C]
    assert not storage.complete(one.instance(B))
    assert lag(one, B) == pytest.approx(540, abs=1)
    one.until("14m")
    assert [reader.id for reader in storage.acknowledging] == [B, C]
    assert lag(one, B) < 1


# -- lag and flow control ---------------------------------------------------------------------------------------

BUSY = fleet(writes=200, reads=1200)  # the readers have hardly anything left to apply with


def test_an_acknowledgement_is_not_an_application() -> None:
    one = play().do("sim:replica-stall payments-instance-2").do("sim:replica-stall payments-instance-3").until("1m")
    assert one.all_well("till", "0s", "1m")
    assert lag(one, B) == pytest.approx(60, abs=1)
    assert one.saw("till", "30s", "1m").reads_stale == one.saw("till", "30s", "1m").reads_ok > 0
    assert cluster(one).storage.complete(one.instance(B))


def test_readers_that_are_busy_with_reads_fall_behind_and_catch_up_when_they_are_not() -> None:
    one = play(BUSY).until("3m")
    grown = lag(one, B)
    assert 20 < grown < 120
    one.until("4m")
    assert lag(one, B) > grown
    one.do("app:set-rate till reads=100/s").until("15m")
    assert lag(one, B) < 1


def test_flow_control_keeps_the_lag_under_two_minutes_by_slowing_the_writer_down() -> None:
    one = play(BUSY).until("2h")
    [throttled] = [row for row in one.truth("replication", "payments") if row["now"] == "throttled"][:1]
    assert throttled
    most = max(one.instance(B).lag_at(t * 60 * SECOND) for t in range(60, 120)) / SECOND
    assert 90 < most < 120
    applied = one.instance(B).capacity()
    throttle = cluster(one).storage.throttle.value
    assert throttle is not None
    assert one.instance(A).capacity()[1] == throttle < applied[1]
    assert one.cloud.traffic.load(A).writes_served == throttle < 200_000
    assert one.saw("till", "1h", "2h").writes_failed > 0
    one.do("app:set-rate till reads=100/s").until("2h30m")
    assert cluster(one).storage.throttle.value is None
    assert one.all_well("till", "2h20m", "2h30m")
    assert nothing_is_lost(one)


def test_a_stalled_reader_engages_flow_control_but_never_stops_the_writer() -> None:
    one = play().do("sim:replica-stall payments-instance-2").until("90s")
    assert cluster(one).storage.throttle.value is None
    one.until("3m")
    floor = cluster(one).storage.throttle.value
    assert floor == one.instance(A).capacity()[1] > 0
    one.do("heal payments-instance-2").until("10m")
    assert cluster(one).storage.throttle.value is None
    assert one.instance(B).boots == 1


def test_a_reader_that_catches_up_does_not_make_flow_control_flap_for_the_other() -> None:
    text = fleet(writes=200, reads=583).replace('reads_from = ["payments"]', 'reads_from = ["payments-instance-2"]')
    one = play(text)
    one.instance(C).unplug("cable")
    one.until("335s").instance(C).plug_in("cable")
    one.until("336s")
    assert [id for id, stream in cluster(one).storage.streams.items() if stream.pressing] == [C]
    looks = 0
    while one.now < 600 and looks < 500:
        one.cloud.kernel.run_until(one.cloud.kernel.next_time_us or 0)
        looks += 1
    assert looks < 100
    assert [row["now"] for row in one.truth("replication", "payments")][:2] == ["throttled", "unthrottled"]


@pytest.mark.parametrize(("engine", "waits"), [("mysql", True), ("postgres", False)])
def test_a_failover_waits_until_what_was_received_is_applied_on_mysql_by_both_readers(engine: str, waits: bool) -> None:
    def moved(*faults: str) -> float:
        one = play(fleet(engine), seed=3).at(*faults, "T+5m sim:crash-host payments-instance-1").until("15m")
        assert one.writer("payments") == C
        assert nothing_is_lost(one)
        return one.moved_to("payments.writer", C) - 300

    level = moved("T+295s sim:replica-stall payments-instance-2 for=1s")
    behind = moved("T+4m sim:replica-stall payments-instance-2 for=65s")
    assert (behind > level + 1) is waits


def test_both_readers_lag_and_the_less_lagging_one_is_chosen_and_applies_everything_first() -> None:
    one = play(fleet("postgres")).at(
        "T+1m sim:replica-stall payments-instance-2 for=4m", "T+2m sim:replica-stall payments-instance-3 for=3m"
    )
    one.until("299s")
    assert [i.id for i in cluster(one).candidates()] == [C, B]
    one.do("sim:crash-host payments-instance-1").until("15m")
    assert one.writer("payments") == C
    assert nothing_is_lost(one)


# -- on request -------------------------------------------------------------------------------------------------


def test_a_requested_failover_terminates_the_writer_and_includes_the_time_of_noticing() -> None:
    noticed = play(seed=5).do("sim:crash-host payments-instance-1").until("5m")
    asked = play(seed=5).do("rds:failover-db-cluster payments").until("5m")
    new = str(noticed.writer("payments"))
    assert asked.moved_to("payments.writer", new) == pytest.approx(noticed.moved_to("payments.writer", new))
    assert asked.ids(A) == ["0004", "0006"]
    assert asked.ids("payments") == ["0073", "0071"]
    assert asked.all_well("till", "4m", "5m")
    assert nothing_is_lost(asked)


def test_postgres_promotes_the_reader_that_is_named() -> None:
    for target in (B, C):
        one = play(fleet("postgres")).do(f"rds:failover-db-cluster payments to={target}").until("5m")
        assert one.writer("payments") == target


def test_mysql_does_not_let_anybody_choose() -> None:
    refused = play().refusal(f"rds:failover-db-cluster payments to={B}")
    assert refused.code == "InvalidParameterCombination"
    assert "chooses its reader itself" in refused.sentence


def test_a_named_reader_that_dies_while_the_loss_is_noticed_is_replaced_by_the_other() -> None:
    one = play(fleet("postgres")).do(f"rds:failover-db-cluster payments to={B}").wait("1s")
    one.do(f"sim:crash-host {B}").until("5m")
    assert one.writer("payments") == C
    assert nothing_is_lost(one)


def test_a_request_with_nobody_left_gives_the_writer_its_role_back() -> None:
    one = play().do("rds:failover-db-cluster payments").wait("1s")
    one.do(f"sim:crash-host {B} for=10m").do(f"sim:crash-host {C} for=10m").until("5m")
    assert one.writer("payments") == A
    one.until("20m")
    assert one.all_well("till", "15m", "20m")
    assert nothing_is_lost(one)


def test_a_reboot_of_the_cluster_restarts_all_three_and_fails_nothing_over() -> None:
    one = play().do("rds:reboot-db-cluster payments")
    assert one.cluster("payments").status.value == "rebooting"
    assert [i.status.value for i in cluster(one).instances.values()] == ["rebooting"] * 3
    assert one.refusal("rds:failover-db-cluster payments").code == "InvalidDBClusterStateFault"
    one.until("10m")
    assert one.cluster("payments").status.value == "available"
    assert one.writer("payments") == A
    for id in (A, B, C):
        assert one.ids(id) == ["0004", "0006"]
    assert one.all_well("till", "5m", "10m")


def test_a_zone_that_is_lost_during_the_reboot_is_failed_over_after_it() -> None:
    one = play().do("rds:reboot-db-cluster payments").wait("2s")
    one.do("az:outage us-east-1a").until("15m")
    assert one.cluster("payments").status.value == "available"
    assert one.writer("payments") in (B, C)
    assert nothing_is_lost(one)


def test_a_reboot_of_one_instance_fails_nothing_over_and_touches_no_other() -> None:
    for id in (A, B):
        one = play().do(f"rds:reboot-db-instance {id}").until("10m")
        assert one.writer("payments") == A
        assert [source for source in (A, B, C) if one.ids(source)] == [id]
        assert nothing_is_lost(one)


# -- what it does not have --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("rds:create-db-cluster-endpoint payments id=reports", "InvalidParameterCombination"),
        ("rds:delete-db-cluster-endpoint payments id=reports", "InvalidParameterCombination"),
        ("rds:create-db-instance payments id=payments-4", "InvalidParameterCombination"),
        (f"rds:delete-db-instance {B}", "InvalidParameterCombination"),
        (f"rds:reboot-db-instance {A} force_failover=true", "InvalidParameterCombination"),
        ("sim:storage-node-loss payments", "InvalidParameterCombination"),
        ("sim:storage-corruption payments", "InvalidParameterCombination"),
        ("application-autoscaling:register-scalable-target payments min=1 max=3", "ValidationException"),
    ],
)
def test_what_only_aurora_has_is_refused(line: str, code: str) -> None:
    assert play().until("1s").refusal(line).code == code


def test_an_aurora_cluster_is_not_rebooted_as_a_whole() -> None:
    refused = Play().refusal("rds:reboot-db-cluster orders")
    assert refused.code == "InvalidParameterCombination"
    assert "Multi-AZ DB cluster" in refused.sentence


# -- its storage, and what AWS says of it -----------------------------------------------------------------------


def test_when_the_allocated_storage_is_full_writes_end_with_an_error_and_reads_go_on() -> None:
    text = fleet(writes=200).replace('storage = "200 GiB"', 'storage = "100 GiB"\ndata = "98 GiB"')
    one = play(text).until("3h")
    assert one.cluster("payments").storage.full
    assert one.instance(A).answer(True) is Answer.FULL
    assert "full" in one.instance(A).error(Answer.FULL, True)
    full_at = one.when("app", "till", now="failing")[0]
    assert full_at == pytest.approx(1024**3 / (200 * 1024), rel=0.01)
    seen = one.saw("till", "2h30m", "3h")
    assert seen.writes_ok == 0
    assert seen.reads_ok == seen.reads_due


def test_describe_says_what_distinguishes_it_from_aurora_in_botocore_s_words() -> None:
    one = play().until("1m")
    [told] = one_of(describe(one.cloud, "payments"), "DBClusters")
    [writer] = one_of(describe(one.cloud, A), "DBInstances")
    rds = botocore.session.get_session().get_service_model("rds")
    assert told.keys() <= rds.shape_for("DBCluster").members.keys()
    assert writer.keys() <= rds.shape_for("DBInstance").members.keys()
    assert told["Engine"] == writer["Engine"] == "mysql"
    assert (told["DBClusterInstanceClass"], told["MultiAZ"]) == ("db.r6g.large", True)
    assert (told["StorageType"], told["AllocatedStorage"], told["Iops"]) == ("gp3", 200, 3000)
    assert writer["StorageType"] == "gp3"
    assert "BacktrackWindow" not in told


def one_of(answer: object, key: str) -> list[dict[str, object]]:
    assert isinstance(answer, dict)
    found = answer[key]
    assert isinstance(found, list)
    return found
