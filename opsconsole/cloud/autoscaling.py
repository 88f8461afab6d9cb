"""Aurora replica auto scaling: Application Auto Scaling's target tracking on a cluster's readers.

A policy keeps the mean of a metric over all readers near its target by way of two alarms of 60-second datapoints:
AlarmHigh asks for more readers in proportion to the metric, AlarmLow for one less. Nothing ticks. The metric is a step
that changes with the readers' loads; at every change the alarms are worked out ahead as if it stayed, and the first
minute that would change anything is the only one that is looked at.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from opsconsole import catalog
from opsconsole.cloud import members
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.settlement import Phase
from opsconsole.fleet import AutoScalingSpec
from opsconsole.simulation import Step, Stream, Timer

if TYPE_CHECKING:
    from opsconsole.cloud.cloud import Cloud

Metric = Literal["RDSReaderAverageCPUUtilization", "RDSReaderAverageDatabaseConnections"]
CPU: Metric = "RDSReaderAverageCPUUtilization"
CONNECTIONS: Metric = "RDSReaderAverageDatabaseConnections"
OWN_TAG = "application-autoscaling:resourceId"
NAME_PREFIX = "application-autoscaling-"
MINUTE_US = 60_000_000
ACTIVITIES_KEPT = 100
OK, ALARM, NO_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"


class Policy(NamedTuple):
    """A target-tracking policy. `target` is per cent of a reader's CPU, or connections a reader; cool-downs in s."""

    name: str
    metric: Metric
    target: float
    scale_in: bool
    scale_in_cooldown_s: float
    scale_out_cooldown_s: float


class ScalableTarget(NamedTuple):
    """Between how many readers the policies may move."""

    min_capacity: int
    max_capacity: int


@dataclass(slots=True)
class Activity:
    """One scaling activity as DescribeScalingActivities tells it; `direction` is `out` or `in`."""

    direction: str
    description: str
    cause: str
    began_us: int
    was: int
    capacity: int
    status: str = "InProgress"
    message: str = ""
    ended_us: int | None = None


class Wish(NamedTuple):
    """What the alarms ask for at one instant: so many readers, because of this."""

    capacity: int
    cause: str
    cooldown_s: float = 0.0


class Alarm:
    """A CloudWatch alarm of a policy: `datapoints` of as many minutes beyond the threshold (in thousandths)."""

    def __init__(self, name: str, threshold: int, above: bool, datapoints: int, now_us: int) -> None:
        self.name = name
        self.threshold = threshold
        self.above = above
        self.datapoints = datapoints
        self.state: Step[str] = Step(NO_DATA, now_us)

    def judge(self, points: Sequence[int | None], before: str) -> str:
        """Its state after these datapoints, oldest first. Missing ones leave it as it was, unless all are missing."""
        window = points[-self.datapoints :]
        known = [point for point in window if point is not None]
        if not known:
            return NO_DATA
        if not all(point > self.threshold if self.above else point < self.threshold for point in known):
            return OK
        return ALARM if len(known) == self.datapoints else before


