"""Previews: the blast radius as it stands now, without touching anything; and what then really happens."""

from collections.abc import Iterable

import pytest

from opsconsole.cloud import Refused
from opsconsole.commands import Command, Preview, TargetKind, choices, parse, registry
from tests.cloud.play import Play
from tests.cloud.test_failover import ALONE


def preview(play: Play, line: str) -> Preview:
    return parse(line).preview(play.cloud)


def is_refused(command: Command, play: Play) -> bool:
    try:
        command.admit(play.cloud)
    except Refused:
        return True
    return False


FIELDS = {
    "rds:create-db-instance": "id=orders-9",
    "rds:create-db-cluster": "id=new engine=aurora-mysql",
    "rds:copy-db-snapshot": "id=copy",
    "rds:copy-db-cluster-snapshot": "id=copy",
    "rds:restore-db-instance-from-db-snapshot": "id=new",
    "rds:restore-db-instance-to-point-in-time": "id=new restore-time=2026-01-05T08:30:00Z",
    "rds:restore-db-cluster-from-snapshot": "id=new",
    "rds:restore-db-cluster-to-point-in-time": "id=new restore-type=copy-on-write",
    "rds:backtrack-db-cluster": "to=2026-01-05T08:30:00Z",
    "rds:create-db-instance-read-replica": "id=ledger-9",
    "rds:apply-pending-maintenance-action": "action=db-upgrade",
    "sql:create-database": "name=reports",
    "sql:drop-database": "name=reports",
    "application-autoscaling:put-scaling-policy": "value=60 min=1 max=5",
    "rds:create-db-cluster-endpoint": "id=fast",
    "rds:delete-db-cluster-endpoint": "id=fast",
    "app:set-endpoint": "endpoint=orders.reader",
    "app:set-dns-ttl": "ttl=5s",
    "app:set-tls": "tls=off",
    "rds:create-db-parameter-group": "name=strict family=postgres16",
    "rds:modify-db-parameter-group": "parameter=rds.force_ssl value=1",
    "sql:require-ssl": "user=checkout",
    "aws:elasticache:replicationgroup-interrupt-az-power": "zone=a",
    "elasticache:increase-replica-count": "new=3",
    "elasticache:decrease-replica-count": "new=0",
    "elasticache:modify-replication-group-shard-configuration": "shards=4",
    "elasticache:modify-cache-cluster": "nodes=4",
    "elasticache:create-snapshot": "name=monday",
    "say": "text=hello",
}
"""Fields that a command cannot do without."""


def look_at_previews(names: Iterable[str]) -> str:
    """The event log's digest of a run in which the previews of these commands are looked at now and then."""
    play = Play("global_aurora", 4)
    play.at("T+0s rds:create-db-cluster-snapshot catalog id=kept", "T+1m az:outage us-east-1a for=5m")
    for when in ("30s", "65s", "75s", "3m"):
        play.until(when)
        for name in names:
            takes = registry()[name].takes
            for target in ["label"] if takes is TargetKind.LABEL else choices(play.cloud, takes):
                command = parse(f"{name} {target} {FIELDS.get(name, '')}")
                found = command.preview(play.cloud) if not is_refused(command, play) else Preview()
                assert all(sentence and sentence[-1] != "." for sentence in found.sentences), name
    return play.until("10m").cloud.log.digest


def test_looking_at_the_preview_of_any_command_changes_nothing() -> None:
    left_alone = look_at_previews(())
    if look_at_previews(sorted(registry())) != left_alone:
        found = [name for name in sorted(registry()) if look_at_previews([name]) != left_alone]
        pytest.fail(f"looked at alone, these change what comes: {', '.join(found) or 'none'}")


def test_a_zones_outage_names_what_stands_there_and_who_feels_it() -> None:
    found = preview(Play("global_aurora").until("10s"), "az:outage us-east-1a")
    aurora = ("orders-1", "orders-eu-1", "orders-eu-2")  # a secondary's readers restart with the writer
    assert found.nodes == (*aurora, "ledger", "pages/0001", "sessions-001")
    assert {"orders.writer", "orders-eu.reader", "ledger", "sessions.primary"} <= set(found.names)
    assert set(found.apps) == {"billing", "checkout", "storefront", "storefront-eu"}
    assert any("the standby in us-east-1b takes over" in sentence for sentence in found.sentences)
    assert any("4 of 6 copies" in sentence for sentence in found.sentences)
    assert any("writer of orders" in sentence for sentence in found.sentences)


def test_a_cut_off_zone_loses_no_copy_by_itself() -> None:
    found = preview(Play("global_aurora"), "az:partition us-east-1a")
    assert not any("copies" in sentence for sentence in found.sentences)


def test_a_regions_outage_names_everything_in_it() -> None:
    found = preview(Play("global_aurora").until("10s"), "region:outage us-east-1")
    aurora = {"orders-1", "orders-2", "orders-3", "catalog-1", "catalog-2"}
    caches = {f"pages/000{number}" for number in (1, 2, 3)} | {f"sessions-00{number}" for number in (1, 2, 3)}
    assert set(found.nodes) == {*aurora, *caches, "ledger", "ledger-ro"}
    assert any("nobody can take over" in sentence for sentence in found.sentences)


