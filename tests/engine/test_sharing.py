"""A session that others follow: the same bytes at both ends, roles, and nothing that a guest can do to it."""

import json
import os
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from anyio.abc import ByteStream
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import opsconsole
from opsconsole import catalog
from opsconsole.commands import parse
from opsconsole.engine.begin import begin
from opsconsole.engine.engine import Engine
from opsconsole.engine.journal import read_journal
from opsconsole.engine.records import Steered
from opsconsole.engine.replay import replay
from opsconsole.engine.session import Session
from opsconsole.engine.sharing import wire
from opsconsole.engine.sharing.attaching import attach
from opsconsole.engine.sharing.follower import Follower, NotAttached, Why
from opsconsole.engine.sharing.guests import MOST
from opsconsole.engine.sharing.leader import share
from opsconsole.engine.sharing.meeting import Place, connect, places, running
from opsconsole.engine.sharing.messages import Role
from opsconsole.engine.way import Way
from opsconsole.fleet import load_fleet

SECOND = 1_000_000
PATIENCE_S = 20
posix_only = pytest.mark.skipif(os.name != "posix", reason="modes and owners of files")


@dataclass
class Shared:
    """A session that others may attach to, and those who are."""

    engine: Engine
    place: Place
    group: anyio.abc.TaskGroup
    followers: list[Follower] = field(default_factory=list)

    async def attach(self, role: Role = Role.WATCH, name: str = "ana", way: Way | None = None) -> Follower:
        follower = await attach(self.place, role, name, way=way)
        self.followers.append(follower)
        self.group.start_soon(follower.run)
        return follower

    async def talk(self, role: str = "instructor", **changes: object) -> ByteStream:
        """A connection on which somebody has said hello."""
        stream = await connect(self.place)
        await stream.send(hello(self.place, role=role, **changes))
        return stream


def hello(place: Place, **changes: object) -> bytes:
    said = {
        "kind": "hello",
        "protocol": 1,
        "product": opsconsole.__version__,
        "catalog": catalog.digest(),
        "token": place.card.token,
        "role": "watch",
        "name": "bo",
    }
    return json.dumps({**said, **changes}).encode() + b"\n"


@asynccontextmanager
async def shared(
    folder: Path, session: Session | None = None, admits: Role = Role.INSTRUCTOR, *, over_sockets: bool = True
) -> AsyncIterator[Shared]:
    """A paused session that is shared; everything ends in order."""
    engine = Engine(session or begin(load_fleet("aurora_mysql"), seed=3), paused=True)
    with anyio.fail_after(PATIENCE_S):
        async with anyio.create_task_group() as group:
            leading = anyio.CancelScope()

            async def lead() -> None:
                with leading:
                    await share(engine, folder, admits, over_sockets=over_sockets)

            group.start_soon(engine.run)
            group.start_soon(lead)
            await until(lambda: bool(places(folder)))
            (place,) = places(folder)
            one = Shared(engine, place, group)
            yield one
            for follower in one.followers:
                follower.stop()
            engine.stop()
            leading.cancel()


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - what it waits for comes out of a socket
        await anyio.sleep(0.001)


async def same(one: Shared, follower: Follower) -> None:
    """Wait until the follower stands where the session stands, with the same bytes."""
    log = one.engine.session.cloud.log
    await until(
        lambda: follower.now_us == one.engine.now_us and follower.session.last_seq == one.engine.session.last_seq
    )
    assert follower.session.cloud.log.count == log.count
    assert follower.session.cloud.log.digest == log.digest
    assert follower.ending is None


async def last_words(stream: ByteStream) -> dict[str, str]:
    """The last line that the session says on a connection before it closes it."""
    said = b""
    try:
        while True:
            said += await stream.receive()
    except (anyio.EndOfStream, anyio.BrokenResourceError):
        await stream.aclose()
    words: dict[str, str] = json.loads(said.splitlines()[-1])
    return words


