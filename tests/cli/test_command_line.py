"""The command line as a person meets it: what each verb prints, where trouble goes, and which code it ends with."""

import csv
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from opsconsole.cli.main import VERBS, main

OUTAGE = "T+60s az:outage us-east-1a for=30m"


def opsconsole(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "opsconsole", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, **options)  # type: ignore[call-overload,no-any-return]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> "Printed":
    return Printed(capsys)


class Printed:
    """Runs a command line in this process and keeps what it said."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        self.out = ""
        self.err = ""

    def run(self, *arguments: str) -> int:
        code = main(arguments)
        self.out, self.err = self.capsys.readouterr()
        return code


# what it prints


def test_help_names_every_verb_and_says_simulated(printed: Printed) -> None:
    assert printed.run("--help") == 0
    assert "SIMULATED" in printed.out
    for verb in VERBS:
        assert f"\n  {verb} " in printed.out


@pytest.mark.parametrize("verb", [*VERBS, "aurora_mysql"])
def test_every_verb_has_help(printed: Printed, verb: str) -> None:
    assert printed.run(verb, "--help") == 0
    assert printed.out.startswith("usage: opsconsole")
    assert "SUPPRESS" not in printed.out


def test_a_run_says_in_a_few_lines_what_came_of_it(printed: Printed) -> None:
    assert printed.run("run", "aurora_mysql", "--for", "1h", "--seed", "5", "--do", OUTAGE) == 0
    assert printed.out.startswith("SIMULATED  One Aurora MySQL cluster  seed 5  now T+1h\n")
    assert "1 command: 1 done" in printed.out
    assert "% ok" in printed.out
    assert "digest" in printed.out


def test_two_runs_are_the_same_and_another_seed_is_not(printed: Printed) -> None:
    digests = []
    for seed in ("5", "5", "6"):
        printed.run("run", "aurora_mysql", "--seed", seed, "--do", OUTAGE)
        digests.append(printed.out.split()[-1])
    assert digests[0] == digests[1] != digests[2]


def test_a_run_is_the_same_under_any_hash_seed(tmp_path: Path) -> None:
    lines = [
        "T+1m az:outage us-east-1a for=10m",
        "T+20m region:partition eu-west-1 for=5m",
        "T+40m sim:crash-host orders-2",
    ]
    arguments = [word for line in lines for word in ("--do", line)]
    digests = [
        opsconsole("run", "global_aurora", *arguments, env={**os.environ, "PYTHONHASHSEED": seed}).stdout.split()[-1]
        for seed in ("0", "1", "4711")
    ]
    assert len(digests[0]) == 32
    assert digests[0] == digests[1] == digests[2]


def test_what_aws_refuses_is_told_and_the_run_goes_on(printed: Printed) -> None:
    assert (
        printed.run("run", "aurora_mysql", "--for", "10m", "--do", "T+1m rds:failover-db-cluster orders to=orders-1")
        == 0
    )
    assert "1 command: 1 refused" in printed.out
    assert "now T+10m" in printed.out
    assert "refused   T+1m rds:failover-db-cluster orders to=orders-1: " in printed.out


def test_the_event_log_has_its_rows_in_order(printed: Printed, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    assert printed.run("run", "aurora_mysql", "--do", OUTAGE, "--events", str(events)) == 0
    rows = [json.loads(line) for line in events.read_text(encoding="utf-8").splitlines()]
    assert [row["t"] for row in rows] == sorted(row["t"] for row in rows)
    assert {row["stream"] for row in rows} == {"aws", "sim"}
    assert all(row["source"] for row in rows)
    assert {"id", "source_type", "category", "message"} <= set(next(row for row in rows if row["stream"] == "aws"))


def test_metrics_come_as_csv_minute_by_minute(printed: Printed, tmp_path: Path) -> None:
    metrics = tmp_path / "metrics.csv"
    assert printed.run("run", "aurora_mysql", "--for", "3m30s", "--metrics", str(metrics)) == 0
    with metrics.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    cpu = [row for row in rows if (row["source"], row["metric"]) == ("orders-1", "CPUUtilization")]
    assert [int(row["t"]) for row in cpu] == [0, 60_000_000, 120_000_000]
    assert cpu[0]["Timestamp"] == "2026-01-05T09:00:00Z"
    assert all(0 < float(row["Average"]) <= 100 for row in cpu)


def test_a_journal_replays_and_resumes_headless(printed: Printed, tmp_path: Path) -> None:
    journal, first, second = tmp_path / "a.journal", tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    printed.run("run", "aurora_mysql", "--do", OUTAGE, "--journal", str(journal), "--events", str(first))
    digest = printed.out.split()[-1]
    assert printed.run("check", str(journal)) == 0
    assert "a journal: 1 command up to T+1h" in printed.out
    assert printed.run("replay", str(journal), "--headless", "--events", str(second)) == 0
    assert printed.out.split()[-1] == digest
    assert first.read_bytes() == second.read_bytes()
    assert printed.run("resume", str(journal), "--headless", "--for", "1h", "--do", "T+70m heal all") == 0
    assert "now T+2h" in printed.out
    assert "2 commands" in printed.out
    assert printed.run("replay", str(journal), "--headless") == 0


def test_describe_prints_what_the_api_would_answer(printed: Printed) -> None:
    assert printed.run("describe", "aurora_mysql", "orders", "--at", "T+10m", "--do", OUTAGE) == 0
    cluster = json.loads(printed.out)["DBClusters"][0]
    assert cluster["DBClusterIdentifier"] == "orders"
    assert printed.run("describe", "aurora_mysql") == 0
    assert len(json.loads(printed.out)["DBInstances"]) == 3


def test_describe_knows_snapshots_by_their_names_and_keys_by_their_ids(printed: Printed) -> None:
    made = ("--at", "T+3h", "--do", "T+1m rds:create-db-snapshot billing id=before-deploy")
    assert printed.run("describe", "rds_multi_az", "before-deploy", *made) == 0
    assert json.loads(printed.out)["DBSnapshots"][0]["Status"] == "available"
    assert printed.run("describe", "rds_multi_az", "billing-key") == 0
    assert json.loads(printed.out)["KeyMetadata"]["KeyId"] == "billing-key"
    assert printed.run("describe", "rds_multi_az", "before-deplo", *made) == 2
    assert "did you mean before-deploy?" in printed.err


def test_a_command_that_would_never_be_asked_is_refused(printed: Printed) -> None:
    assert printed.run("run", "aurora_mysql", "--for", "1h", "--do", "T+2h az:outage us-east-1a") == 2
    assert "after the end (--for 1h)" in printed.err


def test_the_summary_tells_what_was_lost_and_how_long_it_took(printed: Printed) -> None:
    lost = (
        "T+10m region:outage us-east-1", "T+11m rds:failover-global-cluster orders-global allow_data_loss=true",
        "T+40m app:set-endpoint checkout endpoint=orders-eu.writer use=both",
    )  # fmt: skip
    assert printed.run("run", "global_aurora", "--for", "1h", *(word for line in lost for word in ("--do", line))) == 0
    assert "acknowledged and lost" in printed.out
    assert "1 incident, longest 29m59s900ms" in printed.out  # a hundredth of ten seconds may be bad


def test_dig_follows_the_name_to_the_new_writer(printed: Printed) -> None:
    asked = ("dig", "aurora_mysql", "orders.writer", "--from", "checkout", "--do", OUTAGE)
    assert printed.run(*asked) == 0
    assert "SIMULATED" in printed.out
    assert "CNAME  orders-1." in printed.out
    assert printed.run(*asked, "--at", "T+10m") == 0
    assert "CNAME  orders-1." not in printed.out


def test_the_catalog_lists_kinds_rows_and_one_row(printed: Printed) -> None:
    assert printed.run("catalog") == 0
    kinds = [line.split()[0] for line in printed.out.splitlines()]
    for kind in kinds:
        assert printed.run("catalog", kind) == 0
        assert printed.out.strip()
    assert printed.run("catalog", "timings", "aurora-failover") == 0
    assert "confidence" in printed.out
    assert printed.run("catalog", "metrics", "CPUUtilization") == 0
    assert "Percent" in printed.out
    assert printed.run("catalog", "commands", "az:outage") == 0
    assert "for" in printed.out


def test_schema_and_fleets(printed: Printed) -> None:
    assert printed.run("schema", "fleet") == 0
    assert "properties" in json.loads(printed.out)
    assert printed.run("fleets") == 0
    assert "global_aurora" in printed.out


def test_check_tells_of_every_file_and_every_problem(
    printed: Printed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = 'name = 7\n[aurora.orders]\nengine = "aurora-mysqll"\nregion = "us-east-1"\n'
    Path("bad.toml").write_text(text, encoding="utf-8")
    assert printed.run("check", "aurora_mysql", "bad.toml", "worse.toml") == 2
    assert "aurora_mysql: ok, a fleet" in printed.out
    assert "bad.toml:1:" in printed.err
    assert "bad.toml:3:" in printed.err
    assert "worse.toml" in printed.err


def test_a_changed_journal_is_named_by_its_line(printed: Printed, tmp_path: Path) -> None:
    journal = tmp_path / "a.journal"
    printed.run("run", "aurora_mysql", "--for", "2m", "--do", OUTAGE, "--journal", str(journal))
    journal.write_bytes(journal.read_bytes().replace(b"az:outage us-east-1a", b"az:outage us-east-1b"))
    for verb in (("check",), ("replay", "--headless"), ("resume", "--headless")):
        assert printed.run(*verb, str(journal)) == 2
        assert f"{journal}:2: changed since it was written" in printed.err


# how it ends


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "no-such-fleet"], "opsconsole: no-such-fleet: "),
        (["run"], "required: FLEET"),
        (["run", "aurora_mysql", "--for", "5"], 'write "5s"'),
        (["run", "aurora_mysql", "--colour"], "unrecognized arguments: --colour"),
        (["run", "aurora_mysql", "--do", "T+1s az:outge us-east-1a"], "did you mean az:outage?"),
        (["run", "aurora_mysql", "--do", "az:outage us-east-1x"], "there is no zone called 'us-east-1x'"),
        (["run", "aurora_mysql", "--do", "T+1s heal f7"], "f7"),
        (["run", "aurora_mysql", "--events", "/no/such/folder/e.jsonl"], "/no/such/folder/e.jsonl"),
        (["describe", "aurora_mysql", "order"], "did you mean orders?"),
        (["describe", "three_tier", "nope"], "it has shop, shop-ro, sessions"),
        (["describe", "three_tier", "--do", "5m sim:cache-flush sessions"], "write T+5m sim:cache-flush sessions"),
        (["costs", "three_tier", "shoop"], "did you mean shop?"),
        (["dig", "aurora_mysql", "orders.writer", "--from", "chekout"], "did you mean checkout?"),
        (["catalog", "timing"], "did you mean timings?"),
        (["catalog", "timings", "aurora-fail"], "aurora-failover"),
        (["replay", "/no/such.journal", "--headless"], "/no/such.journal: cannot be read"),
        (["replay", "a.journal", "--events", "x"], "--events needs --headless"),
        (["aurora_mysql", "--speed", "9000"], "0.1 to 3600"),
        (["schema", "moon"], "invalid choice: 'moon'"),
    ],
)
def test_a_wrong_file_or_command_line_is_exit_2_and_one_readable_block(
    printed: Printed, arguments: list[str], says: str
) -> None:
    assert printed.run(*arguments) == 2
    assert printed.err.startswith("opsconsole: ")
    assert says in printed.err
    assert "Traceback" not in printed.err
    assert printed.out == ""


def test_a_command_line_that_is_refused_leaves_no_journal_behind(printed: Printed, tmp_path: Path) -> None:
    journal = tmp_path / "a.journal"
    assert printed.run("run", "aurora_mysql", "--do", "az:outage us-east-1x", "--journal", str(journal)) == 2
    assert not journal.exists()


def test_what_an_earlier_command_makes_may_be_a_target(printed: Printed) -> None:
    create = "rds:create-db-instance orders id=orders-9 zone=us-east-1a"
    assert printed.run("catalog", "commands", "rds:create-db-instance") == 0
    code = printed.run("run", "aurora_mysql", "--do", create, "--do", "T+55m sim:crash-instance orders-9")
    assert (code, printed.err) == (0, "")


def test_control_characters_are_shown_and_not_obeyed(printed: Printed) -> None:
    assert printed.run("run", "\x1b[31mred") == 2
    assert "\x1b" not in printed.err


def test_a_defect_is_exit_5_with_a_short_block_and_the_place_of_its_traceback(
    printed: Printed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*_arguments: object, **_options: object) -> None:
        raise ZeroDivisionError("nothing left")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("opsconsole.fleet.shipped_fleets", broken)
    assert printed.run("fleets") == 5
    assert "internal error: ZeroDivisionError: nothing left" in printed.err
    assert "Traceback" not in printed.err
    (kept,) = tmp_path.iterdir()
    assert str(kept) in printed.err
    assert "Traceback" in kept.read_text(encoding="utf-8")


def test_a_verb_wins_over_a_fleet_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "fleets").write_text("nonsense = \n", encoding="utf-8")
    assert "global_aurora" in opsconsole("fleets", cwd=tmp_path).stdout
    forced = opsconsole("./fleets", cwd=tmp_path)
    assert forced.returncode == 2
    assert "fleets:1" in forced.stderr


def test_without_a_terminal_the_console_says_what_to_do(tmp_path: Path) -> None:
    ended = opsconsole("aurora_mysql", stdin=subprocess.DEVNULL, env={**os.environ, "XDG_STATE_HOME": str(tmp_path)})
    assert ended.returncode == 2
    assert "needs a terminal" in ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="a pseudo terminal")
@pytest.mark.parametrize("term", ["dumb", None])
def test_on_a_dumb_terminal_the_console_says_what_to_do(term: str | None) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "TERM"}
    if term is not None:
        environment["TERM"] = term
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "opsconsole", "aurora_mysql", "--no-journal"],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=environment,
    ) as console:
        assert console.wait(timeout=60) == 2
    os.close(follower)
    told = os.read(leader, 4096)
    assert b"`dumb`" in told
    assert b"--plain" in told
    os.close(leader)


@pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_stops_between_instants_with_code_4_and_a_whole_journal(
    printed: Printed, tmp_path: Path, number: signal.Signals
) -> None:
    journal, metrics = tmp_path / "a.journal", tmp_path / "m.csv"
    command = [
        "run",
        "aurora_mysql",
        "--for",
        "3000d",
        "--do",
        OUTAGE,
        "--journal",
        str(journal),
        "--metrics",
        str(metrics),
    ]
    with subprocess.Popen(
        [sys.executable, "-m", "opsconsole", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        while not (metrics.exists() and metrics.stat().st_size > 20_000):
            assert running.poll() is None
        running.send_signal(number)
        out, err = running.communicate(timeout=60)
    assert running.returncode == 4
    assert "stopped at T+" in err
    assert "digest" in out
    assert printed.run("replay", str(journal), "--headless") == 0
    assert printed.out.split()[-1] == out.split()[-1]


@pytest.mark.skipif(os.name != "posix", reason="a POSIX pipe")
def test_a_reader_that_leaves_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "opsconsole", "catalog", "events"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(timeout=60) == 0


# what it loads


@pytest.mark.parametrize(
    ("arguments", "not_loaded"),
    [
        (
            ["--help"],
            ["textual", "rich", "pydantic", "opsconsole.cloud", "opsconsole.fleet", "opsconsole.catalog", "anyio"],
        ),
        (["--version"], ["textual", "rich", "pydantic", "opsconsole.cloud", "opsconsole.fleet"]),
        (["run", "--help"], ["textual", "rich", "pydantic", "opsconsole.cloud"]),
        (
            ["run", "aurora_mysql", "--for", "1m"],
            ["textual", "rich", "asyncio", "anyio", "tree_sitter", "platformdirs"],
        ),
        (["check", "aurora_mysql"], ["textual", "rich", "asyncio", "opsconsole.cloud", "tree_sitter"]),
        (["fleets"], ["textual", "rich", "asyncio", "opsconsole.cloud"]),
        (["catalog", "timings"], ["textual", "rich", "asyncio", "opsconsole.cloud"]),
    ],
)
def test_a_verb_loads_only_what_it_needs(arguments: list[str], not_loaded: list[str]) -> None:
    program = (
        "import sys; from opsconsole.cli.main import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(ended.stderr.split())
    assert "opsconsole.cli.main" in loaded
    assert sorted(loaded.intersection(not_loaded)) == []
