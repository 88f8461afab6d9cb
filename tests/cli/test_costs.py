"""`opsconsole costs`: the bill of a fleet or a thing, line by line, with its provenance, and sums that add up."""

import re

import pytest

from opsconsole.cli.main import main


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["costs", *arguments]) == 0
    return capsys.readouterr().out


def test_a_fleets_bill_says_what_it_is_and_adds_up(capsys: pytest.CaptureFixture[str]) -> None:
    out = told(capsys, "global_aurora", "--at", "T+10m")
    assert out.startswith("SIMULATED  Global storefront  seed 7  at T+10m\n")
    assert "never take them for an offer" in out
    assert re.search(r"orders-1 +db\.r6g\.xlarge +1 +running +0\.52 +h +2024-01 +\[L\] +0\.5200 +379\.60\n", out)
    sums = re.findall(r"^(compute|storage|I/O|transfer|total) +([\d,.]+) USD/h +([\d,.]+) USD/month", out, re.MULTILINE)
    hour = {name: float(usd) for name, usd, _ in sums}
    assert hour.pop("total") == pytest.approx(sum(hour.values()), abs=0.0002)
    assert hour["compute"] == 4.362
    assert re.search(r"^compute so far +0\.7270 USD ", out, re.MULTILINE)  # ten minutes of it


def test_one_things_bill_at_another_moment_after_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    out = told(capsys, "rds_multi_az", "billing", "--at", "T+2h", "--do", "T+1m rds:stop-db-instance billing")
    assert "  billing  seed " in out
    assert not re.search(r"^compute ", out.replace("compute so far", ""), re.MULTILINE)
    assert re.search(r"^storage .* 100\.0 %$", out, re.MULTILINE)


def test_what_costs_nothing_has_no_lines(capsys: pytest.CaptureFixture[str]) -> None:
    out = told(
        capsys, "aurora_mysql", "checkout", "--at", "T+1m", "--do", "T+1s app:set-rate checkout writes=0/s reads=0/s"
    )
    assert "nothing that is billed" in out
    assert re.search(r"^total +0\.0000 USD/h", out, re.MULTILINE)


def test_the_catalog_lists_prices_with_their_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "prices"]) == 0
    assert re.search(r"aurora-io +\[L\] +0\.2 +million +2024-01", capsys.readouterr().out)
    assert main(["catalog", "prices", "transfer-between-regions"]) == 0
    assert "unverified" in capsys.readouterr().out
