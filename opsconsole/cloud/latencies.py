"""How long an app's requests take now, as percentiles over all that are answered.

Each way to a server is the travel there and back, and at the server a time with an exponential tail (the model behind
the app's p99, which is that of its slowest way). A percentile over all requests is found in the mixture of the ways.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from opsconsole.cloud.apps import App
from opsconsole.cloud.channels import Way
from opsconsole.cloud.cloud import Cloud
from opsconsole.simulation import crossing

PERCENTS = (50, 95, 99)
WITHIN_US = 1e-4


class Tail(NamedTuple):
    """Requests on one way: how many, what they have lost before the server, and their mean time there (µs)."""

    rate: int
    before_us: int
    mean_us: int


def percentiles(cloud: Cloud, app: App, writes: bool) -> tuple[int, ...]:
    """The latency in microseconds that 50, 95 and 99 % of the answered requests do not exceed; empty if none are."""
    tails = [tail for tail in _tails(cloud, app, writes) if tail.rate > 0]
    if not tails:
        return ()
    return tuple(min(app.timeout_us, _quantile(tails, percent / 100)) for percent in PERCENTS)


def _tails(cloud: Cloud, app: App, writes: bool) -> list[Tail]:
    cache = None if writes else app.cache
    penalty_us = 0 if cache is None else cache.penalty_us()
    tails = [_tail(cloud, way, rate, penalty_us) for way, rate in cloud.traffic.ways(app).items() if way[2] is writes]
    if cache is None:
        return tails
    gets = {way: rate for way, rate in cloud.traffic.ways(app, cache=True).items() if not way[2]}
    asked = sum(gets.values())
    hits = [_tail(cloud, way, rate * cache.look.hits // asked, 0) for way, rate in gets.items()]
    return [*hits, *tails]


def _tail(cloud: Cloud, way: Way, rate: int, penalty_us: int) -> Tail:
    zone, target, writes = way
    server = cloud.servers[target]
    load = server.load.value
    trip_us = cloud.places.round_trip(cloud.places.zones[zone], server.zone) or 0
    return Tail(load.granted(rate, writes), trip_us + penalty_us, load.write_us if writes else load.read_us)


def _quantile(tails: list[Tail], share: float) -> int:
    """The time within which this share of all requests is done: the share rises with the time."""
    due = share * sum(tail.rate for tail in tails)

    def done(us: float) -> float:
        return sum(
            tail.rate * -math.expm1(-(us - tail.before_us) / max(1, tail.mean_us))
            for tail in tails
            if us > tail.before_us
        )

    longest = max(tail.before_us - tail.mean_us * math.log1p(-share) for tail in tails)
    return round(crossing(lambda us: done(us) - due, 0.0, longest, WITHIN_US))
