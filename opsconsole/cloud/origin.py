"""What a restored or cloned database begins with, and what somebody gives up who uses it from then on."""

from __future__ import annotations

from typing import NamedTuple

from opsconsole.cloud.content import FOR_EVER_US, Content
from opsconsole.cloud.writelog import Branch


class Origin(NamedTuple):
    """What a new database begins with. `instead` is what somebody who uses it from now on gives up.

    `base_us` is the time of the snapshot that a restore to a point in time begins from; logs are replayed from there.
    """

    content: Content
    instead: Content
    base_us: int | None = None


def origin_of(content: Content, alive: Branch | None, newest: Content | None, base_us: int | None = None) -> Origin:
    """A restore of `content`. Of a database that lives, on the branch `alive`, all it has and goes on to write is
    given up; of one that is down or gone, the `newest` that its backups could give back: the rest is lost.
    """
    if alive is not None:
        return Origin(content, Content(alive, FOR_EVER_US), base_us)
    if newest is None or newest.until_us <= content.until_us:
        return Origin(content, content, base_us)
    return Origin(content, newest, base_us)
