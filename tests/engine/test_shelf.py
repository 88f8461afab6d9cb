"""A folder of journals: each told at a glance, the oldest making room, and none lost that somebody may need."""

import os
import time
from pathlib import Path

import pytest

from opsconsole.engine import shelf
from opsconsole.engine.journal import Journal, read_journal
from opsconsole.engine.records import Asked, Clock, Header
from opsconsole.engine.shelf import Ending, glance, glances, make_room

HEADER = Header(format=1, product="0.1.0", catalog="c0ffee", fleet_name="/x/shop.toml", fleet="name = 1\n", seed=7)
DAY = 24 * 3600
NOW = time.time()


def recorded(folder: Path, name: str, *, quit: bool = True, started: str = "", days_ago: float = 0) -> Path:
    path = folder / f"{name}.journal"
    journal = Journal.create(path, HEADER.model_copy(update={"started": started}), sync=False)
    journal.append(Asked(seq=1, t=1_000_000, who="operator", command="heal all"))
    journal.append(Clock(t=5_000_000, why="quit" if quit else "tick"))
    journal.close()
    os.utime(path, (NOW - days_ago * DAY,) * 2)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_glance_tells_what_was_done_and_that_it_was_left_in_order(tmp_path: Path) -> None:
    told = glance(recorded(tmp_path, "a"))
    assert (told.name, told.length_us, told.commands, told.ending) == ("a", 5_000_000, 1, Ending.QUIT)
    assert told.header is not None
    assert told.header.seed == 7


def test_a_session_without_a_quit_record_was_killed(tmp_path: Path) -> None:
    assert glance(recorded(tmp_path, "a", quit=False)).ending is Ending.KILLED


def test_a_session_that_went_on_after_it_was_left_was_killed_if_nothing_says_otherwise(tmp_path: Path) -> None:
    path = recorded(tmp_path, "a")
    journal = Journal.reopen(read_journal(path))
    journal.append(Clock(t=6_000_000, why="tick"))
    journal.close()
    assert glance(path).ending is Ending.KILLED


def test_a_torn_last_line_is_told_and_the_rest_counts(tmp_path: Path) -> None:
    path = recorded(tmp_path, "a")
    path.write_bytes(path.read_bytes()[:-9])
    told = glance(path)
    assert (told.ending, told.commands, told.length_us) == (Ending.TORN, 1, 1_000_000)


def test_a_changed_byte_is_told_with_its_line(tmp_path: Path) -> None:
    path = recorded(tmp_path, "a")
    path.write_bytes(path.read_bytes().replace(b"heal all", b"heal ill"))
    told = glance(path)
    assert told.ending is Ending.DAMAGED
    assert told.trouble.startswith("damaged at line 2: changed since it was written")


@pytest.mark.parametrize(("text", "says"), [(b"", "not one whole line"), (b"hello\n", "damaged at line 1")])
def test_what_is_no_journal_is_told_and_troubles_nobody(tmp_path: Path, text: bytes, says: str) -> None:
    recorded(tmp_path, "a")
    (tmp_path / "b.journal").write_bytes(text)
    other, good = sorted(glances(tmp_path), key=lambda one: one.name == "a")
    assert says in other.trouble
    assert good.ending is Ending.QUIT


def test_another_format_is_told_with_the_version_that_wrote_it(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    Journal.create(path, HEADER.model_copy(update={"format": 9, "product": "7.0.0"})).close()
    assert glance(path).trouble.startswith("written in format 9 by opsconsole 7.0.0")


def test_a_session_that_is_being_written_is_running_whatever_its_last_line_looks_like(tmp_path: Path) -> None:
    path = recorded(tmp_path, "a")
    journal = Journal.reopen(read_journal(path))
    assert glance(path).ending is Ending.RUNNING
    journal.close()
    assert glance(path).ending is Ending.QUIT


def test_the_session_that_began_last_comes_first(tmp_path: Path) -> None:
    recorded(tmp_path, "a", started="2026-01-02T00:00:00+00:00")
    recorded(tmp_path, "b", started="2026-01-03T00:00:00+00:00")
    recorded(tmp_path, "c", started="2026-01-01T00:00:00+00:00")
    assert [told.name for told in glances(tmp_path)] == ["b", "a", "c"]
    assert glances(tmp_path / "nowhere") == []


def test_those_written_longest_ago_make_room_for_one_more_and_take_their_locks_along(tmp_path: Path) -> None:
    for days in (2, 3, 4, 5):
        recorded(tmp_path, f"days-{days}", days_ago=days)
    gone = make_room(tmp_path, NOW, kept=3)
    assert [path.name for path in gone] == ["days-4.journal", "days-5.journal"]
    assert [name for name in names(tmp_path) if not name.endswith(".lock")] == ["days-2.journal", "days-3.journal"]
    assert not {"days-4.journal.lock", "days-5.journal.lock"}.intersection(names(tmp_path))


def test_large_ones_make_room_too(tmp_path: Path) -> None:
    size = recorded(tmp_path, "days-2", days_ago=2).stat().st_size
    recorded(tmp_path, "days-3", days_ago=3)
    recorded(tmp_path, "days-4", days_ago=4)
    assert [path.name for path in make_room(tmp_path, NOW, kept_bytes=2 * size)] == ["days-4.journal"]


def test_what_runs_and_what_was_written_within_a_day_stays(tmp_path: Path) -> None:
    running = Journal.reopen(read_journal(recorded(tmp_path, "running", days_ago=9)))
    os.utime(running.path, (NOW - 9 * DAY,) * 2)
    recorded(tmp_path, "today", days_ago=0.9)
    recorded(tmp_path, "old", days_ago=8)
    assert [path.name for path in make_room(tmp_path, NOW, kept=1)] == ["old.journal"]
    running.close()
    assert [path.name for path in make_room(tmp_path, NOW, kept=1)] == ["running.journal"]


def test_a_file_that_cannot_be_deleted_troubles_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded(tmp_path, "stays", days_ago=3)
    recorded(tmp_path, "goes", days_ago=4)
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path.name == "stays.journal":
            raise PermissionError(13, "Permission denied")
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    assert [path.name for path in make_room(tmp_path, NOW, kept=1)] == ["goes.journal"]
    assert "stays.journal" in names(tmp_path)


def test_old_locks_without_a_journal_are_swept(tmp_path: Path) -> None:
    for name, days in (("old", 2.0), ("new", 0.0)):
        lock = tmp_path / f"{name}.journal.lock"
        lock.touch()
        os.utime(lock, (NOW - days * DAY,) * 2)
    make_room(tmp_path, NOW)
    assert names(tmp_path) == ["new.journal.lock"]


def test_a_hundred_sessions_are_kept_by_default(tmp_path: Path) -> None:
    for number in range(shelf.KEPT + 2):
        path = tmp_path / f"{number:03}.journal"
        path.touch()
        os.utime(path, (NOW - (2 + number) * DAY,) * 2)
    gone = make_room(tmp_path, NOW)
    assert [path.name for path in gone] == ["099.journal", "100.journal", "101.journal"]
