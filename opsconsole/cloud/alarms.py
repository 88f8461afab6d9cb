"""CloudWatch alarms: AWS's recommended ones, for every thing that has the metric.

Nothing is evaluated until somebody looks, and looking changes nothing. CloudWatch evaluates an alarm once a minute on
the datapoints that have been published by then; a published datapoint never changes. So the state at any minute is a
function of the history, worked out from the last few datapoints, and the history of an alarm is its state at each
minute. Metrics enter without the wobble of displays. What is missing is treated as `missing`, AWS's default.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from itertools import takewhile
from math import log
from weakref import WeakKeyDictionary

from opsconsole import catalog
from opsconsole.cloud import metrics
from opsconsole.cloud.aws_view import moment
from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.metrics import MINUTE_US

KNOWN_MINUTES = 40
"""How far back histories reach: loads are remembered for an hour, and an alarm looks at up to 17 minutes of them."""
TAIL_OF_P90 = log(10)
"""The 90th percentile of an exponential distribution, over its mean (the model's tail of latencies)."""

COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    ">": (operator.gt, "greater than"),
    ">=": (operator.ge, "greater than or equal to"),
    "<": (operator.lt, "less than"),
    "<=": (operator.le, "less than or equal to"),
}


class State(StrEnum):
    """What CloudWatch says of an alarm (`StateValue`)."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm on one metric of one thing: `periods` (M) of the last `of` (N) datapoints beyond `threshold`.

    Its id is CloudWatch's AlarmName. `threshold` is in the metric's unit; where AWS's advice is `percent` of something
    that may change (`percent_of`: the class's memory, the storage allocated), it is what that makes now.
    """

    thing: str
    metric: str
    statistic: str
    comparison: str
    threshold: float
    periods: int
    of: int
    percent: float = 0.0
    percent_of: str = ""

    @property
    def id(self) -> str:
        """Its AlarmName: `orders-1/CPUUtilization`."""
        return f"{self.thing}/{self.metric}"

    def breaches(self, value: float) -> bool:
        """Whether a datapoint is beyond the threshold."""
        return COMPARISONS[self.comparison][0](value, self.threshold)


@dataclass(frozen=True, slots=True)
class Transition:
    """An alarm changed its state: when, from what, to what, and CloudWatch's StateReason."""

    alarm: Alarm
    at_us: int
    was: State
    now: State
    reason: str


# -- which alarms there are ---------------------------------------------------------------------------------------


def alarms(cloud: Cloud) -> list[Alarm]:
    """Every alarm of the fleet: what AWS recommends, for each thing that has the metric, kind by kind, in id order."""
    return [alarm for id in metrics.things(cloud) for alarm in alarms_of(cloud, id)]


def alarms_of(cloud: Cloud, id: str) -> list[Alarm]:
    """The alarms of one thing, in the order of its metrics."""
    names = metrics.names_for(cloud, id)
    rows = ((name, row) for name in names if (row := metrics.recommended(cloud, id, name)) is not None)
    return [_alarm(cloud, id, name, row) for name, row in rows]


def _alarm(cloud: Cloud, id: str, metric: str, row: catalog.Alarm) -> Alarm:
    percent, of = (row.threshold, row.threshold_of) if row.threshold_of else (0.0, "")
    threshold = percent / 100 * metrics.ceiling(cloud, id, of, cloud.now_us) if of else row.threshold
    return Alarm(id, metric, row.statistic, row.comparison, threshold, row.periods, row.of, percent, of)


def _as_of(cloud: Cloud, alarm: Alarm, at_us: int) -> Alarm:
    """The alarm with the threshold that it had at an instant."""
    if not alarm.percent_of:
        return alarm
    threshold = alarm.percent / 100 * metrics.ceiling(cloud, alarm.thing, alarm.percent_of, at_us)
    return alarm if threshold == alarm.threshold else replace(alarm, threshold=threshold)


def find(cloud: Cloud, id: str) -> Alarm:
    """An alarm by its name. Raises KeyError where there is none."""
    thing, _, metric = id.rpartition("/")
    for alarm in alarms_of(cloud, thing):
        if alarm.metric == metric:
            return alarm
    raise KeyError(id)


# -- the state of one ---------------------------------------------------------------------------------------------


def state(cloud: Cloud, alarm: Alarm, at_us: int | None = None) -> State:
    """What CloudWatch says of an alarm now, or at an instant of the last 40 minutes."""
    return _verdict(cloud, alarm, _last_minute(cloud, at_us))


