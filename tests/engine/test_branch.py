"""A replay stops where it is asked to, and goes on from there as a session of its own."""

from pathlib import Path

import pytest

from opsconsole.commands import parse
from opsconsole.engine.begin import begin
from opsconsole.engine.engine import Engine
from opsconsole.engine.eventfile import EventFile
from opsconsole.engine.journal import Journal, JournalError, read_journal
from opsconsole.engine.recording import Divergence
from opsconsole.engine.records import Checkpoint
from opsconsole.engine.replay import branch, rehearse, replay, replay_until, resume
from opsconsole.engine.session import Session
from opsconsole.fleet import load_fleet
from tests.engine.test_engine import running, until
from tests.engine.wall import FakeClock

SECOND = 1_000_000
SCRIPT = [
    (60, "az:outage us-east-1a for=10m"),
    (90, "rds:failover-db-cluster orders"),
    (1500, "sim:crash-instance orders-2"),
]


def play(session: Session, script: list[tuple[int, str]], until_s: int) -> Session:
    for at, line in script:
        session.run_until(at * SECOND)
        session.ask(parse(line), "operator")
    session.run_until(until_s * SECOND)
    session.close()
    return session


def fresh(journal: Path | None = None) -> Session:
    return begin(load_fleet("aurora_mysql"), seed=3, journal=journal)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    play(fresh(tmp_path / "a.journal"), SCRIPT, 1800)
    return tmp_path / "a.journal"


@pytest.mark.parametrize("until_s", [0, 60, 75, 90, 700, 1500, 1800])
def test_a_replay_stops_where_asked_with_every_row_up_to_there_compared(journal: Path, until_s: int) -> None:
    rehearsal = replay_until(read_journal(journal), until_s * SECOND)
    whole = play(fresh(), [entry for entry in SCRIPT if entry[0] <= until_s], until_s)
    assert rehearsal.session.now_us == until_s * SECOND
    assert rehearsal.session.cloud.log.digest == whole.cloud.log.digest
    assert rehearsal.verifier.checked_rows == whole.cloud.log.count


def test_a_replay_that_stops_says_where_it_differs_before(journal: Path) -> None:
    contents = read_journal(journal)
    journal.unlink()
    forged = Journal.create(journal, contents.header)
    for record in contents.records:
        if isinstance(record, Checkpoint):
            record = record.model_copy(update={"marks": record.marks[:24] + "00000000" + record.marks[32:]})
        forged.append(record)
    forged.close()
    assert replay_until(read_journal(journal), 30 * SECOND).session.now_us == 30 * SECOND
    with pytest.raises(Divergence, match="from event 4 on"):
        replay_until(read_journal(journal), 80 * SECOND)


def test_a_replay_cannot_stop_after_the_end(journal: Path) -> None:
    with pytest.raises(JournalError, match=r"ends at T\+1800\.000000s, before T\+1801"):
        replay_until(read_journal(journal), 1801 * SECOND)


@pytest.mark.parametrize("until_s", [0, 75, 90, 700, 1800])
def test_a_branch_is_a_session_of_its_own(journal: Path, tmp_path: Path, until_s: int) -> None:
    before = journal.read_bytes()
    other = [(until_s, "mark here"), (2000, "az:outage us-east-1c for=5m")]
    branched = branch(read_journal(journal), until_s * SECOND, tmp_path / "b.journal", live=True)
    assert branched.now_us == until_s * SECOND
    assert branched.script == ()
    play(branched, other, 3600)
    whole = play(fresh(), [entry for entry in SCRIPT if entry[0] <= until_s] + other, 3600)
    assert branched.cloud.log.digest == whole.cloud.log.digest
    again = replay(read_journal(tmp_path / "b.journal"))
    assert (again.now_us, again.cloud.log.digest) == (3600 * SECOND, whole.cloud.log.digest)
    assert journal.read_bytes() == before


def test_a_branch_that_is_killed_at_once_resumes_where_it_began(journal: Path, tmp_path: Path) -> None:
    branch(read_journal(journal), 700 * SECOND, tmp_path / "b.journal", live=True)
    copy = tmp_path / "c.journal"  # what a kill -9 leaves: no quit record, nobody's lock
    copy.write_bytes((tmp_path / "b.journal").read_bytes())
    resumed = resume(copy)
    assert resumed.now_us == 700 * SECOND
    assert resumed.last_seq == 2


def test_a_branch_replays_to_the_same_bytes_as_its_event_file(journal: Path, tmp_path: Path) -> None:
    first, second = EventFile(tmp_path / "1.jsonl"), EventFile(tmp_path / "2.jsonl")
    branched = branch(read_journal(journal), 75 * SECOND, tmp_path / "b.journal", attach=first.attach)
    play(branched, [(100, "heal all")], 900)
    replay(read_journal(tmp_path / "b.journal"), second.attach)
    first.close()
    second.close()
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.path.read_bytes().count(b"\n") > 20


def test_a_branch_never_overwrites_and_leaves_nothing_behind_when_it_fails(journal: Path, tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="never overwritten"):
        branch(read_journal(journal), 75 * SECOND, journal)

    def refuse(session: Session) -> None:
        raise JournalError("no")

    with pytest.raises(JournalError, match="no"):
        branch(read_journal(journal), 75 * SECOND, tmp_path / "b.journal", ready=refuse)
    assert not (tmp_path / "b.journal").exists()


@pytest.mark.parametrize("speed", [1.0, 600.0])
async def test_a_watched_replay_stands_still_where_asked_at_any_speed_and_goes_on_when_told(
    journal: Path, speed: float
) -> None:
    rehearsal = rehearse(read_journal(journal))
    engine = Engine(rehearsal.session, speed=speed, brake=False, stop_us=75 * SECOND + 1, clock=FakeClock())
    async with running(engine):
        await until(lambda: engine.paused)
        assert engine.now_us == 75 * SECOND + 1
        assert engine.stop_us is None
        engine.resume()
        await until(lambda: engine.now_us > 90 * SECOND)
    assert rehearsal.session.last_seq == 2


async def test_no_journey_and_no_step_goes_past_where_time_is_to_stand_still(journal: Path) -> None:
    for set_out in (lambda engine: engine.run_to(500 * SECOND), lambda engine: engine.step()):
        rehearsal = rehearse(read_journal(journal))
        engine = Engine(rehearsal.session, paused=True, stop_us=30 * SECOND, clock=FakeClock())
        async with running(engine):
            set_out(engine)
            await until(lambda: engine.stop_us is None)  # noqa: B023
            assert (engine.now_us, engine.paused) == (30 * SECOND, True)