@pytest.mark.parametrize(
    ("folder", "over_sockets", "by_socket"),
    [
        pytest.param("run", True, True, marks=posix_only),
        ("run", False, False),
        ("too-long-for-a-socket" * 6, True, False),
    ],
)
async def test_who_attaches_late_has_the_same_bytes_and_keeps_them(
    tmp_path: Path, folder: str, over_sockets: bool, by_socket: bool
) -> None:
    session = begin(load_fleet("aurora_mysql"), seed=3)
    session.ask(parse("az:outage us-east-1a for=10m"), "operator")
    session.run_until(90 * SECOND)
    async with shared(tmp_path / folder, session, over_sockets=over_sockets) as one:
        assert (one.place.card.socket != "", one.place.card.port != 0) == (by_socket, not by_socket)
        way = Way()
        follower = await one.attach(way=way)
        assert way.share == 1.0
        assert (follower.now_us, follower.paused, follower.session.orders[0].who) == (90 * SECOND, True, "operator")
        await same(one, follower)
        one.engine.ask(parse("rds:failover-db-cluster orders"))
        await one.engine.run_to(700 * SECOND).wait()
        one.engine.ask(parse("mark here"))
        await same(one, follower)
        assert follower.session.cloud.log.count > 30


async def test_time_is_the_sessions_and_the_follower_never_runs_ahead(tmp_path: Path) -> None:
    async with shared(tmp_path) as one:
        follower = await one.attach()
        one.engine.set_brake(False)
        one.engine.set_speed(3600.0)
        one.engine.resume()
        ahead = False

        def look() -> None:
            nonlocal ahead
            ahead = ahead or follower.now_us > one.engine.now_us

        follower.listen(look)
        await until(lambda: follower.now_us > 600 * SECOND)
        assert (follower.speed, follower.paused, follower.brake) == (3600.0, False, False)
        one.engine.pause()
        await until(lambda: follower.paused)
        await same(one, follower)
        assert not ahead


async def test_an_instructor_acts_and_the_journal_tells_who(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    async with shared(tmp_path / "run", begin(load_fleet("aurora_mysql"), seed=3, journal=path, live=True)) as one:
        ana, watcher = await one.attach(Role.INSTRUCTOR), await one.attach(Role.WATCH, "bo")
        assert one.place.card.name == "a"
        assert ana.recording == str(path)
        sent = ana.ask(parse("az:outage us-east-1a for=10m"))
        ana.ask(parse("say text='look at us-east-1b'"))
        await until(lambda: one.engine.session.last_seq == 2)
        assert sent.who == "instructor:ana"
        ana.set_speed(60.0)
        ana.set_brake(False)
        ana.run_to(300 * SECOND)
        await until(lambda: one.engine.now_us == 300 * SECOND)
        for follower in (ana, watcher):
            await same(one, follower)
            await until(lambda follower=follower: follower.company.endswith("1 watching, 1 instructor (ana)"))  # type: ignore[misc]
    contents = read_journal(path)
    assert [(asked.who, asked.command) for asked in contents.asked] == [
        ("instructor:ana", "az:outage us-east-1a for=10m"),
        ("instructor:ana", "say text='look at us-east-1b'"),
    ]
    steered = [(record.who, record.what) for record in contents.of(Steered)]
    assert steered == [("instructor:ana", what) for what in ("speed 60", "brake off", "run to 300s")]
    again = replay(contents)
    assert again.cloud.log.digest == one.engine.session.cloud.log.digest == watcher.session.cloud.log.digest


async def test_pause_resume_step_and_release_reach_the_session(tmp_path: Path) -> None:
    async with shared(tmp_path) as one:
        ana = await one.attach(Role.INSTRUCTOR)
        ana.resume()
        await until(lambda: not one.engine.paused)
        ana.pause()
        await until(lambda: one.engine.paused)
        ana.ask(parse("sim:crash-instance orders-1"))
        await until(lambda: one.engine.session.last_seq == 1)
        rows, at = one.engine.session.cloud.log.count, one.engine.now_us
        ana.step()
        await until(lambda: one.engine.session.cloud.log.count > rows and one.engine.now_us > at)
        ana.set_speed(600.0)
        ana.run_to(900 * SECOND)
        await until(lambda: one.engine.now_us == 900 * SECOND or one.engine.braked is not None)
        ana.release_brake()
        await until(lambda: one.engine.braked is None)


async def test_what_aws_refuses_and_what_cannot_be_asked_is_told_to_who_asked(tmp_path: Path) -> None:
    async with shared(tmp_path) as one:
        ana, bo = await one.attach(Role.INSTRUCTOR), await one.attach(Role.INSTRUCTOR, "bo")
        ana.ask(parse("rds:failover-db-cluster orders to=orders-1"))
        heard: list[str] = []

        def told(what: str) -> bool:
            heard.extend(ana.heard())
            return any(what in text for text in heard)

        await until(lambda: told("InvalidDBClusterStateFault") or told("InvalidParameter"))
        await same(one, bo)
        assert bo.heard() == []
        stream = await one.talk()
        await stream.send(b'{"kind":"ask","command":"az:outage nowhere"}\n{"kind":"ask","command":"no such thing"}\n')
        said = b""
        while said.count(b'"note"') < 2:
            said += await stream.receive()
        assert b"nowhere" in said
        assert one.engine.session.last_seq == 1
        await stream.aclose()


async def test_who_watches_changes_nothing(tmp_path: Path) -> None:
    async with shared(tmp_path) as one:
        follower = await one.attach(Role.WATCH)
        follower.pause()
        follower.ask(parse("az:outage us-east-1a"))
        assert follower.heard() == ["you watch, which changes nothing: `opsconsole attach --role instructor` may"] * 2
        stream = await one.talk("watch")
        await stream.send(b'{"kind":"ask","command":"az:outage us-east-1a"}\n')
        assert "attach with --role instructor" in (await last_words(stream))["text"]
        assert one.engine.session.last_seq == 0


async def test_a_session_may_refuse_instructors(tmp_path: Path) -> None:
    async with shared(tmp_path, admits=Role.WATCH) as one:
        with pytest.raises(NotAttached, match="--role watch"):
            await attach(one.place, Role.INSTRUCTOR, "ana")
        await one.attach(Role.WATCH)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"product": "9.9.9"}, "only the same version"),
        ({"protocol": 2, "news": [1]}, "only the same version"),
        ({"catalog": "other"}, "only the same version"),
        ({"token": "0" * 64}, "token"),
        ({"token": "ü"}, "token"),
        ({"name": "a\nb"}, "detached"),
        ({"role": "root"}, "detached"),
    ],
)
async def test_who_does_not_belong_here_is_told_so_and_nothing_else(
    tmp_path: Path, changes: dict[str, object], says: str
) -> None:
    async with shared(tmp_path) as one:
        stream = await connect(one.place)
        await stream.send(hello(one.place, **changes))
        words = await last_words(stream)
        assert words["kind"] == "refusal"
        assert says in words["text"]
        assert (one.engine.company, one.engine.heard()) == ("", [])


