"""Two results side by side, and `opsconsole compare`: what it prints and what it refuses."""

import json
from pathlib import Path

import pytest

from opsconsole.cli.main import main
from opsconsole.drills.comparison import CannotCompare, Line, compare
from opsconsole.drills.distribution import interval, percentile, reached_by
from opsconsole.drills.result import AppResult, ChaosResult, DrillResult, Verdict
from opsconsole.drills.result_file import result_json
from tests.drills import results
from tests.drills.results import S


def with_app(app: AppResult, **changes: object) -> DrillResult:
    return results.passed().model_copy(update={"apps": (app,), **changes})


def line(lines: list[Line], what: str, app: str = "checkout") -> Line:
    return next(found for found in lines if (found.app, found.what.strip()) == (app, what))


def slower() -> DrillResult:
    """The passed drill, with an app whose name cache lasts nine seconds longer and that lost a write."""
    app = results.checkout()
    incident = app.incidents[0]
    cache = incident.phases[3].model_copy(update={"ends_us": incident.phases[3].ends_us + 9 * S})
    incident = incident.model_copy(
        update={
            "recovered_us": 85_795_000,
            "max_us": 25_795_000,
            "phases": (*incident.phases[:3], cache, *incident.phases[4:]),
        }
    )
    counts = app.counts.model_copy(update={"lost": 1})
    changes = {"rto_us": 25_795_000, "incidents": (incident,), "counts": counts, "availability_percent": 99.0}
    return with_app(app.model_copy(update=changes), seed=8)


# what it says


def test_a_slower_run_is_worse_where_it_is_worse_and_equal_elsewhere() -> None:
    lines = compare(results.passed(), slower())
    assert line(lines, "rto") == Line("checkout", "rto", "16.8 s", "25.8 s", "+9.0 s", "A")
    assert line(lines, "client cache") == Line("checkout", "  client cache", "3.6 s", "12.6 s", "+9.0 s", "A")
    assert line(lines, "DNS").difference == "="
    assert line(lines, "lost") == Line("checkout", "lost", "0", "1", "+1", "A")
    assert line(lines, "availability") == Line("checkout", "availability", "99.535 %", "99 %", "−0.535 points", "A")
    assert line(lines, "served again, max").better == "A"
    assert line(lines, "rpo").better == ""


def test_the_other_way_round_the_other_is_better() -> None:
    forth, back = compare(results.passed(), slower()), compare(slower(), results.passed())
    other = {"A": "B", "B": "A", "": ""}
    assert [(found.app, found.what, other[found.better]) for found in forth] == [
        (found.app, found.what, found.better) for found in back
    ]


def test_not_recovered_is_worse_than_any_number_and_equal_to_itself() -> None:
    never = with_app(results.checkout().model_copy(update={"rto_us": None}))
    assert line(compare(never, results.passed()), "rto") == Line("checkout", "rto", "not recovered", "16.8 s", "", "B")
    assert line(compare(never, never), "rto").better == ""


def test_what_makes_two_results_hard_to_compare_is_said() -> None:
    lines = compare(results.passed(), slower().model_copy(update={"fleet_digest": "other"}))
    assert [found.what for found in lines if found.difference == "differs"] == ["fleet's text", "seed"]


def test_passing_is_better_and_of_other_verdicts_none_is() -> None:
    def better(a: Verdict, b: Verdict) -> str:
        return compare(*(results.passed().model_copy(update={"verdict": verdict}) for verdict in (a, b)))[0].better

    assert better(Verdict.PASSED, Verdict.INVALID) == "A"
    assert better(Verdict.FAILED, Verdict.PASSED) == "B"
    assert better(Verdict.FAILED, Verdict.STOPPED) == ""


def test_an_app_of_only_one_of_them_is_named() -> None:
    assert line(compare(results.passed(), results.failed()), "is in", "billing") == Line(
        "billing", "is in", "no", "yes"
    )


def test_many_runs_are_compared_by_their_percentiles() -> None:
    a = results.chaos()
    faster = [run.model_copy(update={"rto_us": {**run.rto_us, "checkout": 5 * S}}) for run in a.runs]
    b = a.model_copy(update={"runs": tuple(faster)})
    lines = compare(a, b)
    ranked = sorted(run.rto_us["checkout"] or 10**12 for run in a.runs)
    assert line(lines, "rto, p95").a == f"{ranked[189] / S:.1f} s"
    assert line(lines, "rto, p95").better == "B"
    assert line(lines, "rto, p99").b == "5.0 s"
    assert line(lines, "availability, 99 % reach").difference == "="
    assert line(lines, "passed", app="").a == "96.5 %"


