"""What AWS has pending for a thing: maintenance actions, and values that wait for the window."""

from __future__ import annotations

from opsconsole.cloud.calendar import next_begin_us
from opsconsole.cloud.maintenance import Pending
from opsconsole.console.views.layout import Row, cells, heading, left, pairs, paragraph
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import span
from opsconsole.console.views.scene import Scene


def maintenance(scene: Scene, resources: list[str], window: str) -> list[Line]:
    """The window, and the pending actions of some resources: what, whether anybody opted in, and when."""
    lines = [heading("maintenance", scene.width), *pairs([("window", window_spans(scene, window))], scene.width)]
    found = [pending for id in resources for pending in scene.cloud.maintenance.of(id)]
    if not found:
        return [*lines, *paragraph("no action is pending", scene.width)]
    names = max(cells(pending.resource) for pending in found) + 2
    for pending in found:
        row = Row((" ", ""), (left(pending.resource, names), ""), (left(pending.work.action, 24), ""))
        row.add(*_opted_in(scene, pending))
        lines.append(row.line(scene.width))
        lines += paragraph(pending.work.description, scene.width, indent=1 + names)
    return lines


def _opted_in(scene: Scene, pending: Pending) -> Span:
    if pending.under_way:
        return "in progress", "warn"
    if pending.due_us is not None:
        return f"{pending.opt_in}: {scene.clock(pending.due_us)}", "accent"
    return "nobody has opted in", "dim"


def window_spans(scene: Scene, window: str) -> list[Span]:
    """A window as AWS writes it, and when it begins next."""
    now = scene.cloud.now_us
    begins = next_begin_us(scene.cloud.fleet.start, now, window)
    when = "  it is now" if begins <= now else f"  begins {scene.clock(begins)}, in {span(begins - now)}"
    return [(f"{window} UTC", ""), (when, "dim")]
