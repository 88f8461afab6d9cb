"""Draw the console's pictures: `python screenshots/make.py` writes each SVG of this folder anew, from a seeded run.

Nothing in them depends on the wall clock, so they are the same bytes on every machine; `--check` only compares.
No web font and no address is left in them: an SVG shown anywhere must not fetch anything.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent))

from opsconsole.commands import timed  # noqa: E402
from opsconsole.console.app import ConsoleOptions, News, OpsConsole  # noqa: E402
from opsconsole.drills.load import load_drill  # noqa: E402
from opsconsole.drills.running import Run  # noqa: E402
from opsconsole.engine.begin import begin  # noqa: E402
from opsconsole.engine.session import Scripted, Session  # noqa: E402
from opsconsole.fleet import LoadedFleet, load_fleet, parse_fleet  # noqa: E402
from tests.benchmarks.fleets import fleet_of  # noqa: E402

FONTS = "'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"
CELL = 12.2
"""Width of a character in Rich's SVGs."""


@dataclass(frozen=True)
class Picture:
    """One picture: the fleet, what is asked of it and when, until when it runs, and what is looked at."""

    name: str
    title: str
    until_s: float
    size: tuple[int, int]
    script: tuple[str, ...] = ()
    selected: str = "orders"
    speed: float = 1.0
    area: str = "map"
    fleet: str = "global_aurora"
    keys: tuple[str, ...] = field(default=())
    drill: str = ""  # the drill that it is a picture of, instead of a fleet and a script


EARLIER = (
    "T+2m rds:create-db-cluster-endpoint orders id=reports members=orders-3",
    "T+5m rds:reboot-db-instance orders-3",
)
"""What operators did before, so that the events have something to tell."""
MANY = "1,000 nodes"
"""A fleet that is made for its picture."""
OUTAGE = "T+10m az:outage us-east-1a for=30m"
PICTURES = (
    Picture("fleet", "SIMULATED: the fleet, after a reboot", 600, (160, 48), EARLIER, speed=10.0),
    Picture("az_outage", "SIMULATED: an availability zone is dark, clients fail", 606, (160, 48), (*EARLIER, OUTAGE)),
    Picture(
        "map_1000",
        "SIMULATED: 1,000 nodes, an availability zone is dark",
        615,
        (160, 48),
        ("T+10m az:outage us-east-1b for=30m",),
        fleet=MANY,
        selected="db004-0",
        speed=5.0,
    ),
    Picture(
        "rds_failover",
        "SIMULATED: a Multi-AZ DB instance fails over to its standby",
        640,
        (160, 48),
        ("T+10m az:outage us-east-1a for=30m",),
        fleet="rds_multi_az",
        selected="billing",
        speed=5.0,
    ),
    Picture(
        "metrics",
        "SIMULATED: a metric at large, while a cache fills again",
        720,
        (160, 48),
        ("T+10m sim:cache-flush sessions",),
        fleet="three_tier",
        selected="shop-ro",
        speed=5.0,
        keys=("M", "z"),
    ),
    Picture(
        "stampede",
        "SIMULATED: a cache was emptied, and the database pays for it",
        606,
        (160, 48),
        ("T+10m sim:cache-flush sessions",),
        fleet="three_tier",
        selected="storefront",
        speed=5.0,
        keys=("2",),
    ),
    Picture(
        "recovery",
        "SIMULATED: ten minutes after a bad deploy, the cursor on the mark before it",
        21 * 60,
        (160, 48),
        (
            "T+4m rds:create-db-cluster-snapshot orders id=before-deploy",
            "T+9m50s mark release-42",
            "T+10m sim:bad-deploy checkout wrong=2%",
            "T+14m rds:failover-db-cluster orders",
            "T+20m app:rollback-deploy checkout",
        ),
        fleet="aurora_mysql",
        keys=("R", "N", "N", "N"),
    ),
    Picture(
        "scrubber",
        "SIMULATED: half an hour after an outage, the cursor in the midst of it; the fleet as it was then",
        40 * 60,
        (160, 48),
        (
            *EARLIER,
            "T+10m az:outage us-east-1a for=8m",
            "T+12m rds:failover-db-cluster catalog",
            "T+14m az:slowdown us-east-1b for=1m",
        ),
        keys=("S", "G", *"10m6s", "enter"),
    ),
    Picture(
        "projector", "SIMULATED: the projector, after an outage", 624, (160, 48), (OUTAGE,), speed=5.0, keys=("P",)
    ),
    Picture("drill", "SIMULATED: a drill, while the operator still waits", 270, (160, 48), drill="region_loss"),
    Picture("debrief", "SIMULATED: the debrief of a drill that passed", 20 * 60, (160, 48), drill="az_outage"),
    Picture("narrow", "SIMULATED: 80x24, after the failover", 660, (80, 24), (OUTAGE,), speed=5.0, area="thing"),
)