class Tracker:
    """A policy at work: the metric as it was and is, in thousandths, and the two alarms on it."""

    def __init__(self, cluster: Cluster, policy: Policy, stream: Stream, known: bool) -> None:
        self.cluster = cluster
        self.policy = policy
        self.target = round(policy.target * 1000)
        self.known = known
        self.began_us = now = cluster.world.now_us
        self.metric: Step[int | None] = Step(self.measure(), now)
        self._points: dict[int, int | None] = {}
        share = round(catalog.assumption("target-tracking-low-share").value * 1000)
        self.high = Alarm(
            f"TargetTracking-cluster:{cluster.id}-AlarmHigh-{uuid(stream)}",
            self.target,
            True,
            catalog.limit("target-tracking-high-datapoints").value,
            now,
        )
        self.low = Alarm(
            f"TargetTracking-cluster:{cluster.id}-AlarmLow-{uuid(stream)}",
            self.target * share // 1000,
            False,
            catalog.limit("target-tracking-low-datapoints").value,
            now,
        )

    @property
    def alarms(self) -> tuple[Alarm, Alarm]:
        """AlarmHigh and AlarmLow."""
        return self.high, self.low

    def measure(self) -> int | None:
        """The metric now, in thousandths: the mean over the readers that report, or None."""
        found = [self._of(reader) for reader in self.cluster.readers() if reader.running]
        return sum(found) // len(found) if found else None

    def _of(self, reader: Instance) -> int:
        load = reader.load.value
        if self.policy.metric != CPU:
            return load.connections * 1000
        floor = round(catalog.assumption("cpu-floor-percent").value * 1000)
        return floor + (100_000 - floor) * min(1000, load.demand_permille) // 1000

    def note(self) -> None:
        """Bring the metric up to date."""
        now = self.cluster.world.now_us
        changed = self.metric.set(now, self.measure())
        newest = now // MINUTE_US
        oldest = newest - 2 * self.low.datapoints
        for minute in [m for m in self._points if m < oldest or (changed and m >= newest)]:
            del self._points[minute]
        if self.known and now == self.began_us:  # the alarms have seen it for long
            for alarm in self.alarms:
                alarm.state.set(now, alarm.judge([self.metric.value] * alarm.datapoints, OK))

    def datapoint(self, minute: int) -> int | None:
        """The mean of one minute since the run began; one that is not over counts as if nothing changed any more."""
        if minute not in self._points:
            self._points[minute] = self._mean(minute)
        return self._points[minute]

    def _mean(self, minute: int) -> int | None:
        start, end = minute * MINUTE_US, (minute + 1) * MINUTE_US
        if end <= self.began_us and not self.known:
            return None
        total = time = 0
        pieces = self.metric.since(start)
        for (begins, value), ends in zip(pieces, [t for t, _ in pieces[1:]] + [end], strict=True):
            length = min(ends, end) - begins
            if value is not None and length > 0:
                total += value * length
                time += length
        return total // time if time else None


