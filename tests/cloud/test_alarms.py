"""CloudWatch alarms: AWS's recommended ones, worked out from datapoints that arrive late, whoever looks."""

import itertools
import re

import pytest

from opsconsole import catalog
from opsconsole.cloud import alarms, metrics
from opsconsole.cloud.alarms import Alarm, State
from opsconsole.fleet import shipped_fleets
from tests.cloud.play import SECOND, Play

MINUTE = 60 * SECOND
FLOOD = "app:set-rate checkout writes=300/s reads=60000/s"
CALM = "app:set-rate checkout writes=300/s reads=2000/s"
EVENTFUL = (
    f"T+3m {FLOOD}",
    "T+12m rds:failover-db-cluster orders to=orders-2",
    f"T+22m {CALM}",
    "T+24m sim:crash-host orders-3 for=15m",
)


def changes(play: Play, id: str, since: float = 0) -> list[tuple[float, str, str]]:
    found = alarms.history(play.cloud, alarms.find(play.cloud, id), round(since * SECOND))
    return [(one.at_us / MINUTE, one.was, one.now) for one in found]


# -- which there are ----------------------------------------------------------------------------------------------


@pytest.mark.fact("RDS-MON-04")
def test_every_instance_has_the_alarms_that_aws_recommends_for_its_metrics() -> None:
    play = Play()
    of_writer = {alarm.metric: alarm for alarm in alarms.alarms(play.cloud) if alarm.thing == "orders-1"}
    recommended = [name for name in metrics.names_for(play.cloud, "orders-1") if catalog.metric("AWS/RDS", name).alarm]
    assert list(of_writer) == recommended
    cpu = of_writer["CPUUtilization"]
    assert cpu.id == "orders-1/CPUUtilization"
    assert (cpu.comparison, cpu.threshold, cpu.periods, cpu.of) == (">", 90.0, 5, 5)


def test_relative_thresholds_are_numbers_of_the_instances_class_and_of_the_volume() -> None:
    play = Play()
    size = play.instance("orders-1").instance_class
    thresholds = {alarm.id: alarm.threshold for alarm in alarms.alarms(play.cloud)}
    most = catalog.capacity("aurora-mysql", size.name).max_connections
    assert thresholds["orders-1/DatabaseConnections"] == pytest.approx(0.9 * most)
    assert thresholds["orders-1/FreeableMemory"] == pytest.approx(0.05 * size.memory_gib * 2**30)
    assert thresholds["orders-1/DBLoad"] == size.vcpu
    assert thresholds["orders-3/DBLoad"] < thresholds["orders-1/DBLoad"]
    assert thresholds["orders/AuroraVolumeBytesLeftTotal"] == pytest.approx(0.1 * play.volume().max_bytes)


def test_a_calm_fleet_rings_no_alarm_and_every_alarm_is_ok() -> None:
    play = Play().until("25m")
    assert alarms.in_alarm(play.cloud) == []
    assert {alarms.state(play.cloud, alarm) for alarm in alarms.alarms(play.cloud)} == {State.OK}


@pytest.mark.parametrize("fleet", shipped_fleets())
def test_no_fleet_that_comes_with_it_rings_before_anything_has_happened(fleet: str) -> None:
    assert alarms.in_alarm(Play(fleet).until("25m").cloud) == []


def test_two_vcpus_with_three_sessions_ring_for_their_load_alone() -> None:
    play = Play().at("T+1m app:set-rate checkout writes=300/s reads=3000/s").until("25m")
    assert {alarm.id for alarm in alarms.in_alarm(play.cloud)} == {"orders-3/DBLoad"}
    load = metrics.value(play.cloud, "orders-3", "DBLoad", play.cloud.now_us, wobble=False)
    assert load is not None
    assert load > play.instance("orders-3").instance_class.vcpu


# -- states -------------------------------------------------------------------------------------------------------


@pytest.mark.fact("RDS-MON-04")
def test_five_minutes_at_full_cpu_ring_at_the_sixth_minute_and_one_good_minute_ends_it() -> None:
    play = Play().at(f"T+10m {FLOOD}", f"T+20m {CALM}").until("15m")
    assert metrics.value(play.cloud, "orders-3", "CPUUtilization", 12 * MINUTE, wobble=False) == 100.0
    play.until("30m")
    # Minutes 10 to 14 breach; the last is published at 15:30 and evaluated at 16:00. Minute 20 is good.
    assert changes(play, "orders-3/CPUUtilization", 300) == [(16, "OK", "ALARM"), (22, "ALARM", "OK")]


def test_four_minutes_at_full_cpu_ring_nothing() -> None:
    play = Play().at(f"T+10m {FLOOD}", f"T+14m {CALM}").until("30m")
    assert changes(play, "orders-3/CPUUtilization", 300) == []


def test_an_alarm_has_insufficient_data_until_its_first_datapoint_is_there() -> None:
    play = Play().until("5m")
    cpu = alarms.find(play.cloud, "orders-1/CPUUtilization")
    assert changes(play, cpu.id) == [(2, "INSUFFICIENT_DATA", "OK")]
    assert alarms.reason(play.cloud, cpu, 30 * SECOND) == "Unchecked: Initial alarm creation"
    assert alarms.state(play.cloud, cpu, 30 * SECOND) is State.INSUFFICIENT_DATA


