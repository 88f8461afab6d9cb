"""Run drills headless, as fast as the machine allows: did the apps get through it? The exit code says so, too.

0 passed, 1 failed, 2 bad file or usage, 3 it proved nothing, 4 stopped, 5 internal error; of several the worst.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opsconsole.cli.console import add_looks, add_sharing, looks, sharing, speed
from opsconsole.cli.terminal import EXIT_DONE, EXIT_STOPPED, EXIT_USAGE, UsageError, complain, count, headed, say

if TYPE_CHECKING:
    from opsconsole.drills.manner import Manner
    from opsconsole.drills.result import ChaosResult, DrillResult
    from opsconsole.drills.spec import Drill

WORST_FIRST: Final = (5, 2, 4, 3, 1, 0)
"""Exit codes, the worst first: over several drills the worst one counts."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Which drills, how they are run, and what is kept of them."""
    parser.add_argument("drills", nargs="*", metavar="DRILL", help="drill files, or names of shipped ones")
    parser.add_argument("--plan", action="store_true", help="show what would happen, and run nothing")
    parser.add_argument("--seed", type=int, metavar="N", help="chance's seed (default: the drill's, else the fleet's)")
    parser.add_argument("--runs", type=int, metavar="N", help="run it with N seeds: N, N+1, …")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="change a variable (repeatable)"
    )
    parser.add_argument("--no-solution", action="store_true", help="leave the operator's moves out")
    parser.add_argument("--no-faults", action="store_true", help="leave the faults out")
    parser.add_argument(
        "--shrink", action="store_true", help="of a failing run, find the fewest random faults that fail"
    )
    parser.add_argument(
        "--report", type=Path, metavar="DIR", help="write report.html, result.json and journal.jsonl here"
    )
    parser.add_argument(
        "--junit", type=Path, metavar="FILE", help="write JUnit XML: a case for each check and objective"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result (several: a list of them)")
    parser.add_argument("--console", action="store_true", help="play it on the screen; you make the operator's moves")
    parser.add_argument("--solution", action="store_true", help="with --console: the operator's moves are made for you")
    parser.add_argument("--speed", type=speed, default=1.0, metavar="X", help="with --console: 0.1 to 3600")
    add_sharing(parser)
    add_looks(parser)
    parser.add_argument(
        "--from", dest="journal", type=Path, metavar="JOURNAL", help="make a drill of a session: prints it"
    )
    parser.add_argument("--events", type=Path, metavar="FILE", help="write the event log (of one drill) here")


def execute(args: argparse.Namespace) -> int:
    """Run, tell, keep; the exit code is the verdict's."""
    from opsconsole.drills.manner import Manner
    from opsconsole.fleet.values import GREATEST_SEED

    if args.journal is not None:
        return _from_journal(args)
    played = not args.no_solution and (args.solution or not args.console)
    manner = Manner(solution=played, faults=not args.no_faults)
    if args.seed is not None and not 0 <= args.seed <= GREATEST_SEED:
        raise UsageError(f"--seed {args.seed}: write 0 to {GREATEST_SEED}")
    drills = _load(args)
    if args.plan:
        say("\n\n".join(_plan(drill, manner) for drill in drills))
        return EXIT_DONE
    _check_options(args, drills)
    if args.console:
        return _console(args, drills[0], manner)
    if args.shrink:
        return _shrink(drills[0], manner)
    if len(drills) == 1 and _runs(args, drills[0]) > 1:
        return _many(args, drills[0], manner)
    return _each(args, drills, manner)


def _load(args: argparse.Namespace) -> list[Drill]:
    """Every drill that was named; all that is wrong with any of them is told at once."""
    from opsconsole.drills.load import load_drill
    from opsconsole.fleet import FileProblems, Problem

    if not args.drills:
        raise UsageError(
            "name a drill: `opsconsole drill az_outage`; `opsconsole fleets` lists those that come with it"
        )
    settings = dict(_setting(text) for text in args.set)
    found: list[Drill] = []
    problems: list[Problem] = []
    for name in args.drills:
        try:
            found.append(load_drill(name, settings=settings, seed=args.seed))
        except FileProblems as bad:
            problems += bad.problems
    if problems:
        raise FileProblems(problems)
    for key in settings:
        if not any(key in drill.variables for drill in found):
            known = sorted({name for drill in found for name in drill.variables})
            raise UsageError(f'--set {key}=…: no drill has a variable "{key}"; there are {", ".join(known) or "none"}')
    return found


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f'--set "{text}": write NAME=VALUE, like --set az=us-east-1b')
    return name, value


