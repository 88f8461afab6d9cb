"""`opsconsole drill`, `check` and `schema drill` as a person or CI meets them: what is said, kept, and answered."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from opsconsole.cli.main import main
from opsconsole.drills.schema import drill_schema
from opsconsole.drills.shipped import FOLDERS, shipped_drills
from opsconsole.fleet.shipped import shipped_folder
from tests.drills.mistakes import FILE
from tests.json_schema import refusals

HEAD = 'title = "A blackout of AZ-a"\nfleet = "shop.toml"\nlength = "5m"\nvars = { az = "us-east-1a" }\n'
PASSES = (
    HEAD
    + """\
timeline = [
  { at = "30s", fault = "az:outage", target = "${az}", for = "2m" },
  { at = "30s", expect = "orders.writer == orders-2", within = "90s" },
]

[objective.checkout]
rto = "2m"
"""
)
FAILS = PASSES.replace('rto = "2m"', 'rto = "1s"')
INVALID = HEAD + 'given = ["orders.writer == orders-2"]\ntimeline = [{ at = "30s", expect = "orders.copies == 6" }]\n'
STOPS = (
    HEAD
    + """\
timeline = [
  { at = "30s", stop = "the business has had enough" },
  { at = "20s", expect = "orders.copies == 6" },
]
"""
)
WRONG = PASSES.replace("within", "whithin")
CODES = {"passes": (PASSES, 0), "fails": (FAILS, 1), "wrong": (WRONG, 2), "invalid": (INVALID, 3), "stops": (STOPS, 4)}


class Desk:
    """A folder with drills and their fleet, and what the command line said last."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys
        self.out = ""
        self.err = ""
        (folder / "shop.toml").write_bytes(FILE.with_name("shop.toml").read_bytes())
        for name, (text, _) in CODES.items():
            (folder / f"{name}.toml").write_text(text, encoding="utf-8")

    def path(self, name: str) -> str:
        """The path of a drill, or of anything else in the folder."""
        return str(self.folder / (f"{name}.toml" if name in CODES else name))

    def run(self, *words: str) -> int:
        """Run a command line, in which the names of drills stand for their paths. No ending is a traceback."""
        code = main([self.path(word) if word in CODES else word for word in words])
        self.out, self.err = self.capsys.readouterr()
        assert "Traceback" not in self.out + self.err
        assert "internal error" not in self.err
        return code


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


# -- verdicts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CODES)
def test_the_exit_code_is_the_verdict(desk: Desk, name: str) -> None:
    assert desk.run("drill", name) == CODES[name][1]


def test_a_passed_drill_says_what_was_promised_and_measured(desk: Desk) -> None:
    assert desk.run("drill", "passes") == 0
    assert desk.out.startswith("SIMULATED  passes: A blackout of AZ-a\n✓ PASSED")
    assert "checkout" in desk.out
    assert f"opsconsole drill {desk.path('passes')} --seed 5" in desk.out
    assert desk.err == ""


def test_a_wrong_file_is_refused_with_line_column_and_remedy(desk: Desk) -> None:
    assert desk.run("drill", "wrong") == 2
    assert desk.out == ""
    assert (
        f'{desk.path("wrong")}:7:55 timeline[1].whithin: "whithin" is not a key here; did you mean "within"?'
        in desk.err
    )


def test_what_is_wrong_with_several_files_is_told_at_once_and_nothing_runs(desk: Desk) -> None:
    other = desk.folder / "other.toml"
    other.write_text(FAILS.replace("az:outage", "az:outtage"), encoding="utf-8")
    assert desk.run("drill", "wrong", "passes", str(other)) == 2
    assert desk.out == ""
    assert [line.partition(".toml:")[2].partition(" ")[0] for line in desk.err.splitlines()] == ["7:55", "6:25"]


def test_of_several_drills_the_worst_code_counts_and_each_has_its_line(desk: Desk) -> None:
    assert desk.run("drill", "passes", "fails", "invalid") == 3
    first, second, third, *rest = desk.out.splitlines()
    assert first.startswith("✓ passed   passes")
    assert second.startswith("✗ failed   fails")
    assert third.startswith("? invalid  invalid")
    told = "\n".join(rest)
    assert [name for name in CODES if f"SIMULATED  {name}: " in told] == ["fails", "invalid"]


# -- options -----------------------------------------------------------------------------------------------------------


def test_a_plan_runs_nothing(desk: Desk) -> None:
    assert desk.run("drill", "fails", "--plan", "--set", "az=us-east-1b") == 0
    assert "az:outage us-east-1b for=2m" in desk.out
    assert "objective" in desk.out
    assert "digest" not in desk.out


