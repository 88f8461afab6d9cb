"""How things are set up, and where the numbers come from: AWS's own, this fleet's, or assumptions of ours (SIM)."""

from __future__ import annotations

from opsconsole import catalog
from opsconsole.cloud.aurora import AuroraCluster, AuroraInstance
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.instance import Instance
from opsconsole.console.views.encryption import encryption
from opsconsole.console.views.layout import Cell, Column, heading, pairs, table
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.maintenance import maintenance
from opsconsole.console.views.origins import assumptions, timings
from opsconsole.console.views.quantities import count, latency, size
from opsconsole.console.views.scene import BLANK, SIM, Scene, sim

TIMINGS = (
    "aurora-",
    "global-",
    "custom-endpoint",
    "dns-",
    "reader-",
    "replica-",
    "volume-",
    "event-",
    "describe-",
    "metric-",
    "alarm-",
)
ASSUMED = (
    ("read-service-ms", "a read takes"),
    ("write-service-ms", "a write takes"),
    ("commit-storage-ms", "storage acknowledges in"),
    ("bytes-per-write", "a write adds"),
    ("stale-after-s", "reads count as stale after"),
    ("buffer-cache-cold-share", "capacity with a cold cache"),
    ("rtt-cross-zone-ms", "round trip between zones"),
)
MULTI_AZ_TIMINGS = ("multi-az-cluster", "rds-reboot", "rds-crash", "rds-host", "dns-", "event-", "describe-", "metric-")
MULTI_AZ_ASSUMED = (
    ("multi-az-cluster-lag-ms", "a readable standby lags by"),
    ("semisync-acknowledgements", "standbys that must acknowledge"),
    ("rds-commit-storage-ms", "a disk acknowledges in"),
    ("flow-control-lag-s", "flow control keeps the lag under"),
    ("rtt-cross-zone-ms", "round trip between zones"),
)


def cluster_configuration(scene: Scene) -> list[Line]:
    """A cluster's settings, its timings and its assumptions."""
    cluster = scene.cloud.clusters[scene.id]
    aurora = isinstance(cluster, AuroraCluster)
    return [
        heading("cluster", scene.width),
        *pairs(_settings(scene, cluster), scene.width),
        BLANK,
        heading("instances", scene.width),
        *_instances(scene, cluster),
        BLANK,
        *maintenance(scene, [cluster.id, *cluster.instances], cluster.settings.maintenance_window),
        BLANK,
        heading("timings", scene.width, ("  one draw per operation, log-normal", "dim")),
        *timings(scene, TIMINGS if aurora else MULTI_AZ_TIMINGS),
        BLANK,
        heading("assumptions", scene.width, ("  AWS publishes no number", "dim")),
        *assumptions(scene, ASSUMED if aurora else MULTI_AZ_ASSUMED),
    ]


def _settings(scene: Scene, cluster: Cluster) -> list[tuple[str, list[Span]]]:
    spec, database = cluster.spec, scene.cloud.global_of(cluster)
    rows: list[tuple[str, list[Span]]] = [
        ("engine", [(f"{cluster.engine.title}  ", ""), (spec.engine, "dim")]),
        ("version", [(spec.engine_version, "")]),
        ("region", [(cluster.region.name, "")]),
        ("port", [(str(cluster.engine.port), "number")]),
        (
            "backup retention",
            [(f"{cluster.settings.retention_days} day{'s' if cluster.settings.retention_days != 1 else ''}", "")],
        ),
        ("encryption", encryption(scene, spec.kms_key)),
        ("deletion protection", [("on" if cluster.settings.deletion_protection else "off", "")]),
    ]
    if isinstance(cluster, AuroraCluster):
        rows[4:4] = [("storage", [(_volume_size(cluster), "")])]
        rows[6:6] = [("backtrack", [_backtrack(cluster)])]
    if database is not None:
        role = "primary" if cluster is database.primary else "secondary"
        rows.append(("global database", [(f"{database.id}, {role}", "")]))
    if cluster.version.readers_restart_with_writer:
        rows.append(("this version", [("its readers restart with the writer", "")]))
    for id, custom in cluster.custom.items():
        who = ", ".join(custom.members) or f"all but {', '.join(custom.excluded) or 'none'}"
        rows.append((f"endpoint {id}", [(f"{custom.type}  {who}", "")]))
    return rows


def _volume_size(cluster: AuroraCluster) -> str:
    return f"{size(cluster.spec.storage_bytes)} at the start, at most {size(cluster.volume.max_bytes)}"


def _backtrack(cluster: AuroraCluster) -> Span:
    if cluster.settings.backtrack_s:
        return f"target window {cluster.settings.backtrack_s / 3600:g} h, declared", ""
    return ("off", "dim") if cluster.engine.backtrack else (f"{cluster.engine.title} has none", "dim")


def _instances(scene: Scene, cluster: Cluster) -> list[Line]:
    rows: list[tuple[str | None, list[Cell]]] = []
    for instance in cluster.instances.values():
        can = catalog.capacity(cluster.spec.engine, instance.instance_class.name)
        cells: list[Cell] = [instance.id, (instance.zone.name, "dim"), instance.instance_class.name]
        cells += [(str(instance.tier), "number"), (f"{count(can.reads_per_s)}/s", "number")]
        cells += [(f"{count(can.writes_per_s)}/s", "number"), (count(can.max_connections), "number"), (SIM, "warn")]
        rows.append((instance.id, cells))
    heads = [Column("instance"), Column("zone"), Column("class"), Column("tier", True), Column("reads", True)]
    heads += [Column("writes", True), Column("max connections", True), Column("")]
    return table(heads, rows, scene.width)


def instance_configuration(scene: Scene) -> list[Line]:
    """An instance's class, and what the simulator lets it do."""
    instance = scene.cloud.instances[scene.id]
    cluster = scene.cloud.cluster_of(scene.id)
    return [heading("instance", scene.width), *pairs(_instance_rows(cluster, instance), scene.width)]


def _instance_rows(cluster: Cluster, instance: Instance) -> list[tuple[str, list[Span]]]:
    kind = instance.instance_class
    can = catalog.capacity(cluster.spec.engine, kind.name)
    price = "not recorded" if kind.aurora_usd_per_h is None else f"{kind.aurora_usd_per_h:.3f} USD/h in us-east-1"
    rows: list[tuple[str, list[Span]]] = [
        ("class", [(kind.name, "")]),
        ("vCPU", [(str(kind.vcpu), "number")]),
        ("memory", [(f"{kind.memory_gib} GiB", "number")]),
        ("processor", [(f"{kind.processor}  {kind.architecture}", "")]),
        ("price", [(price, "number"), (f"  {kind.price_date}  {kind.price_confidence}", "dim")]),
        ("promotion tier", [(str(instance.tier), "number"), ("  0 is promoted first", "dim")]),
        ("engine", [(f"{cluster.engine.title} {cluster.spec.engine_version}", "")]),
        ("reads alone", [(f"{count(can.reads_per_s)}/s", "number"), sim()]),
        ("writes alone", [(f"{count(can.writes_per_s)}/s", "number"), sim()]),
        ("max connections", [(count(can.max_connections), "number")]),
    ]
    if isinstance(instance, AuroraInstance):
        rows.append(("replica lag at rest", [(latency(instance.base_lag_us), "number"), sim("drawn once")]))
    return rows
