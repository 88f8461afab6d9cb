"""One line of text, asked for at the bottom of the screen: a filter as one types, a time to run to."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static


class PromptScreen(ModalScreen[None]):
    """Asks for a line.

    ``typed`` is called with every change. ``entered`` is called with the line when Enter is pressed: None closes the
    prompt, a sentence says what is wrong with the line. Escape closes it, and takes back what was typed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "close")]

    def __init__(
        self,
        label: str,
        value: str,
        hint: str,
        *,
        typed: Callable[[str], None] | None = None,
        entered: Callable[[str], str | None] | None = None,
    ) -> None:
        super().__init__()
        self._label = label
        self._before = value
        self._hint = hint
        self._typed = typed
        self._entered = entered

    def compose(self) -> ComposeResult:
        """The label, the line, and what is wrong with it."""
        with Horizontal(id="prompt"):
            yield Static(Content(f"{self._label} "), id="prompt-label")
            yield Input(self._before, placeholder=self._hint, id="prompt-line", select_on_focus=False, compact=True)
        yield Static("", id="prompt-problem")

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        self.query_one("#prompt-problem", Static).update("")
        if self._typed is not None:
            self._typed(event.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        problem = self._entered(event.value) if self._entered is not None else None
        if problem is None:
            self.dismiss()
        else:
            self.query_one("#prompt-problem", Static).update(Content(problem))

    def action_cancel(self) -> None:
        """Close, and take back what was typed."""
        if self._typed is not None:
            self._typed(self._before)
        self.dismiss()
