"""Drill files that people write wrong: each mistake alone, at its place; several in order."""

import time
from pathlib import Path

import pytest

from opsconsole.drills.load import load_drill, parse_drill
from opsconsole.drills.reading import resolve
from opsconsole.fleet import FileProblems
from tests.drills.mistakes import FILE, SOUND, assert_alone, below, problems_of, swap, top
from tests.fleet.mistakes import mistake

BARE = 'title = "x"\nfleet = "shop.toml"\nlength = "20m"\n'
CHAOS = "[chaos]\nruns = 10\n"
RANDOM = 'fault = [{ fault = "sim:crash-instance", target = "any(orders)", mean = "1h" }]'
LESSON = '[lesson]\nnumber = 1\nbrief = "Customers cannot pay."\n'

MISTAKES = {
    # --- the file ---
    "no title": (
        swap('title = "AZ-a loses power: checkout is back within two minutes"\n', "§"),
        "",
        "title is missing",
        'add title = "AZ-a loses power"',
    ),
    "an empty title": (
        swap('"AZ-a loses power: checkout is back within two minutes"', '§""'),
        "title",
        "an empty title",
        "write what happens, and what must hold, in one sentence",
    ),
    "a title of two lines": (
        swap('"AZ-a loses power: checkout is back within two minutes"', '§"a\\nb"'),
        "title",
        "the character U+000A has no place in a text",
        "leave it out",
    ),
    "a control character": (
        swap('from = "support"', 'from = §"\\u001b[31m"'),
        "timeline[4].from",
        "the character U+001B has no place in a text",
        "leave it out",
    ),
    "a character that turns the text round": (
        swap('from = "support"', 'from = §"\u202e"'),
        "timeline[4].from",
        "the character U+202E has no place in a text",
        "leave it out",
    ),
    "a misspelt fleet beside the drill": (
        swap('"shop.toml"', '§"shp.toml"'),
        "fleet",
        'there is no fleet "shp.toml"',
        'did you mean "shop.toml"?',
    ),
    "a misspelt shipped fleet": (
        swap('"shop.toml"', '§"global_arora"'),
        "fleet",
        'there is no fleet "global_arora"',
        'did you mean "global_aurora"?',
    ),
    "a fleet outside of the folder": (
        swap('"shop.toml"', '§"../../../../etc/passwd"'),
        "fleet",
        "the fleet lies outside the drill's folder and its parent",
        "copy it beside the drill",
    ),
    "a fleet that is missing outside of the folder": (
        swap('"shop.toml"', '§"../../../no/such/fleet.toml"'),
        "fleet",
        "the fleet lies outside the drill's folder and its parent",
        "copy it beside the drill",
    ),
    "a folder for a fleet": (
        swap('"shop.toml"', '§"."'),
        "fleet",
        'there is no fleet "."',
        "give a shipped fleet's name, or a path beside the drill",
    ),
    "a name that no file can have": (
        swap('"shop.toml"', '§"' + "a" * 5000 + '"'),
        "fleet",
        'there is no fleet "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…"',
        "give a shipped fleet's name, or a path beside the drill",
    ),
    "a misspelt key at the top": (
        top('§lenght = "20m"'),
        "lenght",
        '"lenght" is not a key here',
        "leave it out: length is given already",
    ),
    "a steady state hypothesis": (
        top('§steady-state-hypothesis = "x"'),
        "steady-state-hypothesis",
        "a drill has no steady-state-hypothesis",
        "write steady, a list of checks",
    ),
    "rollbacks": (
        top("§rollbacks = []"),
        "rollbacks",
        "a drill has no rollbacks",
        "leave it out: every fault ends after its for, and with the drill",
    ),
    "a check outside of the timeline": (
        top('§expect = "orders.copies == 6"'),
        "expect",
        "expect stands outside of any step",
        "write it in a row of timeline",
    ),
    "a negative seed": (
        swap("seed = 3", "seed = §-1"),
        "seed",
        "the seed -1 is out of range",
        "write a whole number from 0 to 9223372036854775807",
    ),
    "half a seed": (
        swap("seed = 3", "seed = §3.5"),
        "seed",
        "3.5 is not a whole number",
        "write it without quotes, like 5",
    ),
    "a fact that the mission has not": (
        swap('tags = ["availability-zone"]', 'facts = [§"004/D8"]'),
        "facts[0]",
        'the mission list has no fact "004/D8"',
        "`opsconsole catalog facts` lists them",
    ),
    "a text for a list": (
        swap('tags = ["availability-zone"]', 'tags = §"availability-zone"'),
        "tags",
        '"availability-zone" is not a list',
        'write it in brackets, like ["availability-zone"]',
    ),
    "a timeline that is a table": (
        mistake(BARE + '[§timeline]\nat = "60s"\nmark = "x"\n[objective.checkout]\nrto = "2m"\n'),
        "timeline",
        "a table is not a list",
        "write it in brackets, like [{ … }]",
    ),
    "a drill in which nothing happens": (
        mistake("§" + BARE + '[objective.checkout]\nrto = "2m"\n'),
        "",
        "nothing happens in this drill",
        "add a timeline, or [chaos]",
    ),
    "a drill in which nothing can fail": (
        mistake("§" + BARE + 'timeline = [{ at = "60s", mark = "x" }]\n'),
        "",
        "nothing in this drill could fail: it has no check and no objective",
        "add an expect, an always, or an [objective.APP]",
    ),
    # --- objectives ---
    "an objective of a misspelt app": (
        below('[objective.§chekout]\nrto = "1m"'),
        "objective.chekout",
        'there is no app "chekout"',
        'did you mean "checkout"?',
    ),
    "an objective of a cluster": (
        below('[objective.§orders]\nrto = "1m"'),
        "objective.orders",
        'there is no app "orders"',
        'write "billing", "browsing" or "checkout"',
    ),
    "an objective that promises nothing": (
        below("[objective.§billing]"),
        "objective.billing",
        "it promises nothing",
        'add rto = "90s", rpo = "0s", or another one',
    ),
    "an objective that is not known": (
        below('[objective.billing]\n§mttr = "1m"'),
        "objective.billing.mttr",
        '"mttr" is not a key here',
        'write "availability", "discarded", "lost", "on", "rpo", "rto", "settle", "staleness", "threshold" or "wrong"',
    ),
    "on what is neither reads nor writes": (
        below('[objective.billing]\nrto = "1m"\non = §"write"'),
        "objective.billing.on",
        '"write" is not possible here',
        'write "writes" or "reads"',
    ),
    "on the reads of an app without reads": (
        below('[objective.billing]\nrto = "1m"\non = §"reads"'),
        "objective.billing.on",
        "billing has no reads",
        'write "writes"',
    ),
    "on the writes of an app without writes": (
        below('[objective.browsing]\nrto = "1m"\non = §"writes"'),
        "objective.browsing.on",
        "browsing has no writes",
        'write "reads"',
    ),
    "writes lost of an app that only reads": (
        below("[objective.browsing]\n§lost = 0"),
        "objective.browsing.lost",
        "browsing has no writes: this is kept whatever happens",
        "leave it out",
    ),
    "staleness of an app that only writes": (
        below('[objective.billing]\n§staleness = "1s"'),
        "objective.billing.staleness",
        "billing has no reads: this is kept whatever happens",
        "leave it out",
    ),
    "a window of no length": (
        swap('rpo = "0s"', 'settle = §"0s"'),
        "objective.checkout.settle",
        "a window of no length is always good",
        'write settle = "10s"',
    ),
    "a window as long as the drill": (
        below('[objective.billing]\nrto = "1m"\nsettle = §"30m"'),
        "objective.billing.settle",
        "no window of it ends before the drill does, at 20m",
        "make it shorter",
    ),
    "a threshold that is always reached": (
        swap('rpo = "0s"', 'threshold = §"0%"'),
        "objective.checkout.threshold",
        "0% is kept whatever happens",
        'write what is good, like "99%"',
    ),
    "objectives of no app": (
        mistake(BARE + 'timeline = [{ at = "60s", mark = "x" }]\n[objective]\nrto = §"2m"\n'),
        "objective.rto",
        '"2m" stands where a table should be',
        "write it in braces, like { key = value }, or under its own [heading]",
    ),
    # --- chaos ---
    "chaos without faults": (
        below("[§chaos]\nruns = 10"),
        "chaos",
        "fault is missing",
        "add fault: What goes wrong, each at times of its own.",
    ),
    "an empty list of random faults": (
        below("[chaos]\nruns = 10\nfault = §[]"),
        "chaos.fault",
        "nothing goes wrong by chance",
        'write [{ fault = "…", target = "…", mean = "1d" }]',
    ),
    "one random fault as a table": (
        below(CHAOS + '[chaos.§fault]\nfault = "sim:crash-instance"\ntarget = "any(orders)"\nmean = "1h"'),
        "chaos.fault",
        "a table is not a list",
        "write it in brackets, like [{ … }]",
    ),
    "no runs": (
        below("[chaos]\nruns = §0\n" + RANDOM),
        "chaos.runs",
        "0 runs",
        "write 1 to 1,000,000",
    ),
    "too many runs": (
        below("[chaos]\nruns = §2_000_000\n" + RANDOM),
        "chaos.runs",
        "2,000,000 runs",
        "write 1 to 1,000,000",
    ),
    "no run needs to pass": (
        below(CHAOS + 'need = §"0%"\n' + RANDOM),
        "chaos.need",
        "0% of the runs pass whatever happens",
        'write what is needed, like "99%"',
    ),
    "no fault at once": (
        below(CHAOS + "concurrent = §0\n" + RANDOM),
        "chaos.concurrent",
        "no fault at all could begin",
        "write 1 or more",
    ),
    "a seed of chaos": (
        below(CHAOS + "§seed = 1\n" + RANDOM),
        "chaos.seed",
        "[chaos] has no seed",
        "write seed at the top of the file",
    ),
    "any of a misspelt thing": (
        below(CHAOS + RANDOM.replace('"any(orders)"', '§"any(order)"')),
        "chaos.fault[0].target",
        '"order" is made of nothing that can be chosen',
        'did you mean "orders"?',
    ),
    "any of nothing": (
        below(CHAOS + RANDOM.replace('"any(orders)"', '§"any()"')),
        "chaos.fault[0].target",
        '"any()" is no choice',
        'write any(ID), like "any(orders)"',
    ),
    "any of what the fault cannot hit": (
        below(CHAOS + RANDOM.replace('"any(orders)"', '§"any(us-east-1)"')),
        "chaos.fault[0].target",
        "us-east-1a is a zone, not a host or node",
        "there are: orders-1, orders-2, ledger, ledger/1, ledger/2",
    ),
    "a random fault on a thing of another kind": (
        below(CHAOS + RANDOM.replace('"any(orders)"', '§"orders"')),
        "chaos.fault[0].target",
        "orders is a cluster, not a host or node",
        "did you mean orders-2?",
    ),
    "a random fault without its mean": (
        below(CHAOS + 'fault = [§{ fault = "sim:crash-instance", target = "orders-1" }]'),
        "chaos.fault[0]",
        "mean is missing",
        'add mean = "1d"',
    ),
    "random faults too close": (
        below(CHAOS + RANDOM.replace('"1h"', '§"500ms"')),
        "chaos.fault[0].mean",
        "less than a second between two faults",
        'write mean = "1h" or so',
    ),
    "an action by chance": (
        below(CHAOS + RANDOM.replace('"sim:crash-instance"', '§"rds:failover-db-cluster"')),
        "chaos.fault[0].fault",
        "rds:failover-db-cluster is an action",
        "only faults happen by chance",
    ),
    "a misspelt random fault": (
        below(CHAOS + RANDOM.replace('"sim:crash-instance"', '§"sim:crash-instanse"')),
        "chaos.fault[0].fault",
        'there is no fault "sim:crash-instanse"',
        "did you mean sim:crash-instance?",
    ),
    "a probability": (
        below(CHAOS + RANDOM.replace(', mean = "1h"', ', mean = "1h", §probability = "5%"')),
        "chaos.fault[0].probability",
        "a random fault has no probability",
        'write mean: the mean time between two, like "1d"',
    ),
    "a range the wrong way round": (
        below(CHAOS + RANDOM.replace(" }", ', for = §"5m..30s" }').replace("sim:crash-instance", "sim:crash-host")),
        "chaos.fault[0].for",
        '"5m..30s" ends before it begins',
        'write "30s..5m"',
    ),
    "a range with a dash": (
        below(CHAOS + RANDOM.replace(" }", ', for = §"30s-5m" }').replace("sim:crash-instance", "sim:crash-host")),
        "chaos.fault[0].for",
        '"30s-5m" is not a range',
        'write "30s..5m"',
    ),
    "a range as a list": (
        below(CHAOS + RANDOM.replace(" }", ', for = §["30s", "5m"] }').replace("sim:crash-instance", "sim:crash-host")),
        "chaos.fault[0].for",
        "a range is one text",
        'write "30s..5m"',
    ),
    "a range with one end": (
        below(CHAOS + RANDOM.replace(" }", ', for = §"30s.." }').replace("sim:crash-instance", "sim:crash-host")),
        "chaos.fault[0].for",
        '"30s.." has one end only',
        'write both, like "30s..5m"',
    ),
    "a random fault of no length": (
        below(
            CHAOS
            + RANDOM.replace(" }", ', for = §"0s" }')
            .replace("sim:crash-instance", "sim:hang")
            .replace("any(orders)", "ledger")
        ),
        "chaos.fault[0].for",
        "it would last no time at all",
        'write how long, like "30s..5m"',
    ),
    "for on a random fault at one instant": (
        below(CHAOS + RANDOM.replace(" }", ', §for = "30s" }')),
        "chaos.fault[0].for",
        "sim:crash-instance happens at one instant",
        "leave for out",
    ),
    # --- lessons ---
    "a lesson without a brief": (
        below("[§lesson]\nnumber = 1"),
        "lesson",
        "brief is missing",
        "add brief: The symptom, not the cause: at most five lines.",
    ),
    "an empty brief": (
        below('[lesson]\nnumber = 1\nbrief = §""'),
        "lesson.brief",
        "a brief that says nothing",
        "tell the symptom, not the cause",
    ),
    "a brief of six lines": (
        below('[lesson]\nnumber = 1\nbrief = §"""\n1\n2\n3\n4\n5\n6\n"""'),
        "lesson.brief",
        "a brief has 5 lines at most",
        "tell the symptom, not the cause",
    ),
    "a level that there is not": (
        below(LESSON + "level = §4"),
        "lesson.level",
        "level 4",
        "write 1, 2 or 3",
    ),
    "a lesson number 0": (
        below('[lesson]\nnumber = §0\nbrief = "x"'),
        "lesson.number",
        "lesson 0",
        "write its place in the course, from 1",
    ),
    "an answer that is no choice": (
        below(LESSON + 'questions = [{ ask = "a", choices = ["x", "y"], answer = §2 }]'),
        "lesson.questions[0].answer",
        "there is no choice 2",
        "write 0 to 1: the first choice is 0",
    ),
    "one choice": (
        below(LESSON + 'questions = [{ ask = "a", choices = §["x"], answer = 0 }]'),
        "lesson.questions[0].choices",
        "nothing to choose from",
        'write two or more, like ["seconds", "minutes"]',
    ),
    "the same choice twice": (
        below(LESSON + 'questions = [{ ask = "a", choices = §["x", "x"], answer = 0 }]'),
        "lesson.questions[0].choices",
        "the same choice twice",
        "leave one out",
    ),
    "a hint that is a text": (
        below(LESSON + 'hints = [§"look"]'),
        "lesson.hints[0]",
        '"look" stands where a table should be',
        "write it in braces, like { key = value }, or under its own [heading]",
    ),
    "a hint that gives points": (
        below(LESSON + 'hints = [{ text = "look", cost = §-5 }]'),
        "lesson.hints[0].cost",
        "a hint that gives points",
        "write 0 or more",
    ),
    "a bare number for the wait of a hint": (
        below(LESSON + 'hints = [{ text = "look", after = §5 }]'),
        "lesson.hints[0].after",
        "a duration needs its unit",
        'write "5s"',
    ),
    # --- syntax ---
    "a duration without quotes": (
        swap('length = "20m"', "length = §20m"),
        "",
        "the value 20m has a unit and no quotes",
        'write "20m"',
    ),
    "a missing comma in a step": (
        swap('within = "90s", for = "5m" },', 'within = "90s" §for = "5m" },'),
        "",
        "a comma or } is missing in the table",
        "add a comma between two keys, } at the end",
    ),
    "a missing comma between steps": (
        swap('{ at = "80s", mark = "dark" },', '{ at = "80s", mark = "dark" }§'),
        "",
        "a comma is missing between two elements of the list",
        "add a comma here",
    ),
    "a colon for an equals sign": (
        swap('length = "20m"', "length§: 20m"),
        "",
        "a colon stands where = should be",
        "write key = value",
    ),
    "Python's True": (
        swap("solution = true", "solution = §True"),
        "",
        '"True" is not a value',
        "write true",
    ),
    "typographic quotes": (
        swap('length = "20m"', "length = §“20m”"),
        "",
        "typographic quotes are not quotes to TOML",
        'write "20m"',
    ),
    "a key given twice": (
        swap("seed = 3", "seed = 3\n§seed = 4"),
        "",
        "seed is given twice, first on line 4",
        "keep one of them",
    ),
    "the timeline in two ways": (
        below('§[[timeline]]\nat = "60s"\nmark = "x"'),
        "",
        "[[timeline]] contradicts what an earlier line has made of it",
        "give every key and every table once, in one way",
    ),
    "a text that is not closed": (
        swap("seed = 3", 'note = §"abc\nseed = 3'),
        "",
        "the text that starts here is not closed on its line",
        'add the closing "',
    ),
    "a step on two lines": (
        swap('{ at = "80s", mark = "dark" },', '§{ at = "80s",\n mark = "dark" },'),
        "",
        "the table that opens here is not closed on its line",
        "close it with }: a table in braces stands on one line",
    ),
    "a timeline that is not closed": (
        mistake(SOUND.replace("timeline = [", "timeline = §[").replace("]\n\n[objective", "\n[objective")),
        "",
        "the list that opens here is never closed",
        "close it with ]",
    ),
    "a key of the drill under a table": (
        below("§seed = 4"),
        "objective.checkout.seed",
        '"seed" is not a key here',
        'write "availability", "discarded", "lost", "on", "rpo", "rto", "settle", "staleness", "threshold" or "wrong"',
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_reported_alone_at_its_place(name: str) -> None:
    found, key, wrong, right = MISTAKES[name]
    assert_alone(found, key, wrong, right)


def test_the_sound_drill_has_no_mistake() -> None:
    drill = parse_drill(SOUND, FILE)
    assert (drill.seed, len(drill.timeline), drill.variables["az"]) == (3, 9, "us-east-1a")


def test_several_mistakes_are_all_reported_in_the_order_of_the_file() -> None:
    text = SOUND
    for right, wrong in (
        ('length = "20m"', "length = 20"),
        ("seed = 3", 'seed = "3"'),
        ("orders.writer.az ==", "orders.writer.az ="),
        ('"az:outage"', '"az:outtage"'),
        ('within = "90s"', "whithin = 90"),
        ("orders.copies >= 4", "orders.copys >= 4"),
        ('load = "checkout"', 'load = "chekout"'),
        ('after = "home"', 'after = "hoem"'),
        ("[objective.checkout]", "[objective.chekout]"),
    ):
        assert text.count(right) == 1
        text = text.replace(right, wrong)
    problems = problems_of(text)
    assert [(problem.line, problem.key) for problem in problems] == [
        (3, "length"),
        (4, "seed"),
        (7, "given[0]"),
        (10, "timeline[0].fault"),
        (11, "timeline[1].whithin"),
        (12, "timeline[2].always"),
        (15, "timeline[5].load"),
        (17, "timeline[7].after"),
        (21, "objective.chekout"),
    ]


def test_a_broken_line_hides_no_mistake_in_another_and_makes_none_up() -> None:
    text = SOUND.replace("solution = true", "solution = True").replace("orders.copies", "orders.copys")
    assert [problem.line for problem in problems_of(text)] == [12, 16]


def test_what_is_missing_beside_a_broken_line_is_not_reported_and_not_needed() -> None:
    text = SOUND.replace("seed = 3", "seed = three") + LESSON + 'questions = [{ ask = "Which zone?" }]\n'
    (problem,) = problems_of(text)
    assert (problem.line, problem.wrong) == (4, "the text three has no quotes")


def test_what_needs_no_fleet_is_found_without_one() -> None:
    text = (
        SOUND.replace("shop.toml", "shp.toml").replace('at = "80s"', "at = 80").replace('after = "home"', "after = 1")
    )
    text = text.replace("az:outage", "az:outtage").replace('rpo = "0s"', 'on = "both"')
    assert [problem.key for problem in problems_of(text)] == [
        "fleet",
        "timeline[0].fault",
        "timeline[3].at",
        "timeline[7].after",
        "objective.checkout.on",
    ]


def test_a_variable_of_the_command_line_is_checked_where_it_is_used() -> None:
    problems = problems_of(SOUND, {"az": "us-east-1z"})
    assert [(problem.line, problem.key) for problem in problems] == [
        (7, "given[0]"),
        (10, "timeline[0].target"),
        (11, "timeline[1].expect"),
        (17, "timeline[7].expect"),
    ]
    assert problems[0].right == 'did you mean "us-east-1a"?'


def rows(count: int, at: str) -> str:
    """A drill with so many marks."""
    marks = "\n".join(f'  {{ at = "{at.format(number)}", mark = "m{number}" }},' for number in range(count))
    return SOUND.replace("timeline = [", f"timeline = [\n{marks}")


def test_a_drill_has_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (resolve.MOST_STEPS, resolve.MOST_AT_ONCE) == (10_000, 1_000)
    monkeypatch.setattr(resolve, "MOST_STEPS", 20)
    monkeypatch.setattr(resolve, "MOST_AT_ONCE", 10)
    (many,) = problems_of(rows(20, "{}s"))
    assert (many.line, many.key, many.wrong, many.right) == (9, "timeline", "29 steps", "a drill has 20 at most")
    (crowd,) = problems_of(rows(11, "30s"))
    assert (crowd.line, crowd.key) == (9, "timeline")
    assert (crowd.wrong, crowd.right) == ("more than 10 steps at one instant", "spread them")


def test_a_chain_of_thousands_of_steps_is_read_in_bounded_time() -> None:
    """Each step waits for the one before it, and the first for the last."""
    count = 1_500
    chain = "\n".join(f'  {{ after = "s{(n or count) - 1}", say = "{n}", id = "s{n}" }},' for n in range(count))
    began = time.process_time()
    problems = problems_of(SOUND.replace("timeline = [", f"timeline = [\n{chain}"))
    assert len(problems) == 1_001
    assert time.process_time() - began < 10


def test_steps_that_wait_for_each_other_are_all_named() -> None:
    circle = '{ after = "b", mark = "a", id = "a" },\n  { after = "a", mark = "b", id = "b" },'
    text = SOUND.replace("timeline = [", f"timeline = [\n  {circle}")
    problems = problems_of(text)
    assert [(problem.line, problem.key) for problem in problems] == [
        (10, "timeline[0].after"),
        (11, "timeline[1].after"),
    ]
    assert {problem.wrong for problem in problems} == {"it can never start: it waits for itself"}


def test_what_comes_after_a_fault_that_nobody_undoes_can_never_start() -> None:
    last = SOUND.index("  { after")
    text = SOUND[:last].replace(', for = "9m", id', ", id") + '  { after = "outage", say = "over" },\n]\n'
    (problem,) = problems_of(text)
    assert (problem.line, problem.key) == (16, "timeline[6].after")
    assert problem.wrong == "it can never start: that fault lasts until the end of the drill"


# -- files -------------------------------------------------------------------------------------------------------------

NO_APPS = FILE.with_name("shop.toml").read_text(encoding="utf-8").partition("[apps.checkout]")[0]


def refused(path: Path) -> str:
    """What is said about a file."""
    with pytest.raises(FileProblems) as found:
        load_drill(path)
    return str(found.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file has nothing in it; `opsconsole fleets` lists the drills to begin with"),
        (b"# only a comment\n", "the file has nothing in it; `opsconsole fleets` lists the drills to begin with"),
        (SOUND.encode("utf-16"), "the file is in UTF-16; save it in UTF-8"),
        (b"\x7fELF\0\0", "the file is binary, not text; name a TOML file"),
    ],
)
def test_a_file_that_is_no_text_of_a_drill_is_refused_in_one_sentence(
    tmp_path: Path, content: bytes, told: str
) -> None:
    path = tmp_path / "drill.toml"
    path.write_bytes(content)
    assert refused(path) == f"{path}: {told}"


def test_a_byte_order_mark_moves_nothing(tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_bytes(FILE.with_name("shop.toml").read_bytes())
    path = tmp_path / "drill.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SOUND.replace("title", "titel", 1).replace("\n", "\r\n").encode())
    assert refused(path) == f'{path}:1:1 titel: "titel" is not a key here; did you mean "title"?'


def test_a_fleet_without_apps_could_not_say_whether_it_got_through(tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_text(NO_APPS, encoding="utf-8")
    path = tmp_path / "drill.toml"
    timeline = 'timeline = [{ at = "60s", expect = "orders.copies == 6" }]\n'
    path.write_text(BARE + timeline, encoding="utf-8")
    assert refused(path) == (
        f"{path}:2:9 fleet: this fleet has no apps: nobody in it could say whether it got through; "
        "give it an [apps.…], or take another fleet"
    )


def test_a_fleet_with_mistakes_is_named_with_the_first_of_them(tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_text(NO_APPS.replace("zone", "zoen"), encoding="utf-8")
    path = tmp_path / "drill.toml"
    path.write_text(SOUND, encoding="utf-8")
    told = refused(path)
    assert told.startswith(f"{path}:2:9 fleet: the fleet has mistakes: {tmp_path}/shop.toml:14:22 ")
    assert told.endswith("; see `opsconsole check shop.toml`")


def test_a_drill_that_is_not_there_is_answered_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "blackout.toml").write_text(SOUND, encoding="utf-8")
    path = tmp_path / "blackuot.toml"
    assert refused(path) == f"{path}: there is no such drill; did you mean {tmp_path}/blackout.toml?"
    with pytest.raises(FileProblems, match='there is no such drill; did you mean "az_outage"'):
        load_drill("az_outtage")
