"""How far a read replica is behind, in the words of either view."""

from __future__ import annotations

from opsconsole.cloud import Cloud
from opsconsole.cloud.rds import DbInstance
from opsconsole.cloud.replication import Replication
from opsconsole.console.views.quantities import latency
from opsconsole.console.views.rds import state
from opsconsole.console.views.scene import Scene
from opsconsole.console.views.states import State
from opsconsole.console.views.trends import now_text

REPLICA_LAG = "ReplicaLag"


def replication_of(replica: DbInstance) -> Replication:
    """The stream of an instance that is known to be a read replica."""
    stream = replica.replication
    assert stream is not None, f"{replica.id} is no read replica"
    return stream


def stream_state(scene: Scene, replica: DbInstance) -> State:
    """How its replication does: really, or as AWS says."""
    stream = replication_of(replica)
    if scene.truth:
        return state.of_stream(stream, scene.cloud.now_us)
    return state.of_stream_seen(scene.cloud, stream)


def lag_text(scene: Scene, replica: DbInstance) -> str:
    """How old what its readers see is; in AWS's view the last published `ReplicaLag`."""
    return live_lag(scene.cloud, replica) if scene.truth else now_text(scene.cloud, replica.id, REPLICA_LAG, False)


def live_lag(cloud: Cloud, replica: DbInstance) -> str:
    """The lag at this instant; nothing where nothing is written that could lag."""
    stream, now = replication_of(replica), cloud.now_us
    idle = not stream.applied.branch.write_rate(now) and not stream.applied.backlog(now)
    return "-" if idle else latency(stream.lag_us(now))
