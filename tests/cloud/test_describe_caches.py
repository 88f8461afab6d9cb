"""describe-* answers about caches, checked against botocore's service model; `dig` through their names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from opsconsole import catalog
from opsconsole.cloud.describe import describe
from opsconsole.cloud.dig import dig
from tests.cloud.caches import CART, CLUSTER, MEMCACHED, PAGES, REDIS, REGION, SESSIONS, CachePlay
from tests.cloud.test_describe import assert_shape

ALL = REGION + SESSIONS + PAGES + CART
OPERATIONS = {
    "ReplicationGroups": "DescribeReplicationGroups",
    "CacheClusters": "DescribeCacheClusters",
    "Snapshots": "DescribeSnapshots",
}
MOMENTS = {
    "calm": (),
    "a zone's outage": ("T+60s az:outage us-east-1a for=10m",),
    "changes": (
        "T+60s elasticache:increase-replica-count sessions new=3",
        "T+60s elasticache:modify-cache-cluster pages nodes=4",
        "T+60s elasticache:modify-replication-group-shard-configuration cart shards=4",
    ),
    "fewer": (
        "T+60s elasticache:decrease-replica-count sessions new=1",
        "T+60s elasticache:modify-cache-cluster pages nodes=2 remove=0001",
        "T+60s elasticache:modify-replication-group-shard-configuration cart shards=2 remove=0003",
    ),
    "reboots": (
        "T+60s elasticache:reboot-cache-cluster sessions-001",
        "T+60s elasticache:reboot-cache-cluster pages/0001",
    ),
    "snapshots": (
        "T+60s elasticache:create-snapshot sessions name=monday",
        "T+60s elasticache:create-snapshot cart name=tuesday",
        "T+60m elasticache:create-replication-group again snapshot=monday",
    ),
    "settings": (
        "T+60s elasticache:modify-replication-group sessions automatic-failover=false multi-az=false",
        "T+20m elasticache:modify-replication-group sessions node-type=cache.r6g.xlarge",
    ),
    "a test": ("T+60s elasticache:test-failover sessions",),
}


@pytest.fixture(scope="module")
def model() -> Any:
    return pytest.importorskip("botocore.session").get_session().get_service_model("elasticache")


@pytest.mark.parametrize("truth", [True, False])
@pytest.mark.parametrize("moment", MOMENTS)
def test_every_answer_has_the_members_and_types_of_awss_model(model: Any, moment: str, truth: bool) -> None:
    play = CachePlay(ALL).at(*MOMENTS[moment])
    for when in ("50s", "61s", "70s", "5m", "62m", "2h"):
        play.until(when)
        ids = [None, *play.cloud.caches, *play.cloud.cache_snapshots, *play.cloud.servers]
        for id in ids:
            for call, answers in describe(play.cloud, id, truth).items():
                if call in OPERATIONS:
                    shape = model.operation_model(OPERATIONS[call]).output_shape
                    assert_shape(json.loads(json.dumps({call: answers})), shape, f"{when} {call}")


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_status_changes_only_along_the_transitions_of_the_catalog(moment: str) -> None:
    play = CachePlay(ALL).at(*MOMENTS[moment]).until("3h")
    group = {
        id: "replication-group" if cache.replicated else "cache-cluster" for id, cache in play.cloud.caches.items()
    }
    seen = 0
    for row in play.truth("status"):
        source, was, now = str(row["source"]), str(row.get("was", "")), str(row["now"])
        kind = group.get(source) or ("cache-node" if source.startswith("pages/") else "cache-cluster")
        if "/" in source and not source.startswith("pages/"):
            kind = "node-group"
        if was:
            assert now in catalog.statuses(kind)[was].next, f"{kind} {source}: {was} to {now}"
            seen += 1
    assert seen or moment in ("calm", "a test")


def test_a_replication_group_shows_its_endpoints_roles_and_settings() -> None:
    play = CachePlay(REDIS).at("T+60s sim:crash-host sessions-001").until("3m")
    (group,) = describe(play.cloud, "sessions")["ReplicationGroups"]  # type: ignore[union-attr]
    assert isinstance(group, dict)
    assert group["MemberClusters"] == ["sessions-001", "sessions-002", "sessions-003"]
    assert (group["AutomaticFailover"], group["MultiAZ"], group["ClusterMode"]) == ("enabled", "enabled", "disabled")
    (shard,) = group["NodeGroups"]  # type: ignore[union-attr]
    roles = {member["CacheClusterId"]: member["CurrentRole"] for member in shard["NodeGroupMembers"]}  # type: ignore
    assert [id for id, role in roles.items() if role == "primary"] == [play.primary()]
    assert shard["PrimaryEndpoint"] == {"Address": play.name("sessions.primary").fqdn, "Port": 6379}  # type: ignore


def test_cluster_mode_shows_slots_and_a_configuration_endpoint() -> None:
    (group,) = describe(CachePlay(CLUSTER).cloud, "cart")["ReplicationGroups"]  # type: ignore[union-attr]
    assert isinstance(group, dict)
    assert [shard["Slots"] for shard in group["NodeGroups"]] == [  # type: ignore
        "0-5461",
        "5462-10922",
        "10923-16383",
    ]
    assert group["ConfigurationEndpoint"]["Port"] == 6379  # type: ignore


def test_memcached_is_one_cluster_of_nodes_and_no_replication_group() -> None:
    found = describe(CachePlay(MEMCACHED).cloud, "pages/0002")
    assert list(found) == ["CacheClusters"]
    (cluster,) = found["CacheClusters"]  # type: ignore[union-attr]
    assert isinstance(cluster, dict)
    assert cluster["NumCacheNodes"] == 3
    assert [node["CacheNodeId"] for node in cluster["CacheNodes"]] == ["0001", "0002", "0003"]  # type: ignore
    assert cluster["PreferredAvailabilityZone"] == "Multiple"


def test_dig_follows_an_endpoint_to_the_node_and_its_address() -> None:
    play = CachePlay(REDIS)
    lines = dig(play.cloud, "sessions.primary")
    assert "CNAME" in lines[1]
    assert play.name("sessions-001").fqdn in lines[1]
    assert " A " in lines[2]
    assert len(dig(play.cloud, "sessions.reader")) == 5
    assert len(dig(CachePlay(MEMCACHED).cloud, "pages.configuration")) == 7
