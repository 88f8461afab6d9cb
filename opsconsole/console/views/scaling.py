"""Auto scaling of an Aurora cluster's readers: bounds, policies with metric and alarms, cool-downs, activities."""

from __future__ import annotations

from opsconsole.cloud.autoscaling import CPU, OWN_TAG, Alarm, Scaler, Tracker
from opsconsole.console.views.glyphs import UP, WARN
from opsconsole.console.views.layout import Cell, Column, Row, heading, pairs, paragraph, table
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import span
from opsconsole.console.views.scene import BLANK, Scene
from opsconsole.console.views.spark import bar

GAUGE = 20
ACTIVITIES = 8


def scaling(scene: Scene) -> list[Line]:
    """What Application Auto Scaling knows of the cluster; where it is not registered, that."""
    scaler = scene.cloud.autoscaling.get(scene.id)
    title = heading("scalable target", scene.width, ("  rds:cluster:ReadReplicaCount", "dim"))
    if scaler is None or scaler.target is None:
        return [title, *paragraph("this cluster is not registered: nobody adds or removes readers", scene.width)]
    lines = [title, *pairs(_target(scene, scaler), scene.width)]
    for tracker in scaler.trackers.values():
        lines += [BLANK, *_policy(scene, tracker)]
    return [*lines, BLANK, heading("activities", scene.width), *_activities(scene, scaler)]


def _target(scene: Scene, scaler: Scaler) -> list[tuple[str, list[Span]]]:
    target, own = scaler.target, [reader.id for reader in scaler.own()]
    bounds = f"  between {target.min_capacity} and {target.max_capacity}" if target is not None else ""
    rows: list[tuple[str, list[Span]]] = [
        ("readers", [(str(scaler.capacity), "number"), (bounds, "dim")]),
        ("its own", [(f"{len(own)}", "number"), (f"  only these ({OWN_TAG}) may it remove", "dim")]),
    ]
    now = scene.cloud.now_us
    for title, until in (("scale-out cool-down", scaler.cools_out_us), ("scale-in cool-down", scaler.cools_in_us)):
        if until > now:
            rows.append((title, [(f"{span(until - now)} left", "warn")]))
    obstacle = scaler.obstacle()
    if scene.truth and obstacle is not None:
        rows.append(("does nothing", [(obstacle, "warn")]))
    return rows


def _policy(scene: Scene, tracker: Tracker) -> list[Line]:
    policy, value = tracker.policy, tracker.metric.value
    unit = " %" if policy.metric == CPU else " connections"
    rows: list[tuple[str, list[Span]]] = [
        ("metric", [(policy.metric, "")]),
        ("target", [(f"{policy.target:g}{unit}", "number")]),
        ("now", _now(scene, value, policy.target, unit)),
        ("scale in", [("on" if policy.scale_in else "off: it only adds", "" if policy.scale_in else "warn")]),
        (
            "cool-downs",
            [(f"out {policy.scale_out_cooldown_s:g} s, in {policy.scale_in_cooldown_s:g} s", "number")],
        ),
    ]
    rows += [_alarm(alarm, unit) for alarm in tracker.alarms]
    return [heading(policy.name, scene.width, ("  target tracking", "dim")), *pairs(rows, scene.width)]


def _now(scene: Scene, value: int | None, target: float, unit: str) -> list[Span]:
    if value is None:
        return [("no reader reports", "warn")]
    share = value / 1000 / (2 * target) if target else 0.0
    style = "warn" if value > target * 1000 else "ok"
    return [
        (bar(share, GAUGE, scene.ascii), style),
        (f" {value / 1000:.1f}{unit}", "number"),
        ("  target in the middle", "dim"),
    ]


def _alarm(alarm: Alarm, unit: str) -> tuple[str, list[Span]]:
    """AlarmHigh asks for more readers, AlarmLow for one less; a low one that rings is nobody's trouble."""
    rings = alarm.state.value == "ALARM"
    glyph = WARN if rings else UP
    sign = ">" if alarm.above else "<"
    name = "AlarmHigh" if alarm.above else "AlarmLow"
    said = f"  {sign} {alarm.threshold / 1000:g}{unit} for {alarm.datapoints} min"
    style = "warn" if rings and alarm.above else "accent" if rings else "dim"
    return name, [(f"{glyph} {alarm.state.value}", style), (said, "dim")]


def _activities(scene: Scene, scaler: Scaler) -> list[Line]:
    if not scaler.activities:
        return paragraph("none yet", scene.width)
    rows: list[tuple[str | None, list[Cell]]] = []
    for activity in list(scaler.activities)[:ACTIVITIES]:
        done = activity.ended_us is not None
        status: Cell = (activity.status, "ok" if done else "warn")
        change = f"{activity.was} to {activity.capacity}"
        rows.append((None, [scene.clock(activity.began_us), status, change, (activity.cause, "dim")]))
    heads = [Column("began"), Column("status"), Column("readers"), Column("cause")]
    lines = table(heads, rows, scene.width)
    more = len(scaler.activities) - ACTIVITIES
    return lines if more <= 0 else [*lines, Row((f" and {more} earlier ones", "dim")).line(scene.width)]
