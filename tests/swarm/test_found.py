"""What the swarm has found, each made small: it may not come back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from opsconsole import catalog
from opsconsole.cloud import Cloud, losses, writelog
from opsconsole.commands import parse
from opsconsole.engine.session import OrderState, Session
from opsconsole.fleet import parse_fleet
from tests.swarm import store_calm
from tests.swarm.run import Frozen, run

HOUR_US = 3600 * 1_000_000
DAY_US = 24 * HOUR_US
PLACES = 'name = "Found"\nseed = 1\n[regions]\nus-east-1 = { zones = ["a", "b", "c"] }\n'
CHAIN = """
[rds.r1]
engine = "mysql"
region = "us-east-1"
zone = "a"
class = "db.r6g.large"
storage = "200 GiB"
replicas = [
  { id = "r2", zone = "b", backup_retention = "1d" },
  { id = "r3", zone = "c", source = "r2" },
]
[apps.app]
homes = ["us-east-1"]
writes_to = "r1"
writes = "500/s"
"""
CACHED = """
[elasticache.k1]
engine = "redis"
region = "us-east-1"
shards = 1
replicas = 5
[rds.r1]
engine = "mysql"
region = "us-east-1"
zone = "a"
class = "db.r6g.large"
storage = "200 GiB"
[apps.app]
homes = ["us-east-1"]
writes_to = "r1"
writes = "5/s"
reads = "900/s"
cache = { store = "k1", pattern = "write-through", keys = 1000 }
"""

THREE_MEMBERS = """
name = "Swarm 929"
seed = 929
[regions]
ap-northeast-1 = { zones = ["a", "c", "d"] }
us-east-1 = { zones = ["a", "b", "c"] }
us-west-2 = { zones = ["a", "b", "c"] }
[aurora.c1]
engine = "aurora-mysql"
region = "us-east-1"
storage = "15 GiB"
instances = [{ id = "c1-1", zone = "a", class = "db.r7g.4xlarge" }]
[aurora.c2]
engine = "aurora-mysql"
region = "us-west-2"
instances = [{ id = "c2-6", zone = "c", class = "db.r6g.2xlarge", tier = 15 }]
[aurora.c3]
engine = "aurora-mysql"
region = "ap-northeast-1"
instances = [{ id = "c3-3", zone = "d", class = "db.r7g.4xlarge", tier = 1 }]
[global.g1]
primary = "c1"
secondaries = ["c2", "c3"]
"""
TWO_MEMBERS = """
name = "Swarm 30176"
seed = 30176
[regions]
ap-northeast-1 = { zones = ["a", "c", "d"] }
us-east-1 = { zones = ["a", "b", "c"] }
[aurora.c2]
engine = "aurora-postgresql"
region = "us-east-1"
engine_version = "12.13"
storage = "10 GiB"
instances = [{ id = "c2-2", zone = "b", class = "db.r5.24xlarge", tier = 2 }]
[aurora.c3]
engine = "aurora-postgresql"
region = "ap-northeast-1"
instances = [{ id = "c3-3", zone = "d", class = "db.r6g.xlarge", tier = 2 }]
[global.g1]
primary = "c2"
secondaries = ["c3"]
[timings]
aurora-host-replacement = "45s"
aurora-restart = "45s"
"""


def test_a_member_is_resynchronised_once_at_a_time() -> None:
    lines = (
        "T+451.597331s rds:failover-global-cluster g1 to=c2",
        "T+1485.004847s rds:failover-global-cluster g1 allow_data_loss=true to=c1",
        "T+4422.183865s rds:failover-global-cluster g1 allow_data_loss=true to=c2",
        "T+4941.436202s rds:failover-global-cluster g1 allow_data_loss=true to=c3",
    )
    result = run(Frozen(929, fleet=THREE_MEMBERS, lines=lines, until_s=5515.68))
    assert (result.verdict, result.sentence, result.commands) == ("ok", "", 4)


def test_a_member_is_resynchronised_over_an_open_way() -> None:
    lines = (
        "T+3486.908048s rds:failover-global-cluster g1 allow_data_loss=true",
        "T+4523.179803s region:outage ap-northeast-1",
    )
    result = run(Frozen(30176, fleet=TWO_MEMBERS, lines=lines, until_s=30853.9))
    assert (result.verdict, result.sentence, result.commands) == ("ok", "", 3)


def session(text: str) -> Session:
    return session_of(PLACES + text)


def cached(*zones: str) -> str:
    """`CACHED` without cluster mode: a primary in the first zone, replicas in the others."""
    nodes = ", ".join(f'{{ zone = "{zone}" }}' for zone in zones)
    return CACHED.replace("shards = 1\nreplicas = 5", f"nodes = [{nodes}]")


def session_of(fleet: str) -> Session:
    return Session(Cloud(parse_fleet(fleet, "found.toml"), 1))


def ask(one: Session, line: str) -> OrderState:
    return one.ask(parse(line), "test").state


def flows(one: Session, id: str) -> bool:
    stream = one.cloud.rds[id].replication
    return stream is not None and stream.flows


def test_a_replica_receives_nothing_while_its_source_does_not_run() -> None:
    one = session(CHAIN)
    one.run_until(60_000_000)
    assert flows(one, "r2")
    ask(one, "rds:reboot-db-instance r1")
    assert not flows(one, "r2")
    one.run_until(HOUR_US)
    assert flows(one, "r2")


def test_a_replica_receives_nothing_before_it_exists() -> None:
    one = session(CHAIN)
    ask(one, "rds:create-db-instance-read-replica r1 id=r4 zone=b")
    assert not flows(one, "r4")
    one.run_until(3 * HOUR_US)
    assert flows(one, "r4")


def test_a_stopped_replica_of_a_promoted_replica_stays_where_it_was() -> None:
    one = session(CHAIN)
    one.run_until(60_000_000)
    ask(one, "mysql:rds_stop_replication r3")
    before = one.cloud.rds["r3"].replication
    assert before is not None
    held = before.received.received(one.now_us)
    one.run_until(120_000_000)
    ask(one, "rds:promote-read-replica r2")
    one.run_until(180_000_000)
    after = one.cloud.rds["r3"].replication
    assert after is not None
    assert after is not before
    assert after.status.value == "stopped"
    assert after.received.received(one.now_us) == held
    ask(one, "mysql:rds_start_replication r3")
    one.run_until(HOUR_US)
    assert after.received.received(one.now_us) == one.cloud.rds["r2"].contents.position(one.now_us) > held


def test_a_stalled_replica_of_a_promoted_replica_stays_stalled_until_it_is_healed() -> None:
    one = session(CHAIN)
    ask(one, "sim:replica-stall r3")
    one.run_until(60_000_000)
    ask(one, "rds:promote-read-replica r2")
    one.run_until(HOUR_US)
    stream = one.cloud.rds["r3"].replication
    assert stream is not None
    assert not stream.applied.open
    ask(one, "heal all")
    assert stream.applied.open


def test_a_tier_asked_of_an_instance_without_a_cluster_is_refused_and_has_no_effects() -> None:
    one = session(CHAIN)
    command = parse("rds:modify-db-instance r1 tier=2")
    assert command.preview(one.cloud).sentences == ()
    assert one.ask(command, "test").state is OrderState.REFUSED


def test_an_app_reads_from_a_cache_that_it_writes_through_and_needs_no_other_place() -> None:
    one = session(CACHED)
    one.run_until(60_000_000)
    flow = one.cloud.apps["app"].books.rates_at(one.now_us)
    assert flow.reads_due == flow.reads_ok == 900_000


def test_the_hot_key_is_asked_for_no_more_often_than_users_reach_the_app() -> None:
    one = session(CACHED.replace("keys = 1000", "keys = 1000, hot_key = 0.9"))
    one.run_until(60_000_000)
    ask(one, "az:outage us-east-1b")
    cache = one.cloud.apps["app"].cache
    assert cache is not None
    look = cache.look
    assert look.hits + look.misses + look.failed == sum(got.asked for got in look.gets.values()) == 600_000
    assert look.misses >= 0


def test_the_reader_endpoint_forgets_a_replica_at_the_latest_when_it_is_deleted() -> None:
    slow = '[timings]\nelasticache-failover = "20m"\n'
    one = session(CACHED + slow)
    ask(one, "elasticache:decrease-replica-count k1 new=1")
    one.run_until(HOUR_US)
    group = one.cloud.caches["k1"]
    record = group.shards["0001"].reader_record
    assert record is not None
    assert set(record.answers.value) <= set(group.nodes)


def test_an_app_s_sql_does_not_go_to_a_cache() -> None:
    one = session(CACHED)
    assert ask(one, "app:set-endpoint app endpoint=k1.0001.primary") is OrderState.REFUSED
    assert losses.account(one.cloud, "app").lost == 0


def test_a_cache_too_small_for_its_keys_does_not_look_again_and_again_for_relief() -> None:
    text = CACHED.replace("keys = 1000", 'keys = 10, item = "64 KiB"').replace('"write-through"', '"lazy"')
    text = text.replace('writes_to = "r1"', 'writes_to = "r1"\nreads_from = ["r1"]').replace("900/s", "8000/s")
    other = """
