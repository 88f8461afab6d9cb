"""Leader keys: what changes the world begins with one of them, and opens a menu of what fits the selected thing."""

from __future__ import annotations

from textual.screen import Screen

from opsconsole.commands import Kind
from opsconsole.console.desk import Desk
from opsconsole.console.notices import Tell
from opsconsole.console.views import kind_of


class WorldKeys(Screen[None]):
    """Menus for the screen's desk."""

    desk: Desk

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
            self.post_message(
                Tell(title, f"nothing fits {selected}: {_instead(title, kind_of(self.desk.cloud, selected))}")
            )
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
            self.post_message(Tell("heal", "no fault is in force"))
            return
        self.app.push_screen(MenuScreen(self.desk, "heal", found))

    def action_say(self) -> None:
        """Say something to everybody who looks at this session."""
        from opsconsole.console.screens.prompt import PromptScreen

        if self._may_change():
            self.app.push_screen(
                PromptScreen("say", "", "to everybody who looks at this session", entered=self._say_it)
            )

    def _say_it(self, text: str) -> str | None:
        from pydantic import ValidationError

        from opsconsole.commands.session import Say
        from opsconsole.console.asking import ask

        try:
            command = Say(text=text.strip())
        except ValidationError as error:
            return str(error.errors()[0]["msg"])
        answer = ask(self.desk, command)
        return answer.text if answer is not None else None

    def _may_change(self) -> bool:
        if self.desk.locked:
            self.post_message(Tell("read-only", self.desk.locked, "warning"))
        return not self.desk.locked


def _instead(title: str, kind: str) -> str:
    """Where such a command is to be found, for a kind of thing that has none."""
    if title == "break":
        return "break the zone, the region or the instance it stands on (an app's load and endpoints are under o)"
    return "select a cluster, an instance, a cache, a global database or an app" if kind else "select something first"
