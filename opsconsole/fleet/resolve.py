"""From what a file says to what the cloud is built from: does it make sense, to AWS and in itself?

One pass in id order. Every check notes what it finds and goes on; a thing that depends on something already found
wrong is not reported a second time. If nothing was found, the result is the fleet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from opsconsole import catalog

from .apps import resolve_app
from .caches import resolve_cache
from .clusters import resolve_cluster
from .findings import Findings, Path
from .form import FleetForm, TimingTable
from .globals import resolve_global
from .identity import survey
from .multi_az import resolve_multi_az_cluster
from .places import Places, resolve_places
from .rds import resolve_rds
from .reading import Scope
from .sift import known
from .spec import Fleet, InOrder, RdsSpec, TimingOverride
from .text import meant, quoted
from .units import format_duration
from .values import GREATEST_SEED

V = TypeVar("V")


def resolve(form: FleetForm, raw: Mapping[str, object], findings: Findings) -> Fleet | None:
    """The fleet that a form describes, or None with what is wrong added to `findings`."""
    if not 0 <= form.seed <= GREATEST_SEED:
        right = f"write a whole number from 0 to {GREATEST_SEED}"
        findings.add(("seed",), f"the seed {form.seed} is out of range", right)
    places = resolve_places(form, findings)
    directory = survey(form, raw, findings)
    if not (form.aurora or form.rds or form.multi_az_clusters or form.caches) and not findings:
        right = "add at least one: [aurora.orders], [rds.ledger], [multi_az_cluster.payments] or [elasticache.sessions]"
        findings.missing((), "the fleet has no database and no cache", right)
    aurora = {
        ident: resolve_cluster(ident, form.aurora[ident], directory, places, findings) for ident in sorted(form.aurora)
    }
    groups = form.global_clusters
    global_clusters = {ident: resolve_global(ident, groups[ident], directory, findings) for ident in sorted(groups)}
    rds = _rds(form, places, findings)
    multi_az_clusters = {
        ident: resolve_multi_az_cluster(ident, table, Scope(("multi_az_cluster", ident), places, findings))
        for ident, table in sorted(form.multi_az_clusters.items())
    }
    caches = {
        ident: resolve_cache(ident, table, Scope(("elasticache", ident), places, findings))
        for ident, table in sorted(form.caches.items())
    }
    apps = {ident: resolve_app(ident, form.apps[ident], directory, places, findings) for ident in sorted(form.apps)}
    timings = {name: _resolve_timing(name, form.timings[name], findings) for name in sorted(form.timings)}
    if findings or findings.partial:
        return None
    return Fleet(
        name=form.name,
        seed=form.seed,
        start=form.start,
        regions=InOrder(places.declared),
        aurora=_whole(aurora),
        global_clusters=_whole(global_clusters),
        apps=_whole(apps),
        timings=_whole(timings),
        rds=InOrder(rds),
        multi_az_clusters=_whole(multi_az_clusters),
        caches=_whole(caches),
        keys=_whole(places.keys),
    )


def _rds(form: FleetForm, places: Places, findings: Findings) -> dict[str, RdsSpec]:
    """Every RDS DB instance, read replicas included."""
    found: dict[str, RdsSpec] = {}
    for ident, table in sorted(form.rds.items()):
        specs = resolve_rds(ident, table, Scope(("rds", ident), places, findings))
        whole = len(specs) == 1 + len(table.replicas)
        assert whole or findings or findings.partial, f"a part of {ident} is missing and nobody said why"
        found.update((spec.id, spec) for spec in specs)
    return found


def _whole(items: Mapping[str, V | None]) -> InOrder[V]:
    """Everything that was asked for; a hole would be a check that found something and did not say so."""
    found = {ident: item for ident, item in items.items() if item is not None}
    assert len(found) == len(items), "a part of the fleet is missing although nothing was found wrong"
    return InOrder(found)


def _resolve_timing(name: str, table: TimingTable, findings: Findings) -> TimingOverride | None:
    path: Path = ("timings", name)
    row = catalog.timings().get(name)
    if row is None:
        findings.add(
            path,
            f"{quoted(name)} is not a timing of the catalog",
            meant(name, catalog.timings(), "see `opsconsole catalog timings`"),
            at="key",
        )
        return None
    typical = known(table.typical)
    if typical is None:
        return None
    low = min(row.min_s, typical) if table.min is None else table.min
    high = (max(row.max_s, typical) if typical else 0.0) if table.max is None else table.max
    if not typical and high:
        findings.add((*path, "typical"), "a median of 0s leaves no spread", 'leave max out, or write typical = "1ms"')
    if not low <= typical:
        findings.add((*path, "min"), "the floor is above the median", f'write "{format_duration(typical)}" or less')
    if not typical <= high:
        findings.add((*path, "max"), "the maximum is below the median", f'write "{format_duration(typical)}" or more')
    return TimingOverride(name=name, typical_s=typical, min_s=low, max_s=high)
