"""Operations of ElastiCache: what they do, in which order, and when AWS refuses them."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest

from opsconsole import catalog
from opsconsole.catalog import timing
from opsconsole.commands import TargetKind, choices, parse, registry
from tests.cloud.caches import ALONE, CART, CLUSTER, MEMCACHED, PAGES, REDIS, REGION, SESSIONS, SINGLE, CachePlay
from tests.commands.test_previews import FIELDS

ALL = REGION + SESSIONS + PAGES + CART
TLS = REDIS + "transit_encryption = true\n"
PAIR = (
    REGION
    + '[elasticache.sessions]\nengine = "redis"\nregion = "us-east-1"\nnodes = [{ zone = "a" }, { zone = "b" }]\n'
)
SAME_ZONE = PAIR.replace('zone = "b"', 'zone = "a"')
NO_FAILOVER = REDIS + "automatic_failover = false\n"
OLD = SINGLE + 'engine_version = "2.8.21"\n'
ABOUT_CACHES = (TargetKind.CACHE, TargetKind.CACHE_NODE, TargetKind.HOST, TargetKind.ZONE)
NAMES = [name for name in registry() if name.startswith("elasticache:")]


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


# -- the commands ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_command_is_an_action_of_elasticache_and_its_long_field_names_are_members_of_its_request(name: str) -> None:
    session = pytest.importorskip("botocore.session").get_session()
    service: Any = session.get_service_model("elasticache")
    action = "".join(word.capitalize() for word in name.partition(":")[2].split("-"))
    operation = service.operation_model(action)
    model = registry()[name]
    assert f"`{action}`" in (model.__doc__ or "")
    members = {snake(member) for member in operation.input_shape.members}
    asked = {key for key in model.model_fields if "_" in key}
    if name != "elasticache:modify-cache-parameter-group":  # there they are parameters' own names
        assert asked <= members, f"{action} has no {asked - members}"


REFUSALS = [
    # fleet, what is asked, AWS's code, what the sentence says
    (SINGLE, "elasticache:test-failover sessions", "InvalidParameterCombination", "nobody would take over"),
    (NO_FAILOVER, "elasticache:test-failover sessions", "InvalidParameterCombination", "is disabled"),
    (REDIS, "elasticache:test-failover sessions node-group=0002", "NodeGroupNotFoundFault", "0001"),
    (CLUSTER, "elasticache:reboot-cache-cluster cart-0001-001", "InvalidParameterCombination", "cluster mode enabled"),
    (REDIS, "elasticache:reboot-cache-cluster sessions-001 nodes=0002", "InvalidParameterValue", "one node"),
    (MEMCACHED, "elasticache:reboot-cache-cluster pages/0001 nodes=0009", "InvalidParameterValue", "no node"),
    (REDIS, "elasticache:increase-replica-count sessions new=6", "InvalidParameterValue", "at most 5"),
    (REDIS, "elasticache:increase-replica-count sessions new=2", "NoOperationFault", "already"),
    (REDIS, "elasticache:increase-replica-count sessions new=3 zones=x", "InvalidParameterValue", "us-east-1a"),
    (REDIS, "elasticache:decrease-replica-count sessions new=2", "NoOperationFault", "2 replicas"),
    (REDIS, "elasticache:decrease-replica-count sessions new=0", "InvalidParameterCombination", "automatic failover"),
    (
        REDIS,
        "elasticache:decrease-replica-count sessions new=1 remove=sessions-001",
        "InvalidParameterCombination",
        "primary",
    ),
    (REDIS, "elasticache:decrease-replica-count sessions new=1 remove=other", "InvalidParameterValue", "no node"),
    (REDIS, "elasticache:modify-replication-group sessions", "InvalidParameterCombination", "no modification"),
    (
        SINGLE,
        "elasticache:modify-replication-group sessions automatic-failover=true",
        "InvalidParameterCombination",
        "add one first",
    ),
    (
        REDIS,
        "elasticache:modify-replication-group sessions automatic-failover=false",
        "InvalidParameterCombination",
        "Multi-AZ off as well",
    ),
    (
        CLUSTER,
        "elasticache:modify-replication-group cart automatic-failover=false",
        "InvalidParameterCombination",
        "always on",
    ),
    (
        SAME_ZONE,
        "elasticache:modify-replication-group sessions multi-az=true",
        "InvalidParameterCombination",
        "another zone",
    ),
    (
        REDIS,
        "elasticache:modify-replication-group sessions primary=sessions-002",
        "InvalidParameterCombination",
        "disable them first",
    ),
    (
        NO_FAILOVER,
        "elasticache:modify-replication-group sessions primary=sessions-001",
        "InvalidParameterValue",
        "already",
    ),
    (NO_FAILOVER, "elasticache:modify-replication-group sessions primary=nobody", "CacheClusterNotFound", "nobody"),
    (
        REDIS,
        "elasticache:modify-replication-group sessions node-type=cache.r6g.large",
        "NoOperationFault",
        "already",
    ),
    (REDIS, "elasticache:modify-replication-group sessions node-type=cache.huge", "InvalidParameterValue", "offer"),
    (
        REDIS,
        "elasticache:modify-replication-group sessions snapshot-retention=36",
        "InvalidParameterValue",
        "0 to 35 days",
    ),
    (
        REDIS,
        "elasticache:modify-replication-group sessions snapshot-window=03:00-03:30",
        "InvalidParameterValue",
        "60 minutes",
    ),
    (
        REDIS,
        "elasticache:modify-replication-group-shard-configuration sessions shards=2",
        "InvalidParameterCombination",
        "cluster mode disabled",
    ),
    (
        CLUSTER,
        "elasticache:modify-replication-group-shard-configuration cart shards=3",
        "NoOperationFault",
        "already",
    ),
    (
        CLUSTER,
        "elasticache:modify-replication-group-shard-configuration cart shards=2",
        "InvalidParameterCombination",
        "name 1 to go",
    ),
    (
        CLUSTER,
        "elasticache:modify-replication-group-shard-configuration cart shards=501",
        "NodeGroupsPerReplicationGroupQuotaExceeded",
        "500",
    ),
    (
        CLUSTER,
        "elasticache:modify-replication-group-shard-configuration cart shards=46",
        "NodeQuotaForCustomerExceeded",
        "90 nodes",
    ),
    (REDIS, "elasticache:modify-cache-cluster sessions nodes=4", "InvalidParameterCombination", "IncreaseReplicaCount"),
    (MEMCACHED, "elasticache:modify-cache-cluster pages nodes=41", "NodeQuotaForClusterExceeded", "40"),
    (MEMCACHED, "elasticache:modify-cache-cluster pages nodes=3", "NoOperationFault", "already"),
    (MEMCACHED, "elasticache:modify-cache-cluster pages nodes=2", "InvalidParameterCombination", "remove=0003"),
    (MEMCACHED, "elasticache:modify-cache-cluster pages nodes=2 remove=0009", "InvalidParameterValue", "no node"),
    (
        REDIS,
        "elasticache:modify-cache-parameter-group sessions maxmemory-policy=oldest",
        "InvalidParameterValue",
        "volatile-lru",
    ),
    (
        REDIS,
        "elasticache:modify-cache-parameter-group sessions reserved-memory-percent=101",
        "InvalidParameterValue",
        "0 to 100",
    ),
    (
        MEMCACHED,
        "elasticache:modify-cache-parameter-group pages maxmemory-policy=noeviction",
        "InvalidParameterValue",
        "Memcached",
    ),
    (REDIS, "elasticache:create-snapshot sessions name=Not-So", "InvalidParameterValue", "no name"),
    (REDIS, "elasticache:create-snapshot sessions name=one node=nobody", "CacheClusterNotFound", "nobody"),
    (CLUSTER, "elasticache:create-snapshot cart name=one node=cart-0001-001", "InvalidParameterValue", "whole group"),
    (REDIS, "elasticache:delete-snapshot none", "SnapshotNotFoundFault", "none"),
    (REDIS, "elasticache:create-replication-group sessions", "ReplicationGroupAlreadyExists", "taken"),
    (REDIS, "elasticache:create-replication-group more snapshot=none", "SnapshotNotFoundFault", "none"),
    (REDIS, "elasticache:create-replication-group more engine=memcached", "InvalidParameterValue", "no replication"),
    (
        REDIS,
        "elasticache:create-replication-group more replicas=0 multi-az=true",
        "InvalidParameterCombination",
        "at least one replica",
    ),
    (REDIS, "elasticache:create-replication-group more replicas=6", "InvalidParameterValue", "at most 5"),
    (REDIS, "elasticache:create-replication-group more shards=46", "NodeQuotaForCustomerExceeded", "90"),
    (
        REDIS,
        "elasticache:create-replication-group more version=2.8.24 shards=2",
        "InvalidParameterCombination",
        "no cluster mode",
    ),
]


@pytest.mark.parametrize(("fleet", "line", "code", "says"), REFUSALS, ids=[row[1] for row in REFUSALS])
def test_aws_refuses_with_its_code_and_a_sentence_that_helps(fleet: str, line: str, code: str, says: str) -> None:
    refused = CachePlay(fleet).until("10s").refusal(line)
    assert (refused.code, says in refused.sentence) == (code, True), refused.sentence
    assert code in catalog.errors()
    assert not refused.sentence.endswith(".")


@pytest.mark.parametrize("line", [line for _, line, _, _ in REFUSALS])
def test_nothing_is_asked_of_a_region_that_is_down(line: str) -> None:
    play = CachePlay(ALL).do("region:outage us-east-1").until("10s")
    name, _, target = line.partition(" ")
    if registry()[name].takes == "label" or target.split()[0] in ("nobody",):
        return
    refused = play.refusal(line)
    assert refused.code in ("ServiceUnavailable", "ReplicationGroupNotFoundFault") or "sessions" in target


# -- TestFailover ---------------------------------------------------------------------------------------------------


@pytest.mark.fact("EC-RED-01")
def test_a_test_failover_tells_its_five_events_in_order_while_everything_is_shown_as_available() -> None:
    play = CachePlay(REDIS).at("T+60s elasticache:test-failover sessions").until("40m")
    told = [(e.source, e.message) for e in play.aws_events() if not e.message.startswith("ElastiCache:")]
    promoted = play.primary()
    assert told == [
        ("sessions", "Test Failover API called for node group 0001"),
        (promoted, f"Failover from primary node sessions-001 to replica node {promoted} completed"),
        ("sessions", f"Failover from primary node sessions-001 to replica node {promoted} completed"),
        ("sessions-001", "Recovering cache nodes 0001"),
        ("sessions-001", "Finished recovery for cache nodes 0001"),
    ]
    assert not play.truth("status")
    assert play.moved_to("sessions.primary", promoted) - 60 < timing("elasticache-failover").max_s
    assert play.node("sessions-001").follower is not None


def test_the_next_test_waits_until_the_last_ones_replacement_is_complete() -> None:
    play = CachePlay(ALL).do("elasticache:test-failover cart node-group=0001").until("60s")
    assert play.refusal("elasticache:test-failover cart node-group=0002").code == "InvalidReplicationGroupState"
    play.do("elasticache:test-failover sessions").until("60m")  # another group may, meanwhile
    play.do("elasticache:test-failover cart node-group=0002")


def test_fifteen_shards_may_be_tested_in_24_hours_of_the_whole_account() -> None:
    play = CachePlay(ALL)
    for number in range(15):
        play.do(f"elasticache:test-failover {('sessions', 'cart')[number % 2]}").wait("1h")
    refused = play.refusal("elasticache:test-failover sessions")
    assert refused.code == "APICallRateForCustomerExceeded"
    assert "15 shards" in refused.sentence
    play.until("24h1m").do("elasticache:test-failover sessions")


# -- reboot ---------------------------------------------------------------------------------------------------------


@pytest.mark.fact("EC-RED-03")
def test_a_rebooted_primary_comes_back_empty_its_replicas_follow_and_nobody_takes_over() -> None:
    play = CachePlay(REDIS).until("10s").writes(1000).until("60s")
    play.do("elasticache:reboot-cache-cluster sessions-001").until("20m")
    assert play.primary() == "sessions-001"
    assert not play.truth("failover")
    assert len(play.truth("emptied", "sessions")) == 1
    (empty,) = play.when("emptied", "sessions")
    assert empty > 60 + timing("elasticache-reboot").min_s  # until then the replicas still had it
    for id in ("sessions-002", "sessions-003"):
        assert play.when("engine", id)[0] >= empty
        follower = play.node(id).follower
        assert follower is not None
        assert follower.branch is play.shard().branch
    assert play.statuses("sessions-001") == ["rebooting cluster nodes", "available"]
    assert play.said("sessions-001")[:2] == ["Cache node 0001 shutdown", "Cache node 0001 restarted"]


def test_a_rebooted_replica_comes_back_with_what_its_primary_has() -> None:
    play = CachePlay(REDIS).at("T+60s elasticache:reboot-cache-cluster sessions-002").until("20m")
    assert not play.truth("emptied")
    node = play.node("sessions-002")
    assert node.running
    assert node.follower is not None


def test_a_primary_whose_host_dies_while_it_reboots_is_replaced_by_a_replica() -> None:
    play = CachePlay(REDIS).at(
        "T+60s elasticache:reboot-cache-cluster sessions-001", "T+65s sim:crash-host sessions-001"
    )
    play.until("30m")
    assert play.primary() != "sessions-001"
    assert not play.truth("emptied")
    assert play.node("sessions-001").running
    assert play.statuses("sessions-001")[-1] == "available"


# -- replicas -------------------------------------------------------------------------------------------------------


@pytest.mark.fact("EC-RED-02", "EC-08")
def test_a_replica_more_raises_what_can_be_read_and_the_reader_endpoint_learns_of_it() -> None:
    play = CachePlay(REDIS)
    before = sum(node.capacity()[0] for node in play.cache().nodes.values())
    play.do("elasticache:increase-replica-count sessions new=3 zones=b").until("60m")
    assert play.node("sessions-004").zone.name == "us-east-1b"
    assert play.answers("sessions.reader") == ("sessions-002", "sessions-003", "sessions-004")
    assert sum(node.capacity()[0] for node in play.cache().nodes.values()) == before * 4 // 3
    assert play.node("sessions-004").record is play.name("sessions-004")
    assert play.events("sessions") == [
        "ElastiCache:ReplicationGroupIncreaseReplicaCountStarted",
        "ElastiCache:ReplicationGroupIncreaseReplicaCountFinished",
    ]
    assert play.statuses("sessions") == ["modifying", "available"]
    play.do("sim:crash-host sessions-001").do("sim:crash-host sessions-002").do("sim:crash-host sessions-003")
    assert play.until("70m").primary() == "sessions-004"


def test_replicas_that_are_removed_leave_the_reader_endpoint_first() -> None:
    play = CachePlay(REDIS).do("elasticache:decrease-replica-count sessions new=1 remove=sessions-002").until("30m")
    assert play.answers("sessions.reader") == ("sessions-003",)
    left = play.moved_to("sessions.reader", "sessions-003")
    assert left < play.when("engine", "sessions-002")[0]
    assert "sessions-002" not in play.cloud.servers
    assert "sessions-002" not in play.cloud.names.records
    assert play.statuses("sessions-002") == ["deleting", "gone"]


# -- ModifyReplicationGroup -----------------------------------------------------------------------------------------


def test_a_replica_is_promoted_by_hand_once_multi_az_is_off() -> None:
    play = CachePlay(REDIS)
    play.do("elasticache:modify-replication-group sessions automatic-failover=false multi-az=false").until("10m")
    assert play.cache().automatic_failover.value == "disabled"
    play.do("elasticache:modify-replication-group sessions primary=sessions-003").until("20m")
    assert play.primary() == "sessions-003"
    assert play.answers("sessions.primary") == ("sessions-003",)
    assert play.answers("sessions.reader") == ("sessions-001", "sessions-002")
    assert not play.node("sessions-001").leads
    assert not play.truth("emptied")


def test_failover_that_is_switched_off_leaves_a_lost_primary_to_its_replacement() -> None:
    play = CachePlay(REDIS)
    play.do("elasticache:modify-replication-group sessions automatic-failover=false multi-az=false").until("10m")
    play.do("sim:crash-host sessions-001").until("60m")
    assert play.primary() == "sessions-001"
    assert not play.truth("failover")


def test_another_node_type_interrupts_writes_for_less_than_a_second_and_nothing_else() -> None:
    play = CachePlay(REDIS).do("elasticache:modify-replication-group sessions node-type=cache.r6g.xlarge")
    paused: list[float] = []
    node, before = play.node("sessions-001"), play.node("sessions-001").on_change

    def changed() -> None:
        before()
        paused.append(play.now)

    node.on_change = changed
    play.until("60m")
    assert node.node_type.name == "cache.r6g.xlarge"
    assert 0.1 <= paused[1] - paused[0] <= 2
    assert node.boots == 1
    assert play.cache().node_type.name == "cache.r6g.xlarge"
    assert "ElastiCache:ReplicationGroupScalingComplete" in play.events("sessions")
    assert not play.truth("emptied")


@pytest.mark.fact("EC-RED-09")
def test_an_auth_token_needs_encryption_in_transit() -> None:
    ask = "elasticache:modify-replication-group sessions auth-token="
    refused = CachePlay(REDIS).refusal(ask + "correct-horse-battery-staple")
    assert refused.code == "InvalidParameterCombination"
    assert "encryption in transit" in refused.sentence
    assert CachePlay(TLS).refusal(ask + "short").code == "InvalidParameterValue"
    play = CachePlay(TLS).do(ask + "correct-horse-battery-staple").until("10m")
    assert play.cache().settings.auth
    create = "elasticache:create-replication-group more auth-token=correct-horse-battery-staple"
    assert play.refusal(create).code == "InvalidParameterCombination"
    play.do(create + " transit-encryption=true")


# -- shards ---------------------------------------------------------------------------------------------------------


@pytest.mark.fact("EC-RED-07", "EC-08")
def test_a_shard_more_takes_an_even_part_of_the_slots_and_raises_what_can_be_written() -> None:
    play = CachePlay(CLUSTER)
    moved: list[tuple[str, str, int]] = []
    group = play.cache("cart")
    group.on_moved = lambda source, target, share: moved.append((source, target, share[0]))
    before = sum(shard.primary.capacity()[1] for shard in group.shards.values() if shard.primary)
    play.do("elasticache:modify-replication-group-shard-configuration cart shards=4").until("5h")
    assert {id: share for id, (share, _) in group.parts().items()} == dict.fromkeys(group.shards, 4096)
    held = sorted(slots for shard in group.shards.values() for slots in shard.slots)
    assert held[0][0] == 0
    assert held[-1][1] == 16_383
    assert all(after[0] == first[1] + 1 for first, after in pairwise(held))
    assert {target for _, target, _ in moved} == {"0004"}
    assert sum(slots for _, _, slots in moved) == 4096
    assert sum(shard.primary.capacity()[1] for shard in group.shards.values() if shard.primary) == before * 4 // 3
    assert play.answers("cart.0004") == ("cart-0004-001",)
    assert "cart-0004-002" in play.answers("cart.configuration")
    assert not play.truth("emptied")


def test_shards_have_less_capacity_while_their_slots_move_and_serve_all_the_time() -> None:
    play = CachePlay(CLUSTER)
    full = play.node("cart-0001-001").capacity()[0]
    play.do("elasticache:modify-replication-group-shard-configuration cart shards=4")
    play.until_row("engine", "cart-0004-002", within="2h", now="running")
    play.wait("10s")
    assert play.node("cart-0001-001").capacity()[0] == full * 8 // 10
    play.until("6h")
    assert play.node("cart-0001-001").capacity()[0] == full
    assert play.node("cart-0001-001").boots == 1


def test_a_shard_that_is_removed_gives_its_slots_away_first() -> None:
    play = CachePlay(CLUSTER)
    play.do("elasticache:modify-replication-group-shard-configuration cart shards=2 remove=0002").until("5h")
    group = play.cache("cart")
    assert {id: share for id, (share, _) in group.parts().items()} == {"0001": 8192, "0003": 8192}
    assert "cart-0002-001" not in play.cloud.servers
    assert "cart.0002" not in play.cloud.names.records
    assert group.status.value == "available"


def test_resharding_survives_the_loss_of_a_zone() -> None:
    play = CachePlay(CLUSTER).do("elasticache:modify-replication-group-shard-configuration cart shards=5")
    play.at("T+20m az:outage us-east-1a for=30m").until("8h")
    group = play.cache("cart")
    assert sum(share for share, _ in group.parts().values()) == 16_384
    assert {share for share, _ in group.parts().values()} == {3276, 3277}
    assert group.status.value == "available"
    assert all(node.running for node in group.nodes.values())


# -- parameters -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", list(catalog.cache_policies()))
def test_each_of_the_eight_policies_may_be_chosen_without_a_restart(policy: str) -> None:
    play = CachePlay(REDIS)
    assert play.cache().settings.maxmemory_policy == "volatile-lru"
    play.do(f"elasticache:modify-cache-parameter-group sessions maxmemory-policy={policy}").until("10m")
    assert play.cache().settings.maxmemory_policy == policy
    assert all(node.boots == 1 for node in play.cache().nodes.values())
    assert len(catalog.cache_policies()) == 8


def test_reserved_memory_is_what_a_node_may_not_use() -> None:
    play = CachePlay(REDIS)
    node = play.node("sessions-001")
    assert node.memory_bytes == node.node_type.memory_bytes * 75 // 100
    play.do("elasticache:modify-cache-parameter-group sessions reserved-memory-percent=50").until("10m")
    assert node.memory_bytes == node.node_type.memory_bytes // 2


def test_an_append_only_file_is_refused_where_elasticache_has_none_any_more_and_the_reason_is_said() -> None:
    ask = "elasticache:modify-cache-parameter-group sessions appendonly=yes"
    refused = CachePlay(SINGLE).refusal(ask)
    assert refused.code == "InvalidParameterValue"
    assert "since Redis 2.8.21" in refused.sentence
    assert "MemoryDB" in refused.sentence
    assert CachePlay(OLD).do(ask).until("10m").cache().settings.append_only


# -- snapshots ------------------------------------------------------------------------------------------------------


@pytest.mark.fact("EC-RED-04")
def test_a_snapshot_is_restored_into_a_new_group_with_what_was_there_when_it_was_taken() -> None:
    play = CachePlay(REDIS).until("10s").writes(1000).until("60s")
    play.do("elasticache:create-snapshot sessions name=monday").until("60m")
    assert play.cloud.cache_snapshots["monday"].status.value == "available"
    play.do("elasticache:create-replication-group again snapshot=monday").until("3h")
    again = play.cache("again")
    assert again.status.value == "available"
    assert all(node.running for node in again.nodes.values())
    held = play.acknowledged_in(again.shards["0001"].branch)
    assert held == pytest.approx(1000 * 50, abs=200)  # but for the replica's lag
    assert play.acknowledged_in(play.shard().branch) > held
    assert play.name("again.primary").fqdn != play.name("sessions.primary").fqdn
    assert "Replication group again created" in play.said("again")


def test_a_snapshot_is_taken_from_a_replica_and_costs_only_that() -> None:
    play = CachePlay(REDIS)
    full = play.node("sessions-001").capacity()[0]
    play.do("elasticache:create-snapshot sessions name=monday").wait("1s")
    (saving,) = [node for node in play.cache().nodes.values() if node.saving.value]
    assert saving.id != "sessions-001"
    assert saving.capacity()[0] < full == play.node("sessions-001").capacity()[0]
    assert play.cache().status.value == "snapshotting"
    play.until("60m")
    assert not saving.saving.value
    assert saving.capacity()[0] == full
    assert "Snapshot succeeded for snapshot with ID 'monday' of replication group with ID 'sessions'" in play.said()


def test_a_snapshot_of_a_single_node_burdens_the_primary() -> None:
    play = CachePlay(SINGLE).do("elasticache:create-snapshot sessions name=monday").wait("1s")
    assert play.node("sessions-001").saving.value


def test_a_snapshot_fails_with_its_node() -> None:
    play = CachePlay(SINGLE).do("elasticache:create-snapshot sessions name=monday").wait("10s")
    play.do("sim:crash-host sessions-001").wait("1s")
    assert play.cloud.cache_snapshots["monday"].status.value == "failed"
    assert "ElastiCache:SnapshotFailed" in play.events("sessions")
    assert play.refusal("elasticache:create-replication-group more snapshot=monday").code == "InvalidSnapshotState"
    play.until("30m").do("elasticache:delete-snapshot monday")
    assert "monday" not in play.cloud.cache_snapshots


def test_twenty_manual_snapshots_of_a_node_are_taken_in_24_hours() -> None:
    play = CachePlay(SINGLE)
    for number in range(20):
        play.do(f"elasticache:create-snapshot sessions name=s{number}").wait("1h")
    assert play.refusal("elasticache:create-snapshot sessions name=s20").code == "SnapshotQuotaExceededFault"
    play.until("24h1m").do("elasticache:create-snapshot sessions name=s20")


def test_daily_snapshots_are_taken_in_their_window_and_kept_as_long_as_asked() -> None:
    play = CachePlay(REDIS + 'snapshot_retention = "2d"\nsnapshot_window = "03:00-04:00"\n').until("96h")
    names = list(play.cloud.cache_snapshots)
    assert names == ["automatic.sessions-2026-01-08-03-00", "automatic.sessions-2026-01-09-03-00"]
    assert all(snapshot.automatic for snapshot in play.cloud.cache_snapshots.values())


def test_cluster_mode_is_restored_shard_by_shard() -> None:
    play = CachePlay(CLUSTER).do("elasticache:create-snapshot cart name=monday").until("2h")
    play.do("elasticache:create-replication-group more snapshot=monday").until("5h")
    assert {id: shard.slots for id, shard in play.cache("more").shards.items()} == {
        id: shard.slots for id, shard in play.cache("cart").shards.items()
    }
    assert play.answers("more.0002") == ("more-0002-001",)


def test_a_new_group_begins_empty_spread_over_the_zones() -> None:
    play = CachePlay(REGION + ALONE).do("elasticache:create-replication-group more shards=2 replicas=2").until("2h")
    more = play.cache("more")
    assert [share for share, _ in more.parts().values()] == [8192, 8192]
    for shard in more.shards.values():
        assert len({node.zone.name for node in shard.nodes.values()}) == 3
    assert more.fails_over
    play.do(f"sim:crash-host {play.primary('more', '0002')}").until("3h")
    assert play.primary("more", "0002") != "more-0002-001"


@pytest.mark.fact("EC-RED-10")
def test_both_encryptions_are_chosen_at_creation() -> None:
    play = CachePlay(REDIS)
    play.do("elasticache:create-replication-group more transit-encryption=true at-rest-encryption=true").until("1h")
    settings = play.cache("more").settings
    assert (settings.transit_encryption, settings.at_rest_encryption) == (True, True)
    assert play.name("more.primary").fqdn.startswith("master.more.")
    old = play.refusal("elasticache:create-replication-group past version=2.8.24 transit-encryption=true")
    assert old.code == "InvalidParameterCombination"


# -- FIS ------------------------------------------------------------------------------------------------------------


def test_fis_takes_a_zones_power_from_one_group_and_blocks_replacements_until_it_ends() -> None:
    line = "aws:elasticache:replicationgroup-interrupt-az-power sessions zone=a for=30m"
    play = CachePlay(ALL).at(f"T+60s {line}").until("30m")
    assert play.primary() != "sessions-001"
    assert not play.node("sessions-001").running
    assert all(node.running for id in ("cart", "pages") for node in play.cache(id).nodes.values())
    assert "elasticache:recovering-nodes" not in play.events("sessions-001")
    play.until("60m")
    assert play.node("sessions-001").running
    assert (
        play.refusal("aws:elasticache:replicationgroup-interrupt-az-power pages zone=a").code
        == "ResourceNotFoundException"
    )
    assert play.refusal(line.replace("30m", "30s")).code == "ValidationException"


# -- previews -------------------------------------------------------------------------------------------------------


def test_the_preview_of_a_dead_primary_names_who_is_promoted_and_the_names_that_move() -> None:
    play = CachePlay(REDIS).until("10s")
    found = parse("sim:crash-host sessions-001").preview(play.cloud)
    assert found.nodes == ("sessions-001",)
    assert found.names == ("sessions.primary",)
    play.do("sim:crash-host sessions-001").until("2m")
    assert found.sentences[0].startswith(f"{play.primary()} has the least replication lag")


def test_the_preview_of_a_dead_memcached_node_says_how_many_keys_are_gone() -> None:
    play = CachePlay(MEMCACHED)
    share = play.cache("pages").ring_shares()["0002"] * 100 / 2**32
    assert f"{share:.1f} % of the keys" in parse("sim:crash-host pages/0002").preview(play.cloud).sentences[0]


def test_the_preview_of_a_reboot_says_that_everything_is_lost() -> None:
    play = CachePlay(REDIS)
    found = parse("elasticache:reboot-cache-cluster sessions-001").preview(play.cloud)
    assert found.nodes == ("sessions-001", "sessions-002", "sessions-003")
    assert "everything is lost" in found.sentences[1]


@pytest.mark.parametrize(
    "name", [name for name in registry() if name.partition(":")[0] in ("elasticache", "sim", "az")]
)
def test_looking_at_a_preview_changes_nothing(name: str) -> None:
    looked, left_alone = (CachePlay(ALL, 4).at("T+1m az:outage us-east-1a for=5m") for _ in range(2))
    for when in ("30s", "61s", "75s", "8m", "30m"):
        looked.until(when)
        for target in choices(looked.cloud, registry()[name].takes) or ["label"]:
            if registry()[name].takes not in (TargetKind.LABEL, *ABOUT_CACHES):
                continue
            found = parse(f"{name} {target} {FIELDS.get(name, '')}").preview(looked.cloud)
            assert all(sentence and sentence[-1] != "." for sentence in found.sentences)
    assert looked.until("40m").cloud.log.digest == left_alone.until("40m").cloud.log.digest


def test_the_preview_of_a_zones_outage_names_caches_too() -> None:
    found = parse("az:outage us-east-1a").preview(CachePlay(ALL).cloud)
    assert found.nodes == ("cart-0001-001", "cart-0003-002", "pages/0001", "sessions-001")
    assert {"sessions.primary", "cart.0001", "cart.0003.reader", "pages.configuration"} <= set(found.names)
    assert any(sentence.startswith("primary of cart 0001 stands there") for sentence in found.sentences)
    assert any("of the keys are gone" in sentence for sentence in found.sentences)
