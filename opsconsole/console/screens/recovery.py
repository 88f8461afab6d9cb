"""The Recovery screen: every database with what it would lose now, and the time line of one of them with a cursor.

The cursor stands on an instant; below it is what a restore to there would contain, by each way there is. Enter opens
the form of the chosen one: nothing is done here. Like the fleet's screen it owns no timer and paints what has changed.
"""

from __future__ import annotations

import time
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from opsconsole.cloud import databases
from opsconsole.console import keys
from opsconsole.console.desk import Desk
from opsconsole.console.drafts import Draft
from opsconsole.console.notices import Tell
from opsconsole.console.screens.changing import WorldKeys
from opsconsole.console.screens.panels import Listing, Reading, TimeLineView
from opsconsole.console.screens.sorting import SortKeys
from opsconsole.console.screens.visit import VisitScreen
from opsconsole.console.stance import Stance
from opsconsole.console.views import Line
from opsconsole.console.views.recovery import page
from opsconsole.console.views.recovery.axis import Axis
from opsconsole.console.views.recovery.lanes import DatabaseTrack
from opsconsole.console.views.recovery.overview import sorted_databases
from opsconsole.console.views.recovery.timeline import NAMES, instant_of

WIDE: Final = 140
FRAMED: Final = (100, 30)
FRAME: Final = 2
SORT_S: Final = 10.0
"""Wall seconds for which the order of the databases stands, unless another one is asked for."""


