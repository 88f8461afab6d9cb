"""What an RDS DB instance, its hosts, its synchronous copy and its replication are doing: glyph, word and style.

AWS shows a status for the instance and no more: neither what its standby does nor how far a failover has got.
"""

from __future__ import annotations

from opsconsole.cloud import Cloud, aws_view
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.rds_backups import IDLE
from opsconsole.cloud.rds_host import Host
from opsconsole.cloud.rds_mirror import BROKEN, SYNCHRONISED, SYNCHRONISING
from opsconsole.cloud.replication import ERROR, REPLICATING, STOPPED, Replication
from opsconsole.cloud.server import Engine
from opsconsole.console.views import glyphs
from opsconsole.console.views.quantities import latency
from opsconsole.console.views.states import State, of_status

SERVES = (*IDLE, "backing-up", "configuring-enhanced-monitoring")
"""Statuses under which a DB instance answers."""
BEHIND_US = 1_000_000
"""From this much more than it lags at rest a copy is shown as behind."""


def of_db(cloud: Cloud, db: DbInstance, truth: bool) -> State:
    """Its `DBInstanceStatus`, and in the truth what keeps it from serving although AWS says that it is available."""
    status = of_status(aws_view.status(cloud, db.region.name, db.status, truth))
    if not truth or status.word not in SERVES:
        return status
    return next(iter([*troubles(db), *stream_troubles(db)]), status)


def troubles(db: DbInstance) -> list[State]:
    """What is wrong with it although its status says nothing, the worst first."""
    found = []
    if db.failing_over:
        found.append(State(glyphs.STARTING, "failing over", "warn"))
    elif not db.primary.host_up:
        found.append(State(glyphs.DOWN, "primary lost" if db.multi_az else "host lost", "bad"))
    elif not db.primary.running:
        found.append(State(glyphs.STARTING, f"engine {db.primary.engine.value}", "warn"))
    elif db.hangs or not db.sees(db.primary):
        found.append(State(glyphs.DOWN, "unresponsive", "bad"))
    if db.mirror.holds_up_commits() and not db.failing_over and db.primary.running:
        found.append(State(glyphs.DOWN, "commits wait for the standby", "bad"))
    if db.io_suspended:
        found.append(State(glyphs.STARTING, "I/O suspended", "warn"))
    if db.multi_az and db.mirror.value == BROKEN and not db.failing_over:
        found.append(State(glyphs.WARN, "no standby to fail over to", "warn"))
    return found


def stream_troubles(db: DbInstance) -> list[State]:
    """What is wrong with its replication, if it is a read replica."""
    if db.replication is None:
        return []
    found = of_stream(db.replication, db.world.now_us)
    return [] if found.style == "ok" else [found]


def of_host(cloud: Cloud, db: DbInstance, host: Host, truth: bool) -> State:
    """What a host does; AWS shows the instance's status for the primary, and of the standby only that there is one."""
    if not truth:
        if host is not aws_view.primary_of(cloud, db, truth):
            return State(glyphs.STANDBY, "standby", "standby")
        return of_status(aws_view.status(cloud, db.region.name, db.status, truth))
    if host is db.standby:
        return of_mirror(db, host)
    match host.engine.value:
        case Engine.CREATING:
            return State(glyphs.CREATING, "creating", "warn")
        case Engine.RESTARTING | Engine.STANDBY:
            return State(glyphs.STARTING, "restarting", "warn")
        case Engine.DOWN:
            return State(glyphs.DOWN, "stopped" if db.status.value == "stopped" else "down", "bad")
        case Engine.DELETED:
            return State(glyphs.NONE, "deleted", "dim")
        case _ if db.hangs:
            return State(glyphs.DOWN, "unresponsive", "bad")
        case _:
            return State(glyphs.UP, "running", "ok")


def of_mirror(db: DbInstance, standby: Host) -> State:
    """The synchronous copy: only a synchronised one can take over without losing anything."""
    if not standby.host_up:
        return State(glyphs.DOWN, "down", "bad")
    if db.failing_over and standby.engine.value == Engine.RESTARTING:
        return State(glyphs.STARTING, "taking over", "warn")
    match db.mirror.value:
        case _ if standby.engine.value == Engine.CREATING:
            return State(glyphs.CREATING, "creating", "warn")
        case state if state == SYNCHRONISED:
            if db.primary.host_up and db.mirror.holds_up_commits():
                return State(glyphs.DOWN, "does not answer", "bad")
            stopped = standby.engine.value == Engine.DOWN
            return State(glyphs.DOWN, "stopped", "bad") if stopped else State(glyphs.STANDBY, "in sync", "standby")
        case state if state == SYNCHRONISING:
            return State(glyphs.STARTING, "synchronising", "warn")
        case _:
            return State(glyphs.DOWN, "not in sync", "bad")


def of_stream(stream: Replication, now_us: int) -> State:
    """Whether writes flow to a read replica: its status in AWS's words, and in `replicating` what really is."""
    match stream.status.value:
        case status if status == REPLICATING:
            if not stream.flows:
                return State(glyphs.DOWN, "cut", "bad")
            if stream.stalls:
                return State(glyphs.WARN, "stalled", "warn")
            lag_us = stream.lag_us(now_us)
            if lag_us >= stream.applied.delay_us + BEHIND_US:
                return State(glyphs.WARN, f"lag {latency(lag_us)}", "warn")
            return State(glyphs.UP, status, "ok")
        case status if status == STOPPED:
            return State(glyphs.STARTING, "replication stopped", "warn")
        case status if status == ERROR:
            return State(glyphs.DOWN, "replication error", "bad")
        case status:
            return State(glyphs.DOWN, f"replication {status}", "bad")


def of_stream_seen(cloud: Cloud, stream: Replication) -> State:
    """What describe-db-instances says of a read replica's replication now."""
    status = aws_view.status(cloud, stream.replica.region.name, stream.status, truth=False)
    if status == REPLICATING:
        return State(glyphs.UP, status, "ok")
    return State(glyphs.STARTING, status, "warn") if status == STOPPED else State(glyphs.DOWN, status, "bad")
