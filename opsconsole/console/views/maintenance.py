"""What AWS has pending for a thing: maintenance actions, and values that wait for the window."""

from __future__ import annotations

from opsconsole.cloud.calendar import next_begin_us
from opsconsole.console.views.layout import Cell, Column, heading, pairs, paragraph, table
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import span
from opsconsole.console.views.scene import Scene


def maintenance(scene: Scene, resources: list[str], window: str) -> list[Line]:
    """The window, and the pending actions of some resources: what, whether anybody opted in, and when."""
    rows: list[tuple[str | None, list[Cell]]] = []
    for id in resources:
        for pending in scene.cloud.maintenance.of(id):
            state: Cell = ("available: nobody has opted in", "dim")
            if pending.under_way:
                state = ("in progress", "warn")
            elif pending.due_us is not None:
                state = (f"{pending.opt_in}: {scene.clock(pending.due_us)}", "accent")
            rows.append((id, [id, pending.work.action, pending.work.description, state]))
    lines = [heading("maintenance", scene.width), *pairs([("window", window_spans(scene, window))], scene.width)]
    if not rows:
        return [*lines, *paragraph("no action is pending", scene.width)]
    heads = [Column("resource"), Column("action"), Column("what", most=max(12, scene.width - 70)), Column("opted in")]
    return [*lines, *table(heads, rows, scene.width)]


def window_spans(scene: Scene, window: str) -> list[Span]:
    """A window as AWS writes it, and when it begins next."""
    now = scene.cloud.now_us
    begins = next_begin_us(scene.cloud.fleet.start, now, window)
    when = "  it is now" if begins <= now else f"  begins {scene.clock(begins)}, in {span(begins - now)}"
    return [(f"{window} UTC", ""), (when, "dim")]