class RecoveryScreen(WorldKeys, SortKeys, VisitScreen):
    """Ways back, of every database."""

    FIGURES = "Recovery"
    OWN = keys.RECOVERY_KEYS
    BESIDES = (*keys.SHARED, *keys.SORTING)
    BINDINGS: ClassVar[list[BindingType]] = list(keys.visit_bindings(OWN, BESIDES))
    SORTED = "recovery"
    AUTO_FOCUS = "#rec-line"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.id_shown = self._first()
        self.stance = desk.stance or Stance.of(desk.cloud, self.id_shown)
        desk.stance = self.stance
        self._ids: list[str] = []
        self._sorted_for: object = None
        self._sorted_at = 0.0

    @property
    def tab_shown(self) -> tuple[str, str]:
        """The chosen database."""
        return self.id_shown, ""

    def _panels(self) -> ComposeResult:
        """Databases over the time line over the verdict, and beside it how things stand."""
        yield from self.named(Listing(id="rec-bases", classes="panel"), TimeLineView(id="rec-line", classes="panel"))
        below = self.named(Listing(id="rec-verdict", classes="panel"), Reading(id="rec-side", classes="panel"))
        yield Horizontal(*below, id="rec-below")

    # -- what is where -------------------------------------------------------------------------------------------

    def _divide(self) -> None:
        """Frames where there is room for them, two texts below the line where there is more."""
        width, height = self.app.size
        framed = width >= FRAMED[0] and height >= FRAMED[1]
        self.set_class(not framed, "-bare")
        self._views["rec-side"].display = width >= WIDE
        around = FRAME if framed else 0
        heads = 0 if self._is_low else page.HEADS
        self._views["rec-bases"].styles.height = heads + self._rows() + around
        self._views["rec-line"].styles.height = len(self._line_lines()) + around

    def _rows(self) -> int:
        """How many databases are listed."""
        return min(len(databases.ids(self.desk.cloud)), max(1, self.app.size.height // 8))

    @property
    def _is_low(self) -> bool:
        """Whether there is no room for anything that is not needed."""
        return self.app.size.height < 20

    def _columns(self) -> int:
        width = self._views["rec-line"].size.width or self.app.size.width - 4
        return max(10, width - NAMES - 1)

    def _first(self) -> str:
        """The selected database, or the one that the selected thing belongs to, or the first there is."""
        cloud, selected = self.desk.cloud, self.desk.looking.selected
        ids = databases.ids(cloud)
        owner = cloud.instances[selected].cluster if selected in cloud.instances else selected.partition("/")[0]
        return next((id for id in (selected, owner) if id in ids), next(iter(ids), ""))

    # -- painting ------------------------------------------------------------------------------------------------

    def _paint(self) -> None:
        if not self._mind_what_is_gone():
            self.call_later(self.action_close)
            return
        self._paint_bases()
        self._paint_instant()

    def _paint_bases(self) -> None:
        width = self._views["rec-bases"].size.width
        self._set("rec-bases", page.bases(self._look(), width, self._rows(), heads=not self._is_low))
        self._title("rec-bases", self.sorted_as("Databases: if one were lost now"))

    def _look(self) -> page.Look:
        return page.Look(
            self.desk.cloud, self.id_shown, self.desk.looking.truth, self.desk.ascii, self.order, self._sorted()
        )

    def _sorted(self) -> list[str]:
        """The databases in order. It stands for a while: rows that jump are hard to read, and sorting takes long."""
        cloud, truth = self.desk.cloud, self.desk.looking.truth
        made_for = (self.order, truth, databases.ids(cloud))
        if made_for != self._sorted_for or time.monotonic() - self._sorted_at >= SORT_S:
            self._ids = sorted_databases(cloud, self.order, truth)
            self._sorted_for, self._sorted_at = made_for, time.monotonic()
        return self._ids

    def _paint_instant(self) -> None:
        """What changes with the cursor."""
        lines = self._line_lines()
        self._set("rec-line", lines)
        self._title("rec-line", page.title(self.desk.cloud, self.id_shown, self._axis()))
        look = self._look()
        texts = ("rec-verdict", "rec-side") if self._views["rec-side"].display else ("rec-verdict",)
        widths = [self._views[name].size.width - 1 for name in texts]
        for name, made in zip(texts, page.below(look, self.stance, widths), strict=True):
            self._set(name, made)
        self._title("rec-verdict", "If it were brought back to here")
        self._title("rec-side", f"{self.id_shown} now")

    def _track(self) -> DatabaseTrack:
        return DatabaseTrack(self.desk.cloud, self.id_shown)

    def _axis(self) -> Axis:
        return self.stance.axis(self._track(), self._columns())

    def _line_lines(self) -> list[Line]:
        axis, truth, cursor_us = self._axis(), self.desk.looking.truth, self.stance.cursor_us
        return page.line_of(axis, self.id_shown, cursor_us, truth, self.desk.ascii, low=self._is_low)

    def _mind_what_is_gone(self) -> bool:
        """Whether there is a database to look at: the shown one may have been deleted, and so may all of them."""
        if self.id_shown not in databases.ids(self.desk.cloud):
            self.id_shown = self._first()
            if self.id_shown:
                self._divide()
        return bool(self.id_shown)

    # -- keys ----------------------------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """The cursor, by columns."""
        self.stance.move(self._track(), self._columns(), by)
        self._paint_instant()

    def action_jump(self, by: int) -> None:
        """To what stands next on the line, or before."""
        if not self.stance.jump(self._track(), self.desk.looking.truth, by):
            self.post_message(Tell("time line", "nothing further on this line"))
        self._paint_instant()

    def action_zoom(self, by: int) -> None:
        """Show less of the line, or more."""
        self.stance.zoom(self._track(), by)
        self._paint_instant()

    def action_edge(self, last: int) -> None:
        """To the earliest there is, or to now."""
        self.stance.edge(self._track(), bool(last))
        self._paint_instant()

    @on(TimeLineView.Pointed)
    def _pointed(self, event: TimeLineView.Pointed) -> None:
        at_us = instant_of(self._axis(), event.column)
        if at_us is not None:
            self.stance.stand(self._track(), at_us)
            self._paint_instant()

    def action_choose(self, by: int) -> None:
        """Another way back, or something that is left to do."""
        offered = page.offered(self.desk.cloud, self.id_shown, self.stance)
        here = page.chosen(offered, self.stance)
        self.stance.choice = offered[(here + by) % len(offered)].key
        self._paint_instant()

    def action_database(self, by: int) -> None:
        """Another database."""
        ids = self._sorted()
        self.show(ids[(ids.index(self.id_shown) + by) % len(ids)])

    def show(self, id: str) -> None:
        """Look at the time line of a database; the instant stays."""
        self.id_shown = id
        self.desk.looking.select(id)
        self._divide()
        self.repaint()
        self.call_after_refresh(self.repaint)

    def action_scroll(self, by: int) -> None:
        """Read on in what stands below the line."""
        for name in ("rec-verdict", "rec-side"):
            self._views[name].scroll_relative(y=by, animate=False)

    def action_do(self) -> None:
        """Open the form of what is chosen, or say why it cannot be done."""
        offered = page.offered(self.desk.cloud, self.id_shown, self.stance)
        one = offered[page.chosen(offered, self.stance)]
        if one.draft is None:
            self.post_message(Tell("no way back", one.reason, "warning"))
        else:
            self._fill_in(one.draft)

    def _fill_in(self, draft: Draft) -> None:
        from opsconsole.console.screens.form import FormScreen

        if self.desk.locked:
            self.post_message(Tell("read-only", self.desk.locked, "warning"))
        else:
            self.app.push_screen(FormScreen(self.desk, draft))

    def _clicked(self, ref: str, view: str | None) -> None:
        offered = {one.key for one in page.offered(self.desk.cloud, self.id_shown, self.stance)}
        if ref in offered:
            self.stance.choice = ref
            self._paint_instant()
        elif ref in databases.ids(self.desk.cloud):
            self.show(ref)

    def action_copy(self) -> None:
        """Copy the line that would be asked for."""
        offered = page.offered(self.desk.cloud, self.id_shown, self.stance)
        one = offered[page.chosen(offered, self.stance)]
        if one.draft is not None:
            self.app.copy_to_clipboard(one.draft.line())
            self.post_message(Tell("copied", one.draft.line()))

    def action_describe(self) -> None:
        """The describe-* JSON of the database."""
        self.desk.looking.select(self.id_shown)
        super().action_describe()
