"""A disk that is full: the session goes on and says so, what was recorded holds, and space makes the journal whole."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from opsconsole.commands import parse
from opsconsole.console.desk import Desk
from opsconsole.console.views.status import status_line
from opsconsole.engine import recording
from opsconsole.engine.begin import begin
from opsconsole.engine.engine import Engine
from opsconsole.engine.journal import JournalError, read_journal
from opsconsole.engine.replay import replay, resume
from opsconsole.engine.session import Session
from opsconsole.fleet import load_fleet

resource = pytest.importorskip("resource")

SECOND = 1_000_000
SOME = ["az:outage us-east-1a for=10m", "mark one", "rds:failover-db-cluster orders"]
MORE = ["sim:crash-instance orders-2", "mark two", "heal all"]


@pytest.fixture
def disk() -> Iterator[Callable[[int | None], None]]:
    """Lets no file grow beyond so many bytes, as a full disk does; None: as far as it likes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def holds(size: int | None) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft if size is None else size, hard))

    yield holds
    holds(None)


def play(session: Session, lines: list[str]) -> Session:
    for line in lines:
        session.run_until(session.now_us + 30 * SECOND)
        session.ask(parse(line), "operator")
    session.mark("tick", 1.0)
    return session


def fresh(path: Path | None = None) -> Session:
    return begin(load_fleet("aurora_mysql"), seed=3, journal=path, live=True)


@pytest.mark.parametrize("room", [0, 1, 70, 130])
def test_what_was_recorded_holds_and_space_makes_the_journal_whole(
    tmp_path: Path, disk: Callable[[int | None], None], room: int
) -> None:
    path, killed = tmp_path / "a.journal", tmp_path / "killed.journal"
    session = play(fresh(path), SOME)
    recorder = session.recorder
    assert recorder is not None
    disk(path.stat().st_size + room)
    play(session, MORE)
    assert recorder.trouble == f"{path}: cannot be written: File too large"
    assert recorder.reason == "File too large"
    shutil.copy(path, killed)
    disk(None)
    after = resume(killed)
    assert not read_journal(killed).torn
    assert [order.line for order in after.orders][:3] == SOME  # what was acknowledged before is there
    play(session, ["mark three"])
    assert (recorder.trouble, recorder.reason) == (None, "")
    session.close()
    again = replay(read_journal(path))
    assert [order.line for order in again.orders] == [*SOME, *MORE, "mark three"]
    undisturbed = play(play(play(fresh(), SOME), MORE), ["mark three"])
    assert again.cloud.log.digest == session.cloud.log.digest == undisturbed.cloud.log.digest


def test_a_disk_that_stays_full_is_given_up_with_a_whole_journal(
    tmp_path: Path, disk: Callable[[int | None], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MOST_WAITING", 5)
    path = tmp_path / "a.journal"
    session = play(fresh(path), SOME)
    disk(path.stat().st_size + 20)
    play(play(session, MORE), MORE)
    disk(None)
    play(session, MORE)  # too late: what is missing would leave a hole
    session.close()
    assert session.recorder is not None
    assert session.recorder.reason == "File too large"
    contents = read_journal(path)
    assert [asked.command for asked in contents.asked] == SOME
    replay(contents)


def test_the_console_says_that_it_does_not_record_and_why(tmp_path: Path, disk: Callable[[int | None], None]) -> None:
    path = tmp_path / "a.journal"
    session = fresh(path)
    desk = Desk.of(Engine(session, paused=True), read_only=False, ascii=False)
    disk(path.stat().st_size)
    play(session, SOME)
    for width in (80, 160):
        assert "not recording: File too large" in status_line(session.cloud, desk.clock(), width).text
    disk(None)
    play(session, MORE)
    assert "not recording" not in status_line(session.cloud, desk.clock(), 160).text


def test_a_disk_that_lost_something_is_not_trusted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(file: int) -> None:
        raise OSError(5, "Input/output error")

    path = tmp_path / "a.journal"
    session = play(fresh(path), SOME)
    monkeypatch.setattr("os.fsync", fail)
    play(session, MORE[:1])
    monkeypatch.undo()
    play(session, MORE[1:])
    session.close()
    assert session.recorder is not None
    assert session.recorder.reason == "Input/output error"
    replay(read_journal(path))


def test_a_disk_that_is_full_at_the_start_is_a_sentence(tmp_path: Path, disk: Callable[[int | None], None]) -> None:
    disk(100)
    with pytest.raises(JournalError, match="File too large"):
        fresh(tmp_path / "a.journal")
    disk(None)
    assert not (tmp_path / "a.journal").exists()
