"""The pieces that every section is built of: the section itself, tables, facts, badges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from opsconsole.drills.report.markup import Child, Html, element, join
from opsconsole.drills.result import Outcome, Verdict

_GLYPHS = {"good": "✔", "bad": "✖", "idle": "◌", "warn": "▲"}
_VERDICT_CLASS = {Verdict.PASSED: "good", Verdict.FAILED: "bad", Verdict.INVALID: "warn", Verdict.STOPPED: "warn"}


def section(id: str, title: str, *children: Child) -> Html:
    """A section of the report under its heading, with an anchor."""
    return element("section", element("h2", title), *children, id=id)


def badge(class_: str, word: str) -> Html:
    """A state as glyph, word and colour, so that it rests on none of them alone."""
    glyph = element("span", _GLYPHS[class_], aria_hidden="true")
    return element("span", glyph, " ", word, class_=f"badge {class_}")


def outcome_class(outcome: Outcome) -> str:
    """The colour of an outcome: `good`, `bad`, or `idle` for what was withheld."""
    match outcome:
        case Outcome.PASSED | Outcome.DONE:
            return "good"
        case Outcome.WITHHELD:
            return "idle"
        case Outcome.FAILED | Outcome.NOT_REACHED | Outcome.REFUSED:
            return "bad"


def outcome_glyph(ended: Outcome) -> str:
    """Its sign."""
    return _GLYPHS[outcome_class(ended)]


def outcome(ended: Outcome) -> Html:
    """How a check, a step or an objective ended."""
    return badge(outcome_class(ended), ended.value)


def verdict(proved: Verdict) -> Html:
    """What a drill proved."""
    return badge(_VERDICT_CLASS[proved], proved.value)


def verdict_class(proved: Verdict) -> str:
    """Its colour."""
    return _VERDICT_CLASS[proved]


def table(
    headings: Sequence[str],
    rows: Iterable[Sequence[Child]],
    numeric: Sequence[int] = (),
    *,
    stacks: bool = False,
) -> Html:
    """A table in a box that scrolls sideways; with `stacks`, a narrow screen shows each row as a block instead.

    The columns in `numeric` stand to the right, in figures of one width.
    """
    classes = ["number" if column in numeric else None for column in range(len(headings))]
    head = [element("th", words, class_=class_, scope="col") for words, class_ in zip(headings, classes, strict=True)]
    body = [
        element(
            "tr",
            [
                element("td", cell, class_=class_, data_label=(words or None) if stacks else None)
                for cell, class_, words in zip(row, classes, headings, strict=True)
            ],
        )
        for row in rows
    ]
    made = element(
        "table",
        element("thead", element("tr", head)),
        element("tbody", body),
        class_="stacks" if stacks else None,
    )
    return element("div", made, class_="scroll table")


def facts(pairs: Iterable[tuple[str, Child]]) -> Html:
    """Names and values, in columns as wide as the page has room for."""
    return element(
        "dl", [element("div", element("dt", name), element("dd", value)) for name, value in pairs], class_="facts"
    )


def code(words: str) -> Html:
    """What is typed, or a name of the machine's."""
    return element("code", words)


def command(words: str, line: str) -> Html:
    """A command line to copy; on a narrow screen it is broken between words only, so that no option is torn."""
    pieces = [join(" " if index else None, element("span", word)) for index, word in enumerate(line.split(" "))]
    return element("div", element("p", words), element("pre", element("code", pieces)), class_="command")


def details(summary: str, *children: Child) -> Html:
    """What is folded away on the screen; on paper it is open."""
    return element("details", element("summary", summary), *children)


def note(*children: Child) -> Html:
    """A quiet line."""
    return element("p", join(*children), class_="quiet")
