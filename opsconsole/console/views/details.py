"""What is known about the selected thing, in tabs that fit its kind."""

from __future__ import annotations

from opsconsole.cloud import Cloud
from opsconsole.console.views.lines import Line


def tabs_for(cloud: Cloud, id: str) -> list[str]:
    """The tabs of a thing, the first one shown first; empty for an id that is gone."""
    return []


def tab_view(
    cloud: Cloud, id: str, tab: str, width: int, height: int = 40, *, truth: bool = True, ascii: bool = False
) -> list[Line]:
    """One tab of a thing, in as many lines as it needs (a panel scrolls); `height` is a hint for what may be longer."""
    return []
