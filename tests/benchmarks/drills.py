"""How many drills a core runs in a second, beside the same steps in Chaos Toolkit with actions that do nothing.

Run it: `python -m tests.benchmarks.drills` (needs the `bench` extra). The rounds take the contenders in turn; each
figure is the median. Chaos Toolkit's actions return at once and its pauses are left out, so it does nothing but its own
bookkeeping, while a drill here simulates twenty minutes of a fleet. With `--runs N` also the time of N runs on all
cores, as `opsconsole drill az_outage --runs N` makes them.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import time
from dataclasses import replace
from types import ModuleType
from typing import Any

from chaoslib.experiment import run_experiment

from opsconsole.drills.batch import cores, many, workers
from opsconsole.drills.load import load_drill
from opsconsole.drills.manner import Manner
from opsconsole.drills.running import run_drill
from opsconsole.drills.spec import Drill


def nothing(**arguments: Any) -> bool:
    """An action, or a probe, that does nothing and is content."""
    return True


def experiment(drill: Drill) -> dict[str, Any]:
    """The drill's steps as Chaos Toolkit would have them: checks are probes, faults and actions are actions."""
    provider = {"type": "python", "module": "no_ops", "func": "nothing", "arguments": {"text": ""}}

    def activity(kind: str, name: str) -> dict[str, Any]:
        step = {"type": kind, "name": name, "provider": provider}
        return {**step, "tolerance": True} if kind == "probe" else step

    steady = [activity("probe", check.text) for check in (*drill.given, *drill.steady)]
    method = [activity("probe" if step.checks else "action", f"{step.id} {step.told}") for step in drill.timeline]
    hypothesis = {"title": "steady", "probes": steady}
    return {"title": drill.title, "description": "", "steady-state-hypothesis": hypothesis, "method": method}


def timed(work: Any) -> float:
    """Seconds of this process's own time."""
    began = time.process_time()
    work()
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--drill", default="az_outage")
    parser.add_argument("--runs", type=int, default=0)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    module = ModuleType("no_ops")
    module.nothing = nothing  # type: ignore[attr-defined]
    sys.modules["no_ops"] = module
    drill = load_drill(options.drill)
    toolkit = experiment(drill)
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(options.rounds + 1):
        one = replace(drill, seed=drill.seed + number)
        pair = timed(lambda: run_drill(one, detail=False)), timed(lambda: run_experiment(toolkit))  # noqa: B023
        if number:  # the first round warms both up
            ours.append(pair[0])
            theirs.append(pair[1])
    mine, other = statistics.median(ours), statistics.median(theirs)
    print(f"{drill.name}: {mine * 1000:.0f} ms a run, {1 / mine:.1f} drills per second and core")
    print(
        f"Chaos Toolkit, {len(drill.timeline)} steps that do nothing: {other * 1000:.1f} ms, {1 / other:.1f} per second"
    )
    print(f"ratio (ours / theirs): {mine / other:.2f}")
    if options.runs:
        began = time.monotonic()
        with workers(options.runs) as executor:
            result = many(drill, options.runs, 100.0, Manner(), executor, lambda more: None)
        took = time.monotonic() - began
        each = options.runs / took / cores()
        print(f"{options.runs} runs on {cores()} cores: {took:.1f} s, {each:.1f} per second and core")
        print(f"  {result.reason}")


if __name__ == "__main__":
    main()
