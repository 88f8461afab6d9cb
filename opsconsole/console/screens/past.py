"""The fleet as it was: its screen over the second kernel. It looks; time there is the past's, and may run again."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.geometry import Size

from opsconsole.console import keys
from opsconsole.console.desk import Desk
from opsconsole.console.screens.branching import BranchKeys
from opsconsole.console.screens.fleet import FleetScreen
from opsconsole.console.screens.scrubber import ScrubberScreen


class PastScreen(BranchKeys, FleetScreen):
    """What is shown in place of the fleet while an earlier moment is looked at."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.visit_bindings(keys.PAST_KEYS, ()))
    DEFAULT_CLASSES = "fleet past"

    def __init__(self, desk: Desk, size: Size, scrubber: ScrubberScreen) -> None:
        super().__init__(desk, size)
        self._scrubber = scrubber

    def bar(self) -> list[tuple[str, str, str]]:
        """The keys of the past, then those that look and steer its time."""
        looking = tuple(key for key in keys.only_looking(keys.KEYS) if key.action not in ("scrub", "drill"))
        return keys.visit_bar_keys(keys.PAST_KEYS, looking, self.desk.keymap)

    def news(self) -> None:
        """A moment that is not what was is not shown."""
        if self._scrubber.past.differs:
            self.action_close()
        else:
            super().news()

    def action_jump(self, by: int) -> None:
        """To what stands next on the line of time, or before."""
        self._scrubber.jump(self.desk.engine.now_us, by)

    def action_run_to(self) -> None:
        """To another time, earlier or later."""
        self._scrubber.action_run_to()

    def action_branch(self) -> None:
        """Go on from here."""
        self.branch_from(self._scrubber.past)

    def action_escape(self) -> None:
        """Undo what changed the screen; then back to the line of time."""
        if self.desk.looking.text_filter or self.maximised or self.area == "thing":
            super().action_escape()
        else:
            self.action_close()

    def action_close(self) -> None:
        """Back to the line of time."""
        self.dismiss()
