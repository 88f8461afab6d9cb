"""Random faults, as a drill file has them: what may go wrong, on what, how often."""

from __future__ import annotations

import re
from typing import Final

from opsconsole.cloud import Cloud
from opsconsole.commands import Command
from opsconsole.drills.reading.base import SECOND_US, Reading
from opsconsole.drills.reading.commands import FAULTS, build, find_command
from opsconsole.drills.reading.form import (
    ChaosFaultForm,
    ChaosForm,
)
from opsconsole.drills.spec import (
    Chaos,
    ChaosFault,
)
from opsconsole.fleet.findings import Path
from opsconsole.fleet.sift import known
from opsconsole.fleet.text import meant, quoted

MOST_RUNS: Final = 1_000_000
_ANY: Final = re.compile(r"any\((?P<of>[^()]+)\)")


def read_chaos(form: ChaosForm, reading: Reading) -> Chaos | None:
    """The random faults that a table describes; None with what is wrong noted."""
    findings = reading.findings
    if not 1 <= form.runs <= MOST_RUNS:
        findings.add(("chaos", "runs"), f"{form.runs:,} runs", f"write 1 to {MOST_RUNS:,}")
    if form.concurrent < 1:
        findings.add(("chaos", "concurrent"), "no fault at all could begin", "write 1 or more")
    if form.need <= 0:
        findings.add(("chaos", "need"), "0% of the runs pass whatever happens", 'write what is needed, like "99%"')
    if not known(form.fault):
        if not findings.about("chaos", "fault") and reading.written(("chaos", "fault")) is not None:
            right = 'write [{ fault = "…", target = "…", mean = "1d" }]'
            findings.add(("chaos", "fault"), "nothing goes wrong by chance", right)
        return None
    faults = [_chaos_fault(fault, index, reading) for index, fault in enumerate(form.fault)]
    whole = tuple(fault for fault in faults if fault is not None)
    return Chaos(form.runs, form.need, form.concurrent, round(form.gap * SECOND_US), whole)


def _chaos_fault(form: ChaosFaultForm, index: int, reading: Reading) -> ChaosFault | None:
    path: Path = ("chaos", "fault", index)
    findings, name, target = reading.findings, known(form.fault), known(form.target)
    if name is None or target is None or known(form.mean) is None:
        return None
    if form.mean < 1 and not findings.about(*path, "mean"):
        findings.add((*path, "mean"), "less than a second between two faults", 'write mean = "1h" or so')
    model = find_command(name, FAULTS, (*path, "fault"), findings)
    targets = _targets(target, (*path, "target"), reading)
    if model is None or not targets:
        return None
    for one in targets:
        if build(model, one, form.with_, None if form.for_ is None else form.for_[0] or 1.0, path, reading) is None:
            return None

    def command(target: str, for_s: float | None) -> Command:
        made = build(model, target, form.with_, for_s, path, reading)
        assert made is not None, "a fault that was right when it was read is wrong now"
        return made

    lasts = None if form.for_ is None else (round(form.for_[0] * SECOND_US), round(form.for_[1] * SECOND_US))
    return ChaosFault(command, name, targets, round(form.mean * SECOND_US), lasts)


def _targets(text: str, path: Path, reading: Reading) -> tuple[str, ...]:
    """The id itself; of `any(ID)` what ID is made of: zones, instances, `.readers`, `.nodes`."""
    found = _ANY.fullmatch(text)
    if found is None and "(" not in text:
        return (text,)
    if found is None:
        reading.findings.add(path, f"{quoted(text)} is no choice", 'write any(ID), like "any(orders)"')
        return ()
    if reading.words is None:
        return ()
    cloud = reading.words.cloud
    members = members_of(cloud, found["of"])
    if not members:
        id, dot, part = found["of"].partition(".")
        ids = [*cloud.places.regions, *cloud.clusters, *cloud.rds, *cloud.caches]
        otherwise = "write a Region, a cluster, an instance, or a cache, or its .readers or .nodes"
        if dot and id in ids:
            otherwise = meant(part, ("readers", "replicas", "nodes"), otherwise)
        right = meant(found["of"], [one for one in ids if members_of(cloud, one)], otherwise)
        reading.findings.add(path, f"{quoted(found['of'])} is made of nothing that can be chosen", right)
    return members


def members_of(cloud: Cloud, text: str) -> tuple[str, ...]:
    """What `any(…)` chooses among."""
    id, _, part = text.partition(".")
    if id in cloud.places.regions and not part:
        return tuple(zone.name for zone in cloud.places.regions[id].zones)
    if id in cloud.clusters and part in ("", "readers"):
        cluster = cloud.clusters[id]
        return tuple(cluster.instances) if not part else tuple(reader.id for reader in cluster.readers())
    if id in cloud.rds and part in ("", "readers", "replicas"):
        return tuple(replica.id for replica in cloud.rds[id].replicas()) if part else (id,)
    if id in cloud.caches and part in ("", "nodes", "replicas"):
        group = cloud.caches[id]
        return tuple(node for node in group.nodes if part != "replicas" or group.role(group.nodes[node]) == "replica")
    return ()