def reason(cloud: Cloud, alarm: Alarm, at_us: int | None = None) -> str:
    """CloudWatch's StateReason for the state that holds: the datapoints of its last evaluation."""
    minute = _last_minute(cloud, at_us)
    return _reason(cloud, alarm, minute, _verdict(cloud, alarm, minute))


def minutes_without_data(cloud: Cloud, alarm: Alarm) -> int:
    """How many of the youngest datapoints that CloudWatch looks at now are missing: an older one still decides.

    AWS keeps to what there is until its whole evaluation range is missing; only then INSUFFICIENT_DATA.
    """
    minute = _last_minute(cloud, None)
    points = (_point(cloud, alarm, minute - age) for age in range(min(alarm.of + _extra(), minute + 1)))
    return sum(1 for _ in takewhile(lambda point: point is None, points))


def history(cloud: Cloud, alarm: Alarm, since_us: int) -> list[Transition]:
    """How an alarm has changed since an instant (of the last 40 minutes at most), oldest first."""
    first = max(since_us, cloud.now_us - KNOWN_MINUTES * MINUTE_US, 0)
    now = cloud.now_us // MINUTE_US
    return list(_changes(cloud, alarm, first // MINUTE_US, now))


def _changes(cloud: Cloud, alarm: Alarm, first: int, last: int) -> Iterator[Transition]:
    before = _verdict(cloud, alarm, _last_minute(cloud, first * MINUTE_US))
    for tick in range(first + 1, last + 1):
        minute = _last_minute(cloud, tick * MINUTE_US)
        after = _verdict(cloud, alarm, minute)
        if after is not before:
            yield Transition(alarm, tick * MINUTE_US, before, after, _reason(cloud, alarm, minute, after))
        before = after


def _last_minute(cloud: Cloud, at_us: int | None) -> int:
    """The youngest minute that the evaluation in force looks at: evaluations happen on the minute."""
    at_us = cloud.now_us if at_us is None else min(at_us, cloud.now_us)
    return metrics.last_published(cloud, at_us // MINUTE_US * MINUTE_US)


def _verdict(cloud: Cloud, alarm: Alarm, minute: int) -> State:
    alarm = _as_of(cloud, alarm, max(0, minute) * MINUTE_US)
    return judge(alarm, (_point(cloud, alarm, minute - age) for age in range(alarm.of + _extra())))


def judge(alarm: Alarm, points: Iterable[float | None]) -> State:
    """AWS's evaluation of a range of datapoints, the youngest first; None is a missing one.

    The youngest N that exist decide. With fewer, an alarm rings when M breach, or when all breach and the oldest is M
    periods old; it waits for more where that is open yet. What cannot matter any more is not asked for.
    """
    seen = breaching = oldest = 0
    for age, found in enumerate(points, 1):
        if found is None:
            continue
        seen, oldest = seen + 1, age
        breaching += alarm.breaches(found)
        if seen - breaching > alarm.of - alarm.periods:
            return State.OK
        if breaching >= alarm.periods:
            return State.ALARM
        if seen == alarm.of:
            break
    if seen == breaching:
        return State.ALARM if oldest >= alarm.periods else State.INSUFFICIENT_DATA
    return State.OK


@cache
def _extra() -> int:
    """How many datapoints CloudWatch fetches beyond N in case some are missing."""
    return round(catalog.assumption("alarm-extra-datapoints").value)


def _reason(cloud: Cloud, alarm: Alarm, minute: int, verdict: State) -> str:
    """The sentence that CloudWatch gives for a state."""
    alarm = _as_of(cloud, alarm, max(0, minute) * MINUTE_US)
    if minute < 0:
        return "Unchecked: Initial alarm creation"
    minutes = range(minute, minute - alarm.of - _extra(), -1)
    points = [(one, found) for one in minutes if (found := _point(cloud, alarm, one)) is not None][: alarm.of]
    if verdict is State.INSUFFICIENT_DATA:
        unknown = alarm.of - len(points)
        return f"Insufficient Data: {unknown} datapoint{'s were' if unknown != 1 else ' was'} unknown."
    rings = verdict is State.ALARM
    telling = [(one, found) for one, found in points if alarm.breaches(found) is rings]
    listed = ", ".join(f"{found} ({moment(cloud, one * MINUTE_US):%d/%m/%y %H:%M:%S})" for one, found in telling)
    count = len(telling)
    among = f"{count} out of the last {alarm.of} datapoints" if alarm.of > 1 else "1 datapoint"
    be = f"{'was' if count == 1 else 'were'}{'' if rings else ' not'}"
    needed = alarm.periods if rings else alarm.of - alarm.periods + 1
    change = "OK -> ALARM" if rings else "ALARM -> OK"
    minimum = f"minimum {needed} datapoint{'' if needed == 1 else 's'} for {change} transition"
    words = COMPARISONS[alarm.comparison][1]
    return f"Threshold Crossed: {among} [{listed}] {be} {words} the threshold ({alarm.threshold}) ({minimum})."


# -- what has been worked out -------------------------------------------------------------------------------------


class _Memory:
    """What has been worked out for one cloud and can never change: datapoints by minute, and when somebody last asked.

    It is a matter of speed alone: an answer is the same without it.
    """

    def __init__(self) -> None:
        self.points: dict[int, dict[tuple[str, str, str], float | None]] = {}
        self.quiet: dict[str, tuple[int, list[Alarm]]] = {}
        self.rings: tuple[int, list[Alarm]] = (-2, [])

    def minute(self, minute: int) -> dict[tuple[str, str, str], float | None]:
        """The datapoints of a minute; those of long ago are forgotten."""
        found = self.points.get(minute)
        if found is None:
            found = self.points[minute] = {}
            for old in [one for one in self.points if one < minute - 2 * KNOWN_MINUTES]:
                del self.points[old]
        return found


_MEMORIES: WeakKeyDictionary[Cloud, _Memory] = WeakKeyDictionary()


def _memory(cloud: Cloud) -> _Memory:
    found = _MEMORIES.get(cloud)
    if found is None:
        found = _MEMORIES[cloud] = _Memory()
    return found


def _point(cloud: Cloud, alarm: Alarm, minute: int) -> float | None:
    """The datapoint of a minute that is over, by the alarm's statistic, or None where it is missing."""
    if minute < 0:
        return None
    points, key = _memory(cloud).minute(minute), (alarm.thing, alarm.metric, alarm.statistic)
    if key not in points:
        present = metrics.samples(cloud, alarm.thing, alarm.metric, minute, wobble=False)
        points[key] = _statistic(alarm.statistic, present) if present else None
    return points[key]


def _statistic(name: str, values: list[float]) -> float:
    match name:
        case "Maximum":
            return max(values)
        case "Minimum":
            return min(values)
        case "p90":
            return metrics.mean(values) * TAIL_OF_P90
    return metrics.mean(values)


# -- all of them at once ------------------------------------------------------------------------------------------


def in_alarm(cloud: Cloud) -> list[Alarm]:
    """The alarms that ring now, in the order of `alarms`. Cheap: a thing that has been quiet is not looked at again."""
    memory, minute = _memory(cloud), _last_minute(cloud, None)
    if memory.rings[0] != minute:
        memory.rings = (minute, [alarm for id in metrics.things(cloud) for alarm in _rings_of(cloud, id, minute)])
    return [alarm for alarm in memory.rings[1] if metrics.exists(cloud, alarm.thing)]


def in_alarm_of(cloud: Cloud, id: str) -> list[Alarm]:
    """The alarms of one thing that ring now."""
    return _rings_of(cloud, id, _last_minute(cloud, None))


def _rings_of(cloud: Cloud, id: str, minute: int) -> list[Alarm]:
    """A thing's alarms that ring; taken from memory where nothing has changed since that could change them."""
    memory = _memory(cloud)
    since = metrics.steady_since(cloud, id)
    if since is not None:
        kept = memory.quiet.get(id)
        if kept is not None and kept[0] == since:
            return kept[1]
    watched = alarms_of(cloud, id)
    rings = [alarm for alarm in watched if _verdict(cloud, alarm, minute) is State.ALARM]
    if since is not None and _is_settled(cloud, watched, rings, since, minute):
        memory.quiet[id] = (since, rings)
    return rings


def _is_settled(cloud: Cloud, watched: list[Alarm], rings: list[Alarm], since: int, minute: int) -> bool:
    """Whether no alarm of a thing that stands still since then can change any more while it does.

    Its whole range is behind the last change, or the youngest datapoint is good where a single good one keeps it OK.
    """
    if since <= (minute + 1 - _longest_range()) * MINUTE_US:
        return True
    if rings or since > minute * MINUTE_US:
        return False
    youngest = ((alarm, _point(cloud, alarm, minute)) for alarm in watched if alarm.periods == alarm.of)
    good = [found is not None and not alarm.breaches(found) for alarm, found in youngest]
    return len(good) == len(watched) and all(good)


@cache
def _longest_range() -> int:
    """The most datapoints that any alarm looks at."""
    rows = (alarm for row in catalog.metrics().values() for alarm in (row.alarm, row.alarm_rds) if alarm is not None)
    return max(row.of for row in rows) + _extra()
