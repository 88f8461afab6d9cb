"""`pytest --facts` counts what passing tests show, and refuses a mark on a fact that does not exist."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(folder: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_scene.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "tests.facts_plugin", "-q", "--rootdir", str(folder)]
    command += ["-c", "/dev/null", "-p", "no:cacheprovider", str(folder), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_a_passing_test_shows_its_facts_and_a_failing_one_takes_them_back(tmp_path: Path) -> None:
    ended = run(
        tmp_path,
        """
import pytest

@pytest.mark.fact("AUR-FO-01", "AUR-FO-03")
def test_one(): pass

@pytest.mark.fact("AUR-FO-03")
def test_two(): assert False

@pytest.mark.parametrize("n", [pytest.param(1, marks=pytest.mark.fact("AUR-GLB-03"))])
def test_three(n): pass
""",
        "--facts",
    )
    lines = ended.stdout.splitlines()
    assert "P0: 1 of 198 facts shown" in lines
    assert "P1: 1 of 180 facts shown" in lines
    assert "  AUR-FO   shown 01 · not yet 02 03 04 05 07" in lines
    assert "not shown because a test failed: AUR-FO-03" in lines


def test_nothing_is_printed_unless_asked_for(tmp_path: Path) -> None:
    ended = run(tmp_path, 'import pytest\n@pytest.mark.fact("AUR-FO-01")\ndef test_one(): pass\n')
    assert ended.returncode == 0
    assert "facts shown" not in ended.stdout


def test_a_mark_on_a_fact_that_does_not_exist_stops_the_run(tmp_path: Path) -> None:
    ended = run(tmp_path, 'import pytest\n@pytest.mark.fact("AUR-FO-99")\ndef test_one(): pass\n')
    assert ended.returncode == 4
    assert "the mission list has no fact 'AUR-FO-99'" in ended.stdout + ended.stderr


def test_a_mark_without_an_id_stops_the_run(tmp_path: Path) -> None:
    ended = run(tmp_path, "import pytest\n@pytest.mark.fact\ndef test_one(): pass\n")
    assert ended.returncode == 4
    assert "takes one or more ids" in ended.stdout + ended.stderr
