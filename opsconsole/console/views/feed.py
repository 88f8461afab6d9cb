"""The event feed, newest first: AWS's events in AWS's words, the simulator's truth in short sentences."""

from __future__ import annotations

from opsconsole.cloud import Cloud
from opsconsole.console.views.lines import Line


def event_feed(
    cloud: Cloud,
    width: int,
    *,
    truth: bool = True,
    ascii: bool = False,
    text_filter: str = "",
    limit: int = 200,
    source: str | None = None,
) -> list[Line]:
    """The newest `limit` rows; `source` keeps a thing and what belongs to it; in AWS's view only delivered events."""
    return []
