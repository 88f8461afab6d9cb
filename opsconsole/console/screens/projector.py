"""The projector's screen: few, large figures between the line of status and the keys. It only looks and steers time."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from opsconsole.console import keys
from opsconsole.console.screens.panels import Scrolling
from opsconsole.console.screens.visit import VisitScreen
from opsconsole.console.views.projector import projector_view


class ProjectorScreen(VisitScreen):
    """What a room needs to see of a session."""

    FIGURES = "Projector"
    OWN = keys.PROJECTOR_KEYS
    BESIDES = keys.STEERING
    BINDINGS: ClassVar[list[BindingType]] = list(keys.visit_bindings(OWN, BESIDES))

    def _panels(self) -> ComposeResult:
        yield from self.named(Scrolling(id="figures"))

    def _paint(self) -> None:
        figures = self._views["figures"]
        width, height = figures.text_width, figures.size.height
        if width > 0 and height > 0:
            truth, ascii = self.desk.looking.truth, self.desk.ascii
            figures.set_lines(projector_view(self.desk.cloud, width, height, truth=truth, ascii=ascii))
