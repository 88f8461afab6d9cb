"""Texts of dialogs: the blast radius of a command, describe-* JSON, dig."""

from __future__ import annotations

import json

from opsconsole.cloud import Cloud
from opsconsole.cloud.describe import describe
from opsconsole.cloud.dig import dig
from opsconsole.commands.base import Preview
from opsconsole.console.views.glyphs import ARROW, NONE, WARN, in_ascii
from opsconsole.console.views.layout import Row, left, wrap
from opsconsole.console.views.lines import Line, Span

LABEL = 11
CALLS = {
    "DBClusters": "describe-db-clusters",
    "DBClusterEndpoints": "describe-db-cluster-endpoints",
    "DBInstances": "describe-db-instances",
    "GlobalClusters": "describe-global-clusters",
    "DBSnapshots": "describe-db-snapshots",
    "DBClusterSnapshots": "describe-db-cluster-snapshots",
    "DBInstanceAutomatedBackups": "describe-db-instance-automated-backups",
    "DBClusterAutomatedBackups": "describe-db-cluster-automated-backups",
    "DBClusterBacktracks": "describe-db-cluster-backtracks",
    "PendingMaintenanceActions": "describe-pending-maintenance-actions",
    "ScalableTargets": "describe-scalable-targets",
    "ScalingPolicies": "describe-scaling-policies",
    "ScalingActivities": "describe-scaling-activities",
    "ReplicationGroups": "describe-replication-groups",
    "CacheClusters": "describe-cache-clusters",
    "Snapshots": "describe-snapshots",
    "AvailabilityZones": "describe-availability-zones",
    "Keys": "list-keys",
    "KeyMetadata": "describe-key",
}
"""AWS's calls, by the member of their answers that carries what was asked for."""


def blast_radius(preview: Preview, width: int = 72, *, ascii: bool = False) -> list[Line]:
    """What a command would touch as things stand: writes at risk, apps, instances, names, and what happens.

    What is worst stands first: the end of it may be out of sight.
    """
    risk: Span = ("none", "ok")
    if preview.writes_at_risk:
        risk = (f"{WARN} {preview.writes_at_risk:,} acknowledged writes would be lost", "bad")
    lines = [Row((left(" data loss", LABEL), "dim"), risk, key="data").line(width)]
    for label, ids in (("apps", preview.apps), ("instances", preview.nodes), ("names", preview.names)):
        lines += _section(label, wrap("  ".join(ids), width - LABEL - 1) if ids else [NONE], width, bool(ids))
    if preview.sentences:
        wrapped = [wrap(f"{ARROW} {sentence}", width - LABEL - 1) for sentence in preview.sentences]
        lines += _section("then", [part for parts in wrapped for part in parts], width, True)
    return in_ascii(lines, ascii)


def _section(label: str, texts: list[str], width: int, any: bool) -> list[Line]:
    lines = []
    for number, text in enumerate(texts):
        row = Row((left(f" {label}" if number == 0 else "", LABEL), "dim"), (text, "" if any else "dim"))
        lines.append(row.line(width))
    return lines


def describe_text(cloud: Cloud, id: str | None, *, truth: bool = True) -> str:
    """The describe-* JSON of a thing (None: of everything), indented; a sentence where AWS has nothing to say.

    The first line says that it is simulated, so that a copied text says so too.
    """
    try:
        answer = describe(cloud, id, truth)
    except KeyError:
        return f"SIMULATED  AWS has no describe call for {id}: it is no AWS resource."
    calls = ", ".join(CALLS[member] for member in answer)
    return f"SIMULATED  {calls}\n{json.dumps(answer, indent=2, ensure_ascii=False)}"


def dig_text(cloud: Cloud, name: str, app: str | None = None) -> str:
    """How a name resolves now, as `dig` prints it, and for an app what its processes have cached."""
    try:
        return "\n".join(dig(cloud, name, app))
    except KeyError as unknown:
        return f"; SIMULATED\n; there is no name or app {unknown.args[0]!r} in this fleet"
