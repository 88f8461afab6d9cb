"""How the fleet's screen uses the room it has: three areas, two, one with tabs, or a list. It never refuses."""

from __future__ import annotations

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
