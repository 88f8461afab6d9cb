"""Work beside the event loop: its result, its errors, and the collector of garbage, which stays away from it."""

import gc
import threading

import pytest

from opsconsole.engine.beside import beside


async def test_the_result_comes_from_another_thread_in_which_nothing_is_collected() -> None:
    assert gc.isenabled()
    frozen = gc.get_freeze_count()
    for _ in range(3):  # one directly after the other
        assert await beside(lambda: (threading.current_thread().name, gc.isenabled())) == ("beside", False)
        assert gc.isenabled()
    assert gc.get_freeze_count() <= frozen  # what may be thrown away again is not kept


async def test_what_stays_is_never_walked_again() -> None:
    frozen = gc.get_freeze_count()
    made = await beside(lambda: [[] for _ in range(1_000)], stays=True)
    assert gc.get_freeze_count() >= frozen + len(made)
    gc.unfreeze()


async def test_what_is_raised_there_is_raised_here() -> None:
    def fails() -> None:
        raise ValueError("no such fleet")

    with pytest.raises(ValueError, match="no such fleet"):
        await beside(fails)
    assert gc.isenabled()
