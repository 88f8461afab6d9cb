"""Going on from an earlier moment: asked once more, because the session so far ends with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.screen import Screen

from opsconsole.console.desk import READ_ONLY
from opsconsole.console.notices import Tell
from opsconsole.console.views.quantities import since_start
from opsconsole.engine.journal import JournalError

if TYPE_CHECKING:
    from opsconsole.console.app import OpsConsole
    from opsconsole.engine.past import Past


class BranchKeys(Screen[None]):
    """For screens that show an earlier moment."""

    def branch_from(self, past: Past) -> None:
        """Ask whether to go on from the moment that is looked at, and do it."""
        from opsconsole.console.screens.prompt import PromptScreen

        console = cast("OpsConsole", self.app)
        if not console.may_branch:
            self.post_message(Tell("read-only", READ_ONLY, "warning"))
        elif past.engine is None or past.progress is not None:
            self.post_message(Tell("branch", "choose an earlier moment first, and wait until it has been re-run"))
        else:
            recorded = past.live.origin is not None and past.live.origin.journal is not None
            fate = "its journal keeps it" if recorded else "it is not recorded, and gone"
            self.app.push_screen(
                PromptScreen(
                    f"branch from {since_start(past.engine.now_us)}",
                    "",
                    f"enter: the session so far ends, {fate}; esc: no",
                    entered=lambda text: _branch(console, past),
                )
            )


def _branch(console: OpsConsole, past: Past) -> str | None:
    """Go on from there, and say so; what is wrong, as a sentence."""
    try:
        session = console.branch(past)
    except JournalError as error:
        return str(error)
    recorder = session.recorder
    kept = f"recorded in {recorder.path.name}" if recorder is not None else "not recorded, as the one before"
    console.call_later(console.unwind)
    console.post_message(Tell("branched", f"from {since_start(session.now_us)}, {kept}; space lets time run"))
    return None