def test_while_an_engine_is_down_its_alarms_run_out_of_data_and_come_back_with_it() -> None:
    play = Play().at("T+10m sim:crash-host orders-3 for=20m").until("38m")
    back = play.when("engine", "orders-3", now="running")[-1]
    # Minutes 10 to 16 are missing: seven, the five that count and two more that CloudWatch looks at.
    lost, returned = (18, "OK", "INSUFFICIENT_DATA"), (back // 60 + 2, "INSUFFICIENT_DATA", "OK")
    assert changes(play, "orders-3/CPUUtilization", 300) == [lost, returned]
    cpu = alarms.find(play.cloud, "orders-3/CPUUtilization")
    assert alarms.reason(play.cloud, cpu, 25 * MINUTE) == "Insufficient Data: 5 datapoints were unknown."
    assert changes(play, "orders-1/CPUUtilization", 300) == []


VERDICTS = [  # AWS's examples, the youngest on the right: 0 good, X breaching, - missing; M, N; the state
    ("0-X-X", 3, 3, State.OK),
    ("----0", 3, 3, State.OK),
    ("-----", 3, 3, State.INSUFFICIENT_DATA),
    ("0XX-X", 3, 3, State.ALARM),
    ("--X--", 3, 3, State.ALARM),
    ("----X", 3, 3, State.INSUFFICIENT_DATA),
    ("---X-", 3, 3, State.INSUFFICIENT_DATA),
    ("0-X-X", 2, 3, State.ALARM),
    ("00X0X", 2, 3, State.ALARM),
    ("0-X--", 2, 3, State.OK),
    ("----0", 2, 3, State.OK),
    ("---X-", 2, 3, State.ALARM),
    ("XX000", 3, 3, State.OK),
    ("XXX00", 2, 3, State.OK),
]


@pytest.mark.parametrize(("row", "m", "n", "expected"), VERDICTS)
def test_missing_data_is_weighed_as_in_awss_table(row: str, m: int, n: int, expected: State) -> None:
    alarm = Alarm("orders-1", "CPUUtilization", "Average", ">", 90.0, m, n)
    values = {"0": 0.0, "X": 100.0, "-": None}
    assert alarms.judge(alarm, [values[mark] for mark in reversed(row)]) is expected


# -- in AWS's words -----------------------------------------------------------------------------------------------


def test_the_reasons_are_cloudwatchs_sentences_with_the_datapoints_youngest_first() -> None:
    play = Play().at(f"T+10m {FLOOD}", f"T+20m {CALM}").until("30m")
    cpu = alarms.find(play.cloud, "orders-3/CPUUtilization")
    rings, ends = alarms.history(play.cloud, cpu, 300 * SECOND)
    assert rings.reason == (
        "Threshold Crossed: 5 out of the last 5 datapoints [100.0 (05/01/26 09:14:00), 100.0 (05/01/26 09:13:00), "
        "100.0 (05/01/26 09:12:00), 100.0 (05/01/26 09:11:00), 100.0 (05/01/26 09:10:00)] were greater than the "
        "threshold (90.0) (minimum 5 datapoints for OK -> ALARM transition)."
    )
    assert re.fullmatch(
        r"Threshold Crossed: 1 out of the last 5 datapoints \[\d+\.\d+ \(05/01/26 09:20:00\)\] was not greater than "
        r"the threshold \(90\.0\) \(minimum 1 datapoint for ALARM -> OK transition\)\.",
        ends.reason,
    )


# -- looking changes nothing --------------------------------------------------------------------------------------


def test_looking_at_alarms_all_the_time_changes_nothing() -> None:
    watched, alone = Play(seed=3).at(*EVENTFUL), Play(seed=3).at(*EVENTFUL)
    for tenth in range(1, 240):
        watched.until(f"{tenth * 10}s")
        alarms.in_alarm(watched.cloud)
        for alarm in alarms.alarms(watched.cloud) if tenth % 30 == 0 else ():
            alarms.history(watched.cloud, alarm, 0)
    assert watched.cloud.log.digest == alone.until("2390s").cloud.log.digest


def test_what_is_said_of_a_minute_does_not_depend_on_when_or_how_often_somebody_asks() -> None:
    often, once = Play(seed=3).at(*EVENTFUL), Play(seed=3).at(*EVENTFUL).until("40m")
    rang: dict[int, list[str]] = {}
    for minute in range(1, 41):
        often.until(f"{minute}m")
        rang[minute] = [alarm.id for alarm in alarms.in_alarm(often.cloud)]
    for minute in range(1, 41):
        at = [
            alarm.id
            for alarm in alarms.alarms(once.cloud)
            if alarms.state(once.cloud, alarm, minute * MINUTE) is State.ALARM
        ]
        assert at == rang[minute], f"minute {minute}"
    assert any(rang.values())
    assert len({tuple(ids) for ids in rang.values()}) > 2


def test_the_history_is_the_state_of_each_minute() -> None:
    play = Play(seed=3).at(*EVENTFUL).until("40m")
    for alarm in alarms.alarms(play.cloud):
        states = [alarms.state(play.cloud, alarm, minute * MINUTE) for minute in range(41)]
        told = [(one.at_us // MINUTE, one.was, one.now) for one in alarms.history(play.cloud, alarm, 0)]
        seen = [(i + 1, was, now) for i, (was, now) in enumerate(itertools.pairwise(states)) if was is not now]
        assert told == seen, alarm.id


def test_an_alarm_of_an_instance_that_is_deleted_rings_no_more() -> None:
    play = Play().at(f"T+1m {FLOOD}").until("10m")
    ringing = [alarm.thing for alarm in alarms.in_alarm(play.cloud)]
    assert "orders-3" in ringing
    play.do("rds:delete-db-instance orders-3")
    play.until_row("engine", "orders-3", now="deleted")
    assert "orders-3" not in [alarm.thing for alarm in alarms.in_alarm(play.cloud)]
