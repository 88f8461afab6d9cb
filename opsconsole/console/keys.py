"""The keys of the fleet's screen, in one list: bindings, the key bar and the help all come from it.

Single letters look, move or steer time. What changes the world begins with a leader key: o, x, H.
It imports Textual only to bind: the keys can be told without a screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
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
    screen: str = "fleet"

    def shown_with(self, keymap: Mapping[str, str]) -> str:
        """What people call it, when they have given it keys of their own."""
        return ", ".join(keymap[self.name].split(",")) if self.name in keymap else self.shown

    def binding(self) -> Binding:
        """The key as Textual binds it; its id is what a keymap calls it."""
        from textual.binding import Binding

        return Binding(self.keys, self.action, self.word, show=bool(self.bar), key_display=self.shown, id=self.name)

    @property
    def name(self) -> str:
        """What a keymap calls it."""
        action, _, arguments = self.action.partition("(")
        return f"{self.screen}.{action}{arguments.strip(')').replace(chr(39), '.')}"


WORLD: Final = "The world"
KEYS: Final = (
    Key("o", "o", "operate", "operate", "operations that fit the selected thing", WORLD, 1),
    Key("x", "x", "break_it", "break", "faults that fit the selected thing", WORLD, 2),
    Key("H", "H", "heal", "heal", "faults in force: end one, or all", WORLD, 3),
    Key("exclamation_mark", "!", "say", "say", "say something to everybody who looks at this session", WORLD),
    Key("space", "space", "pause", "pause", "pause time, or let it run", "Time", 4),
    Key("plus,equals_sign", "+", "faster", "speed", "faster: 0.1× to 3600×", "Time", 5),
    Key("minus", "-", "slower", "slower", "slower", "Time"),
    Key("full_stop", ".", "step", "step", "run to the next event, then pause", "Time"),
    Key("G", "G", "run_to", "run to", "run to a time or for a while (10m, T+1h, 09:30), then pause", "Time"),
    Key("b", "b", "brake", "brake", "incident brake on or off: 5× at most from an app's first failed request", "Time"),
    Key("r", "r", "release", "resume", "after the brake: go on at the speed of before", "Time"),
    Key("S", "S", "scrub", "scrub", "the session's line of time: look at an earlier moment, go on from it", "Time", 8),
    Key("v", "v", "view", "view", "the truth, or what AWS would show", "Looking", 7),
    Key(
        "R",
        "R",
        "recovery",
        "recovery",
        "ways back: time lines, and what a restore to any instant would bring",
        "Looking",
        8,
    ),
    Key("a", "a", "apps", "apps", "what users feel: availability, latency, error budget, incident", "Looking", 9),
    Key("T", "T", "drill", "drill", "the drill: what must hold, what happened, hints and questions", "Looking", 13),
    Key("d", "d", "describe", "describe", "the describe-* JSON of the selected thing", "Looking", 6),
    Key("D", "D", "dig", "dig", "how its names resolve, from which app", "Looking", 11),
    Key(
        "I",
        "I",
        "origins",
        "origins",
        "where the figures come from: simulation, catalog row, fleet file",
        "Looking",
        12,
    ),
    Key("A", "A", "alarms", "alarms", "CloudWatch alarms: what rings, and all of the selected thing", "Looking", 10),
    Key("M", "M", "metrics", "metrics", "CloudWatch metrics at large: course, threshold, source", "Looking", 10),
    Key("t", "t", "trace", "trace", "follow a request of the selected app, and another one with each press", "Looking"),
    Key(
        "slash",
        "/",
        "filter",
        "filter",
        "filter the events, the map (id, role, state); on the apps: find",
        "Looking",
        9,
    ),
    Key("z", "z", "zoom(-1)", "zoom", "nearer on the map: the fleet, a Region, a zone, the selected thing", "Looking"),
    Key("Z", "Z", "zoom(1)", "wider", "further away on the map", "Looking"),
    Key("s", "s", "sort", "sort", "sort the apps or the databases by the next column; it is remembered", "Looking"),
    Key("i", "i", "reverse", "reverse", "sort them the other way round", "Looking"),
    Key("c", "c", "copy", "copy", "copy what the cursor stands on", "Looking"),
    Key("m", "m", "maximise", "maximise", "one panel over the whole screen, and back", "Looking"),
    Key("w", "w", "hide", "hide", "hide this panel; it is remembered", "Looking"),
    Key("W", "W", "unhide", "all panels", "show every panel again", "Looking"),
    Key("P", "P", "projector", "projector", "few, large figures that a room can read", "Looking"),
    Key("tab", "tab", "area(1)", "next panel", "next panel", "Moving"),
    Key("shift+tab", "shift+tab", "area(-1)", "panel before", "panel before", "Moving"),
    Key("J", "J", "jump_to", "jump", "jump: a letter on every panel, tab and list; press it to go there", "Moving", 14),
    Key("left_square_bracket", "[", "back", "back", "what was looked at before", "Moving"),
    Key("right_square_bracket", "]", "forward", "forward", "and forward again", "Moving"),
    Key(
        "escape",
        "esc",
        "escape",
        "close",
        "close, clear the filter, make small again, from the selected thing back to the map",
        "Moving",
    ),
    Key("question_mark", "?", "help", "help", "this help", "The console", 12),
    Key("q", "q", "leave", "quit", "quit; the journal is closed", "The console"),
)
"""Every key of the fleet's screen, in the order in which help lists them."""

