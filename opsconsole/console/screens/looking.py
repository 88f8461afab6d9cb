"""Keys that open another look at the same session: apps, ways back, alarms, names, the large figures."""

from __future__ import annotations

from textual.screen import Screen

from opsconsole.console.desk import Desk
from opsconsole.console.notices import Tell


class LookKeys(Screen[None]):
    """Screens and panes over the one that is shown."""

    desk: Desk

    def action_dig(self) -> None:
        """How the names of the selected thing resolve."""
        from opsconsole.console.screens.pane import dig_pane

        self.app.push_screen(dig_pane(self.desk))

    def action_alarms(self) -> None:
        """The alarms that ring, and those of the selected thing."""
        from opsconsole.console.screens.alarms import AlarmsScreen

        self.app.push_screen(AlarmsScreen(self.desk))

    def action_apps(self) -> None:
        """What users feel, app by app."""
        from opsconsole.console.screens.apps import AppsScreen

        if self.desk.cloud.apps:
            self.app.push_screen(AppsScreen(self.desk))
        else:
            self._nothing("apps", "this fleet has no app that sends requests")

    def action_recovery(self) -> None:
        """The time lines of the databases, and what could be brought back."""
        from opsconsole.cloud import databases
        from opsconsole.console.screens.recovery import RecoveryScreen

        if databases.ids(self.desk.cloud):
            self.app.push_screen(RecoveryScreen(self.desk))
        else:
            self._nothing("recovery", "this fleet has no database")

    def action_metrics(self) -> None:
        """The metrics of the selected thing at large."""
        from opsconsole.console.screens.metrics import MetricsScreen, measured_parts

        things = measured_parts(self.desk, self.desk.looking.selected)
        if things:
            self.app.push_screen(MetricsScreen(self.desk, things))
        else:
            self._nothing("metrics", "CloudWatch has none of this; select a cluster, an instance or a cache")

    def action_projector(self) -> None:
        """Few, large figures."""
        from opsconsole.console.screens.projector import ProjectorScreen

        self.app.push_screen(ProjectorScreen(self.desk))

    def _nothing(self, title: str, text: str) -> None:
        self.post_message(Tell(title, text))
