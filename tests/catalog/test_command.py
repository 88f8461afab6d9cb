"""`opsconsole catalog` prints the rows so that they can be read: on a screen of any width, and in a file."""

import io
import os
import shutil
import sys

import pytest

from opsconsole import catalog
from opsconsole.cli.main import main


class Screen(io.StringIO):
    """Standard output that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, columns: int, *arguments: str) -> list[str]:
    """The lines that a terminal of so many columns shows."""
    screen = Screen()
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((columns, 50)))
    monkeypatch.setattr(sys, "stdout", screen)
    assert main(["catalog", *arguments]) == 0
    return screen.getvalue().splitlines()


KINDS = ("modifications", "storage", "cache-nodes", "prices", "cache-policies", "classes", "engines")


@pytest.mark.parametrize("columns", [80, 160])
@pytest.mark.parametrize("kind", KINDS)
def test_a_list_fits_the_screen_and_has_headings_over_its_columns(
    monkeypatch: pytest.MonkeyPatch, columns: int, kind: str
) -> None:
    heading, *lines = shown(monkeypatch, columns, kind)
    assert heading.startswith("NAME")
    assert lines
    assert max(map(len, (heading, *lines))) <= columns
    assert {line.index("[") for line in lines} == {lines[0].index("[")}  # the confidences stand under each other


@pytest.mark.parametrize(
    "asked",
    [("modifications", "db-instance-class"), ("engines", "mysql"), ("storage", "io2"), ("metrics", "FreeableMemory")],
    ids=" ".join,
)
def test_a_row_is_wrapped_under_itself_on_a_screen(monkeypatch: pytest.MonkeyPatch, asked: tuple[str, str]) -> None:
    lines = shown(monkeypatch, 80, *asked)
    assert max(map(len, lines)) <= 80


def test_a_modification_tells_its_events_and_its_timing_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "modifications", "db-instance-class"]) == 0
    out = capsys.readouterr().out
    assert "failover-or-outage" in out
    assert catalog.event("RDS-EVENT-0012").message in out
    assert "typically 480 s" in out
    assert "ModifyDBInstance DBInstanceClass" in out


def test_modifications_may_be_asked_for_by_service(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "modifications", "memcached"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]]
    assert names == [name for name, row in catalog.modifications().items() if "memcached" in row.services]
    assert main(["catalog", "modifications", "redi"]) == 2


def test_a_storage_type_shows_awss_table_for_every_group_of_engines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "storage", "gp2"]) == 0
    out = capsys.readouterr().out
    rows = [line.split() for line in out.splitlines()]
    assert ["334", "1", "1,002", "3,000", "250", "2,703", "s"] in rows
    assert ["400", "4", "1,200", "12,000", "512", "2,000", "s"] in rows
    assert "PROVISION" not in out  # nothing to provision, no empty column
    assert main(["catalog", "storage", "gp3"]) == 0
    assert "12,000 to 64,000" in capsys.readouterr().out


def test_a_class_shows_what_it_does_for_each_engine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "classes", "db.t3.medium"]) == 0
    out = capsys.readouterr().out
    assert "24 an hour, 576 at most; baseline 20 % a vCPU" in out
    assert "MAX_CONNECTIONS" in out
    assert ["aurora-postgresql", "3,150", "1,200", "420"] in [line.split() for line in out.splitlines()]


def test_a_row_tells_only_what_belongs_to_its_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "engines", "memcached"]) == 0
    out = capsys.readouterr().out
    assert "backtrack" not in out
    assert "multi_threaded" in out
    assert out.rstrip().splitlines()[-1].split() == ["confidence", "M"]
