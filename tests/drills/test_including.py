"""Parts that several drills share are written once; what is wrong in a part is told at the include, with its name."""

from pathlib import Path

import pytest

from opsconsole.drills.load import load_drill
from opsconsole.fleet import FileProblems

DRILL = """\
title = "A test"
fleet = "aurora_mysql"
length = "10m"
include = ["common.toml"]
vars = { az = "us-east-1b" }
timeline = [{ at = "1s", expect = "orders.copies == 6", within = "1s", id = "own" }]
"""
COMMON = """\
steady = "checkout.writes.ok >= 99%"
vars = { az = "us-east-1a", other = "us-east-1c" }
timeline = [{ at = "1m", fault = "az:outage", target = "${az}", for = "1m", id = "outage" }]
[objective.checkout]
rto = "1m"
"""


def written(folder: Path, common: str = COMMON, drill: str = DRILL) -> Path:
    (folder / "common.toml").write_text(common, encoding="utf-8")
    (folder / "drill.toml").write_text(drill, encoding="utf-8")
    return folder / "drill.toml"


def test_a_part_is_joined_and_the_drills_own_word_wins(tmp_path: Path) -> None:
    drill = load_drill(written(tmp_path))
    assert [step.id for step in drill.timeline] == ["own", "outage"]
    assert drill.timeline[1].told == "az:outage us-east-1b for=1m"
    assert [check.text for check in drill.steady] == ["checkout.writes.ok >= 99%"]
    assert [one.app for one in drill.objectives] == ["checkout"]
    assert drill.variables == {"az": "us-east-1b", "other": "us-east-1c"}


@pytest.mark.parametrize(
    ("common", "drill", "sentence"),
    [
        (
            COMMON.replace("az:outage", "az:outrage"),
            DRILL,
            'common.toml: timeline[0].fault: there is no fault "az:outrage"',
        ),
        (COMMON.replace("checkout]", "chekout]"), DRILL, 'common.toml: objective.chekout: there is no app "chekout"'),
        (COMMON.replace("${az}", "${za}"), DRILL, 'common.toml: timeline[0].target: there is no variable "za"'),
        ('title = "x"\n' + COMMON, DRILL, '"common.toml" has "title", which a part cannot have'),
        ("timeline = [", DRILL, '"common.toml" is not TOML'),
        (COMMON, DRILL.replace("common.toml", "comon.toml"), '"comon.toml": there is no such file'),
        (COMMON, DRILL.replace("common.toml", "../../../etc/passwd"), "lies outside the drill's folder and its parent"),
    ],
)
def test_a_mistake_in_a_part_is_told_at_the_include(tmp_path: Path, common: str, drill: str, sentence: str) -> None:
    with pytest.raises(FileProblems) as found:
        load_drill(written(tmp_path, common, drill))
    (problem,) = found.value.problems
    assert sentence in problem.wrong
    assert (problem.line, problem.key) == (4, "include[0]")


def test_a_name_that_no_file_can_have_is_told_at_its_place(tmp_path: Path) -> None:
    with pytest.raises(FileProblems) as found:
        load_drill(written(tmp_path, COMMON, DRILL.replace("common.toml", "common\\u0000.toml")))
    (problem,) = found.value.problems
    assert (problem.line, problem.key) == (4, "include[0]")
    assert "U+0000" in problem.wrong
