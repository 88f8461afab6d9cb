"""The palette: any command on any target in plain words, or a whole command line.

Opening it is a look; whatever is chosen is confirmed in its form.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from opsconsole.cloud import Cloud
from opsconsole.commands import BadCommand, TargetKind, UnknownTarget, choices, parse, registry
from opsconsole.console import keys
from opsconsole.console.drafts import Draft, FieldKind, form_fields
from opsconsole.console.notices import Tell
from opsconsole.console.themes import THEMES
from opsconsole.console.views import things

if TYPE_CHECKING:
    from opsconsole.console.app import OpsConsole

MOST_HITS = 200
BREATH = 200
SHORT = 4
"""Letters of a word that must stand together."""
LAST = 1e-9  # a score below that of whatever fits


class Sentence(NamedTuple):
    """A command on a target as people say it, and as a line says it."""

    words: str
    draft: Draft


def sentences(cloud: Cloud) -> Iterator[Sentence]:
    """Every command on every target that it may be aimed at now, and on every choice of whom to promote."""
    for model in registry().values():
        if model.takes is TargetKind.LABEL:
            continue
        chooses = any(info.alias == "to" for info in model.model_fields.values())
        for target in choices(cloud, model.takes):
            words = f"{model.title} {target}"
            yield Sentence(words, Draft(model, target))
            if not chooses:
                continue
            yield from (
                Sentence(f"{words} to {choice}", Draft(model, target, ((field.key, choice),)))
                for field in form_fields(cloud, model, target)
                if field.key == "to" and field.kind is FieldKind.CHOICE
                for choice in field.choices
                if choice
            )


def holds(query: str, text: str) -> bool:
    """Whether a text has the short words of a query as they are: a few letters, scattered, are in almost any text."""
    text = text.casefold()
    return all(len(word) > SHORT or word in text for word in query.casefold().split())


class DeskCommands(Provider):
    """Commands, things and keys of the console."""

    @property
    def console(self) -> OpsConsole:
        """The app, as what it is."""
        return cast("OpsConsole", self.app)

    async def discover(self) -> Hits:
        """What can be done with the keys, before anything is typed."""
        keymap = self.console.looked_at.keymap
        for key in keys.KEYS:
            yield DiscoveryHit(
                Content(f"{key.shown_with(keymap):10} {key.sentence}"), self._press(key.action), text=key.sentence
            )

    async def search(self, query: str) -> Hits:
        """Commands, things, keys and themes that fit what was typed; a whole line first."""
        if query.split(" ")[0] in registry():
            yield self._line(query)
        matcher = self.matcher(query)
        cloud = self.console.looked_at.cloud
        found: list[tuple[float, str, str, Callable[[], None]]] = []
        for number, (words, draft) in enumerate(sentences(cloud)):
            if number % BREATH == 0:  # a large fleet has many thousands: keys and the engine have their turn
                await asyncio.sleep(0)
            line = draft.line()
            # one by one: the ways to fit letters into a text grow much faster than the text
            score = max(matcher.match(words), matcher.match(line))
            if score > 0 and holds(query, f"{words} {line}"):
                found.append((score, words, line, partial(self.console.fill_in, draft)))
        for words, help, call in self._others():
            score = matcher.match(words)
            if score > 0 and holds(query, words):
                found.append((score, words, help, call))
        found.sort(key=lambda hit: (-hit[0], len(hit[1])))
        for score, words, help, call in found[:MOST_HITS]:
            yield Hit(min(score, 1e9), Content(words), call, text=words, help=help)

    def _line(self, query: str) -> Hit:
        """A whole line first; one that is no command, or not yet, last of all, and what is wrong with it."""
        try:
            command = parse(query)
            command.find(self.console.looked_at.cloud)
        except (BadCommand, UnknownTarget) as bad:
            tell = partial(self.console.post_message, Tell("not a command", str(bad), "warning"))
            return Hit(LAST, Content(str(bad)), tell, text=query, help="this command line")
        line = command.line()
        return Hit(
            float("inf"), Content(line), partial(self.console.confirm, command), text=line, help="this command line"
        )

    def _others(self) -> Iterator[tuple[str, str, Callable[[], None]]]:
        for id in things(self.console.looked_at.cloud):
            yield f"Look at {id}", "select it on the map", partial(self.console.fleet_screen.look_at, id)
        for key in keys.KEYS:
            yield (
                key.sentence[0].upper() + key.sentence[1:],
                f"key {key.shown_with(self.console.looked_at.keymap)}",
                self._press(key.action),
            )
        for theme in THEMES:
            yield f"Theme {theme.name}", "change the colours", partial(self._theme, theme.name)

    def _theme(self, name: str) -> None:
        self.console.theme = name

    def _press(self, action: str) -> Callable[[], None]:
        """The key's action, once the palette has closed."""
        fleet = self.console.fleet_screen
        namespace, _, name = action.rpartition(".")

        def press() -> None:
            self.console.call_later(self.console.run_action, name, self.console if namespace else fleet)

        return press
