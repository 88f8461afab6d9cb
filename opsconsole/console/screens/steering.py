"""Keys that steer time: pause, speed, steps, a run to a moment, the incident brake."""

from __future__ import annotations

from textual.screen import Screen

from opsconsole.console.desk import Desk
from opsconsole.console.notices import Tell


class TimeKeys(Screen[None]):
    """Actions on the engine of the screen's desk."""

    desk: Desk

    def _about_brake(self, text: str) -> None:
        self.post_message(Tell("incident brake", text))

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
        engine.set_brake(not engine.brake)
        state = "on: 5× at most from an app's first failed request" if engine.brake else "off"
        self._about_brake(state)

    def action_release(self) -> None:
        """Go on as before the brake bit."""
        engine = self.desk.engine
        if engine.braked is None:
            self._about_brake("it holds nothing back now")
        engine.release_brake()

    def action_scrub(self) -> None:
        """The session's line of time: from there an earlier moment is looked at. In the past, back to it."""
        from opsconsole.console.screens.scrubber import ScrubberScreen
        from opsconsole.engine.sharing.follower import Follower

        if self.desk.drilling:
            told = "until its debrief a drill's time only goes forward; then S looks at any moment of it"
            self.post_message(Tell("line of time", told))
        elif isinstance(self.desk.engine, Follower):
            told = "the session runs elsewhere: its earlier moments are looked at there, or in a replay of its journal"
            self.post_message(Tell("line of time", told))
        elif self.desk.past is not None:
            while not isinstance(self.app.screen, ScrubberScreen):
                self.app.pop_screen()
        else:
            self.app.push_screen(ScrubberScreen(self.desk))

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
