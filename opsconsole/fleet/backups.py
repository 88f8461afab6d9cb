"""Backup retention, backup windows and maintenance windows: the same rules for every service, with other numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from opsconsole import catalog

from .reading import Scope
from .text import quoted
from .units import format_duration
from .windows import Window, read_daily, read_weekly

DAY_S: Final = 86_400

Service: TypeAlias = Literal["rds", "cache"]
DAILY: Final[Mapping[Service, str]] = {"rds": "backup_window", "cache": "snapshot_window"}
"""The key of the daily window."""


def resolve_retention(
    retention: float | None, whose: str, limit: catalog.Limit, scope: Scope, key: str = "backup_retention"
) -> int:
    """Whole days that backups are kept: at least what AWS has, or none where it allows 0."""
    least = limit.minimum or 0
    if retention is None:
        return max(least, 1)
    days = retention / DAY_S
    if not least <= days <= limit.value:
        wrong = f"{format_duration(retention)} is outside what {whose} allows, {least} to {limit.value} days"
        never = f"; {whose}'s backups cannot be switched off" if least else ""
        scope.add(key, wrong=wrong, right=f'write "{least}d" to "{limit.value}d"{never}')
    elif days % 1:
        scope.add(key, wrong="backups are kept for whole days", right=f'write "{max(1, round(days))}d"')
    return int(days)


def check_windows(maintenance: str, backups: str | None, scope: Scope, service: Service = "rds") -> None:
    """Windows as long as AWS wants them, which never run at the same time. `backups` is None where there are none."""
    weekly = read_weekly(maintenance)
    _check_length(weekly, maintenance, "maintenance_window", service, scope)
    if backups is None or weekly is None:
        return
    key = DAILY[service]
    daily = read_daily(backups)
    _check_length(daily, backups, key, service, scope)
    if daily is not None and weekly.overlaps(daily):
        wrong = f"the maintenance window {quoted(maintenance)} overlaps the {key} {quoted(backups)}"
        scope.add("maintenance_window", wrong=wrong, right="move one of the two: AWS keeps them apart")


def _check_length(window: Window | None, text: str, key: str, service: Service, scope: Scope) -> None:
    prefix = "cache-" if service == "cache" else ""
    limit = catalog.limit(f"{prefix}{key.replace('_', '-')}-minutes")
    least = limit.minimum or 0
    if window is not None and window.length_min < least:
        wrong = f"the window {quoted(text)} is shorter than {least} minutes"
        scope.add(key, wrong=wrong, right=f"let it end {least} minutes after it begins, or later")
