"""What the selected thing costs at this instant, line by line; every price says when it was noted and how sure that is.

What a line comes to stands first: a narrow panel cuts the provenance, not the money.
"""

from __future__ import annotations

from opsconsole.cloud import costs
from opsconsole.cloud.cost_line import CostLine, amount, dollars, hours_per_month, per_hour
from opsconsole.console.views.layout import Cell, Column, heading, pairs, paragraph, table
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.scene import BLANK, SIM, Scene

NOTE = "Prices on demand in us-east-1, as remembered: never take them for an offer. L: recollection, SIM: ours."
HEADS = (
    Column("what", least=12, most=34),
    Column("$/h", True),
    Column("$/month", True),
    Column("quantity", True),
    Column(""),
    Column("USD", True),
    Column("for"),
    Column("noted"),
    Column(""),
)


def cost(scene: Scene) -> list[Line]:
    """The lines, their total, its share by kind, and what compute has cost since the run began."""
    lines = costs.lines(scene.cloud, scene.id)
    rows: list[tuple[str | None, list[Cell]]] = [(_ref(scene, line), _cells(scene, line)) for line in lines]
    billed = table(HEADS, rows, scene.width) if rows else paragraph("nothing of it is billed now", scene.width)
    return [
        heading("cost", scene.width, ("  as long as everything stays as it is now", "dim")),
        *billed,
        BLANK,
        *pairs(_sums(scene, lines), scene.width),
        BLANK,
        *paragraph(NOTE, scene.width),
    ]


def _ref(scene: Scene, line: CostLine) -> str | None:
    return None if line.thing == scene.id else line.thing


def _cells(scene: Scene, line: CostLine) -> list[Cell]:
    price, sure = line.price, line.price.confidence
    what = line.what if line.thing == scene.id else f"{line.thing} {line.what}"
    return [
        what,
        (dollars(line.usd_per_hour), "number"),
        (dollars(line.usd_per_month, 2), "number"),
        (amount(line.quantity), "number"),
        (line.unit, "dim"),
        (f"{price.usd:g}", "number"),
        (price.unit.removeprefix("USD/"), "dim"),
        (price.date, "dim"),
        (sure, "warn" if sure == SIM else "dim"),
    ]


def _sums(scene: Scene, lines: tuple[CostLine, ...]) -> list[tuple[str, list[Span]]]:
    total = per_hour(lines)
    month = f"  {dollars(total * hours_per_month(), 2)} USD/month"
    sums: list[tuple[str, list[Span]]] = [("total", [(f"{dollars(total)} USD/h", "number"), (month, "number")])]
    kinds = costs.by_kind(lines).items()
    if len(kinds) > 1:
        shares = "  ".join(f"{kind} {float(usd / total * 100):.0f} %" for kind, usd in kinds)
        sums.append(("of which", [(shares, "")]))
    spent = dollars(costs.so_far(scene.cloud, scene.id))
    note = "  per second, at least ten minutes of whatever begins"
    return [*sums, ("compute so far", [(f"{spent} USD", "number"), (note, "dim")])]
