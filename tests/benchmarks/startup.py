"""A short headless script, the whole process, beside a Python that imports SimPy and pydantic and does nothing.

    python -m tests.benchmarks.startup [--rounds 9]    (needs the `bench` extra)

Processor time of child processes that run from compiled files, in turn: `opsconsole run aurora_mysql --for 10m`, and
the same with a zone's outage (`--do`). At most twice the peer. `python -X importtime -m opsconsole run …` tells where
the time goes.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from functools import partial

from tests.benchmarks.measuring import Figure, medians, rounds, show

OURS = ["-m", "opsconsole", "run", "aurora_mysql", "--for", "10m"]
OUTAGE = ["--do", "T+60s az:outage us-east-1a for=5m"]


def process_s(arguments: list[str], environment: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    count = rounds(__doc__)
    with tempfile.TemporaryDirectory() as compiled:
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        run = partial(process_s, environment={**kept, "PYTHONPYCACHEPREFIX": compiled})
        took = medians(
            {
                "peer": lambda: run(["-c", "import simpy, pydantic"]),
                "quiet": lambda: run(OURS),
                "outage": lambda: run([*OURS, *OUTAGE]),
            },
            count,
        )
    against, ms = "import simpy, pydantic", {name: f"{seconds * 1000:.0f} ms" for name, seconds in took.items()}
    show(
        [
            Figure("run aurora_mysql", against, took["quiet"] / took["peer"], 2, True, note=ms["quiet"]),
            Figure("... with --do", against, took["outage"] / took["peer"], 2, True, note=ms["outage"]),
        ]
    )


if __name__ == "__main__":
    main()
