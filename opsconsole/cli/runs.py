"""Run a fleet headless, as fast as it goes, and say in a few lines what came of it."""

from __future__ import annotations

import argparse
import csv
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

from opsconsole.cli.plain import Plain
from opsconsole.cli.script import add_fleet, add_script, clock, duration_us, schedule, script, within
from opsconsole.cli.terminal import (
    EXIT_DONE,
    EXIT_STOPPED,
    UsageError,
    complain,
    count,
    let_go_of_stdout,
    say,
    table,
)

if TYPE_CHECKING:
    from opsconsole.cloud import Cloud
    from opsconsole.cloud.apps import App
    from opsconsole.engine.eventfile import EventFile
    from opsconsole.engine.session import Order, Session

MINUTE_US: Final = 60 * 1_000_000
"""Virtual time between two looks at whether somebody pressed Ctrl-C, and at the minute's metrics."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of `opsconsole run`."""
    add_fleet(parser)
    parser.add_argument(
        "--for", dest="length", default="1h", metavar="TIME", help='virtual time to run: "24h" (default 1h)'
    )
    add_script(parser)
    parser.add_argument("--plain", action="store_true", help="print what happens, a line each, as the console tells it")
    parser.add_argument(
        "--view",
        choices=("truth", "aws"),
        help="with --plain: all that happens, or what an operator would know, when it gets there (default truth)",
    )
    parser.add_argument("--events", type=Path, metavar="FILE", help="write the event log here (JSON lines)")
    parser.add_argument("--metrics", type=Path, metavar="FILE", help="write metrics here (CSV)")
    parser.add_argument("--journal", type=Path, metavar="FILE", help="keep a journal here (for replay and resume)")


def execute(args: argparse.Namespace) -> int:
    """Run, then print the summary."""
    from opsconsole.engine.begin import begin
    from opsconsole.fleet import load_fleet

    if args.view and not args.plain:
        raise UsageError(f"--view {args.view} says what --plain tells: give both")
    loaded = load_fleet(args.fleet)
    length_us = duration_us(args.length, "--for")
    entries = script(args.do)
    within(entries, length_us, f"--for {args.length}")
    with event_file(args.events) as events:
        attach = None if events is None else events.attach
        session = begin(
            loaded,
            seed=args.seed,
            journal=args.journal,
            attach=attach,
            ready=lambda session: schedule(session, entries),
        )
        plain = Plain(session, truth=args.view != "aws") if args.plain else None
        files = any((args.events, args.metrics, args.journal))
        return run_and_tell(session, length_us, args.metrics, plain, files=files)