[apps.big]
homes = ["us-east-1"]
reads_from = ["r1"]
reads = "8000/s"
cache = { store = "k1", pattern = "lazy", keys = 2000000, item = "64 KiB", ttl = "10m" }
"""
    one = session(text + other)
    kernel, instants = one.cloud.kernel, 0
    while (due := kernel.next_time_us) is not None and due < 10_000_000 and instants < 200:
        kernel.run_until(due)
        instants += 1
    assert instants < 200


def test_a_standby_that_comes_back_while_its_primary_restarts_is_a_standby_again() -> None:
    one = session(CHAIN.replace('zone = "a"', 'zone = "a"\nmulti_az = true', 1))
    one.run_until(60_000_000)
    ask(one, "rds:reboot-db-instance r1")
    ask(one, "az:outage us-east-1b for=2s")
    one.run_until(HOUR_US)
    db = one.cloud.rds["r1"]
    assert db.standby is not None
    assert (db.mirror.value, db.standby.engine.value) == ("synchronised", "standby")


def test_histories_of_a_shard_that_begin_at_one_instant_have_names_of_their_own() -> None:
    shard = session(CACHED).cloud.caches["k1"].shards["0001"]
    ids = [shard.branch.id] if shard.branch is not None else []
    for _ in range(3):
        shard.empty("test")
        ids += [shard.branch.id] if shard.branch is not None else []
    assert len(set(ids)) == 4


def test_a_former_primary_that_is_cut_off_goes_on_with_its_own_history_when_the_cache_is_flushed() -> None:
    one = session(CACHED)
    ask(one, "sim:cut-network k1-0001-001")
    one.run_until(HOUR_US)
    shard = one.cloud.caches["k1"].shards["0001"]
    former = shard.nodes["k1-0001-001"]
    assert former.leads
    assert shard.primary is not former
    ask(one, "sim:cache-flush k1")
    assert former.led_branch is not shard.branch


def test_a_shard_whose_number_is_used_again_has_a_history_of_its_own() -> None:
    one = session(CACHED.replace("shards = 1", "shards = 2"))
    names = set()
    for line in ("shards=1 remove=0002", "shards=2"):
        names |= {shard.branch.id for shard in one.cloud.caches["k1"].shards.values() if shard.branch is not None}
        assert ask(one, f"elasticache:modify-replication-group-shard-configuration k1 {line}") is not OrderState.REFUSED
        one.run_until(one.now_us + 4 * HOUR_US)
    again = one.cloud.caches["k1"].shards["0002"].branch
    assert again is not None
    assert again.id not in names


def test_a_reboot_that_ends_while_the_standby_takes_over_does_not_open_the_old_primary() -> None:
    slow = '[timings]\nrds-multi-az-failover = "5m"\nrds-reboot = "45s"\n'
    one = session(CHAIN.replace('zone = "a"', 'zone = "a"\nmulti_az = true', 1) + slow)
    one.run_until(60_000_000)
    ask(one, "sim:cut-network r1/1")
    db, kernel = one.cloud.rds["r1"], one.cloud.kernel
    while not any(host.running for host in db.hosts.values()) or db.primary.id == "r1/1":
        due = kernel.next_time_us
        assert due is not None
        assert due < 2 * HOUR_US, "nobody took over"
        kernel.run_until(due)
        if not db.failing_over and db.status.value == "available" and db.primary.id == "r1/1":
            ask(one, "rds:reboot-db-instance r1")
        assert sum(host.running for host in db.hosts.values()) <= 1
    one.run_until(kernel.now_us + HOUR_US)
    assert [host.id for host in db.hosts.values() if host.running] == ["r1/2"]


def test_what_a_former_primary_took_while_it_was_cut_off_is_lost_when_it_is_deleted() -> None:
    one = session(CACHED)
    ask(one, "az:partition us-east-1a")
    one.run_until(HOUR_US)
    shard = one.cloud.caches["k1"].shards["0001"]
    assert list(shard.cut_off) == ["k1-0001-001"]
    assert ask(one, "elasticache:decrease-replica-count k1 new=4 remove=k1-0001-001") is not OrderState.REFUSED
    one.run_until(2 * HOUR_US)
    assert "k1-0001-001" not in shard.nodes
    assert not shard.cut_off


# -- backups, snapshots, restores, keys -----------------------------------------------------------------------------

KEPT = """
[kms.key]
region = "us-east-1"
[rds.r1]
engine = "mysql"
region = "us-east-1"
zone = "a"
class = "db.r6g.large"
storage = "200 GiB"
kms_key = "key"
[aurora.c1]
engine = "aurora-mysql"
region = "us-east-1"
kms_key = "key"
backtrack = "24h"
instances = [{ id = "c1-1", zone = "a", class = "db.r6g.large" }, { id = "c1-2", zone = "b", class = "db.r6g.large" }]
[multi_az_cluster.m1]
engine = "mysql"
region = "us-east-1"
class = "db.r6gd.large"
storage = "100 GiB"
kms_key = "key"
[apps.app]
homes = ["us-east-1"]
writes_to = "r1"
writes = "50/s"
"""
MINUTE_US = 60 * 1_000_000


def closed() -> Session:
    """Everything is closed since its key was disabled."""
    one = session(KEPT)
    ask(one, "kms:disable-key key")
    one.run_until(HOUR_US)
    return one


def statuses(one: Session, *ids: str) -> list[str]:
    return [(one.cloud.clusters.get(id) or one.cloud.rds[id]).status.value for id in ids]


def test_a_quiet_cluster_is_backed_up_from_the_start() -> None:
    one = session(KEPT)
    one.run_until(HOUR_US)
    for id in ("c1", "m1", "r1"):
        latest = one.cloud.snapshots.archives[id].latest_us()
        assert latest is not None
        assert HOUR_US - latest <= 300 * 1_000_000


def test_what_its_key_closed_is_started_again_and_backed_up_again() -> None:
    one = closed()
    assert set(statuses(one, "c1", "m1", "r1")) == {"inaccessible-encryption-credentials-recoverable"}
    ask(one, "kms:enable-key key")
    for line in ("rds:start-db-cluster c1", "rds:start-db-cluster m1", "rds:start-db-instance r1"):
        assert ask(one, line) is OrderState.DONE
    one.run_until(24 * HOUR_US)
    assert statuses(one, "c1", "m1", "r1") == ["available"] * 3
    assert len(one.cloud.rds["r1"].archive.taken) == len(one.cloud.clusters["m1"].archive.taken) == 1


def test_a_cluster_is_not_closed_for_its_key_while_an_instance_of_it_is_being_made() -> None:
    one = session(KEPT)
    one.run_until(MINUTE_US)
    ask(one, "rds:create-db-instance c1 id=c1-3")
    ask(one, "kms:disable-key key")
    while one.cloud.instances["c1-3"].status.value == "creating":
        assert statuses(one, "c1") == ["available"]
        one.run_until(one.now_us + MINUTE_US)
    one.run_until(one.now_us + HOUR_US)
    assert statuses(one, "c1") == ["inaccessible-encryption-credentials-recoverable"]


def test_an_instance_that_is_closed_is_not_busy_after_its_host_was_replaced() -> None:
    one = closed()
    ask(one, "sim:crash-host c1-2")
    one.run_until(3 * HOUR_US)
    assert one.cloud.instances["c1-2"].host_up
    assert one.cloud.instances["c1-2"].busy_until_us is None


def test_a_copy_of_a_cluster_snapshot_has_no_event() -> None:
    one = session(KEPT)
    ask(one, "rds:create-db-cluster-snapshot c1 id=first")
    one.run_until(HOUR_US)
    assert ask(one, "rds:copy-db-cluster-snapshot first id=second") is OrderState.DONE
    one.run_until(2 * HOUR_US)
    assert one.cloud.snapshots["second"].available
    assert not [row for row in one.cloud.log.tail if row["stream"] == "aws" and row["source"] == "second"]


def test_a_restore_gives_up_nothing_of_another_database_that_has_the_id_now() -> None:
    one = session(KEPT)
    one.run_until(MINUTE_US)
    ask(one, "rds:delete-db-instance r1 final-snapshot=last")
    one.run_until(3 * HOUR_US)
    assert ask(one, "rds:create-db-instance us-east-1 id=r1 engine=mysql") is OrderState.DONE
    one.run_until(4 * HOUR_US)
    assert ask(one, "rds:restore-db-instance-from-db-snapshot last id=r2") is OrderState.DONE
    restored = one.cloud.rds["r2"].branch
    assert restored.instead is not None
    assert (restored.instead.branch, restored.instead.until_us) == (restored.parent, restored.fork_us)


def test_backups_that_were_kept_are_gone_with_their_last_snapshot() -> None:
    one = session(KEPT)
    one.run_until(MINUTE_US)
    ask(one, "rds:delete-db-instance r1 skip-final-snapshot=true delete-automated-backups=false")
    one.run_until(12 * HOUR_US)
    assert "ab-r1" in one.cloud.snapshots.archives
    while "ab-r1" in one.cloud.snapshots.archives:
        assert one.cloud.snapshots.archives["ab-r1"].earliest_us() is not None
        assert one.now_us < 48 * HOUR_US
        one.run_until(one.now_us + HOUR_US // 2)


def test_a_zone_that_changes_does_not_boot_what_start_db_cluster_is_starting() -> None:
    one = session(KEPT)
    ask(one, "sim:kms-key-disabled key for=5m")
    one.run_until(HOUR_US)
    assert ask(one, "rds:start-db-cluster c1") is OrderState.DONE
    began_us, writer = one.now_us, one.cloud.instances["c1-1"]
    one.run_until(began_us + 10_000_000)
    ask(one, "az:partition us-east-1c for=1m")
    ask(one, "az:outage us-east-1b for=10s")
    one.run_until(began_us + 60_000_000)
    assert one.cloud.clusters["c1"].status.value == writer.status.value == "starting"
    one.run_until(began_us + 3 * HOUR_US)
    assert all(one.cloud.instances[id].running for id in ("c1-1", "c1-2"))
    assert writer.status.value == "available"


def test_what_was_renewed_again_and_again_has_been_loaded_just_now() -> None:
    """Written through thirteen times a second for hours, what was loaded at first is nothing, not a number of it."""
    text = """
