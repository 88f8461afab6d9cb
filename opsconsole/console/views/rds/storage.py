"""The EBS storage of a DB instance: how much, how full, how fast, what it may burst, when it may be changed again."""

from __future__ import annotations

from opsconsole.cloud.metrics import names_for
from opsconsole.cloud.rds import DbInstance
from opsconsole.console.views.layout import heading, pairs
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import count, latency, size, span
from opsconsole.console.views.scene import BLANK, Scene
from opsconsole.console.views.spark import bar
from opsconsole.console.views.trends import now_text, trend_text

MIB = 1024**2
FULL, HIGH = 90, 80
"""Percent from which storage is shown as nearly full, and as filling up."""
METRICS = ("FreeStorageSpace", "ReadIOPS", "WriteIOPS", "DiskQueueDepth", "ReadLatency", "WriteLatency", "BurstBalance")


def storage(scene: Scene) -> list[Line]:
    """Type and size; speed; autoscaling and the lock; the metrics of all that."""
    db = scene.cloud.rds[scene.id]
    copies = ("  both copies of it fill up together", "dim") if db.multi_az else ("", "")
    return [
        heading("storage", scene.width, copies),
        *_space(scene, db),
        BLANK,
        heading("speed", scene.width),
        *_speed(scene, db),
        BLANK,
        heading("changes", scene.width),
        *_changes(scene, db),
        BLANK,
        heading("metrics", scene.width, ("  last 15 minutes", "dim")),
        *_metrics(scene, db),
    ]


def _space(scene: Scene, db: DbInstance) -> list[Line]:
    now, disk = scene.cloud.now_us, db.disk
    allocation = disk.allocation
    rows: list[tuple[str, list[Span]]] = [("type", [(allocation.type, ""), (f"  {allocation.row.title}", "dim")])]
    if not scene.truth:
        rows.append(("allocated", [(f"{allocation.gib} GiB", "number")]))
        return pairs(rows, scene.width)
    used, allocated = db.contents.used_bytes(now), disk.allocated_bytes
    percent = used * 100 // allocated
    style = "bad" if percent >= FULL else "warn" if percent >= HIGH else "ok"
    gauge = bar(percent / 100, max(10, min(30, scene.width - 60)), scene.ascii)
    rows.append(("used", [(gauge, style), (f" {size(used)} of {allocation.gib} GiB, {percent} %", "number")]))
    logs = db.contents.log_backlog(now)
    if logs >= MIB:
        rows.append(
            ("of which logs", [(size(logs), "warn"), ("  kept for replicas that have not received them", "dim")])
        )
    litter = db.contents.litter_at(now)
    if litter >= MIB:
        rows.append(("of which files", [(size(litter), "warn"), ("  that nobody clears away", "dim")]))
    rows.append(("full", _until_full(scene, db)))
    return pairs(rows, scene.width)


def _until_full(scene: Scene, db: DbInstance) -> list[Span]:
    now = scene.cloud.now_us
    if db.status.value == "storage-full":
        return [("now: the database is shut down until there is more", "bad")]
    bytes_per_s = db.contents.growth(now) // 1000
    if bytes_per_s <= 0:
        return [("not foreseeable: nothing is written", "dim")]
    left_us = db.watch.free_bytes(now) * 1_000_000 // bytes_per_s
    return [(f"in {span(left_us)}", "number"), (f"  at {size(bytes_per_s)}/s", "dim")]


def _speed(scene: Scene, db: DbInstance) -> list[Line]:
    disk, now = db.disk, scene.cloud.now_us
    each: list[Span] = [(f"{disk.allocation.row.latency_ms:g} ms", "number")]
    each.append((f"  {disk.allocation.row.aws_latency}", "dim"))
    if scene.truth:
        for host in db.hosts.values():
            if host.volume.paused.value:
                each.append((f"  {host.id}: for ever, its volume is paused", "bad"))
            elif host.volume.extra_us.at(now):
                each.append((f"  {host.id}: {latency(host.volume.extra_us.at(now))} longer", "bad"))
    allocation = disk.allocation
    throughput = allocation.row.throughput_mibps(
        allocation.gib, db.spec.engine, allocation.iops, allocation.throughput_mibps
    )
    burst = f"  baseline {count(disk.baseline_iops)}" if disk.iops != disk.baseline_iops else "  baseline"
    rows: list[tuple[str, list[Span]]] = [
        ("IOPS limit", [(count(disk.iops), "number"), (burst, "dim")]),
        ("throughput limit", [(f"{throughput} MiB/s", "number")]),
        ("one I/O takes", each),
    ]
    if disk.credits.capacity:
        rows.append(("burst balance", _credits(scene, db)))
    elif not allocation.row.volume_credits:
        rows.append(("burst balance", [(f"{allocation.row.title} does not burst", "dim")]))
    return pairs(rows, scene.width)


def _credits(scene: Scene, db: DbInstance) -> list[Span]:
    if not scene.truth:
        return [(now_text(scene.cloud, db.id, "BurstBalance", truth=False), "number")]
    credits = db.disk.credits
    permille = credits.permille(scene.cloud.now_us)
    style = "bad" if credits.exhausted else "warn" if permille < 200 else "ok"
    gauge = bar(permille / 1000, 20, scene.ascii)
    said = "  exhausted: the baseline is all there is" if credits.exhausted else ""
    return [(gauge, style), (f" {permille / 10:.1f} %", "number"), (said, "bad")]


def _changes(scene: Scene, db: DbInstance) -> list[Line]:
    now, disk = scene.cloud.now_us, db.disk
    autoscaling: list[Span] = [("off", "dim")]
    if disk.max_gib:
        autoscaling = [(f"up to {disk.max_gib} GiB", ""), (f"  next step {db.watch.increment_gib()} GiB", "dim")]
        if disk.allocation.gib >= disk.max_gib:
            autoscaling.append(("  the maximum is reached", "warn"))
    rows: list[tuple[str, list[Span]]] = [("autoscaling", autoscaling)]
    locked = db.watch.locked_until_us()
    if locked is None:
        rows.append(("next change", [("possible now", "ok")]))
    elif locked <= now:
        rows.append(("next change", [("refused while storage is optimized", "warn")]))
    else:
        rows.append(
            ("next change", [(f"refused until {scene.clock(locked)}", "warn"), ("  six hours after the last", "dim")])
        )
    if scene.truth and db.optimised_us is not None and db.optimised_us > now:
        began = db.disk.changed_us or now
        share = (now - began) / max(1, db.optimised_us - began)
        gauge = bar(share, 20, scene.ascii)
        left = f" {share * 100:.0f} %, about {span(db.optimised_us - now)} left"
        rows.append(("storage-optimization", [(gauge, "accent"), (left, "number")]))
    return pairs(rows, scene.width)


def _metrics(scene: Scene, db: DbInstance) -> list[Line]:
    rows: list[tuple[str, list[Span]]] = []
    for metric in METRICS:
        if metric in names_for(scene.cloud, db.id):
            trend = trend_text(scene.cloud, db.id, metric, 15, scene.truth, scene.ascii)
            rows.append((metric, [(f"{now_text(scene.cloud, db.id, metric, scene.truth):>10}", "number")]))
            rows[-1][1].append((f"  {trend}", "accent"))
    return pairs(rows, scene.width)
