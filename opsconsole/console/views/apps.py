"""The applications: what users feel."""

from __future__ import annotations

from opsconsole.cloud import Cloud
from opsconsole.console.views.lines import Line, line


def apps_view(
    cloud: Cloud, width: int, *, truth: bool = True, ascii: bool = False, selected: str | None = None
) -> list[Line]:
    """One line per app: state, ok share, p99, rate, trend, and the timer of a running incident."""
    return [line(id, ref=id, key=id) for id in cloud.apps]
