"""`opsconsole show FACT`: which facts can be seen, and where; headless, and in a terminal."""

import sys
from pathlib import Path

import pytest

from opsconsole.cli.main import main
from opsconsole.cli.show import watching_speed
from opsconsole.console.options import ConsoleOptions
from opsconsole.drills.load import load_drill
from opsconsole.drills.manner import Manner
from opsconsole.drills.scenes import scenes
from opsconsole.drills.spec import Drill

FAILING = """
title  = "It will not happen"
fleet  = "rds_multi_az"
length = "2m"
facts  = ["RDS-MAZ-03"]
timeline = [{ at = "60s", expect = "billing.failovers == 1", within = "30s" }]
"""


def test_a_scene_is_run_headless_after_the_claim_it_shows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "rds-maz-04", "--headless"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("RDS-MAZ-04  Standby cannot be used directly, for read or write")
    assert "✓ PASSED" in out
    assert "is refused with InvalidParameterValue" in out


def test_all_scenes_of_a_fact_are_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(scenes()["RDS-13"]) > 1
    assert main(["show", "RDS-13"]) == 0
    out = capsys.readouterr().out
    assert all(f"SIMULATED  {path.stem}: " in out for path in scenes()["RDS-13"])


def test_a_scene_that_fails_ends_as_a_drill_does(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    scene = tmp_path / "never.toml"
    scene.write_text(FAILING, encoding="utf-8")
    monkeypatch.setattr("opsconsole.drills.scenes.scenes", lambda: {"RDS-MAZ-03": (scene,)})
    assert main(["show", "RDS-MAZ-03"]) == 1
    assert "✗ FAILED" in capsys.readouterr().out


def test_without_a_fact_those_that_can_be_seen_are_listed_by_area(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show"]) == 0
    out = capsys.readouterr().out
    assert all(f"\n  {fact} " in out for fact in scenes())
    assert out.index("RDS-MAZ  RDS Multi-AZ\n") < out.index("\n  RDS-MAZ-03 ") < out.index("AUR-FO  Aurora failover\n")
    assert f"{len(scenes())} facts can be seen" in out


def test_an_area_lists_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "aur-fo"]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert rows
    assert all(row.startswith("  AUR-FO-") for row in rows)


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("RDS-MAZ-3", 'there is no fact "RDS-MAZ-3"; did you mean "RDS-MAZ-03"?'),
        ("RDS-ENC-13", "RDS-ENC-13 has no scene: TDE is available for Oracle and SQL Server"),
        ("RDS-ENC-13", "(Encryption (RDS and shared)), `pytest --facts` tells"),
        ("PXY-01", "no scene shows anything of this area"),
        ("pxy", "no fact of PXY (RDS Proxy) has a scene"),
    ],
)
def test_what_cannot_be_seen_is_told_with_what_could_be(
    capsys: pytest.CaptureFixture[str], word: str, says: str
) -> None:
    assert main(["show", word]) == 2
    assert says in capsys.readouterr().err


def test_in_a_terminal_the_console_opens_on_the_scene_slowed(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[str, float]] = []

    def open_drill(drill: Drill, manner: Manner, *, options: ConsoleOptions, keep: bool) -> tuple[int, None]:
        opened.append((drill.name, options.speed))
        return 4, None

    monkeypatch.setattr("opsconsole.cli.drill_console.open_drill", open_drill)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main(["show", "RDS-MAZ-15"]) == 4
    assert opened == [("reboot_with_failover_is_the_test", 8.0)]


def test_a_scene_takes_a_minute_to_watch_and_is_never_slower_than_the_wall_clock(tmp_path: Path) -> None:
    brief = tmp_path / "brief.toml"
    brief.write_text(FAILING.replace('"2m"', '"30s"').replace('"60s"', '"1s"').replace('"30s" }', '"5s" }'))
    assert watching_speed(load_drill(brief)) == 1.0
    assert watching_speed(load_drill("becoming_multi_az_interrupts_nobody")) == 150.0
    assert watching_speed(load_drill("nine_days_later")) == 3600.0


def test_the_catalog_says_which_facts_have_a_scene(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "facts"]) == 0
    rows = {line.split()[0]: line.split() for line in capsys.readouterr().out.splitlines()[1:]}
    assert {fact for fact, row in rows.items() if row[2] == "scene"} == set(scenes())
    assert main(["catalog", "facts", "RDS-MAZ-15"]) == 0
    assert "reboot_with_failover_is_the_test" in capsys.readouterr().out
