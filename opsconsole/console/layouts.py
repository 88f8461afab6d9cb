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
BARS: Final = 2  # status line and key bar


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


def layout_for(width: int, height: int) -> Layout:
    """The layout that fits a screen of this size."""
    if width < TINY_WIDTH or height < TINY_HEIGHT:
        return Layout.TINY
    if width < MEDIUM or height < MEDIUM_HEIGHT:
        return Layout.SINGLE
    return Layout.WIDE if width >= WIDE else Layout.MEDIUM


def rows_for(layout: Layout, height: int, app_lines: int) -> Rows:
    """How high the apps and the events are, frames included, given how many lines the apps need."""
    room = height - BARS
    if layout is Layout.WIDE:
        feed = max(6, min(14, room // 4))
        return Rows(max(3, min(app_lines + 2, (room - feed) // 3)), feed)
    below = max(5, min(max(app_lines + 2, 8), room // 3))
    return Rows(below, below)
