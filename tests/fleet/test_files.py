"""Files that cannot be read, and names that mean no file: each refused in a sentence."""

import os
from pathlib import Path

import pytest

from opsconsole.fleet import FileProblems, Problem, load_fleet, resolve_fleet_path, shipped_fleets
from tests.fleet.mistakes import SOUND


def refused(path: Path | str) -> Problem:
    """The one problem of a file that must be refused."""
    with pytest.raises(FileProblems) as caught:
        load_fleet(path)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("content", "line", "column", "wrong"),
    [
        (b"", 0, 0, "the file has nothing in it"),
        (b"\n# nothing but a remark\n", 0, 0, "the file has nothing in it"),
        (b"\x7fELF\x02\x01\x01\x00\x00", 0, 0, "the file is binary, not text"),
        (SOUND.encode("utf-16"), 0, 0, "the file is in UTF-16"),
        (SOUND.encode("utf-32-be"), 0, 0, "the file is binary, not text"),
        ('# ok\nname = "Gründe"\n'.encode("latin-1"), 2, 11, "the byte 0xfc is not UTF-8"),
        (b"#" * ((16 << 20) + 1), 0, 0, "the file is larger than 16 MiB"),
    ],
    ids=["empty", "only a remark", "binary", "UTF-16", "UTF-32", "Latin-1", "too large"],
)
def test_a_file_that_is_no_fleet_is_refused(tmp_path: Path, content: bytes, line: int, column: int, wrong: str) -> None:
    path = tmp_path / "fleet.toml"
    path.write_bytes(content)
    problem = refused(path)
    assert (problem.file, problem.line, problem.column, problem.wrong) == (str(path), line, column, wrong)
    assert problem.right


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path).wrong == "this is a folder, not a file"


def test_a_device_is_refused_and_not_read() -> None:
    assert refused("/dev/zero").wrong == "this is not an ordinary file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    assert refused(tmp_path / "pipe.toml").wrong == "this is not an ordinary file"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "fleet.toml"
    path.write_text(SOUND)
    path.chmod(0)
    assert refused(path).wrong == "the file may not be read"


def test_a_link_that_leads_in_a_circle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").symlink_to(tmp_path / "b.toml")
    (tmp_path / "b.toml").symlink_to(tmp_path / "a.toml")
    assert refused(tmp_path / "a.toml").wrong.startswith("the file cannot be read: ")


@pytest.mark.parametrize("name", ["a\0b", "x" * 5_000, "\x1b[31m", "fleets\n"])
def test_a_strange_name_is_refused_and_shown_harmlessly(name: str) -> None:
    assert str(refused(name)).isprintable()


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "fleet.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SOUND.encode())
    assert load_fleet(path).text == SOUND


def test_a_name_that_does_not_exist_gets_the_nearest() -> None:
    problem = refused("global_auroa")
    assert problem.wrong == "there is no such fleet"
    assert problem.right == 'did you mean "global_aurora", which comes with opsconsole?'


def test_a_file_that_does_not_exist_gets_the_nearest_beside_it(tmp_path: Path) -> None:
    (tmp_path / "production.toml").write_text(SOUND)
    problem = refused(tmp_path / "prodution.toml")
    assert problem.wrong == "there is no such file"
    assert problem.right == f"did you mean {tmp_path / 'production.toml'}?"


def test_a_bare_name_is_the_shipped_fleet_and_a_path_is_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "global_aurora").write_text(SOUND)
    monkeypatch.chdir(tmp_path)
    assert resolve_fleet_path("global_aurora") == shipped_fleets()["global_aurora"]
    assert load_fleet("./global_aurora").fleet.name == "Sound"


def test_a_loaded_fleet_keeps_its_text_and_its_path(tmp_path: Path) -> None:
    path = tmp_path / "fleet.toml"
    path.write_bytes(SOUND.replace("\n", "\r\n").encode())
    loaded = load_fleet(path)
    assert loaded.path == path
    assert loaded.text == SOUND.replace("\n", "\r\n")


def test_an_installed_package_finds_its_fleets_beside_its_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "opsconsole" / "_fleets"
    installed.mkdir(parents=True)
    (installed / "small.toml").write_text(SOUND)
    (installed / "drills").mkdir()
    (installed / "drills" / "no_fleet.toml").write_text("")
    monkeypatch.setattr("opsconsole.fleet.shipped._PACKAGE", tmp_path / "opsconsole")
    assert shipped_fleets() == {"small": installed / "small.toml"}
    assert load_fleet("small").fleet.name == "Sound"
