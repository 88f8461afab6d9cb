"""The fleet's screen: map and apps, the selected thing in tabs, the events, under one line of status.

It owns no timer. It repaints what is on the screen when the engine says that something happened, at most four times a
second, and what moves by itself (metrics, trends) at most once a second; Lines that did not change are not repainted.
"""

from __future__ import annotations

import time
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from opsconsole.commands import Kind
from opsconsole.console import keys
from opsconsole.console.bars import key_line, tab_line
from opsconsole.console.desk import READ_ONLY, Desk
from opsconsole.console.layouts import AREA_TITLES, AREAS, Layout, Needs, layout_for, rows_for
from opsconsole.console.movement import step
from opsconsole.console.notices import Tell
from opsconsole.console.views import (
    Line,
    apps_view,
    breadcrumb,
    event_feed,
    kind_of,
    map_view,
    plain,
    status_line,
    tab_view,
    tabs_for,
)
from opsconsole.console.widgets import LinesView

METRICS_S: Final = 1.0
"""Wall seconds between two repaints of what moves by itself."""

FEED_LIMIT: Final = 200
TINY_EVENTS: Final = 5
LEGEND_LINES: Final = 2
SPARE_LINES: Final = 2
"""Lines that the map and the apps get more than they need at rest, for what is wrong."""


class Bar(LinesView, can_focus=False):
    """One line of words that can be clicked."""

    show_cursor = reactive(False)


class SpotsView(LinesView):
    """Lines that hold several things each: the arrows move the selection itself, in both directions."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "step(0, -1)", "left", show=False),
        Binding("right,l", "step(0, 1)", "right", show=False),
        Binding("up,k", "step(-1, 0)", "up", show=False),
        Binding("down,j", "step(1, 0)", "down", show=False),
        Binding("enter", "open", "open", show=False),
    ]

    show_cursor = reactive(False)

    def action_step(self, rows: int, columns: int) -> None:
        """Select what stands next."""
        screen = self.screen
        assert isinstance(screen, FleetScreen)
        spot = step(self.lines, screen.desk.looking.selected, rows, columns)
        if spot is not None:
            screen.look_at(spot.id)
            self._bring_into_sight(spot.row)

    def _bring_into_sight(self, row: int) -> None:
        """Scroll no further than needed, but never leave the row at an edge behind which there is more."""
        top, height = self.scroll_offset.y, self.size.height
        lowest, highest = row - height + 2, row - 1
        wanted = max(0, min(max(top, lowest), highest))
        if wanted != top:
            self.scroll_to(y=wanted, animate=False)

    def action_open(self) -> None:
        """Open the selected thing."""
        screen = self.screen
        assert isinstance(screen, FleetScreen)
        screen.open_selected()


class ThingView(LinesView):
    """The selected thing: left and right change its tab."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "screen.next_tab(-1)", "tab before", show=False),
        Binding("right,l", "screen.next_tab(1)", "next tab", show=False),
    ]


VIEWS: Final[dict[str, type[LinesView]]] = {"map": SpotsView, "apps": LinesView, "feed": LinesView}
FRAMES: Final = {"map": "map", "thing": "right", "apps": "apps", "feed": "feed"}
"""The widget around each area, in the order in which the grid is filled."""


