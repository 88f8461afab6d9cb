"""What every lane of the time line is: a drawing from y = 0 down under its name, and how high it is."""

from __future__ import annotations

from typing import Final, TypeAlias

from opsconsole.drills.report.markup import Html, element
from opsconsole.drills.report.scale import MARGIN

Lane: TypeAlias = tuple[Html, float]

HEADING: Final = 18.0
ROW: Final = 17.0


def heading(words: str, more: str = "") -> Html:
    """A lane's name, over it."""
    return element(
        "text", words, element("tspan", f"  {more}", class_="quiet") if more else None, x=MARGIN, y=12, class_="lane"
    )
