"""AWS/RDS metrics of an Aurora cluster and its volume."""

from __future__ import annotations

from collections.abc import Callable

from opsconsole.cloud import backup_storage, instance_metrics
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.writelog import WRITE

Metric = Callable[[Cloud, AuroraCluster, int], float | None]


def _global_lag(cloud: Cloud, cluster: AuroraCluster, t: int) -> float | None:
    follower = cluster.volume.follower
    return None if follower is None else follower.lag_us(t) / 1000


def _reader_lags(cloud: Cloud, cluster: Cluster, t: int) -> list[float]:
    found = (instance_metrics.value(cloud, one, "AuroraReplicaLag", t) for one in cluster.instances.values())
    return [lag for lag in found if lag is not None]


MINUTE_US = 60_000_000
FIVE_MINUTES_S = 300

METRICS: dict[str, Metric] = {
    "VolumeBytesUsed": lambda c, k, t: float(k.volume.own_bytes(t)),
    "AuroraVolumeBytesLeftTotal": lambda c, k, t: float(k.volume.max_bytes - k.volume.used_bytes(t)),
    "AuroraReplicaLagMaximum": lambda c, k, t: max(_reader_lags(c, k, t), default=None),
    "AuroraReplicaLagMinimum": lambda c, k, t: min(_reader_lags(c, k, t), default=None),
    "AuroraGlobalDBReplicationLag": _global_lag,
    "AuroraGlobalDBRPOLag": _global_lag,
    "BackupRetentionPeriodStorageUsed": lambda c, k, t: float(backup_storage.retained_bytes(k.archive, t)),
    "SnapshotStorageUsed": lambda c, k, t: float(backup_storage.old_snapshot_bytes(c.snapshots, k, t)),
    "TotalBackupStorageBilled": lambda c, k, t: float(backup_storage.billed_bytes(c.snapshots, k, t)),
}
BACKTRACK: dict[str, Metric] = {
    "BacktrackWindowActual": lambda c, k, t: k.window.missing_us(t) / MINUTE_US,
    "BacktrackWindowAlert": lambda c, k, t: float(k.window.missing_us(t) > 0),
    "BacktrackChangeRecordsStored": lambda c, k, t: k.window.stored(t) / WRITE,
    "BacktrackChangeRecordsCreationRate": lambda c, k, t: k.window.records.rate_at(t) * FIVE_MINUTES_S / 1000,
}
"""Of clusters with a backtrack window. An alert is counted for as long as the window is shorter than its target."""


def names(cluster: Cluster) -> list[str]:
    """The metrics it has."""
    if not isinstance(cluster, AuroraCluster):
        return []
    return [*METRICS, *(BACKTRACK if cluster.settings.backtrack_s else ())]


def value(cloud: Cloud, cluster: Cluster, metric: str, t: int) -> float | None:
    """A metric at an instant, or None where there is none."""
    if not isinstance(cluster, AuroraCluster) or t < cluster.created_us:
        return None
    return (METRICS.get(metric) or BACKTRACK[metric])(cloud, cluster, t)


def ceiling(cloud: Cloud, cluster: Cluster, of: str, t: int) -> float:
    """What a relative threshold is a percentage of: the greatest size of the `volume`, in bytes."""
    if of != "volume" or not isinstance(cluster, AuroraCluster):
        raise ValueError(f"a cluster has no {of!r} that a threshold could be relative to")
    return cluster.volume.max_bytes
