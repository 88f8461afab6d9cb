"""Read replicas: what they have received and applied, what stops them, and what a promotion keeps."""

import pytest

from opsconsole.cloud import metrics
from opsconsole.cloud.losses import account
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.replication import ERROR, REPLICATING, STOPPED, TERMINATED, Replication
from opsconsole.cloud.tracer import Tracer
from opsconsole.cloud.writelog import WRITE
from tests.cloud.play import SECOND, Play
from tests.cloud.rds_fleets import REPLICAS


def db(play: Play, id: str) -> DbInstance:
    return play.cloud.rds[id]


def stream(play: Play, id: str) -> Replication:
    replication = db(play, id).replication
    assert replication is not None
    return replication


def lag(play: Play, id: str) -> float:
    return stream(play, id).lag_us(play.cloud.now_us) / SECOND


# -- following ----------------------------------------------------------------------------------------------------


@pytest.mark.fact("RDS-RR-01", "RDS-RR-02", "RDS-RR-04")
def test_a_replica_trails_its_source_wherever_it_stands_and_a_commit_does_not_wait_for_it() -> None:
    play = Play(REPLICAS).until("1m")
    for id in ("billing-ro", "billing-dr"):
        assert 0 < lag(play, id) < 6
        assert stream(play, id).loss_us(play.cloud.now_us) < stream(play, id).lag_us(play.cloud.now_us)
    before = play.app("billing-app").service.value.write_us
    play.do("link:cut us-east-1/eu-west-1").wait("1m")
    assert play.app("billing-app").service.value.write_us == before


def test_distance_shows_in_what_has_been_received() -> None:
    play = Play(REPLICAS).until("1m")
    near, far = (stream(play, id).loss_us(play.cloud.now_us) for id in ("billing-ro", "billing-dr"))
    assert near < 1_000 < 30_000 < far


@pytest.mark.fact("RDS-RR-10")
def test_the_lag_of_a_replica_of_a_replica_is_the_sum_of_both() -> None:
    play = Play(REPLICAS).until("1m")
    assert lag(play, "billing-far") > lag(play, "billing-ro")
    play.do("sim:replica-stall billing-ro").wait("1m")
    assert lag(play, "billing-far") >= 59
    play.do("heal billing-ro").wait("5m")
    assert lag(play, "billing-far") < 10


@pytest.mark.fact("RDS-RR-08", "RDS-RR-07")
def test_every_replica_has_a_name_of_its_own_and_there_is_no_reader_endpoint() -> None:
    play = Play(REPLICAS)
    assert [play.answers(id) for id in ("billing-ro", "billing-dr")] == [("billing-ro/1",), ("billing-dr/1",)]
    assert "billing.reader" not in play.cloud.names.records


@pytest.mark.fact("RDS-RR-11", "RDS-RR-19")
def test_a_write_on_a_replica_ends_with_the_engines_read_only_error_until_it_is_promoted() -> None:
    play = Play(REPLICAS).until("1m").do("app:set-endpoint billing-app endpoint=billing-ro use=writes").wait("10s")
    errors = play.app("billing-app").service.value.errors
    assert "read-only" in errors[0][0]
    play.do("rds:promote-read-replica billing-ro").wait("30m")
    assert play.app("billing-app").health.value == "ok"


@pytest.mark.fact("RDS-RR-03")
def test_reads_of_a_replica_that_lags_are_stale_and_counted() -> None:
    play = Play(REPLICAS).until("1m")
    play.do("sim:replica-stall billing-ro for=5m").wait("2m")
    seen = play.saw("billing-app", "2m", "3m")
    assert seen.reads_stale == seen.reads_ok > 0


@pytest.mark.fact("RDS-RR-06", "RDS-RR-12")
def test_replicas_take_reads_off_the_source_and_no_writes() -> None:
    play = Play(REPLICAS).until("1m")
    source, replica = (play.cloud.traffic.load(id) for id in ("billing/1", "billing-ro/1"))
    assert (source.reads_served, replica.reads_served) == (0, 120_000)
    assert (source.writes_served, replica.writes_served) == (60_000, 0)


@pytest.mark.fact("RDS-RR-09")
def test_a_new_replica_gets_no_traffic_before_an_app_names_it() -> None:
    play = Play(REPLICAS).at("T+60s rds:create-db-instance-read-replica billing id=billing-new zone=b").until("90m")
    assert db(play, "billing-new").status.value == "available"
    assert play.cloud.traffic.load("billing-new/1").reads == 0
    assert 0 < lag(play, "billing-new") < 6
    play.do("app:set-endpoint billing-app endpoint=billing-new use=reads").wait("1m")
    assert play.cloud.traffic.load("billing-new/1").reads_served == 120_000


