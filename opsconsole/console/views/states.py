"""What things are doing, as glyph, word and style: the truth, or no more than AWS would show.

A state is never told by colour alone. AWS's view is made of describe-* statuses as they would be answered now.
"""

from __future__ import annotations

from typing import NamedTuple

from opsconsole.cloud import Cloud, aws_view
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.global_database import GlobalDatabase
from opsconsole.cloud.instance import Instance
from opsconsole.cloud.places import Gate, Region, Zone
from opsconsole.cloud.server import Engine
from opsconsole.console.views import glyphs
from opsconsole.console.views.quantities import latency


class State(NamedTuple):
    """A glyph, the word that says the same, and the style of both."""

    glyph: str
    word: str
    style: str

    @property
    def text(self) -> str:
        """`● available`."""
        return f"{self.glyph} {self.word}"

    @property
    def rank(self) -> int:
        """How much it needs somebody: 2 what is down, 1 what is on its way or not right, else 0."""
        return ("warn", "bad").index(self.style) + 1 if self.style in ("warn", "bad") else 0


_ENDED = ("failed", "stopped", "storage-full", "inaccessible-encryption-credentials", "incompatible-network")


def of_status(status: str) -> State:
    """A status in AWS's words."""
    if status == "available":
        return State(glyphs.UP, status, "ok")
    if status == "creating":
        return State(glyphs.CREATING, status, "warn")
    if status in _ENDED or status.startswith("incompatible"):
        return State(glyphs.DOWN, status, "bad")
    return State(glyphs.STARTING, status, "warn")


def of_instance(cloud: Cloud, instance: Instance, truth: bool) -> State:
    """What an instance does, or its `DBInstanceStatus`."""
    if not truth:
        return of_status(aws_view.status(cloud, instance.zone.region.name, instance.status, truth=False))
    cluster = cloud.clusters.get(instance.cluster)
    match instance.engine.value:
        case Engine.CREATING:
            return State(glyphs.CREATING, "creating", "warn")
        case Engine.RESTARTING:
            word = "promoting" if cluster is not None and cluster.promoting is instance else "restarting"
            return State(glyphs.STARTING, word, "warn")
        case Engine.DOWN:
            return State(glyphs.DOWN, "down", "bad")
        case Engine.DELETED:
            return State(glyphs.NONE, "deleted", "dim")
        case _ if instance.stalls:
            return State(glyphs.WARN, "stalled", "warn")
        case _:
            return of_status(instance.status.value)


def of_cluster(cloud: Cloud, cluster: Cluster, truth: bool) -> State:
    """A cluster's status, and in the truth what keeps it from serving although AWS says `available`."""
    status = of_status(aws_view.status(cloud, cluster.region.name, cluster.status, truth))
    if not truth or status.word != "available":
        return status
    return next(iter(troubles(cluster)), status)


def troubles(cluster: Cluster) -> list[State]:
    """What keeps a cluster from serving, the worst first."""
    found = []
    if isinstance(cluster, AuroraCluster):
        healthy = cluster.volume.healthy_copies()
        if healthy < cluster.volume.read_quorum:
            found.append(State(glyphs.DOWN, f"{healthy} of 6 copies: no reads, no writes", "bad"))
        elif healthy < cluster.volume.write_quorum:
            found.append(State(glyphs.DOWN, f"{healthy} of 6 copies: no writes", "bad"))
    if cluster.fenced:
        found.append(State(glyphs.WARN, "storage refuses writes", "warn"))
    if cluster.secondary:
        return found
    writer = cluster.writer
    if writer is None and not cluster.instances:
        found.append(State(glyphs.NONE, "no instances", "warn"))
    elif writer is None:
        found.append(State(glyphs.DOWN, "no writer", "bad"))
    elif not writer.running:
        found.append(State(glyphs.DOWN, f"writer {writer.id} is {writer.engine.value}", "bad"))
    elif not cluster.sees(writer):
        found.append(State(glyphs.DOWN, f"writer {writer.id} cannot be reached", "bad"))
    return found


def of_global(cloud: Cloud, database: GlobalDatabase, truth: bool) -> State:
    """A global cluster's status."""
    return of_status(aws_view.status(cloud, database.primary.region.name, database.status, truth))


def of_replication(database: GlobalDatabase, secondary: AuroraCluster) -> State:
    """Whether writes flow to a secondary; the truth."""
    if secondary.id in database.resyncing:
        return State(glyphs.STARTING, "resynchronising", "warn")
    follower = secondary.volume.follower
    if follower is None:
        return State(glyphs.DOWN, "not following", "bad")
    if not follower.open:
        return State(glyphs.DOWN, "cut", "bad")
    now = database.world.now_us
    if not follower.branch.write_rate(now) and not follower.backlog(now):
        return State(glyphs.NONE, "idle", "dim")
    return State(glyphs.UP, "flowing", "ok")


def lag_behind(database: GlobalDatabase, secondary: AuroraCluster) -> str:
    """How far a secondary is behind; no figure where nothing is written that could lag."""
    return latency(database.lag_us(secondary)) if of_replication(database, secondary).style != "dim" else "-"


def of_zone(cloud: Cloud, zone: Zone, truth: bool) -> State:
    """A zone's condition; AWS says `impaired` of one without power, after a while, and nothing of grey failures."""
    word = zone.condition.value if truth else "impaired" if aws_view.is_impaired(cloud, zone, truth) else "up"
    match word:
        case "up":
            return State(glyphs.UP, "up", "ok")
        case "slow" | "impaired":
            return State(glyphs.WARN, word, "warn")
        case _:
            return State(glyphs.DOWN, word, "bad")


def is_dark(state: State) -> bool:
    """Whether a zone in this state cannot be reached: its column is drawn dark."""
    return state.word in ("down", "cut off", "impaired")


def of_region(region: Region, truth: bool) -> State:
    """A region's condition; what happens at its border only the truth knows."""
    if truth and not region.up:
        return State(glyphs.DOWN, "down", "bad")
    if truth:
        found = of_gates(region.border.inward, region.border.outward)
        if found.word != "up":
            word = {"cut": "cut off", "cut in": "cut off inwards", "cut out": "cut off outwards"}
            return found._replace(word=word.get(found.word, found.word))
    return State(glyphs.UP, "up", "ok")


def of_gates(inward: Gate | None, outward: Gate | None) -> State:
    """Two directions of one way: `up`, `slow`, `cut`, `cut in` or `cut out`."""
    shut_in, shut_out = bool(inward and inward.shut), bool(outward and outward.shut)
    if shut_in or shut_out:
        word = "cut" if shut_in and shut_out else "cut in" if shut_in else "cut out"
        return State(glyphs.DOWN, word, "bad")
    if (inward and inward.extra_us) or (outward and outward.extra_us):
        return State(glyphs.WARN, "slow", "warn")
    return State(glyphs.UP, "up", "ok")


def of_app(health: str, settling: bool) -> State:
    """An app's health: `ok`, `impaired`, `failing`, or `settling` while it is well but its incident is not closed."""
    if health == "ok":
        return State(glyphs.STARTING, "settling", "warn") if settling else State(glyphs.UP, "ok", "ok")
    return State(glyphs.WARN, health, "warn") if health == "impaired" else State(glyphs.DOWN, health, "bad")
