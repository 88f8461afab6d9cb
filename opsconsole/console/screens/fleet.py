"""The fleet's screen: map and apps, the selected thing in tabs, the events, under one line of status.

Here is what looking means: which thing is selected, in which tab and view, and what of it can be read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from opsconsole.console import keys
from opsconsole.console.layouts import AREA_TITLES
from opsconsole.console.movement import spot_of, spots, step
from opsconsole.console.notices import Tell
from opsconsole.console.screens.changing import WorldKeys
from opsconsole.console.screens.looking import LookKeys
from opsconsole.console.screens.painting import PaintedScreen
from opsconsole.console.screens.panels import SpotsView
from opsconsole.console.screens.steering import TimeKeys
from opsconsole.console.views import Level, kind_of, plain
from opsconsole.console.widgets import LinesView

TRACER = "Tracer"


class FleetScreen(TimeKeys, WorldKeys, LookKeys, PaintedScreen):
    """What is always there, under whatever covers it."""

    FIGURES = "Fleet"
    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings())

    @property
    def tab_shown(self) -> tuple[str, str]:
        """The selected thing and its tab."""
        return self.desk.looking.selected, self.tab()

    def look_at(self, id: str) -> None:
        """Select a thing."""
        before = self.desk.looking.selected
        if self.desk.looking.select(id):
            self.paint_selection(before)

    def action_move(self, rows: int, columns: int) -> None:
        """Select what stands next to the selected thing, on the panel with the keys."""
        view = self.focused
        spot = step(view.lines, self.marked(), rows, columns) if isinstance(view, SpotsView) else None
        if spot is not None and isinstance(view, SpotsView):
            self.look_at(spot.id)
            view.bring_into_sight(spot.row)

    def action_zoom(self, by: int) -> None:
        """Nearer on the map, down to the selected thing itself; or further away, up to the fleet."""
        looking = self.desk.looking
        if self.area != "map" and by > 0:
            self.show_area("map")
        elif self.area != "map" or (looking.level is Level.ZONE and by < 0):
            self.action_open_selected()
        else:
            looking.level = Level(max(Level.FLEET, looking.level - by))
            self.repaint()
            self._bring_selected_into_sight()

    def _bring_selected_into_sight(self) -> None:
        view = self.lines_of("map")
        spot = spot_of(view.lines, self.marked())
        if spot is not None and isinstance(view, SpotsView):
            view.bring_into_sight(spot.row)

    def action_open_selected(self) -> None:
        """Go to the panel that shows the selected thing."""
        self.show_area("thing")

    def show_tab(self, tab: str) -> None:
        """Show a tab, for this thing and for others of its kind."""
        looking = self.desk.looking
        looking.tab_of_kind[kind_of(self.desk.cloud, looking.selected)] = tab
        self.repaint()

    @on(LinesView.Selected)
    def _chosen(self, event: LinesView.Selected) -> None:
        event.stop()
        match event.view.id:
            case "tabs":
                self.show_tab(event.ref)
                self.show_area("thing")
            case "areas":
                self.show_area(next(area for area, title in AREA_TITLES.items() if title == event.ref))
            case "keys":
                self.call_later(self.run_action, event.ref)
            case "status":
                self.action_alarms()
            case "map":
                self.look_at(event.ref)
            case _:
                if kind_of(self.desk.cloud, event.ref):
                    self.look_at(event.ref)
                    if event.view.id == "apps":
                        self.action_open_selected()

    @on(LinesView.Highlighted)
    def _highlighted(self, event: LinesView.Highlighted) -> None:
        if event.view.id == "apps" and event.ref is not None and self.focused is event.view:
            self.look_at(event.ref)

    # -- keys that look -------------------------------------------------------------------------------------------

    def action_next_tab(self, by: int) -> None:
        """Go to another tab of the selected thing."""
        tab, tabs = self.tab(), self.tabs()
        if tab:
            self.show_tab(tabs[(tabs.index(tab) + by) % len(tabs)])

    def action_tab(self, number: int) -> None:
        """Go to a tab of the selected thing by its number; where areas are tabs, to an area from any other one."""
        if self.digits_mean_areas():
            if number <= len(areas := self.areas()):
                self.show_area(areas[number - 1])
            return
        tabs = self.tabs()
        if number <= len(tabs):
            self.show_tab(tabs[number - 1])

    def action_back(self) -> None:
        """Look at what was looked at before."""
        self._walk(self.desk.looking.back)

    def action_forward(self) -> None:
        """Undo back."""
        self._walk(self.desk.looking.forward)

    def _walk(self, step: Callable[[], bool]) -> None:
        """One step through the history, past what has been deleted since."""
        before = self.desk.looking.selected
        while step() and not kind_of(self.desk.cloud, self.desk.looking.selected):
            pass
        self.mind_what_is_gone()
        if self.desk.looking.selected != before:
            self.paint_selection(before)

    def action_escape(self) -> None:
        """Undo what changed what is shown last: a filter, the maximised panel, the way to the thing, a step nearer."""
        looking = self.desk.looking
        if looking.text_filter:
            looking.text_filter = ""
        elif self.area == "thing" and not self.maximised:
            self.show_area("map")
        elif looking.map_filter:
            looking.map_filter = ""
        elif self.maximised:
            self.action_maximise()
        elif looking.level is not Level.FLEET:
            looking.level = Level(looking.level - 1)
        self.repaint()

    def action_filter(self) -> None:
        """Filter the events or the map as one types; on the apps: find a thing."""
        from opsconsole.console.screens.prompt import PromptScreen

        looking = self.desk.looking
        if self.area == "map":
            hint = "what a node's id, role or state must hold"
            prompt = PromptScreen("filter", looking.map_filter, hint, typed=self._filter_map)
        elif self.area == "apps":
            prompt = PromptScreen("find", "", "a thing's id", typed=self._find)
        else:
            prompt = PromptScreen("filter", looking.text_filter, "words the events must contain", typed=self._filter)
        self.app.push_screen(prompt)

    def _filter(self, text: str) -> None:
        self.desk.looking.text_filter = text
        self.repaint()

    def _filter_map(self, text: str) -> None:
        """Leave what holds the text, and select what it names: on the whole fleet's map also what is not shown."""
        self.desk.looking.map_filter = text
        self.repaint()
        on_map = [spot.id for spot in spots(self.lines_of("map").lines)]
        if not self._select_named(text, on_map) and self.desk.looking.level is Level.FLEET:
            self._find(text)
        self._bring_selected_into_sight()

    def _find(self, text: str) -> None:
        from opsconsole.console.views import things

        self._select_named(text, things(self.desk.cloud))

    def _select_named(self, text: str, ids: list[str]) -> bool:
        """Select the thing whose id holds the text best; False if there is none, or no text."""
        named = [id for id in ids if text.lower() in id.lower()] if text else []
        if named:
            self.look_at(min(named, key=lambda name: (not name.startswith(text), len(name))))
        return bool(named)

    def action_copy(self) -> None:
        """Copy what the keys stand on: an id on the map and the apps, else the lines of the panel."""
        if self.area in ("map", "apps"):
            text = self.desk.looking.selected
        else:
            text = f"SIMULATED\n{plain(self.lines_of(self.area).lines)}"
        self.app.copy_to_clipboard(text)
        self._say("copied", text if "\n" not in text else "the panel's text")

    def action_trace(self) -> None:
        """Follow another tracer request of the selected app, or of the first one."""
        looking, apps = self.desk.looking, self.desk.cloud.apps
        if not apps:
            self._say("tracer", "this fleet has no app that sends requests")
            return
        if looking.selected not in apps:
            self.look_at(next(iter(apps)))
        looking.tracer += self.tab() == TRACER
        self.show_tab(TRACER)
        self.action_open_selected()

    def action_drill(self) -> None:
        """The drill of this session."""
        from opsconsole.console.screens.drill import DrillScreen

        if self.desk.drill is None:
            self._say("drill", "this session is no drill; `opsconsole drill az_outage --console` opens one")
        else:
            self.app.push_screen(DrillScreen(self.desk, self.desk.drill))

    def _say(self, title: str, text: str) -> None:
        self.post_message(Tell(title, text))

    def action_leave(self) -> None:
        """Quit."""
        self.app.call_later(self.app.run_action, "quit")
