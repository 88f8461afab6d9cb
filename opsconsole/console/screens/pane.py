"""A text over the screen, in pages: describe-* JSON, how a name resolves, where figures come from, help."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.screen import ModalScreen

from opsconsole.console import keys
from opsconsole.console.bars import tab_line
from opsconsole.console.desk import Desk
from opsconsole.console.notices import Tell
from opsconsole.console.screens.jump import jump_over
from opsconsole.console.screens.panels import TabBar
from opsconsole.console.views import Line, describe_text, dig_text, kind_of, line, plain
from opsconsole.console.views.glyphs import MEANINGS, in_ascii
from opsconsole.console.views.things import host_of
from opsconsole.console.widgets import LinesView
from opsconsole.console.wrapping import fitted

HINT = "esc closes - c copies - left/right turn"


class Page(NamedTuple):
    """One page: its tab, and how its lines are made when it is shown."""

    title: str
    lines: Callable[[], Sequence[Line]]


class PaneScreen(ModalScreen[None]):
    """Shows pages of text. Left and right turn them, ``c`` copies, ``v`` changes the view, escape closes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,d,D,I,question_mark", "dismiss", "close"),
        Binding("left,h,shift+tab", "turn(-1)", "page before", priority=True),
        Binding("right,l,tab", "turn(1)", "next page", priority=True),
        Binding("c", "copy", "copy"),
        Binding("v", "view", "view"),
        Binding("J", "jump_to", "jump"),
    ]

    def __init__(self, desk: Desk, title: str, pages: Sequence[Page], hint: str = HINT) -> None:
        super().__init__()
        self._hint = hint
        self._desk = desk
        self._title_text = title
        self._pages = pages
        self._page = 0

    def compose(self) -> ComposeResult:
        """Tabs over a scrolling text."""
        with Container(id="pane"):
            yield TabBar(id="pane-tabs")
            yield LinesView(id="pane-text")

    def on_mount(self) -> None:
        """Show the first page."""
        frame = self.query_one("#pane", Container)
        frame.border_title = Content(self._title_text)
        frame.border_subtitle = Content(self._hint)
        self._show(0)
        self.query_one("#pane-text", LinesView).focus()

    def on_resize(self, event: events.Resize) -> None:
        """Fit the text anew."""
        self.call_after_refresh(self._show, self._page)

    def _show(self, page: int) -> None:
        self._page = page
        titles = [page.title for page in self._pages]
        self.query_one("#pane-tabs", LinesView).set_lines(
            [tab_line(titles, titles[page], self._width(), ascii=self._desk.ascii, numbered=False)]
        )
        self.query_one("#pane-text", LinesView).set_lines(fitted(self._pages[page].lines(), self._width() - 1))

    def _width(self) -> int:
        return self.query_one("#pane", Container).content_size.width or self.size.width - 8

    @on(LinesView.Selected)
    def _tab_clicked(self, event: LinesView.Selected) -> None:
        event.stop()
        if event.view.id != "pane-tabs":
            return
        self._show([page.title for page in self._pages].index(event.ref))

    def action_turn(self, by: int) -> None:
        """Another page."""
        self._show((self._page + by) % len(self._pages))
        self.query_one("#pane-text", LinesView).scroll_home(animate=False)

    def action_view(self) -> None:
        """The same page in the other view; a drill shows AWS's until its debrief."""
        if self._desk.drilling:
            self.post_message(Tell("view", "AWS's view until the debrief, which shows both"))
            return
        self._desk.looking.truth = not self._desk.looking.truth
        self._show(self._page)

    def action_jump_to(self) -> None:
        """A letter on each page."""
        jump_over(self)

    def action_copy(self) -> None:
        """Copy the page."""
        self.app.copy_to_clipboard(f"SIMULATED\n{plain(self._pages[self._page].lines())}")
        self.post_message(Tell("copied", self._pages[self._page].title))


