"""Auto scaling of Aurora readers: when it adds and removes them, whom it never touches, and what it costs."""

import random
from itertools import pairwise

import pytest

from opsconsole.cloud.autoscaling import ALARM, NO_DATA, OK, OWN_TAG, Activity, Alarm, Scaler, Tracker
from tests.cloud.play import Play
from tests.cloud.test_failover import fleet

POLICY = "application-autoscaling:put-scaling-policy orders"
REGISTER = "application-autoscaling:register-scalable-target orders"
PAIR = fleet("a r6g.large", "b r6g.large", app='pool_lifetime = "5m"')  # a reader does 3150 reads/s
ALONE = fleet("a r6g.large")


def tracked(text: str = PAIR, policy: str = "value=60 min=1 max=8", seed: int = 3) -> Play:
    """A run whose cluster has a policy from the start."""
    return Play(text, seed).do(f"{POLICY} {policy}")


def scaler(play: Play) -> Scaler:
    return play.cloud.autoscaling["orders"]


def tracker(play: Play) -> Tracker:
    return scaler(play).trackers["orders-policy"]


def activities(play: Play) -> list[Activity]:
    """Oldest first."""
    return list(reversed(scaler(play).activities))


def own(play: Play) -> list[str]:
    return [id for id, instance in play.cluster().instances.items() if OWN_TAG in instance.tags]


def cpu(play: Play) -> float:
    value = tracker(play).metric.value
    assert value is not None
    return value / 1000


# -- out and in -------------------------------------------------------------------------------------------------


@pytest.mark.fact("AUR-AS-01", "AUR-AS-04")
def test_a_load_ramp_adds_readers_that_the_reader_endpoint_gives_connections_until_each_is_under_the_target() -> None:
    play = tracked().at("T+5m app:set-rate checkout reads=6000/s ramp=5m").until("10m")
    assert own(play) == []
    assert cpu(play) > 95
    play.until("1h")
    made = own(play)
    assert made
    assert set(play.answers("orders.reader")) == {"orders-2", *made}
    loads = [play.instance(id).load.value for id in ("orders-2", *made)]
    assert all(load.connections > 0 and load.demand_permille < 600 for load in loads)
    assert max(load.reads for load in loads) - min(load.reads for load in loads) < 6_000_000 // 20
    assert cpu(play) < 60
    assert play.all_well("checkout", "50m", "1h")
    assert play.app().reads_from == ("orders.reader",)


@pytest.mark.fact("AUR-AS-01", "AUR-AS-04")
def test_when_the_load_falls_its_own_readers_go_one_by_one_and_the_clients_feel_nothing() -> None:
    play = tracked().at("T+1m app:set-rate checkout reads=3000/s", "T+40m app:set-rate checkout reads=100/s")
    play.until("40m")
    assert len(own(play)) >= 1
    play.until("3h")
    assert list(play.cluster().instances) == ["orders-1", "orders-2"]
    assert play.all_well("checkout", "30m", "3h")
    steps = [(a.direction, a.was, a.capacity) for a in activities(play)]
    assert steps[-1] == ("in", 2, 1)
    assert all(was - now == 1 for direction, was, now in steps if direction == "in")


def test_it_is_a_reader_like_the_writer_in_the_emptiest_zone_that_is_promoted_last() -> None:
    text = fleet("a r6g.xlarge", "a r6g.large", "b r6g.large")
    play = tracked(text, "value=60 min=4 max=8").until("1s")
    made = [play.instance(id) for id in own(play)]
    assert [reader.zone.name for reader in sorted(made, key=lambda reader: reader.zone.name)] == [
        "us-east-1a",
        "us-east-1c",
    ]  # where there is no reader, then in the first of three with one
    for reader in made:
        assert (reader.tier, reader.instance_class.name) == (15, "db.r6g.xlarge")
        assert reader.tags == {"application-autoscaling:resourceId": "cluster:orders"}
        assert reader.id.startswith("application-autoscaling-")
        assert len(reader.id) == len("application-autoscaling-") + 36


