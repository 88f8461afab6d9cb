"""A command, filled in and confirmed: its fields, what it would touch, and the line that says the same.

Made from the command's own model. What AWS would refuse cannot be sent; what interrupts or loses anything begins with
the focus on Cancel; what cannot be undone asks for the resource's name.
"""

from __future__ import annotations

from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Input, Label, Select

from opsconsole.commands import Danger
from opsconsole.console.asking import ask
from opsconsole.console.desk import Desk
from opsconsole.console.drafts import NOT_GIVEN, Draft, FieldKind, FormField, Verdict, form_fields, judge
from opsconsole.console.screens.menu import DANGER_STYLE, about
from opsconsole.console.views import Line, blast_radius, line
from opsconsole.console.views.layout import Row
from opsconsole.console.widgets import LinesView
from opsconsole.console.wrapping import fitted, wrapped

HINT: Final = "tab next - enter presses - esc cancels"

FIELD_ROWS: Final = 4
"""At most, of a field: its label, which may be long, the input, and the space below."""

MOST_ASKED_ROWS: Final = 3
"""At most, of the line that is asked for."""

SPACED_ROWS: Final = 5
"""The line and the buttons, and the spaces above them and above the fields."""


class FormScreen(ModalScreen[None]):
    """Asks for a command's fields and for the decision."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "cancel"),
        Binding("ctrl+enter,ctrl+s,f10", "send", "do it", priority=True),
        Binding("down", "app.focus_next", "next field", show=False),
        Binding("up", "app.focus_previous", "field before", show=False),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
        Binding("pagedown", "read(1)", "read on", show=False, priority=True),
        Binding("pageup", "read(-1)", "read back", show=False, priority=True),
    ]

    def __init__(self, desk: Desk, draft: Draft) -> None:
        super().__init__()
        self._desk = desk
        self.draft = draft
        self.verdict = Verdict()
        self._fields = form_fields(desk.cloud, draft.model, draft.target)
        self._width = 0

    @property
    def _must_name(self) -> bool:
        return self.draft.model.danger is Danger.IRREVERSIBLE

    def compose(self) -> ComposeResult:
        """What it does; its fields; what it touches; the line; Cancel and the deed."""
        model = self.draft.model
        given = dict(self.draft.values)
        with Container(id="form"):
            yield LinesView(id="form-about")
            with VerticalScroll(id="form-fields", can_focus=False):
                for field in self._fields:
                    yield from _rows(field, given.get(field.key, field.default))
                if self._must_name:
                    yield Label(Content("cannot be undone"), classes="danger")
                    yield Input(id="form-name", compact=True, placeholder=f"type {self.draft.target} to confirm")
            yield LinesView(id="form-verdict")
            yield LinesView(id="form-line")
            with Horizontal(id="form-buttons"):
                yield Button("Cancel", id="form-cancel", compact=True)
                yield Button(Content(model.title), id="form-send", compact=True)

    def on_mount(self) -> None:
        """Judge the draft as it comes, and put the focus into its first field, or on the decision."""
        model = self.draft.model
        form = self.query_one("#form", Container)
        form.border_title = Content(f"{model.title}: {self.draft.target}")
        form.set_class(DANGER_STYLE[model.danger] == "bad", "-grave")
        for id in ("form-about", "form-verdict", "form-line"):
            self.query_one(f"#{id}", LinesView).can_focus = False
        self.query_one("#form-fields").display = bool(self._fields) or self._must_name
        self.screen_layout_refresh_signal.subscribe(self, self._laid_out)
        self._judge()
        empty = next(
            (field for field in self._fields if field.required and not dict(self.draft.values).get(field.key)), None
        )
        if self.draft.values and empty is None:
            self._decide()
        elif self._fields:
            self.query_one(f"#field-{(empty or self._fields[0]).key}", Widget).focus()
        else:
            self._decide()

    def _decide(self) -> None:
        """Focus the decision: the deed if it is safe, else Cancel, where a careless Enter does no harm."""
        safe = self.draft.model.danger is Danger.SAFE
        self.query_one("#form-send" if safe else "#form-cancel", Widget).focus()

    def _laid_out(self, screen: object) -> None:
        """Wrap what is said anew, whenever the form has become another width: a long one has none for a while."""
        if self._width != self.query_one("#form", Container).content_size.width:
            self._show()

    @on(Input.Changed)
    @on(Select.Changed)
    def _changed(self, event: Input.Changed | Select.Changed) -> None:
        event.stop()
        key = (event.control.id or "").removeprefix("field-")
        if isinstance(event, Input.Changed):
            value = event.value.strip()
        else:
            value = NOT_GIVEN if event.select.is_blank() else str(event.value)
        field = next((field for field in self._fields if field.key == key), None)
        if field is not None:
            self.draft = self.draft.given(key, NOT_GIVEN if value == field.default and not field.required else value)
        self._judge()

    def _judge(self) -> None:
        self.verdict = judge(self._desk.cloud, self.draft)
        self.query_one("#form-send", Button).disabled = not self._may_send()
        self._show()

    def _may_send(self) -> bool:
        if not self.verdict.may_be_asked:
            return False
        return not self._must_name or self.query_one("#form-name", Input).value.strip() == self.draft.target

    def _show(self) -> None:
        self._width = self.query_one("#form", Container).content_size.width
        width = max(20, self._width)
        said = [line(row) for row in wrapped(about(self.draft.model.__doc__ or ""), width)]
        about_rows = min(len(said), max(1, self.size.height // 5))
        self.query_one("#form-about", LinesView).set_lines(said)
        self.query_one("#form-about", LinesView).styles.height = about_rows
        asked = self._asked(width, min(MOST_ASKED_ROWS, self._room(about_rows)))
        verdict = verdict_lines(self.verdict, width, ascii=self._desk.ascii)
        view = self.query_one("#form-verdict", LinesView)
        view.set_lines(verdict)
        rows = max(1, min(len(verdict), self.size.height // 3, self._room(about_rows + len(asked) - 1)))
        view.styles.height = rows
        self._tell_keys(more=len(verdict) > rows)
        self.query_one("#form-line", LinesView).set_lines(asked)
        self.query_one("#form-line", LinesView).styles.height = len(asked)

    def _tell_keys(self, *, more: bool) -> None:
        """The keys, at the frame's foot; also the one that reads on, where not all that it would touch is in sight."""
        keys = f"{'pgdn more - ' if more else ''}{HINT}"
        foot = Content(f"SIMULATED  {self.draft.model.danger}   {keys}")
        self.query_one("#form", Container).border_subtitle = foot

    def action_read(self, by: int) -> None:
        """Scroll what the command would touch."""
        self.query_one("#form-verdict", LinesView).action_page(by)

    def on_key(self, event: events.Key) -> None:
        """What is typed on a button goes into the field that is left to fill in: the name to confirm, or the first."""
        inputs = list(self.query(Input))
        if isinstance(self.focused, Button) and event.is_printable and event.character != " " and inputs:
            event.stop()
            field = inputs[-1 if self._must_name else 0]
            self.set_focus(field)
            field.post_message(events.Key(event.key, event.character))  # behind the focus, which selects what is there

    def _asked(self, width: int, rows: int) -> list[Line]:
        """The line that is asked for, in so many rows at most; cut where it would need more."""
        text = (self.draft.line(), "accent")
        whole = fitted([line(text)], width)
        return whole if len(whole) <= rows else [Row(text).line(width)]

    def _room(self, said_rows: int) -> int:
        """Rows for the verdict that leave what is said above, the line and the buttons on the screen."""
        inside = self.size.height - 2
        fields = min(inside // 2, FIELD_ROWS * (len(self._fields) + self._must_name))
        return inside - said_rows - fields - SPACED_ROWS

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        last = self.query_one("#form-name") if self._must_name else self.query_one(f"#field-{self._fields[-1].key}")
        if event.input is last:
            self._decide()
        else:
            self.focus_next()

    @on(Button.Pressed, "#form-cancel")
    def _cancelled(self) -> None:
        self.notify(
            f"{self.draft.model.title} {self.draft.target}: not asked", title="cancelled", timeout=2, markup=False
        )
        self.dismiss()

    @on(Button.Pressed, "#form-send")
    def action_send(self) -> None:
        """Ask for the command, unless something is missing or AWS would refuse it."""
        self._judge()
        command = self.verdict.command
        if command is None or not self._may_send():
            return
        answer = ask(self._desk, command)
        if answer is not None:
            self.post_message(answer)
        self.dismiss()


def verdict_lines(verdict: Verdict, width: int, *, ascii: bool) -> list[Line]:
    """What is missing, or AWS's refusal, or the blast radius."""
    if verdict.missing:
        return [line((row, "warn")) for row in wrapped(verdict.missing, width)]
    if verdict.code:
        return [
            line((row, "bad"))
            for row in wrapped(f"AWS would refuse this now: {verdict.code}: {verdict.sentence}", width)
        ]
    return blast_radius(verdict.preview, width, ascii=ascii) if verdict.preview is not None else []


def _rows(field: FormField, value: str) -> ComposeResult:
    """A field's label and its widget, then its hint."""
    id = f"field-{field.key}"
    label = f"{field.key}{' (needed)' if field.required else ''}"
    hint = Content(f"{label}  {field.hint}" if field.hint else label)
    match field.kind:
        case FieldKind.CHOICE:
            yield Label(hint)
            options = [(Content(choice), choice) for choice in field.choices if choice != NOT_GIVEN]
            known = value in field.choices
            blank = NOT_GIVEN in field.choices or field.required or not known
            chosen = value if known and value != NOT_GIVEN else Select.NULL
            prompt = "not given" if known or not value else f"{value} is none of these"
            yield Select(options, value=chosen, allow_blank=blank, prompt=prompt, id=id, compact=True)
        case FieldKind.TEXT:
            yield Label(hint)
            yield Input(value, id=id, compact=True)
