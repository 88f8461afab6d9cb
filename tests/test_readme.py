"""What the README shows is what the program takes."""

import re
from collections.abc import Callable
from pathlib import Path

from opsconsole.cli.main import VERBS
from opsconsole.commands import parse, timed
from opsconsole.drills.load import parse_drill
from opsconsole.drills.result import Verdict
from opsconsole.drills.running import run_drill
from opsconsole.drills.shipped import shipped_drills
from opsconsole.fleet import parse_fleet, shipped_fleets
from opsconsole.testing import SimulatedFleet

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = [
    re.sub("^    ", "", block, flags=re.MULTILINE) for block in re.findall(r"(?:^    .*\n|\n(?=    ))+", README, re.M)
]


def test_the_fleet_in_the_readme_is_a_fleet() -> None:
    (text,) = (block for block in BLOCKS if "[regions]" in block)
    assert list(parse_fleet(text, "README.md").apps) == ["checkout"]


def test_the_drill_in_the_readme_is_a_drill_and_passes() -> None:
    (text,) = (block for block in BLOCKS if "timeline = [" in block)
    result = run_drill(parse_drill(text, Path("README.md")), detail=False)
    assert result.verdict is Verdict.PASSED, result.reason


def test_the_test_in_the_readme_passes(fleet: Callable[..., SimulatedFleet]) -> None:
    (text,) = (block for block in BLOCKS if block.lstrip().startswith("def test_"))
    names: dict[str, Callable[..., None]] = {}
    exec(text, {}, names)
    (test,) = names.values()
    test(fleet)


def test_the_commands_in_the_readme_are_commands() -> None:
    lines = re.findall(r"^    (T\+\S+ .*)$", README, re.M) + re.findall(r'--do "(T\+\d[^"…]*)"', README)
    assert len(lines) >= 4
    for line in lines:
        assert parse(timed(line)[1].line()) == timed(line)[1]


def test_every_verb_and_shipped_fleet_is_in_the_readme() -> None:
    for verb in VERBS:
        assert re.search(rf"^    opsconsole .*\b{verb}\b", README, re.M), verb
    for fleet in shipped_fleets():
        assert f"`{fleet}`" in README


def test_the_drills_in_the_readme_come_with_it() -> None:
    named = re.findall(r"opsconsole drill ([a-z_]+)", README)
    assert len(named) >= 4
    assert not [name for name in named if name not in shipped_drills()]
