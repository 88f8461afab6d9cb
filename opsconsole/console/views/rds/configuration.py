"""How a DB instance is set up, what is to change and when, and where the numbers come from."""

from __future__ import annotations

from opsconsole import catalog
from opsconsole.cloud.rds import DbInstance
from opsconsole.console.views.encryption import encryption
from opsconsole.console.views.layout import heading, pairs, paragraph
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.maintenance import maintenance, window_spans
from opsconsole.console.views.origins import assumptions, timings
from opsconsole.console.views.quantities import count, span
from opsconsole.console.views.scene import BLANK, Scene, sim

TIMINGS = ("rds-", "storage-autoscaling", "dns-", "event-", "describe-", "metric-", "alarm-")
ASSUMED = (
    ("multi-az-write-ms", "the standby's acknowledgement takes"),
    ("rds-buffer-hit-share", "reads that the buffer cache answers"),
    ("bytes-per-write", "a write adds"),
    ("buffer-cache-cold-share", "capacity with a cold cache"),
    ("rtt-cross-zone-ms", "round trip between zones"),
)


def configuration(scene: Scene) -> list[Line]:
    """Settings, what is pending, maintenance, timings, assumptions."""
    db = scene.cloud.rds[scene.id]
    return [
        heading("DB instance", scene.width),
        *pairs(_settings(scene, db), scene.width),
        BLANK,
        *_pending(scene, db),
        BLANK,
        *maintenance(scene, [db.id], db.settings.maintenance_window),
        BLANK,
        heading("timings", scene.width, ("  one draw per operation, log-normal", "dim")),
        *timings(scene, TIMINGS),
        BLANK,
        heading("assumptions", scene.width, ("  AWS publishes no number", "dim")),
        *assumptions(scene, ASSUMED),
    ]


def _settings(scene: Scene, db: DbInstance) -> list[tuple[str, list[Span]]]:
    settings, kind = db.settings, db.instance_class
    can = catalog.capacity(db.spec.engine, kind.name)
    backups = (
        f"{settings.retention_days} day{'s' if settings.retention_days != 1 else ''}, {settings.backup_window} UTC"
    )
    in_sync = settings.parameter_status == "in-sync"
    monitoring = f"every {settings.monitoring_interval_s} s" if settings.monitoring_interval_s else "off"
    rows: list[tuple[str, list[Span]]] = [
        ("engine", [(f"{db.engine.title}  ", ""), (f"{db.spec.engine} {settings.engine_version}", "dim")]),
        ("databases", [(", ".join(db.contents.databases_at(scene.cloud.now_us)), "")]),
        ("class", [(kind.name, ""), (f"  {kind.vcpu} vCPU, {kind.memory_gib} GiB", "dim")]),
        ("reads alone", [(f"{count(can.reads_per_s)}/s", "number"), sim()]),
        ("writes alone", [(f"{count(can.writes_per_s)}/s", "number"), sim()]),
        ("max connections", [(count(can.max_connections), "number")]),
        ("Multi-AZ", [(f"yes, standby in {db.standby.zone.name}" if db.standby is not None else "no", "")]),
        ("automated backups", [(backups, "") if settings.retention_days else ("off", "warn")]),
        ("encryption", encryption(scene, db.spec.kms_key)),
        (
            "parameter group",
            [(settings.parameter_group, ""), (f"  {settings.parameter_status}", "dim" if in_sync else "warn")],
        ),
        ("minor upgrades", [("automatic" if settings.auto_minor else "only when asked for", "")]),
        ("Enhanced Monitoring", [(monitoring, "")]),
        ("Performance Insights", [("on" if settings.performance_insights else "off", "")]),
        ("deletion protection", [("on" if settings.deletion_protection else "off", "")]),
        ("port", [(str(settings.port), "number")]),
    ]
    if db.wake is not None:
        days = catalog.limit("stopped-days").value
        due = db.status.changed_us + days * 86_400_000_000
        rows.append(
            ("starts by itself", [(f"in {span(due - scene.cloud.now_us)}", "warn"), (f"  after {days} days", "dim")])
        )
    return rows


def _pending(scene: Scene, db: DbInstance) -> list[Line]:
    """PendingModifiedValues: all of them are applied together, in the window or when anything is applied at once."""
    lines = [heading("pending modifications", scene.width, ("  all are applied together", "dim"))]
    if not db.pending:
        return [*lines, *paragraph("none", scene.width)]
    rows: list[tuple[str, list[Span]]] = []
    for name, value in sorted(db.pending.items()):
        change = catalog.modification(name)
        cost = "no outage" if change.outage == "none" else f"outage: {change.outage}"
        rows.append(
            (change.title, [(str(value), "accent"), (f"  {cost}", "ok" if change.outage == "none" else "warn")])
        )
    rows.append(("applied", window_spans(scene, db.settings.maintenance_window)))
    return [*lines, *pairs(rows, scene.width)]
