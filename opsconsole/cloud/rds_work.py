"""How something is done to an RDS DB instance: one change at a time, the time it takes, and what it interrupts.

The stories of `rds_stories.py`, `rds_changes.py`, `rds_backups.py` and others are made of these.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opsconsole.cloud import rds_failover
from opsconsole.cloud.server import Engine
from opsconsole.simulation import Task, Timer, sleep

if TYPE_CHECKING:
    from opsconsole.cloud.rds import DbInstance

MICRO = 1_000_000


def begin(db: DbInstance, story: Coroutine[object, object, None], name: str) -> Task[None]:
    """Run `story` as the change under way."""
    db.change = db.world.kernel.spawn(story, f"{db.id}: {name}")
    return db.change


async def busy(db: DbInstance, timing: str, part: float = 1.0) -> None:
    """Let the time of one operation pass, showing until when."""
    seconds = db.world.draw(db.id, timing) * part
    db.busy_until_us = db.world.now_us + round(seconds * MICRO)
    await sleep(seconds)
    db.busy_until_us = None


async def host_up(db: DbInstance) -> None:
    """Wait until the machine under the primary lives, its volume works, and nobody is about to take over from it."""
    while not db.primary.host_up or db.primary.volume.paused.value or db.failing_over:
        await db.pulse


@contextmanager
def kept_down(db: DbInstance) -> Iterator[None]:
    """A host that comes back meanwhile does not boot by itself: whoever keeps it down opens it again."""
    db.kept_down = True
    try:
        yield
    finally:
        db.kept_down = False


async def down_for(db: DbInstance, timing: str, part: float = 1.0) -> None:
    """The engine is stopped for as long as the operation takes, or longer if its zone is lost meanwhile."""
    db.world.log.aws(db.world.now_us, db.id, "0004")
    db.primary.stop()
    db.primary.set_engine(Engine.RESTARTING)
    with kept_down(db):
        await busy(db, timing, part)
        await host_up(db)


def open_again(db: DbInstance) -> None:
    """The engine accepts connections, with a cold cache."""
    rds_failover.open_primary(db)
    db.primary.warm_up()


async def suspend_io(db: DbInstance, timing: str) -> None:
    """All I/O of the instance waits."""
    db.io_suspended = True
    db.look_again()
    try:
        await busy(db, timing)
    finally:
        db.io_suspended = False
        db.look_again()


def cancel(timer: Timer | None) -> None:
    """Forget a timer, if there is one."""
    if timer is not None:
        timer.cancel()
