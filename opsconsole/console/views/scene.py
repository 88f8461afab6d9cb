"""What every tab is given: the cloud, the thing, the room there is, and how to look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from opsconsole.cloud import Cloud, aws_view
from opsconsole.cloud.faults import Fault
from opsconsole.console.views.layout import Row
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import span

SIM = "SIM"
BLANK = Line()


@dataclass(frozen=True, slots=True)
class Scene:
    """One look at one thing. `truth=False` is AWS's view; `tracer` numbers the tracer request that is followed."""

    cloud: Cloud
    id: str
    width: int
    height: int
    truth: bool
    ascii: bool
    tracer: int = 0

    def clock(self, at_us: int) -> str:
        """The time of day (UTC) that a virtual time stands for; with the date once the run has passed midnight."""
        moment = aws_view.moment(self.cloud, at_us)
        now = aws_view.moment(self.cloud)
        return f"{moment:%H:%M:%S}Z" if moment.date() == now.date() else f"{moment:%m-%d %H:%M:%S}Z"

    def ago(self, at_us: int) -> str:
        """`3 m 20 s ago`."""
        return f"{span(self.cloud.now_us - at_us)} ago"

    def hidden(self, what: str) -> Line:
        """What AWS's view does not show is said, not left out silently."""
        return Row((f" {what}: AWS does not show it (v shows the truth)", "dim")).line(self.width)


Tab = Callable[[Scene], list[Line]]


def sim(text: str = "") -> Span:
    """The mark of an assumption of ours."""
    return (f"  {SIM} {text}".rstrip(), "warn")


def fault_lines(scene: Scene, faults: list[Fault]) -> list[Line]:
    """Faults in force: what, since when, until when."""
    lines = []
    for fault in faults:
        row = Row((" ✖ ", "bad"), (f"{fault.id} {fault.name} {fault.target}", ""), key=fault.id)
        row.add(f"  since {scene.clock(fault.began_us)}", "dim")
        if fault.until_us is not None:
            row.add(f", until {scene.clock(fault.until_us)}", "dim")
        lines.append(row.line(scene.width))
    return lines
