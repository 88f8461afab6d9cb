"""Run a fleet headless, as fast as it goes, and say in a few lines what came of it."""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

from opsconsole.cli.script import add_fleet, add_script, clock, duration_us, schedule, script
from opsconsole.cli.terminal import EXIT_DONE, EXIT_STOPPED, complain, say, table

if TYPE_CHECKING:
    from opsconsole.cloud.apps import App
    from opsconsole.engine.eventfile import EventFile
    from opsconsole.engine.session import Order, Session

STRETCH_US: Final = 60 * 1_000_000
"""Virtual time between two looks at whether somebody pressed Ctrl-C."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of `opsconsole run`."""
    add_fleet(parser)
    parser.add_argument(
        "--for", dest="length", default="1h", metavar="TIME", help='virtual time to run: "24h" (default 1h)'
    )
    add_script(parser)
    parser.add_argument("--events", type=Path, metavar="FILE", help="write the event log here (JSON lines)")
    parser.add_argument("--metrics", type=Path, metavar="FILE", help="write metrics here (CSV)")
    parser.add_argument("--journal", type=Path, metavar="FILE", help="keep a journal here (for replay and resume)")


def execute(args: argparse.Namespace) -> int:
    """Run, then print the summary."""
    from opsconsole.engine.replay import begin
    from opsconsole.fleet import load_fleet

    loaded = load_fleet(args.fleet)
    length_us = duration_us(args.length, "--for")
    entries = script(args.do)
    with event_file(args.events) as events:
        attach = None if events is None else events.attach
        session = begin(loaded, seed=args.seed, journal=args.journal, attach=attach)
        schedule(session, entries)
        return run_and_tell(session, length_us, args.metrics)


def run_and_tell(session: Session, until_us: int, metrics: Path | None = None) -> int:
    """Run a session to a virtual time, finish it, and print what came of it. Exit code: done or stopped."""
    began, before_us = time.monotonic(), session.now_us
    try:
        with _stoppable() as stopped:
            while session.now_us < until_us and not stopped:
                session.run_until(min(until_us, session.now_us + STRETCH_US))
            if not stopped:
                session.run_until(until_us)
    finally:
        session.close()
    took = time.monotonic() - began
    if metrics is not None:
        _write_metrics(session, metrics)
    say(_summary(session, before_us, took))
    if session.recorder is not None and session.recorder.trouble is not None:
        complain(f"the journal is not complete: {session.recorder.trouble}")
    if stopped:
        complain(f"stopped at {clock(session.now_us)}, before {clock(until_us)}")
        return EXIT_STOPPED
    return EXIT_DONE


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
def _stoppable() -> Iterator[list[int]]:
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


def _summary(session: Session, before_us: int, took: float) -> str:
    from opsconsole.fleet import format_duration

    cloud, orders = session.cloud, session.orders
    ran_us = session.now_us - before_us
    pace = f"{ran_us / 1_000_000 / took:,.0f} times real time" if took > 0 else "at once"
    length = format_duration(ran_us / 1_000_000)
    rows = [
        ("ran", f"{length} of virtual time in {took:.2f} s ({pace})"),
        ("asked", _orders(orders)),
        *(("", _told(order)) for order in orders if order.code),
        ("events", f"{cloud.log.count} rows"),
        ("digest", cloud.log.digest),
    ]
    apps = [(name, _fared(app, session.now_us)) for name, app in cloud.apps.items()]
    head = f"SIMULATED  {cloud.fleet.name}  seed {cloud.seed}  now {clock(session.now_us)}"
    return f"{head}\n{table([*rows[:2], *rows[2:-2], *apps, *rows[-2:]], '  ')}"


def _orders(orders: tuple[Order, ...]) -> str:
    states = [order.state.value for order in orders]
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    return f"{len(orders)} commands" + (f": {counts}" if counts else "")


def _told(order: Order) -> str:
    return f"{clock(order.asked_us)} {order.line}\n    {order.state.value}: {order.code}: {order.sentence}"


def _fared(app: App, now_us: int) -> str:
    totals = app.books.at(now_us)
    share = f"{totals.ok / totals.due * 100:.3f} % ok" if totals.due else "nothing was due"
    lost = (totals.due - totals.ok) // 1_000_000_000
    incidents = len(app.incidents)
    return (
        f"{share}, {lost:,} requests not, {incidents} incident{'' if incidents == 1 else 's'}, now {app.health.value}"
    )


def _write_metrics(session: Session, path: Path) -> None:
    from opsconsole.cloud.metrics import write_csv

    with path.open("w", newline="", encoding="utf-8") as file:
        write_csv(session.cloud, file)
