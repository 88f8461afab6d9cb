"""`sim:failover-loop`: whoever leads is lost, again and again, and nothing that was acknowledged is."""

from itertools import pairwise

from opsconsole.cloud.losses import account
from tests.cloud.play import Play
from tests.cloud.rds_fleets import ALONE


def test_a_multi_az_instance_fails_over_as_often_as_its_standby_is_ready_again() -> None:
    play = Play("rds_multi_az").at("T+1m sim:failover-loop billing for=20m").until("1h")
    once = ["0013", "0015", "0049", "0361", "0362"]
    rounds = len(play.ids("billing")) // len(once)
    assert rounds >= 3
    assert play.ids("billing") == once * rounds
    assert play.cloud.rds["billing"].failovers == rounds
    assert play.all_well("billing-app", "40m", "1h")


def test_an_aurora_clusters_writer_moves_on_at_every_turn_and_no_write_is_lost() -> None:
    play = Play().at("T+1m sim:failover-loop orders for=10m every=1m").until("30m")
    led = [leader for _, leader in play.cluster().writer_history.since(0)]
    assert len(led) > 5
    assert all(before != after for before, after in pairwise(led))
    assert account(play.cloud, "checkout").lost == 0
    assert play.app().health.value == "ok"
    assert all(not instance.holds for instance in play.cloud.instances.values())


def test_an_operators_failover_does_not_end_it_and_healing_does() -> None:
    play = Play("rds_multi_az").do("sim:failover-loop billing every=20m")
    play.until_row("mirror", "billing", now="synchronised")
    play.do("rds:reboot-db-instance billing force_failover=true").until("50m")
    assert play.cloud.rds["billing"].failovers >= 3
    before = play.do("heal billing").wait("20m").cloud.rds["billing"].failovers
    assert play.wait("2h").cloud.rds["billing"].failovers == before
    assert play.app("billing-app").health.value == "ok"


def test_where_nobody_could_take_over_there_is_no_loop() -> None:
    assert "nobody could take over" in str(Play(ALONE).refusal("sim:failover-loop billing"))
    assert "nobody could take over" in str(Play("global_aurora").refusal("sim:failover-loop orders-eu"))
