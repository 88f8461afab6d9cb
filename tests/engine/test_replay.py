"""A journal is the session: it runs again to the same bytes, goes on where it was killed, and tells a changed run."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from opsconsole.commands import parse
from opsconsole.engine import replay as replay_module
from opsconsole.engine.begin import begin
from opsconsole.engine.eventfile import EventFile
from opsconsole.engine.journal import Journal, read_journal
from opsconsole.engine.recording import Divergence
from opsconsole.engine.records import Checkpoint, Clock
from opsconsole.engine.replay import rehearse, replay, resume
from opsconsole.engine.session import Session
from opsconsole.fleet import load_fleet

SECOND = 1_000_000
SCRIPT = [
    (60, "az:outage us-east-1a for=10m"),
    (90, "rds:failover-db-cluster orders"),
    (1500, "sim:crash-instance orders-2"),
]


def play(session: Session, until_s: int, since_s: int = -1) -> None:
    for at, line in SCRIPT:
        if since_s < at <= until_s:
            session.run_until(at * SECOND)
            session.ask(parse(line), "operator")
    session.run_until(until_s * SECOND)


def recorded(path: Path, events: Path | None = None) -> Session:
    log = None if events is None else EventFile(events)
    session = begin(load_fleet("aurora_mysql"), seed=3, journal=path, attach=log and log.attach)
    play(session, 3600)
    session.close()
    if log is not None:
        log.close()
    return session


def test_a_replay_writes_the_same_bytes(tmp_path: Path) -> None:
    session = recorded(tmp_path / "a.journal", tmp_path / "first.jsonl")
    events = EventFile(tmp_path / "second.jsonl")
    again = replay(read_journal(tmp_path / "a.journal"), events.attach)
    events.close()
    first = (tmp_path / "first.jsonl").read_bytes()
    assert first.count(b"\n") == session.cloud.log.count > 30
    assert (tmp_path / "second.jsonl").read_bytes() == first
    assert (again.now_us, again.cloud.log.digest) == (3600 * SECOND, session.cloud.log.digest)


def test_a_replay_compares_every_row_with_the_journal(tmp_path: Path) -> None:
    session = recorded(tmp_path / "a.journal")
    rehearsal = rehearse(read_journal(tmp_path / "a.journal"))
    rehearsal.session.run_until(rehearsal.until_us)
    rehearsal.verifier.finish()
    assert rehearsal.verifier.checked_rows == session.cloud.log.count


def forged(path: Path, change: int) -> None:
    """A journal, properly linked, that remembers another row ``change`` than the one that the run writes."""
    contents = read_journal(path)
    path.unlink()
    journal = Journal.create(path, contents.header)
    for record in contents.records:
        if isinstance(record, Checkpoint):
            at = (change - 1) * 8
            marks = record.marks[:at] + "00000000" + record.marks[at + 8 :]
            record = record.model_copy(update={"marks": marks, "digest": "0" * 32})
        journal.append(record)
    journal.close()


def test_a_run_that_differs_says_at_which_event(tmp_path: Path) -> None:
    session = recorded(tmp_path / "a.journal")
    forged(tmp_path / "a.journal", change=12)
    row = list(session.cloud.log.tail)[11]
    with pytest.raises(Divergence, match="from event 12 on") as caught:
        replay(read_journal(tmp_path / "a.journal"))
    assert f'"t":{row["t"]}' in str(caught.value)
    assert "this is a defect" in str(caught.value)


def test_a_run_that_differs_says_so_if_the_product_does_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded(tmp_path / "a.journal")
    forged(tmp_path / "a.journal", change=1)
    monkeypatch.setattr(replay_module.opsconsole, "__version__", "9.9.9")
    with pytest.raises(Divergence, match=r"written by opsconsole 0\.1\.0, this is 9\.9\.9"):
        replay(read_journal(tmp_path / "a.journal"))


def test_a_run_that_ends_too_early_differs(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    recorded(path)
    contents = read_journal(path)
    path.unlink()
    journal = Journal.create(path, contents.header)
    for record in contents.records:
        journal.append(record)
    journal.append(Checkpoint(t=contents.last_us, rows=5_000, digest="0" * 32))
    journal.close()
    with pytest.raises(Divergence, match="has 5000 events"):
        replay(read_journal(path))


def test_a_command_that_this_version_does_not_know_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    recorded(path)
    contents = read_journal(path)
    path.unlink()
    journal = Journal.create(path, contents.header)
    journal.append(contents.asked[0].model_copy(update={"command": "az:flood us-east-1a"}))
    journal.close()
    with pytest.raises(Divergence, match=r"command 1 \(`az:flood us-east-1a`\)"):
        replay(read_journal(path))


def test_a_session_that_was_closed_goes_on_as_if_it_never_had_been(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    session = begin(load_fleet("aurora_mysql"), seed=3, journal=path)
    play(session, 100)
    session.close()
    resumed = resume(path)
    assert resumed.now_us == 100 * SECOND
    play(resumed, 3600, since_s=100)
    resumed.close()
    whole = recorded(tmp_path / "whole.journal")
    assert resumed.cloud.log.digest == whole.cloud.log.digest
    assert [order.line for order in resumed.orders] == [order.line for order in whole.orders]
    again = replay(read_journal(path))
    assert again.cloud.log.digest == whole.cloud.log.digest


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
def test_a_session_killed_in_the_middle_goes_on_identical(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    program = f"""
import time
from pathlib import Path
from opsconsole.commands import parse
from opsconsole.engine.begin import begin
from opsconsole.fleet import load_fleet
session = begin(load_fleet("aurora_mysql"), seed=3, journal=Path({str(path)!r}), live=True)
for at, line in {SCRIPT!r}[:2]:
    session.run_until(at * 1_000_000)
    session.ask(parse(line), "operator")
