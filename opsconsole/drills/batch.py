"""Many runs: several drills, or one with many seeds, on all cores. Run k of a drill has its seed + k.

Work goes through a `concurrent.futures` executor, so that another one (a cluster's) can be plugged in: a task is small,
can be pickled, and is all that a run depends on.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from opsconsole.drills.load import load_drill
from opsconsole.drills.manner import Manner
from opsconsole.drills.result import ChaosResult, DrillResult, Outcome, RunSummary, Verdict
from opsconsole.drills.running import replay_command, run_drill
from opsconsole.drills.spec import Drill

BATCH = 8
"""Runs that a worker makes before it reports: fewer reports, and still a progress bar that moves."""


@dataclass(frozen=True)
class Task:
    """One run: a drill's file, what the command line changed in it, its seed, how it is run."""

    path: str
    settings: tuple[tuple[str, str], ...]
    seed: int
    manner: Manner
    detail: bool = True
    journal: str = ""


def task(
    drill: Drill, manner: Manner, seed: int | None = None, *, detail: bool = True, journal: Path | None = None
) -> Task:
    """A run of a drill, with its own seed or another; its journal is kept where one is named."""
    settings, path = tuple(drill.settings.items()), "" if journal is None else str(journal)
    return Task(str(drill.path), settings, drill.seed if seed is None else seed, manner, detail, path)


@lru_cache(maxsize=64)
def _drill(path: str, settings: tuple[tuple[str, str], ...]) -> Drill:
    return load_drill(Path(path), settings=dict(settings))


def carry_out(one: Task) -> DrillResult:
    """Make one run; in whatever process."""
    drill = replace(_drill(one.path, one.settings), seed=one.seed)
    journal = Path(one.journal) if one.journal else None
    return run_drill(drill, manner=one.manner, detail=one.detail, journal=journal)


def summarise(one: Task) -> RunSummary:
    """Make one run, and keep of it what a distribution needs."""
    return in_short(carry_out(one))


def summarise_all(tasks: Sequence[Task]) -> list[RunSummary]:
    """Some runs, one after the other."""
    return [summarise(one) for one in tasks]


def in_short(result: DrillResult) -> RunSummary:
    """A result as one of many."""
    return RunSummary(
        seed=result.seed,
        verdict=result.verdict,
        reason=result.reason,
        struck=sum(step.kind == "chaos" and step.outcome is not Outcome.REFUSED for step in result.steps),
        rto_us={app.app: app.rto_us for app in result.apps},
        rpo_us={app.app: app.rpo_us for app in result.apps},
        lost={app.app: app.counts.lost for app in result.apps},
        discarded={app.app: app.counts.discarded for app in result.apps},
        availability_percent={app.app: app.availability_percent for app in result.apps},
        log_digest=result.log_digest,
        command=result.command,
    )


def cores() -> int:
    """Processes that may run at once on this machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def workers(tasks: int) -> Iterator[Executor]:
    """An executor with a process for each core, for so many tasks at most. Ctrl-C is this process's business."""
    executor = ProcessPoolExecutor(max(1, min(cores(), tasks)), initializer=_ignore_interrupts)
    try:
        yield executor
    finally:
        with _uninterrupted():
            executor.shutdown(wait=True, cancel_futures=True)


def let_go(executor: Executor) -> None:
    """Somebody wants it to end: nothing more is begun, and of what runs nobody waits for the end, however far it is."""
    executor.shutdown(wait=False, cancel_futures=True)
    for process in multiprocessing.active_children():
        process.terminate()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Who presses Ctrl-C twice shall have the results that there are all the same."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def results(
    tasks: Sequence[Task], executor: Executor, done: Callable[[int], None]
) -> Iterator[tuple[int, DrillResult]]:
    """The result of each task as it comes, with its number; `done` is told how many more there are."""
    futures: Mapping[Future[DrillResult], int] = {executor.submit(carry_out, one): n for n, one in enumerate(tasks)}
    for future in as_completed(futures):
        done(1)
        yield futures[future], future.result()


def many(
    drill: Drill, runs: int, need_percent: float, manner: Manner, executor: Executor, done: Callable[[int], None]
) -> ChaosResult:
    """Run a drill with `runs` seeds from its own on; Ctrl-C gives what there is so far."""
    tasks = [task(drill, manner, drill.seed + number, detail=False) for number in range(runs)]
    size = max(1, min(BATCH, runs // (2 * cores()) or 1))
    stretches = [tasks[at : at + size] for at in range(0, runs, size)]
    stopped = False
    futures: list[Future[list[RunSummary]]] = []
    try:
        for stretch in stretches:
            futures.append(executor.submit(summarise_all, stretch))
        for future in as_completed(futures):
            done(len(future.result()))
    except KeyboardInterrupt:
        stopped = True
        let_go(executor)
    whole = [one for one in futures if one.done() and not one.cancelled() and one.exception() is None]
    found = [run for one in whole for run in one.result()]
    return judged(drill, manner, tuple(sorted(found, key=lambda one: one.seed)), runs, need_percent, stopped)


def _nothing_was_wrong(drill: Drill, found: Sequence[RunSummary]) -> bool:
    """Whether only chance was to strike, and never did."""
    by_chance = drill.chaos is not None and not any(step.disturbs for step in drill.timeline)
    return by_chance and not any(one.struck for one in found)


def judged(
    drill: Drill, manner: Manner, found: tuple[RunSummary, ...], asked: int, need_percent: float, stopped: bool
) -> ChaosResult:
    """The verdict over many runs: enough of them passed, none proved nothing, and chance struck in one at least."""
    passed = sum(one.verdict is Verdict.PASSED for one in found)
    share = 100 * passed / len(found) if found else 0.0
    invalid = [one for one in found if one.verdict is Verdict.INVALID]
    told = f"{passed} of {len(found)} runs passed ({share:.1f} %), {need_percent:g} % are needed"
    if stopped:
        verdict, told = Verdict.STOPPED, f"{told}; stopped after {len(found)} of {asked}"
    elif not found:
        verdict, told = Verdict.INVALID, "no run was made"
    elif invalid:
        verdict, told = Verdict.INVALID, f"seed {invalid[0].seed} proved nothing: {invalid[0].reason}"
    elif _nothing_was_wrong(drill, found):
        verdict, told = Verdict.INVALID, "no random fault struck in any of the runs"
    else:
        verdict = Verdict.PASSED if share >= need_percent else Verdict.FAILED
    return ChaosResult(
        drill=drill.name,
        title=drill.title,
        first_seed=drill.seed,
        asked=asked,
        need_percent=need_percent,
        verdict=verdict,
        reason=told,
        command=replay_command(drill, manner, runs=asked),
        runs=found,
    )
