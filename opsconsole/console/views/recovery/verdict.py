"""The cursor's verdict: what the database would be if it were brought back to this instant, by each way there is.

AWS's view says when and how, and not what would be wrong or missing: AWS does not know it.
"""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.cloud import Cloud, databases
from opsconsole.cloud.content import Content
from opsconsole.console.views.layout import Cell, Column, Row, left, table, wrap
from opsconsole.console.views.lines import Line
from opsconsole.console.views.quantities import span
from opsconsole.console.views.recovery import figures
from opsconsole.console.views.recovery.choices import Choice
from opsconsole.console.views.recovery.lanes import Sight
from opsconsole.console.views.recovery.timeline import clock
from opsconsole.console.views.scene import BLANK, Scene

LABEL = 13
CHOSEN = "▶"
WIDE = 80
"""From this width on columns have their whole names."""


def instant(scene: Scene, at_us: int, here: Sequence[Sight]) -> Line:
    """When the cursor stands, how long ago that is, and what stands there."""
    row = Row((" ", ""), (clock(scene.cloud, at_us), "title"))
    row.add(f"  {span(scene.cloud.now_us - at_us)} ago", "dim")
    for sight in here:
        row.add("   ").add(f"{sight.glyph} ", sight.style).add(sight.word)
    return row.line(scene.width)


def verdict(scene: Scene, at_us: int, choices: Sequence[Choice], chosen: int, here: Sequence[Sight] = ()) -> list[Line]:
    """The instant, the ways to it, what the chosen one would contain, and its command line."""
    choice = choices[chosen] if 0 <= chosen < len(choices) else None
    lines = [instant(scene, at_us, here), *ways(scene, choices, chosen)]
    if choice is None:
        return lines
    if choice.reason:
        reason = [Line(((part, "warn"),)) for part in wrap(f" {choice.reason}", scene.width - 1)]
        lines += [BLANK, *[Line(((" ", ""), *one.spans)) for one in reason]]
    lines.append(BLANK)
    if choice.draft is not None:
        style = "dim" if choice.reason else "accent"
        lines += _section("command", wrap(choice.draft.line(), scene.width - LABEL - 1), style, scene.width)
    if choice.way is not None:
        lines += contents(scene, choice.way.content)
    return [*lines, *_felt(scene, choice)]


def _felt(scene: Scene, choice: Choice) -> list[Line]:
    """What would happen and to whom; how many of the writes are wrong is the truth's."""
    if choice.preview is None:
        return []
    room = scene.width - LABEL - 1
    said = [part for one in choice.preview.sentences for part in wrap(one, room)] if scene.truth else []
    felt = wrap("  ".join(choice.preview.apps) or "nobody", room)
    return [*_section("then", said, "", scene.width), *_section("felt by", felt, "", scene.width)]


def ways(scene: Scene, choices: Sequence[Choice], chosen: int) -> list[Line]:
    """One row for each way: what one would have, what it gives up, what stays wrong, how long, under which name."""
    truth, wide = scene.truth, scene.width >= WIDE
    heads = [
        Column("way back", least=16),
        Column("gives", least=9),
        *([Column("good writes lost", True) if wide else Column("good lost", True)] if truth else []),
        *([Column("wrong left" if wide else "wrong")] if truth else []),
        Column("back in", True),
        Column("under the name" if wide else "name"),
    ]
    rows = [(str(choice.kind), _cells(scene, choice, number == chosen, wide)) for number, choice in enumerate(choices)]
    return table(heads, rows, scene.width)


def _cells(scene: Scene, choice: Choice, chosen: bool, wide: bool) -> list[Cell]:
    name: Cell = (f"{CHOSEN if chosen else ' '} {choice.kind}", "selected" if chosen else "")
    way, told = choice.way, 2 if scene.truth else 0
    if way is None:
        return [name, ("refused" if choice.draft else "none", "dim"), *["-"] * told, "-", "-"]
    dim = "dim" if choice.reason else ""
    gives: Cell = ("refused", "dim") if choice.reason else (clock(scene.cloud, way.content.until_us), dim)
    truth: list[Cell] = [figures.given_up(way), figures.wrong_left(way)] if scene.truth else []
    new, same = (choice.new_name, scene.id) if wide else ("new", "same")
    under: Cell = (new, "warn") if way.renames else (same, "ok")
    return [name, gives, *truth, (figures.back_in(way), dim or "number"), under]


def contents(scene: Scene, content: Content) -> list[Line]:
    """Which marks are in it and which are not, and what is wrong in it or left behind."""
    cloud = scene.cloud
    inside = [name for name, at_us in _marks(cloud) if at_us <= content.until_us and content.lived(at_us)]
    outside = [name for name, _ in _marks(cloud) if name not in inside]
    lines: list[Line] = []
    if cloud.marks:
        lines += _section("marks in it", wrap("  ".join(inside) or "none", scene.width - LABEL - 1), "", scene.width)
    if outside:
        lines += _section("not in it", wrap("  ".join(outside), scene.width - LABEL - 1), "dim", scene.width)
    rid_of = left_behind(cloud, scene.id, content) if scene.truth else ""
    if rid_of:
        lines += _section("left behind", wrap(rid_of, scene.width - LABEL - 1), "ok", scene.width)
    return lines


def left_behind(cloud: Cloud, id: str, content: Content) -> str:
    """What the database has now and the content has not: wrong rows and dropped tables that one would be rid of."""
    now = databases.content_of(cloud, id)
    rid = now.wrong_rows - content.wrong_rows
    parts = [f"{figures.writes(rid)} wrong rows"] if rid > 0 else []
    kept = {damage.id for damage in content.damage}
    parts += [f"the dropping of {damage.table}" for damage in now.damage if damage.id not in kept]
    return ", ".join(parts)


def _marks(cloud: Cloud) -> list[tuple[str, int]]:
    return sorted(cloud.marks.items(), key=lambda mark: (mark[1], mark[0]))


def _section(label: str, texts: list[str], style: str, width: int) -> list[Line]:
    return [
        Row((left(f" {label}" if number == 0 else "", LABEL), "dim"), (text, style)).line(width)
        for number, text in enumerate(texts)
    ]