def test_heavy_writing_makes_a_replica_lag_and_a_quieter_time_lets_it_catch_up() -> None:
    play = Play(REPLICAS.replace("db.m6g.large", "db.m6g.large")).until("1m")
    play.do("app:set-rate billing-app writes=200/s reads=600/s").wait("20m")
    behind = lag(play, "billing-ro")
    assert behind > 60
    play.do("app:set-rate billing-app writes=20/s reads=20/s").wait("40m")
    assert lag(play, "billing-ro") < 6


# -- what stops it ------------------------------------------------------------------------------------------------


def test_a_cut_link_stops_what_is_received_and_the_lag_grows_a_second_per_second() -> None:
    play = Play(REPLICAS).until("1m").do("link:cut us-east-1/eu-west-1").wait("10m")
    assert lag(play, "billing-dr") == pytest.approx(600, abs=6)
    assert lag(play, "billing-ro") < 6
    play.do("heal all").wait("5m")
    assert lag(play, "billing-dr") < 6


def test_stopped_replication_shows_minus_one_and_its_log_piles_up_on_the_source() -> None:
    play = Play(REPLICAS).until("1m")
    used = db(play, "billing").contents.used_bytes(play.cloud.now_us)
    play.do("mysql:rds_stop_replication billing-dr").wait("1h")
    assert stream(play, "billing-dr").status.value == STOPPED
    assert metrics.value(play.cloud, "billing-dr", "ReplicaLag", play.cloud.now_us) == -1
    written = db(play, "billing").contents.data_at(play.cloud.now_us) - db(play, "billing").contents.data_at(
        60 * SECOND
    )
    assert db(play, "billing").contents.used_bytes(play.cloud.now_us) > used + written
    assert play.ids("billing-dr") == ["0062"]
    play.do("mysql:rds_start_replication billing-dr").wait("30m")
    assert play.ids("billing-dr") == ["0062", "0046"]
    assert lag(play, "billing-dr") < 6


def test_an_error_stops_replication_until_it_is_skipped_and_after_30_days_it_is_terminated() -> None:
    play = Play(REPLICAS).until("1m").do("sim:replication-error billing-ro").wait("29d")
    assert stream(play, "billing-ro").status.value == ERROR
    play.wait("2d")
    assert stream(play, "billing-ro").status.value == TERMINATED
    assert [id for id in play.ids("billing-ro") if id not in ("0001", "0002")] == ["0045", "0057"]


def test_a_failover_of_the_source_interrupts_replication_and_nothing_more() -> None:
    play = Play(REPLICAS).at("T+60s az:outage us-east-1a for=20m").until("10m")
    assert stream(play, "billing-ro").status.value == REPLICATING
    assert stream(play, "billing-ro").source.primary.id == "billing/2"
    assert lag(play, "billing-ro") < 6


# -- promotion ----------------------------------------------------------------------------------------------------


@pytest.mark.fact("RDS-RR-14", "RDS-RR-15", "RDS-RR-18", "RDS-RR-17")
def test_a_promotion_takes_minutes_keeps_the_name_and_makes_a_database_of_its_own() -> None:
    play = Play(REPLICAS).at("T+60s rds:promote-read-replica billing-ro").until("1h")
    promoted = db(play, "billing-ro")
    statuses = [
        (row["now"], play.when("status", "billing-ro", now=row["now"])[0]) for row in play.truth("status", "billing-ro")
    ]
    assert [status for status, _ in statuses] == ["modifying", "rebooting", "available"]
    assert 120 <= statuses[-1][1] - 60 <= 2400
    assert promoted.replication is None
    assert play.answers("billing-ro") == ("billing-ro/1",)
    assert play.ids("billing-ro") == ["0045", "0004", "0006"]
    refused = play.refusal("rds:promote-read-replica billing-ro")
    assert refused.code == "InvalidDBInstanceState"


def test_reads_of_a_promoted_replica_are_stale_from_a_second_after_the_fork_while_its_source_is_written_to() -> None:
    play = Play("global_aurora").at("T+60s rds:promote-read-replica ledger-ro").until("90s")
    before, after = play.saw("billing", "0s", "61s"), play.saw("billing", "61s", "90s")
    assert before.reads_stale < before.reads_ok / 1000
    assert after.reads_stale == after.reads_ok > 0
    app, replica = play.app("billing"), play.cloud.servers["ledger-ro/1"]
    assert play.cloud.traffic.ages.age_us(app, replica, play.cloud.now_us) == pytest.approx(30 * SECOND, abs=SECOND)
    traces = [Tracer(play.cloud, "billing").follow("read", number) for number in range(60)]
    assert "stale" in {trace.outcome for trace in traces}


def test_a_promoted_replica_is_fresh_for_an_app_that_writes_to_it_and_its_old_siblings_are_stale() -> None:
    play = Play("global_aurora").at("T+60s rds:promote-read-replica ledger-ro").until("1h")
    play.do("app:set-endpoint billing endpoint=ledger-ro use=both").wait("5m")
    assert play.saw("billing", "62m", "65m").reads_stale == 0
    play.do("app:set-endpoint billing endpoint=ledger-dr use=reads").wait("5m")
    apart = play.saw("billing", "67m", "70m")
    assert apart.reads_stale == apart.reads_ok > 0


