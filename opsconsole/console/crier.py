"""What an operator must not miss, as something to say in passing: nothing here decides when, or shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from opsconsole.console.notices import Tell
from opsconsole.drills.figures import span

if TYPE_CHECKING:
    from opsconsole.cloud.events import Row
    from opsconsole.engine.session import Session


def of_row(row: Row) -> Tell | None:
    """An app begins to fail or is well again; an order fails on the way. Anything else is only in the events."""
    match row.get("kind"), row.get("now"), row.get("outcome"):
        case "incident", "began", _ if row.get("reason") != "wrong":  # of wrong writes nobody is told
            return Tell("", f"{row['source']}: requests fail", "error")
        case "incident", "ended", _:
            return Tell("", f"{row['source']}: well again, after {span(round(float(row['rto_s'] or 0) * 1_000_000))}")
        case "command", _, "failed":
            return Tell(f"{row.get('code')}: {row.get('command')}", str(row.get("sentence")), "warning")
        case _:
            return None


def of_message(row: Row, session: Session) -> Tell | None:
    """Somebody says something, to everybody who looks at the session."""
    if row.get("kind") != "command" or row.get("outcome") != "running":
        return None
    from opsconsole.commands.session import Say

    order = session.order(int(row.get("order") or 0))
    if order is None or not isinstance(order.command, Say):
        return None
    to = f" to {order.command.target}" if order.command.target else ""
    return Tell(f"{order.who}{to}", order.command.text, "warning")


def of_brake(app: str, speed: float, ascii: bool) -> Tell:
    """The incident brake has bitten, and how to go on."""
    shown = f"{speed:g}{'x' if ascii else '×'}"
    return Tell("", f"{app} fails: slowed down to {shown}; r goes on as before", "warning")


def of_alarms(names: Sequence[str]) -> Tell:
    """Alarms ring, and where they are listed."""
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return Tell("CloudWatch", f"{names[0]}{more} in ALARM: A lists them", "warning")
