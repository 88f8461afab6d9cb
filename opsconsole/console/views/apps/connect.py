"""What an app would get if it connected to a name now: the answer of a dry run, kind of process by kind of process."""

from __future__ import annotations

from opsconsole.cloud import Cloud
from opsconsole.cloud.connecting import Attempt, connect, targets
from opsconsole.console.views import glyphs
from opsconsole.console.views.glyphs import in_ascii
from opsconsole.console.views.layout import Row, paragraph
from opsconsole.console.views.lines import Line
from opsconsole.console.views.scene import BLANK
from opsconsole.console.views.tracer import hop_lines

KINDS_SHOWN = 4
NAMES_SHOWN = 6


def matching(cloud: Cloud, app: str, text: str) -> list[str]:
    """Names that what was typed may mean: those that begin so before those that hold it, the app's own first."""
    found = [name for name in targets(cloud, app) if text.lower() in name.lower()]
    return sorted(found, key=lambda name: not name.lower().startswith(text.lower()))


def choice(names: list[str], chosen: str, width: int) -> Line:
    """The names to choose from in one line, the chosen one marked."""
    at = names.index(chosen) if chosen in names else 0
    first = max(0, min(at - NAMES_SHOWN // 2, len(names) - NAMES_SHOWN))
    row = Row((" ", ""))
    for name in names[first : first + NAMES_SHOWN]:
        row.add(f" {name} ", "selected" if name == chosen else "dim", name).add(" ")
    if len(names) > first + NAMES_SHOWN:
        row.add(f"+{len(names) - first - NAMES_SHOWN}", "dim")
    return row.line(width)


def connecting(cloud: Cloud, app: str, name: str, writes: bool, width: int, *, ascii: bool = False) -> list[Line]:
    """The attempts, most of the processes first; a sentence for a name that does not exist."""
    try:
        found = connect(cloud, app, name, writes)
    except KeyError:
        text = f"{name}: there is no such name, address or server here" if name else "type a name or an address"
        return in_ascii(paragraph(text, width, "bad" if name else "dim"), ascii)
    lines: list[Line] = []
    for attempt in found[:KINDS_SHOWN]:
        lines += [*_attempt(attempt, len(found) > 1, width), BLANK]
    if len(found) > KINDS_SHOWN:
        lines += paragraph(f"and {len(found) - KINDS_SHOWN} other kinds of processes", width)
    return in_ascii(lines, ascii)


def _attempt(attempt: Attempt, several: bool, width: int) -> list[Line]:
    share = f"{max(1, (attempt.permille + 5) // 10)} % of its processes" if several else "all of its processes"
    head = Row((" ", ""), (glyphs.UP if attempt.ok else glyphs.DOWN, "ok" if attempt.ok else "bad"))
    head.add(f" {share}", "title").add(f"  in {', '.join(attempt.zones)}", "dim")
    return [head.line(width), *hop_lines(attempt.hops, "step", width)]
