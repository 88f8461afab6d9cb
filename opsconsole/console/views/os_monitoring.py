"""Enhanced Monitoring: what the operating system of a DB instance says, as of its last sample."""

from __future__ import annotations

from opsconsole.cloud import os_metrics
from opsconsole.cloud.os_metrics import Sample
from opsconsole.console.views.layout import Cell, Column, heading, pairs, paragraph, table
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.quantities import count, size
from opsconsole.console.views.scene import Scene
from opsconsole.console.views.spark import bar

GAUGE = 20


def operating_system(scene: Scene) -> list[Line]:
    """CPU by what it does, load averages, memory, tasks, the process list."""
    interval = os_metrics.interval_s(scene.cloud, scene.id)
    if not interval:
        text = "Enhanced Monitoring is off: CloudWatch sees the hypervisor's view only, once a minute"
        return [heading("operating system", scene.width), *paragraph(text, scene.width)]
    sample = os_metrics.latest(scene.cloud, scene.id, scene.cloud.now_us)
    note = f"  Enhanced Monitoring, every {interval} s"
    if sample is None:
        title = heading("operating system", scene.width, (note, "dim"))
        return [title, *paragraph("its host does not answer: there is no sample", scene.width, "warn")]
    title = heading("operating system", scene.width, (f"{note}, as of {scene.clock(sample.at_us)}", "dim"))
    return [title, *pairs(_rows(scene, sample), scene.width), *_processes(scene, sample)]


def _rows(scene: Scene, sample: Sample) -> list[tuple[str, list[Span]]]:
    cpu, load, memory, tasks = sample.cpu, sample.load_average, sample.memory, sample.tasks
    gauge = bar(cpu.total / 100, GAUGE, scene.ascii)
    parts = f"user {cpu.user:.1f}, system {cpu.system:.1f}, wait {cpu.wait:.1f}, idle {cpu.idle:.1f}"
    busy = "bad" if cpu.total >= 90 else "warn" if cpu.total >= 70 else "ok"
    queued = "warn" if load.one > sample.vcpu else "number"
    return [
        ("CPU", [(gauge, busy), (f" {cpu.total:.1f} %", "number"), (f"  {parts}", "dim")]),
        (
            "load average",
            [
                (f"{load.one:.2f}  {load.five:.2f}  {load.fifteen:.2f}", queued),
                (f"  1, 5 and 15 min; {sample.vcpu} vCPU", "dim"),
            ],
        ),
        ("memory", [(f"{size(memory.active)} of {size(memory.total)} in use", "number")]),
        (
            "tasks",
            [
                (count(tasks.total), "number"),
                (f"  {tasks.running} running, {tasks.blocked} blocked, {tasks.sleeping} sleeping", "dim"),
            ],
        ),
    ]


def _processes(scene: Scene, sample: Sample) -> list[Line]:
    rows: list[tuple[str | None, list[Cell]]] = [
        (None, [one.name, (f"{one.cpu_percent:.1f} %", "number"), (f"{one.memory_percent:.1f} %", "number")])
        for one in sample.processes
    ]
    return table([Column("process"), Column("CPU", True, 8), Column("memory", True, 8)], rows, scene.width)
