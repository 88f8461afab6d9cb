"""The cluster volume: six copies by zone, the quorum, and how it grows."""

from __future__ import annotations

from opsconsole import catalog
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.volume import Copy, CopyState
from opsconsole.console.views.glyphs import DOWN, UP
from opsconsole.console.views.layout import Row, heading, pairs
from opsconsole.console.views.lines import Line, Span
from opsconsole.console.views.map_rows import COPY_GLYPHS
from opsconsole.console.views.quantities import latency, size, span
from opsconsole.console.views.scene import BLANK, Scene, sim
from opsconsole.console.views.trends import minute_text, now_text, trend_text

USED, LEFT = "VolumeBytesUsed", "AuroraVolumeBytesLeftTotal"


def storage(scene: Scene) -> list[Line]:
    """The volume; AWS shows its size and nothing of its copies."""
    cluster = scene.cloud.aurora[scene.id]
    if not scene.truth:
        return [heading("volume", scene.width), *_published(scene, cluster), BLANK, scene.hidden("copies and quorum")]
    return [
        heading("copies", scene.width, ("  two in each of three zones; peers repair them", "dim")),
        *_copies(scene, cluster),
        BLANK,
        *_quorum(scene, cluster),
        BLANK,
        heading("volume", scene.width),
        *_size(scene, cluster),
    ]


def _copies(scene: Scene, cluster: AuroraCluster) -> list[Line]:
    zones = list(dict.fromkeys(copy.zone for copy in cluster.volume.copies))
    column = min(28, max(18, (scene.width - 1) // max(1, len(zones))))
    stacks = [[copy for copy in cluster.volume.copies if copy.zone is zone] for zone in zones]
    head = Row((" ", ""))
    for number, zone in enumerate(zones):
        head.to(1 + number * column).add(zone.name, "dim", zone.name)
    lines = [head.line(scene.width)]
    for number in range(max(len(stack) for stack in stacks)):
        row = Row((" ", ""), key=f"copies {number}")
        for at, stack in enumerate(stacks):
            row.to(1 + at * column)
            if number < len(stack):
                for text, style in _copy(scene, stack[number]):
                    row.add(text, style)
        lines.append(row.line(scene.width))
    return lines


def _copy(scene: Scene, copy: Copy) -> list[Span]:
    glyph, style = COPY_GLYPHS[copy.state.value]
    spans: list[Span] = [(f"{copy.number} ", "dim"), (glyph, style)]
    if copy.state.value == CopyState.REPAIRING and copy.repair_ends_us is not None:
        whole = max(1, copy.repair_ends_us - copy.state.changed_us)
        done = (scene.cloud.now_us - copy.state.changed_us) * 100 // whole
        left = span(max(0, copy.repair_ends_us - scene.cloud.now_us))
        return [*spans, (f" repairing {done} %, {left}", style)]
    return [*spans, (f" {copy.state.value}", "" if copy.healthy else style)]


def _quorum(scene: Scene, cluster: AuroraCluster) -> list[Line]:
    healthy = cluster.volume.healthy_copies()
    row = Row((" ", ""), (f"{healthy} of 6 healthy", "ok" if healthy == 6 else "warn"))
    volume = cluster.volume
    row.add(f"   writes need {volume.write_quorum} of 6, reads {volume.read_quorum} of 6")
    verdict = Row((" ", ""))
    for word, needed in (("writes", volume.write_quorum), ("reads", volume.read_quorum)):
        good = healthy >= needed
        verdict.add(f"{UP if good else DOWN} {word} {'possible' if good else 'stop'}", "ok" if good else "bad").add(
            "   "
        )
    writer = cluster.writer
    if writer is not None:
        reached = len(cluster.volume.reachable_copies(writer.zone))
        verdict.add(f"{writer.id} in {writer.zone.name} reaches {reached}", "dim")
    return [row.line(scene.width), verdict.line(scene.width)]


def _size(scene: Scene, cluster: AuroraCluster) -> list[Line]:
    now, volume = scene.cloud.now_us, cluster.volume
    used = volume.used_bytes(now)
    milli_bytes_per_s = volume.branch.write_rate(now) * volume.bytes_per_write
    growth: list[Span] = [("none: nothing is written", "dim")]
    if milli_bytes_per_s > 0:
        until = (volume.size.value - used) * 1_000_000_000 // milli_bytes_per_s
        growth = [(f"{size(milli_bytes_per_s // 1000)}/s, the next step in {span(max(0, until))}", "number"), sim()]
    step = catalog.assumption("volume-step-gib")
    rows: list[tuple[str, list[Span]]] = [
        ("used", [(size(used), "number")]),
        ("allocated", [(size(volume.size.value), "number"), (f"  in steps of {step.value:g} GiB", "dim")]),
        ("limit", [(size(volume.max_bytes), "number")]),
        ("growth", growth),
    ]
    writer = cluster.writer
    if writer is not None:
        commit = volume.commit_us(writer.zone)
        text = latency(commit) if commit else "no quorum: commits wait"
        rows.append(
            ("commit at storage", [(text, "number" if commit else "bad"), (f"  for {writer.id}", "dim"), sim()])
        )
    return pairs(rows, scene.width)


def _published(scene: Scene, cluster: AuroraCluster) -> list[Line]:
    rows: list[tuple[str, list[Span]]] = []
    for metric in (USED, LEFT):
        minute = minute_text(scene.cloud, cluster.id, metric)
        spans: list[Span] = [(now_text(scene.cloud, cluster.id, metric, truth=False), "number")]
        spans.append((f"  {trend_text(scene.cloud, cluster.id, metric, 15, False, scene.ascii)}", "accent"))
        spans.append((f"  at {minute}" if minute else "  no datapoint yet", "dim"))
        rows.append((metric, spans))
    return pairs(rows, scene.width)
