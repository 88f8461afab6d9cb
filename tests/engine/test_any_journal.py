"""Whatever the file, a journal is read, replayed, resumed and listed, or refused with a sentence and exit code 2.

`JOURNAL_FUZZ=20000` tries so many mutations instead of some. Most are sealed again with links that are right: so they
reach what reads the records, and the run that they ask for.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.cli.main import main
from opsconsole.drills.load import parse_drill
from opsconsole.drills.running import run_drill
from opsconsole.engine.lines import linked_lines, seal
from tests.fuzzing import SLOWEST_S, mutated

MUTATIONS = int(os.environ.get("JOURNAL_FUZZ", "60"))
SCALE = 10 if MUTATIONS > 1000 else 1
PIECES = [
    *('"', "{", "}", "[", "]", ",", ":", "\\", "\x00", "\r", "é", "\\ud800", "\\u0000", "null", "true", "1e400", "NaN"),
    *("-1", "0", "1.5", "9" * 400, '"t":0,', '"t":99999999999999999999,', '"seq":1,', '"seq":0,'),
    *(
        '"kind":"header",',
        '"kind":"asked",',
        '"kind":"x",',
        '"format":3,',
        '"format":"1",',
        '"seed":-1,',
        '"drill":{},',
    ),
    *('"fleet":"",', '"fleet":1,', '"marks":"",', '"marks":"zz",', '"rows":0,', '"rows":99999999,', '"digest":"",'),
    *("heal all", "az:outage", "us-east-1a", "../../../etc/passwd", "/dev/zero", "\\u001b[31m", "sim:", "for=", "'"),
    *("mark x", "region:outage us-east-1 for=1h", "orders-1", "T+1s", "[regions]", "aurora.orders"),
]
DRILL = """
title = "A blow"
fleet = "aurora_mysql"
length = "2m"
timeline = [
  { at = "20s", fault = "az:outage", target = "us-east-1a", for = "30s" },
  { at = "20s", expect = "orders.endpoint.writer.az != us-east-1a", within = "90s" },
]
"""


def bodies(path: Path) -> list[str]:
    return [line.body.decode() for line in linked_lines(path)]


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """Real journals: of a run, of one that was resumed, of a drill."""
    folder = tmp_path_factory.mktemp("seeds")
    run, drill, file = folder / "run.journal", folder / "drill.journal", folder / "blow.toml"
    do = (
        "T+5s az:outage us-east-1a for=30s",
        "T+9s rds:failover-db-cluster orders",
        "T+20s mark here",
        "T+50s heal all",
    )
    words = [word for line in do for word in ("--do", line)]
    assert main(["run", "aurora_mysql", "--for", "2m", "--journal", str(run), *words]) == 0
    found = [bodies(run)]
    assert main(["resume", str(run), "--headless", "--for", "1m", "--do", "T+3m sim:crash-instance orders-2"]) == 0
    file.write_text(DRILL)
    run_drill(parse_drill(DRILL, file), journal=drill)
    return [*found, bodies(run), bodies(drill)]


def sealed(lines: list[str]) -> bytes:
    """Lines with links that are right, whatever they say."""
    link, made = b"", []
    for line in lines:
        sealed_line, link = seal(line.encode(errors="surrogatepass"), link)
        made.append(sealed_line)
    return b"".join(made)


class Outcomes:
    """What the command line makes of a file: success, or one block of trouble."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self.capsys = capsys
        self.refused = self.replayed = 0

    def of(self, data: bytes) -> None:
        path, began = str(self.path), time.process_time()
        self.path.write_bytes(data)
        code = self._said(["check", path])
        self._said(["sessions", str(self.path.parent)], wanted=(0,))
        replayed = self._said(["replay", path, "--headless"])
        resumed = self._said(["resume", path, "--headless"], wanted=(0, 1, 2, 3))
        self.refused += code == 2
        self.replayed += replayed == 0
        assert code == 0 or (replayed, resumed) == (2, 2)
        assert time.process_time() - began < 2 * SLOWEST_S

    def _said(self, words: list[str], wanted: tuple[int, ...] = (0, 2)) -> int:
        self.capsys.readouterr()
        code = main(words)
        out, err = self.capsys.readouterr()
        assert code in wanted, (words, err, self.path.read_bytes()[:3000])
        assert "Traceback" not in out + err
        assert (code == 2) <= err.startswith("opsconsole: ")
        assert "\x1b" not in out + err
        return code


@pytest.fixture
def outcomes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Outcomes:
    return Outcomes(tmp_path / "fuzz.journal", capsys)


def changed(seeds: list[list[str]], chance: random.Random) -> bytes:
    """A real journal with some changes: of its bytes, or of what its lines say."""
    lines = list(chance.choice(seeds))
    if chance.random() < 0.2:
        return mutated(sealed(lines).decode(), chance, PIECES).encode(errors="surrogatepass")
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        match chance.randrange(6):
            case 0:
                del lines[chance.randrange(len(lines))]
            case 1:
                lines.insert(chance.randrange(len(lines) + 1), chance.choice(chance.choice(seeds)))
            case 2:
                at = chance.randrange(len(lines))
                lines[at] = with_a_value(lines[at], chance)
            case _:
                at = chance.randrange(len(lines))
                lines[at] = mutated(lines[at], chance, PIECES).replace("\n", " ")
        lines = lines or ["{}"]
    return sealed(lines)