class Scaler:
    """Auto scaling of one cluster. `target` is None until the cluster is registered as a scalable target.

    Where several policies track different metrics, the largest wish for more wins, and all must wish for less.
    """

    def __init__(self, cloud: Cloud, cluster: Cluster) -> None:
        self.cloud = cloud
        self.cluster = cluster
        self.target: ScalableTarget | None = None
        self.trackers: dict[str, Tracker] = {}
        self.activities: deque[Activity] = deque(maxlen=ACTIVITIES_KEPT)
        """The newest first."""
        self.begun = 0  # activities, ever
        self.registered_us = 0
        self.cools_out_us = self.cools_in_us = 0  # until when a cool-down keeps it from the next step
        self._under_way = False
        self._wake: Timer | None = None
        self._publish_us = round(catalog.assumption("metric-delay-s").value * 1_000_000)
        self._names = cloud.chance.stream(cluster.id, "application-autoscaling")

    def begin(self, spec: AutoScalingSpec) -> None:
        """As the fleet's file has it: a policy that has been there for a while."""
        self.register(ScalableTarget(spec.min_capacity, spec.max_capacity))
        cooldowns = spec.scale_in_cooldown_s, spec.scale_out_cooldown_s
        self.put(Policy(f"{self.cluster.id}-policy", spec.metric, spec.target, spec.scale_in, *cooldowns), known=True)

    # -- what an operator asks ----------------------------------------------------------------------------------

    def register(self, target: ScalableTarget) -> None:
        """RegisterScalableTarget: bounds that hold from now on."""
        if self.target is None:
            self.registered_us = self.cloud.now_us
        self.target = target
        self.look_again()

    def deregister(self) -> None:
        """DeregisterScalableTarget: the policies and their alarms go too, the readers stay."""
        self.target = None
        self.trackers = {}
        self.look_again()

    def put(self, policy: Policy, known: bool = False) -> None:
        """PutScalingPolicy: a policy of that name, new or changed. `known`: its alarms have seen data before."""
        self.trackers[policy.name] = Tracker(self.cluster, policy, self._names, known)
        self.trackers = dict(sorted(self.trackers.items()))
        self.look_again()

    def delete(self, policy: str) -> None:
        """DeleteScalingPolicy: its alarms are deleted with it."""
        del self.trackers[policy]
        self.look_again()

    # -- what it sees -------------------------------------------------------------------------------------------

    def readers(self) -> list[Instance]:
        """The readers that count: those being created too, those being deleted no more."""
        return [i for i in self.cluster.instances.values() if i is not self.cluster.writer and not i.deleting]

    @property
    def capacity(self) -> int:
        """How many readers there are (`rds:cluster:ReadReplicaCount`)."""
        return len(self.readers())

    def own(self) -> list[Instance]:
        """The readers that it created and may remove, the newest first."""
        tagged = [reader for reader in self.readers() if OWN_TAG in reader.tags]
        return sorted(tagged, key=lambda reader: (reader.created_us, reader.id), reverse=True)

    def obstacle(self) -> str | None:
        """Why it does nothing now, whatever the alarms say; None when nothing is in its way."""
        cluster = self.cluster
        if cluster.secondary:
            return f"{cluster.id} is a secondary of a global database"
        if not cluster.region.up:
            return f"{cluster.region.name} is down"
        if not cluster.region.api.answers:
            return f"the API of {cluster.region.name} does not answer"
        if cluster.status.value != "available":
            return f"{cluster.id} is {cluster.status.value}"
        if self._under_way:
            return "a scaling activity is under way"
        readers = self.readers()
        if not readers:
            return f"{cluster.id} has no reader whose metric could be tracked"
        return next((f"{r.id} is {r.status.value}" for r in readers if r.status.value != "available"), None)

    # -- when to look -------------------------------------------------------------------------------------------

    def look_again(self) -> None:
        """Ask for a look at the end of this instant: a load, a status or the policy has changed."""
        self.cloud.settlement.look_again(Phase.SCALING, self.cluster.id, self._look)

    def _look(self) -> None:
        for tracker in self.trackers.values():
            tracker.note()
        wish = self._out_of_bounds()
        if wish is not None:
            self._act(wish)
        self._plan()

    def _plan(self) -> None:
        """Wake at the first minute that would change an alarm or lead to an activity if the metrics stayed."""
        if self._wake is not None:
            self._wake.cancel()
        due = self._next_due()
        self._wake = None if due is None else self.cloud.kernel.call_at(self._seen_us(due), self._evaluate, due)

    def _seen_us(self, minute: int) -> int:
        """When a minute's datapoint is published and the alarms look at it."""
        return (minute + 1) * MINUTE_US + self._publish_us

    def _next_due(self) -> int | None:
        if self.target is None or not self.trackers:
            return None
        first = (self.cloud.now_us - self._publish_us) // MINUTE_US
        states = [alarm.state.value for tracker in self.trackers.values() for alarm in tracker.alarms]
        horizon = max(alarm.datapoints for tracker in self.trackers.values() for alarm in tracker.alarms)
        for minute in range(first, first + horizon + 1):
            if self._judge(minute) != states or self._wish(minute, states) is not None:
                return minute
        wish = self._wish(minute, states, cooled=True)
        if wish is None:
            return None
        ends_us = self.cools_out_us if wish.capacity > self.capacity else max(self.cools_out_us, self.cools_in_us)
        return -((self._publish_us - ends_us) // MINUTE_US) - 1

    def _judge(self, minute: int) -> list[str]:
        """Every alarm's state once this minute's datapoint is there."""
        return [
            alarm.judge(
                [tracker.datapoint(minute - ago) for ago in reversed(range(alarm.datapoints))], alarm.state.value
            )
            for tracker in self.trackers.values()
            for alarm in tracker.alarms
        ]

    def _evaluate(self, minute: int) -> None:
        """One minute's datapoints are published."""
        self._wake = None
        states = self._judge(minute)
        for alarm, state in zip((a for t in self.trackers.values() for a in t.alarms), states, strict=True):
            before = alarm.state.value
            if alarm.state.set(self.cloud.now_us, state):
                self.cloud.log.sim(self.cloud.now_us, self.cluster.id, "alarm", name=alarm.name, was=before, now=state)
        wish = self._wish(minute, states)
        if wish is not None:
            self._act(wish)
        self._plan()

    # -- what to do ---------------------------------------------------------------------------------------------

    def _out_of_bounds(self) -> Wish | None:
        """The bounds hold whatever the alarms say."""
        target, capacity = self.target, self.capacity
        if target is None or not self.trackers or self.obstacle():
            return None
        if capacity < target.min_capacity and self.cluster.region.roomy():
            return Wish(target.min_capacity, f"minimum capacity was set to {target.min_capacity}")
        fewest = max(target.max_capacity, capacity - len(self.own()))
        if capacity > fewest:
            return Wish(fewest, f"maximum capacity was set to {target.max_capacity}")
        return None

    def _wish(self, minute: int, states: Sequence[str], cooled: bool = False) -> Wish | None:
        """What the alarms in these states lead to at this minute, or whenever it has `cooled`."""
        if self.target is None or self.obstacle():
            return None
        at_us = self._seen_us(minute)
        pairs = list(zip(self.trackers.values(), states[::2], states[1::2], strict=True))
        more = list(self._more(minute, [tracker for tracker, high, _ in pairs if high == ALARM]))
        if more:
            return max(more, key=lambda wish: wish.capacity) if cooled or at_us >= self.cools_out_us else None
        if not cooled and at_us < max(self.cools_out_us, self.cools_in_us):
            return None
        return self._less(minute, [(tracker, low) for tracker, _, low in pairs if tracker.policy.scale_in])

    def _more(self, minute: int, alarmed: list[Tracker]) -> Iterator[Wish]:
        """As many readers as would bring the metric to its target, if the work spread evenly; it waits for room."""
        capacity = self.capacity
        for tracker in alarmed if self.cluster.region.roomy() else ():
            point = tracker.datapoint(minute)
            if point is None or self.target is None:
                continue
            wanted = min(-(-capacity * point // tracker.target), self.target.max_capacity)
            if wanted > capacity:
                yield Wish(wanted, cause(tracker.high, tracker.policy), tracker.policy.scale_out_cooldown_s)

    def _less(self, minute: int, lows: list[tuple[Tracker, str]]) -> Wish | None:
        """One reader less, if every policy wishes it and the rest would stay under its target."""
        left = self.capacity - 1
        if self.target is None or left < self.target.min_capacity or not self.own() or not lows:
            return None
        for tracker, low in lows:
            point = tracker.datapoint(minute)
            if low != ALARM or point is None or point * (left + 1) > tracker.target * left:
                return None
        tracker = lows[0][0]
        return Wish(left, cause(tracker.low, tracker.policy), max(t.policy.scale_in_cooldown_s for t, _ in lows))

    def _act(self, wish: Wish) -> None:
        now, capacity = self.cloud.now_us, self.capacity
        direction = "out" if wish.capacity > capacity else "in"
        description = f"Setting replica count to {wish.capacity}."
        activity = Activity(direction, description, wish.cause, now, capacity, wish.capacity)
        self.activities.appendleft(activity)
        self.begun += 1
        self._under_way = True
        self.cloud.log.sim(now, self.cluster.id, "scaling", now=direction, reason=wish.cause, capacity=wish.capacity)
        steps = self._add(wish.capacity - capacity) if direction == "out" else self._remove(capacity - wish.capacity)
        self.cloud.kernel.spawn(self._carry_out(activity, steps, wish.cooldown_s), f"{self.cluster.id}: {description}")

    def _add(self, count: int) -> list[Coroutine[object, None, None]]:
        """New readers like the writer, each in the zone that holds the fewest, the last to be promoted."""
        model = self.cluster.writer or self.readers()[0]
        last = catalog.limit("promotion-tier").value
        stories = []
        for _ in range(count):
            zone = members.emptiest_zone(self.cluster, self.readers())
            assert zone is not None, "it wishes for more only where there is room"
            id = NAME_PREFIX + uuid(self._names)
            reader = members.admit(self.cloud, self.cluster, id, zone, model.instance_class.name, last)
            reader.tags[OWN_TAG] = f"cluster:{self.cluster.id}"
            stories.append(members.create(self.cloud, reader))
        return stories

    def _remove(self, count: int) -> list[Coroutine[object, None, None]]:
        return [members.delete(self.cloud, reader) for reader in self.own()[:count]]

    async def _carry_out(
        self, activity: Activity, steps: list[Coroutine[object, None, None]], cooldown_s: float
    ) -> None:
        tasks = [self.cloud.kernel.spawn(step, f"{self.cluster.id}: {activity.description}") for step in steps]
        for task in tasks:
            await task
        now = self.cloud.now_us
        activity.status, activity.ended_us = "Successful", now
        activity.message = (
            f"Successfully set replica count to {activity.capacity}. Change successfully fulfilled by rds."
        )
        until_us = now + round(cooldown_s * 1_000_000)
        if activity.direction == "out":
            self.cools_out_us = until_us
        else:
            self.cools_in_us = until_us
        self._under_way = False
        self.cloud.log.sim(now, self.cluster.id, "scaling", now="successful", capacity=self.capacity)
        self.look_again()


def cause(alarm: Alarm, policy: Policy) -> str:
    """Why an activity began, in AWS's words."""
    return f"monitor alarm {alarm.name} in state ALARM triggered policy {policy.name}"


def uuid(stream: Stream) -> str:
    """A random (version 4) UUID from a stream of the run's own luck."""
    digits = "".join(f"{stream.below(65_536):04x}" for _ in range(8))
    return (
        f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{'89ab'[int(digits[16], 16) % 4]}{digits[17:20]}-{digits[20:]}"
    )