def describe_pane(desk: Desk) -> PaneScreen:
    """The describe-* JSON of the selected thing, and of the whole fleet."""
    selected = desk.looking.selected

    def of(id: str | None) -> Callable[[], Sequence[Line]]:
        return lambda: _text_lines(describe_text(desk.cloud, id, truth=desk.looking.truth))

    return PaneScreen(desk, f"SIMULATED describe {selected}", [Page(selected, of(selected)), Page("all", of(None))])


def dig_pane(desk: Desk) -> PaneScreen:
    """How every name of the selected thing resolves: by itself, and as each app's processes have cached it."""
    cloud, selected = desk.cloud, desk.looking.selected
    names = names_of(desk, selected)

    def seen_from(app: str | None) -> Callable[[], Sequence[Line]]:
        return lambda: _text_lines("\n\n".join(dig_text(cloud, name, app) for name in names))

    apps = [selected] if selected in cloud.apps else users_of(desk, names) or list(cloud.apps)
    pages = [Page(f"from {app}", seen_from(app)) for app in apps]
    pages.insert(0, Page("by itself", seen_from(None)))
    if not names:
        pages = [
            Page(
                "dig",
                lambda: [line(f"{selected} has no name of its own; select a cluster, an instance, a cache, an app")],
            )
        ]
    return PaneScreen(desk, f"SIMULATED dig {selected}", pages)


def users_of(desk: Desk, names: Sequence[str]) -> list[str]:
    """The apps that call any of these names."""
    apps = desk.cloud.apps.items()
    return [id for id, app in apps if any(record.id in names for record, *_ in app.uses())]


def names_of(desk: Desk, selected: str) -> list[str]:
    """The names that belong to a thing, or that an app uses."""
    cloud = desk.cloud
    match kind_of(cloud, selected):
        case "app":
            return list(dict.fromkeys(record.id for record, *_ in cloud.apps[selected].uses()))
        case "cluster" | "multi-az cluster":
            return [record.id for record in cloud.clusters[selected].records() if not record.own]
        case "cache":
            return [record.id for record in cloud.caches[selected].records() if not record.own]
        case "global":
            return [cloud.global_databases[selected].endpoint.id]
        case "rds":
            return [cloud.rds[selected].record.id]
        case "host":
            return [host_of(cloud, selected).db.record.id]
        case "instance" | "cache node":
            return [selected] if selected in cloud.names.records else []
        case _:
            return []


def help_pane(desk: Desk) -> PaneScreen:
    """Keys, signs, and the grammar of commands."""
    return PaneScreen(
        desk,
        "opsconsole: help",
        [
            Page("keys", lambda: _key_lines(desk)),
            Page("commands", lambda: _command_lines(desk)),
            Page("signs", lambda: in_ascii(_sign_lines(), desk.ascii)),
        ],
    )


def _key_lines(desk: Desk) -> list[Line]:
    rows = [(key.shown_with(desk.keymap), key.sentence, key.group) for key in keys.EVERY]
    rows += list(keys.OTHER_HELP)
    lines: list[Line] = []
    for group in dict.fromkeys(group for _, _, group in rows):
        lines += [line((group, "title"))]
        lines += [line((f"  {shown:16}", "key"), sentence) for shown, sentence, of in rows if of == group]
        lines += [line("")]
    return lines


def _sign_lines() -> list[Line]:
    return [line((f"  {glyph}  ", "key"), meaning) for glyph, meaning in MEANINGS]


def _command_lines(desk: Desk) -> list[Line]:
    from opsconsole.commands import registry

    lines = [
        line("Every command is one line: its name, its target, and its fields. ", ("ctrl+p", "key"), " takes it."),
        line(("  az:outage us-east-1a for=30m", "accent")),
        line(""),
    ]
    for name, model in registry().items():
        fields = " ".join(f"{info.alias or key}=" for key, info in model.model_fields.items() if key != "target")
        lines.append(line((f"  {name:36} ", "key"), f"{model.takes}  ", (fields, "dim")))
        lines.append(line(f"    {model.title}", (f"  {model.danger}", "dim")))
    return lines


def _text_lines(text: str) -> list[Line]:
    return [line(row) for row in text.splitlines()]