def _runs(args: argparse.Namespace, drill: Drill) -> int:
    """How many runs of it: --runs, else its [chaos]."""
    if args.runs is not None:
        return int(args.runs)
    return drill.chaos.runs if drill.chaos is not None else 1


def _check_options(args: argparse.Namespace, drills: Sequence[Drill]) -> None:
    from opsconsole.drills.reading.chaos import MOST_RUNS

    if args.runs is not None and not 1 <= args.runs <= MOST_RUNS:
        raise UsageError(f"--runs {args.runs}: write 1 to {MOST_RUNS:,}")
    if args.runs is not None and args.runs > 1 and len(drills) > 1:
        raise UsageError("--runs is for one drill: name one")
    if args.events is not None and (len(drills) > 1 or _runs(args, drills[0]) > 1):
        raise UsageError("--events keeps the event log of one run: name one drill, with --runs 1")
    if args.junit is not None and len(drills) == 1 and not args.console and _runs(args, drills[0]) > 1:
        raise UsageError("--junit is for single runs: give --seed and --runs 1")
    if args.console and len(drills) > 1:
        raise UsageError("--console plays one drill: name one")
    names = [drill.name for drill in drills]
    twice = next((name for name in names if names.count(name) > 1), None)
    if args.report is not None and twice is not None:
        raise UsageError(f"--report: two drills are called {twice}, and both would write to {args.report / twice}")
    _check_outputs(args)
    if args.shrink and (len(drills) > 1 or drills[0].chaos is None):
        raise UsageError("--shrink is for one drill with [chaos]: name it, with the --seed of a run that fails")


def _check_outputs(args: argparse.Namespace) -> None:
    """Nobody wants to hear after an hour that a file could not be written."""
    for option in ("junit", "json", "events"):
        path: Path | None = getattr(args, option)
        if path is None:
            continue
        if path.is_dir():
            raise UsageError(f"--{option} {path}: this is a folder; name a file in it")
        if not path.absolute().parent.is_dir():
            raise UsageError(f"--{option} {path}: there is no folder {path.parent}; make it")
    if args.report is not None and args.report.exists() and not args.report.is_dir():
        raise UsageError(f"--report {args.report}: this is a file; name a folder")


def _console(args: argparse.Namespace, drill: Drill, manner: Manner) -> int:
    from opsconsole.cli.drill_console import open_drill

    journal = _new_journal(args.report)
    options = replace(looks(args), speed=args.speed, sharing=sharing(args))
    code, result = open_drill(drill, manner, options=options, journal=journal)
    lost = result is not None and _keep(args, [result])
    return EXIT_USAGE if lost else code


def _from_journal(args: argparse.Namespace) -> int:
    from opsconsole.drills.from_journal import drill_of
    from opsconsole.engine.journal import read_journal

    if args.drills:
        raise UsageError("--from JOURNAL makes a new drill: name no other")
    say(drill_of(read_journal(args.journal)))
    return EXIT_DONE


def _plan(drill: Drill, manner: Manner) -> str:
    from opsconsole.drills.plan import rows
    from opsconsole.fleet import format_duration

    length = format_duration(drill.length_us / 1_000_000)
    head = f"SIMULATED  {drill.name}: {drill.title}\n  fleet {drill.loaded.fleet.name}, {length}, seed {drill.seed}"
    return f"{head}\n{headed(('WHEN', 'KIND', 'WHAT', 'HOW'), list(rows(drill, manner)), '  ')}"


# -- one run of each -----------------------------------------------------------------------------------------------


def _each(args: argparse.Namespace, drills: Sequence[Drill], manner: Manner) -> int:
    from opsconsole.cli.drill_text import line, say_in_full
    from opsconsole.drills.result import EXIT_CODES, Verdict

    found, stopped = (_one(args, drills[0], manner), False) if len(drills) == 1 else _several(args, drills, manner)
    lost = _keep(args, found)  # first: whoever reads what is said may go away
    if len(drills) > 1:
        for result in found:
            say(line(result))
        for drill in drills:
            if drill.chaos is not None:
                say(f"  {drill.name}: one of its {drill.chaos.runs} runs; all of them where it is named alone")
    for result in found:
        if len(drills) == 1 or result.verdict is not Verdict.PASSED:
            if len(drills) > 1:
                say("")
            say_in_full(result)
    codes = [EXIT_CODES[result.verdict] for result in found] + ([EXIT_STOPPED] if stopped else [])
    codes += [EXIT_USAGE] if lost else []
    return next(code for code in WORST_FIRST if code in codes)