Row = tuple[str, str, str, str, str, int]
"""One key of a screen: Textual's names for it, what people call it, the action, a word, a sentence, its place."""


def _keys_of(group: str, screen: str, *rows: Row) -> tuple[Key, ...]:
    return tuple(
        Key(keys, shown, action, word, sentence, group, bar, screen)
        for keys, shown, action, word, sentence, bar in rows
    )


ON_A_LINE: Final = (
    ("left,h", "left, h", "move(-1)", "move", "the cursor a column back in time", 1),
    ("right,l", "right, l", "move(1)", "later", "the cursor a column on", 0),
    ("left_square_bracket,pageup,shift+left", "[, pgup", "move(-10)", "back", "ten columns back", 0),
    ("right_square_bracket,pagedown,shift+right", "], pgdn", "move(10)", "on", "ten columns on", 0),
    ("n", "n", "jump(1)", "next", "to what stands next on the line", 2),
    ("N", "N", "jump(-1)", "before", "to what stands before", 0),
    ("z", "z", "zoom(-1)", "zoom", "nearer", 3),
    ("Z", "Z", "zoom(1)", "wider", "wider, up to all there is", 0),
    ("home", "home", "edge(0)", "first", "to the earliest there is", 0),
    ("end", "end", "edge(1)", "now", "to now", 0),
)
"""The keys of every screen with a line of time."""

RECOVERY: Final = "Recovery"
RECOVERY_KEYS: Final = _keys_of(
    RECOVERY,
    "recovery",
    *ON_A_LINE,
    ("up,k", "up, k", "choose(-1)", "way", "the way back before", 4),
    ("down,j", "down, j", "choose(1)", "next way", "the next way back, or what is left to do", 0),
    ("enter", "enter", "do", "restore", "ask for what is chosen: its form opens, and nothing is done before", 5),
    ("tab", "tab", "database(1)", "database", "the next database", 6),
    ("shift+tab", "shift+tab", "database(-1)", "database before", "the database before", 0),
    ("shift+down", "shift+down", "scroll(1)", "read on", "scroll what stands below the line", 0),
    ("shift+up", "shift+up", "scroll(-1)", "read back", "and back", 0),
    ("escape,q,R", "esc", "close", "close", "back to the fleet", 7),
)
"""The keys of the Recovery screen, beside those that it shares with the fleet's."""

