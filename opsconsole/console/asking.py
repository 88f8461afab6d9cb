"""Sending a command, and what there is to say about it at once."""

from __future__ import annotations

from opsconsole.commands import Command, UnknownTarget
from opsconsole.console.desk import Desk, ReadOnly
from opsconsole.console.notices import Tell
from opsconsole.engine.session import OrderState


def ask(desk: Desk, command: Command) -> Tell | None:
    """Ask for a command; a refusal by AWS, or why it was not even asked, comes back as something to say."""
    try:
        order = desk.ask(command)
    except (ReadOnly, UnknownTarget) as problem:
        return Tell("not asked", str(problem), "warning")
    if order.state is OrderState.REFUSED:
        return Tell(f"{order.code}: {order.line}", order.sentence, "warning")
    return None
