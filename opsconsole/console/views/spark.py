"""Sparklines as text, over a grid of time that does not move with every look."""

from __future__ import annotations

from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"
BARS_ASCII = "_.:-=+*#"
HEADROOM = 1.33


def spark(
    values: Sequence[float | None], width: int, ascii: bool = False, low: float | None = None, high: float | None = None
) -> str:
    """`width` columns for the latest values: the higher, the fuller; a gap where there is none.

    The scale goes from `low` (0) to `high` (a third above the greatest value). What is above `low` never looks empty.
    """
    bars = BARS_ASCII if ascii else BARS
    shown = list(values)[-width:] if width > 0 else []
    known = [value for value in shown if value is not None]
    bottom = 0.0 if low is None else low
    top = (max(known, default=0.0) * HEADROOM) if high is None else high
    reach = top - bottom
    text = "".join(_bar(value, bottom, reach, bars) for value in shown)
    return text.rjust(width)


def _bar(value: float | None, bottom: float, reach: float, bars: str) -> str:
    if value is None:
        return " "
    if value <= bottom or reach <= 0:
        return bars[0]
    return bars[min(7, max(1, int((value - bottom) / reach * 8)))]


def bar(share: float, width: int, ascii: bool = False) -> str:
    """A gauge of `width` columns, filled by a share from 0 to 1; the slightest share shows, and only 1 fills it."""
    full, empty = ("#", ".") if ascii else ("█", "░")
    filled = 0 if share <= 0 else max(1, min(width if share >= 1 else width - 1, round(share * width)))
    return full * filled + empty * (width - filled)


def grid(now_us: int, span_us: int, columns: int) -> list[int]:
    """The `columns + 1` edges of equal steps that cover the last `span_us`; the last edge is not before now.

    Edges are multiples of the step, so a trend moves by whole columns and is not repainted in between.
    """
    step = max(1, span_us // max(1, columns))
    last = -(-now_us // step)
    return [(last - columns + i) * step for i in range(columns + 1)]