def test_the_alarms_need_three_minutes_above_and_fifteen_below() -> None:
    play = tracked().at("T+10m app:set-rate checkout reads=2500/s", "T+11m30s app:set-rate checkout reads=1500/s")
    play.at("T+30m app:set-rate checkout reads=2500/s").until("30m")
    assert play.truth("scaling") == []
    assert not any("AlarmHigh" in str(row["name"]) for row in play.truth("alarm", now=ALARM))
    play.until("40m")
    # the minutes 30, 31 and 32 are above; the last of them is published 30 s after its end
    assert play.when("alarm", name=tracker(play).high.name, now=ALARM) == [33.5 * 60]
    assert play.when("scaling", now="out") == [33.5 * 60]


def test_the_number_grows_in_proportion_to_the_metric_and_shrinks_by_one() -> None:
    play = tracked(policy="value=20 min=1 max=15").at("T+5m app:set-rate checkout reads=2800/s")
    play.until("30m")
    first = activities(play)[0]
    assert (first.was, first.capacity) == (1, 5)  # 89 % of CPU over a target of 20 %: 4.5 readers
    assert first.description == "Setting replica count to 5."
    assert first.cause.startswith("monitor alarm TargetTracking-cluster:orders-AlarmHigh-")
    assert first.cause.endswith(" in state ALARM triggered policy orders-policy")
    assert (first.status, first.message) == (
        "Successful",
        "Successfully set replica count to 5. Change successfully fulfilled by rds.",
    )
    assert [event.at for event in play.aws_events() if event.id == "0005"][3] == (first.ended_us or 0) / 1e6


def test_after_a_step_it_waits_for_the_cool_down() -> None:
    play = tracked(policy="value=60 min=1 max=8 scale_in_cooldown=20m").do(f"{REGISTER} min=4").until("15m")
    play.do(f"{REGISTER} min=1").until("3h")
    ins = [a for a in activities(play) if a.direction == "in"]
    assert len(ins) == 3
    for before, after in pairwise(ins):
        assert before.ended_us is not None
        assert 20 * 60 <= (after.began_us - before.ended_us) / 1e6 <= 21 * 60


def test_a_policy_may_be_told_never_to_remove() -> None:
    play = tracked(policy="value=60 min=3 max=8 disable_scale_in=true").until("15m").do(f"{REGISTER} min=1").until("3h")
    assert len(own(play)) == 2
    assert {alarm.state.value for alarm in tracker(play).alarms} == {OK, ALARM}


def test_the_fleets_own_readers_are_never_removed() -> None:
    play = tracked(fleet("a r6g.large", "b r6g.large", "c r6g.large", "a r6g.large"), "value=60 min=1 max=1").until(
        "6h"
    )
    assert list(play.cluster().instances) == ["orders-1", "orders-2", "orders-3", "orders-4"]
    assert play.truth("scaling") == []


def test_the_newest_of_its_own_goes_first() -> None:
    play = tracked(policy="value=60 min=2 max=8").until("20m").do(f"{REGISTER} min=3").until("40m")
    older, newer = sorted(own(play), key=lambda reader: play.instance(reader).created_us)
    play.do(f"{REGISTER} min=1").until_row("status", newer, within="2h", now="deleting")
    assert play.instance(older).status.value == "available"


@pytest.mark.fact("AUR-AS-02")
def test_the_bounds_hold_at_once_whatever_the_alarms_say() -> None:
    play = tracked(policy="value=60 min=3 max=8 disable_scale_in=true").until("15m")
    assert scaler(play).capacity == 3
    assert activities(play)[0].cause == "minimum capacity was set to 3"
    play.do(f"{REGISTER} min=1 max=2").until("25m")
    assert scaler(play).capacity == 2
    assert activities(play)[1].cause == "maximum capacity was set to 2"
    play.do(f"rds:delete-db-instance {own(play)[0]}").do(f"{REGISTER} min=2").until("50m")
    assert scaler(play).capacity == 2


def test_connections_may_be_the_metric() -> None:
    play = tracked(policy="metric=connections value=25 min=1 max=8").until("2h")
    total = sum(reader.load.value.connections for reader in play.cluster().readers())
    assert total == 60
    assert scaler(play).capacity == 3  # 60 connections, 25 a reader


def test_with_two_policies_the_larger_wish_wins_and_both_must_wish_for_less() -> None:
    play = tracked(policy="value=60 min=1 max=8").do(f"{POLICY} policy=conns metric=connections value=25").until("2h")
    assert scaler(play).capacity == 3
    assert scaler(play).trackers["orders-policy"].low.state.value == ALARM


# -- what is in its way -----------------------------------------------------------------------------------------


