"""The incident of an app: how long it has run and where that time went, what of its writes is gone; the ones before."""

from __future__ import annotations

from itertools import takewhile

from opsconsole.cloud.apps import App, Incident
from opsconsole.cloud.books import REQUEST, Flow
from opsconsole.cloud.losses import account, database_of
from opsconsole.console.views import glyphs
from opsconsole.console.views.app_tabs import incidents as history
from opsconsole.console.views.apps.listing import incidents_shown, open_incident
from opsconsole.console.views.layout import Cell, Column, heading, pairs, paragraph, table
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import count, share
from opsconsole.console.views.scene import BLANK, Scene
from opsconsole.console.views.spark import bar
from opsconsole.drills.figures import span
from opsconsole.drills.measuring.losses import longest_loss_us
from opsconsole.drills.measuring.phases import phases, phases_so_far
from opsconsole.drills.result import Incident as Measured
from opsconsole.drills.result import Phase

GAUGE = 16
KNOWN = ("command", "app", "routing")
"""The kinds of the truth's rows that an operator knows by what he asked for and by what his apps do."""
Pair = tuple[str, list[Span]]
GOING_ON = ("so far", "since then")


def incident(scene: Scene) -> list[Line]:
    """The latest incident with its running figures; below it, all of them where there are more."""
    app = scene.cloud.apps[scene.id]
    rpo, shown = _rpo(scene, app), incidents_shown(scene.cloud, app, scene.truth)
    if not shown:
        return [*pairs(rpo, scene.width), *(BLANK for _ in rpo), *history(scene)]
    latest = shown[-1]
    end_us = app.well_again(latest)
    flow = app.books.between(latest.began_us, scene.cloud.now_us if end_us is None else end_us)
    lines = pairs([*_rto(scene, latest, end_us), *rpo, *_damage(flow, scene.truth)], scene.width)
    lines += [BLANK, *_where(scene, app, latest, end_us, flow)]
    return [*lines, BLANK, *history(scene)] if len(shown) > 1 else lines


def _rto(scene: Scene, latest: Incident, end_us: int | None) -> list[Pair]:
    now = scene.cloud.now_us
    length = span((now if end_us is None else end_us) - latest.began_us)
    if end_us is None:
        state: Span = (f"{glyphs.WARN} {length}, and counting", "bad")
    elif latest.ended_us is None:
        state = (f"{glyphs.WARN} {length}, settling since {scene.clock(end_us)}", "warn")
    else:
        state = (f"{glyphs.UP} {length}, over since {scene.clock(end_us)}", "ok")
    return [("RTO", [state, (f"  began {scene.clock(latest.began_us)}", "dim")])]


def _damage(flow: Flow, truth: bool) -> list[Pair]:
    """What became of its requests meanwhile, where that is anything bad."""
    rows: list[Pair] = []
    figures = (
        ("writes failed", flow.writes_failed, flow.writes_due),
        ("writes unknown", flow.writes_unknown, flow.writes_due),
        ("writes wrong", flow.writes_wrong if truth else 0, flow.writes_due),
        ("reads failed", flow.reads_failed, flow.reads_due),
        ("reads stale", flow.reads_stale, flow.reads_due),
    )
    for name, part, whole in figures:
        if part // REQUEST:
            rows.append((name, [(count(part // REQUEST), "bad"), (f"  {share(part, whole)} of those due", "dim")]))
    return rows


def _rpo(scene: Scene, app: App) -> list[Pair]:
    """What its database has not of the writes that were acknowledged to it. Nobody's monitoring shows that."""
    if app.write_record is None or database_of(scene.cloud, app.id) is None:
        return []
    if not scene.truth:
        return [("RPO", [("AWS does not show it (v shows the truth)", "dim")])]
    kept, loss_us = account(scene.cloud, app.id), longest_loss_us(scene.cloud, app.id)
    spans: list[Span] = [(f"{glyphs.DOWN} {span(loss_us)}" if loss_us else "0 s", "bad" if loss_us else "ok")]
    if open_incident(app) is not None:
        spans.append((" so far", "dim"))
    for words, nano in (("lost", kept.lost), ("discarded", kept.discarded), ("wrong ones in it", kept.wrong_present)):
        if nano // REQUEST:
            spans.append((f"  {words} {count(nano // REQUEST)}", "bad"))
    if not loss_us and not kept.wrong_present // REQUEST:
        spans.append((f"  all {count(kept.acknowledged // REQUEST)} acknowledged writes are in it", "dim"))
    return [("RPO", spans)]


def _where(scene: Scene, app: App, latest: Incident, end_us: int | None, flow: Flow) -> list[Line]:
    """The phases, as a drill measures them: detection, promotion, DNS, the client's cache, the pool."""
    cloud, began = scene.cloud, latest.began_us
    bad_writes = flow.writes_failed + flow.writes_unknown + flow.writes_wrong
    on = "writes" if bad_writes or not flow.reads_failed else "reads"
    rows = list(takewhile(lambda row: int(row["t"] or 0) >= began, reversed(cloud.log.tail)))[::-1]
    if not scene.truth:
        rows = [row for row in rows if row["stream"] == "aws" or row["kind"] in KNOWN]
    if end_us is None:
        found = phases_so_far(cloud, app.id, on, rows, began)
    else:
        found = phases(cloud, app.id, on, rows, Measured(begins_us=began, recovered_us=end_us))
    title = heading("where the time goes" if end_us is None else "where the time went", scene.width)
    if not found:
        return [title, *paragraph("nothing has passed yet", scene.width)]
    whole = found[-1].ends_us - began
    cells = [(phase.name, _cells(scene, phase, whole)) for phase in found]
    heads = [Column("phase"), Column("took", True), Column("of all"), Column("until")]
    return [title, *table(heads, [(None, row) for _, row in cells], scene.width)]


def _cells(scene: Scene, phase: Phase, whole_us: int) -> list[Cell]:
    took_us = phase.ends_us - phase.begins_us
    open = phase.name in GOING_ON
    style = "warn" if open else "accent"
    said = "still going on" if open else phase.said_by
    if scene.truth and phase.confidence:
        said += f"  {phase.confidence}"
    return [phase.name, (span(took_us), "number"), (bar(took_us / whole_us, GAUGE, scene.ascii), style), (said, "dim")]
