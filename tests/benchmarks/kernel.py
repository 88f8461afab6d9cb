"""How fast the kernel is, as ratios to SimPy and to a bare `heapq` loop measured in the same run.

Run it: `python -m tests.benchmarks.kernel` (needs the `bench` extra). Each figure is the median of the rounds, which
take the contenders in turn, so that a busy machine troubles all of them alike. Absolute figures mean little.
"""

from __future__ import annotations

import argparse
import gc
import heapq
import random
import statistics
import time
from collections.abc import Callable, Generator

import simpy

from opsconsole.simulation import Kernel, sleep

Run = Callable[[], int]
"""Does its work and returns how many events that were."""


def delays(count: int) -> list[float]:
    draw = random.Random(1).random
    return [round(draw() * 10, 6) for _ in range(count)]


def raw_sleeps(processes: int, sleeps: int) -> Run:
    waits = delays(1009)

    def run() -> int:
        heap: list[tuple[float, int, Callable[[], None]]] = []
        push, pop = heapq.heappush, heapq.heappop
        now, ticket = 0.0, 0

        class Process:
            __slots__ = ("at", "left")

            def __init__(self, at: int) -> None:
                self.at = at
                self.left = sleeps

            def step(self) -> None:
                nonlocal ticket
                if self.left:
                    self.left -= 1
                    self.at += 1
                    ticket += 1
                    push(heap, (now + waits[self.at % 1009], ticket, self.step))

        for number in range(processes):
            Process(number).step()
        while heap:
            now, _, step = pop(heap)
            step()
        return processes * sleeps

    return run


def kernel_sleeps(processes: int, sleeps: int) -> Run:
    waits = delays(1009)

    def run() -> int:
        kernel = Kernel()

        async def process(at: int) -> None:
            for turn in range(1, sleeps + 1):
                await sleep(waits[(at + turn) % 1009])

        for number in range(processes):
            kernel.spawn(process(number))
        kernel.run_until(10**12)
        assert not kernel.tasks
        return processes * sleeps

    return run


def simpy_sleeps(processes: int, sleeps: int) -> Run:
    waits = delays(1009)

    def run() -> int:
        env = simpy.Environment()

        def process(at: int) -> Generator[simpy.Event, object, None]:
            for turn in range(1, sleeps + 1):
                yield env.timeout(waits[(at + turn) % 1009])

        for number in range(processes):
            env.process(process(number))
        env.run()
        return processes * sleeps

    return run


def kernel_guarded(count: int) -> Run:
    """Wait for an event under a timeout that does not strike."""

    def run() -> int:
        kernel = Kernel()

        async def client() -> None:
            for _ in range(count):
                answer = kernel.event("answer")
                kernel.call_at(kernel.now_us + 1_000, answer.set)
                with kernel.timeout(30):
                    await answer

        kernel.run(client())
        return count

    return run


def simpy_guarded(count: int) -> Run:
    def run() -> int:
        env = simpy.Environment()

        def client() -> Generator[simpy.Event, object, None]:
            for _ in range(count):
                yield env.timeout(0.001) | env.timeout(30)

        env.run(env.process(client()))
        return count

    return run


def kernel_cancels(count: int) -> Run:
    def run() -> int:
        kernel = Kernel()

        async def sleeper() -> None:
            await sleep(1000)

        async def killer() -> None:
            tasks = [kernel.spawn(sleeper()) for _ in range(count)]
            await sleep(1)
            for task in tasks:
                task.cancel()

        kernel.run(killer())
        return count

    return run


def simpy_cancels(count: int) -> Run:
    def run() -> int:
        env = simpy.Environment()

        def sleeper() -> Generator[simpy.Event, object, None]:
            try:
                yield env.timeout(1000)
            except simpy.Interrupt:
                pass

        def killer() -> Generator[simpy.Event, object, None]:
            tasks = [env.process(sleeper()) for _ in range(count)]
            yield env.timeout(1)
            for task in tasks:
                task.interrupt()

        env.process(killer())
        env.run(until=2)
        return count

    return run


def kernel_groups(count: int) -> Run:
    def run() -> int:
        kernel = Kernel()

        async def child() -> None:
            await sleep(1)

        async def parent() -> None:
            for _ in range(count):
                async with kernel.group() as group:
                    group.spawn(child())
                    group.spawn(child())
                    group.spawn(child())

        kernel.run(parent())
        return count

    return run


def simpy_groups(count: int) -> Run:
    def run() -> int:
        env = simpy.Environment()

        def child() -> Generator[simpy.Event, object, None]:
            yield env.timeout(1)

        def parent() -> Generator[simpy.Event, object, None]:
            for _ in range(count):
                yield env.all_of([env.process(child()) for _ in range(3)])

        env.run(env.process(parent()))
        return count

    return run


CASES: dict[str, dict[str, Run]] = {
    "1,000 processes × 200 sleeps": {
        "heapq": raw_sleeps(1_000, 200),
        "kernel": kernel_sleeps(1_000, 200),
        "simpy": simpy_sleeps(1_000, 200),
    },
    "100,000 processes × 4 sleeps": {
        "heapq": raw_sleeps(100_000, 4),
        "kernel": kernel_sleeps(100_000, 4),
        "simpy": simpy_sleeps(100_000, 4),
    },
    "event under a timeout": {"kernel": kernel_guarded(20_000), "simpy": simpy_guarded(20_000)},
    "spawn, sleep, cancel": {"kernel": kernel_cancels(20_000), "simpy": simpy_cancels(20_000)},
    "group of 3 tasks": {"kernel": kernel_groups(8_000), "simpy": simpy_groups(8_000)},
}


def measure(contenders: dict[str, Run], rounds: int) -> dict[str, float]:
    """Microseconds of processor time for one event, by contender: the median over the rounds."""
    figures: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            gc.collect()
            began = time.process_time()
            events = run()
            figures[name].append((time.process_time() - began) / events * 1e6)
    return {name: statistics.median(values) for name, values in figures.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    print(f"{'µs for one':32}{'heapq':>8}{'kernel':>8}{'simpy':>8}   {'× simpy':>8}{'× heapq':>8}")
    for title, contenders in CASES.items():
        took = measure(contenders, rounds)
        cells = "".join(f"{took[name]:8.2f}" if name in took else f"{'–':>8}" for name in ("heapq", "kernel", "simpy"))
        of_heapq = f"{took['heapq'] / took['kernel']:8.2f}" if "heapq" in took else f"{'–':>8}"
        print(f"{title:32}{cells}   {took['simpy'] / took['kernel']:8.2f}{of_heapq}", flush=True)


if __name__ == "__main__":
    main()
