"""Run the swarm from the command line: a campaign over many seeds, or one case again."""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import replace
from itertools import count
from typing import Any

from tests.swarm import invariants
from tests.swarm.invariants import waived
from tests.swarm.run import Case, Result, describe, digest, run
from tests.swarm.shrink import shrink
from tests.swarm.touched import EVERY

EXIT_BROKEN = 1
SUMMED = ("events", "steps", "instants", "commands", "refused", "failed", "unknown")


def main(words: list[str] | None = None) -> int:
    """Returns the exit code: 0 if every verdict was ok."""
    options = _options(words)
    if options.digests:
        return _print_digests(options)
    if options.replay is not None:
        return _replay(options)
    return _campaign(options)


def _options(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.swarm", description=__doc__)
    parser.add_argument("--events", type=int, default=200_000, help="stop when so many rows have been logged")
    parser.add_argument("--fleets", type=int, help="stop after so many fleets")
    parser.add_argument("--seed", type=int, default=1, help="the first seed; the others follow it")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--failures", type=int, default=5, help="stop after so many failing seeds")
    parser.add_argument("--length", type=int, default=0, help="lines of each script; a few if not given")
    parser.add_argument("--nodes", type=int, default=0, help="grow each fleet to a size drawn from 1 to so many nodes")
    parser.add_argument("--every", type=int, default=EVERY, help="check everything at every N-th instant (1: always)")
    parser.add_argument("--no-shrink", action="store_true", help="do not make failing cases smaller")
    parser.add_argument(
        "--determinism", type=int, default=0, help="check every N-th seed's digest in slices with looks"
    )
    parser.add_argument("--replay", type=int, metavar="SEED", help="run one seed again and print it")
    parser.add_argument("--keep", help="with --replay: the lines of its script to keep, as 3,9 (or none)")
    parser.add_argument("--without", help="with --replay: ids to leave out of the fleet")
    parser.add_argument("--skip", action="append", default=[], metavar="COMMAND", help="leave a command out of scripts")
    parser.add_argument("--waive", action="append", default=[], metavar="REGEX", help="look over what is known broken")
    parser.add_argument("--log", action="store_true", help="with --replay: print the event log too")
    parser.add_argument("--digests", action="store_true", help="print digests only, one seed a line")
    return parser.parse_args(words)


def _print_digests(options: argparse.Namespace) -> int:
    for seed in range(options.seed, options.seed + (options.fleets or 10)):
        print(seed, digest(Case(seed, **_way(options))))
    return 0


def _replay(options: argparse.Namespace) -> int:
    keep = None
    if options.keep is not None:
        keep = tuple(int(word) for word in options.keep.split(",")) if options.keep != "none" else ()
    case = Case(options.replay, keep, tuple(options.without.split(",")) if options.without else ())
    case = replace(case, **_way(options))
    print(describe(case))
    result = run(case, (lambda line, _: print(line.decode().rstrip())) if options.log else None)
    print(_verdict(result))
    return 0 if result.verdict == "ok" else EXIT_BROKEN


def _way(options: argparse.Namespace) -> dict[str, Any]:
    """What all cases of a campaign have in common."""
    return {name: getattr(options, name) for name in ("length", "nodes", "every")} | {
        name: tuple(getattr(options, name)) for name in ("skip", "waive")
    }


def _verdict(result: Result) -> str:
    if result.verdict == "ok":
        return (
            f"seed {result.case.seed}: ok, {result.events} events, {result.steps} kernel steps,"
            f" {result.instants} instants checked, {result.commands} commands, {result.digest}"
        )
    return (
        f"seed {result.case.seed}: {result.verdict} [{result.rule}] at T+{result.t / 1e6:g}s\n"
        f"  {result.sentence}\n  {result.case.command}"
    )


def _judge(case: Case, slicing: bool) -> Result:
    """One case's result, with its digest checked in slices if asked for."""
    result = run(case)
    if result.verdict == "ok" and slicing:
        for way in (None, case.seed):
            other = digest(case, way)
            if other != result.digest:
                result.verdict, result.rule = "violated", "determinism"
                result.sentence = f"digest {result.digest} by instants, {other} in slices {way}"
    return result


def _results(options: argparse.Namespace) -> Iterator[Result]:
    """Results in the order in which they come, a few seeds ahead."""
    every = options.determinism

    def asked(seed: int) -> tuple[Case, bool]:
        return Case(seed, **_way(options)), bool(every) and seed % every == 0

    seeds = count(options.seed)
    if options.jobs == 1:
        for seed in seeds:
            yield _judge(*asked(seed))
    with ProcessPoolExecutor(options.jobs) as pool:
        running: set[Future[Result]] = {pool.submit(_judge, *asked(next(seeds))) for _ in range(2 * options.jobs)}
        try:
            while True:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    running.add(pool.submit(_judge, *asked(next(seeds))))
                    yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _campaign(options: argparse.Namespace) -> int:
    began = told = time.monotonic()
    invariants.WAIVED[:] = [re.compile(pattern) for pattern in options.waive]
    total = Counter[str]()
    used = Counter[str]()
    failures: list[Result] = []
    for result in _results(options):
        total.update(fleets=1, **{name: getattr(result, name) for name in SUMMED})
        used.update(result.used)
        if result.verdict != "ok" and not waived(result.rule, result.sentence):
            failures.append(result)
            print(_verdict(result), flush=True)
        if time.monotonic() - told > 10:
            told = time.monotonic()
            print(f"… {_so_far(total)}, {len(failures)} failures", flush=True)
        enough = total["fleets"] >= options.fleets if options.fleets else total["events"] >= options.events
        if enough or len(failures) >= options.failures:
            break
    for failure in _one_of_each(failures) if not options.no_shrink else ():
        print("\nshrunk:\n" + _verdict(shrink(failure)), flush=True)
    print("\nused: " + ", ".join(f"{name} {times}" for name, times in sorted(used.items())))
    print(
        f"{'ok' if not failures else 'FAILED'}: {_so_far(total)}"
        f" ({total['refused']:,} refused, {total['failed']} failed later, {total['unknown']:,} not understood),"
        f" {len(failures)} violations, seeds from {options.seed}, {time.monotonic() - began:.0f} s"
    )
    return EXIT_BROKEN if failures else 0


def _so_far(total: Counter[str]) -> str:
    """How much has been run: rows of event logs, steps of the kernel, instants that were checked."""
    what = f"{total['events']:,} events, {total['steps']:,} kernel steps, {total['instants']:,} instants checked"
    return f"{what}, {total['fleets']:,} fleets, {total['commands']:,} commands"


def _one_of_each(failures: list[Result]) -> list[Result]:
    """The first failure of each kind."""
    first: dict[tuple[str, str], Result] = {}
    for failure in sorted(failures, key=lambda result: result.case.seed):
        first.setdefault(failure.failure, failure)
    return list(first.values())


if __name__ == "__main__":
    sys.exit(main())