def run_and_tell(
    session: Session,
    until_us: int,
    metrics: Path | None = None,
    plain: Plain | None = None,
    *,
    files: bool = False,
) -> int:
    """Run a session to a virtual time, finish it, and print what came of it. Exit code: done or stopped.

    ``plain`` tells what happens on the way; then nothing that is printed depends on the machine. ``files``: the run
    writes some, so it goes to its end even where nobody reads what it tells.
    """
    began, before_us = time.monotonic(), session.now_us
    try:
        with _metrics_file(metrics) as minute, stoppable() as stopped:
            session.run_until(session.now_us)
            _tell(plain, files)
            while session.now_us < until_us and not stopped:
                stops = until_us, (session.now_us // MINUTE_US + 1) * MINUTE_US, plain.next_us() if plain else None
                session.run_until(min(stop for stop in stops if stop is not None))
                _tell(plain, files)
                minute(session.cloud)
    finally:
        session.close()
    took = None if plain else time.monotonic() - began
    say(_summary(session, before_us, took))
    if session.recorder is not None and session.recorder.trouble is not None:
        complain(f"the journal is not complete: {session.recorder.trouble}")
    if stopped:
        complain(f"stopped at {clock(session.now_us)}, before {clock(until_us)}")
        return EXIT_STOPPED
    return EXIT_DONE


def _tell(plain: Plain | None, files: bool) -> None:
    """Say what has happened. Where nobody reads any more (`| head`), the run goes on only for the files it writes."""
    if plain is not None:
        try:
            plain.tell()
        except BrokenPipeError:
            if not files:
                raise
            let_go_of_stdout()


@contextmanager
def event_file(path: Path | None) -> Iterator[EventFile | None]:
    """An event log's file that is finished at the end, or nothing where no file is wanted."""
    if path is None:
        yield None
        return
    from opsconsole.engine.eventfile import EventFile

    events = EventFile(path)
    try:
        yield events
    finally:
        events.close()


@contextmanager
def stoppable() -> Iterator[list[int]]:
    """Ctrl-C and SIGTERM only take note, so that nothing is torn in the middle of an instant; a second one insists."""
    stopped: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        if stopped:
            raise KeyboardInterrupt
        stopped.append(number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _summary(session: Session, before_us: int, took: float | None) -> str:
    from opsconsole.fleet import format_duration

    cloud, orders = session.cloud, session.orders
    ran_us = session.now_us - before_us
    length = format_duration(ran_us / 1_000_000)
    pace = "" if took is None else f" in {took:.2f} s ({ran_us / 1_000_000 / max(took, 0.01):,.0f} times real time)"
    rows = [
        ("ran", f"{length} of virtual time{pace}"),
        ("asked", _asked(session.last_seq, orders)),
        *((order.state.value, _told(order)) for order in orders if order.code),
        *((name, _fared(cloud, app)) for name, app in cloud.apps.items()),
        ("events", f"{cloud.log.count} rows"),
        ("digest", cloud.log.digest),
    ]
    head = f"SIMULATED  {cloud.fleet.name}  seed {cloud.seed}  now {clock(session.now_us)}"
    return f"{head}\n{table(rows, '  ')}"


def _asked(asked: int, orders: tuple[Order, ...]) -> str:
    states = [order.state.value for order in orders]
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    return count(asked, "command") + (f": {counts}" if counts else "")


def _told(order: Order) -> str:
    return f"{clock(order.asked_us)} {order.line}: {order.code}: {order.sentence}"


def _fared(cloud: Cloud, app: App) -> str:
    """How an app fared: what ended badly, what was lost, how long its worst incident was."""
    from opsconsole.cloud.books import REQUEST
    from opsconsole.cloud.losses import account
    from opsconsole.fleet import format_duration

    totals, kept = app.books.at(cloud.now_us), account(cloud, app.id)
    counts = {
        "failed": totals.writes_failed + totals.reads_failed,
        "unknown": totals.writes_unknown,
        "stale": totals.reads_stale,
        "acknowledged and lost": kept.lost,
        "good ones discarded": kept.discarded,
        "wrong ones removed": kept.wrong_removed,
        "wrong rows in its database": kept.wrong_present,
    }
    told = [f"{number // REQUEST:,} {word}" for word, number in counts.items() if number >= REQUEST]
    if app.incidents:
        worst_us = max((app.well_again(one) or cloud.now_us) - one.began_us for one in app.incidents)
        told.append(f"{count(len(app.incidents), 'incident')}, longest {format_duration(worst_us // 1000 / 1000)}")
    share = f"{totals.ok / totals.due * 100:.3f} % ok" if totals.due else "nothing was due"
    return ", ".join((share, *told, f"now {app.health.value}"))


@contextmanager
def _metrics_file(path: Path | None) -> Iterator[Callable[[Cloud], None]]:
    """What to call after each minute of virtual time, so that its metrics are in the file."""
    if path is None:
        yield lambda cloud: None
        return
    from opsconsole.cloud.aws_view import moment
    from opsconsole.cloud.metrics import minute_rows

    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(("Timestamp", "t", "source", "metric", "unit", "Average"))

        def minute(cloud: Cloud) -> None:
            if cloud.now_us % MINUTE_US == 0:
                for row in minute_rows(cloud, cloud.now_us // MINUTE_US - 1):
                    at = moment(cloud, row.begins_us).isoformat().replace("+00:00", "Z")
                    out.writerow((at, row.begins_us, row.thing, row.metric, row.unit, f"{row.average:.6f}"))

        yield minute
