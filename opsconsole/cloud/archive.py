"""The automated backups of one database: from which moments it can be restored, and how that moves by itself.

RDS takes a snapshot each day and uploads transaction logs every five minutes; Aurora backs its volume up all the time.
Either way only the daily snapshot is an event: what is restorable, and what has expired, are formulas over time. What
lies before the run counts as taken: the things of a fleet file are older than the run.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from opsconsole import catalog
from opsconsole.cloud.calendar import MINUTE_US, next_begin_us, window_of
from opsconsole.cloud.content import Content
from opsconsole.cloud.snapshots import Snapshot
from opsconsole.cloud.world import World
from opsconsole.cloud.writelog import HISTORY_US
from opsconsole.simulation import Step, noise, noise_key

if TYPE_CHECKING:
    from opsconsole.cloud.volume import Volume

DAY_US = 1440 * MINUTE_US


class Archive:
    """What RDS keeps of one database.

    `days` is the retention, 0 for none. `begins_us` is since when there are backups at all, None before the first one.
    `taken` are the daily snapshots of the run, the oldest first; `daily` is False for Aurora, which needs none.
    `picture` says what its database was at a time.
    `failures` are the faults that keep backups from being made, and nobody is told.
    """

    def __init__(
        self,
        world: World,
        owner: str,
        days: int,
        content: Callable[[int], Content],
        picture: Callable[[str, int], Snapshot],
        window: Callable[[], str],
        *,
        of_cluster: bool,
        daily: bool,
    ) -> None:
        self.world = world
        self.owner = owner
        self.retention: Step[int] = Step(days, world.now_us)
        self.volume: Volume | None = None  # Aurora's, which is backed up all the time
        self.content = content
        self.begins_us: int | None = None
        self.taken: list[Snapshot] = []
        self.failures: dict[str, None] = {}
        self.closed_us: int | None = None  # when its database was deleted
        self.of_cluster = of_cluster
        self.daily = daily
        self.picture = picture
        self._window = window
        self._uploads_since_us: int | None = None
        self._uploaded_us: int | None = None  # up to where logs were uploaded when that stopped
        self._every_us = round(catalog.assumption("log-upload-s").value * 1_000_000)
        self._phase_us = int(noise(noise_key(world.seed, owner, "log upload"), 0) * self._every_us)

    @property
    def days(self) -> int:
        """The retention."""
        return self.retention.value

    @property
    def region(self) -> str:
        """The Region that keeps them."""
        at_us = self.world.now_us if self.closed_us is None else self.closed_us
        return self.picture(self.name_at(at_us), at_us).region

    @property
    def prefix(self) -> str:
        """How the names of its snapshots begin."""
        return f"rds:{self.owner}-"

    def name_at(self, at_us: int) -> str:
        """What AWS calls the automated snapshot of a time."""
        return f"{self.prefix}{self.world.fleet.start + timedelta(microseconds=at_us):%Y-%m-%d-%H-%M}"

    # -- what is kept -------------------------------------------------------------------------------------------

    def begin(self, since_us: int) -> None:
        """Backups are on; whatever is younger than `since_us` can be had."""
        self.begins_us = since_us
        self.keep_history()

    def begin_before_the_run(self) -> None:
        """Backups have been on for long: the database is older than the run."""
        if self.days:
            self.begin(-round(catalog.assumption("fleet-age-days").value) * DAY_US)

    def keep_history(self) -> None:
        """Let the write log remember as far back as a restore may go."""
        for branch, _ in self.content(self.world.now_us).pieces():
            branch.keep_us = max(HISTORY_US, branch.keep_us, (self.days + 1) * DAY_US)

    def set_days(self, days: int) -> None:
        """Another retention. What has expired does not come back with a longer one; 0 deletes all there is at once."""
        if not days:
            self.begins_us = None
            self.let_go()
        elif self.begins_us is not None:
            self.begins_us = max(self.begins_us, self.horizon_us())
            self._keep(self._in_retention(self.taken))
        self.retention.set(self.world.now_us, days)
        self.keep_history()

    def add(self, snapshot: Snapshot) -> None:
        """A daily snapshot more; those that have expired go."""
        self._keep([*self._in_retention(self.taken), snapshot])

    def let_go(self) -> None:
        """Nothing of it is asked for any more."""
        self._keep([])

    def _keep(self, snapshots: list[Snapshot]) -> None:
        """What these hold is remembered, however old: a replica that lags for days is backed up as it is."""
        for snapshot in snapshots:
            snapshot.content.pin()
        for snapshot in self.taken:
            snapshot.content.unpin()
        self.taken = snapshots

    def horizon_us(self) -> int:
        """What was taken before this has expired."""
        return self.world.now_us - self.days * DAY_US

    def _in_retention(self, snapshots: list[Snapshot]) -> list[Snapshot]:
        return [snapshot for snapshot in snapshots if snapshot.created_us > self.horizon_us()]

    def snapshots(self) -> list[Snapshot]:
        """The automated snapshots there are now, the oldest first."""
        before = [self.picture(self.name_at(at), at) for at in self._before_the_run()]
        return [*before, *self._in_retention(self.taken)]

    def names(self) -> list[str]:
        """Their names."""
        before = [self.name_at(at) for at in self._before_the_run()]
        return [*before, *(snapshot.name for snapshot in self._in_retention(self.taken))]

    def find(self, name: str) -> Snapshot | None:
        """The snapshot of a name, if there is one now."""
        if name.startswith(self.prefix):
            at = next((at for at in self._before_the_run() if self.name_at(at) == name), None)
            if at is not None:
                return self.picture(name, at)
        return next((one for one in self._in_retention(self.taken) if one.name == name), None)

    def _before_the_run(self) -> list[int]:
        """The times of the daily snapshots that the run began with, those that have not expired, the oldest first."""
        oldest = max(self.begins_us or 0, self.horizon_us())
        if not self.daily or self.begins_us is None or oldest >= 0:
            return []
        start, length_us = self.world.fleet.start, window_of(self._window()).length_min * MINUTE_US
        first = next_begin_us(start, -DAY_US, self._window())
        times = range(first if first + length_us <= 0 else first - DAY_US, oldest, -DAY_US)
        return list(reversed(times))

    # -- what can be restored -----------------------------------------------------------------------------------

    def review(self, uploads: bool) -> None:
        """Logs are uploaded from now on, or are not: the engine runs, and nothing keeps backups from being made."""
        now = self.world.now_us
        if uploads and self._uploads_since_us is None:
            self._uploads_since_us = now if now else -DAY_US
        elif not uploads and self._uploads_since_us is not None:
            self._uploaded_us = self._uploaded(now)
            self._uploads_since_us = None

    def _uploaded(self, at_us: int) -> int | None:
        """Up to which commit time logs had been uploaded: in steps."""
        if self._uploads_since_us is None:
            return self._uploaded_us
        last = self._last_upload(at_us)
        return last if last >= self._uploads_since_us else self._uploaded_us

    def _last_upload(self, at_us: int) -> int:
        return (at_us - self._phase_us) // self._every_us * self._every_us + self._phase_us

    def next_upload_us(self) -> int | None:
        """When logs will be uploaded next; None while they are not."""
        return None if self._uploads_since_us is None else self._last_upload(self.world.now_us) + self._every_us

    def latest_us(self) -> int | None:
        """`LatestRestorableTime` now; None if nothing can be restored."""
        earliest, uploaded = self.earliest_us(), self._uploaded(self.world.now_us)
        if earliest is None:
            return None
        if self.closed_us is not None and uploaded is None:
            return earliest
        return max(earliest, uploaded if uploaded is not None else earliest)

    def newest(self) -> Content | None:
        """The youngest state that can be restored now; None if nothing can be."""
        latest = self.latest_us()
        return None if latest is None else self.content(latest)

    def earliest_us(self) -> int | None:
        """`EarliestRestorableTime` now: the oldest snapshot's, or the retention's end."""
        if self.begins_us is None:
            return None
        if not self.daily:
            earliest = max(self.begins_us, self.horizon_us())
            return None if self.closed_us is not None and earliest >= self.closed_us else earliest
        before = self._before_the_run()  # asked at every look at a database: no snapshot is pictured for it
        taken = (snapshot.created_us for snapshot in self._in_retention(self.taken) if snapshot.available)
        return before[0] if before else next(taken, None)

    def base(self, at_us: int) -> Snapshot | None:
        """The snapshot that a restore to a time begins from: the newest before it."""
        before = [one for one in self.snapshots() if one.available and one.created_us <= at_us]
        return before[-1] if before else None

    def close(self) -> None:
        """Its database is deleted and its backups are kept, until they expire."""
        self.review(False)
        self.closed_us = self.world.now_us

    def gone_us(self) -> int | None:
        """When the last of what is kept of a deleted database expires: logs are of no use without a snapshot."""
        if self.daily:
            kept = [snapshot for snapshot in self.snapshots() if snapshot.available]
            return kept[-1].created_us + self.days * DAY_US if kept else None
        latest = self.latest_us()
        return None if latest is None else latest + self.days * DAY_US
