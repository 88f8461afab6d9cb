"""The projector: few, large figures that a room can read. Of each app how it fares, of each Region how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from opsconsole.cloud import Cloud
from opsconsole.cloud.apps import App
from opsconsole.cloud.places import Region
from opsconsole.console.views import glyphs, states
from opsconsole.console.views.apps import course
from opsconsole.console.views.figures import figure
from opsconsole.console.views.glyphs import in_ascii
from opsconsole.console.views.layout import Row
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import outage, share
from opsconsole.console.views.states import State

MINUTE_US: Final = 60_000_000


@dataclass(frozen=True, slots=True)
class Size:
    """How large a card is: whether its name and state are spelt in large letters, and whether its figures are large."""

    letters: bool
    large: bool

    @property
    def columns(self) -> int:
        """The columns that it needs."""
        return 96 if self.large else 48

    def rows(self, ascii: bool) -> int:
        """The rows that it fills, with the empty one below it."""
        small = 5 if ascii else 3
        return 1 + (small if self.letters else 0) + (5 if self.large else small) + 1


SIZES: Final = (Size(letters=True, large=True), Size(letters=False, large=True), Size(letters=False, large=False))
SHARE_SIGNS: Final = 7
"""`99.98 %`: the RTO stands behind this many signs."""
OK_SAYS: Final = "   ok, last minute"


def projector_view(cloud: Cloud, width: int, height: int, *, truth: bool = True, ascii: bool = False) -> list[Line]:
    """A card for each app, as large as they all fit, over the Regions. Where not all fit, apps in trouble go first."""
    regions = _regions(cloud, width, truth)
    room = height - len(regions)
    apps = list(cloud.apps.values())
    size, columns = _fitting(len(apps), width, room, ascii)
    made = [_card(cloud, app, width // columns - 2, truth, ascii, size) for app in apps]
    fit = max(1, room // size.rows(ascii)) * columns
    if len(made) > fit:
        ill = sorted(range(len(apps)), key=lambda n: course(cloud, apps[n], truth).state.style == "ok")
        made = [made[number] for number in sorted(ill[:fit])]
    lines = [line for first in range(0, len(made), columns) for line in _beside(made[first : first + columns], width)]
    if len(apps) > fit:
        regions = [*regions[:-1], Row(*regions[-1].spans, (f"   and {len(apps) - fit} more apps", "dim")).line(width)]
    blank = [Row().line()] * max(0, room - len(lines))
    above, below = blank[:1], blank[1:]  # large letters do not touch the status line where there is room
    return in_ascii([*above, *lines, *below, *regions], ascii)


def _fitting(apps: int, width: int, room: int, ascii: bool) -> tuple[Size, int]:
    """The largest cards that all fit, as few as can be beside each other, and how many are."""
    for size in SIZES:
        for columns in range(1, width // size.columns + 1):
            if -(-apps // columns) * size.rows(ascii) <= room:
                return size, columns
    return SIZES[-1], max(1, width // SIZES[-1].columns)


def _card(cloud: Cloud, app: App, width: int, truth: bool, ascii: bool, size: Size) -> list[Line]:
    """Name and state, the share of what was asked in the last minute that was ok, the clock of the incident."""
    found = course(cloud, app, truth)
    minute = app.books.between(max(0, cloud.now_us - MINUTE_US), cloud.now_us)
    ok = share(minute.ok, minute.due)
    spelt = _spelt(app.id, found.state, ascii) if size.letters else []
    whole = bool(spelt) and spelt[0].width <= width
    head = Row((" ", ""), ref=app.id)
    if not whole:
        head.add(app.id, "title").add("  ")
    head.add(found.state.text, found.state.style)
    second = 2 + SHARE_SIGNS * (8 if size.large else 4)
    if head.width + len(OK_SAYS) < second:
        head.add(OK_SAYS, "dim")
    shown = figure(ok, large=size.large, ascii=ascii)
    rows = [Row((" ", ""), (row, "" if ok in ("100 %", "-") else "warn")) for row in shown]
    clock, said = _clock(app, found.running_us)
    if clock:
        for row, more in zip(rows, figure(clock, large=size.large, ascii=ascii), strict=True):
            row.to(second).add(more, "bad")
    head.to(second).add(f" {said}" if head.width > second else said, "bad" if clock else "dim")
    return [*(row.line(width) for row in (*spelt, head, *rows)), Row().line()]


def _spelt(name: str, state: State, ascii: bool) -> list[Row]:
    """Name and state in large letters; what does not fit is cut, and stands below in full."""
    both = zip(figure(name, large=False, ascii=ascii), figure(state.word, large=False, ascii=ascii), strict=True)
    return [Row((" ", ""), (one, "title"), ("    ", ""), (other, state.style)) for one, other in both]


def _clock(app: App, running_us: int | None) -> tuple[str, str]:
    """The running clock as `m:ss`, and the words for it; no clock where nothing runs."""
    if running_us is not None:
        whole = running_us // 1_000_000
        return f"{whole // 60}:{whole % 60:02d}", "RTO so far" if app.well.value else "RTO, running"
    ended = [one for one in app.incidents if one.ended_us is not None]
    if not ended or ended[-1].ended_us is None:
        return "", ""
    return "", f"last RTO {outage(ended[-1].ended_us - ended[-1].began_us)}"


def _beside(cards: list[list[Line]], width: int) -> list[Line]:
    """Cards of one row of the screen, as lines."""
    each = width // max(1, len(cards)) if len(cards) > 1 else width
    made = []
    for parts in zip(*cards, strict=True):
        row = Row()
        for number, part in enumerate(parts):
            row.to(number * each)
            for text, style in part.spans:
                row.add(text, style)
        made.append(row.line(width))
    return made


def _regions(cloud: Cloud, width: int, truth: bool) -> list[Line]:
    return [_region(cloud, region, width, truth) for region in cloud.places.regions.values()]


def _region(cloud: Cloud, region: Region, width: int, truth: bool) -> Line:
    name: Span = (f"{region.name:16}", "title")
    state = _standing(cloud, region, truth)
    return Row((" ", ""), name, (state.text, state.style), ref=region.name).line(width)


def _standing(cloud: Cloud, region: Region, truth: bool) -> State:
    """How a Region stands: its own trouble, else its zones that are not well, by their names."""
    own = states.of_region(region, truth)
    if own.word != "up":
        return own
    ill = [(zone, state) for zone in region.zones if (state := states.of_zone(cloud, zone, truth)).word != "up"]
    if not ill:
        return own
    words = ", ".join(f"{zone.name} {state.word}" for zone, state in ill)
    bad = any(state.style == "bad" for _, state in ill)
    return State(glyphs.DOWN, words, "bad") if bad else State(glyphs.WARN, words, "warn")
