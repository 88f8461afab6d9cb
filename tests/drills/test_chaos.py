"""Random faults: the same for a seed, bounded as the drill says, spread over runs, and made fewer where they fail."""

import os
import signal
import time
from concurrent.futures import BrokenExecutor, Executor, Future
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from opsconsole.drills.batch import in_short, judged, let_go, many, workers
from opsconsole.drills.load import load_drill
from opsconsole.drills.manner import Manner
from opsconsole.drills.result import DrillResult, Outcome, RunSummary, Verdict
from opsconsole.drills.running import run_drill
from opsconsole.drills.shipped import shipped_drills
from opsconsole.drills.shrinking import fewest, shrink, throws_of
from opsconsole.drills.spec import Drill
from tests.drills.writing import drill

CHAOS = """
[chaos]
runs = 4
need = "50%"
concurrent = {concurrent}
gap = "{gap}"
fault = [
  {{ fault = "sim:crash-instance", target = "any(orders)", mean = "5m" }},
  {{ fault = "az:outage", target = "any(us-east-1)", mean = "10m", for = "30s..2m" }},
  {{ fault = "sim:replica-stall", target = "any(orders.readers)", mean = "10m", for = "1m..20m" }},
]
"""
CALM = '{ at = "1s", always = "orders.failovers == 0" }'


def chaotic(seed: int = 1, concurrent: int = 1, gap: str = "0s", row: str = CALM) -> Drill:
    after = CHAOS.format(concurrent=concurrent, gap=gap)
    return drill(row, length="2h", before=f"seed = {seed}", after=after)


def struck(result: DrillResult) -> list[tuple[int, str]]:
    return [(step.begun_us or 0, step.text) for step in result.steps if step.kind == "chaos"]


class Here(Executor):
    """An executor that another could be plugged in for: it works at once, in this process."""

    def __init__(self, stop_after: int = 1 << 30) -> None:
        self.left = stop_after

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.left -= 1
        if self.left < 0:
            future.set_exception(KeyboardInterrupt())
        else:
            future.set_result(fn(*args, **kwargs))
        return future


def test_a_seed_has_its_own_faults_and_always_the_same() -> None:
    one, again, other = (run_drill(chaotic(seed), detail=False) for seed in (1, 1, 2))
    assert struck(one) == struck(again) != struck(other)
    assert len(struck(one)) > 10
    assert one.log_digest == again.log_digest != other.log_digest
    names = {text.split()[0] for _, text in struck(one)}
    assert names == {"sim:crash-instance", "az:outage", "sim:replica-stall"}


def test_no_more_at_once_than_the_drill_says_and_no_sooner() -> None:
    result = run_drill(chaotic(3, gap="7m"))
    begins = [at for at, _ in struck(result)]
    assert len(begins) > 5
    assert all(later - before >= 7 * 60_000_000 for before, later in pairwise(begins))
    spans = sorted((band.begins_us, band.ends_us or result.length_us) for band in result.bands)
    assert len(spans) > 5
    assert all(end <= begin for (_, end), (begin, _) in pairwise(spans))


def test_without_faults_nothing_strikes() -> None:
    assert struck(run_drill(chaotic(), manner=Manner(faults=False), detail=False)) == []


@pytest.fixture
def short(tmp_path: Path) -> Drill:
    """A minute in which nothing happens, in a file: workers read it themselves."""
    row = '{ at = "1s", expect = "checkout.writes.ok >= 99%", within = "1s" }'
    file = tmp_path / "short.toml"
    file.write_text(
        f'title = "A test"\nfleet = "aurora_mysql"\nlength = "1m"\nseed = 40\ntimeline = [{row}]\n', encoding="utf-8"
    )
    return load_drill(file)


def test_run_k_has_the_seed_plus_k_and_says_how_it_is_replayed(short: Drill) -> None:
    result = many(short, 3, 100.0, Manner(), Here(), lambda more: None)
    assert [run.seed for run in result.runs] == [40, 41, 42]
    assert result.verdict is Verdict.PASSED
    assert result.runs[2].command == f"opsconsole drill {short.path} --seed 42"


def summary(seed: int, verdict: Verdict, struck: int = 1) -> RunSummary:
    return RunSummary(seed=seed, verdict=verdict, reason="so", struck=struck, log_digest="0", command=f"--seed {seed}")


