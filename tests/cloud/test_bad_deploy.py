"""A bad deploy at T+10m that is noticed at T+21m: every copy has it, and what each way back costs, to the write."""

import pytest

from opsconsole import catalog
from opsconsole.cloud import databases, losses, recovery
from opsconsole.cloud.content import Content
from opsconsole.cloud.losses import Account
from tests.cloud.play import REQUEST, SECOND, Play

WRITES, SHARE = 300, 50  # writes a second, of which one in fifty is wrong
DEPLOYED, NOTICED = 600, 1260
CHECKOUT = "checkout"


def deploy_and_notice(fleet: str = "aurora_mysql") -> Play:
    """Everything up to the moment at which the app has stopped to write and its good version is live again."""
    play = Play(fleet).at(
        "T+10m mark before-deploy",
        "T+10m sim:bad-deploy checkout wrong=2%",
        "T+21m app:pause-writes checkout",
        "T+21m app:rollback-deploy checkout",
    )
    return play.until("25m")


def account(play: Play) -> Account:
    found = losses.account(play.cloud, CHECKOUT)
    assert found.acknowledged == found.present + found.lost + found.discarded + found.wrong_removed
    return found


def rto(play: Play) -> float:
    """From the first wrong acknowledged write to the first right one that is followed by ten good seconds."""
    (incident,) = play.app(CHECKOUT).incidents
    assert incident.began_us == DEPLOYED * SECOND
    assert incident.ended_us is not None
    return (incident.ended_us - incident.began_us) / SECOND


def rewound() -> Play:
    play = deploy_and_notice().do("rds:backtrack-db-cluster orders to=before-deploy")
    play.until_row("status", "orders", now="available")
    return play.do("app:resume-writes checkout").wait("10m")


def restored() -> Play:
    play = deploy_and_notice()
    play.do("rds:restore-db-cluster-to-point-in-time orders id=orders-2nd restore-to-time=before-deploy")
    play.until_row("status", "orders-2nd", within="3h", now="available")
    play.do("rds:create-db-instance orders-2nd id=second-1 zone=a").until_row("dns", "orders-2nd", within="1h")
    play.do("app:set-endpoint checkout endpoint=orders-2nd.writer use=both").do("app:resume-writes checkout")
    return play.wait("10m")


@pytest.mark.fact("RDS-BKP-45")
def test_all_is_green_while_every_copy_gets_wrong_rows() -> None:
    play = Play("aurora_mysql").at("T+10m sim:bad-deploy checkout wrong=2%").until("21m")
    assert play.app(CHECKOUT).health.value == "ok"
    assert all(instance.status.value == "available" for instance in play.cloud.instances.values())
    wrong = (NOTICED - DEPLOYED) * WRITES // SHARE
    for instance in play.cloud.instances.values():
        shown = instance.shown()
        assert shown is not None
        assert shown.wrong(CHECKOUT) == wrong * REQUEST
    newest = [way for way in recovery.ways(play.cloud, "orders") if way.given_up == 0]
    assert newest
    assert not any(way.clean for way in newest), "no failover helps"
    clean = [way.kind for way in recovery.ways_to(play.cloud, "orders", DEPLOYED * SECOND) if way.clean]
    assert clean == ["backtrack", "point in time"]


@pytest.mark.fact("RDS-BKP-45")
def test_a_standby_and_replicas_have_the_wrong_rows_too_and_a_restore_to_before_has_none() -> None:
    play = Play("global_aurora").at("T+10m mark good", "T+10m sim:bad-deploy billing wrong=5%").until("21m")
    wrong = 660 * 60 // 20
    assert play.cloud.rds["ledger"].content(play.cloud.now_us).wrong("billing") == wrong * REQUEST
    for replica in ("ledger-ro", "ledger-dr"):
        assert 0 < wrong * REQUEST - play.cloud.rds[replica].shown(play.cloud.now_us).wrong("billing") < 10 * REQUEST
    play.do("rds:restore-db-instance-to-point-in-time ledger id=ledger-2 restore-time=good")
    play.until_row("status", "ledger-2", within="2h", now="available")
    assert databases.content_of(play.cloud, "ledger-2").wrong_rows == 0


