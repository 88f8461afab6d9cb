"""What the numbers in an RDS engine's version mean: which series it is of, and what goes by the series."""

from __future__ import annotations


def is_major(before: str, after: str) -> bool:
    """Whether it is another series: 8.0 and 8.4 of MySQL, 16 and 17 of PostgreSQL, which has two numbers only."""
    return _series(before) != _series(after)


def default_parameter_group(engine: str, version: str) -> str:
    """The parameter group of an instance that was given none."""
    return f"default.{engine}{'.'.join(_series(version))}"


def _series(version: str) -> list[str]:
    numbers = version.split(".")
    return numbers[:2] if len(numbers) > 2 else numbers[:1]
