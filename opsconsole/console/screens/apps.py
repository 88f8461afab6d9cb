"""The Apps screen: what users feel. Every app in a line, and one of them in four panels, or one where there is no room.

Like the fleet's screen it owns no timer and paints what has changed.
"""

from __future__ import annotations

from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from opsconsole.commands import Kind
from opsconsole.console import keys
from opsconsole.console.bars import tab_line
from opsconsole.console.desk import Desk
from opsconsole.console.notices import Tell
from opsconsole.console.screens.changing import WorldKeys
from opsconsole.console.screens.panels import Listing, PageView, TabBar
from opsconsole.console.screens.sorting import SortKeys
from opsconsole.console.screens.visit import VisitScreen
from opsconsole.console.views import apps_view, plain
from opsconsole.console.views.apps.listing import sorted_apps
from opsconsole.console.views.apps.pages import PAGES, page
from opsconsole.console.views.scene import Scene
from opsconsole.drills.measuring.apps import objective_of, unpromised
from opsconsole.drills.spec import Objective

WIDE: Final = (140, 36)
"""From this size on all four panels are on the screen."""
FRAMED: Final = (100, 28)
FRAME: Final = 2
LISTED: Final = 8
"""One line in so many of the screen may list an app."""


class AppsScreen(WorldKeys, SortKeys, VisitScreen):
    """What the users of each app get."""

    FIGURES = "Apps"
    OWN = keys.APPS_KEYS
    BESIDES = (*keys.SHARED, *keys.SORTING)
    BINDINGS: ClassVar[list[BindingType]] = list(keys.visit_bindings(OWN, BESIDES))
    AUTO_FOCUS = "#apps-service"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        apps = desk.cloud.apps
        self.id_shown = desk.looking.selected if desk.looking.selected in apps else next(iter(apps))
        self.page_shown: str = PAGES[0]

    @property
    def tab_shown(self) -> tuple[str, str]:
        """The chosen app."""
        return self.id_shown, ""

    def _panels(self) -> ComposeResult:
        """The list over the panels."""
        yield from self.named(Listing(id="apps-list", classes="panel"), TabBar(id="apps-tabs"))
        panels = self.named(*(PageView(id=_name(title), classes="panel") for title in PAGES))
        for title, panel in zip(PAGES, panels, strict=True):
            panel.border_title = title
        yield Container(*panels, id="apps-panels")

    # -- what is where -------------------------------------------------------------------------------------------

    def _divide(self) -> None:
        """All panels where there is room for them, else the one that is looked at; frames where they fit."""
        width, height = self.app.size
        paged = width < WIDE[0] or height < WIDE[1]
        framed = width >= FRAMED[0] and height >= FRAMED[1]
        self.set_class(paged, "-paged")
        self.set_class(not framed, "-bare")
        for title in PAGES:
            self._views[_name(title)].display = not paged or title == self.page_shown
        self._views["apps-list"].styles.height = 1 + self._rows() + (FRAME if framed else 0)

    def _rows(self) -> int:
        """How many apps are listed at a time."""
        return min(len(self.desk.cloud.apps), max(2, self.app.size.height // LISTED))

    @property
    def _is_paged(self) -> bool:
        return self.has_class("-paged")

    # -- painting ------------------------------------------------------------------------------------------------

    def _paint(self) -> None:
        self._paint_list()
        if self._is_paged:
            tabs = tab_line(PAGES, self.page_shown, self.size.width, ascii=self.desk.ascii, numbered=False)
            self._set("apps-tabs", [tabs])
        for title in PAGES:
            if self._views[_name(title)].display:
                self._paint_page(title)

    def _paint_list(self) -> None:
        desk, panel = self.desk, self._views["apps-list"]
        truth, ascii = desk.looking.truth, desk.ascii
        width, rows, shown = panel.text_width, self._rows(), self.id_shown
        lines = apps_view(desk.cloud, width, truth=truth, ascii=ascii, selected=shown, rows=rows, order=self.order)
        self._set("apps-list", lines)
        self._title("apps-list", self.sorted_as("Apps"))

    def _paint_page(self, title: str) -> None:
        desk, panel = self.desk, self._views[_name(title)]
        looking = desk.looking
        width, height = panel.text_width, panel.size.height
        scene = Scene(desk.cloud, self.id_shown, width, height, looking.truth, desk.ascii, looking.tracer)
        self._set(_name(title), page(title, scene, self._objective()))

    def _objective(self) -> Objective:
        """What the drill promises about the app, or what is usual."""
        desk = self.desk
        if desk.drill is None:
            return unpromised(desk.cloud, self.id_shown)
        return objective_of(desk.drill.drill, desk.cloud, self.id_shown)

    # -- keys ----------------------------------------------------------------------------------------------------

    def action_choose(self, by: int) -> None:
        """Another app."""
        ids = sorted_apps(self.desk.cloud, self.order, self.desk.looking.truth)
        self.show(ids[(ids.index(self.id_shown) + by) % len(ids)])

    def show(self, id: str) -> None:
        """Look at an app, each panel from its top."""
        self.id_shown = id
        self.desk.looking.select(id)
        for title in PAGES:
            self._views[_name(title)].scroll_home(animate=False)
        self.repaint()

    def action_page(self, by: int) -> None:
        """Another panel: it gets the keys, and the screen where there is one at a time."""
        self.turn(PAGES[(PAGES.index(self.page_shown) + by) % len(PAGES)])

    def turn(self, title: str) -> None:
        """Go to a panel."""
        self.page_shown = title
        self._divide()
        self._views[_name(title)].focus()
        self.call_after_refresh(self.repaint)

    def action_trace(self) -> None:
        """Show the tracer request; where it is shown already, another one."""
        self.desk.looking.tracer += not self._is_paged or self.page_shown == "Tracer"
        self.turn("Tracer")

    def action_connect(self) -> None:
        """Ask for a name, and show what the app would get from it now."""
        from opsconsole.console.screens.connect import ConnectScreen

        self.app.push_screen(ConnectScreen(self.desk, self.id_shown))

    def _menu(self, title: str, kinds: tuple[Kind, ...]) -> None:
        self.desk.looking.select(self.id_shown)
        super()._menu(title, kinds)

    def action_copy(self) -> None:
        """Copy the panel with the keys."""
        self.app.copy_to_clipboard(f"SIMULATED\n{plain(self._views[_name(self.page_shown)].lines)}")
        self.post_message(Tell("copied", f"{self.page_shown} of {self.id_shown}"))

    def action_describe(self) -> None:
        """The describe-* JSON of the app."""
        self.desk.looking.select(self.id_shown)
        super().action_describe()

    # -- clicks --------------------------------------------------------------------------------------------------

    @on(events.DescendantFocus)
    def _focused(self, event: events.DescendantFocus) -> None:
        title = next((one for one in PAGES if event.widget is self._views[_name(one)]), None)
        if title is not None:
            self.page_shown = title

    def _clicked(self, ref: str, view: str | None) -> None:
        if view == "apps-tabs":
            self.turn(ref)
        elif ref in self.desk.cloud.apps:
            self.show(ref)


def _name(title: str) -> str:
    """The id of a panel."""
    return f"apps-{title.lower()}"