[rds.r1]
engine = "mysql"
region = "us-east-1"
zone = "a"
class = "db.m6g.large"
storage = "100 GiB"
[elasticache.k1]
engine = "redis"
region = "us-east-1"
nodes = [{ zone = "a" }]
[apps.app]
homes = ["us-east-1"]
writes_to = "r1"
reads_from = ["r1"]
writes = "400/s"
reads = "3000/s"
profile = "office"
cache = { store = "k1", pattern = "lazy+write-through", keys = 50000, item = "64 KiB", ttl = "4h" }
"""
    one = session(text)
    one.run_until(11 * HOUR_US)
    cache = one.cloud.apps["app"].cache
    assert cache is not None
    assert cache.look.hits > 0


def test_a_failover_that_is_under_way_does_not_open_what_has_lost_its_key() -> None:
    fleet = """
name = "Found"
seed = 4163
[regions]
us-east-1 = { zones = ["a", "b", "c"] }
[kms.key1]
region = "us-east-1"
[rds.r3]
engine = "postgres"
region = "us-east-1"
zone = "c"
class = "db.r5.xlarge"
storage = "20 GiB"
storage_type = "standard"
backup_retention = "1d"
kms_key = "key1"
multi_az = true
replicas = [{ id = "r3-r6", zone = "b", multi_az = true }]
"""
    lines = ("T+27.179572s sim:fail-storage r3-r6", "T+67.079223s sim:kms-key-disabled key1 for=1h")
    result = run(Frozen(4163, fleet=fleet, lines=lines, until_s=214.741))
    assert (result.verdict, result.sentence, result.commands) == ("ok", "", 6)


def test_a_reboot_ends_in_what_is_still_loading_from_its_snapshot() -> None:
    one = session(CHAIN.replace('storage = "200 GiB"', 'storage = "200 GiB"\ndata = "180 GiB"'))
    ask(one, "rds:create-db-snapshot r1 id=kept")
    one.run_until(2 * HOUR_US)
    ask(one, "rds:restore-db-instance-from-db-snapshot kept id=again")
    db = one.cloud.rds["again"]
    until(one, lambda: db.status.value == "storage-initialization")
    assert ask(one, "rds:reboot-db-instance again") is not OrderState.REFUSED
    assert db.status.value == "rebooting"
    until(one, lambda: db.status.value != "rebooting")
    assert db.status.value == "storage-initialization"
    assert db.status.value in catalog.statuses("db-instance")["rebooting"].next


def test_a_key_does_not_close_what_waits_for_its_host_to_be_changed() -> None:
    one = session(KEPT)
    ask(one, "sim:fail-storage r1 for=2h")
    one.run_until(MINUTE_US)
    assert ask(one, "rds:modify-db-instance r1 port=3307") is not OrderState.REFUSED
    ask(one, "kms:disable-key key")
    one.run_until(HOUR_US)
    assert statuses(one, "r1") == ["available"]
    one.run_until(3 * HOUR_US)
    assert one.cloud.rds["r1"].settings.port == 3307
    assert statuses(one, "r1") == ["inaccessible-encryption-credentials-recoverable"]


def test_a_shard_that_leaves_is_gone_by_the_log() -> None:
    one = session(CACHED.replace("shards = 1\nreplicas = 5", "shards = 2\nreplicas = 1"))
    ask(one, "elasticache:modify-replication-group-shard-configuration k1 shards=1 remove=0002")
    one.run_until(6 * HOUR_US)
    told = [row["now"] for row in one.cloud.log.tail if row["source"] == "k1/0002" and row.get("kind") == "status"]
    assert told == ["deleting", "gone"]


def promoted(line: str) -> tuple[Session, list[str]]:
    """`line` makes c3 the primary, and at once a snapshot of it is asked for: c3's statuses by the log."""
    one = session_of(TWO_MEMBERS)
    one.run_until(MINUTE_US)
    assert ask(one, line) is not OrderState.REFUSED
    assert ask(one, "rds:create-db-cluster-snapshot c3") is OrderState.REFUSED
    one.run_until(HOUR_US)
    told = [row["now"] for row in one.cloud.log.tail if row["source"] == "c3" and row.get("kind") == "status"]
    return one, told


