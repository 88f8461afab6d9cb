"""Alarms, auto scaling, maintenance and Multi-AZ DB clusters on the screen."""

from __future__ import annotations

import re

from opsconsole.cloud import Cloud
from opsconsole.cloud.alarms import in_alarm
from opsconsole.console.alarm_watch import AlarmWatch
from opsconsole.console.views import (
    ClockState,
    Stand,
    alarms_lines,
    kind_of,
    map_view,
    plain,
    ringing_lines,
    status_line,
    tab_view,
    tabs_for,
    things,
)
from opsconsole.console.views.layout import cells
from tests.console.ledger import LEDGER, PAYMENTS, cell, cloud_of, do, run, text_of


def overloaded(minutes: float = 12) -> Cloud:
    cloud = cloud_of(LEDGER)
    do(cloud, "app:set-rate shopping writes=900/s")
    run(cloud, minutes * 60)
    return cloud


def test_an_alarm_is_counted_named_marked_on_its_thing_and_listed_with_its_reason() -> None:
    quiet = cloud_of(LEDGER, 600)
    assert "▲" not in status_line(quiet, ClockState(), 160, ringing=in_alarm(quiet)).text
    assert "no alarm is in ALARM" in plain(ringing_lines(quiet, 100, in_alarm(quiet), ()))
    cloud = overloaded()
    status = status_line(cloud, ClockState(), 170, ringing=in_alarm(cloud))
    assert re.search(r"▲ (shop\S*/\w+|\d+ alarms)", status.text)
    row = next(line for line in map_view(cloud, 60, stand=Stand(ringing=["shop"])) if line.ref == "shop")
    assert row.text.strip().startswith("shop ▲")
    listed = plain(ringing_lines(cloud, 100, in_alarm(cloud), ()))
    assert re.search(r"▲ ALARM  shop/\w+  > .* min  for ", listed)
    assert "Threshold Crossed" in listed
    assert "▲ ALARM" in text_of(cloud, "shop", "Topology")
    assert "▲ ALARM" in text_of(cloud, "shop", "Topology", truth=False)  # CloudWatch is what an operator has
    every = plain(alarms_lines(cloud, 100, ["shop"]))
    assert re.search(r"OK → ALARM|INSUFFICIENT_DATA → ALARM", every)
    assert re.search(r"● OK\s+FreeStorageSpace\s+< ", every)


def test_an_acknowledged_alarm_is_dim_and_still_counted() -> None:
    cloud = overloaded()
    names = re.findall(r"ALARM  (\S+/\w+)", plain(ringing_lines(cloud, 100, in_alarm(cloud), ())))
    status = status_line(cloud, ClockState(), 170, ringing=in_alarm(cloud), acknowledged=names)
    assert next(style for text, style in status.spans if text.startswith("▲") and "impaired" not in text) == "dim"
    assert plain(ringing_lines(cloud, 100, in_alarm(cloud), names)).count("acknowledged") == len(names)


def test_metrics_show_the_thresholds_that_wake_somebody() -> None:
    cloud = cloud_of(LEDGER, 600)
    assert re.search(
        r"CPUUtilization\s+[\d.]+ %\s+Percent\s+● > 90\.0 %, 5 of 5 min", text_of(cloud, "shop", "Metrics", 120)
    )


def test_scaling_shows_its_policy_its_alarms_and_what_it_did() -> None:
    cloud = cloud_of(PAYMENTS)
    text = text_of(cloud, "orders", "Scaling")
    assert "RDSReaderAverageCPUUtilization" in text
    assert re.search(r"readers\s+1  between 1 and 4", text)
    do(cloud, "app:set-rate shop reads=6000/s")
    run(cloud, 900)
    text = text_of(cloud, "orders", "Scaling")
    assert re.search(r"Successful\s+1 to \d\s+monitor alarm TargetTracking", text)
    assert re.search(r"its own\s+[1-3]  only these", text)
    do(cloud, "application-autoscaling:deregister-scalable-target orders")
    run(cloud, 1)
    assert "not registered" in text_of(cloud, "orders", "Scaling")


def test_pending_maintenance_is_listed_with_its_window() -> None:
    cloud = cloud_of(PAYMENTS)
    text = text_of(cloud, "orders", "Config", 140)
    assert re.search(r"window\s+sun:05:00-sun:05:30 UTC  begins", text)
    assert re.search(r"orders-1\s+system-update", text)


def test_a_multi_az_cluster_shows_who_acknowledges_and_has_no_volume() -> None:
    cloud = cloud_of(PAYMENTS)
    assert kind_of(cloud, "payments") == "multi-az cluster"
    lines = map_view(cloud, 60)
    row = next(line for line in lines if line.ref == "payments")
    assert "▮" not in row.text
    assert cell(lines, "payments-instance-1") == "● W"
    text = text_of(cloud, "payments", "Replication")
    assert text.count("● acknowledges") == 2
    assert "flow control" in text
    assert "of 100 GiB" in text_of(cloud, "payments", "Storage")
    do(cloud, "az:outage us-east-1b")
    run(cloud, 2)
    text = text_of(cloud, "payments", "Replication")
    assert text.count("● acknowledges") == 1
    assert "✖ does not" in text
    assert "acknowledges" not in text_of(cloud, "payments", "Replication", truth=False)


def test_every_tab_of_every_thing_fits_in_every_width_and_in_ascii() -> None:
    cloud = cloud_of(PAYMENTS)
    do(cloud, "az:outage us-east-1a")
    run(cloud, 20)
    for id in things(cloud):
        for tab in tabs_for(cloud, id):
            for truth in (True, False):
                for width in (160, 78, 44, 30):
                    for line in tab_view(cloud, id, tab, width, truth=truth):
                        assert cells(line.text) <= width, f"{id} {tab}: {line.text!r}"
                drawn = plain(tab_view(cloud, id, tab, 78, truth=truth, ascii=True))
                assert drawn.isascii()
                assert "?" not in drawn, f"{id} {tab}: {drawn}"


def test_a_watch_looks_in_slices_and_finds_what_one_long_look_would() -> None:
    cloud = overloaded()
    seconds = iter(range(1_000_000))
    watch = AlarmWatch(clock=lambda: float(next(seconds)))  # every look at the clock is a second later
    slices = 1
    while not watch.look(cloud, 0.5):
        assert watch.ringing == ()  # until a pass is complete, what was found before is shown
        slices += 1
    assert slices > len(cloud.rds)
    assert [alarm.id for alarm in watch.ringing] == [alarm.id for alarm in in_alarm(cloud)]
    assert watch.look(cloud, 0.0)  # nothing new in this minute
    run(cloud, 60)
    assert not watch.look(cloud, 0.5)
