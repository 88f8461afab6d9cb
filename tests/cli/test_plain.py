"""`opsconsole run FLEET --plain`: what happens, a line each."""

import os
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from opsconsole.cli.main import main
from opsconsole.cloud.control_plane import ControlPlane

OUTAGE = ("--do", "T+60s az:outage us-east-1a for=5m")
RUN = ("run", "aurora_mysql", "--for", "10m", "--seed", "5", *OUTAGE)
LINE = re.compile(r"\d\d:\d\d:\d\d  \S+  \S+  \S.*")


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 0
    return capsys.readouterr().out


def happened(text: str) -> list[str]:
    """The lines between the first one and the summary."""
    return text.partition("\n")[2].partition("\nSIMULATED")[0].split("\n")


def test_the_truth_is_told_a_line_each_from_the_fault_to_the_rto(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, *RUN, "--plain")
    assert out.startswith("SIMULATED  One Aurora MySQL cluster  seed 5  view: truth  from 2026-01-05 (UTC)\n")
    lines = happened(out)
    assert all(LINE.fullmatch(line) for line in lines), lines
    assert "09:01:00  us-east-1a  command  asked: az:outage us-east-1a for=5m" in lines
    assert "09:01:00  us-east-1a  place  the zone has lost power" in lines
    assert "09:01:00  checkout  incident  an incident begins: the first request fails" in lines
    assert any("RDS-EVENT-0071  Completed failover to DB instance: orders-" in line for line in lines)
    assert any(re.search(r"checkout  incident  the incident is over: RTO \d+\.\d s", line) for line in lines)
    assert any(re.search(r"orders-\d  role  is now the writer", line) for line in lines)


def test_the_same_run_prints_the_same_bytes_and_is_the_same_run_in_any_view(capsys: pytest.CaptureFixture[str]) -> None:
    truth = [printed(capsys, *RUN, "--plain") for _ in range(2)]
    others = printed(capsys, *RUN, "--plain", "--view", "aws"), printed(capsys, *RUN)
    assert truth[0] == truth[1]
    assert {out.split()[-1] for out in (*truth, *others)} == {truth[0].split()[-1]}  # the digest of the event log


def test_in_awss_view_an_event_is_told_when_it_is_delivered_and_the_truth_is_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    truth = happened(printed(capsys, *RUN, "--plain"))
    seen = happened(printed(capsys, *RUN, "--plain", "--view", "aws"))
    assert {line.split("  ")[2] for line in seen if "RDS-EVENT" not in line} == {"app", "incident"}
    for event in ("0073", "0071"):
        at, told = ([_time(line) for line in lines if f"RDS-EVENT-{event}" in line] for lines in (truth, seen))
        assert len(at) == len(told) == 1
        assert 0 < (told[0] - at[0]).total_seconds() < 20
    assert [_time(line) for line in seen] == sorted(_time(line) for line in seen)


def _time(line: str) -> datetime:
    return datetime.strptime(line[:8], "%H:%M:%S")


def test_events_that_a_fault_of_the_api_holds_back_come_when_it_is_healed(capsys: pytest.CaptureFixture[str]) -> None:
    script = ("--do", "T+30s region:api-outage us-east-1 for=3m", "--do", "T+60s sim:crash-host orders-1")
    run = ("run", "aurora_mysql", "--for", "10m", *script, "--plain")
    truth, seen = happened(printed(capsys, *run)), happened(printed(capsys, *run, "--view", "aws"))
    completed = [next(line for line in lines if "RDS-EVENT-0071" in line) for lines in (truth, seen)]
    assert completed[0] < "09:03"
    assert completed[1][:8] == "09:03:30"  # the instant at which the API answers again


def test_an_api_that_is_behind_reaches_an_instant_so_much_later_and_one_that_is_down_never() -> None:
    api = ControlPlane("us-east-1")
    assert api.reaches_us(100) == 100
    api.fall_behind("f1", 50, 30)
    assert (api.reaches_us(40), api.reaches_us(100)) == (40, 130)
    assert api.horizon_us(129) < 100 <= api.horizon_us(130)
    api.go_down("f2", 90)
    assert (api.reaches_us(90), api.reaches_us(91)) == (120, None)


def test_an_operation_that_aws_refuses_is_told_with_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    script = ("--do", "T+61s rds:start-db-cluster orders")
    out = printed(capsys, "run", "aurora_mysql", "--for", "2m", "--plain", "--view", "aws", *script)
    assert "09:01:01  orders  command  refused: rds:start-db-cluster orders: InvalidDBClusterStateFault, " in out


def test_a_new_day_has_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, "run", "aurora_mysql", "--for", "16h", "--plain", "--do", "T+15h30m mark midnight")
    lines = happened(out)
    day = lines.index("2026-01-06")
    assert any(line.startswith("00:30:00  midnight  mark") for line in lines[day:])


def test_a_view_without_plain_is_told_to_be_of_no_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "aurora_mysql", "--view", "aws"]) == 2
    assert "--plain" in capsys.readouterr().err


def test_a_reader_that_goes_away_ends_it_in_silence_but_not_the_files_it_writes(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    command = [sys.executable, "-m", "opsconsole", *RUN, "--plain", "--events", str(events)]
    reader, writer = os.pipe()
    os.close(reader)
    run = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False, timeout=120)
    os.close(writer)
    assert (run.returncode, run.stderr) == (0, b"")
    assert any('"now":"ended"' in row for row in events.read_text().splitlines())  # to the end of the incident
