"""The main screens as they were looked at last, in the dark, the light and the mono theme; narrow ones in the dark.

Kept are, for each size, the text of every screen, and below it for each theme how many characters stand in which style
with a digest of where: so a difference says what has changed. When a change is wanted, look at it and write them anew:

    OPSCONSOLE_SNAPSHOTS=write python -m pytest tests/console/test_app_snapshots.py

Our own comparison: `pytest-textual-snapshot` would pin pytest below 9.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from opsconsole.console.colours import DARK, LIGHT, MONO
from tests.console.helpers_app import NARROW, WIDE, Operator, Watched
from tests.console.picture import Picture, picture_of
from tests.console.places import PLACES, everywhere, go, leave

FOLDER = Path(__file__).with_name("snapshots")
SHOWN = (
    "fleet",
    "faults",
    "form",
    "origins",
    "apps",
    "recovery",
    "metrics",
    "projector",
    "line of time",
    "past",
    "drill",
)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=lambda size: "x".join(map(str, size)))
async def test_the_main_screens_are_as_they_were_looked_at_last(size: tuple[int, int]) -> None:
    file = FOLDER / f"{size[0]}x{size[1]}.txt"
    async with everywhere(size) as (app, pilot):
        themes = (DARK, LIGHT, MONO) if size == WIDE else (DARK,)
        taken = "\n".join([await snapshot(app, pilot, place, themes) for place in SHOWN])
    if os.environ.get("OPSCONSOLE_SNAPSHOTS") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(taken, encoding="utf-8")
    assert taken.splitlines() == file.read_text(encoding="utf-8").splitlines()


async def snapshot(app: Watched, pilot: Operator, place: str, themes: Sequence[str]) -> str:
    """A place as text, and its styles in each theme."""
    await go(app, pilot, PLACES[place])
    rows: list[str] = []
    styles: list[str] = []
    for theme in themes:
        app.theme = theme
        await pilot.pause()
        picture = picture_of(app)
        rows = rows or picture.rows
        assert picture.rows == rows, f"{theme} changes what is said"
        styles += [
            f"-- {theme} {digest(picture)}",
            *(f"   {style}: {n}" for style, n in sorted(picture.styles.items())),
        ]
    await leave(app, pilot)
    return "\n".join([f"== {place}", *rows, *styles, ""])


def digest(picture: Picture) -> str:
    """Which style stands where, as a number that is another one if that changes."""
    places = [(text.row, text.column, len(text.text), text.ink, text.paper, text.weight) for text in picture.texts]
    return hashlib.sha256(repr(places).encode()).hexdigest()[:12]