SCRUBBER: Final = "The session's line of time"
SCRUBBER_KEYS: Final = _keys_of(
    SCRUBBER,
    "scrubber",
    *ON_A_LINE,
    ("G", "G", "run_to", "go to", "to a time: 12m or T+12m (since the beginning), 09:12", 4),
    ("enter", "enter", "look", "look", "the fleet as it was then: everything that only looks", 5),
    ("B", "B", "branch", "branch", "go on from that moment, as a session with a journal of its own", 6),
    ("escape,q,S", "esc", "close", "now", "back to now: time goes on as it did", 7),
)
"""The keys of the scrubber."""

PAST: Final = "In the past"
PAST_KEYS: Final = (
    Key("n", "n", "jump(1)", "next", "to what stands next on the line of time", PAST, 1, "past"),
    Key("N", "N", "jump(-1)", "before", "to what stands before", PAST, 0, "past"),
    Key("G", "G", "run_to", "go to", "to another time, earlier or later", PAST, 2, "past"),
    Key("B", "B", "branch", "branch", "go on from this moment, as a session of its own", PAST, 3, "past"),
    Key("q,S", "esc, S", "close", "line", "back to the line of time", PAST, 4, "past"),
)
"""The keys of the fleet as it was, beside those that look and steer time: there time is the past's."""

APPS: Final = "Apps"
APPS_KEYS: Final = _keys_of(
    APPS,
    "apps",
    ("down,j,tab", "down, j", "choose(1)", "app", "the next app", 1),
    ("up,k,shift+tab", "up, k", "choose(-1)", "app before", "the app before", 0),
    ("right,l", "right, l", "page(1)", "panel", "the next panel; page up and page down scroll it", 2),
    ("left,h", "left, h", "page(-1)", "panel before", "the panel before", 0),
    ("e", "e", "connect", "connect", "connect from the app to a name: what it would get now; changes nothing", 3),
    ("t", "t", "trace", "trace", "follow another tracer request", 4),
    ("enter", "enter", "operate", "operate", "operations that fit the app, as o", 0),
    ("escape,q,a", "esc", "close", "close", "back to the fleet", 5),
)
"""The keys of the Apps screen, beside those that it shares with the fleet's."""

DRILL: Final = "Drill"
DRILL_KEYS: Final = (
    *_keys_of(
        DRILL,
        "drill",
        ("n", "n", "hint", "hint", "the next hint of a lesson; it costs points", 1),
        ("tab", "tab", "panel", "panel", "the other panel", 2),
        ("escape,q,T", "esc", "close", "fleet", "to the fleet, and T back to the drill", 3),
    ),
    *(
        Key(str(n), str(n), f"answer({n})", f"answer {n}", f"answer {n} to the open question", DRILL, 0, "drill")
        for n in range(1, 7)
    ),
)
"""The keys of the Drill screen, beside those that it shares with the fleet's."""

METRICS: Final = "Metrics"
METRICS_KEYS: Final = _keys_of(
    METRICS,
    "metrics",
    ("down,j", "down, j", "choose(1)", "metric", "the next metric", 1),
    ("up,k", "up, k", "choose(-1)", "metric before", "the metric before", 0),
    ("tab,right,l", "tab, l", "part(1)", "part", "the same of the next instance or node", 2),
    ("shift+tab,left,h", "shift+tab, h", "part(-1)", "part before", "and of the one before", 0),
    ("z", "z", "zoom(-1)", "zoom", "nearer, down to five minutes", 3),
    ("Z", "Z", "zoom(1)", "wider", "wider, up to an hour", 0),
    ("c", "c", "copy", "copy", "copy the chart", 0),
    ("escape,q,M", "esc", "close", "close", "back to the fleet", 4),
)
"""The keys of the Metrics screen, beside those that it shares with the fleet's."""

PROJECTOR: Final = "Projector"
PROJECTOR_KEYS: Final = (
    Key("escape,q,P", "esc", "close", "fleet", "to the fleet, and P back to the figures", PROJECTOR, 1, "projector"),
)
"""The keys of the projector, beside those that it shares with the fleet's."""

SHARED: Final = tuple(
    key for key in KEYS if key.group in (WORLD, "Time") or key.keys in ("v", "d", "I", "c", "J", "question_mark")
)

