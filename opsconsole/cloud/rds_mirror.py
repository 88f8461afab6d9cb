"""The synchronous copy of a Multi-AZ pair: a commit waits for the standby's volume until the standby is given up.

`state` is synchronised, synchronising, broken or none. A standby that does not acknowledge holds up every commit, for
as long as it takes to notice; then it is given up, and brought up to date when it is reached again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.cloud import rds_failover
from opsconsole.cloud.server import Engine
from opsconsole.simulation import Step, Task, Timer

if TYPE_CHECKING:
    from opsconsole.cloud.rds import DbInstance

SYNCHRONISED, SYNCHRONISING, BROKEN, NONE = "synchronised", "synchronising", "broken", "none"


class Mirror:
    """The copy of one DB instance. `lost_volume`: the standby needs everything anew, not only what it missed."""

    def __init__(self, db: DbInstance) -> None:
        self._db = db
        self.state: Step[str] = Step(NONE, db.world.now_us)
        self.lost_volume = False
        self.paused = False  # the standby's host is being maintained
        self._giving_up: Timer | None = None
        self._rebuild: Task[None] | None = None

    @property
    def value(self) -> str:
        """The state now."""
        return self.state.value

    @property
    def changed_us(self) -> int:
        """Since when it is in this state."""
        return self.state.changed_us

    def set(self, state: str) -> None:
        """Change the state, and log it."""
        db, before = self._db, self.state.value
        if self.state.set(db.world.now_us, state):
            db.world.log.sim(db.world.now_us, db.id, "mirror", was=before, now=state)
            db.look_again()

    def linked(self) -> bool:
        """Whether the primary's writes reach the standby's volume and are acknowledged."""
        primary, standby = self._db.primary, self._db.standby
        if standby is None or not standby.host_up or standby.unplugged or primary.unplugged:
            return False
        if standby.volume.paused.value:
            return False
        return self._db.world.places.round_trip(primary.zone, standby.zone) is not None

    def copies_at(self, at_us: int) -> bool:
        """Whether writes went to the standby's volume, too, at a time of the last hour."""
        return self.state.at(at_us) in (SYNCHRONISED, SYNCHRONISING)

    def holds_up_commits(self) -> bool:
        """Whether a commit hangs: the standby does not acknowledge, and nobody has given it up yet."""
        return self.value == SYNCHRONISED and not self.linked()

    def may_rebuild(self) -> bool:
        """Whether a standby could be brought up to date now."""
        db = self._db
        return self.linked() and not self.paused and db.primary.running and not db.failing_over and not db.deleting

    def pause(self) -> None:
        """Commits do not wait for the standby, and it is not brought up to date, until the copy is resumed."""
        self.paused = True
        self.set(BROKEN)

    def resume(self) -> None:
        """The standby may be brought up to date again."""
        self.paused = False
        self._db.look_again()

    def may_take_over(self) -> bool:
        """Whether the standby holds everything that was acknowledged, lives and is reached."""
        db = self._db
        ready = db.standby is not None and not db.standby.volume.paused.value and db.sees(db.standby)
        return ready and self.value == SYNCHRONISED

    def review(self) -> None:
        """Give a standby up that does not acknowledge, if somebody sees the primary who can tell it so; rebuild it."""
        db = self._db
        wanted = self.holds_up_commits() and db.sees(db.primary) and not db.failing_over
        if not wanted and self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None
        elif wanted and self._giving_up is None:
            due = db.world.now_us + round(db.world.draw(db.id, "rds-standby-loss-detection") * 1_000_000)
            self._giving_up = db.world.kernel.call_at(due, self._give_up)
        idle = self._rebuild is None or self._rebuild.done
        if idle and self.value == BROKEN and self.may_rebuild():
            story = rds_failover.rebuild_standby(db)
            self._rebuild = db.world.kernel.spawn(story, f"{db.id}: rebuild its standby")

    def _give_up(self) -> None:
        self._giving_up = None
        if self._db.standby is not None:
            self._db.standby.set_engine(Engine.DOWN)
        self.set(BROKEN)

    def end(self) -> None:
        """The instance is gone: nothing is rebuilt any more."""
        if self._rebuild is not None and self._rebuild is not self._db.world.kernel.current:
            self._rebuild.cancel()