def test_without_any_reader_the_alarms_have_no_data_and_nothing_happens() -> None:
    play = tracked(ALONE, "value=60 min=2 max=8").until("2h")
    assert {alarm.state.value for alarm in tracker(play).alarms} == {NO_DATA}
    assert activities(play) == []
    assert "no reader" in str(scaler(play).obstacle())
    play.do("rds:create-db-instance orders id=orders-2").until("3h")
    assert scaler(play).capacity == 2


def test_the_last_reader_gone_its_alarms_lose_their_data() -> None:
    play = tracked().until("20m")
    assert {alarm.state.value for alarm in tracker(play).alarms} == {OK, ALARM}
    play.do("rds:delete-db-instance orders-2").until("2h")
    assert {alarm.state.value for alarm in tracker(play).alarms} == {NO_DATA}


def test_a_failover_while_a_reader_is_being_created_is_waited_for_and_the_new_one_is_not_promoted() -> None:
    play = tracked().at("T+5m app:set-rate checkout reads=2900/s")
    play.until_row("scaling", "orders", now="out")
    play.do("rds:failover-db-cluster orders").wait("5m")
    assert play.writer() == "orders-2"
    play.until("1h")
    assert play.cluster().status.value == "available"
    assert scaler(play).capacity == 2
    assert set(play.answers("orders.reader")) == {"orders-1", *own(play)}
    assert play.all_well("checkout", "30m", "1h")


def test_while_the_cluster_fails_over_nothing_is_begun() -> None:
    play = tracked().until("5m").do("rds:failover-db-cluster orders").do(f"{REGISTER} min=3").wait("1s")
    assert scaler(play).obstacle() == "orders is failing-over"
    assert activities(play) == []
    play.until("20m")
    assert scaler(play).capacity == 3


def test_a_promoted_reader_of_its_own_is_a_writer_like_any_other() -> None:
    play = tracked(policy="value=60 min=2 max=8").until("15m")
    (made,) = own(play)
    play.do(f"rds:failover-db-cluster orders to={made}").until("30m").do(f"{REGISTER} min=1 max=1").until("3h")
    assert play.writer() == made
    assert set(play.cluster().instances) == {made, "orders-1", "orders-2"}


def test_a_reader_whose_zone_dies_while_it_is_created_comes_up_when_the_zone_is_back() -> None:
    play = tracked().at("T+5m app:set-rate checkout reads=2900/s")
    play.until_row("scaling", "orders", now="out")
    (made,) = own(play)
    assert play.instance(made).zone.name == "us-east-1a"  # the zone without a reader
    play.do("az:outage us-east-1a for=40m").wait("35m")
    assert play.instance(made).status.value == "creating"
    assert activities(play)[-1].status == "InProgress"
    play.wait("15m")
    assert play.instance(made).status.value == "available"
    assert activities(play)[-1].status == "Successful"
    assert made in play.answers("orders.reader")


def test_a_lost_zone_loads_the_rest_and_readers_are_added_in_zones_that_live() -> None:
    text = fleet("a r6g.large", "b r6g.large", "c r6g.large")
    play = tracked(text, "value=60 min=1 max=8").until("1m").do("app:set-rate checkout reads=3400/s").until("20m")
    assert own(play) == []
    play.do("az:outage us-east-1c").until("50m")
    made = [play.instance(id) for id in own(play)]
    assert made
    assert all(reader.zone.name in ("us-east-1a", "us-east-1b") and reader.running for reader in made)
    assert cpu(play) < 60


def test_a_dead_region_scales_nothing() -> None:
    play = tracked().at("T+5m app:set-rate checkout reads=2900/s", "T+6m region:outage us-east-1 for=1h").until("1h")
    assert activities(play) == []
    play.until("3h")
    assert scaler(play).capacity == 2


def test_a_cluster_that_became_a_secondary_is_left_alone() -> None:
    play = Play("global_aurora").do(f"{POLICY} value=60 min=1 max=15").until("1m")
    play.do("rds:switchover-global-cluster orders-global to=orders-eu").until("10m").do(
        "app:set-rate checkout reads=1/s"
    )
    assert play.cluster("orders").secondary
    assert scaler(play).obstacle() == "orders is a secondary of a global database"
    play.until("2h")
    assert activities(play) == []


