"""RPO: the length of the longest interval whose good acknowledged writes are gone, lost or given up."""

from __future__ import annotations

from opsconsole.cloud import Cloud, losses
from opsconsole.cloud.books import REQUEST
from opsconsole.cloud.losses import Gap


def missing(cloud: Cloud, app: str) -> list[Gap]:
    """Intervals in which good acknowledged writes of an app were made that its database has not, the oldest first."""
    return [gap for gap in losses.missing(cloud, app, cloud.now_us) if gap.writes >= REQUEST]


def longest_us(found: list[Gap]) -> int:
    """The length of the longest of them; those that touch are one."""
    longest, begin, end = 0, None, 0
    for gap in found:
        if begin is None or gap.begins_us > end:
            begin, end = gap.begins_us, gap.ends_us
        else:
            end = max(end, gap.ends_us)
        longest = max(longest, end - begin)
    return longest


def longest_loss_us(cloud: Cloud, app: str) -> int:
    """An app's RPO as it stands, in microseconds."""
    return longest_us(missing(cloud, app))