STEERING: Final = tuple(key for key in SHARED if key.group == "Time" or key.keys in ("v", "I", "question_mark"))
"""The keys that a screen without a selection shares: time, the view, origins, help."""

WATCHING: Final = tuple(key for key in STEERING if key.group != "Time")
"""The keys that a screen shares on which time cannot be steered: the view, origins, help."""

SORTING: Final = tuple(key for key in KEYS if key.action in ("sort", "reverse"))
"""The keys of a screen that shows a list."""

LOOKS: Final = tuple(key for key in KEYS if key.action in ("apps", "recovery", "projector", "metrics", "alarms", "dig"))
"""The keys that open another look, for a screen that one can stay in: a drill's."""

EVERY: Final = (
    *KEYS,
    *APPS_KEYS,
    *RECOVERY_KEYS,
    *SCRUBBER_KEYS,
    *PAST_KEYS,
    *DRILL_KEYS,
    *METRICS_KEYS,
    *PROJECTOR_KEYS,
)
"""The keys of all screens, in the order in which help lists them."""

ACTIONS: Final = {key.name.removeprefix("fleet."): key for key in EVERY}
"""Every key by what a person's own file calls its action."""

OTHER_HELP: Final = (
    ("arrows, h j k l", "move the selection; in the selected thing: left and right change the tab", "Moving"),
    ("1 … 9", "a tab of the selected thing", "Moving"),
    ("enter", "open what the cursor stands on", "Moving"),
    ("ctrl+p", "palette: any command on any target, or type a whole command line", "The console"),
    ("mouse", "click a thing, a tab, a key below; wheel to scroll", "The console"),
)


IN_BAR: Final = {
    "fleet.faster": "+/-",
    "recovery.move-1": "h/l",
    "recovery.choose-1": "j/k",
    "recovery.jump1": "n/N",
    "recovery.zoom-1": "z/Z",
    "scrubber.move-1": "h/l",
    "scrubber.jump1": "n/N",
    "scrubber.zoom-1": "z/Z",
    "past.jump1": "n/N",
    "past.close": "esc",
    "apps.choose1": "j/k",
    "apps.page1": "h/l",
    "metrics.choose1": "j/k",
    "metrics.zoom-1": "z/Z",
}
"""How the key bar shows a key that has a counterpart."""


def bindings() -> list[Binding]:
    """Every key as Textual binds it."""
    from textual.binding import Binding

    tabs = (Binding(str(number), f"tab({number})", f"tab {number}", show=False) for number in range(1, 10))
    return [*(key.binding() for key in KEYS), *tabs]


def visit_bindings(own: tuple[Key, ...], besides: tuple[Key, ...] = SHARED) -> list[Binding]:
    """The keys of another screen as Textual binds them: its own, and those that it shares with the fleet's."""
    return [key.binding() for key in (*own, *besides)]


def visit_bar_keys(
    own: tuple[Key, ...], besides: tuple[Key, ...], keymap: Mapping[str, str]
) -> list[tuple[str, str, str]]:
    """What the key bar of another screen shows: its own keys first."""
    return [(_in_bar(key, keymap), key.word, key.action) for keys in (own, besides) for key in _barred(keys)]


def only_looking(keys: tuple[Key, ...]) -> tuple[Key, ...]:
    """The keys without those that change the world."""
    return tuple(key for key in keys if key.group != WORLD)


def bar_keys(keymap: Mapping[str, str], *, changes: bool = True) -> list[tuple[str, str, str]]:
    """What the key bar shows: key, word, action, the most useful first; in a session that only looks no other keys."""
    palette = ("^p", "palette", "app.command_palette")
    shown = [(_in_bar(key, keymap), key.word, key.action) for key in _barred(KEYS if changes else only_looking(KEYS))]
    return [*shown[:8], palette, *shown[8:]]


def _in_bar(key: Key, keymap: Mapping[str, str]) -> str:
    return key.shown_with(keymap) if key.name in keymap else IN_BAR.get(key.name, key.shown)


def _barred(keys: tuple[Key, ...]) -> list[Key]:
    return sorted((key for key in keys if key.bar), key=lambda key: key.bar)
