"""What the course says about RDS, seen happening: what an instance is, and what replicas and standbys are each for."""

import pytest

from opsconsole import catalog
from opsconsole.cloud import metrics
from opsconsole.cloud.describe import describe
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.server import Answer
from opsconsole.fleet import FileProblems, parse_fleet
from tests.cloud.play import Play
from tests.cloud.rds_fleets import PAIR, REPLICAS, busy, stored


def db(play: Play, id: str = "billing") -> DbInstance:
    return play.cloud.rds[id]


def databases(play: Play, id: str = "billing") -> tuple[str, ...]:
    return db(play, id).contents.databases_at(play.cloud.now_us)


# -- what an instance is ------------------------------------------------------------------------------------------


@pytest.mark.fact("RDS-01", "RDS-02")
def test_an_instance_begins_with_one_database_and_may_get_more_which_its_replicas_get_too() -> None:
    play = Play(REPLICAS).until("1m")
    assert databases(play) == ("billing",)
    play.do("sql:create-database billing name=reports").wait("10s")
    for id in ("billing", "billing-ro", "billing-far"):
        assert databases(play, id) == ("billing", "reports")
    assert "already" in play.refusal("sql:create-database billing name=reports").sentence
    assert "read-only" in play.refusal("sql:create-database billing-ro name=more").sentence


def test_a_database_reaches_a_replica_when_it_is_applied_there_and_a_promoted_one_has_those_it_had() -> None:
    play = Play(REPLICAS).until("1m").do("sim:replica-stall billing-ro").wait("1m")
    play.do("sql:create-database billing name=reports").wait("10m")
    assert databases(play, "billing-ro") == ("billing",)
    play.do("heal all").wait("10m").do("rds:promote-read-replica billing-ro").wait("1h")
    play.do("sql:create-database billing name=later").do("sql:create-database billing-ro name=own").wait("1m")
    assert databases(play, "billing-ro") == ("billing", "reports", "own")
    assert databases(play, "billing-far") == ("billing", "reports", "own")
    assert databases(play, "billing-dr") == ("billing", "reports", "later")


@pytest.mark.fact("RDS-06")
def test_aurora_is_asked_for_in_its_own_way_and_is_a_cluster() -> None:
    with pytest.raises(FileProblems, match=r"aurora-mysql.*\[aurora"):
        parse_fleet(PAIR.replace('"mysql"', '"aurora-mysql"'), "inline.toml")
    assert "DBClusters" in describe(Play("global_aurora").cloud, "orders")
    assert "DBClusters" not in describe(Play(PAIR).cloud, "billing")


@pytest.mark.fact("RDS-09", "RDS-11")
def test_a_class_begins_with_db_and_sets_processors_and_memory() -> None:
    with pytest.raises(FileProblems, match="did you mean"):
        parse_fleet(PAIR.replace('"db.m6g.large"', '"m6g.large"'), "inline.toml")
    assert all(name.startswith("db.") for name in catalog.instance_classes())
    general, memory = (
        db(Play(stored('storage = "200 GiB"', instance_class=c))) for c in ("db.m5.large", "db.r5.large")
    )
    assert general.instance_class.vcpu == memory.instance_class.vcpu
    assert memory.instance_class.memory_gib == 2 * general.instance_class.memory_gib
    kinds = [catalog.capacity("mysql", d.instance_class.name).max_connections for d in (general, memory)]
    assert kinds[1] > 1.9 * kinds[0]


@pytest.mark.fact("RDS-12")
def test_a_burstable_class_drains_its_credits_and_is_never_throttled_today_but_charged() -> None:
    fleet = busy(stored('storage = "200 GiB"', instance_class="db.t3.medium"), writes=200, reads=60)
    play = Play(fleet).until("1m")

    def metric(name: str) -> float:
        value = metrics.value(play.cloud, "billing", name, play.cloud.now_us)
        assert value is not None
        return value

    full = metric("CPUCreditBalance")
    served = play.cloud.traffic.load("billing/1").writes_served
    play.until("6h")
    assert 0 < metric("CPUCreditBalance") < full
    play.until("48h")
    assert metric("CPUCreditBalance") == 0
    assert metric("CPUSurplusCreditBalance") > 0
    play.until("200h")
    assert metric("CPUSurplusCreditsCharged") > 0
    assert play.cloud.traffic.load("billing/1").writes_served == served


