"""Sections 4 and 5: where the time went until each app was served again, and which writes were lost."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.drills.figures import clock, count, decimal, plural, shortened, span
from opsconsole.drills.report.markup import Html, element, join, number
from opsconsole.drills.report.parts import badge, code, details, facts, note, section, table
from opsconsole.drills.report.scale import WIDTH, Scale, rows_for, text_width
from opsconsole.drills.result import AppResult, DrillResult, Incident, Phase

_BAR = 26.0
_PHASE_COLOURS = 6
_MOST_IN_FULL = 12
_MOST_IN_SHORT = 500


def rto_section(result: DrillResult) -> Html:
    """Section 4."""
    return section(
        "rto",
        "Recovery time (RTO)",
        note(
            "From the due time of the first request that was not ok to the start of the first window that is good "
            "for as long as it must settle, measured at the app: its own name cache and connections are in it."
        ),
        [_app(app) for app in result.apps],
    )


def _app(app: AppResult) -> Html:
    words = f"{app.on}, {decimal(app.threshold_percent, 3)} % ok for {decimal(app.settle_s, 3)} s"
    head = element("h3", app.app, " ", element("span", words, class_="quiet"))
    if not app.incidents:
        return join(head, element("p", badge("good", "served all the time"), " It had no incident."))
    worst = element("p", element("strong", span(app.rto_us)), f" the worst of {len(app.incidents)}", class_="figure")
    longest = sorted(app.incidents, key=lambda one: one.rank, reverse=True)[:_MOST_IN_FULL]
    others = [incident for incident in app.incidents if incident not in longest]
    return join(
        head,
        worst if len(app.incidents) > 1 else None,
        [_incident(incident) for incident in app.incidents if incident in longest],
        _in_short(others) if others else None,
    )


def _in_short(incidents: Sequence[Incident]) -> Html:
    """The shorter ones, where there are many."""
    rows = [
        (clock(found.begins_us), span(found.length_us), *map(count, (found.failed, found.unknown, found.wrong)))
        for found in incidents[:_MOST_IN_SHORT]
    ]
    left_out = len(incidents) - _MOST_IN_SHORT
    return details(
        f"{plural(len(incidents), 'shorter incident')}",
        table(("From", "Took", "Failed", "Unknown", "Wrong"), rows, numeric=range(5)),
        note(f"{plural(left_out, 'incident')} more: all of them stand in result.json.") if left_out > 0 else None,
    )


def _incident(incident: Incident) -> Html:
    rto_us = incident.length_us
    return element(
        "article",
        element(
            "p",
            element("strong", span(rto_us)),
            f" from {clock(incident.begins_us)}",
            None if incident.recovered_us is None else f" to {clock(incident.recovered_us)}",
            class_="figure",
        ),
        _phase_bar(incident) if incident.phases else None,
        facts(
            (
                ("First success", _after(incident, incident.first_success_us)),
                ("Half served", _since(incident.p50_us)),
                ("95 % served", _since(incident.p95_us)),
                ("All served", _since(incident.max_us)),
                ("Failed", count(incident.failed)),
                ("Unknown", count(incident.unknown)),
                ("Wrong", count(incident.wrong)),
            )
        ),
        _phase_table(incident.phases, rto_us) if incident.phases else None,
        class_="incident-box",
    )


def _after(incident: Incident, us: int | None) -> str:
    return "never" if us is None else f"after {span(us - incident.begins_us)}"


def _since(us: int | None) -> str:
    return "never" if us is None else f"after {span(us)}"


def _phase_bar(incident: Incident) -> Html:
    """The phases one after the other; those that run at the same time stand in rows of their own."""
    phases = incident.phases
    ends_us = max([phase.ends_us for phase in phases] + [incident.recovered_us or 0])
    scale = Scale(min(incident.begins_us, *(phase.begins_us for phase in phases)), ends_us)
    rows = rows_for([(scale.x(phase.begins_us), scale.x(phase.ends_us) - 6.2) for phase in phases], len(phases))
    bars = [
        _phase(phase, index, scale, (row or 0) * (_BAR + 2))
        for index, (phase, row) in enumerate(zip(phases, rows, strict=True))
    ]
    foot = (max(row or 0 for row in rows) + 1) * (_BAR + 2)
    ticks = [
        join(
            element("path", d=f"M{number(scale.x(tick))} 0V{number(foot)}", class_="grid"),
            element(
                "text", clock(tick), x=scale.x(tick), y=foot + 13, text_anchor=_anchor(scale.x(tick)), class_="tick"
            ),
        )
        for tick in scale.ticks()
    ]
    label = "Phases: " + ", ".join(f"{phase.name} {decimal(phase.seconds, 1)} s" for phase in phases)
    box = f"0 0 {number(WIDTH)} {number(foot + 18)}"
    svg = element("svg", ticks, bars, viewBox=box, role="img", aria_label=label, class_="chart")
    return element("div", svg, class_="scroll", tabindex=0, role="group", aria_label=label)


def _anchor(x: float) -> str:
    return "start" if x < 30 else "end" if x > WIDTH - 30 else "middle"


def _phase(phase: Phase, index: int, scale: Scale, y: float) -> Html:
    left, right = scale.x(phase.begins_us), scale.x(phase.ends_us)
    words = f"{phase.name} {decimal(phase.seconds, 1)} s"
    room = int((right - left - 10) / text_width("m"))
    return element(
        "g",
        element("title", f"{words}: {phase.said_by}"),
        element("rect", x=left, y=y, width=max(1.0, right - left - 1), height=_BAR, rx=2, class_=_colour(index)),
        element("text", shortened(words, room), x=left + 6, y=y + 17, class_="on-phase") if room >= 3 else None,
    )


def _colour(index: int) -> str:
    return f"phase{index % _PHASE_COLOURS}"


def _phase_table(phases: Sequence[Phase], rto_us: int | None) -> Html:
    rows = [
        (
            join(_swatch(index), phase.name),
            clock(phase.begins_us),
            clock(phase.ends_us),
            f"{phase.seconds:,.1f} s",
            f"{phase.seconds * 100_000_000 / rto_us:.0f} %" if rto_us else "–",
            phase.said_by,
            phase.confidence or "–",
        )
        for index, phase in enumerate(phases)
    ]
    return table(
        ("Phase", "From", "To", "Took", "Share", "Its end is told by", "Confidence"), rows, numeric=(1, 2, 3, 4)
    )


def _swatch(index: int) -> Html:
    square = element("rect", x=0, y=0, width=10, height=10, rx=2, class_=_colour(index))
    return element("svg", square, viewBox="0 0 10 10", class_="swatch", aria_hidden="true")


def rpo_section(result: DrillResult) -> Html:
    """Section 5."""
    rows = [
        (
            app.app,
            badge("warn", "discarded") if lost.discarded else badge("bad", "lost"),
            code(lost.branch),
            clock(lost.begins_us),
            clock(lost.ends_us),
            span(lost.ends_us - lost.begins_us),
            count(lost.writes),
        )
        for app in result.apps
        for lost in app.lost_ranges
    ]
    return section(
        "rpo",
        "Data lost (RPO)",
        note(
            "Good writes that were acknowledged to the app and that its database has not at the end: lost to a "
            "failure, or discarded on purpose by going back to an earlier state."
        ),
        table(
            (
                "App",
                "RPO",
                "Acknowledged",
                "Lost",
                "Discarded",
                "Unknown, but there",
                "Wrong removed",
                "Wrong still there",
            ),
            [_kept(app) for app in result.apps],
            numeric=range(1, 8),
        ),
        element("h3", "Which writes"),
        table(("App", "", "History", "After", "Up to", "Length", "Writes"), rows, numeric=(3, 4, 5, 6))
        if rows
        else element("p", badge("good", "nothing lost"), " Every acknowledged write is there."),
    )


def _kept(app: AppResult) -> tuple[str, ...]:
    """What became of an app's writes."""
    of = app.counts
    writes = (of.acknowledged, of.lost, of.discarded, of.unknown_present, of.wrong_removed, of.wrong_present)
    return (app.app, span(app.rpo_us), *map(count, writes))