def _one(args: argparse.Namespace, drill: Drill, manner: Manner) -> list[DrillResult]:
    """In this process, so that its event log and journal can be kept."""
    from opsconsole.cli.runs import event_file, stoppable
    from opsconsole.drills.running import run_drill

    journal = _new_journal(args.report)
    with event_file(args.events) as events, stoppable() as stopped:
        attach = None if events is None else events.attach
        result = run_drill(drill, manner=manner, journal=journal, attach=attach, stop=lambda: bool(stopped))
    _unlock(journal)
    return [result]


def _unlock(journal: Path | None) -> None:
    """Nobody writes there any more."""
    if journal is not None:
        journal.with_name(f"{journal.name}.lock").unlink(missing_ok=True)


def _new_journal(folder: Path | None) -> Path | None:
    """The journal beside a report: that of the run which the report tells of."""
    if folder is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    journal = folder / "journal.jsonl"
    journal.unlink(missing_ok=True)
    return journal


def _several(args: argparse.Namespace, drills: Sequence[Drill], manner: Manner) -> tuple[list[DrillResult], bool]:
    """On all cores, in the order in which they were named; whether somebody stopped it."""
    from opsconsole.drills.batch import let_go, results, task, workers

    found: dict[int, DrillResult] = {}
    stopped = False
    journals = [None if args.report is None else _new_journal(args.report / drill.name) for drill in drills]
    tasks = [task(drill, manner, journal=journal) for drill, journal in zip(drills, journals, strict=True)]
    with workers(len(drills)) as executor, _progress("drills", len(drills)) as done:
        try:
            for number, result in results(tasks, executor, done):
                found[number] = result
        except KeyboardInterrupt:
            stopped = True
            let_go(executor)
    for journal in journals:
        _unlock(journal)
    if stopped:
        complain(f"stopped after {len(found)} of {count(len(drills), 'drill')}")
    return [found[number] for number in sorted(found)], stopped


def _keep(args: argparse.Namespace, found: Sequence[DrillResult]) -> bool:
    """Write what was asked for; whether some of it could not be written, which is told and loses nothing else."""
    writers: list[tuple[Path, Callable[[], object]]] = []
    if args.report is not None:
        from opsconsole.drills.report import write_report

        folders = [args.report if len(found) == 1 else args.report / result.drill for result in found]
        writers += [(folder, partial(write_report, one, folder)) for one, folder in zip(found, folders, strict=True)]
    if args.junit is not None:
        from opsconsole.drills.junit import junit

        writers.append((args.junit, partial(_write, args.junit, junit(found))))
    if args.json is not None:
        texts = [result.model_dump_json(indent=2) for result in found]
        text = texts[0] if len(texts) == 1 else "[" + ",\n".join(texts) + "]"
        writers.append((args.json, partial(_write, args.json, text + "\n")))
    lost = [path for path, write in writers if not _written(path, write)]
    return bool(lost)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _written(path: Path, write: Callable[[], object]) -> bool:
    try:
        write()
    except OSError as error:
        complain(f"{error.filename or path} was not written: {error.strerror or error}")
        return False
    return True


# -- many runs of one ----------------------------------------------------------------------------------------------


def _many(args: argparse.Namespace, drill: Drill, manner: Manner) -> int:
    from opsconsole.cli.drill_text import distribution
    from opsconsole.drills.batch import many, workers
    from opsconsole.drills.result import EXIT_CODES

    runs = _runs(args, drill)
    need = drill.chaos.need_percent if drill.chaos is not None else 100.0
    with workers(runs) as executor, _progress("runs", runs) as done:
        result: ChaosResult = many(drill, runs, need, manner, executor, done)
    lost = False
    if args.report is not None:
        from opsconsole.drills.report import write_chaos_report

        lost = not _written(args.report, partial(write_chaos_report, result, args.report))
    if args.json is not None:
        lost |= not _written(args.json, partial(_write, args.json, result.model_dump_json(indent=2) + "\n"))
    say(distribution(result))
    return EXIT_USAGE if lost else EXIT_CODES[result.verdict]


def _shrink(drill: Drill, manner: Manner) -> int:
    from opsconsole.cli.drill_text import say_in_full
    from opsconsole.cli.script import clock
    from opsconsole.drills.result import EXIT_CODES
    from opsconsole.drills.shrinking import shrink

    tries: list[int] = []
    try:
        result, throws = shrink(drill, manner, tries.append)
    except ValueError as error:
        raise UsageError(f"--shrink: {error}") from None
    say(f"after {count(len(tries), 'run')}, {count(len(throws), 'random fault')} of them still fail:")
    for at_us, text in throws:
        say(f'  "{clock(at_us)} {text}"')
    say("")
    say_in_full(result)
    return EXIT_CODES[result.verdict]


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on stderr while somebody looks; what to call for each one that is done."""
    if not sys.stderr.isatty():
        yield lambda more: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda more: bar.advance(task, more)
