"""What any text must come to, of whatever kind of file: success, or problems that name their place. And wild texts."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence

from opsconsole.fleet import FileProblems, Problem

SLOWEST_S = 5.0
"""CPU seconds that a text of ordinary length may take, on a busy machine."""

STRETCHES = (1, 2, 5, 20, 80, 400)


def outcome(read: Callable[[str], object], text: str) -> tuple[Problem, ...]:
    """The problems of a text, none if it can be read; anything else is a defect of ours."""
    began = time.process_time()
    problems: tuple[Problem, ...] = ()
    try:
        read(text)
    except FileProblems as refused:
        problems = refused.problems
        assert problems
    assert time.process_time() - began < SLOWEST_S
    lines = text.replace("\r\n", "\n").split("\n")
    for problem in problems:
        assert problem.wrong
        assert str(problem).isprintable(), repr(str(problem))
        if problem.line:
            assert 1 <= problem.line <= len(lines)
            assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
    return problems


def mutations(count: int, seeds: Sequence[str], pieces: Sequence[str]) -> Iterator[str]:
    """Sound texts with one to eight changes each."""
    chance = random.Random(count)
    for _ in range(count):
        text = chance.choice(seeds)
        for _ in range(chance.choice([1, 1, 1, 2, 3, 8])):
            text = mutated(text, chance, pieces)
        yield text


def mutated(text: str, chance: random.Random, pieces: Sequence[str]) -> str:
    """A text with a character changed, a stretch left out or doubled, lines exchanged, a piece thrown in."""
    at, other = sorted(chance.randrange(len(text) + 1) for _ in range(2))
    other = min(other, at + chance.choice(STRETCHES))
    match chance.randrange(6):
        case 0:
            return text[:at] + chr(chance.choice([chance.randrange(128), chance.randrange(0x3000)])) + text[at + 1 :]
        case 1:
            return text[:at] + text[other:]
        case 2:
            return text[:other] + text[at:other] + text[other:]
        case 3:
            return text[:at] + chance.choice(pieces) + text[at:]
        case 4:
            return text[:at] + chance.choice(pieces) + text[other:]
        case _:
            lines = text.split("\n")
            i, j = chance.randrange(len(lines)), chance.randrange(len(lines))
            lines[i], lines[j] = lines[j], lines[i]
            return "\n".join(lines)
