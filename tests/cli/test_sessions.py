"""Recorded sessions on the command line: listed, found by name, replayed up to a time, branched."""

import os
from pathlib import Path

import pytest

from opsconsole.cli.main import main
from opsconsole.cli.state import default_journal, sessions_folder
from opsconsole.cli.terminal import UsageError
from opsconsole.engine.journal import Journal, read_journal
from opsconsole.engine.shelf import KEPT, KEPT_BYTES
from opsconsole.fleet import load_fleet

OUTAGE = "T+60s az:outage us-east-1a for=10m"
RUN = ("run", "aurora_mysql", "--for", "30m", "--seed", "5", "--do", OUTAGE, "--do", "T+20m heal all")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("platformdirs.user_state_path", lambda *_names, **_options: tmp_path / "state")
    return sessions_folder()


def record(path: Path) -> Path:
    assert main([*RUN, "--journal", str(path)]) == 0
    return path


def test_with_no_session_it_says_how_to_make_one(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sessions"]) == 0
    assert capsys.readouterr().out.startswith(f"no session is recorded in {state}\n`opsconsole global_aurora` opens")
    assert main(["sessions", str(state)]) == 2
    assert "no such folder" in capsys.readouterr().err


def test_help_says_how_many_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sessions", "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"the {KEPT} sessions written last, {KEPT_BYTES // 2**20} MiB" in said


def test_sessions_are_listed_with_what_to_type_next(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("quit", "killed", "torn", "damaged", "running"):
        record(default_journal("x").with_name(f"{name}.journal"))
    lines = {path.stem: path.read_bytes() for path in state.glob("*.journal")}
    (state / "killed.journal").write_bytes(lines["killed"][: lines["killed"].rindex(b"\n", 0, -1) + 1])
    (state / "torn.journal").write_bytes(lines["torn"][:-5])
    (state / "damaged.journal").write_bytes(lines["damaged"].replace(b"heal all", b"heal ill"))
    running = Journal.reopen(read_journal(state / "running.journal"))
    capsys.readouterr()
    assert main(["sessions"]) == 0
    running.close()
    out = capsys.readouterr().out
    assert out.startswith("SIMULATED  5 sessions in ")
    told = {block.splitlines()[1].split()[-1]: block.splitlines() for block in out.split("\n\n")[1:]}
    head, command = told["quit"]
    assert head.split("  ")[2:7] == ["aurora_mysql", "seed 5", "30m", "2 commands", "3 KiB"]
    assert head.endswith("  quit")
    assert command.strip() == "opsconsole resume quit"
    assert told["killed"][0].endswith("  killed")
    assert "its last line is cut off" in told["torn"][0]
    assert told["running"][0].endswith("  running")
    assert told["running"][1].strip() == "opsconsole replay running"
    assert "damaged at line 4: changed" in told["damaged"][0]
    assert "resume" not in told["damaged"][1]


def test_a_session_is_found_by_its_name(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record(default_journal("x").with_name("a.journal"))
    digest = capsys.readouterr().out.split()[-1]
    for name in ("a", "a.journal", str(state / "a.journal")):
        assert main(["replay", name, "--headless"]) == 0
        assert capsys.readouterr().out.split()[-1] == digest
    assert main(["resume", "a", "--headless", "--for", "1m"]) == 0
    assert "now T+31m" in capsys.readouterr().out
    assert main(["replay", "b", "--headless"]) == 2
    assert "there is no session b, and no file of this name; `opsconsole sessions` lists" in capsys.readouterr().err
    assert main(["replay", "b.journal", "--headless"]) == 2
    assert "b.journal: cannot be read: No such file" in capsys.readouterr().err


def test_a_new_session_makes_the_oldest_go(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsconsole.engine.shelf.make_room.__kwdefaults__", {"kept": 2, "kept_bytes": 10**9})
    old, older = (record(default_journal("x").with_name(f"{name}.journal")) for name in ("old", "older"))
    for path, days in ((old, 2), (older, 3)):
        os.utime(path, (path.stat().st_mtime - days * 86_400,) * 2)
    path = default_journal("new fleet")
    assert path.name.startswith("new_fleet-")
    assert [kept.name for kept in sorted(state.glob("*.journal"))] == ["old.journal"]


def test_a_replay_stops_where_it_is_asked_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = record(tmp_path / "a.journal")
    capsys.readouterr()
    assert main(["replay", str(journal), "--headless", "--until", "T+10m"]) == 0
    out = capsys.readouterr().out
    assert "now T+10m" in out
    assert "replayed 1 command of 2, " in out
    assert main(["replay", str(journal), "--headless", "--until", "T+31m"]) == 2
    assert "--until T+31m: the session ended before, at T+30m" in capsys.readouterr().err


def test_a_branch_goes_on_in_a_journal_of_its_own(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = record(tmp_path / "a.journal")
    digest, before = capsys.readouterr().out.split()[-1], journal.read_bytes()
    asked = ("replay", str(journal), "--headless", "--until", "T+10m", "--for", "20m", "--do", "T+20m heal all")
    assert main([*asked, "--branch", str(tmp_path / "b.journal")]) == 0
    out = capsys.readouterr().out
    assert f"digest    {digest}" in out  # the same commands as in the old session, so the same events
    assert f"opsconsole resume {tmp_path / 'b.journal'}" in out
    assert main(["replay", str(tmp_path / "b.journal"), "--headless"]) == 0
    assert capsys.readouterr().out.split()[-1] == digest
    assert journal.read_bytes() == before
    assert main([*asked, "--branch"]) == 0
    (kept,) = state.glob("*.journal")
    assert kept.name.startswith("aurora_mysql-branch-")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--for", "1m"], "--for needs --branch"),
        (["--do", "T+1s heal all"], "--do needs --branch"),
        (["--until", "5"], 'write "5s"'),
        (["--branch", "b.journal", "--do", "T+31m heal all"], "lies after the end (--for 0s)"),
        (["--branch", "b.journal", "--for", "5m", "--do", "T+31m sim:crash-instance nope"], "nope"),
        (["--branch", "a.journal/b.journal"], "a.journal/b.journal: cannot be written"),
        (["--branch", "a.journal"], "never overwritten"),
    ],
)
def test_what_cannot_be_branched_is_a_sentence_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    record(tmp_path / "a.journal")
    capsys.readouterr()
    assert main(["replay", "a.journal", "--headless", *options]) == 2
    err = capsys.readouterr().err
    assert says in err
    assert "Traceback" not in err
    assert not (tmp_path / "b.journal").exists()


@pytest.mark.parametrize("verb", ["replay", "resume"])
def test_another_version_or_catalog_that_repeats_a_session_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    journal = record(tmp_path / "a.journal")
    capsys.readouterr()
    assert main([verb, str(journal), "--headless"]) == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("opsconsole.catalog.digest", lambda: "0123456789abcdef")
    monkeypatch.setattr("opsconsole.__version__", "9.9.9")
    assert main([verb, str(journal), "--headless"]) == 0
    said = capsys.readouterr().err
    assert "written with opsconsole 0.1.0, this is 9.9.9 and the catalog" in said
    assert "this is 0123456789ab; what was compared is the same all the same" in said


def test_a_state_folder_that_cannot_be_written_is_a_sentence_with_the_remedy(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state.mkdir(parents=True)
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(UsageError, match=r"Permission denied; choose a place with --journal FILE, or --no-journal"):
        default_journal("x")


def test_a_path_that_is_no_text_does_no_harm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.toml"))
    try:
        file.write_text(load_fleet("aurora_mysql").text)
    except OSError:
        pytest.skip("this file system has no such names")
    assert main(["run", str(file), "--for", "1m", "--journal", str(tmp_path / "a.journal")]) == 0
    assert main(["sessions", str(tmp_path)]) == 0
    assert main(["run", str(file), "--for", "1m", "--do", "T+1s mark \udcff"]) == 2
    assert "no text in UTF-8" in capsys.readouterr().err
