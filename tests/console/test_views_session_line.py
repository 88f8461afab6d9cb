"""What stands on a session's line of time, in both views, however little room there is."""

from opsconsole.commands import parse
from opsconsole.console.alarm_watch import AlarmWatch
from opsconsole.console.stance import Stance
from opsconsole.console.views.session_line import SessionTrack, session_line
from opsconsole.engine.begin import begin
from opsconsole.engine.session import Session
from opsconsole.fleet import load_fleet

SECOND = 1_000_000
SCRIPT = (
    (60, "az:outage us-east-1a for=4m"),
    (90, "az:slowdown us-east-1b for=1m"),
    (120, "sim:crash-instance orders-3"),
    (400, "az:slowdown us-east-1c"),
)


def played(until_s: int = 480) -> Session:
    session = begin(load_fleet("aurora_mysql"))
    for at, line in SCRIPT:
        if at <= until_s:
            session.run_until(at * SECOND)
            session.ask(parse(line), "test")
    session.run_until(until_s * SECOND)
    return session


def track_of(session: Session, rang: tuple[tuple[int, str], ...] = ()) -> SessionTrack:
    asked = [(one.time_us, one.command.line()) for one in session.asked]
    return SessionTrack(session.cloud, asked, rang, session.now_us)


def drawn(track: SessionTrack, truth: bool = True, most: int = 20) -> list[str]:
    stance = Stance(track.last_us, 99)
    return [one.text for one in session_line(track, stance.axis(track, 120), stance.cursor_us, truth, most=most)]


def test_faults_that_overlap_stand_below_each_other_and_last_as_long_as_they_did() -> None:
    lanes = [lane for lane in track_of(played()).lanes(True) if lane.name in ("faults", "")]
    told = [[(bar.word, bar.begins_us // SECOND, bar.ends_us // SECOND) for bar in lane.bars] for lane in lanes]
    assert told[0][0] == ("az:outage us-east-1a", 60, 300)
    assert told[0][-1] == ("az:slowdown us-east-1c", 400, 480)  # in force still
    assert ("az:slowdown us-east-1b", 90, 150) in told[1]


def test_outages_of_apps_what_was_asked_and_aws_events_are_stops_in_order() -> None:
    track = track_of(played())
    stops = [(one.at_us // SECOND, one.word) for one in track.stops(True)]
    assert stops == sorted(stops, key=lambda one: one[0])
    assert stops[0][0] == 0
    assert {60, 90, 120, 150, 300, 400} <= {at for at, _ in stops}
    rows = drawn(track)
    assert any(row.startswith(" checkout") and "RTO" in row for row in rows)
    assert any(row.startswith(" asked") and row.count("▶") >= 3 for row in rows)
    assert any(row.startswith(" AWS events") and "●" in row for row in rows)


def test_aws_view_tells_of_no_fault_and_of_no_event_that_has_not_been_delivered() -> None:
    session = played(65)
    track = track_of(session)
    rows = "\n".join(drawn(track, truth=False))
    assert "AWS does not tell of them" in rows
    assert "▒ az:outage" not in rows
    shown = {view: next(lane for lane in track.lanes(view) if lane.name == "AWS events") for view in (True, False)}
    assert len(shown[False].sights) < len(shown[True].sights)


def test_alarms_stand_where_they_were_first_seen_to_ring() -> None:
    session, watch = begin(load_fleet("aurora_mysql")), AlarmWatch()
    session.ask(parse("app:set-rate checkout writes=300/s reads=3000/s"), "test")
    first_us = None
    for minute in range(10, 25):
        session.run_until(minute * 60 * SECOND + 7)
        watch.finish(session.cloud)
        if watch.ringing and first_us is None:
            first_us = minute * 60 * SECOND
    lane = next(lane for lane in track_of(session, tuple(watch.rang)).lanes(True) if lane.name == "alarms")
    assert [(one.at_us, one.word) for one in lane.sights] == [(first_us, "orders-3/DBLoad")]


def test_where_there_is_little_room_the_last_lanes_share_one() -> None:
    track = track_of(played())
    assert len(drawn(track, most=3)) == 3 + 2  # the ruler, and its labels
    assert "more" in drawn(track, most=3)[2]