def test_no_snapshot_is_made_of_a_cluster_that_a_switchover_is_about_to_promote() -> None:
    one, told = promoted("rds:switchover-global-cluster g1")
    assert (one.cloud.global_databases["g1"].primary.id, told) == ("c3", ["promoting", "available"])


def test_no_snapshot_is_made_of_a_cluster_that_a_failover_is_about_to_promote() -> None:
    one, told = promoted("rds:failover-global-cluster g1 allow_data_loss=true")
    assert (one.cloud.global_databases["g1"].primary.id, told) == ("c3", ["promoting", "available"])


def test_a_cluster_whose_promotion_is_called_off_is_available_again() -> None:
    for line in ("rds:switchover-global-cluster g1", "rds:failover-global-cluster g1 allow_data_loss=true"):
        one = session_of(TWO_MEMBERS)
        assert ask(one, line) is not OrderState.REFUSED
        ask(one, "region:outage ap-northeast-1 for=1h")
        one.run_until(HOUR_US)
        assert one.cloud.global_databases["g1"].primary.id == "c2"
        assert statuses(one, "c3") == ["available"]


def test_a_replica_with_an_append_only_file_follows_nobody_while_it_restarts() -> None:
    kept = 'engine_version = "2.8.19"\nparameters = { appendonly = "yes" }\nautomatic_failover = false\nnodes ='
    one = session(cached("a", "b").replace("nodes =", kept))
    one.run_until(MINUTE_US)
    node = one.cloud.caches["k1"].nodes["k1-002"]
    assert node.synced
    assert ask(one, "elasticache:reboot-cache-cluster k1-002") is not OrderState.REFUSED
    assert not node.running
    assert (node.filled, node.synced, node.follower) == (True, False, None)
    one.run_until(HOUR_US)
    assert node.running
    assert node.synced


