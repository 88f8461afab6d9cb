"""Every database of the fleet in a row: what would be left of it if it were lost now, by the best of each kind of way.

Columns that do not fit are left out from the right; the selected database has all of its ways in its own meter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import NamedTuple

from opsconsole.cloud import Cloud, databases, recovery
from opsconsole.cloud.recovery import Kind, Way
from opsconsole.console.order import ORDERS, Order
from opsconsole.console.views import states
from opsconsole.console.views.glyphs import DOWN, in_ascii
from opsconsole.console.views.layout import Row, cells, left, right
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.rds import state as rds_state
from opsconsole.console.views.recovery import figures
from opsconsole.console.views.states import State
from opsconsole.console.views.window import window

CHOSEN = "▶"
STATE = 20
GROUPS = ("a copy that lives", "point in time", "snapshot")
AGE, LOST, BACK, GAP = 9, 12, 10, 1
KIND = 22

SHAPES = (
    (STATE, 3, KIND),
    (17, 3, 19),
    (STATE, 2, KIND),
    (14, 2, KIND),
    (0, 2, KIND),
    (0, 2, 19),
    (0, 2, 0),
    (0, 1, 0),
)
"""What is shown, the most first: columns of the state, groups of columns, columns of the kind."""


class _Sizes(NamedTuple):
    name: int
    state: int
    groups: int
    kind: int
    lost: int


def overview(
    cloud: Cloud,
    width: int,
    selected: str,
    *,
    truth: bool,
    ascii: bool = False,
    rows: int | None = None,
    heads: bool = True,
    order: Order = ORDERS["recovery"][0],
    ids: Sequence[str] | None = None,
) -> list[Line]:
    """Two rows of heads if wanted, then a row for each database, its ref its id; `rows` of them around the selected.

    ``ids``: the databases as they have been sorted, which takes long where there are hundreds.
    """
    ids = sorted_databases(cloud, order, truth) if ids is None else ids
    sizes = _sizes(ids, width, truth)
    shown = window(ids, selected, rows)
    made = [_row(cloud, id, sizes, id == selected, truth).line(width) for id in shown.ids]
    if heads:
        made = [_groups(sizes).line(width), _heads(sizes, order).line(width), *made]
    return in_ascii([shown.signed(made[0], width), *made[1:]], ascii)


def sorted_databases(cloud: Cloud, order: Order, truth: bool) -> list[str]:
    """The databases in an order, by the best copy that lives: without one, everything is at stake.

    Lost writes are the truth: in AWS's view they sort nothing.
    """

    def of_best(id: str, what: Callable[[Way], float]) -> float:
        best = next(iter(recovery.living_ways(cloud, id)), None)
        return inf if best is None else what(best)

    columns: dict[str, Callable[[str], float | str]] = {
        "database": str,
        "state": lambda one: state_of(cloud, one, truth).rank,
        "age": lambda one: of_best(one, lambda way: way.age_us),
        "back in": lambda one: of_best(one, lambda way: way.seconds),
    }
    if truth:
        columns["lost"] = lambda one: of_best(one, lambda way: way.given_up)
    return order.sorted(databases.ids(cloud), columns)


def _sizes(ids: Sequence[str], width: int, truth: bool) -> _Sizes:
    name = min(24, max([6, *(cells(id) for id in ids)])) + 5
    lost = LOST if truth else 0
    each = AGE + lost + BACK + GAP
    for state, groups, kind in SHAPES:
        if name + state + kind + groups * each <= width:
            return _Sizes(name, state, groups, kind, lost)
    return _Sizes(name, 0, 1, 0, lost)


def _groups(sizes: _Sizes) -> Row:
    row = Row((" ", "")).to(sizes.name + sizes.state)
    each = AGE + sizes.lost + BACK + GAP
    for number, title in enumerate(GROUPS[: sizes.groups]):
        row.to(sizes.name + sizes.state + number * each + (sizes.kind if number else 0)).add(title, "title")
    return row


def _heads(sizes: _Sizes, order: Order) -> Row:
    row = Row((left(f" {order.headed('database')}", sizes.name), "dim"))
    row.add(left(order.headed("state"), sizes.state) if sizes.state else "", "dim")
    for number in range(sizes.groups):
        headed = str if number else order.headed  # by the first group: the best copy that lives
        lost = headed("lost")
        row.add(" " * sizes.kind if not number else "")
        row.add(right(headed("age"), AGE), "dim")
        row.add(right("writes lost" if lost == "lost" else lost, sizes.lost) if sizes.lost else "", "dim")
        row.add(right(headed("back in"), BACK), "dim").add(" " * GAP)
    return row


def _row(cloud: Cloud, id: str, sizes: _Sizes, selected: bool, truth: bool) -> Row:
    row = Row((f" {CHOSEN if selected else ' '} ", "accent"), ref=id, key=id)
    row.add(left(id, sizes.name - 5), "selected" if selected else "").add("  ")
    if sizes.state:
        state = state_of(cloud, id, truth)
        row.add(left(state.text, sizes.state - 2), state.style).add("  ")
    ways = recovery.ways(cloud, id)
    for number, way in enumerate(
        [_best(ways), _of(ways, Kind.POINT_IN_TIME), _of(ways, Kind.SNAPSHOT)][: sizes.groups]
    ):
        if sizes.kind and not number:
            text, style = _living(cloud, id, way, truth)
            row.add(left(text, sizes.kind), style)
        _way(row, way, sizes)
    return row


def _living(cloud: Cloud, id: str, way: Way | None, truth: bool) -> Span:
    """Which copy it is, and whether it has what is wrong too: a failover is no way back from that."""
    if way is None:
        return ("from its primary", "dim") if id in cloud.clusters and cloud.clusters[id].secondary else ("none", "bad")
    return (str(way.kind), "") if way.clean or not truth else (f"{way.kind} {DOWN} harmed", "bad")


def _way(row: Row, way: Way | None, sizes: _Sizes) -> None:
    if way is None:
        row.add(right("-", AGE), "dim").add(" " * (sizes.lost + BACK + GAP))
        return
    row.add(right(figures.age(way.age_us), AGE), figures.age_style(way))
    if sizes.lost:
        text, style = figures.given_up(way)
        row.add(right(text, sizes.lost), style)
    row.add(right(figures.back_in(way), BACK), "number").add(" " * GAP)


def _best(ways: list[Way]) -> Way | None:
    return next((way for way in ways if way.kind not in (Kind.POINT_IN_TIME, Kind.SNAPSHOT)), None)


def _of(ways: list[Way], kind: Kind) -> Way | None:
    return next((way for way in ways if way.kind is kind), None)


def state_of(cloud: Cloud, id: str, truth: bool) -> State:
    """What a database does, or its status."""
    if id in cloud.clusters:
        return states.of_cluster(cloud, cloud.clusters[id], truth)
    return rds_state.of_db(cloud, cloud.rds[id], truth)
