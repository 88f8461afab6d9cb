"""Large figures and capitals, made of blocks: for a projector, and for the far end of a room.

A sign is a grid of 3 × 5 points. Large, a point is two columns wide and a row high; small, two points share a row.
ASCII has no half of a row, so there a small figure is as high as a large one, and a point is one column wide.
"""

from __future__ import annotations

from typing import Final

POINTS: Final = 5
SIGNS: Final[dict[str, tuple[str, ...]]] = {
    "0": ("###", "# #", "# #", "# #", "###"),
    "1": (" # ", "## ", " # ", " # ", "###"),
    "2": ("###", "  #", "###", "#  ", "###"),
    "3": ("###", "  #", "###", "  #", "###"),
    "4": ("# #", "# #", "###", "  #", "  #"),
    "5": ("###", "#  ", "###", "  #", "###"),
    "6": ("###", "#  ", "###", "# #", "###"),
    "7": ("###", "  #", "  #", "  #", "  #"),
    "8": ("###", "# #", "###", "# #", "###"),
    "9": ("###", "# #", "###", "  #", "###"),
    "%": ("# #", "  #", " # ", "#  ", "# #"),
    "-": ("   ", "   ", "###", "   ", "   "),
    ":": (" ", "#", " ", "#", " "),
    ".": (" ", " ", " ", " ", "#"),
    " ": (" ", " ", " ", " ", " "),
    "A": ("###", "# #", "###", "# #", "# #"),
    "B": ("## ", "# #", "## ", "# #", "## "),
    "C": ("###", "#  ", "#  ", "#  ", "###"),
    "D": ("## ", "# #", "# #", "# #", "## "),
    "E": ("###", "#  ", "## ", "#  ", "###"),
    "F": ("###", "#  ", "## ", "#  ", "#  "),
    "G": ("###", "#  ", "# #", "# #", "###"),
    "H": ("# #", "# #", "###", "# #", "# #"),
    "I": ("###", " # ", " # ", " # ", "###"),
    "J": ("  #", "  #", "  #", "# #", "###"),
    "K": ("# #", "# #", "## ", "# #", "# #"),
    "L": ("#  ", "#  ", "#  ", "#  ", "###"),
    "M": ("# #", "###", "###", "# #", "# #"),
    "N": ("## ", "# #", "# #", "# #", "# #"),
    "O": ("###", "# #", "# #", "# #", "###"),
    "P": ("###", "# #", "###", "#  ", "#  "),
    "Q": ("###", "# #", "# #", "###", "  #"),
    "R": ("## ", "# #", "## ", "# #", "# #"),
    "S": ("###", "#  ", "###", "  #", "###"),
    "T": ("###", " # ", " # ", " # ", " # "),
    "U": ("# #", "# #", "# #", "# #", "###"),
    "V": ("# #", "# #", "# #", "# #", " # "),
    "W": ("# #", "# #", "###", "###", "# #"),
    "X": ("# #", "# #", " # ", "# #", "# #"),
    "Y": ("# #", "# #", " # ", " # ", " # "),
    "Z": ("###", "  #", " # ", "#  ", "###"),
}
"""The signs there are, row by row."""
HALVES: Final = {"  ": " ", "# ": "▀", " #": "▄", "##": "█"}


def figure(text: str, *, large: bool, ascii: bool = False) -> list[str]:
    """The rows of a figure: 5 if large, else 3 (5 in ASCII). A sign that there is not is a gap."""
    signs = [SIGNS.get(sign, SIGNS[" "]) for sign in text.upper()]
    rows = [" ".join(sign[row] for sign in signs) for row in range(POINTS)]
    if large:
        return ["".join(("#" if ascii else "█") * 2 if point == "#" else "  " for point in row) for row in rows]
    if ascii:
        return rows
    upper, lower = rows[0::2], [*rows[1::2], " " * len(rows[0])]
    pairs = zip(upper, lower, strict=True)
    return ["".join(HALVES[a + b] for a, b in zip(one, other, strict=True)) for one, other in pairs]