def test_a_variable_is_set_and_stands_in_the_command_that_repeats_the_run(desk: Desk) -> None:
    assert desk.run("drill", "passes", "--set", "az=us-east-1b") == 1  # the writer stands elsewhere: it stays orders-1
    assert "--set az=us-east-1b" in desk.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--set", "zone=us-east-1b"), '--set zone=…: no drill has a variable "zone"; there are az'),
        (("--set", "az"), '--set "az": write NAME=VALUE, like --set az=us-east-1b'),
        (("--seed", "-1"), "--seed -1: write 0 to 9223372036854775807"),
        (("--seed", "9223372036854775808"), "--seed 9223372036854775808: write 0 to 9223372036854775807"),
        (("--seed", "x"), "argument --seed: invalid int value: 'x'"),
        (("--runs", "0"), "--runs 0: write 1 to 1,000,000"),
        (("--shrink",), "--shrink is for one drill with [chaos]"),
        (("--runs", "2", "--events", "x"), "--events keeps the event log of one run"),
        (("--runs", "2", "--junit", "x"), "--junit is for single runs: give --seed and --runs 1"),
        (("fails", "--runs", "2"), "--runs is for one drill: name one"),
        (("fails", "--events", "x"), "--events keeps the event log of one run"),
        (("fails", "--console"), "--console plays one drill: name one"),
    ],
)
def test_a_wrong_option_is_answered_with_a_sentence(desk: Desk, words: tuple[str, ...], told: str) -> None:
    assert desk.run("drill", "passes", *words) == 2
    assert desk.err.startswith(f"opsconsole: {told}")
    assert desk.out == ""


def test_a_value_that_does_not_fit_is_named_where_it_is_used(desk: Desk) -> None:
    assert desk.run("drill", "passes", "--set", "az=us-east-1z") == 2
    assert "passes.toml:6:47 timeline[0].target: there is no zone called" in desk.err


def test_the_seed_decides_and_is_the_same_again(desk: Desk) -> None:
    digests = []
    for seed in ("11", "11", "12"):
        assert desk.run("drill", "passes", "--seed", seed) == 0
        digests.append(desk.out.partition("digest ")[2].split()[0])
    assert digests[0] == digests[1] != digests[2]


# -- what is kept ------------------------------------------------------------------------------------------------------


def test_everything_that_is_asked_for_is_kept_and_the_journal_replays_to_the_same_bytes(desk: Desk) -> None:
    report, junit, result, events = (desk.path(name) for name in ("report", "junit.xml", "result.json", "log.jsonl"))
    kept = ("--report", report, "--junit", junit, "--json", result, "--events", events)
    assert desk.run("drill", "fails", *kept) == 1
    assert {"journal.jsonl", "report.html", "result.json"} <= {path.name for path in Path(report).iterdir()}
    whole = json.loads(Path(result).read_text(encoding="utf-8"))
    assert whole == json.loads((Path(report) / "result.json").read_text(encoding="utf-8"))
    assert (whole["verdict"], whole["drill"]) == ("failed", "fails")
    suite = ElementTree.parse(junit).getroot()
    assert len(list(suite.iter("testcase"))) == 2
    assert len(list(suite.iter("failure"))) == 1
    assert len(Path(events).read_text(encoding="utf-8").splitlines()) == whole["log_rows"]
    assert desk.run("replay", "--headless", str(Path(report) / "journal.jsonl")) == 0
    assert whole["log_digest"] in desk.out


def test_several_results_are_a_list_and_reports_have_folders_of_their_own(desk: Desk) -> None:
    kept = ("--json", desk.path("all.json"), "--report", desk.path("reports"))
    assert desk.run("drill", "passes", "fails", *kept) == 1
    results = json.loads(Path(desk.path("all.json")).read_text(encoding="utf-8"))
    assert [one["drill"] for one in results] == ["passes", "fails"]
    folders = sorted(Path(desk.path("reports")).iterdir())
    assert [path.name for path in folders] == ["fails", "passes"]
    for folder in folders:
        assert sorted(path.name for path in folder.iterdir()) == ["journal.jsonl", "report.html", "result.json"]


def test_two_drills_of_one_name_do_not_write_over_each_other(desk: Desk) -> None:
    inner = desk.folder / "inner"
    inner.mkdir()
    (inner / "passes.toml").write_text(PASSES.replace('"shop.toml"', '"../shop.toml"'), encoding="utf-8")
    assert desk.run("drill", "passes", str(inner / "passes.toml"), "--report", desk.path("reports")) == 2
    assert "two drills are called passes" in desk.err
    assert not Path(desk.path("reports")).exists()


