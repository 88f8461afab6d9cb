"""Syntax mistakes: each in a sentence, several at once, and together with the other mistakes of the same file."""

import pytest

from opsconsole.fleet import parse_fleet
from tests.fleet.mistakes import SOUND, Mistake, change, mistake, problems_of

FIRST = '  { id = "orders-1", zone = "a", class = "db.r6g.large" },'
TWO_ROWS = """\
  { id = "orders-1", zone = "a", class = "db.r6g.large" },
  { id = "orders-2", zone = "b", class = "db.r6g.large" },
"""


def row(new: str) -> Mistake:
    """The sound fleet with its first instance written otherwise."""
    return change(FIRST, new)


MISTAKES = {
    "a quantity without quotes": (
        change('writes = "10/s"', "writes = §10/s"),
        "the value 10/s has a unit and no quotes",
        'write "10/s"',
    ),
    "a duration without quotes": (
        change('writes_to = "orders"', 'writes_to = "orders"\ntimeout = §24h'),
        "the value 24h has a unit and no quotes",
        'write "24h"',
    ),
    "a size without quotes": (
        change("[aurora.orders]", "[aurora.orders]\nstorage = §400 GiB # enough"),
        "the value 400 GiB has a unit and no quotes",
        'write "400 GiB"',
    ),
    "a word without quotes": (
        change('writes_to = "orders"', "writes_to = §orders"),
        "the text orders has no quotes",
        'write "orders"',
    ),
    "a word without quotes in a row": (
        row('  { id = "orders-1", zone = §a, class = "db.r6g.large" },'),
        "the text a has no quotes",
        'write "a"',
    ),
    "typographic quotes": (
        change('writes_to = "orders"', "writes_to = §“orders”"),
        "typographic quotes are not quotes to TOML",
        'write "orders"',
    ),
    "a value that is missing": (
        change('writes_to = "orders"', "writes_to =§"),
        "a value is missing here",
        "write one after the =, text in quotes",
    ),
    "True": (
        change("[aurora.orders]", "[aurora.orders]\ndeletion_protection = §True"),
        '"True" is not a value',
        "write true",
    ),
    "yes": (
        change("[aurora.orders]", "[aurora.orders]\ndeletion_protection = §yes"),
        '"yes" is not a value',
        "write true",
    ),
    "a number that begins with zero": (
        row('  { id = "orders-1", zone = "a", class = "db.r6g.large", tier = §01 },'),
        "the number 01 begins with a zero",
        "write 1",
    ),
    "a date that does not exist": (
        mistake("start = §2026-13-01T00:00:00Z\n" + SOUND),
        "2026-13-01T00:00:00Z is not a date and time",
        "write it like 2026-01-05T09:00:00Z",
    ),
    "text that is not closed": (
        change('writes_to = "orders"', 'writes_to = §"orders'),
        "the text that starts here is not closed on its line",
        'add the closing "',
    ),
    "text in single quotes that is not closed": (
        change('writes_to = "orders"', "writes_to = §'orders"),
        "the text that starts here is not closed on its line",
        "add the closing '",
    ),
    "text in three quotes that is not closed": (
        mistake(SOUND + 'x = §"""orders\n'),
        'the text that starts here with """ never ends',
        "close it",
    ),
    "a backslash": (
        change('writes_to = "orders"', 'writes_to = "orders§\\q"'),
        "a backslash begins an escape that TOML does not have",
        "write \\\\ for a backslash, or put the text in single quotes",
    ),
    "a raw control character": (
        change('"Sound"', '"So§\x07und"'),
        "the control character U+0007 has no place in a file",
        "leave it out",
    ),
    "a heading that is not closed": (
        change("[apps.checkout]", "[apps.checkout§"),
        "the heading is not closed",
        "write [apps.checkout]",
    ),
    "a heading with something behind it": (
        change("[apps.checkout]", "[apps.checkout] §pool = 3"),
        "something follows where the line should end",
        "start a new line, or a comment with #",
    ),
    "a colon": (
        change('writes_to = "orders"', 'writes_to§: "orders"'),
        "a colon stands where = should be",
        "write key = value",
    ),
    "a key of two words": (
        change('writes_to = "orders"', '§writes to = "orders"'),
        'the key "writes to" has a space',
        "write writes_to, or quote it",
    ),
    "a line of prose": (
        change('writes_to = "orders"', "§and so on"),
        "there is no = in this line: and so on",
        "write key = value, [table], or a comment with #",
    ),
    "a list that is not closed": (
        change(f"instances = [\n{TWO_ROWS}]\n", f"instances = §[\n{TWO_ROWS}"),
        "the list that opens here is never closed",
        "close it with ]",
    ),
    "a bracket too many": (
        change('homes = ["us-east-1"]', 'homes = ["us-east-1"]§]'),
        "nothing is open that this ] could close",
        "leave it out",
    ),
    "the wrong bracket": (
        change('homes = ["us-east-1"]', 'homes = ["us-east-1"§}'),
        "a } closes what [ opened",
        "write ], or close the [ first",
    ),
    "a row that is not closed": (
        row('  §{ id = "orders-1", zone = "a", class = "db.r6g.large"'),
        "the table that opens here is not closed on its line",
        "close it with }: a table in braces stands on one line",
    ),
    "a row over two lines": (
        row('  §{ id = "orders-1",\n    zone = "a", class = "db.r6g.large" },'),
        "the table that opens here is not closed on its line",
        "close it with }: a table in braces stands on one line",
    ),
    "a table in braces over several lines": (
        change("us-east-1 = {}", 'us-east-1 = §{\n  zones = ["a", "b", "c"],\n}'),
        "the table that opens here is not closed on its line",
        "close it with }: a table in braces stands on one line",
    ),
    "a comma missing between two rows": (
        row('  { id = "orders-1", zone = "a", class = "db.r6g.large" }§'),
        "a comma is missing between two elements of the list",
        "add a comma here",
    ),
    "a comma missing between two words": (
        change('homes = ["us-east-1"]', 'homes = ["us-east-1"§ "eu-west-1"]'),
        "a comma is missing between two elements of the list",
        "add a comma here",
    ),
    "a comma missing between two keys of a row": (
        row('  { id = "orders-1" §zone = "a", class = "db.r6g.large" },'),
        "a comma or } is missing in the table",
        "add a comma between two keys, } at the end",
    ),
    "a comma after the last key of a row": (
        row('  { id = "orders-1", zone = "a", class = "db.r6g.large"§, },'),
        "a table in braces ends with a comma",
        "leave the last comma out: in braces nothing may follow it",
    ),
    "a key twice in a row": (
        row('  { id = "orders-1", zone = "a", zone = "b"§, class = "db.r6g.large" },'),
        "the key 'zone' is in this table twice",
        "keep one of them",
    ),
    "a key twice in a table": (
        change('writes_to = "orders"', 'writes_to = "orders"\n§writes_to = "orders"'),
        "writes_to is given twice, first on line 26",
        "keep one of them",
    ),
    "a table twice": (
        mistake(SOUND + "§[apps.checkout]\n"),
        "[apps.checkout] is given twice, first on line 24",
        "keep one of them",
    ),
    "a table that a key has made already": (
        mistake(SOUND + "§[regions.us-east-1]\n"),
        "[regions.us-east-1] contradicts what an earlier line has made of it",
        "give every key and every table once, in one way",
    ),
    "a number of thousands of digits": (
        mistake(f"seed = §{'1' * 5_000}\n" + SOUND),
        "a number has thousands of digits",
        "write one that fits into 64 bits",
    ),
    "brackets nested very deep": (
        mistake("x = " + "[" * 40 + "§" + "[" * 20_000 + "\n" + SOUND),
        "brackets are nested more than 40 deep",
        "a file needs no more than three",
    ),
    "braces nested very deep": (
        mistake("x = " + "{a=" * 40 + "§" + "{a=" * 20_000 + "\n" + SOUND),
        "brackets are nested more than 40 deep",
        "a file needs no more than three",
    ),
    "a key of very many parts": (
        mistake("§" + "a." * 100_000 + "b = 1\n" + SOUND),
        "a key has more than 64 parts",
        "a file needs no more than four",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_syntax_mistake_is_reported_alone_at_its_place_with_both_halves(name: str) -> None:
    wrong_text, wrong, right = MISTAKES[name]
    (problem,) = problems_of(wrong_text.text)
    assert (problem.line, problem.column) == (wrong_text.line, wrong_text.column)
    assert (problem.key, problem.wrong, problem.right) == ("", wrong, right)


def test_several_syntax_mistakes_are_reported_at_once() -> None:
    text = SOUND.replace('name = "Sound"', "name = Sound").replace('zone = "b"', "zone = b")
    text = text.replace("[apps.checkout]", "[apps.checkout").replace('primary = "orders"', "primary : orders")
    assert [(problem.line, problem.wrong) for problem in problems_of(text)] == [
        (1, "the text Sound has no quotes"),
        (12, "the text b has no quotes"),
        (21, "a colon stands where = should be"),
        (24, "the heading is not closed"),
    ]


def test_each_row_of_a_list_has_its_own_syntax_mistake() -> None:
    rows = "".join(f'  {{ id = "more-{number}", zone = a, class = "db.r6g.large" }},\n' for number in range(5))
    problems = problems_of(SOUND.replace(TWO_ROWS, TWO_ROWS + rows))
    assert [(problem.line, problem.column) for problem in problems] == [(line, 27) for line in range(13, 18)]


def test_other_mistakes_are_reported_in_the_same_run_as_syntax_mistakes() -> None:
    text = SOUND.replace('name = "Sound"', "name = Sound").replace('zone = "b"', 'zone = "q", teir = 1')
    text = text.replace('writes = "10/s"', "writes = 10")
    assert [(problem.line, problem.key) for problem in problems_of(text)] == [
        (1, ""),
        (12, "aurora.orders.instances[1].zone"),
        (12, "aurora.orders.instances[1].teir"),
        (28, "apps.checkout.writes"),
    ]


@pytest.mark.parametrize(
    "lost", ["[aurora.orders]", 'engine = "aurora-mysql"', "instances = [", "[global.orders-global]"]
)
def test_what_a_syntax_mistake_may_hide_is_not_reported_as_missing(lost: str) -> None:
    problems = problems_of(SOUND.replace(lost, lost.replace("]", "").replace('"', "").replace("[", "[ x"), 1))
    assert all(problem.key == "" for problem in problems), [str(problem) for problem in problems]


def test_line_ends_of_windows_change_no_place() -> None:
    text = SOUND.replace('zone = "b"', 'zone = "q"').replace("\n", "\r\n")
    (problem,) = problems_of(text)
    assert (problem.line, problem.column) == (12, 29)
    assert parse_fleet(SOUND.replace("\n", "\r\n"), "x") == parse_fleet(SOUND, "x")


def test_columns_count_characters_not_bytes() -> None:
    (problem,) = problems_of(SOUND.replace('{ id = "orders-2"', '{ "ïd😀" = 1, id = "orders-2"'))
    assert (problem.line, problem.column) == (12, 5)
    (problem,) = problems_of(SOUND.replace('"Sound"', '"Sünd 😀" x'))
    assert (problem.line, problem.column) == (1, 17)


def test_the_rows_of_a_list_whose_opening_is_broken_are_not_reported_as_well() -> None:
    (problem,) = problems_of(SOUND.replace("instances = [\n", 'instances = "[\n'))
    assert (problem.line, problem.column) == (10, 13)


def test_a_value_like_nothing_in_toml_is_shown_with_what_could_stand_there() -> None:
    (problem,) = problems_of(SOUND.replace('writes_to = "orders"', "writes_to = orders = eu"))
    assert problem.wrong == '"orders = eu" is not a value'
    assert problem.right == "write text in quotes, a number, true or false, [a list] or { a = table }"