class FleetScreen(Screen[None]):
    """Map, apps, thing and events; which of them are on the screen depends on its size."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings())
    AUTO_FOCUS = "#map"
    DEFAULT_CLASSES = "fleet"

    def __init__(self, desk: Desk, size: Size) -> None:
        """``size`` is the terminal's, so that the screen need not be divided twice before its first paint."""
        super().__init__()
        self.desk = desk
        self.area = "map"
        self.maximised = False
        self._views: dict[str, LinesView] = {}
        self._divided_for = size
        self._layout = layout_for(size.width, size.height)
        self._rows_seen = -1
        self._painted_at = 0.0
        self._divide()

    def compose(self) -> ComposeResult:
        """The bars around a grid of four panels, and the list for a very small screen."""
        yield from self._named(Bar(id="status"), Bar(id="areas"))
        with Container(id="body") as body:
            body.styles.grid_rows = self._grid_rows()
            for area in FRAMES:
                frame = self._frame(area)
                frame.border_title = AREA_TITLES[area]
                frame.display = self._shows(area)
                yield frame
        yield from self._named(LinesView(id="tiny"), Bar(id="keys"))

    def _named(self, *views: LinesView) -> tuple[LinesView, ...]:
        """Remember views by their names: news may come when the screen is being taken apart already."""
        self._views.update((view.id or "", view) for view in views)
        return views

    def _frame(self, area: str) -> Widget:
        if area == "thing":
            return Container(*self._named(Bar(id="tabs"), ThingView(id="thing")), id=FRAMES[area], classes="panel")
        return self._named(VIEWS[area](id=area, classes="panel"))[0]

    # -- what is where ------------------------------------------------------------------------------------------

    def lines_of(self, area: str) -> LinesView:
        """The widget that shows an area."""
        return self._views[area]

    def frame_of(self, area: str) -> Widget:
        """The widget with the frame around an area."""
        view = self._views[area]
        return view.parent if area == "thing" and isinstance(view.parent, Widget) else view

    def on_mount(self) -> None:
        """Paint as soon as the panels have their sizes."""
        self.call_after_refresh(self.repaint)

    def on_resize(self, event: events.Resize) -> None:
        """Divide the screen anew, if it is another size."""
        if event.size != self._divided_for:
            self._divided_for = event.size
            self._layout = layout_for(event.size.width, event.size.height)
            self._arrange()

    @property
    def _shape(self) -> Layout:
        """What the screen is divided into: what fits its size, or the one panel that is maximised."""
        return Layout.SINGLE if self.maximised and self._layout is not Layout.TINY else self._layout

    def _divide(self) -> None:
        for layout in Layout:
            self.set_class(layout is self._shape, layout.value)

    def _shows(self, area: str) -> bool:
        return self._shape is not Layout.TINY and (self._shape is not Layout.SINGLE or area == self.area)

    def _grid_rows(self) -> str:
        rows = rows_for(self._shape, self._divided_for.height, self._needs())
        match self._shape:
            case Layout.WIDE:
                return f"1fr {rows.apps} {rows.feed}"
            case Layout.MEDIUM:
                return f"1fr {rows.feed}"
            case _:
                return "1fr"

    def _arrange(self) -> None:
        self._divide()
        self.query_one("#body", Container).styles.grid_rows = self._grid_rows()
        for area in AREAS:
            self.frame_of(area).display = self._shows(area)
        self._focus_area()
        self.call_after_refresh(self.repaint)

    def _needs(self) -> Needs:
        cloud = self.desk.cloud
        rows = len(cloud.places.regions) + len(cloud.clusters) + 2 * len(cloud.global_databases)
        return Needs(rows + LEGEND_LINES + SPARE_LINES, len(cloud.apps) + SPARE_LINES)

    def _focus_area(self) -> None:
        view = self.lines_of("tiny" if self._shape is Layout.TINY else self.area)
        if self.focused is not view:
            view.focus(scroll_visible=False)

    @on(events.DescendantFocus)
    def _area_focused(self, event: events.DescendantFocus) -> None:
        if event.widget.id in AREAS:
            self.area = event.widget.id

    # -- painting -----------------------------------------------------------------------------------------------

    def news(self) -> None:
        """The engine says that something happened or that time went on: paint what has changed."""
        rows, now = self.desk.cloud.log.count, time.monotonic()
        if rows != self._rows_seen or now - self._painted_at >= METRICS_S:
            self.repaint()
        else:
            self._paint_status()

    def repaint(self) -> None:
        """Paint everything that is on the screen; lines that are the same stay untouched."""
        if not self._views or not self.size.width:
            return
        self._rows_seen, self._painted_at = self.desk.cloud.log.count, time.monotonic()
        self._mind_what_is_gone()
        self._paint_status()
        self._set("keys", [key_line(keys.bar_keys(self.desk.keymap), self.size.width)])
        if self.has_class(Layout.TINY):
            self._set("tiny", self._tiny_lines())
            return
        if self.has_class(Layout.SINGLE):
            titles = [AREA_TITLES[area] for area in AREAS]
            here, ascii = AREA_TITLES[self.area], self.desk.ascii
            numbered = self._digits_mean_areas()
            self._set("areas", [tab_line(titles, here, self.size.width, ascii=ascii, numbered=numbered)])
        for area in AREAS:
            if self.frame_of(area).display:
                self._paint(area)

    def _paint(self, area: str) -> None:
        width = self.lines_of(area).size.width
        if width <= 0:
            return
        cloud, looking, ascii = self.desk.cloud, self.desk.looking, self.desk.ascii
        truth, selected = looking.truth, looking.selected
        match area:
            case "map":
                self._set(area, map_view(cloud, width, truth=truth, ascii=ascii, selected=selected))
            case "apps":
                self._set(area, apps_view(cloud, width, truth=truth, ascii=ascii, selected=selected))
            case "feed":
                self._set(area, self._feed_lines(width))
            case _:
                self._paint_thing(width)

    def _paint_thing(self, width: int) -> None:
        cloud, looking, ascii = self.desk.cloud, self.desk.looking, self.desk.ascii
        tab = self.tab()
        self._set("tabs", [tab_line(self.tabs(), tab, width, ascii=ascii)])
        height = self.lines_of("thing").size.height
        lines = tab_view(cloud, looking.selected, tab, width, height, truth=looking.truth, ascii=ascii) if tab else []
        self._set("thing", lines)
        path = (" / " if ascii else " › ").join(breadcrumb(cloud, looking.selected))
        self._title("thing", path)

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
        )

    def _tiny_lines(self) -> list[Line]:
        cloud, width, ascii = self.desk.cloud, self.size.width, self.desk.ascii
        truth, selected = self.desk.looking.truth, self.desk.looking.selected
        return [
            *apps_view(cloud, width, truth=truth, ascii=ascii, selected=selected),
            *map_view(cloud, width, truth=truth, ascii=ascii, selected=selected),
            *event_feed(cloud, width, truth=truth, ascii=ascii, limit=TINY_EVENTS),
        ]

    def _paint_status(self) -> None:
        looking = self.desk.looking
        width = self.size.width
        line = status_line(self.desk.cloud, self.desk.clock(), width, truth=looking.truth, ascii=self.desk.ascii)
        self._set("status", [line])

    def _set(self, area: str, lines: list[Line]) -> None:
        self._views[area].set_lines(lines)

    def _title(self, area: str, title: str) -> None:
        frame = self.frame_of(area)
        content = Content(title)
        if frame.border_title != content.markup:
            frame.border_title = content

    def _mind_what_is_gone(self) -> None:
        """What is selected may have been deleted: look at what it belonged to, or at the first thing there is."""
        cloud, looking = self.desk.cloud, self.desk.looking
        if not kind_of(cloud, looking.selected) and cloud.clusters:
            near = next((id for id in cloud.clusters if looking.selected.startswith(id)), next(iter(cloud.clusters)))
            looking.selected = near

    # -- looking ------------------------------------------------------------------------------------------------

    def look_at(self, id: str) -> None:
        """Select a thing."""
        before = self.desk.looking.selected
        if self.desk.looking.select(id):
            self._paint_selection(before)

    def _paint_selection(self, before: str) -> None:
        """Paint what shows the selected thing; the events and the bars do not."""
        if self._shape is Layout.TINY:
            self.repaint()
            return
        apps = self.desk.cloud.apps
        concerns_apps = before in apps or self.desk.looking.selected in apps
        for area in ("map", "thing", "apps") if concerns_apps else ("map", "thing"):
            if self._shows(area):
                self._paint(area)

    def open_selected(self) -> None:
        """Go to the panel that shows the selected thing."""
        self.show_area("thing")

    def show_area(self, area: str) -> None:
        """Bring an area to the front and move the keys there."""
        self.area = area
        self._arrange()

    def tab(self) -> str:
        """The tab of the selected thing that is shown; empty if it has none."""
        cloud, looking, tabs = self.desk.cloud, self.desk.looking, self.tabs()
        wanted = looking.tab_of_kind.get(kind_of(cloud, looking.selected), "")
        return wanted if wanted in tabs else next(iter(tabs), "")

    def tabs(self) -> list[str]:
        """The tabs of the selected thing."""
        return tabs_for(self.desk.cloud, self.desk.looking.selected)

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
            case "areas":
                self.show_area(next(area for area, title in AREA_TITLES.items() if title == event.ref))
            case "keys":
                self.call_later(self.run_action, event.ref)
            case "status":
                pass
            case "map":
                self.look_at(event.ref)
            case _:
                if kind_of(self.desk.cloud, event.ref):
                    self.look_at(event.ref)
                    if event.view.id == "apps":
                        self.open_selected()

    @on(LinesView.Highlighted)
    def _highlighted(self, event: LinesView.Highlighted) -> None:
        if event.view.id == "apps" and event.ref is not None and self.focused is event.view:
            self.look_at(event.ref)

    # -- keys that look -----------------------------------------------------------------------------------------

    def action_area(self, by: int) -> None:
        """Go to another panel."""
        self.show_area(AREAS[(AREAS.index(self.area) + by) % len(AREAS)])

    def action_next_tab(self, by: int) -> None:
        """Go to another tab of the selected thing."""
        tab, tabs = self.tab(), self.tabs()
        if tab:
            self.show_tab(tabs[(tabs.index(tab) + by) % len(tabs)])

    def action_tab(self, number: int) -> None:
        """Go to a tab of the selected thing by its number; where areas are tabs, to an area from any other one."""
        if self._digits_mean_areas():
            if number <= len(AREAS):
                self.show_area(AREAS[number - 1])
            return
        tabs = self.tabs()
        if number <= len(tabs):
            self.show_tab(tabs[number - 1])

    def _digits_mean_areas(self) -> bool:
        return self.has_class(Layout.SINGLE) and self.area != "thing"

    def action_back(self) -> None:
        """Look at what was looked at before."""
        before = self.desk.looking.selected
        if self.desk.looking.back():
            self._paint_selection(before)

    def action_forward(self) -> None:
        """Undo back."""
        before = self.desk.looking.selected
        if self.desk.looking.forward():
            self._paint_selection(before)

    def action_maximise(self) -> None:
        """One panel over the whole screen, and back."""
        self.maximised = not self.maximised
        self._arrange()

    def action_view(self) -> None:
        """Change between the truth and AWS's view."""
        self.desk.looking.truth = not self.desk.looking.truth
        self.repaint()

    def action_escape(self) -> None:
        """Undo the last thing that changed what is shown: the filter, the maximised panel."""
        if self.desk.looking.text_filter:
            self.desk.looking.text_filter = ""
        elif self.maximised:
            self.action_maximise()
        self.repaint()

    def action_filter(self) -> None:
        """Filter the events as one types; on the map and the apps: find a thing."""
        from opsconsole.console.screens.prompt import PromptScreen

        looking = self.desk.looking
        if self.area in ("map", "apps"):
            prompt = PromptScreen("find", "", "a thing's id", typed=self._find)
        else:
            prompt = PromptScreen("filter", looking.text_filter, "words the events must contain", typed=self._filter)
        self.app.push_screen(prompt)

    def _filter(self, text: str) -> None:
        self.desk.looking.text_filter = text
        self.repaint()

    def _find(self, text: str) -> None:
        from opsconsole.console.views import things

        if text:
            ids = [id for id in things(self.desk.cloud) if text.lower() in id.lower()]
            ids.sort(key=lambda found: (not found.startswith(text), len(found)))
            if ids:
                self.look_at(ids[0])

    def action_copy(self) -> None:
        """Copy what the keys stand on: an id on the map and the apps, else the lines of the panel."""
        if self.area in ("map", "apps"):
            text = self.desk.looking.selected
        else:
            text = f"SIMULATED\n{plain(self.lines_of(self.area).lines)}"
        self.app.copy_to_clipboard(text)
        self._say("copied", text if "\n" not in text else "the panel's text")

    def action_describe(self) -> None:
        """The describe-* JSON of the selected thing."""
        from opsconsole.console.screens.pane import describe_pane

        self.app.push_screen(describe_pane(self.desk))

    def action_dig(self) -> None:
        """How the names of the selected thing resolve."""
        from opsconsole.console.screens.pane import dig_pane

        self.app.push_screen(dig_pane(self.desk))

    def action_help(self) -> None:
        """Keys, signs, and the grammar of commands."""
        from opsconsole.console.screens.pane import help_pane

        self.app.push_screen(help_pane(self.desk))

    def _say(self, title: str, text: str) -> None:
        self.post_message(Tell(title, text))

    # -- keys that steer time -----------------------------------------------------------------------------------

    def action_pause(self) -> None:
        """Let time stand still, or run."""
        engine = self.desk.engine
        engine.resume() if engine.paused else engine.pause()

    def action_faster(self) -> None:
        """One step up the ladder."""
        self.desk.engine.faster()

    def action_slower(self) -> None:
        """One step down the ladder."""
        self.desk.engine.slower()

    def action_step(self) -> None:
        """Run to the next event."""
        self.desk.engine.step()

    def action_brake(self) -> None:
        """Switch the incident brake on or off."""
        engine = self.desk.engine
        engine.brake = not engine.brake
        state = "on: 5× at most from an app's first failed request" if engine.brake else "off"
        self._say("incident brake", state)

    def action_release(self) -> None:
        """Go on as before the brake bit."""
        engine = self.desk.engine
        if engine.braked is None:
            self._say("incident brake", "it holds nothing back now")
        engine.release_brake()

    def action_run_to(self) -> None:
        """Ask for a time or a duration, and run there as fast as the machine can."""
        from opsconsole.console.moments import HELP, parse_moment
        from opsconsole.console.screens.prompt import PromptScreen

        cloud, engine = self.desk.cloud, self.desk.engine

        def go(text: str) -> str | None:
            try:
                engine.run_to(parse_moment(text, engine.now_us, cloud.fleet.start))
            except ValueError as error:
                return str(error)
            return None

        self.app.push_screen(PromptScreen("run to", "", HELP, entered=go))

    # -- keys that change the world -----------------------------------------------------------------------------

    def action_operate(self) -> None:
        """Offer the operations that fit the selected thing."""
        from opsconsole.console.menus import OPERATIONS

        self._menu("operate", OPERATIONS)

    def action_break_it(self) -> None:
        """Offer the faults that fit the selected thing."""
        from opsconsole.console.menus import FAULTS

        self._menu("break", FAULTS)

    def _menu(self, title: str, kinds: tuple[Kind, ...]) -> None:
        if not self._may_change():
            return
        from opsconsole.console.menus import entries
        from opsconsole.console.screens.menu import MenuScreen

        selected = self.desk.looking.selected
        found = entries(self.desk.cloud, selected, kinds)
        if not found:
            self._say(title, f"nothing fits {selected}: {_instead(title, kind_of(self.desk.cloud, selected))}")
            return
        self.app.push_screen(MenuScreen(self.desk, f"{title} {selected}", found))

    def action_heal(self) -> None:
        """Offer the faults in force."""
        if not self._may_change():
            return
        from opsconsole.console.menus import heal_entries
        from opsconsole.console.screens.menu import MenuScreen

        found = heal_entries(self.desk.cloud)
        if not found:
            self._say("heal", "no fault is in force")
            return
        self.app.push_screen(MenuScreen(self.desk, "heal", found))

    def _may_change(self) -> bool:
        if self.desk.read_only:
            self.post_message(Tell("read-only", READ_ONLY, "warning"))
        return not self.desk.read_only

    def action_leave(self) -> None:
        """Quit."""
        self.app.call_later(self.app.run_action, "quit")


def _instead(title: str, kind: str) -> str:
    """Where such a command is to be found, for a kind of thing that has none."""
    if title == "break":
        return "break the zone, the region or the instance it stands on (an app's load and endpoints are under o)"
    return "select a cluster, an instance, a global database or an app" if kind else "select something first"
