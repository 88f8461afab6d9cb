"""An earlier moment of a session, re-run in a second kernel: the same to the byte, or not shown; and gone on from."""

import gc
import threading
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest

from opsconsole.cloud import Cloud
from opsconsole.commands import parse
from opsconsole.engine.begin import begin
from opsconsole.engine.journal import JournalError, read_journal
from opsconsole.engine.past import Past
from opsconsole.engine.replay import branch_off, rehearse, replay, replay_until
from opsconsole.engine.session import Scripted, Session
from opsconsole.engine.shelf import branch_beside
from opsconsole.fleet import Fleet, load_fleet
from opsconsole.simulation import Kernel
from tests.engine.test_engine import until

SECOND = 1_000_000
END_S = 900
SCRIPT = [
    (60, "az:outage us-east-1a for=5m"),
    (90, "rds:failover-db-cluster orders"),
    (90, "rds:failover-db-cluster orders"),  # at the same instant, and refused
    (90, "mark here"),
    (700, "sim:crash-instance orders-2"),
]


def played(until_s: int = END_S, journal: Path | None = None) -> Session:
    """A session that somebody has operated."""
    session = begin(load_fleet("aurora_mysql"), seed=3, journal=journal, live=True)
    for at, line in SCRIPT:
        if at <= until_s:
            session.run_until(at * SECOND)
            session.ask(parse(line), "operator")
    session.run_until(until_s * SECOND)
    return session


@asynccontextmanager
async def looking(live: Session, end_us: int | None = None) -> AsyncIterator[Past]:
    past = Past(live, live.now_us if end_us is None else end_us, lambda: None)
    async with anyio.create_task_group() as group:
        group.start_soon(past.run)
        yield past
        group.cancel_scope.cancel()


async def go(past: Past, time_s: float) -> Session:
    past.go(round(time_s * SECOND))
    await past.arrived()
    assert past.differs == ""
    assert past.engine is not None
    return past.engine.session


async def test_any_moment_is_the_same_to_the_byte_forwards_and_back() -> None:
    live = played()
    digest, rows, now_us = live.cloud.log.digest, live.cloud.log.count, live.now_us
    async with looking(live) as past:
        for time_s in (59, 60, 75, 90, 700, 75, 0, END_S):
            then = await go(past, time_s)
            whole = played(time_s)
            assert (then.now_us, then.cloud.log.digest) == (time_s * SECOND, whole.cloud.log.digest), time_s
            assert [order.state for order in then.orders] == [order.state for order in whole.orders]
    assert (live.cloud.log.digest, live.cloud.log.count, live.now_us) == (digest, rows, now_us)


async def test_only_the_latest_wish_is_fulfilled() -> None:
    async with looking(played()) as past:
        past.go(END_S * SECOND)
        await until(lambda: (past.progress or 0) > 0.1)
        then = await go(past, 30)
        assert then.now_us == 30 * SECOND
        past.go(END_S * SECOND)
        past.go(40 * SECOND)
        assert (await go(past, 50)).now_us == 50 * SECOND


class Gated(Cloud):
    """A cloud that is being built until it may be done."""

    may_end: threading.Event

    def __init__(self, fleet: Fleet, seed: int | None = None) -> None:
        assert self.may_end.wait(30), "the event loop stands still while a second kernel is built"
        super().__init__(fleet, seed)


async def test_while_a_second_kernel_is_built_all_else_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    live, Gated.may_end = played(200), threading.Event()
    monkeypatch.setattr("opsconsole.engine.past.Cloud", Gated)
    async with looking(live) as past:
        past.go(75 * SECOND)
        for _ in range(10):
            await anyio.sleep(0.001)
            assert past.progress == 0.0
        past.go(60 * SECOND)  # another wish meanwhile
        Gated.may_end.set()
        then = await go(past, 90)
        assert (then.now_us, then.cloud.log.digest) == (90 * SECOND, played(90).cloud.log.digest)


async def test_who_leaves_while_a_second_kernel_is_built_does_not_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    live, Gated.may_end = played(200), threading.Event()
    closed = threading.Event()
    monkeypatch.setattr("opsconsole.engine.past.Cloud", Gated)
    async with looking(live) as past:
        past.go(75 * SECOND)
        await anyio.sleep(0.01)
        assert past.progress == 0.0
    monkeypatch.setattr(Kernel, "close", lambda kernel: closed.set())
    Gated.may_end.set()
    assert await anyio.to_thread.run_sync(closed.wait, 30)