def with_a_value(line: str, chance: random.Random) -> str:
    """A record with another value of some field: valid JSON."""
    try:
        record = json.loads(line)
    except ValueError:
        return line
    key = chance.choice(list(record) or ["kind"])
    text = chance.choice(PIECES)
    values = [
        None,
        True,
        -1,
        0,
        1,
        10**6,
        10**9,
        10**13,
        10**30,
        0.5,
        "",
        text,
        [],
        {},
        [dict(record)],
        {"a": dict(record)},
    ]
    record[key] = chance.choice(values)
    if isinstance(record.get("fleet"), str) and chance.random() < 0.5:
        record["fleet"] = mutated(record["fleet"], chance, PIECES)
    return json.dumps(record)


def test_a_mutated_journal_runs_or_is_refused(seeds: list[list[str]], outcomes: Outcomes) -> None:
    chance = random.Random(MUTATIONS)
    for _ in range(MUTATIONS):
        outcomes.of(changed(seeds, chance))
    assert MUTATIONS / 4 < outcomes.refused < MUTATIONS
    assert outcomes.replayed > MUTATIONS / 50


TEXTS = st.sampled_from(
    ["", "x", "0.1.0", "heal all", "mark 'a b'", "az:outage us-east-1a for=1m", "../x", "\x00", "\x1b["]
)
NUMBERS = st.sampled_from([-1, 0, 1, 2, 3, 7, 10**6, 10**13, 10**16, 10**25])
KINDS = st.sampled_from(["header", "asked", "ended", "clock", "digest", "say", ""])
KEYS = st.sampled_from(
    ["format", "seq", "t", "who", "command", "outcome", "why", "speed", "rows", "digest", "marks", "link"]
)
VALUES = st.one_of(TEXTS, NUMBERS, st.none(), st.booleans(), st.floats(), st.lists(NUMBERS, max_size=2))
RECORDS = st.builds(
    lambda kind, more: json.dumps({"kind": kind, **more}), KINDS, st.dictionaries(KEYS, VALUES, max_size=6)
)
ASKED = st.builds(
    lambda seq, t, who, command: json.dumps({"kind": "asked", "seq": seq, "t": t, "who": who, "command": command}),
    st.integers(1, 3), st.sampled_from([0, 10**6, 10**7, 10**8]), TEXTS, TEXTS,
)  # fmt: skip


def test_lines_of_any_records_run_or_are_refused(seeds: list[list[str]], outcomes: Outcomes) -> None:
    header = seeds[0][0]

    @given(st.booleans(), st.lists(st.one_of(RECORDS, ASKED, st.text(max_size=20)), max_size=5))
    @settings(max_examples=max(30, MUTATIONS // 10), deadline=None, derandomize=True)
    def any_records(begun: bool, lines: list[str]) -> None:
        outcomes.of(sealed([*([header] if begun else []), *(line.replace("\n", " ") for line in lines)]))

    any_records()


def hostile(header: str) -> Iterator[tuple[str, bytes]]:
    record = json.loads(header)
    yield "deep nesting", sealed(['{"kind":"header","format":' + "[" * 100_000 + "]" * 100_000 + "}"])
    yield "deep nesting at the end", sealed([header, '{"kind":"clock","t":' + '{"a":' * 100_000 + "1" + "}" * 100_001])
    yield "a number of many digits", sealed([header, '{"kind":"clock","t":' + "9" * 1_000_000 + ',"why":"quit"}'])
    yield (
        "a line of megabytes",
        sealed(
            [
                header,
                json.dumps(
                    {"kind": "asked", "seq": 1, "t": 1, "who": "x", "command": "mark " + "a" * 1_000_000 * SCALE}
                ),
            ]
        ),
    )
    yield "a line without an end", b"a" * 20_000_000 * SCALE
    yield "nothing but zeros", bytes(20_000_000 * SCALE)
    yield "very many lines", sealed([header, *('{"kind":"clock","t":1,"why":"tick"}' for _ in range(5_000 * SCALE))])
    yield (
        "a fleet of thousands of tables",
        sealed([json.dumps({**record, "fleet": "".join(f"[apps.a{n}]\n" for n in range(3_000))})]),
    )
    yield (
        "a fleet with a name of control characters",
        sealed([json.dumps({**record, "fleet_name": "\x1b]0;x\x07\x1b[2J"})]),
    )
    yield "a product of control characters", sealed([json.dumps({**record, "format": 99, "product": "\x1b[2J"})])
    yield "a drill that is a device", sealed([json.dumps({**record, "drill": {"path": "/dev/zero", "digest": "x"}})])
    yield (
        "a drill that is a folder of a strange name",
        sealed([json.dumps({**record, "drill": {"path": "/\x1b[2J/\x00", "digest": "x"}})]),
    )
    yield "after the end of time", sealed([header, '{"kind":"clock","t":3153600000000001,"why":"quit"}'])


HOSTILE = [name for name, _ in hostile('{"fleet":""}')]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_journal_is_read_or_refused_in_bounded_time(
    name: str, seeds: list[list[str]], outcomes: Outcomes
) -> None:
    outcomes.of(dict(hostile(seeds[0][0]))[name])


def test_a_journal_of_bytes_that_are_no_text_is_refused(seeds: list[list[str]], outcomes: Outcomes) -> None:
    link, lines = b"", []
    for body in (seeds[0][0].encode(), b'{"kind":"asked","seq":1,"t":1,"who":"\xff\xed\xa0\x80","command":"heal all"}'):
        line, link = seal(body, link)
        lines.append(line)
    outcomes.of(b"".join(lines))
    assert outcomes.refused == 1
