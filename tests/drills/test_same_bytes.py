"""Same drill and seed: the same result and the same event log, headless, live, and replayed from its journal."""

from pathlib import Path

from opsconsole.cloud import EventLog
from opsconsole.drills.load import load_drill
from opsconsole.drills.manner import Manner
from opsconsole.drills.running import Run, run_drill
from opsconsole.engine.journal import read_journal
from opsconsole.engine.replay import replay
from tests.drills.writing import drill

ROWS = (
    '{ at = "20s", fault = "az:outage", target = "us-east-1a", for = "60s", id = "outage" }',
    '{ at = "20s", say = "checkout fails", from = "PagerDuty" }',
    '{ when = "orders-2.lag > 20ms", mark = "late" }',
    '{ after = "outage", action = "rds:failover-db-cluster", target = "orders", id = "home", solution = true }',
    '{ at = "20s", expect = "orders.endpoint.writer.az != us-east-1a", within = "90s" }',
    '{ at = "2m", load = "checkout", set = { writes = "800/s" }, ramp = "30s", for = "1m" }',
)


class Bytes:
    """What an event log said."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def attach(self, log: EventLog) -> None:
        log.subscribe(lambda line, row: self.lines.append(line))


def test_the_console_and_the_journal_give_the_same_as_a_headless_run(tmp_path: Path) -> None:
    one = drill(*ROWS, length="5m")
    headless, again, sliced = Bytes(), Bytes(), Bytes()
    result = run_drill(one, journal=tmp_path / "a.jsonl", attach=headless.attach)
    replay(read_journal(tmp_path / "a.jsonl"), again.attach)
    assert again.lines == headless.lines
    live = Run(one, journal=tmp_path / "b.jsonl", live=True, attach=sliced.attach)
    live.begin()
    while not live.over:  # as the console's engine does: slices of any length, with looks between them
        live.session.run_until(live.session.now_us + 137_031)
        assert live.session.next_time_us is None or live.session.next_time_us > live.session.now_us
    live.session.close()
    assert live.result.model_dump_json() == result.model_dump_json()
    assert sliced.lines == headless.lines
    journalled = Bytes()
    replay(read_journal(tmp_path / "b.jsonl"), journalled.attach)
    assert journalled.lines[: len(headless.lines)] == headless.lines


def test_detail_changes_nothing_that_is_measured() -> None:
    """A run by the thousand notes less, and sees the same."""
    full, short = run_drill(load_drill("az_outage")), run_drill(load_drill("az_outage"), detail=False)
    assert (full.verdict, full.log_digest, full.checks) == (short.verdict, short.log_digest, short.checks)
    assert [a.rto_us for a in full.apps] == [a.rto_us for a in short.apps]


def test_without_faults_and_without_the_solution_it_is_another_run() -> None:
    one = drill(*ROWS, length="5m")
    digests = [
        run_drill(one, manner=m, detail=False).log_digest for m in (Manner(), Manner(False), Manner(True, False))
    ]
    assert len(dict.fromkeys(digests)) == 3
