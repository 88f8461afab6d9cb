"""What the Recovery screen shows, panel by panel, and what can be asked for there. No Textual, so tests need none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.cloud import Cloud
from opsconsole.commands import parse
from opsconsole.console.drafts import Draft, draft_of
from opsconsole.console.order import ORDERS, Order
from opsconsole.console.views.glyphs import in_ascii
from opsconsole.console.views.lines import Line
from opsconsole.console.views.quantities import span
from opsconsole.console.views.recovery import aftermath, choices
from opsconsole.console.views.recovery.axis import MARGIN, Axis
from opsconsole.console.views.recovery.choices import Choice
from opsconsole.console.views.recovery.lanes import DatabaseTrack, lanes
from opsconsole.console.views.recovery.meter import meter, sources
from opsconsole.console.views.recovery.overview import overview
from opsconsole.console.views.recovery.standing import standing, under_way
from opsconsole.console.views.recovery.timeline import clock, timeline
from opsconsole.console.views.recovery.verdict import verdict
from opsconsole.console.views.scene import BLANK, Scene

if TYPE_CHECKING:
    from opsconsole.console.stance import Stance

HEADS = 2
"""Rows of heads above the databases."""


class Look(NamedTuple):
    """What is looked at, and how."""

    cloud: Cloud
    id: str
    truth: bool
    ascii: bool
    order: Order = ORDERS["recovery"][0]
    ids: Sequence[str] | None = None

    def scene(self, width: int) -> Scene:
        """The same in a panel of a width."""
        return Scene(self.cloud, self.id, width, 0, self.truth, self.ascii)


class Offer(NamedTuple):
    """Something that can be chosen and asked for: a way back to the instant, or something left to do."""

    key: str
    draft: Draft | None
    reason: str = ""


def offered(cloud: Cloud, id: str, stance: Stance) -> list[Offer]:
    """Everything that can be chosen, in the order of the screen."""
    return _offers(cloud, id, choices.choices_at(cloud, id, stance.cursor_us))


def _offers(cloud: Cloud, id: str, ways: Sequence[Choice]) -> list[Offer]:
    left = (Offer(line, draft_of(parse(line))) for _, line in aftermath.tasks(cloud, id))
    return [*(Offer(str(one.kind), one.draft, one.reason) for one in ways), *left]


def chosen(offers: Sequence[Offer], stance: Stance) -> int:
    """Which of them is: the one that was chosen, else the first that can be done, else the first.

    After something that was left to do, the next thing that is left to do.
    """
    wanted = [number for number, one in enumerate(offers) if one.key == stance.choice]
    left = [number for number, one in enumerate(offers) if ":" in one.key and ":" in stance.choice]
    possible = [number for number, one in enumerate(offers) if one.draft is not None and not one.reason]
    return next(iter([*wanted, *left, *possible]), 0)


def bases(look: Look, width: int, rows: int, *, heads: bool) -> list[Line]:
    """The databases, as many as there is room for."""
    cloud, id, truth, ascii, order, ids = look
    return overview(cloud, width, id, truth=truth, ascii=ascii, rows=rows, heads=heads, order=order, ids=ids)


def title(cloud: Cloud, id: str, axis: Axis) -> str:
    """What the time line shows; it says nothing that changes by itself, or the whole panel would be painted anew."""
    shown = f"{clock(cloud, axis.from_us)} to {clock(cloud, axis.to_us)}"
    if axis.to_us > cloud.now_us:
        shown = f"the last {span(axis.step_us * (axis.columns - MARGIN))}"
    return f"{id}: {shown}, {axis.step_text} a column"


def line_of(axis: Axis, id: str, cursor_us: int, truth: bool, ascii: bool, *, low: bool) -> list[Line]:
    """The time line with its cursor; where there is little room, without lanes that have nothing to show."""
    found = lanes(axis.cloud, id, truth)
    if low:
        found = [lane for lane in found if (lane.bars or lane.sights) and lane.name not in ("logs", "backed up")]
    return in_ascii(timeline(axis, found, cursor_us), ascii)


def below(look: Look, stance: Stance, widths: Sequence[int]) -> list[list[Line]]:
    """The texts below the line, in one panel or in two: the verdict, and how things stand."""
    ways = choices.choices_at(look.cloud, look.id, stance.cursor_us)
    offers = _offers(look.cloud, look.id, ways)
    here = chosen(offers, stance)
    scene = look.scene(widths[0])
    sights = stance.here(DatabaseTrack(look.cloud, look.id), look.truth)
    first = verdict(scene, stance.cursor_us, ways, here if here < len(ways) else -1, sights)
    done = _parts(under_way(scene), aftermath.to_do(scene, offers[here].key))
    beside = look.scene(widths[-1])
    rest = _parts(meter(beside), aftermath.accounts(beside), standing(beside))
    last = _parts(sources(scene))
    made = [[*first, *done, *last], rest[1:]] if len(widths) > 1 else [[*first, *done, *rest, *last]]
    return [in_ascii(lines, look.ascii) for lines in made]


def _parts(*parts: list[Line]) -> list[Line]:
    """Parts of a text that have anything to say, each after a blank line."""
    return [line for part in parts if part for line in (BLANK, *part)]