@pytest.mark.parametrize(
    ("option", "where", "told"),
    [
        (
            "--json",
            "nowhere/result.json",
            "--json {0}/nowhere/result.json: there is no folder {0}/nowhere; make it",
        ),
        (
            "--junit",
            "nowhere/junit.xml",
            "--junit {0}/nowhere/junit.xml: there is no folder {0}/nowhere; make it",
        ),
        (
            "--events",
            "nowhere/log.jsonl",
            "--events {0}/nowhere/log.jsonl: there is no folder {0}/nowhere; make it",
        ),
        ("--json", "", "--json {0}: this is a folder; name a file in it"),
        (
            "--report",
            "shop.toml",
            "--report {0}/shop.toml: this is a file; name a folder",
        ),
        ("--report", "shop.toml/report", "{0}/shop.toml/report: Not a directory"),
    ],
)
def test_a_place_where_nothing_can_be_written_is_refused_before_the_run(
    desk: Desk, option: str, where: str, told: str
) -> None:
    path = str(desk.folder / where) if where else str(desk.folder)
    assert desk.run("drill", "passes", option, path) == 2
    assert desk.err == f"opsconsole: {told.format(desk.folder)}\n"
    assert desk.out == ""


def test_what_cannot_be_written_after_all_costs_nothing_else(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, *arguments: object, **options: object) -> int:
        if path.name == "junit.xml":
            raise OSError(28, "No space left on device", str(path))
        return write(path, *arguments, **options)  # type: ignore[arg-type]

    write = Path.write_text
    monkeypatch.setattr(Path, "write_text", full)
    kept = ("--junit", desk.path("junit.xml"), "--json", desk.path("result.json"))
    assert desk.run("drill", "passes", *kept) == 2
    assert desk.err == f"opsconsole: {desk.path('junit.xml')} was not written: No space left on device\n"
    assert "✓ PASSED" in desk.out
    assert json.loads(Path(desk.path("result.json")).read_text(encoding="utf-8"))["verdict"] == "passed"


# -- check -------------------------------------------------------------------------------------------------------------


def test_check_tells_drills_from_fleets_and_good_from_wrong(desk: Desk) -> None:
    assert desk.run("check", "passes", desk.path("shop.toml"), "az_outage", "global_aurora") == 0
    assert desk.out.splitlines() == [
        f"{desk.path('passes')}: ok, a drill: A blackout of AZ-a",
        f"{desk.path('shop.toml')}: ok, a fleet: Shop",
        "az_outage: ok, a drill: AZ-a loses power: checkout is back within two minutes and loses nothing",
        "global_aurora: ok, a fleet: Global storefront",
    ]
    assert desk.run("check", "passes", "wrong") == 2
    assert desk.out == f"{desk.path('passes')}: ok, a drill: A blackout of AZ-a\n"
    assert desk.err.startswith(f"opsconsole: 1 problem\n{desk.path('wrong')}:7:55 ")


def test_check_takes_a_folder(desk: Desk) -> None:
    assert desk.run("check", str(desk.folder)) == 2
    assert [Path(line.partition(": ")[0]).name for line in desk.out.splitlines()] == [
        "fails.toml",
        "invalid.toml",
        "passes.toml",
        "shop.toml",
        "stops.toml",
    ]
    assert "wrong.toml:7:55" in desk.err
    (desk.folder / "empty").mkdir()
    assert desk.run("check", desk.path("empty")) == 2
    assert "this folder has no TOML file" in desk.err


# -- the schema --------------------------------------------------------------------------------------------------------


def test_the_schema_accepts_every_shipped_drill_and_refuses_slips(desk: Desk) -> None:
    import tomllib

    schema = drill_schema()
    assert desk.run("schema", "drill") == 0
    assert json.loads(desk.out) == schema
    shipped = [path for folder in FOLDERS for path in shipped_drills(folder).values()]
    assert shipped
    for path in shipped:
        drill = tomllib.loads(path.read_text(encoding="utf-8"))
        assert list(refusals(drill, schema, schema)) == [], path
    sound = tomllib.loads(PASSES)
    assert list(refusals(sound, schema, schema)) == []
    for right, wrong in (
        ("within", "whithin"),
        ("az:outage", "az:outtage"),
        ("rto =", "rt0 ="),
        ('at = "30s"', "at = 30"),
        ('title = "A blackout of AZ-a"\n', ""),
    ):
        assert list(refusals(tomllib.loads(PASSES.replace(right, wrong)), schema, schema)), wrong


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("drill global_aurora", "this is a fleet, not a drill"),
        (f"drill {shipped_folder() / 'global_aurora.toml'}", "this is a fleet, not a drill"),
        ("run az_outage --for 1m", "this is a drill, not a fleet; run it with `opsconsole drill az_outage`"),
        (f"run {shipped_folder() / 'drills' / 'az_outage.toml'} --for 1m", "this is a drill, not a fleet"),
    ],
)
def test_the_other_kind_of_file_is_told_in_one_line(capsys: pytest.CaptureFixture[str], line: str, told: str) -> None:
    assert main(line.split()) == 2
    said = capsys.readouterr().err
    assert told in said
    assert len(said.splitlines()) == 1
