"""What a drill will do, in a table: `--plan` shows it before anything runs."""

from __future__ import annotations

from collections.abc import Iterator

from opsconsole.drills.manner import Manner
from opsconsole.drills.spec import UNNAMED, Drill, Objective, Step, StepKind
from opsconsole.fleet import format_duration

SECOND_US = 1_000_000


def rows(drill: Drill, manner: Manner) -> Iterator[tuple[str, str, str, str]]:
    """When, what kind, what, and how long: what is given first, then the timeline in its order, then the promises."""
    for kind, checks in (("given", drill.given), ("steady", drill.steady)):
        for check in checks:
            yield ("start", kind, check.text, "and again at the end" if kind == "steady" else "else it proves nothing")
    for step in sorted(drill.timeline, key=lambda step: (step.at_us is None, step.at_us or 0, step.number)):
        yield when(step), step.kind.value, step.told, _more(step, manner)
    for fault in drill.chaos.faults if drill.chaos is not None else ():
        every = f"every {_time(fault.mean_us)} on average"
        lasts = "" if fault.lasts_us is None else f"for {_time(fault.lasts_us[0])} to {_time(fault.lasts_us[1])}"
        yield "by chance", "fault", f"{fault.name} on one of {', '.join(fault.targets)}", f"{every} {lasts}".rstrip()
    for objective in drill.objectives:
        yield "end", "objective", f"{objective.app}: {', '.join(promises(objective))}", f"judged on {objective.on}"


def when(step: Step) -> str:
    """When a step begins, in words."""
    parts = []
    if step.at_us is not None:
        parts.append(f"T+{_time(step.at_us)}")
    if step.after is not None:
        parts.append(f"after {step.after}")
    if step.when:
        parts.append("when " + " and ".join(check.text for check in step.when))
    if step.delay_us:
        parts.append(f"+ {_time(step.delay_us)}")
    if step.times > 1:
        parts.append(f"{step.times} times, every {_time(step.every_us)}")
    return " ".join(parts)


def _more(step: Step, manner: Manner) -> str:
    parts = []
    if step.kind is StepKind.EXPECT:
        parts.append(f"within {_time(step.within_us)}" if step.within_us else "at once")
    if step.for_us is not None and step.kind is not StepKind.FAULT:
        parts.append(f"for {_time(step.for_us)}")
    elif step.kind is StepKind.ALWAYS:
        parts.append("to the end")
    if step.allow_us:
        parts.append(f"but for {_time(step.allow_us)}")
    if step.refused:
        parts.append(f"to be refused with {step.refused}")
    if step.solution:
        parts.append("the operator's move")
    if manner.withholds(step):
        parts.append("withheld")
    if step.id and not step.id.startswith(UNNAMED):
        parts.append(f"({step.id})")
    return " ".join(parts)


def promises(objective: Objective) -> list[str]:
    """What an app must get through with, in words."""
    times = (("RTO", objective.rto_us), ("RPO", objective.rpo_us), ("staleness", objective.staleness_us))
    counts = (("lost", objective.lost), ("discarded", objective.discarded), ("wrong", objective.wrong))
    found = [f"{name} ≤ {_time(us)}" for name, us in times if us is not None]
    found += [f"{name} ≤ {most:,}" for name, most in counts if most is not None]
    if objective.availability_percent is not None:
        found.append(f"availability ≥ {objective.availability_percent:g} %")
    return found


def _time(us: int) -> str:
    return format_duration(us / SECOND_US)
