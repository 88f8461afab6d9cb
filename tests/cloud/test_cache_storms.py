"""Random faults and operations thrown at caches: whatever happens, they converge when all is healed."""

from __future__ import annotations

import pytest

from opsconsole import catalog
from opsconsole.cloud import Refused, cache_stories
from opsconsole.commands import BadCommand, timed
from opsconsole.simulation import Chance
from tests.cloud.caches import ALONE, CART, PAGES, REGION, SESSIONS, CachePlay

FLEET = REGION + SESSIONS + PAGES + CART + ALONE.replace("sessions", "alone")
HOUR = 3600
STORM_S = 2 * HOUR
LINES = (
    "az:outage us-east-1a for=5m",
    "az:outage us-east-1b for=20m",
    "az:outage us-east-1c for=40s",
    "az:partition us-east-1a for=3m",
    "az:partition us-east-1b for=10m direction=to",
    "region:outage us-east-1 for=2m",
    "link:cut us-east-1a/us-east-1b for=4m",
    "sim:crash-host {node}",
    "sim:crash-host {node} for=7m",
    "sim:crash-instance {node}",
    "sim:cache-flush {cache}",
    "elasticache:test-failover sessions",
    "elasticache:test-failover cart node-group=0002",
    "elasticache:reboot-cache-cluster {node}",
    "elasticache:increase-replica-count sessions new=3",
    "elasticache:decrease-replica-count sessions new=1",
    "elasticache:increase-replica-count cart new=2",
    "elasticache:modify-replication-group sessions automatic-failover=false multi-az=false",
    "elasticache:modify-replication-group sessions automatic-failover=true",
    "elasticache:modify-replication-group sessions primary={node}",
    "elasticache:modify-replication-group cart node-type=cache.r6g.xlarge",
    "elasticache:modify-replication-group-shard-configuration cart shards=4",
    "elasticache:modify-replication-group-shard-configuration cart shards=2 remove=0001",
    "elasticache:modify-cache-cluster pages nodes=4",
    "elasticache:modify-cache-cluster pages nodes=2 remove=0002",
    "elasticache:modify-cache-cluster pages nodes=2 remove=0001,0004",
    "elasticache:create-snapshot sessions name=s{number}",
    "elasticache:create-snapshot cart name=c{number}",
    "elasticache:create-replication-group g{number} snapshot=s3",
)


def script(seed: int, play: CachePlay) -> list[str]:
    stream = Chance(seed).stream("storm")
    nodes, caches = [*play.cloud.servers], [*play.cloud.caches]
    lines = []
    for number in range(14):
        line = stream.pick(LINES).format(node=stream.pick(nodes), cache=stream.pick(caches), number=number % 6)
        lines.append(f"T+{stream.below(STORM_S * 1000)}ms {line}")
    return sorted(lines, key=lambda line: timed(line)[0])


def storm(seed: int) -> CachePlay:
    play = CachePlay(FLEET, seed).until("10s").writes(1000)
    for line in script(seed, play):
        when, command = timed(line)
        play.until(f"{max(when, play.cloud.now_us) / 1000:.0f}ms")
        try:
            play.do(command.line())
        except (Refused, BadCommand):
            continue
        check_instant(play)
    return play


def check_instant(play: CachePlay) -> None:
    for group in play.cloud.caches.values():
        for shard in group.shards.values():
            seen = [n for n in shard.nodes.values() if n.leads and n.running and group.sees(n)]
            assert len(seen) <= 1, f"{shard.key} has two primaries: {[node.id for node in seen]}"
            for node in shard.nodes.values():
                assert not (node.leads and node.follower), node.id
                assert node.host_up or not node.running, node.id


def check_calm(play: CachePlay) -> None:
    for group in play.cloud.caches.values():
        assert group.status.value == "available", group.id
        assert not cache_stories.is_changing(group), group.id
        assert not cache_stories.is_recovering(group), group.id
        parts = group.parts().values()
        assert sum(part for part, _ in parts) == next(whole for _, whole in parts)
        assert group.known == tuple(group.shards) or group.replicated
        for shard in group.shards.values():
            primary = shard.primary
            assert primary is not None
            assert primary.leads, primary.id
            assert shard.status.value == "available", shard.key
            for node in shard.nodes.values():
                assert node.running, node.id
                assert node.status.value == "available", node.id
                assert not node.paused, node.id
                assert not node.costs, node.id
                assert node.filled, node.id
            for replica in shard.replicas():
                assert replica.follower is not None, replica.id
                assert replica.follower.open, replica.id
                assert replica.follower.branch is shard.branch, replica.id
                assert replica.lag_us(play.cloud.now_us) < 1_000_000, replica.id
            if group.replicated:
                assert shard.primary_record is not None
                assert shard.reader_record is not None
                assert shard.primary_record.answers.value == (primary.id,)
                assert shard.reader_record.answers.value == shard.readers()
    for id in play.cloud.servers:
        assert play.answers(id) == (id,)


def check_statuses(play: CachePlay) -> None:
    kinds = {id: "replication-group" if g.replicated else "cache-cluster" for id, g in play.cloud.caches.items()}
    last: dict[str, str] = {}
    for row in play.truth("status"):
        source, was, now = str(row["source"]), str(row.get("was", "")), str(row["now"])
        shard = "/" in source and not source.startswith("pages/")
        kind = kinds.get(source) or (
            "node-group" if shard else "cache-node" if source.startswith("pages/") else "cache-cluster"
        )
        if was:
            assert last.get(source, was) == was
            assert now in catalog.statuses(kind)[was].next, f"{kind} {source}: {was} to {now}"
        last[source] = now
        if now == "gone":  # a later node may have its name
            del last[source]


@pytest.mark.parametrize("seed", range(30))
def test_caches_converge_after_a_storm(seed: int) -> None:
    play = storm(seed)
    play.until(f"{12 * HOUR}s")
    check_calm(play)
    check_statuses(play)


def test_a_storm_is_the_same_bytes_every_time() -> None:
    assert storm(5).until("8h").cloud.log.digest == storm(5).until("8h").cloud.log.digest


def test_every_write_that_was_acknowledged_is_held_lost_or_gone_with_everything() -> None:
    for seed in range(12):
        play = CachePlay(REGION + SESSIONS, seed).until("10s").writes(1000)
        node = "sessions-001"
        for minute in (2, 30, 60):
            play.until(f"{minute}m").do(f"sim:crash-host {node}").wait("2m")
            node = play.primary()
        play.until("3h")
        branch = play.shard().branch
        assert branch is not None
        told = sum(curve.at(play.cloud.now_us) for one in branch.family for curve in one.acknowledged.values())
        held = round(play.acknowledged_in(branch) * 1_000_000_000)
        assert told - held == play.shard().lost > 0
