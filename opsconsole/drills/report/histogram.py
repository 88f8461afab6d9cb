"""How often which value came up in many runs, as bars over an axis of lengths of time."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.drills.distribution import percentile
from opsconsole.drills.figures import NOT_RECOVERED, plural, span
from opsconsole.drills.report.markup import Html, element, join, number
from opsconsole.drills.report.scale import MARGIN, WIDTH, label_reach, rows_for

_HEIGHT = 110.0
_TOP = 44.0
_BINS = 30
_ASIDE = 74.0
"""The width of the bar of those that did not recover; it stands apart, as it has no place on the axis."""

_PERCENTILES = (50, 95, 99)
_WIDTHS_US = tuple(
    step * scale
    for scale in (10**3, 10**4, 10**5, 10**6, 10**7, 6 * 10**7, 6 * 10**8, 3_600 * 10**6)
    for step in (1, 2, 5)
)


def histogram(values: Sequence[int | None], name: str) -> Html:
    """The values (µs; None: not recovered) as bars, with their percentiles; a sentence if all of them are the same."""
    if len(set(values)) == 1:
        return element("p", f"{span(values[0])} in every run.")
    known = [value for value in values if value is not None]
    missing = len(values) - len(known)
    width_us = _bin_width(max(known, default=0))
    bins = [0] * (max(known, default=0) // width_us + 1)
    for value in known:
        bins[value // width_us] += 1
    room = WIDTH - 2 * MARGIN - (_ASIDE + 20 if missing else 0)
    each = room / len(bins)
    most = max(*bins, missing, 1)
    label = f"{name} in {plural(len(values), 'run')}"
    svg = element(
        "svg",
        element("path", d=f"M{number(MARGIN)} {number(_TOP + _HEIGHT)}H{number(MARGIN + room)}", class_="axis"),
        [_column(index, found, each, most, width_us) for index, found in enumerate(bins) if found],
        _labels(len(bins), each, width_us),
        _percentiles(values, each / width_us),
        _aside(missing, most) if missing else None,
        viewBox=f"0 0 {number(WIDTH)} {number(_TOP + _HEIGHT + 22)}",
        role="img",
        aria_label=label,
        class_="chart",
    )
    return element("div", svg, class_="scroll", tabindex=0, role="group", aria_label=label)


def _bin_width(highest_us: int) -> int:
    """The least round width with which the bars are few enough."""
    least = highest_us // _BINS + 1
    return next((width for width in _WIDTHS_US if width >= least), least)


def _column(index: int, found: int, each: float, most: int, width_us: int) -> Html:
    height = max(1.5, _HEIGHT * found / most)
    title = f"{span(index * width_us)} to {span((index + 1) * width_us)}: {plural(found, 'run')}"
    return element(
        "rect",
        element("title", title),
        x=MARGIN + index * each + 0.5,
        y=_TOP + _HEIGHT - height,
        width=max(1.0, min(each - 1, 40.0)),
        height=height,
        class_="histogram-bar",
    )


def _labels(bins: int, each: float, width_us: int) -> list[Html]:
    """A label at every so many bars as leaves room between them."""
    every = next(step for step in (1, 2, 5, 10, 20, 50) if step * each > 72 or step == 50)
    return [
        element(
            "text",
            span(index * width_us),
            x=MARGIN + index * each,
            y=_TOP + _HEIGHT + 15,
            text_anchor="middle" if index else "start",
            class_="tick",
        )
        for index in range(0, bins, every)
        if index == 0 or index * each < bins * each - 20
    ]


def _percentiles(values: Sequence[int | None], per_us: float) -> list[Html]:
    """Lines at the percentiles; one that falls on runs that did not recover has no place on the axis."""
    named: dict[int, str] = {}
    for percent in _PERCENTILES:
        value = percentile(values, percent)
        if value is not None:
            named[value] = f"{named.get(value, '')}p{percent} "
    lines = [(MARGIN + value * per_us, f"{names}{span(value)}") for value, names in named.items()]
    rows = rows_for([label_reach(x, words) for x, words in lines], len(_PERCENTILES))
    return [_percentile(x, words, 11.0 + 13 * (row or 0)) for (x, words), row in zip(lines, rows, strict=True)]


def _percentile(x: float, words: str, y: float) -> Html:
    leftwards = label_reach(x, words)[0] < x - 5
    return join(
        element("path", d=f"M{number(x)} {number(y - 8)}V{number(_TOP + _HEIGHT)}", class_="percentile"),
        element("text", words, x=x - 4 if leftwards else x + 4, y=y, text_anchor="end" if leftwards else None),
    )


def _aside(missing: int, most: int) -> Html:
    height = max(1.5, _HEIGHT * missing / most)
    x = WIDTH - MARGIN - _ASIDE
    return element(
        "g",
        element("title", f"{NOT_RECOVERED}: {plural(missing, 'run')}"),
        element("rect", x=x + 12, y=_TOP + _HEIGHT - height, width=_ASIDE - 24, height=height, class_="area failed"),
        element("text", NOT_RECOVERED, x=x + _ASIDE / 2, y=_TOP + _HEIGHT + 15, text_anchor="middle", class_="tick"),
    )