@pytest.mark.parametrize(
    ("verdicts", "need", "wanted"),
    [
        ("pppp", 100, Verdict.PASSED),
        ("pppf", 75, Verdict.PASSED),
        ("pppf", 76, Verdict.FAILED),
        ("pppi", 50, Verdict.INVALID),
        ("", 0, Verdict.INVALID),
    ],
)
def test_enough_of_the_runs_must_pass_and_none_may_prove_nothing(verdicts: str, need: float, wanted: Verdict) -> None:
    kinds = {"p": Verdict.PASSED, "f": Verdict.FAILED, "i": Verdict.INVALID}
    runs = tuple(summary(number, kinds[letter]) for number, letter in enumerate(verdicts))
    assert judged(chaotic(), Manner(), runs, len(runs), need, False).verdict is wanted


def test_what_is_gone_when_it_would_be_struck_is_not_struck() -> None:
    row = '{ at = "1s", action = "rds:delete-db-instance", target = "orders-3" }'
    fault = '{ fault = "sim:crash-instance", target = "orders-3", mean = "5m" }'
    check = '{ at = "1s", expect = "orders.copies == 6", within = "1s" }'
    result = run_drill(drill(row, check, length="60m", after=f'[chaos]\nruns = 2\nneed = "99%"\nfault = [{fault}]'))
    assert {step.outcome for step in result.steps if step.kind == "chaos"} == {Outcome.REFUSED}
    assert result.verdict is Verdict.PASSED


def test_random_faults_of_which_none_strikes_in_any_run_prove_nothing() -> None:
    quiet = tuple(summary(number, Verdict.PASSED, struck=0) for number in range(4))
    result = judged(chaotic(), Manner(), quiet, 4, 50, False)
    assert (result.verdict, result.reason) == (Verdict.INVALID, "no random fault struck in any of the runs")
    one = (*quiet[1:], summary(0, Verdict.PASSED))
    assert judged(chaotic(), Manner(), one, 4, 50, False).verdict is Verdict.PASSED
    whole, without = (run_drill(chaotic(), manner=Manner(faults=some), detail=False) for some in (True, False))
    assert (in_short(whole).struck, in_short(without).struck) == (len(struck(whole)), 0)


def test_ctrl_c_gives_the_results_so_far(short: Drill) -> None:
    result = many(short, 5, 100.0, Manner(), Here(stop_after=2), lambda more: None)
    assert result.verdict is Verdict.STOPPED
    assert len(result.runs) == 2
    assert "stopped after 2 of 5" in result.reason


def test_who_presses_ctrl_c_does_not_wait_for_what_runs() -> None:
    with workers(1) as executor:
        future = executor.submit(time.sleep, 600)
        while not future.running():
            time.sleep(0.01)
        let_go(executor)
    assert isinstance(future.exception(timeout=10), BrokenExecutor)


def interrupt_soon(pid: int) -> None:
    time.sleep(0.2)
    os.kill(pid, signal.SIGINT)


def test_who_presses_ctrl_c_twice_gets_the_results_all_the_same() -> None:
    with workers(1) as executor:
        future = executor.submit(interrupt_soon, os.getpid())
        while not future.running():
            time.sleep(0.01)
    assert future.done()


def test_a_failing_run_is_made_as_small_as_it_can_be() -> None:
    """One zone's loss is enough to move the writer: everything else that struck is left out."""
    seeds = (seed for seed in range(1, 20) if run_drill(chaotic(seed), detail=False).verdict is Verdict.FAILED)
    one = chaotic(next(seeds))
    whole = run_drill(one, detail=False)
    tries: list[int] = []
    result, least = shrink(one, Manner(), tries.append)
    assert result.verdict is Verdict.FAILED
    assert len(least) == 1 < len(throws_of(whole))
    assert least[0] in throws_of(whole)
    assert "az:outage" in least[0][1]
    assert all(step.outcome is Outcome.DONE for step in result.steps if step.kind == "chaos")


def test_the_fewest_is_the_fewest() -> None:
    items = list(range(40))
    assert sorted(fewest(items, lambda some: {3, 17, 31} <= set(some))) == [3, 17, 31]
    assert fewest(items, lambda some: True) == ()


def test_a_run_that_passes_cannot_be_made_smaller() -> None:
    with pytest.raises(ValueError, match="does not fail"):
        shrink(chaotic(row='{ at = "1s", always = "orders.failovers < 1000" }'), Manner(), lambda left: None)


def test_drills_come_with_it_by_name() -> None:
    assert "az_outage" in shipped_drills()