def test_a_policy_that_is_deleted_or_a_target_that_is_gone_does_nothing_more() -> None:
    for line in ("delete-scaling-policy orders", "deregister-scalable-target orders"):
        play = (
            tracked(policy="value=60 min=2 max=8")
            .until("20m")
            .do(f"application-autoscaling:{line}")
            .do("app:set-rate checkout reads=5000/s")
        )
        play.until("2h")
        assert scaler(play).capacity == 2
        assert len(own(play)) == 1
        assert len(activities(play)) == 1


# -- what it costs ----------------------------------------------------------------------------------------------


def test_in_a_steady_state_nothing_happens_at_all() -> None:
    play, bare = tracked(), Play(PAIR, 3)
    for one in (play, bare):
        one.do("app:set-rate checkout reads=1800/s writes=0/s").until("30m")
    count = play.cloud.log.count
    assert play.cloud.kernel.next_time_us == bare.cloud.kernel.next_time_us
    play.until("48h")
    assert play.cloud.log.count == count


def test_outside_the_band_too_nothing_happens_when_nothing_can_be_done() -> None:
    idle, busy = tracked(), tracked(policy="value=60 min=1 max=1").do("app:set-rate checkout reads=9000/s")
    for play, high, low in ((idle, OK, ALARM), (busy, ALARM, OK)):
        play.do("app:set-rate checkout writes=0/s").until("30m")
        count = play.cloud.log.count
        assert [alarm.state.value for alarm in tracker(play).alarms] == [high, low]
        upcoming = play.cloud.kernel.next_time_us
        assert upcoming is None or upcoming > 48 * 3600 * 10**6
        play.until("24h")
        assert play.cloud.log.count == count


def test_the_same_seed_gives_the_same_readers_and_another_one_others() -> None:
    runs = [tracked(policy="value=60 min=3 max=8", seed=seed).until("20m") for seed in (1, 1, 2)]
    assert own(runs[0]) == own(runs[1]) != own(runs[2])
    assert runs[0].cloud.log.digest == runs[1].cloud.log.digest


@pytest.mark.parametrize("seed", range(6))
def test_what_is_foreseen_is_what_a_look_at_every_minute_would_have_found(seed: int) -> None:
    chance = random.Random(seed)
    play = tracked(policy="value=40 min=1 max=1", seed=seed)
    t = 0.0
    while t < 3000:
        t += chance.choice((7, 61, 200, 900)) * chance.random()
        play.at(f"T+{t:.3f}s app:set-rate checkout reads={chance.choice((10, 1000, 1270, 1300, 1400, 2000))}/s")
    if seed % 2:
        play.at("T+20m sim:crash-host orders-2")
    play.until("57m")
    alarms = tracker(play).alarms
    points: list[int | None] = []
    found: list[tuple[float, str, str]] = []
    states = {alarm.name: NO_DATA for alarm in alarms}
    for minute in range(56):
        points.append(_mean(tracker(play), minute))
        padded = [None] * 15 + points
        for alarm in alarms:
            state = alarm.judge(padded, states[alarm.name])
            if state != states[alarm.name]:
                states[alarm.name] = state
                found.append((minute * 60 + 90.0, alarm.name, state))
    told = [(at, row["name"], row["now"]) for at, row in zip(play.when("alarm"), play.truth("alarm"), strict=True)]
    assert told == found
    assert len(told) > 2


def _mean(of: Tracker, minute: int) -> int | None:
    """A minute's mean, second by second is not enough: by every millisecond's value."""
    values = [of.metric.at(minute * 60_000_000 + ms * 1000) for ms in range(60_000)]
    present = [value for value in values if value is not None]
    return sum(present) // len(present) if present else None


@pytest.mark.parametrize(
    ("points", "before", "after"),
    [
        ([70, 70, 70], OK, ALARM),
        ([70, 60, 70], ALARM, OK),  # the target itself is not above the target
        ([70, 70], OK, OK),
        ([None, 70, 70], ALARM, ALARM),
        ([None, 70, 50], ALARM, OK),
        ([None, None, None], ALARM, NO_DATA),
        ([70, None, None, None], ALARM, NO_DATA),
        ([50, 70, 70, 70], OK, ALARM),
    ],
)
def test_an_alarm_goes_by_its_last_datapoints_and_what_is_missing_leaves_it(
    points: list[int | None], before: str, after: str
) -> None:
    assert Alarm("high", 60, True, 3, 0).judge(points, before) == after
