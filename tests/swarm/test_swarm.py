"""The swarm in short: fixed seeds, every invariant at every instant, and the same bytes however it is run."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from random import Random

import pytest

from opsconsole.cloud import Cloud
from opsconsole.commands import parse, registry
from opsconsole.fleet import parse_fleet
from tests.swarm import invariants, recovery_invariants, stores
from tests.swarm.growth import grown, size
from tests.swarm.plans import draw_plan
from tests.swarm.run import Case, Result, build, digest, run
from tests.swarm.scripts import Author, draw_script
from tests.swarm.shrink import shrink
from tests.swarm.snapshot import differences, snapshot
from tests.swarm.touched import Scope

ROOT = Path(__file__).parents[2]
STORMS = 56
KNOWN: tuple[str, ...] = ()
"""Broken invariants that are known and waived: none."""
SLICED = (201, 202, 203, 204, 205, 207)
EVERYTHING = Scope(everything=True)
HASHED = range(301, 306)


def told(result: Result) -> str:
    return f"{result.verdict} [{result.rule}] at T+{result.t / 1e6:g}s: {result.sentence}\n{result.case.command}"


def test_random_storms_break_no_invariant_and_calm_down() -> None:
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        results = list(pool.map(run, (Case(seed, waive=KNOWN) for seed in range(1, STORMS + 1)), chunksize=4))
    failed = [result for result in results if result.verdict != "ok"]
    assert sum(result.events for result in results) > 5_000, "the storms were mere breezes"
    if failed:
        smallest = shrink(failed[0], patience_s=30)
        pytest.fail("\n".join([*map(told, failed), "shrunk:", told(smallest)]))


@pytest.mark.parametrize("seed", SLICED)
def test_slices_and_looks_change_no_byte(seed: int) -> None:
    assert digest(Case(seed), slicing=seed) == digest(Case(seed))


def test_another_hash_seed_changes_no_byte() -> None:
    words = [sys.executable, "-m", "tests.swarm", "--digests", "--seed", str(HASHED[0]), "--fleets", str(len(HASHED))]
    printed = [
        subprocess.run(
            words, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": hash_seed}, check=True, capture_output=True, text=True
        ).stdout
        for hash_seed in ("1", "271828")
    ]
    assert printed[0] == printed[1]
    assert printed[0].split()[1::2] == [digest(Case(seed)) for seed in HASHED]


def test_every_registered_command_can_be_drawn() -> None:
    drawn: set[str] = set()
    for seed in range(40):
        author = Author(Random(seed), draw_plan(seed))
        for name, model in registry().items():
            for _ in range(3):
                text = author.command(model)
                if text is not None:
                    parse_or_explain(text)
                    drawn.add(name)
    assert drawn == set(registry())


def parse_or_explain(text: str) -> None:
    try:
        parse(text)
    except ValueError as wrong:
        pytest.fail(f"`{text}` cannot be read: {wrong}")


def test_random_fleets_are_valid_and_differ() -> None:
    plans = [draw_plan(seed) for seed in range(60)]
    for plan in plans:
        Cloud(parse_fleet(plan.toml(), "swarm.toml"), plan.seed)
    assert {len(plan.regions) for plan in plans} == {1, 2, 3}
    assert {len(plan.clusters) for plan in plans} == {0, 1, 2, 3, 4, 5}
    assert {cache.engine for plan in plans for cache in plan.caches} == {"redis", "valkey", "memcached"}
    assert len({db.engine for plan in plans for db in plan.rds}) == len(set(stores.ENGINES))
    assert any(replica.source for plan in plans for db in plan.rds for replica in db.replicas)
    assert {app.cache.pattern for plan in plans for app in plan.apps if app.cache} == set(stores.PATTERNS)
    assert max(len(cluster.instances) for plan in plans for cluster in plan.clusters) == 8
    assert any(plan.databases for plan in plans)
    assert any(app.dns_cache == "forever" for plan in plans for app in plan.apps)


def test_fleets_grow_to_sizes_from_one_node_to_two_hundred() -> None:
    plans = [grown(draw_plan(seed), 200) for seed in range(60)]
    sizes = sorted(size(plan) for plan in plans)
    assert sizes[0] <= 3
    assert 170 <= sizes[-1] <= 230
    assert sum(one > 50 for one in sizes) >= 10
    for plan in plans[:12]:
        Cloud(parse_fleet(plan.toml(), "swarm.toml"), plan.seed)


# -- the swarm itself: an invariant that could not fail would prove nothing -----------------------------------------


def healthy() -> tuple[Cloud, invariants.Watch]:
    """A cloud with readers and writes, and the watch over it."""
    for seed in range(1, 100):
        cloud = build(Case(seed)).cloud
        writes = any(app.books.rates_at(0).writes_ok for app in cloud.apps.values())
        if writes and any(cluster.writer and cluster.readers() for cluster in cloud.clusters.values()):
            return cloud, invariants.Watch(cloud)
    raise AssertionError("no seed makes a fleet that writes and has readers")


def test_a_second_writer_is_noticed() -> None:
    cloud, watch = healthy()
    cluster = next(cluster for cluster in cloud.clusters.values() if cluster.writer and cluster.readers())
    cloud.log.sim(0, cluster.readers()[0].id, "role", now="writer")
    with pytest.raises(invariants.Broken, match="one-writer"):
        watch.instant()


def test_a_status_that_aws_does_not_know_is_noticed() -> None:
    cloud, watch = healthy()
    cloud.instances[next(iter(cloud.instances))].set_status("creating")
    with pytest.raises(invariants.Broken, match="from available to creating"):
        watch.instant()


def test_a_write_without_a_quorum_is_noticed() -> None:
    cloud, watch = healthy()
    for cluster in cloud.aurora.values():
        for copy in cluster.volume.copies[:3]:
            copy.state.set(0, "down")  # behind the cloud's back
    with pytest.raises(invariants.Broken, match="quorum"):
        watch.instant(always=True)


def test_a_row_that_is_not_aws_s_is_noticed() -> None:
    cloud, _ = healthy()
    with pytest.raises(invariants.Broken, match="source type"):
        cloud.log._write(
            {
                "t": 0,
                "stream": "aws",
                "source": "c1",
                "id": "RDS-EVENT-0006",
                "source_type": "db-cluster",
                "category": "availability",
                "message": "DB instance restarted.",
            }
        )


def test_lost_writes_are_noticed() -> None:
    cloud, watch = healthy()
    cloud.kernel.run_until(1_000_000)
    branch = next(c.storage.branch for c in cloud.clusters.values() if c.storage.branch.acknowledged)
    next(iter(branch.acknowledged.values())).jump(1_000_000, -1)
    with pytest.raises(invariants.Broken, match="durability"):
        watch.instant(always=True)


def kept() -> tuple[Cloud, invariants.Watch, str]:
    """A cloud with an app that writes to an Aurora cluster of which there is a snapshot; and the watch over it."""
    for seed in range(1, 200):
        session = build(Case(seed))
        for app in session.cloud.apps.values():
            record = app.write_record
            id = record.id.partition(".")[0] if record is not None else ""
            if id in session.cloud.aurora and app.books.rates_at(0).writes_ok:
                watch = invariants.Watch(session.cloud)
                session.run_until(1_000_000)
                session.ask(parse(f"rds:create-db-cluster-snapshot {id} id=kept"), "test")
                session.run_until(2_000_000)
                watch.instant()
                return session.cloud, watch, app.id
    raise AssertionError("no seed makes a fleet whose app writes to an Aurora cluster")


def test_a_snapshot_that_changes_is_noticed() -> None:
    cloud, watch, app = kept()
    curve = cloud.snapshots["kept"].content.branch.acknowledged[app]
    curve._values = [value + 1 for value in curve._values]  # behind the cloud's back
    watch._recovery._checks = recovery_invariants.SELDOM - 1
    with pytest.raises(invariants.Broken, match="snapshot: kept held"):
        watch._recovery.check(EVERYTHING)


def test_a_restorable_time_that_goes_back_is_noticed() -> None:
    cloud, watch, _ = kept()
    archive = cloud.snapshots.archives[cloud.snapshots["kept"].source]
    archive._uploads_since_us, archive._uploaded_us = None, -400_000_000
    with pytest.raises(invariants.Broken, match="restorable"):
        watch._recovery.check(EVERYTHING)


def test_an_account_that_does_not_add_up_is_noticed() -> None:
    _, watch, app = kept()
    with pytest.raises(invariants.Broken, match="durability"):
        watch._recovery.check_account(app, 1)


def test_a_snapshot_sees_a_draw_of_luck() -> None:
    cloud, _ = healthy()
    before = snapshot(cloud)
    assert differences(before, snapshot(cloud)) == []
    cloud.chance.stream("anybody", "anything").random()
    assert [text.partition(":")[0] for text in differences(before, snapshot(cloud))] == ["luck"]


def test_a_script_is_the_same_every_time_and_lines_read_back() -> None:
    lines, until = draw_script(5, draw_plan(5))
    assert (lines, until) == draw_script(5, draw_plan(5))
    assert [line.t for line in lines] == sorted(line.t for line in lines)
    assert until >= lines[-1].t