@pytest.mark.fact("RDS-07", "RDS-08")
def test_clients_are_told_a_name_and_the_engines_port_and_no_address() -> None:
    play = Play(PAIR)
    told = str(describe(play.cloud, "billing"))
    assert "'Endpoint': {'Address': 'billing." in told
    assert "'Port': 3306" in told
    assert "10." not in told.split("Endpoint")[1].split("}")[0]


# -- a standby, a replica, or both --------------------------------------------------------------------------------


@pytest.mark.fact("RDS-MAZ-27")
def test_a_replica_may_have_a_standby_of_its_own_and_fails_over_by_itself() -> None:
    fleet = REPLICAS.replace('{ id = "billing-ro", zone = "c",', '{ id = "billing-ro", zone = "c", multi_az = true,')
    play = Play(fleet).at("T+60s az:outage us-east-1c for=1h").until("10m")
    assert play.ids("billing-ro")[:3] == ["0013", "0015", "0049"]
    assert db(play, "billing-ro").primary.zone.name != "us-east-1c"
    assert play.app("billing-app").health.value == "ok"
    stream = db(play, "billing-ro").replication
    assert stream is not None
    assert stream.lag_us(play.cloud.now_us) < 6_000_000
    assert db(play).failovers == 0


@pytest.mark.fact("RDS-RR-13")
def test_a_standby_is_for_availability_and_a_replica_for_reads() -> None:
    play = Play(REPLICAS).until("1m")
    zone = play.zone("us-east-1b")
    assert play.cloud.traffic.probe(zone, "billing/2", False).answer is Answer.REFUSED
    assert play.cloud.traffic.probe(zone, "billing-ro/1", False).answer is Answer.SERVES
    play.do("az:outage us-east-1a for=1h").wait("5m")
    assert play.answers("billing") == ("billing/2",)  # the standby took over, no replica did
    assert db(play, "billing-ro").replication is not None


ANALYTICS = (
    REPLICAS.replace('reads_from = ["billing-ro"]', 'reads_from = ["billing"]')
    + """
[apps.analytics]
homes = ["us-east-1"]
reads_from = ["{endpoint}"]
reads = "480/s"
"""
)


@pytest.mark.fact("RDS-RR-23")
def test_analytics_on_a_replica_leaves_production_untouched_and_on_the_source_it_does_not() -> None:
    alone, beside, apart = (
        Play(fleet).until("5m").app("billing-app").service.value
        for fleet in (
            REPLICAS.replace('reads_from = ["billing-ro"]', 'reads_from = ["billing"]'),
            ANALYTICS.replace("{endpoint}", "billing"),
            ANALYTICS.replace("{endpoint}", "billing-ro"),
        )
    )
    assert apart.write_us == alone.write_us
    assert beside.write_us > 2 * alone.write_us


@pytest.mark.fact("RDS-RR-20")
def test_users_in_another_region_read_faster_from_a_replica_there() -> None:
    app = """
[apps.abroad]
homes = ["eu-west-1"]
reads_from = ["{endpoint}"]
reads = "50/s"
"""
    far, near = (
        Play(REPLICAS + app.format(endpoint=endpoint)).until("2m").app("abroad").service.value.read_us
        for endpoint in ("billing", "billing-dr")
    )
    assert near < far / 5


@pytest.mark.fact("RDS-RR-04")
def test_a_replica_may_stand_in_the_zone_of_its_source() -> None:
    play = Play(REPLICAS).until("1m").do("rds:create-db-instance-read-replica billing id=near zone=a").wait("2h")
    assert db(play, "near").primary.zone is db(play).primary.zone


@pytest.mark.fact("RDS-RR-16")
def test_a_promotion_does_not_help_against_a_mistake_because_it_was_replicated_too() -> None:
    play = Play(REPLICAS).until("1m").do("sql:create-database billing name=reports").wait("1m")
    play.do("sql:drop-database billing name=reports").wait("1m")
    play.do("rds:promote-read-replica billing-ro").wait("1h")
    assert databases(play, "billing-ro") == ("billing",)
    play.do("rds:reboot-db-instance billing force_failover=true").wait("10m")
    assert db(play).primary.id == "billing/2"
    assert databases(play) == ("billing",)  # the standby was as fast as the mistake


def test_only_a_replica_that_has_not_applied_the_mistake_yet_still_has_what_it_took() -> None:
    play = Play(REPLICAS).until("1m").do("sql:create-database billing name=reports").wait("1m")
    play.do("sim:replica-stall billing-ro").wait("1m").do("sql:drop-database billing name=reports").wait("1m")
    assert databases(play, "billing-ro") == ("billing", "reports")
    assert databases(play, "billing-dr") == ("billing",)