def test_a_failover_names_the_one_who_is_then_promoted() -> None:
    play = Play("global_aurora").until("10s")
    found = preview(play, "rds:failover-db-cluster orders")
    assert found.nodes == ("orders-1", "orders-2", "orders-eu-1", "orders-eu-2")
    assert found.names == ("orders.writer", "orders.reader", "orders-eu.reader")
    assert set(found.apps) == {"checkout", "storefront-eu"}
    play.do("rds:failover-db-cluster orders").until("5m")
    assert play.writer() == "orders-2"


def test_a_dead_host_names_the_one_who_is_then_promoted_or_says_that_there_is_none() -> None:
    assert preview(Play(), "sim:crash-host orders-1").sentences == ("orders-2 is promoted",)
    assert "same zone" in preview(Play(ALONE), "sim:crash-host orders-1").sentences[0]
    assert preview(Play(), "sim:crash-host orders-3").sentences == ("leaves the reader endpoint",)


@pytest.mark.parametrize(
    ("copies", "says"),
    [(1, "nothing is felt"), (2, "nothing is felt"), (3, "reads go on"), (4, "reads and writes stop")],
)
def test_held_copies_say_what_stops_and_it_does(copies: int, says: str) -> None:
    play = Play().until("10s")
    line = f"sim:storage-node-loss orders copies={copies}"
    assert says in preview(play, line).sentences[0]
    play.do(line).until("1m")
    seen = play.saw("checkout", "30s", "1m")
    stopped = (seen.writes_ok == 0, seen.reads_ok == 0)
    assert stopped == (copies >= 3, copies >= 4)


def test_a_failover_with_data_loss_counts_the_writes_at_risk_and_a_switchover_has_none() -> None:
    play = Play("global_aurora").at("T+1m link:cut us-east-1/eu-west-1").until("2m")
    lossy = preview(play, "rds:failover-global-cluster orders-global allow_data_loss=true")
    missing = play.present("checkout") - play.present("checkout", "orders-eu")
    assert lossy.writes_at_risk == missing // 10**9 > 20_000
    assert any("60.1 s" in sentence for sentence in lossy.sentences)
    assert preview(play, "rds:switchover-global-cluster orders-global").writes_at_risk == 0


def test_deleting_the_last_instance_says_what_that_means() -> None:
    assert "last instance" in preview(Play(ALONE), "rds:delete-db-instance orders-1").sentences[0]
    assert "promoted first" in preview(Play(), "rds:delete-db-instance orders-1").sentences[0]
    assert "stays in the volume" in preview(Play(), "rds:delete-db-instance orders-3").sentences[0]


def test_a_new_reader_says_where_and_how_soon_and_that_nothing_is_copied() -> None:
    (sentence,) = preview(Play(ALONE), "rds:create-db-instance orders id=orders-2").sentences
    assert "us-east-1b" in sentence
    assert "6 minutes" in sentence
    assert "no data is copied" in sentence


def test_the_operations_of_a_command_are_offered_only_where_they_make_sense() -> None:
    takes = {name: model.takes for name, model in registry().items()}
    assert takes["sim:replica-stall"] is TargetKind.READER
    assert takes["heal"] is TargetKind.HEALABLE
    assert takes["mark"] is TargetKind.LABEL


def test_only_a_reboot_with_failover_has_clients_learn_an_address() -> None:
    play = Play("rds_multi_az", 4)
    assert "address" not in preview(play, "rds:reboot-db-instance billing").sentences[0]
    assert "address" in preview(play, "rds:reboot-db-instance billing force_failover=true").sentences[0]
    later = preview(play, "rds:modify-db-instance billing class=db.m6g.2xlarge").sentences
    assert later[-1] == "waits for the maintenance window sun:05:00-sun:05:30, in 5d20h"


def test_a_region_that_is_cut_off_stops_read_replicas_too() -> None:
    cloud = Play("global_aurora").cloud
    preview = parse("region:partition eu-west-1").preview(cloud)
    assert any("ledger to ledger-dr stops" in sentence for sentence in preview.sentences)
    link = parse("link:cut us-east-1/eu-west-1").preview(cloud)
    assert any("replication to ledger-dr" in sentence for sentence in link.sentences)


def test_a_promotion_says_how_long_at_most_that_it_reboots_and_what_becomes_of_its_readers() -> None:
    play = Play("global_aurora").until("1m")
    found = preview(play, "rds:promote-read-replica ledger-ro")
    assert found.sentences == (
        "read-write after typically 5m, up to 20m, under its own name: apps must be pointed at it",
        "before that it reboots: down for typically 1m, up to 4m",
        "billing reads from it: cut off by the reboot, then a copy that no longer follows",
        "it leaves the history of ledger for good",
        "ledger-dr stays with ledger",
    )
    play.do("rds:promote-read-replica ledger-ro").until("1h")
    (rebooting,) = play.when("status", "ledger-ro", now="rebooting")
    serving = next(t for t in play.when("status", "ledger-ro") if t > rebooting)
    seen = play.saw("billing", f"{rebooting + 1:.0f}s", f"{serving - 1:.0f}s")
    assert 24 <= serving - rebooting <= 600
    assert seen.reads_ok == 0 < seen.reads_due