def test_nobody_waits_for_a_writer_of_a_cluster_that_is_deleted() -> None:
    one = session(KEPT)
    ask(one, "az:outage us-east-1a")
    ask(one, "az:outage us-east-1b")
    one.run_until(MINUTE_US)
    assert waits_for_a_writer(one)
    for line in ("rds:delete-db-instance c1-1", "rds:delete-db-instance c1-2"):
        assert ask(one, line) is not OrderState.REFUSED
    one.run_until(HOUR_US)
    assert ask(one, "rds:delete-db-cluster c1 skip-final-snapshot=true") is not OrderState.REFUSED
    one.run_until(2 * HOUR_US)
    assert "c1" not in one.cloud.clusters
    assert not waits_for_a_writer(one)


def waits_for_a_writer(one: Session) -> bool:
    return any(task.name == "c1: respond to the loss of its writer" for task in one.cloud.kernel.tasks)


def test_a_daily_snapshot_of_a_replica_that_lagged_for_days_keeps_what_it_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writelog, "FOLD_ABOVE", 3)
    one = session(CHAIN.replace('backup_retention = "1d"', 'backup_retention = "7d"'))
    one.run_until(HOUR_US)
    ask(one, "app:set-rate app writes=50/s")
    one.run_until(2 * HOUR_US)
    ask(one, "mysql:rds_stop_replication r2")
    one.run_until(5 * DAY_US)
    snapshot = one.cloud.rds["r2"].archive.taken[-1]
    held = snapshot.content.position
    assert snapshot.content.until_us <= 2 * HOUR_US
    ask(one, "mysql:rds_start_replication r2")
    for day in range(5, 11):
        for hour, writes in ((1, 50), (2, 500)):
            one.run_until(day * DAY_US + hour * HOUR_US)
            assert ask(one, f"app:set-rate app writes={writes}/s") is OrderState.DONE
    assert snapshot in one.cloud.rds["r2"].archive.snapshots()
    assert snapshot.content.position == held


