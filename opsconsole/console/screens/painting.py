"""The screen, painted: what the engine has to tell becomes lines of panels.

It owns no timer. It repaints what is on the screen when the engine says that something happened, at most four times a
second, and what moves by itself (metrics, trends) at most once a second; lines that did not change are not repainted.
"""

from __future__ import annotations

from typing import Final

from textual.geometry import Size

from opsconsole.console import keys
from opsconsole.console.bars import key_line, tab_line
from opsconsole.console.desk import Desk
from opsconsole.console.layouts import AREA_TITLES, AREAS, Layout
from opsconsole.console.map_watch import SLICE
from opsconsole.console.screens.division import DividedScreen
from opsconsole.console.views import (
    Level,
    Line,
    Stand,
    apps_view,
    breadcrumb,
    event_feed,
    is_heat,
    kind_of,
    map_view,
    select,
    stand_ins,
    tab_view,
    tabs_for,
    zone_for,
)
from opsconsole.console.views.layout import cells, right

FEED_LIMIT: Final = 200
TINY_EVENTS: Final = 5
LOOK_PAUSE_S: Final = 0.02
"""Wall seconds between two slices of a look at what stands on a large fleet's map."""


class PaintedScreen(DividedScreen):
    """Fills the panels with what the desk looks at."""

    def __init__(self, desk: Desk, size: Size) -> None:
        super().__init__(desk, size)
        self._map: list[Line] = []
        self._on_map: set[str | None] = set()
        self._map_drawn: tuple[object, ...] = ()
        self._looking_on = False

    def bar(self) -> list[tuple[str, str, str]]:
        """What the key bar shows."""
        return keys.bar_keys(self.desk.keymap, changes=not self.desk.locked)

    def tab(self) -> str:
        """The tab of the selected thing that is shown; empty if it has none."""
        cloud, looking, tabs = self.desk.cloud, self.desk.looking, self.tabs()
        wanted = looking.tab_of_kind.get(kind_of(cloud, looking.selected), "")
        return wanted if wanted in tabs else next(iter(tabs), "")

    def tabs(self) -> list[str]:
        """The tabs of the selected thing."""
        return tabs_for(self.desk.cloud, self.desk.looking.selected)

    def digits_mean_areas(self) -> bool:
        """Whether the digits choose areas, because areas are tabs here."""
        return self.has_class(Layout.SINGLE) and self.area != "thing"

    def repaint(self) -> None:
        """Paint everything that is on the screen; lines that are the same stay untouched."""
        if not self._views or not self.size.width:
            return
        self.painted()
        self.mind_what_is_gone()
        self.paint_status()
        self._set("keys", [key_line(self.bar(), self.size.width)])
        if self.has_class(Layout.TINY):
            self._set("tiny", self._tiny_lines())
            return
        if self.has_class(Layout.SINGLE):
            self._set("areas", [self._areas_line()])
        for area in AREAS:
            if self.frame_of(area).display:
                self._paint(area)

    def _areas_line(self) -> Line:
        """The areas as tabs, and the way to the selected thing, which has no frame here to stand on."""
        titles, width = [AREA_TITLES[area] for area in self.areas()], self.size.width
        ascii, numbered = self.desk.ascii, self.digits_mean_areas()
        tabs = tab_line(titles, AREA_TITLES[self.area], width, ascii=ascii, numbered=numbered)
        room = width - cells(tabs.text) - 1
        back = "   esc back" if self.area == "thing" else ""
        paths = (self._path(), self.desk.looking.selected, "")
        path = next((text for path in paths if cells(text := path + back) <= room), "")
        return Line((*tabs.spans, (right(path, room), "dim")), None, tabs.refs)

    def _path(self) -> str:
        """The way to the selected thing."""
        return self._joined(breadcrumb(self.desk.cloud, self.desk.looking.selected))

    def _joined(self, names: list[str]) -> str:
        return (" / " if self.desk.ascii else " › ").join(names)

    def _paint(self, area: str) -> None:
        width = self.lines_of(area).text_width
        if width <= 0:
            return
        cloud, looking, ascii = self.desk.cloud, self.desk.looking, self.desk.ascii
        truth, selected = looking.truth, looking.selected
        match area:
            case "map":
                self._look_at_map()
                self._paint_map(width)
            case "apps":
                self._title(area, self.sorted_as(AREA_TITLES[area]))
                self._set(area, apps_view(cloud, width, truth=truth, ascii=ascii, selected=selected, order=self.order))
            case "feed":
                self._set(area, self._feed_lines(width))
            case _:
                self._paint_thing(width)

    def marked(self) -> str:
        """What is marked on the map: the selected thing, or what stands for it where it is not shown itself."""
        here = stand_ins(self.desk.cloud, self.desk.looking.selected)
        return next((id for id in here if id in self._on_map), "")

    def _look_at_map(self) -> None:
        """Look at what stands there; where that is much, in slices between which the screen stays alive."""
        desk = self.desk
        services = SLICE if desk.standing.version else None  # at first there is nothing else to show
        if not self._looking_on and not desk.standing.look(desk.cloud, desk.looking.truth, services):
            self._looking_on = True
            self.set_timer(LOOK_PAUSE_S, self._look_on)

    def _look_on(self) -> None:
        desk = self.desk
        if not desk.standing.look(desk.cloud, desk.looking.truth, SLICE):
            self.set_timer(LOOK_PAUSE_S, self._look_on)
            return
        self._looking_on = False
        if self._shows("map"):
            self._paint_map(self.lines_of("map").size.width)
            if desk.engine.paused:  # what happened meanwhile: no news will come of it any more
                self._look_at_map()

    def _paint_map(self, width: int) -> None:
        self._draw_map(width)
        self._set("map", select(self._map, self.marked()))

    def _draw_map(self, width: int) -> None:
        """The map without a selection: as long as nothing happens, looking at another thing draws nothing anew."""
        cloud, truth, ringing = self.desk.cloud, self.desk.looking.truth, self.desk.alarms.ringing
        looking = self.desk.looking
        looking.zone = zone_for(cloud, looking.selected, looking.zone)
        zone = looking.zone if looking.level is not Level.FLEET else ""
        standing = self.desk.standing
        drawn = (standing, standing.version, width, truth, ringing, looking.level, zone, looking.map_filter)
        if drawn != self._map_drawn:
            stand = Stand(looking.level, zone, looking.map_filter, {alarm.thing for alarm in ringing})
            self._map = map_view(cloud, width, truth=truth, ascii=self.desk.ascii, stand=stand, rows=standing.rows)
            self._on_map = {line.ref for line in self._map} | {id for line in self._map for _, _, id in line.refs}
            self._map_drawn = drawn
            self._paint_map_frame(stand)

    def _paint_map_frame(self, stand: Stand) -> None:
        """The way to where the map stands, and the keys that go nearer and further where there is more to see."""
        self._title("map", self._joined(stand.path(self.desk.cloud)))
        zooms = stand.level is not Level.FLEET or is_heat(self.desk.cloud)
        subtitle, frame = "z nearer, Z wider" if zooms else "", self.frame_of("map")
        if frame.border_subtitle != subtitle:
            frame.border_subtitle = subtitle

    def _paint_thing(self, width: int) -> None:
        cloud, looking, ascii = self.desk.cloud, self.desk.looking, self.desk.ascii
        tab = self.tab()
        self._set("tabs", [tab_line(self.tabs(), tab, width, ascii=ascii)])
        height = self.lines_of("thing").size.height
        truth, number = looking.truth, looking.tracer
        lines = tab_view(cloud, looking.selected, tab, width, height, truth=truth, ascii=ascii, tracer=number)
        self._set("thing", lines)
        self._title("thing", self._path())

    def _feed_lines(self, width: int) -> list[Line]:
        looking = self.desk.looking
        title = f'Events with "{looking.text_filter}"' if looking.text_filter else "Events"
        self._title("feed", title)
        return event_feed(
            self.desk.cloud,
            width,
            truth=looking.truth,
            ascii=self.desk.ascii,
            text_filter=looking.text_filter,
            limit=FEED_LIMIT,
            asker=self.desk.asker,
        )

    def _tiny_lines(self) -> list[Line]:
        cloud, width, ascii = self.desk.cloud, self.size.width, self.desk.ascii
        truth, selected = self.desk.looking.truth, self.desk.looking.selected
        return [
            *apps_view(cloud, width, truth=truth, ascii=ascii, selected=selected, order=self.order),
            *map_view(cloud, width, truth=truth, ascii=ascii, selected=selected),
            *event_feed(cloud, width, truth=truth, ascii=ascii, limit=TINY_EVENTS),
        ]

    def mind_what_is_gone(self) -> None:
        """What is selected may have been deleted: look at what it belonged to, or at the first thing there is."""
        cloud, looking = self.desk.cloud, self.desk.looking
        if kind_of(cloud, looking.selected):
            return
        databases = [*cloud.clusters, *cloud.rds, *cloud.caches]
        near = next((id for id in databases if looking.selected.startswith(id)), next(iter(databases), ""))
        looking.selected = near or looking.selected

    def paint_selection(self, before: str) -> None:
        """Paint what shows the selected thing; the events and the bars do not."""
        if self._shape is Layout.TINY:
            self.repaint()
            return
        apps = self.desk.cloud.apps
        concerns_apps = before in apps or self.desk.looking.selected in apps
        if self._shape is Layout.SINGLE:
            self._set("areas", [self._areas_line()])
        for area in ("map", "thing", "apps") if concerns_apps else ("map", "thing"):
            if self._shows(area):
                self._paint(area)