def test_a_percentile_is_a_value_that_was_seen_and_not_recovered_is_the_worst() -> None:
    values = [*range(1, 99), None, None]
    assert [percentile(values, p) for p in (50, 95, 98, 99)] == [50, 95, 98, None]
    assert percentile([7], 99) == 7
    assert reached_by([99.0, 99.9, 90.0, 100.0], 75) == 99.0
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_how_sure_a_share_is_depends_on_how_many_runs_say_it() -> None:
    few, many = interval(10, 10), interval(1_000, 1_000)
    assert few[0] == pytest.approx(72.2, abs=0.1)
    assert many[0] > 99.6
    assert few[1] == pytest.approx(100)
    assert many[1] == pytest.approx(100)
    assert interval(0, 0) == (0, 100)


# the command line


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "a.json").write_text(result_json(results.passed()))
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "result.json").write_text(result_json(slower()))
    (tmp_path / "chaos.json").write_text(result_json(results.chaos(20)))
    (tmp_path / "empty").mkdir()
    return tmp_path


def test_compare_prints_both_sides_of_a_file_and_of_a_folder(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(files / "a.json"), str(files / "report")]) == 0
    out = capsys.readouterr().out
    assert out.startswith("SIMULATED  A az_outage  aurora_mysql  seed 7  passed\n           B az_outage")
    rows = [row.split() for row in out.splitlines()]
    assert ["checkout", "rto", "16.8", "s", "25.8", "s", "+9.0", "s", "A"] in rows


def test_compare_shows_control_characters_and_does_not_send_them(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "b.json").write_text(result_json(results.hostile()[0]))
    assert main(["compare", str(files / "a.json"), str(files / "b.json")]) == 0
    out = capsys.readouterr().out
    assert "\\u001b[31m \\u202edesrever </svg>" in out
    assert "\x1b" not in out
    assert "\u202e" not in out


def damaged(result: DrillResult | ChaosResult, **changes: object) -> str:
    return json.dumps({**json.loads(result_json(result)), **changes})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "no such file"),
        ("", "not JSON (line 1: Expecting value)"),
        ("fleet = 1\n", "not JSON (line 1"),
        ("[" * 100_000, "not JSON (it is nested too deep)"),
        ("[1]", "JSON, but no drill's result"),
        ('{"a": 1}', "JSON, but no drill's result"),
        (damaged(results.passed(), format=2), "a result of format 2; this version reads 1"),
        (damaged(results.passed(), seed="x"), "a damaged result of format 1: seed:"),
        (damaged(results.passed(), surprise=1), "a damaged result of format 1: surprise:"),
        (damaged(results.chaos(1), runs=[1]), "a damaged result of format 1: runs.0:"),
    ],
)
def test_compare_refuses_what_is_no_result_in_a_sentence(
    files: Path, capsys: pytest.CaptureFixture[str], text: str | None, told: str
) -> None:
    if text is not None:
        (files / "bad.json").write_text(text)
    assert main(["compare", str(files / "a.json"), str(files / "bad.json")]) == 2
    err = capsys.readouterr().err
    assert f"{files / 'bad.json'}: {told}" in err
    assert "Traceback" not in err


def test_compare_refuses_a_folder_without_a_result_and_a_file_that_is_no_text(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "bad.json").write_bytes(b"\xff\xfe\x00")
    assert main(["compare", str(files / "empty"), str(files / "a.json")]) == 2
    assert f"the folder {files / 'empty'} holds no result.json" in capsys.readouterr().err
    assert main(["compare", str(files / "bad.json"), str(files / "a.json")]) == 2
    assert "it is not UTF-8 text" in capsys.readouterr().err


def test_compare_refuses_one_run_against_many(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(files / "a.json"), str(files / "chaos.json")]) == 2
    assert "A is one run of az_outage, B is many runs of small_failures" in capsys.readouterr().err
    with pytest.raises(CannotCompare):
        compare(results.chaos(1), results.passed())
