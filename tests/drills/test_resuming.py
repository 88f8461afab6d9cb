"""A drill that was killed goes on with its director: the same events and verdict as if nothing had happened."""

import os
import re
from pathlib import Path

import pytest

from opsconsole.cli.main import main
from opsconsole.commands import parse
from opsconsole.drills.load import load_drill
from opsconsole.drills.manner import Manner
from opsconsole.drills.resuming import resume_drill
from opsconsole.drills.running import Run
from opsconsole.engine.journal import JournalError, read_journal
from opsconsole.engine.replay import branch, replay, resume

SECOND = 1_000_000
TEXT = """
title = "Two blows, and a move by hand between them"
fleet = "aurora_mysql"
length = "12m"
vars = { zone = "us-east-1a" }
timeline = [
  { at = "20s", fault = "az:outage", target = "${zone}", for = "60s", id = "outage" },
  { at = "20s", mark = "dark" },
  { after = "outage", action = "rds:failover-db-cluster", target = "orders", solution = true },
  { at = "5m", load = "checkout", set = { writes = "800/s" }, ramp = "30s", for = "1m" },
  { at = "20s", expect = "orders.endpoint.writer.az != us-east-1a", within = "2m" },
]
[chaos]
runs = 2
need = "50%"
gap = "30s"
fault = [{ fault = "sim:crash-instance", target = "any(orders)", mean = "2m" }]
"""
EVERY = int(os.environ.get("OPSCONSOLE_KILLS_EVERY", "9"))
"""Behind every so many lines of the journal; 1 for each."""

BY_HAND = [(20 * SECOND, "mark at-once"), (20 * SECOND, "mark twice"), (200 * SECOND, "sim:crash-instance orders-3")]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "blows.toml"
    path.write_text(TEXT)
    return path


def play(run: Run, until_us: int) -> Run:
    """As at the console: slices, and commands by hand at times of their own."""
    run.begin()
    while not run.over and run.session.now_us < until_us:
        hand = next((at for at, _ in BY_HAND if at > run.session.now_us), until_us)
        run.session.run_until(min(until_us, hand, run.session.now_us + 7_310_077))
        for at, line in BY_HAND:
            if at == run.session.now_us:
                run.session.ask(parse(line), "operator")
    return run


def killed(journal: Path, copy: Path, lines: int) -> Path:
    """What a kill leaves that let so many lines be written: nobody's lock, and half a line."""
    whole = journal.read_bytes().splitlines(keepends=True)
    copy.write_bytes(b"".join(whole[:lines]) + whole[lines][:20] if lines < len(whole) else b"".join(whole))
    return copy


def by_hand(journal: Path) -> list[str]:
    return [asked.command for asked in read_journal(journal).asked if asked.who == "operator"]


def test_killed_behind_any_line_of_its_journal_it_goes_on_as_if_it_had_not_been(file: Path, tmp_path: Path) -> None:
    journal, drill = tmp_path / "a.journal", load_drill(file, seed=5, settings={"zone": "us-east-1b"})
    whole = play(Run(drill, journal=journal, live=True), drill.length_us)
    whole.session.close()
    lines = journal.read_bytes().count(b"\n")
    compared = 0
    for kept in range(1, lines + 1, EVERY):
        path = killed(journal, tmp_path / f"{kept}.journal", kept)
        resumed = play(resume_drill(path, live=True), drill.length_us)
        resumed.session.close()
        assert replay(read_journal(path)).cloud.log.digest == resumed.session.cloud.log.digest
        if by_hand(path) == by_hand(journal):  # else a move by hand fell to the kill: it was not acknowledged
            compared += 1
            assert resumed.result.model_dump_json() == whole.result.model_dump_json()
    assert compared > lines / EVERY / 2


def test_a_drill_resumed_headless_has_the_verdict_and_the_exit_code_that_it_would_have_had(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["drill", str(file), "--runs", "1", "--report", str(tmp_path / "report")])
    whole = capsys.readouterr().out
    path = killed(tmp_path / "report" / "journal.jsonl", tmp_path / "b.journal", 6)
    assert main(["resume", str(path), "--headless"]) == code
    assert capsys.readouterr().out == whole
    assert main(["resume", str(path), "--headless"]) == code  # it is over: nothing more happens
    assert capsys.readouterr().out == whole
    assert main(["resume", str(path), "--headless", "--for", "1m"]) == 2
    assert "--for: this is a drill's journal" in capsys.readouterr().err


def test_a_drill_that_somebody_stopped_is_not_gone_on_with_as_if_nobody_had(file: Path, tmp_path: Path) -> None:
    drill = load_drill(file)
    run = Run(drill, journal=tmp_path / "a.journal")
    run.begin()
    run.session.run_until(40 * SECOND)
    run.to_the_end(stop=lambda: True)
    run.session.close()
    resumed = resume_drill(tmp_path / "a.journal")
    resumed.to_the_end()
    assert "healed by hand" in resumed.result.reason
    resumed.session.close()


def test_the_manner_goes_with_it(file: Path, tmp_path: Path) -> None:
    run = Run(load_drill(file), manner=Manner(solution=False, faults=False), journal=tmp_path / "a.journal")
    play(run, 60 * SECOND).session.close()
    resumed = resume_drill(tmp_path / "a.journal")
    assert resumed.manner == Manner(solution=False, faults=False)
    resumed.session.close()


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda file: file.write_text(TEXT.replace("60s", "61s")), "which has changed since"),
        (lambda file: file.unlink(), "which cannot be read any more"),
    ],
)
def test_a_drill_that_is_another_one_by_now_is_refused_with_what_goes_instead(
    file: Path, tmp_path: Path, harm: object, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.journal"
    play(Run(load_drill(file), journal=path), 60 * SECOND).session.close()
    before = path.read_bytes()
    assert callable(harm)
    harm(file)
    assert main(["resume", str(path), "--headless"]) == 2
    told = capsys.readouterr().err
    assert re.search(rf"is that of the drill {file}, {says}; `opsconsole replay` shows it as it was", told)
    assert main(["replay", str(path), "--headless"]) == 0
    assert path.read_bytes() == before


def test_a_branch_of_a_drill_is_none_and_without_its_director_none_goes_on(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    play(Run(load_drill(file), journal=path), 60 * SECOND).session.close()
    with pytest.raises(JournalError, match="that of a drill"):
        resume(path)
    branch(read_journal(path), 30 * SECOND, tmp_path / "b.journal").close()
    assert read_journal(tmp_path / "b.journal").header.drill is None
    resume(tmp_path / "b.journal").close()