async def test_the_past_may_run_on_but_no_further_than_the_session_has_come() -> None:
    async with looking(played(200)) as past:
        await go(past, 75)
        engine = past.engine
        assert engine is not None
        for _ in range(3):  # again and again: it never gets beyond
            engine.run_to(500 * SECOND)
            await until(lambda: engine.paused)
            assert engine.now_us == 200 * SECOND
        assert engine.session.cloud.log.digest == past.live.cloud.log.digest


async def test_in_a_replay_one_may_look_ahead_to_its_end(tmp_path: Path) -> None:
    played(journal=tmp_path / "a.journal").close()
    watched = rehearse(read_journal(tmp_path / "a.journal")).session
    watched.run_until(80 * SECOND)
    async with looking(watched, END_S * SECOND) as past:
        for time_s in (75, 800):
            assert (await go(past, time_s)).cloud.log.digest == played(time_s).cloud.log.digest
    assert watched.now_us == 80 * SECOND


@pytest.mark.parametrize("harm", ["another row", "one more row"])
async def test_what_is_not_what_was_is_not_shown_and_the_first_difference_is_told(harm: str) -> None:
    live = played(200)
    if harm == "another row":
        live.cloud.log.marks[4] ^= 1
        told = "from event 5 on"
    else:
        live.cloud.log.sim(live.now_us, "orders", "mark")
        told = f"from event {live.cloud.log.count} on"
    async with looking(live) as past:
        past.go(200 * SECOND)
        await past.arrived()
        assert past.engine is None
        assert told in past.differs
        then = await go(past, 10)  # before the difference nothing is wrong
        assert then.now_us == 10 * SECOND


@pytest.mark.parametrize("time_s", [0, 75, 90, 700])
async def test_a_branch_has_a_journal_of_its_own_that_replays_to_the_same_bytes(tmp_path: Path, time_s: int) -> None:
    live = played(journal=tmp_path / "a.journal")
    async with looking(live) as past:
        session = await go(past, time_s)
        branch_off(session, tmp_path / "b.journal")
        assert past.take() is session
    session.run_until((time_s + 20) * SECOND)
    session.ask(parse("heal all"), "operator")
    session.run_until((time_s + 300) * SECOND)
    session.close()
    again = replay(read_journal(tmp_path / "b.journal"))
    assert (again.now_us, again.cloud.log.digest) == (session.now_us, session.cloud.log.digest)
    assert again.last_seq == 1 + sum(at <= time_s for at, _ in SCRIPT)
    early = replay_until(read_journal(tmp_path / "b.journal"), time_s * SECOND // 2)
    assert early.verifier.checked_rows == early.session.cloud.log.count
    live.close()
    assert replay(read_journal(tmp_path / "a.journal")).cloud.log.digest == live.cloud.log.digest


async def test_a_branch_of_what_is_not_recorded_goes_on_from_memory() -> None:
    async with looking(played()) as past:
        session = await go(past, 75)
        branch_off(session, None)
        past.take()
    session.run_until(1000 * SECOND)
    whole = played(75)
    whole.run_until(1000 * SECOND)
    assert session.recorder is None
    assert session.cloud.log.digest == whole.cloud.log.digest


async def test_a_branch_that_cannot_be_recorded_changes_nothing(tmp_path: Path) -> None:
    async with looking(played()) as past:
        session = await go(past, 75)
        (tmp_path / "b.journal").write_text("somebody's")
        with pytest.raises(JournalError, match="never overwritten"):
            branch_off(session, tmp_path / "b.journal")
        assert session.recorder is None
        assert session.script  # it still repeats what was
        assert (await go(past, 700)).cloud.log.digest == played(700).cloud.log.digest


async def test_a_past_that_is_left_is_not_kept() -> None:
    live = played(100)
    seen: list[weakref.ref[Session]] = []
    async with looking(live) as past:
        for time_s in (90, 50, 70, 20):
            seen.append(weakref.ref(await go(past, time_s)))
        await anyio.lowlevel.checkpoint()  # those that were stopped come to know of it
        gc.collect()
        assert [kept() is not None for kept in seen] == [False, False, False, True]
    del past
    gc.collect()
    assert [kept() for kept in seen] == [None] * 4


def test_what_is_scripted_and_not_yet_asked_is_no_part_of_what_was_asked() -> None:
    session = played(75)
    session.schedule([Scripted(500 * SECOND, "script", parse("mark later"))])
    assert [(one.time_us // SECOND, one.command.line()) for one in session.asked] == SCRIPT[:1]


def test_a_branch_is_named_after_the_journal_it_leaves(tmp_path: Path) -> None:
    journal = tmp_path / "shop.journal"
    names = []
    for _ in range(3):
        journal = branch_beside(journal)
        journal.touch()
        names.append(journal.name)
    assert names == ["shop-branch.journal", "shop-branch-2.journal", "shop-branch-3.journal"]
