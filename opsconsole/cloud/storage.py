"""What a DB cluster keeps its data in, as the rest of the cloud sees it.

Aurora has one volume that all its instances share (`volume.py`); in a Multi-AZ DB cluster every instance has storage of
its own and the writer waits for another one (`semisync.py`). Who reads, writes or counts need not know which.
"""

from __future__ import annotations

from typing import Protocol

from opsconsole.cloud.content import Content
from opsconsole.cloud.places import Zone
from opsconsole.cloud.writelog import Branch


class Storage(Protocol):
    """The data of one cluster. Positions are in nano-writes, times in microseconds."""

    bytes_per_write: int

    @property
    def branch(self) -> Branch:
        """The history it holds."""

    @property
    def full(self) -> bool:
        """Whether there is no room for another write."""

    @property
    def write_trouble(self) -> str:
        """What a client is told whose write waits in vain."""

    @property
    def read_trouble(self) -> str:
        """What a client is told whose read waits in vain."""

    @property
    def full_trouble(self) -> str:
        """What a client is told whose write has no room."""

    def can_write(self, zone: Zone) -> bool:
        """Whether a write by the writer, in `zone`, is acknowledged."""

    def can_read(self, zone: Zone) -> bool:
        """Whether an instance in `zone` reads what is stored."""

    def commit_us(self, zone: Zone) -> int:
        """How long the acknowledgement takes that a writer in `zone` waits for; 0 where none comes."""

    def position(self, now_us: int) -> int:
        """What it holds by now."""

    def content(self, at_us: int) -> Content:
        """Up to which write it has, or had, the history."""

    def used_bytes(self, now_us: int) -> int:
        """Bytes of data in it."""

    def places_changed(self) -> None:
        """Power or links of the region changed."""
