"""A wall clock that tests move: nobody sleeps."""

import anyio
import anyio.lowlevel


class FakeClock:
    """Time passes only when somebody waits, and by ``cost_s`` whenever somebody looks (computing takes time too)."""

    def __init__(self, cost_s: float = 0.0) -> None:
        self.time = 1_000.0
        self.cost_s = cost_s
        self.waits: list[float | None] = []

    def now(self) -> float:
        self.time += self.cost_s
        return self.time

    async def wait(self, wake: anyio.Event, seconds: float | None) -> None:
        self.waits.append(seconds)
        if seconds is None:
            await wake.wait()
        else:
            if not wake.is_set():
                self.time += seconds
            await anyio.lowlevel.checkpoint()
