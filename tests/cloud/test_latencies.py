"""Percentiles of latency are those of all requests that are answered, by whichever way."""

import math

from opsconsole.cloud.latencies import Tail, _quantile, percentiles
from tests.cloud.play import Play, uncached


def test_of_one_way_they_are_those_of_an_exponential_tail_behind_the_travel() -> None:
    one = [Tail(1_000, 500, 2_000)]
    assert _quantile(one, 0.5) == round(500 + 2_000 * math.log(2))
    assert _quantile(one, 0.99) == round(500 + 2_000 * math.log(100))


def test_of_two_ways_they_lie_between_and_the_slow_way_makes_the_tail() -> None:
    mixed = [Tail(900, 0, 1_000), Tail(100, 80_000, 1_000)]
    assert _quantile(mixed, 0.5) < 1_000
    assert _quantile(mixed, 0.95) > 80_000


def test_an_apps_rise_with_the_percent_and_end_below_what_its_slowest_way_needs() -> None:
    play = Play(uncached("aurora_mysql")).until("10s")
    app = play.cloud.apps["checkout"]
    for writes, slowest in ((True, app.service.value.write_p99_us), (False, app.service.value.read_p99_us)):
        p50, p95, p99 = percentiles(play.cloud, app, writes)
        assert 0 < p50 < p95 < p99 <= slowest


def test_where_nothing_is_answered_there_are_none() -> None:
    play = Play().at("T+10s region:outage us-east-1").until("12s")
    assert percentiles(play.cloud, play.cloud.apps["checkout"], True) == ()