def test_a_cache_that_only_writes_fill_is_given_time_for_them() -> None:
    one = session(CACHED)
    ask(one, "sim:cache-flush k1")
    one.run_until(HOUR_US // 4)
    cache = one.cloud.apps["app"].cache
    assert cache is not None
    assert cache.look.misses > cache.look.hits // 20
    assert not list(store_calm.problems(one.cloud, HOUR_US // 4))


def test_what_is_restored_at_the_first_instant_begins_a_history_that_is_found() -> None:
    line = "T+0s rds:restore-db-instance-from-db-snapshot rds:r2-2026-01-05-03-00 id=v1"
    found = run(Frozen(1, fleet=PLACES + CHAIN, lines=(line,), until_s=3600))
    assert (found.verdict, found.refused) == ("ok", 0), found


def test_a_daily_snapshot_of_a_cache_may_be_under_way_when_the_calm_ends() -> None:
    fleet = CACHED.replace("shards = 1", 'shards = 1\nsnapshot_retention = "1d"\nsnapshot_window = "22:30-23:30"')
    found = run(Frozen(1, fleet=PLACES + fleet, lines=("T+0s mark begun",), until_s=5520))  # 12 h later it is 22:32
    assert (found.verdict, found.sentence) == ("ok", "")
    one = session(fleet)
    one.run_until(round(5520e6) + 12 * HOUR_US)
    assert any(snapshot.status.value == "creating" for snapshot in one.cloud.cache_snapshots.values())


def test_a_replica_that_is_full_and_has_lost_its_source_waits_for_storage() -> None:
    lines = (
        "T+10s sim:disk-fill r3 within=2s",
        "T+2h rds:delete-db-instance r2 skip-final-snapshot=true",
        "T+3h rds:modify-db-instance r3 storage=400 apply-immediately=true",
    )
    full = run(Frozen(1, fleet=PLACES + CHAIN, lines=lines[:2], until_s=10_000))
    assert (full.verdict, full.sentence, full.refused) == ("ok", "", 0)
    given = run(Frozen(1, fleet=PLACES + CHAIN, lines=lines, until_s=20_000))
    assert (given.verdict, given.sentence, given.refused) == ("ok", "", 0)
    one = session(CHAIN)
    for at_us, line in ((10, lines[0]), (7200, lines[1]), (10800, lines[2])):
        one.run_until(at_us * 1_000_000)
        one.ask(parse(line.partition(" ")[2]), "test")
    one.run_until(DAY_US)
    assert one.cloud.rds["r3"].replication is None, "it is promoted then"


def test_the_reboot_of_a_replica_that_waits_for_its_primary_ends_when_the_replica_is_deleted() -> None:
    one = session(cached("a", "b", "c"))
    assert ask(one, "az:partition us-east-1c") is OrderState.RUNNING
    one.run_until(HOUR_US)
    assert ask(one, "elasticache:reboot-cache-cluster k1-003") is OrderState.RUNNING
    reboot = one.orders[-1]
    one.run_until(2 * HOUR_US)
    assert ask(one, "elasticache:decrease-replica-count k1 new=1 remove=k1-003") is not OrderState.REFUSED
    one.run_until(3 * HOUR_US)
    assert "k1-003" not in one.cloud.caches["k1"].nodes
    assert reboot.state is OrderState.DONE


def test_what_a_former_primary_took_while_it_was_cut_off_for_days_is_counted_exactly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lost() -> int:
        one = session(cached("a", "b"))
        one.run_until(HOUR_US)
        ask(one, "link:cut us-east-1a/us-east-1b")
        ask(one, "link:cut us-east-1a/us-east-1c")
        for hour in range(2, 100):
            one.run_until(hour * HOUR_US)
            ask(one, f"app:set-rate app writes={(50, 500)[hour % 2]}/s")
        shard = one.cloud.caches["k1"].shards["0001"]
        assert list(shard.cut_off) == ["k1-001"], "it takes writes yet"
        ask(one, "heal all")
        one.run_until(101 * HOUR_US)
        return shard.lost

    exactly = lost()
    monkeypatch.setattr(writelog, "FOLD_ABOVE", 3)
    assert lost() == exactly


def test_what_a_cache_restored_from_a_snapshot_does_not_hold_is_no_loss() -> None:
    lines = (
        "T+10m elasticache:create-snapshot k1 name=s1",
        "T+2h elasticache:create-replication-group k2 snapshot=s1",
    )
    found = run(Frozen(1, fleet=PLACES + CACHED, lines=lines, until_s=20_000))
    assert (found.verdict, found.sentence, found.refused, found.unknown) == ("ok", "", 0, 0)


def test_a_node_that_is_lost_while_it_waits_to_be_filled_is_replaced_again() -> None:
    fleet = cached("a", "b")
    lines = (
        "T+1m link:cut us-east-1a/us-east-1b",
        "T+1m sim:crash-host k1-002 for=5m",
        "T+1h az:outage us-east-1b for=0s",
    )
    found = run(Frozen(1, fleet=PLACES + fleet, lines=lines, until_s=7200))
    assert (found.verdict, found.sentence, found.refused) == ("ok", "", 0)


def test_a_replica_that_was_cut_off_for_a_week_may_still_be_catching_up() -> None:
    lines = ("T+1m sim:cut-network r2", "T+7d heal r2")
    slower = CHAIN.replace("500/s", "100/s")
    found = run(Frozen(1, fleet=PLACES + slower, lines=lines, until_s=7 * 86_400 + 60))
    assert (found.verdict, found.sentence, found.refused) == ("ok", "", 0)


def until(one: Session, holds: Callable[[], bool]) -> None:
    while not holds():
        one.run_until(one.now_us + 1_000_000)
