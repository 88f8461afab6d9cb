"""The scenes: each shows the facts it names, and would not pass if what it shows did not happen."""

import re
import tomllib
from pathlib import Path

import pytest

from opsconsole.drills.load import load_drill
from opsconsole.drills.manner import Manner
from opsconsole.drills.result import Verdict
from opsconsole.drills.running import run_drill
from opsconsole.drills.scenes import scenes
from opsconsole.drills.shipped import shipped_drills

SCENES = shipped_drills("scenes")
TEXTS = {name: path.read_text(encoding="utf-8") for name, path in SCENES.items()}
READ = {name: tomllib.loads(text) for name, text in TEXTS.items()}
WITH_FAULTS = [name for name, scene in READ.items() if any("fault" in step for step in scene["timeline"])]


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=name, marks=pytest.mark.fact(*READ[name]["facts"])) for name, path in SCENES.items()]
)
def test_a_scene_shows_its_facts(path: Path) -> None:
    result = run_drill(load_drill(path), detail=False)
    assert result.verdict is Verdict.PASSED, result.reason


@pytest.mark.parametrize("name", WITH_FAULTS)
def test_without_its_faults_a_scene_does_not_pass(name: str) -> None:
    assert run_drill(load_drill(name), manner=Manner(faults=False), detail=False).verdict is not Verdict.PASSED


def test_sixty_facts_and_more_can_be_seen_and_a_dozen_refusals() -> None:
    assert len(scenes()) >= 60
    assert set(scenes()) == {fact for scene in READ.values() for fact in scene["facts"]}
    assert sum("refused" in step for scene in READ.values() for step in scene["timeline"]) >= 12


def test_of_several_scenes_of_a_fact_the_one_that_shows_the_fewest_others_comes_first() -> None:
    several = [paths for paths in scenes().values() if len(paths) > 1]
    assert several
    for paths in several:
        counts = [len(READ[path.stem]["facts"]) for path in paths]
        assert counts == sorted(counts)


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_tells_its_watcher_what_to_look_at(name: str) -> None:
    header = re.match(r"(#.*\n){2,4}\n", TEXTS[name])
    assert header, "two to four lines say what is seen"
    said = [step["say"] for step in READ[name]["timeline"] if "say" in step]
    assert said
    assert max(map(len, said)) <= 130
