"""What stands on the terminal, cell by cell, read from the picture that Textual exports."""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from textual.app import App

CELL, ROW = 12.2, 24.4
"""Width and height of a character in Rich's SVGs."""


@dataclass(frozen=True)
class Text:
    """A text in one style, at a column and a row."""

    column: int
    row: int
    text: str
    ink: str
    paper: str
    weight: str
    """`bold`, `italic`, …; empty if it is plain."""


@dataclass(frozen=True)
class Picture:
    """The texts of a terminal of so many columns."""

    columns: int
    texts: tuple[Text, ...]

    @property
    def rows(self) -> list[str]:
        """Each row as it can be read, without blanks at its end."""
        grid: dict[int, list[str]] = {}
        for text in self.texts:
            row = grid.setdefault(text.row, [" "] * self.columns)
            row[text.column : text.column + len(text.text)] = text.text
        return ["".join(grid.get(number, "")).rstrip() for number in range(max(grid, default=-1) + 1)]

    @property
    def styles(self) -> Counter[str]:
        """How many characters that are no blank stand there in each style: `#ink on #paper bold`."""
        counted: Counter[str] = Counter()
        for text in self.texts:
            style = f"{text.ink} on {text.paper} {text.weight}".rstrip()
            counted[style] += sum(not sign.isspace() for sign in text.text)
        return +counted


def picture_of(app: App[Any]) -> Picture:
    """What the terminal shows now."""
    svg = app.export_screenshot()
    rules = dict(re.findall(r"\.terminal-\d+-(r\d+) \{ ([^}]*) \}", svg))
    papers: dict[tuple[int, int], str] = {}
    for paper, x, y, width in re.findall(r'<rect fill="(#\w+)" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"', svg):
        first, row = round(float(x) / CELL), round((float(y) - 1.5) / ROW)
        papers.update(dict.fromkeys(((at, row) for at in range(first, first + round(float(width) / CELL))), paper))
    texts = []
    for style, x, row, text in re.findall(r'class="terminal-\d+-(r\d+)" x="([\d.]+)"[^>]*line-(\d+)\)">([^<]*)<', svg):
        column, rule = round(float(x) / CELL), rules[style]
        if (column, int(row)) not in papers:
            continue  # the end of a line
        ink = re.search(r"fill: (#\w+)", rule)
        weight = " ".join(re.findall(r"bold|italic|underline|line-through", rule))
        said = html.unescape(text).replace("\u00a0", " ")
        texts.append(Text(column, int(row), said, ink[1] if ink else "", papers[column, int(row)], weight))
    return Picture(app.size.width, tuple(texts))
