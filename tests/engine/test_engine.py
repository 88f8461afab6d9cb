"""The engine paces a session and never changes it: on a wall clock that the test moves."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from opsconsole.commands import parse
from opsconsole.engine.begin import begin
from opsconsole.engine.engine import BRAKE_SPEED, Engine
from opsconsole.engine.journal import read_journal
from opsconsole.engine.pacing import Pace
from opsconsole.engine.records import Clock
from opsconsole.engine.session import Scripted, Session
from opsconsole.fleet import LoadedFleet, load_fleet, parse_fleet
from tests.engine.wall import FakeClock

SECOND = 1_000_000
SCRIPT = [
    (60, "az:outage us-east-1a for=10m"),
    (90, "rds:failover-db-cluster orders"),
    (1500, "sim:crash-instance orders-2"),
]


def scripted(journal: Path | None = None) -> Session:
    session = begin(load_fleet("aurora_mysql"), seed=3, journal=journal, live=True)
    session.schedule(Scripted(at * SECOND, "script", parse(line)) for at, line in SCRIPT)
    return session


def headless(until_s: int) -> Session:
    session = scripted()
    session.run_until(until_s * SECOND)
    return session


@asynccontextmanager
async def running(engine: Engine) -> AsyncIterator[None]:
    async with anyio.create_task_group() as group:
        group.start_soon(engine.run)
        try:
            yield
        finally:
            engine.stop()


async def until(condition: Callable[[], bool]) -> None:
    for _turn in range(200_000):
        if condition():
            return
        await anyio.lowlevel.checkpoint()
    raise AssertionError("it never happened")


def wishing(session: Session, clock: FakeClock, **options: float | bool) -> Engine:
    """An engine that somebody looks at four times a second."""
    engine = Engine(session, clock=clock, **options)  # type: ignore[arg-type]  # speed, paused or brake
    engine.listen(lambda: None, every_s=0.25)
    return engine


async def test_virtual_time_is_wall_time_times_speed() -> None:
    clock = FakeClock()
    engine = wishing(begin(load_fleet("aurora_mysql")), clock, speed=60.0)
    began = clock.time
    async with running(engine):
        await until(lambda: clock.time - began >= 10)
    assert engine.now_us == pytest.approx((clock.time - began) * 60 * SECOND, abs=0.3 * 60 * SECOND)


async def test_at_600x_with_slow_readers_the_log_has_the_same_bytes_as_headless() -> None:
    clock = FakeClock(cost_s=0.0004)
    engine = wishing(scripted(), clock, speed=600.0)
    slow, rows, missed = engine.reader(), 0, 0

    async def read_now_and_then() -> None:
        nonlocal rows, missed
        while True:
            got = await slow.wait(most=3)
            rows += len(got.rows)
            missed += got.missed
            for _turn in range(50):
                await anyio.lowlevel.checkpoint()

    async with anyio.create_task_group() as group:
        group.start_soon(read_now_and_then)
        async with running(engine):
            await until(lambda: engine.now_us >= 3600 * SECOND)
        group.cancel_scope.cancel()
    same = headless(3600)
    same.run_until(engine.now_us)
    assert engine.session.cloud.log.count == same.cloud.log.count > 30
    assert engine.session.cloud.log.digest == same.cloud.log.digest
    assert rows + missed + slow.waiting == same.cloud.log.count


async def test_a_quiet_fleet_sleeps_for_hours() -> None:
    clock = FakeClock()
    engine = Engine(begin(load_fleet("aurora_mysql")), clock=clock, speed=1.0)
    async with running(engine):
        await until(lambda: len(clock.waits) >= 3)
    assert all(seconds is None or seconds > 3600 for seconds in clock.waits)


async def test_paused_it_does_nothing_and_resumed_it_goes_on_where_it_was() -> None:
    clock = FakeClock()
    engine = wishing(begin(load_fleet("aurora_mysql")), clock, speed=10.0)
    async with running(engine):
        await until(lambda: engine.now_us >= 30 * SECOND)
        engine.pause()
        stood = engine.now_us
        await until(lambda: clock.waits[-1] is None)
        looks = len(clock.waits)
        clock.time += 500
        for _turn in range(100):
            await anyio.lowlevel.checkpoint()
        assert (engine.now_us, len(clock.waits), engine.speed_had) == (stood, looks, 0.0)
        engine.resume()
        await until(lambda: engine.now_us > stood)
        assert engine.now_us <= stood + 10 * SECOND


async def test_asked_while_paused_it_takes_effect_at_once() -> None:
    engine = Engine(begin(load_fleet("aurora_mysql")), clock=FakeClock(), paused=True)
    async with running(engine):
        order = engine.ask(parse("az:outage us-east-1b for=1m"))
        assert (order.asked_us, engine.now_us) == (0, 0)
        assert [row["source"] for row in engine.reader().read().rows][:2] == ["us-east-1b", "us-east-1b"]


async def test_a_change_of_speed_neither_leaps_nor_goes_back() -> None:
    clock = FakeClock()
    engine = wishing(begin(load_fleet("aurora_mysql")), clock, speed=3600.0)
    async with running(engine):
        await until(lambda: engine.now_us >= 7200 * SECOND)
        before = engine.now_us
        engine.set_speed(0.1)
        assert engine.now_us - before <= 3600 * SECOND
        slow_from, wall = engine.now_us, clock.time
        await until(lambda: clock.time - wall >= 10)
        assert engine.now_us - slow_from == pytest.approx(1 * SECOND, abs=0.1 * SECOND)
    for speed in (0.05, 5000.0, float("nan")):
        with pytest.raises(ValueError, match=r"outside 0\.1 to 3600"):
            engine.set_speed(speed)


async def test_faster_and_slower_walk_the_ladder_and_stop_at_its_ends() -> None:
    engine = Engine(begin(load_fleet("aurora_mysql")), clock=FakeClock(), paused=True)
    engine.faster()
    assert engine.speed == 2.0
    for _step in range(20):
        engine.faster()
    assert engine.speed == 3600.0
    for _step in range(20):
        engine.slower()
    assert engine.speed == 0.1


async def test_run_to_arrives_exactly_and_stands_still() -> None:
    engine = Engine(scripted(), clock=FakeClock(cost_s=0.002), paused=True, brake=False)
    async with running(engine):
        journey = engine.run_to(1234 * SECOND + 567)
        assert not engine.paused
        assert await journey.wait()
        assert (engine.now_us, engine.paused) == (1234 * SECOND + 567, True)
    assert engine.session.cloud.log.digest == headless_at(1234 * SECOND + 567)


def headless_at(time_us: int) -> str:
    session = scripted()
    session.run_until(time_us)
    return session.cloud.log.digest


async def test_a_step_goes_to_the_next_row_and_no_further() -> None:
    engine = Engine(scripted(), clock=FakeClock(), paused=True, brake=False)
    async with running(engine):
        assert await engine.step().wait()
        assert engine.now_us == 60 * SECOND
        rows = engine.session.cloud.log.count
        assert rows > 0
        assert await engine.step().wait()
        assert engine.now_us > 60 * SECOND
        assert engine.session.cloud.log.count > rows
        assert engine.paused
        before = engine.now_us
        assert await engine.step_by(2.5).wait()
        assert engine.now_us == before + 2_500_000


async def test_a_step_with_nothing_to_come_stays_where_it_is() -> None:
    text = load_fleet("aurora_mysql").text.partition("[apps")[0]
    idle = LoadedFleet(parse_fleet(text, "idle.toml"), text, Path("idle.toml"))
    engine = Engine(begin(idle), clock=FakeClock(), paused=True)
    async with running(engine):
        assert await engine.step().wait()
        assert (engine.now_us, engine.session.cloud.log.count) == (0, 0)


async def test_a_journey_that_is_given_up_says_so() -> None:
    engine = Engine(begin(load_fleet("aurora_mysql")), clock=FakeClock(cost_s=0.02), paused=True)
    async with running(engine):
        journey = engine.run_to(10**15)
        engine.pause()
        assert not await journey.wait()
        assert engine.paused


async def test_the_brake_bites_at_the_first_failed_request_and_lets_go_with_one_call() -> None:
    clock = FakeClock()
    engine = wishing(scripted(), clock, speed=600.0)
    async with running(engine):
        await until(lambda: engine.braked is not None)
        assert engine.braked is not None
        assert (engine.braked.app, engine.braked.speed_before) == ("checkout", 600.0)
        assert engine.speed == BRAKE_SPEED
        assert engine.now_us == engine.braked.time_us == 60 * SECOND
        wall = clock.time
        await until(lambda: clock.time - wall >= 2)
        assert engine.now_us <= 60 * SECOND + 2.3 * BRAKE_SPEED * SECOND
        engine.release_brake()
        assert (engine.speed, engine.braked) == (600.0, None)
        await until(lambda: engine.now_us >= 3600 * SECOND)
    same = scripted()
    same.run_until(engine.now_us)
    assert engine.session.cloud.log.digest == same.cloud.log.digest


async def test_the_brake_interrupts_a_journey_and_release_takes_it_up_again() -> None:
    engine = wishing(scripted(), FakeClock(), speed=1.0, paused=True)
    async with running(engine):
        journey = engine.run_to(3600 * SECOND)
        assert not await journey.wait()
        assert engine.braked is not None
        assert not engine.paused
        while engine.braked is not None:
            engine.release_brake()
            if engine.journey is not None:
                await engine.journey.wait()
        assert (engine.now_us, engine.paused) == (3600 * SECOND, True)


async def test_switched_off_the_brake_does_nothing() -> None:
    clock = FakeClock()
    engine = wishing(scripted(), clock, speed=600.0, brake=False)
    async with running(engine):
        await until(lambda: engine.now_us >= 300 * SECOND)
        assert (engine.speed, engine.braked) == (600.0, None)


async def test_an_engine_that_cannot_keep_up_says_the_speed_it_has() -> None:
    clock = FakeClock(cost_s=0.001)  # one instant each millisecond
    session = begin(load_fleet("aurora_mysql"))
    busy = session.cloud.kernel

    def again() -> None:
        busy.call_at(busy.now_us + 100_000, again)

    again()
    engine = wishing(session, clock, speed=3600.0)
    async with running(engine):
        began = clock.time
        await until(lambda: clock.time - began >= 5)
        had = engine.speed_had
    assert 0 < had < 360
    assert engine.now_us / SECOND / (clock.time - began) == pytest.approx(had, rel=0.2)


async def test_a_slow_reader_is_told_how_much_it_missed() -> None:
    session = begin(load_fleet("aurora_mysql"))
    engine = Engine(session, clock=FakeClock(), paused=True)
    reader = engine.reader()
    limit = session.cloud.log.tail.maxlen
    assert limit is not None
    for number in range(limit + 10):
        session.cloud.log.sim(0, "x", "volume", gib=number)
    got = reader.read(most=4)
    assert (got.missed, [row["gib"] for row in got.rows]) == (10, [10, 11, 12, 13])
    assert reader.waiting == limit - 4
    assert [row["gib"] for row in reader.read(most=2).rows] == [14, 15]


async def test_listeners_hear_of_changes_at_once_and_of_time_now_and_then() -> None:
    clock = FakeClock()
    heard: list[float] = []
    engine = Engine(begin(load_fleet("aurora_mysql")), clock=clock)
    listener = engine.listen(lambda: heard.append(clock.time), every_s=1.0)
    async with running(engine):
        await until(lambda: len(heard) >= 10)
        assert heard[9] - heard[0] == pytest.approx(9, abs=0.1)
        engine.pause()
        count = len(heard)
        await until(lambda: len(heard) > count)
        engine.unlisten(listener)
        engine.resume()
        for _turn in range(50):
            await anyio.lowlevel.checkpoint()
        assert len(heard) == count + 1


async def test_a_live_session_records_its_clock_and_resumes_near_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    clock = FakeClock()
    engine = wishing(scripted(path), clock, speed=2.0)
    assert engine.not_recording is None
    async with running(engine):
        await until(lambda: engine.now_us >= 30 * SECOND)
        engine.set_speed(4.0)
        engine.pause()
    clocks = read_journal(path).of(Clock)
    assert [record.why for record in clocks] == ["tick", "tick", "tick", "speed", "pause", "quit"]
    assert clocks[-1].t == engine.now_us


async def test_whoever_cancels_the_engine_still_finds_the_journal_finished(tmp_path: Path) -> None:
    engine = wishing(scripted(tmp_path / "a.journal"), FakeClock())
    async with anyio.create_task_group() as group:
        group.start_soon(engine.run)
        await until(lambda: engine.now_us > 0)
        group.cancel_scope.cancel()
    assert read_journal(tmp_path / "a.journal").of(Clock)[-1].why == "quit"


def test_a_pace_that_fell_behind_recovers() -> None:
    pace = Pace(10.0)
    pace.anchor(100.0, 0)
    pace.note(101.0, 1 * SECOND)  # 10 s were due
    assert pace.target_us(101.0) == 1 * SECOND
    pace.note(101.2, 2 * SECOND)
    assert pace.speed_had(101.2) == pytest.approx(5.0)
    assert pace.speed_had(104.0) == 10.0
