"""What takes long, beside the event loop: a cloud is built in a thread of its own, and the screen stays alive.

Building is pure, and what is built belongs to nobody else until it is done: so one thread at a time touches a cloud.
Who waits and is cancelled leaves at once; the thread dies with the process.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


async def beside(
    work: Callable[[], T], *, stays: bool = False, unwanted: Callable[[T], object] = lambda made: None
) -> T:
    """The result of ``work``, done in a thread; what it raises is raised here.

    ``unwanted`` is called in that thread with a result that nobody waits for any more. ``stays``: what it makes lives
    as long as the process, and the collector of garbage never has to walk it.
    """
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()  # it cannot be called off, only be left alone
    Thread(target=_fulfil, args=(future, work, stays), name="beside", daemon=True).start()
    try:
        return await asyncio.wrap_future(future)
    except asyncio.CancelledError:
        future.add_done_callback(lambda done: None if done.exception() else unwanted(done.result()))
        raise


def _fulfil(future: Future[T], work: Callable[[], T], stays: bool) -> None:
    try:
        with _uncollected(stays):
            made = work()
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(made)


@contextmanager
def _uncollected(stays: bool) -> Iterator[None]:
    """Keep the collector away: a walk over a half-built fleet of 10,000 nodes stops every thread for 0.4 s."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if not stays:
            gc.unfreeze()  # into the oldest generation, without being walked in each of the younger ones first
        if collects:
            gc.enable()
