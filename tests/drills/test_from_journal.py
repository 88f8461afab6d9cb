"""A session becomes a drill that loads and passes, whatever was asked in it: refusals, heals, marks, an open outage."""

from pathlib import Path

from opsconsole.commands import parse
from opsconsole.drills.from_journal import drill_of
from opsconsole.drills.load import parse_drill
from opsconsole.drills.result import DrillResult, Verdict
from opsconsole.drills.running import run_drill
from opsconsole.engine.begin import begin
from opsconsole.engine.journal import read_journal
from opsconsole.fleet import load_fleet

SECOND = 1_000_000


def made_of(folder: Path, until_s: int, *asked: tuple[int, str]) -> tuple[str, DrillResult]:
    """The drill that a session becomes, and what comes of it."""
    journal = folder / "session.jsonl"
    session = begin(load_fleet("aurora_mysql"), journal=journal, live=True)
    for at_s, line in asked:
        session.run_until(at_s * SECOND)
        session.ask(parse(line), "operator")
    session.run_until(until_s * SECOND)
    session.close()
    text = drill_of(read_journal(journal))
    return text, run_drill(parse_drill(text, folder / "made.toml"), detail=False)


def test_marks_of_any_name_refusals_and_heals_are_repeated(tmp_path: Path) -> None:
    text, result = made_of(
        tmp_path,
        300,
        (1, "mark deploy"),
        (2, "mark deploy"),
        (3, "mark start"),
        (4, "mark a@b"),
        (10, "az:outage us-east-1a for=30s"),
        (11, "sim:crash-instance orders-1"),
        (20, "heal us-east-1a"),
        (21, "heal us-east-1a"),
    )
    assert (result.verdict, result.reason) == (Verdict.PASSED, "1 check true, 2 objectives met")
    assert "# 11s: sim:crash-instance orders-1 was refused: InvalidDBInstanceState" in text
    assert 'action = "heal", target = "us-east-1a", refused = "ResourceNotFoundException"' in text


def test_a_session_that_ends_in_an_outage_still_promises_something(tmp_path: Path) -> None:
    text, result = made_of(tmp_path, 60, (10, "app:pause-writes checkout"))
    assert "# checkout had not recovered when the session ended." in text
    assert "rto" not in text
    assert result.verdict is Verdict.PASSED, result.reason
