"""The journal on its own: what it accepts, what it detects, and who may write it."""

import json
import os
import random
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from opsconsole.engine.journal import Journal, JournalDamage, JournalError, read_journal
from opsconsole.engine.lines import seal
from opsconsole.engine.records import FORMAT, Asked, Checkpoint, Clock, Ended, Header

HEADER = Header(
    format=FORMAT, product="0.1.0", catalog="c0ffee", fleet_name="orders.toml", fleet='name = "Ω"\n', seed=7
)
RECORDS = (
    Asked(seq=1, t=1_000_000, who="operator", command="az:outage us-east-1a for=30m"),
    Clock(t=2_000_000, why="tick", speed=10.0),
    Checkpoint(t=2_500_000, rows=2, digest="aa", marks="0123456789abcdef"),
    Ended(seq=1, t=3_000_000, outcome="done"),
    Clock(t=9_000_000, why="quit", speed=10.0),
)


def write(path: Path) -> Path:
    journal = Journal.create(path, HEADER)
    for record in RECORDS:
        journal.append(record)
    journal.close()
    return path


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return write(tmp_path / "a.journal")


def test_what_was_written_is_read_back(journal: Path) -> None:
    contents = read_journal(journal)
    assert contents.header == HEADER
    assert contents.records == RECORDS
    assert contents.last_us == 9_000_000
    assert not contents.torn


def test_a_line_torn_by_the_death_of_the_process_is_left_out_wherever_it_was_torn(journal: Path) -> None:
    whole = journal.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    for end in range(last + 1, len(whole) - 1):
        journal.write_bytes(whole[:end])
        contents = read_journal(journal)
        assert contents.torn
        assert contents.records == RECORDS[:-1]
        assert contents.end == last


def test_a_whole_last_line_counts_even_without_its_newline(journal: Path) -> None:
    journal.write_bytes(journal.read_bytes()[:-1])
    contents = read_journal(journal)
    assert contents.records == RECORDS
    assert not contents.torn


def test_every_byte_is_guarded_whatever_it_is_changed_to_and_its_line_is_named(journal: Path) -> None:
    whole, chance = journal.read_bytes(), random.Random(1)
    for at, byte in enumerate(whole):
        one_bit, another, line = byte ^ 1 << chance.randrange(8), chance.randrange(256), 1 + whole.count(b"\n", 0, at)
        for other in {one_bit, another, ord("\n")} - {byte}:
            journal.write_bytes(whole[:at] + bytes([other]) + whole[at + 1 :])
            with pytest.raises(JournalDamage) as caught:
                read_journal(journal)
            assert caught.value.line == line
            assert str(caught.value).startswith(f"{journal}:{line}: ")


def test_the_lines_before_a_damaged_one_can_be_kept_as_it_says(journal: Path) -> None:
    whole = journal.read_bytes()
    journal.write_bytes(whole.replace(b'"rows":2', b'"rows":3'))
    with pytest.raises(JournalDamage) as caught:
        read_journal(journal)
    assert str(caught.value).endswith(f"the 3 lines before it are whole: `head -n 3 {journal} > NEW` keeps them")
    journal.write_bytes(b"".join(whole.splitlines(keepends=True)[:3]))
    assert read_journal(journal).records == RECORDS[:2]


@pytest.mark.parametrize("zeros", [1, 700, 4096])
@pytest.mark.parametrize("left", [0, 1, 3, 40])
def test_zeros_where_the_power_was_lost_are_no_damage(journal: Path, left: int, zeros: int) -> None:
    """Some file systems know the new length of a file before they have its new end."""
    whole = journal.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    journal.write_bytes(whole[: last + left] + bytes(zeros))
    contents = read_journal(journal)
    assert (contents.torn, contents.end, contents.records) == (True, last, RECORDS[:-1])
    reopened = Journal.reopen(contents)
    reopened.append(RECORDS[-1])
    reopened.close()
    assert journal.read_bytes() == whole


def test_zeros_behind_a_whole_line_take_nothing_from_it(journal: Path) -> None:
    whole = journal.read_bytes()
    for kept in (whole, whole[:-1]):
        journal.write_bytes(kept + bytes(512))
        contents = read_journal(journal)
        assert (contents.torn, contents.records) == (True, RECORDS)
        Journal.reopen(contents).close()
        assert journal.read_bytes() == whole


def test_half_a_character_at_the_end_is_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "a.journal")
    whole = path.read_bytes()
    more = Journal.reopen(read_journal(path))
    more.append(Asked(seq=2, t=9_000_000, who="operator", command="mark Ω"))
    more.close()
    at = path.read_bytes().rindex("Ω".encode()) + 1
    path.write_bytes(path.read_bytes()[:at])
    contents = read_journal(path)
    assert (contents.torn, contents.records, contents.end) == (True, RECORDS, len(whole))


def test_a_time_before_that_of_the_line_before_it_is_damage(journal: Path) -> None:
    more = Journal.reopen(read_journal(journal))
    more.append(Clock(t=8_000_000, why="tick"))
    more.close()
    with pytest.raises(JournalDamage, match=":7: it tells of a time before"):
        read_journal(journal)