async def test_more_than_the_most_are_refused(tmp_path: Path) -> None:
    async with shared(tmp_path) as one:
        streams = [await one.talk() for _ in range(MOST)]
        await until(lambda: one.engine.company.startswith(f"{MOST} instructors"))
        with pytest.raises(NotAttached, match=f"{MOST} are attached"):
            await attach(one.place, Role.WATCH, "late")
        for stream in streams:
            await stream.aclose()
        await until(lambda: one.engine.company == "")


def test_no_bytes_hurt_the_session(tmp_path: Path) -> None:
    said = st.one_of(
        st.binary(max_size=200),
        st.text(max_size=80).map(str.encode),
        st.sampled_from(
            [
                b"[" * 15_000 + b"\n",
                b'{"kind":"steer","what":"speed","speed":1e999}\n',
                b'{"kind":"steer","what":"speed","speed":0}\n',
                b'{"kind":"steer","what":"run to","time_us":99999999999999999999}\n',
                b'{"kind":"ask","command":"' + b"x" * 3_000 + b'"}\n',
                b'{"kind":"ask","command":"mark \\ud800"}\n',
                b'{"kind":"ask","command":"mark x","who":"operator"}\n',
                b"x" * 20_000,
            ]
        ),
    )

    async def attempt(folder: Path, attempts: list[tuple[bool, bytes]]) -> None:
        async with shared(folder) as one:
            for greeted, text in attempts:
                stream = await (one.talk() if greeted else connect(one.place))
                await stream.send(text + b"\n")
                if not text.strip().startswith(b'{"kind":"ask"'):
                    assert (await last_words(stream))["kind"] == "refusal"
                else:
                    await stream.aclose()
            follower = await one.attach()
            one.engine.ask(parse("mark after"))
            await same(one, follower)

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.tuples(st.booleans(), said), min_size=1, max_size=8))
    def hurt(attempts: list[tuple[bool, bytes]]) -> None:
        anyio.run(attempt, tmp_path, attempts)

    hurt()