@pytest.mark.fact("AUR-BT-03", "AUR-BT-07", "AUR-BT-06")
def test_a_backtrack_takes_out_the_wrong_rows_and_the_good_ones_written_since_to_the_write() -> None:
    play = rewound()
    found = account(play)
    since = (NOTICED - DEPLOYED) * WRITES
    assert found.wrong_present == 0
    assert found.wrong_removed == since // SHARE * REQUEST
    assert found.discarded == (since - since // SHARE) * REQUEST
    assert found.lost == 0
    (gap,) = losses.gaps(play.cloud.clusters["orders"].storage.content(play.cloud.now_us), CHECKOUT, play.cloud.now_us)
    assert (gap.begins_us, gap.writes, gap.discarded) == (DEPLOYED * SECOND, found.discarded, True)
    assert gap.ends_us == pytest.approx(NOTICED * SECOND, abs=1000)
    assert not play.cloud.snapshots.kept, "no snapshot was needed"
    assert play.name("orders.writer").answers.value == ("orders-1",)


def test_a_backtrack_and_a_restore_of_one_seed_discard_the_same_and_differ_in_time() -> None:
    by_rewind, by_restore = rewound(), restored()
    one, other = account(by_rewind), account(by_restore)
    assert (one.wrong_removed, one.discarded, one.lost) == (other.wrong_removed, other.discarded, other.lost)
    backtrack, restore = catalog.timing("aurora-backtrack"), catalog.timing("aurora-restore")
    rewind_s, restore_s = rto(by_rewind), rto(by_restore)
    noticed = 25 * 60 - DEPLOYED
    assert backtrack.min_s <= rewind_s - noticed <= 2 * backtrack.max_s
    assert restore.min_s < restore_s - noticed
    assert restore_s > rewind_s + 300


def test_after_a_rewind_the_rows_are_those_of_the_mark_until_somebody_writes_again() -> None:
    play = deploy_and_notice()
    before = Content(play.volume().branch, DEPLOYED * SECOND)
    play.do("rds:backtrack-db-cluster orders to=before-deploy").until_row("status", "orders", now="available")
    now = play.volume().content(play.cloud.now_us)
    assert now.position == before.position
    assert now.acknowledged(CHECKOUT) == before.acknowledged(CHECKOUT) == DEPLOYED * WRITES * REQUEST
    assert now.lived(play.cloud.marks["before-deploy"])


def test_a_mark_that_was_rewound_over_is_not_in_the_database_and_is_again_after_going_forwards() -> None:
    play = Play("aurora_mysql").at("T+5m mark early", "T+10m mark late").until("15m").do("app:pause-writes checkout")
    play.do("rds:backtrack-db-cluster orders to=early").until_row("status", "orders", now="available")
    content = play.volume().content(play.cloud.now_us)
    assert content.lived(play.cloud.marks["early"])
    assert not content.lived(play.cloud.marks["late"])
    play.do("rds:backtrack-db-cluster orders to=late").until_row("status", "orders", now="available")
    content = play.volume().content(play.cloud.now_us)
    assert content.lived(play.cloud.marks["late"])
    assert content.acknowledged(CHECKOUT) == 600 * WRITES * REQUEST


def test_a_rollback_stops_new_wrong_rows_and_mends_none() -> None:
    play = Play("aurora_mysql").at("T+1m sim:bad-deploy checkout wrong=2%").until("2m")
    play.do("app:rollback-deploy checkout").until_row("fault", "checkout", now="healed")
    at_rollback = play.volume().content(play.cloud.now_us).wrong(CHECKOUT)
    play.wait("10m")
    assert play.volume().content(play.cloud.now_us).wrong(CHECKOUT) == at_rollback > 0
    assert "runs its good version" in play.refusal("app:rollback-deploy checkout").sentence


@pytest.mark.parametrize(
    ("fleet", "database", "app"), [("aurora_mysql", "orders", "checkout"), ("rds_multi_az", "billing", "billing-app")]
)
def test_a_dropped_table_fails_the_statements_that_need_it_on_every_copy_until_a_copy_from_before_serves(
    fleet: str, database: str, app: str
) -> None:
    play = Play(fleet).until("10m").do("mark good").wait("1s")
    play.do(f"sim:drop-table {database} table=customers share=10%").wait("1m")
    seen = play.saw(app, "10m2s", "11m")
    assert seen.writes_failed * 10 == pytest.approx(seen.writes_due, rel=0.01)
    assert seen.reads_failed * 10 == pytest.approx(seen.reads_due, rel=0.01)
    assert any("1146" in text for text, _ in play.app(app).service.value.errors)
    assert not any(way.clean for way in recovery.ways(play.cloud, database) if way.given_up == 0)
    assert "no table customers any more" in play.refusal(f"sim:drop-table {database}").sentence


def test_a_dropped_table_is_missing_on_a_replica_once_that_has_applied_it_and_not_before() -> None:
    play = Play("global_aurora").until("10m").do("sim:replica-stall ledger-ro").do("sim:drop-table ledger share=10%")
    play.wait("5m")
    assert not play.cloud.rds["ledger-ro"].primary.shown().damage
    errors = dict(play.app("billing").service.value.errors)
    play.do("heal all").wait("2m")
    assert play.cloud.rds["ledger-ro"].primary.shown().damage
    assert sum(dict(play.app("billing").service.value.errors).values()) > sum(errors.values())