class StoppedClock:
    """Wall time stands still, so virtual time does too, although nobody has paused it."""

    def now(self) -> float:
        """Always the same instant."""
        return 0.0

    async def wait(self, wake: anyio.Event, seconds: float | None) -> None:
        """Until somebody asks for something."""
        await wake.wait()


def large_fleet() -> LoadedFleet:
    """1,000 instances in 200 clusters, and twenty apps."""
    text = fleet_of(1000)
    return LoadedFleet(parse_fleet(text, "many.toml"), text, Path("many.toml"))


def session_of(picture: Picture, journal: Path) -> Session:
    """The run that a picture is taken of."""
    session = begin(large_fleet() if picture.fleet == MANY else load_fleet(picture.fleet), journal=journal)
    session.schedule([Scripted(time_us, "script", command) for time_us, command in map(timed, picture.script)])
    session.run_until(round(picture.until_s * 1_000_000))
    return session


def run_of(picture: Picture, journal: Path) -> Run | None:
    """The drill that a picture is taken of, if it is one of a drill."""
    return Run(load_drill(picture.drill), journal=journal) if picture.drill else None


async def take(picture: Picture) -> str:
    """The picture as an SVG. The session is recorded, as it would be, in a folder that is thrown away."""
    with TemporaryDirectory() as folder:
        journal = Path(folder) / "session.journal"
        run = run_of(picture, journal)
        session = session_of(picture, journal) if run is None else run.session
        options = ConsoleOptions(speed=picture.speed, keys_file=Path(folder) / "keys.toml")
        app = OpsConsole(session, options, StoppedClock(), run)
        async with app.run_test(size=picture.size) as pilot:
            await app.opened.wait()
            if run is not None:
                session.run_until(round(picture.until_s * 1_000_000))
                app.post_message(News())
                await pilot.pause()
            app.desk.alarms.finish(app.desk.cloud)
            app.fleet_screen.repaint()
            app.fleet_screen.look_at(picture.selected)
            app.fleet_screen.show_area(picture.area)
            await pilot.pause()
            await pilot.press(*picture.keys)
            await re_run(app)
            await pilot.pause()
            svg = app.export_screenshot(title=picture.title)
        app.finish()
    return cleaned(svg)


async def re_run(app: OpsConsole) -> None:
    """Wait until the earlier moment that a picture shows has been re-run, and its alarms have been looked at."""
    from opsconsole.console.screens.scrubber import ScrubberScreen

    for screen in app.screen_stack:
        if isinstance(screen, ScrubberScreen):
            await screen.past.arrived()
            screen.looked_at.alarms.finish(screen.looked_at.cloud)
            screen.repaint()


def cleaned(svg: str) -> str:
    """Rich's SVG without a web font, without an id made of the content, and with no text that begins or ends in spaces.

    Some renderers drop those spaces and then draw the word a column too far to the left.
    """
    svg = re.sub(r"\n *@font-face \{.*?\n *\}", "", svg, flags=re.DOTALL)
    svg = re.sub(r"\n *<!-- Generated .*? -->", "", svg)
    svg = re.sub(r"terminal-\d+-", "opsconsole-", svg)
    svg = svg.replace("font-family: Fira Code, monospace", f"font-family: {FONTS}")
    svg = svg.replace("font-family: arial", "font-family: sans-serif")
    svg = re.sub(r'x="([\d.]+)" y="([\d.]+)" textLength="([\d.]+)"([^>]*)>([^<]*)</text>', _trimmed, svg)
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def _trimmed(found: re.Match[str]) -> str:
    x, y, length, rest, text = found.groups()
    space = "&#160;"
    left = 0
    while text.startswith(space):
        text, left = text.removeprefix(space), left + 1
    right = 0
    while text.endswith(space):
        text, right = text.removesuffix(space), right + 1
    width = float(length) - (left + right) * CELL
    return f'x="{float(x) + left * CELL:.1f}" y="{y}" textLength="{width:.1f}"{rest}>{text}</text>'


def taken() -> Iterator[tuple[Path, str]]:
    """Every picture's file and what it should hold."""
    for picture in PICTURES:
        yield FOLDER / f"{picture.name}.svg", asyncio.run(take(picture))


def main(arguments: list[str]) -> int:
    """Write them, or with `--check` say which are out of date."""
    stale = []
    for file, svg in taken():
        if file.exists() and file.read_text(encoding="utf-8") == svg:
            continue
        stale.append(file.name)
        if "--check" not in arguments:
            file.write_text(svg, encoding="utf-8")
    print(f"{'out of date' if '--check' in arguments else 'written'}: {', '.join(stale) or 'none'}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