session.run_until(95_000_000)
session.mark("tick", 1.0)
session.run_until(97_000_000)  # nothing tells of this
print("now", flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == "now\n"
        victim.send_signal(signal.SIGKILL)
        assert victim.wait() == -signal.SIGKILL
    with path.open("ab") as file:
        file.write(b'{"kind":"asked","seq":3,"t":96')  # it died while it wrote
    resumed = resume(path, live=True)
    assert resumed.now_us == 95 * SECOND
    play(resumed, 3600, since_s=95)
    resumed.close()
    whole = recorded(tmp_path / "whole.journal")
    assert resumed.cloud.log.digest == whole.cloud.log.digest
    assert replay(read_journal(path)).cloud.log.digest == whole.cloud.log.digest


def test_resume_gives_the_journal_back_when_the_run_differs(tmp_path: Path) -> None:
    recorded(tmp_path / "a.journal")
    forged(tmp_path / "a.journal", change=2)
    for _attempt in range(2):  # the second would find the lock held
        with pytest.raises(Divergence):
            resume(tmp_path / "a.journal")


def test_a_disk_that_refuses_ends_the_recording_and_not_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.journal"
    session = begin(load_fleet("aurora_mysql"), seed=3, journal=path)
    session.run_until(10 * SECOND)

    def full(file: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    play(session, 3600)
    session.close()
    monkeypatch.undo()
    assert session.recorder is not None
    assert session.recorder.trouble is not None
    assert "No space left" in session.recorder.trouble
    assert session.cloud.log.digest == recorded(tmp_path / "whole.journal").cloud.log.digest
    assert read_journal(path).records == ()


def test_a_long_log_is_checked_in_stretches(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    session = begin(load_fleet("aurora_mysql"), journal=path)
    for _number in range(600):
        session.ask(parse("heal us-east-1b"), "operator")
    session.close()
    checkpoints = read_journal(path).checkpoints
    assert [checkpoint.rows for checkpoint in checkpoints] == [256, 512, 600]
    assert read_journal(path).of(Clock)[-1].why == "quit"
    assert replay(read_journal(path)).cloud.log.digest == checkpoints[-1].digest
