"""The keys of the fleet's screen, in one list: bindings, the key bar and the help all come from it.

Single letters look, move or steer time. What changes the world begins with a leader key: o, x, H.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from textual.binding import Binding


@dataclass(frozen=True)
class Key:
    """One key: Textual's names for it, what people call it, the action, what it does in a word and in a sentence."""

    keys: str
    shown: str
    action: str
    word: str
    sentence: str
    group: str
    bar: int = 0  # place in the key bar; 0: not in it

    def shown_with(self, keymap: Mapping[str, str]) -> str:
        """What people call it, when they have given it keys of their own."""
        return ", ".join(keymap[self.name].split(",")) if self.name in keymap else self.shown

    def binding(self) -> Binding:
        """The key as Textual binds it; its id is what a keymap calls it."""
        return Binding(self.keys, self.action, self.word, show=bool(self.bar), key_display=self.shown, id=self.name)

    @property
    def name(self) -> str:
        """What a keymap calls it."""
        return f"fleet.{self.action.partition('(')[0]}{self.action.partition('(')[2].strip(')').replace(chr(39), '.')}"


KEYS: Final = (
    Key("o", "o", "operate", "operate", "operations that fit the selected thing", "The world", 1),
    Key("x", "x", "break_it", "break", "faults that fit the selected thing", "The world", 2),
    Key("H", "H", "heal", "heal", "faults in force: end one, or all", "The world", 3),
    Key("space", "space", "pause", "pause", "pause time, or let it run", "Time", 4),
    Key("plus,equals_sign", "+", "faster", "speed", "faster: 0.1× to 3600×", "Time", 5),
    Key("minus", "-", "slower", "slower", "slower", "Time"),
    Key("full_stop", ".", "step", "step", "run to the next event, then pause", "Time"),
    Key("G", "G", "run_to", "run to", "run to a time or for a while (10m, T+1h, 09:30), then pause", "Time"),
    Key("b", "b", "brake", "brake", "incident brake on or off: 5× at most from an app's first failed request", "Time"),
    Key("r", "r", "release", "resume", "after the brake: go on at the speed of before", "Time"),
    Key("v", "v", "view", "view", "the truth, or what AWS would show", "Looking", 7),
    Key("d", "d", "describe", "describe", "the describe-* JSON of the selected thing", "Looking", 6),
    Key("D", "D", "dig", "dig", "how its names resolve, from which app", "Looking", 10),
    Key("A", "A", "alarms", "alarms", "CloudWatch alarms: what rings, and all of the selected thing", "Looking", 9),
    Key("t", "t", "trace", "trace", "follow a request of the selected app, and another one with each press", "Looking"),
    Key("slash", "/", "filter", "filter", "filter the events; on the map or the apps: find a thing", "Looking", 8),
    Key("c", "c", "copy", "copy", "copy what the cursor stands on", "Looking"),
    Key("m", "m", "maximise", "maximise", "one panel over the whole screen, and back", "Looking"),
    Key("tab", "tab", "area(1)", "next panel", "next panel", "Moving"),
    Key("shift+tab", "shift+tab", "area(-1)", "panel before", "panel before", "Moving"),
    Key("left_square_bracket", "[", "back", "back", "what was looked at before", "Moving"),
    Key("right_square_bracket", "]", "forward", "forward", "and forward again", "Moving"),
    Key("escape", "esc", "escape", "close", "close, clear the filter, make small again", "Moving"),
    Key("question_mark", "?", "help", "help", "this help", "The console", 11),
    Key("q", "q", "leave", "quit", "quit; the journal is closed", "The console"),
)
"""Every key of the fleet's screen, in the order in which help lists them."""

TAB_KEYS: Final = tuple(Binding(str(number), f"tab({number})", f"tab {number}", show=False) for number in range(1, 10))

OTHER_HELP: Final = (
    ("arrows, h j k l", "move the selection; in the selected thing: left and right change the tab", "Moving"),
    ("1 … 9", "a tab of the selected thing", "Moving"),
    ("enter", "open what the cursor stands on", "Moving"),
    ("ctrl+p", "palette: any command on any target, or type a whole command line", "The console"),
    ("mouse", "click a thing, a tab, a key below; wheel to scroll", "The console"),
)


def bindings() -> list[Binding]:
    """Every key as Textual binds it."""
    return [*(key.binding() for key in KEYS), *TAB_KEYS]


def bar_keys(keymap: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """What the key bar shows: key, word, action, the most useful first."""
    palette = ("^p", "palette", "app.command_palette")
    shown = [(_in_bar(key, keymap), key.word, key.action) for key in _barred()]
    return [*shown[:8], palette, *shown[8:]]


def _in_bar(key: Key, keymap: Mapping[str, str]) -> str:
    shown = key.shown_with(keymap)
    return "+/-" if shown == "+" else shown


def _barred() -> list[Key]:
    return sorted((key for key in KEYS if key.bar), key=lambda key: key.bar)
