"""How the fleet's screen uses the room it has: three areas, two, one with tabs, or a list. It never refuses."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple

AREAS: Final = ("map", "apps", "thing", "feed")
AREA_TITLES: Final = {"map": "Map", "apps": "Apps", "thing": "Thing", "feed": "Events"}

WIDE: Final = 140
MEDIUM: Final = 100
TINY_WIDTH: Final = 60
TINY_HEIGHT: Final = 16
MEDIUM_HEIGHT: Final = 20
BARS: Final = 2
"""Status line and key bar."""
FRAME: Final = 2
THING_LINES: Final = 26
"""Rows that a wide screen gives the selected thing before the events get more."""


class Layout(StrEnum):
    """What the screen is divided into; the value is the screen's class in the style sheet."""

    WIDE = "-wide"
    MEDIUM = "-medium"
    SINGLE = "-single"
    TINY = "-tiny"


class Rows(NamedTuple):
    """Heights of the grid's rows: the map's takes what is left."""

    apps: int
    feed: int


class Needs(NamedTuple):
    """Lines that the map and the apps would like to have; both grow a little while something is wrong."""

    map: int
    apps: int


def layout_for(width: int, height: int) -> Layout:
    """The layout that fits a screen of this size."""
    if width < TINY_WIDTH or height < TINY_HEIGHT:
        return Layout.TINY
    if width < MEDIUM or height < MEDIUM_HEIGHT:
        return Layout.SINGLE
    return Layout.WIDE if width >= WIDE else Layout.MEDIUM


def rows_for(layout: Layout, height: int, needs: Needs) -> Rows:
    """How high the apps and the events are, frames included. It does not depend on what is happening: nothing jumps."""
    room = height - BARS
    apps = needs.apps + FRAME
    if layout is not Layout.WIDE:
        below = max(5, min(max(apps, 8), room // 3))
        return Rows(below, below)
    above = max(needs.map + FRAME + apps, THING_LINES)
    above = max(room // 2, min(above, room * 3 // 4, room - 6))
    return Rows(max(3, min(apps, above // 3)), room - above)


class Grid(NamedTuple):
    """Where the panels stand: the grid's columns and rows, and each panel's columns and rows in it, in its order."""

    columns: str
    rows: str
    spans: dict[str, tuple[int, int]]


def grid_for(layout: Layout, shown: Sequence[str], rows: Rows) -> Grid:
    """The grid of the panels that are shown, which fill it whatever is hidden; the map's row takes what is left."""
    if layout is Layout.WIDE:
        return _wide(shown, rows)
    if layout is Layout.MEDIUM:
        return _medium(shown, rows)
    return Grid("1fr", "1fr", dict.fromkeys(shown, (1, 1)))


def _wide(shown: Sequence[str], rows: Rows) -> Grid:
    """The map over the apps, beside them the thing, below all of it the events."""
    left = [area for area in ("map", "apps") if area in shown]
    beside = ["thing"] if "thing" in shown else []
    columns = 2 if left and beside else 1
    heights = ["1fr", *([str(rows.apps)] if len(left) == 2 else [])] if left or beside else []
    spans = dict.fromkeys(left[:1], (1, 1))
    spans |= {area: (1, max(1, len(left))) for area in beside}
    spans |= dict.fromkeys(left[1:], (1, 1))
    if "feed" in shown:
        spans["feed"] = (columns, 1)
        heights.append(str(rows.feed) if heights else "1fr")
    return Grid(_columns(columns), " ".join(heights), spans)


def _medium(shown: Sequence[str], rows: Rows) -> Grid:
    """The map beside the thing, below them the apps beside the events."""
    lines = [[area for area in pair if area in shown] for pair in (("map", "thing"), ("apps", "feed"))]
    columns = max(map(len, lines))
    spans = {area: (columns // len(line), 1) for line in lines for area in line}
    heights = ["1fr"] + [str(rows.feed)] * (sum(map(bool, lines)) - 1)
    return Grid(_columns(columns), " ".join(heights), spans)


def _columns(count: int) -> str:
    return "11fr 13fr" if count == 2 else "1fr"