async def test_who_takes_nothing_is_detached_and_nobody_waits_for_him(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "STUCK_S", 0.5)
    session = begin(load_fleet("aurora_mysql"), seed=3)
    long = parse(f"say text={'x' * 200}")
    for _number in range(3_000):  # more than the sockets' buffers hold
        session.ask(long, "operator")
    async with shared(tmp_path, session) as one:
        stream = await one.talk("watch")
        await until(lambda: one.engine.company == "1 watching")
        one.engine.ask(parse("mark meanwhile"))
        await until(lambda: one.engine.company == "")
        assert one.engine.heard() == ["bo is attached: watch", "bo does not keep up", "bo is no longer attached"]
        await stream.aclose()


async def test_a_session_that_was_left_and_one_that_was_killed_end_differently(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def end_of(folder: Path) -> Why | None:
        async with shared(folder) as one:
            follower = await one.attach()
            one.followers.clear()  # nobody tells them but the session
        return None if follower.ending is None else follower.ending.why

    assert await end_of(tmp_path / "left") is Why.LEFT
    assert os.listdir(tmp_path / "left") == []
    with monkeypatch.context() as dead:  # who is killed takes nothing away
        for module in ("leader", "meeting"):
            dead.setattr(f"opsconsole.engine.sharing.{module}.discard", lambda place: None)
        assert await end_of(tmp_path / "killed") is Why.KILLED
    (place,) = places(tmp_path / "killed")
    with pytest.raises(NotAttached, match="does not answer"):
        await attach(place, Role.WATCH, "ana")
    assert await running(tmp_path / "killed") == []
    assert os.listdir(tmp_path / "killed") == []  # and it is forgotten


async def test_who_could_not_keep_up_or_computes_something_else_is_told_so(tmp_path: Path) -> None:
    async with shared(tmp_path) as one:
        slow, other = await one.attach(), await one.attach()
        other.session.ask(parse("mark only-here"), "nobody")
        one.engine.ask(parse("mark everywhere"))
        await until(lambda: other.ending is not None)
        assert other.ending is not None
        assert "what is computed here is not what the session computes (after " in other.ending.sentence
        await same(one, slow)


async def test_nobody_attached_costs_nothing_and_the_last_to_leave_leaves_nothing(tmp_path: Path) -> None:
    async with shared(tmp_path) as one:
        assert one.engine._listeners == []
        follower = await one.attach()
        assert len(one.engine._listeners) == 1
        follower.stop()
        await until(lambda: one.engine.company == "")
        assert one.engine._listeners == []


@posix_only
async def test_only_the_owner_gets_at_a_session(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o777)
    async with shared(folder) as one:
        modes = {path.suffix: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
        assert modes == {".json": 0o600, ".sock": 0o600}
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert one.place.card.token not in repr(os.listdir(folder))


@posix_only
async def test_a_folder_that_is_somebody_elses_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 12_345)
    if tmp_path.stat().st_uid == 0:  # noqa: ASYNC240
        os.chown(tmp_path, 54_321, -1)
    engine = Engine(begin(load_fleet("aurora_mysql")), paused=True)
    await share(engine, tmp_path / "run", Role.WATCH)
    (said,) = engine.heard()
    assert said.startswith(f"nobody can attach to this session: {tmp_path}")
    with pytest.raises(PermissionError, match="somebody else"):
        places(tmp_path / "run")


@posix_only
def test_a_folder_that_anybody_could_put_another_in_place_of_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    tmp_path.chmod(0o777)
    with pytest.raises(PermissionError, match="anybody can write there"):
        places(tmp_path / "run")
    tmp_path.chmod(0o1777)
    assert places(tmp_path / "run") == []
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700


def test_cards_that_are_none_are_overlooked(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"{")
    (tmp_path / "b.json").write_bytes(b"\xff\xfe")
    assert places(tmp_path) == []
    assert places(tmp_path / "none") == []