@pytest.mark.parametrize("line", range(1, 1 + len(RECORDS)))
def test_a_line_taken_out_is_missed_at_the_next_one(journal: Path, line: int) -> None:
    lines = journal.read_bytes().splitlines(keepends=True)
    del lines[line - 1]
    journal.write_bytes(b"".join(lines))
    with pytest.raises(JournalDamage) as caught:
        read_journal(journal)
    assert caught.value.line == line


def test_two_lines_that_changed_places_are_noticed(journal: Path) -> None:
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[2], lines[3] = lines[3], lines[2]
    journal.write_bytes(b"".join(lines))
    with pytest.raises(JournalDamage, match=":3: "):
        read_journal(journal)


@pytest.mark.parametrize("text", [b"", b"name = 1\n", b"\x00" * 100, b'{"kind":"header"}\n'])
def test_what_is_no_journal_is_refused_with_a_sentence(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "no.journal"
    path.write_bytes(text)
    with pytest.raises(JournalError, match=r"no\.journal"):
        read_journal(path)


def test_a_journal_of_another_format_says_which_version_wrote_it(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    Journal.create(path, HEADER.model_copy(update={"format": 9, "product": "7.0.0"})).close()
    with pytest.raises(JournalError, match=r"format 9 by opsconsole 7\.0\.0; .* use opsconsole 7\.0\.0"):
        read_journal(path)


def test_a_header_with_fields_of_another_format_says_so_too(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    path.write_bytes(seal(b'{"kind":"header","format":3,"product":"0.9.0","fleets":["a"]}', b"")[0])
    with pytest.raises(JournalError, match=r"format 3 by opsconsole 0\.9\.0; .* reads formats 1 to 2"):
        read_journal(path)


def written_in_format_1(path: Path) -> Path:
    link = b""
    with path.open("wb") as file:
        for record in (HEADER.model_copy(update={"format": 1}), *RECORDS):
            body = json.dumps(record.model_dump(exclude={"drill"}), separators=(",", ":")).encode()
            line, link = seal(body, link)
            file.write(line)
    return path


def test_a_journal_of_an_older_format_is_read_and_written_anew_by_who_goes_on(tmp_path: Path) -> None:
    path = written_in_format_1(tmp_path / "a.journal")
    before, contents = path.read_bytes(), read_journal(path)
    assert (contents.header.format, contents.records) == (1, RECORDS)
    assert path.read_bytes() == before
    reopened = Journal.reopen(contents)
    reopened.append(RECORDS[-1])
    reopened.close()
    contents = read_journal(path)
    assert (contents.header, contents.records) == (HEADER, (*RECORDS, RECORDS[-1]))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [other.name for other in tmp_path.iterdir() if not other.name.endswith(".lock")] == ["a.journal"]


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
def test_a_journal_is_readable_by_its_owner_only(journal: Path) -> None:
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600


def test_a_journal_is_never_overwritten(journal: Path) -> None:
    before = journal.read_bytes()
    with pytest.raises(JournalError, match="never overwritten"):
        Journal.create(journal, HEADER)
    assert journal.read_bytes() == before


def test_two_processes_cannot_write_one_journal(journal: Path) -> None:
    program = f"""
from pathlib import Path
from opsconsole.engine.journal import Journal, JournalError, read_journal
try:
    Journal.reopen(read_journal(Path({str(journal)!r})))
except JournalError as error:
    print(error)
"""
    held = Journal.reopen(read_journal(journal))
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "another opsconsole is writing it" in ended.stdout
    held.close()
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == ""


def test_a_reopened_journal_goes_on_behind_its_last_whole_line(journal: Path) -> None:
    journal.write_bytes(journal.read_bytes()[:-7])
    reopened = Journal.reopen(read_journal(journal))
    more = Asked(seq=2, t=3_500_000, who="operator", command="heal all")
    reopened.append(more)
    reopened.close()
    contents = read_journal(journal)
    assert contents.records == (*RECORDS[:-1], more)
    assert not contents.torn


def test_a_reopened_journal_without_its_last_newline_gets_it(journal: Path) -> None:
    journal.write_bytes(journal.read_bytes()[:-1])
    reopened = Journal.reopen(read_journal(journal))
    reopened.append(RECORDS[-1])
    reopened.close()
    assert read_journal(journal).records == (*RECORDS, RECORDS[-1])


def test_a_journal_that_grew_since_it_was_read_is_not_cut(journal: Path) -> None:
    read_before = read_journal(journal)
    other = Journal.reopen(read_before)
    other.append(RECORDS[-1])
    other.close()
    with pytest.raises(JournalError, match="has grown"):
        Journal.reopen(read_before)
    assert read_journal(journal).records == (*RECORDS, RECORDS[-1])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_a_sentence(tmp_path: Path) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    journal = Journal(Path("/dev/full"), full, FileLock(tmp_path / "lock"), b"", sync=False)
    with pytest.raises(JournalError, match="No space left"):
        journal.append(RECORDS[0])
    os.close(full)


def test_a_disk_that_is_full_at_the_start_leaves_no_half_a_journal_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    path = tmp_path / "a.journal"
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(JournalError, match="No space left"):
        Journal.create(path, HEADER)
    monkeypatch.undo()
    assert not path.exists()
    Journal.create(path, HEADER).close()
