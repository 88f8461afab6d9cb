"""Where the figures on the screen come from, in pages over it: those of the tab, of the screen, and rows by kind."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from opsconsole.console.desk import Desk
from opsconsole.console.screens.pane import Page, PaneScreen
from opsconsole.console.views import Line
from opsconsole.console.views import provenance as told

HINT: Final = "H: AWS's own text - M: sources differ - L: recollection - SIM: ours"


def origins_pane(desk: Desk, screen: str, id: str, tab: str = "") -> PaneScreen:
    """What ``tab`` of a thing shows, if one is on the screen; what else the screen shows; the rows that apply to it."""
    cloud = desk.cloud
    pages = [Page(screen, partial(told.screen_origins, cloud, id, screen))]
    if tab:
        pages.insert(0, Page(tab, partial(told.tab_origins, cloud, id, tab)))
    rows: dict[str, Callable[[], list[Line]]] = {
        kind: partial(told.row_origins, cloud, id, kind) for kind in told.PAGES
    }
    rows["prices"] = partial(told.price_origins, cloud, id)
    pages += [Page(kind, lines) for kind, lines in rows.items()]
    return PaneScreen(desk, f"SIMULATED where it comes from: {id}", pages, HINT)