def test_nothing_is_stale_after_a_fork_before_anybody_writes_again() -> None:
    play = Play("global_aurora").at("T+50s app:pause-writes billing", "T+60s rds:promote-read-replica ledger-ro")
    assert play.until("2m").saw("billing", "60s", "2m").reads_stale == 0
    play.do("app:resume-writes billing").wait("10s")
    again = play.saw("billing", "122s", "130s")
    assert again.reads_stale == again.reads_ok > 0


def test_the_other_replicas_stay_with_the_old_source_and_its_own_stay_with_it() -> None:
    play = Play(REPLICAS).at("T+60s rds:promote-read-replica billing-ro").until("1h")
    assert stream(play, "billing-dr").source.id == "billing"
    assert stream(play, "billing-far").source.id == "billing-ro"
    play.do("app:set-endpoint billing-app endpoint=billing-ro use=writes").wait("10m")
    assert lag(play, "billing-far") < 10
    assert db(play, "billing-far").branch is db(play, "billing-ro").branch


@pytest.mark.fact("RDS-RR-21")
def test_after_the_loss_of_a_region_the_replica_elsewhere_is_promoted_and_what_it_had_not_received_is_lost() -> None:
    play = Play(REPLICAS).until("1m").do("link:cut us-east-1/eu-west-1").wait("30s")
    play.do("region:outage us-east-1").wait("1m")
    play.do("rds:promote-read-replica billing-dr").wait("30m")
    play.do("app:set-endpoint billing-app endpoint=billing-dr use=writes")
    told = sum(int(str(row["writes"])) for row in play.truth("lost", "billing-dr"))
    lost = account(play.cloud, "billing-app").lost
    assert told == lost // WRITE
    assert lost / WRITE == pytest.approx(30 * 60, rel=0.02)


def test_a_promotion_is_refused_while_the_replica_is_not_available() -> None:
    play = Play(REPLICAS).until("1m").do("rds:reboot-db-instance billing-ro")
    assert play.refusal("rds:promote-read-replica billing-ro").code == "InvalidDBInstanceState"


# -- limits and deletion ------------------------------------------------------------------------------------------


@pytest.mark.fact("RDS-RR-05")
def test_a_source_has_fifteen_replicas_and_no_more() -> None:
    play = Play(REPLICAS).until("1m")
    for number in range(13):
        play.do(f"rds:create-db-instance-read-replica billing id=more-{number} zone=b").wait("30s")
    assert len(db(play, "billing").replicas()) == 15
    refused = play.refusal("rds:create-db-instance-read-replica billing id=one-too-many")
    assert refused.code == "InstanceQuotaExceeded"


def test_a_source_without_backups_has_no_replicas_and_one_with_replicas_keeps_its_backups() -> None:
    play = Play(REPLICAS).until("1m")
    refused = play.refusal("rds:modify-db-instance billing retention=0 apply-immediately=true")
    assert refused.code == "InvalidParameterCombination"
    far = play.refusal("rds:create-db-instance-read-replica billing-far id=deeper")
    assert far.code == "InvalidDBInstanceState"


def test_a_source_of_replicas_and_a_replica_cannot_be_stopped() -> None:
    play = Play(REPLICAS).until("1m")
    for id in ("billing", "billing-ro"):
        assert play.refusal(f"rds:stop-db-instance {id}").code == "InvalidDBInstanceState"


def test_when_the_source_is_deleted_its_replicas_become_databases_of_their_own() -> None:
    play = Play(REPLICAS).at("T+60s rds:delete-db-instance billing skip-final-snapshot=true").until("1h")
    assert "billing" not in play.cloud.rds
    assert [db(play, id).replication is None for id in ("billing-ro", "billing-dr")] == [True, True]
    assert stream(play, "billing-far").source.id == "billing-ro"


def test_a_postgresql_replica_in_another_region_is_terminated_when_its_source_is_deleted() -> None:
    fleet = REPLICAS.replace('engine = "mysql"', 'engine = "postgres"')
    play = Play(fleet).at("T+60s rds:delete-db-instance billing skip-final-snapshot=true").until("1h")
    assert db(play, "billing-ro").replication is None
    assert stream(play, "billing-dr").status.value == TERMINATED


@pytest.mark.fact("RDS-23")
def test_a_protected_instance_is_not_deleted_before_protection_is_off() -> None:
    play = Play(REPLICAS.replace('zone = "a"\nmulti_az', 'zone = "a"\ndeletion_protection = true\nmulti_az')).until(
        "1m"
    )
    assert play.refusal("rds:delete-db-instance billing skip-final-snapshot=true").code == "InvalidParameterCombination"
    play.do("rds:modify-db-instance billing protection=false").wait("1m").do(
        "rds:delete-db-instance billing skip-final-snapshot=true"
    ).wait("1h")
    assert "billing" not in play.cloud.rds
