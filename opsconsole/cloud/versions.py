"""What the numbers in an RDS engine's version mean: which series it is of, and what goes by the series."""

from __future__ import annotations


def is_major(before: str, after: str) -> bool:
    """Whether it is another series: 8.0 and 8.4 of MySQL, 16 and 17 of PostgreSQL, which has two numbers only."""
    return _series(before) != _series(after)


def major_of(version: str) -> int:
    """The first number of a version: 16 of 16.4."""
    return int(version.partition(".")[0])


def parameter_group_family(engine: str, version: str) -> str:
    """`DBParameterGroupFamily`: mysql8.0, postgres16, oracle-ee-19, sqlserver-se-16.0."""
    series = _series(version)
    if engine.startswith("oracle"):
        return f"{engine}-{series[0]}"
    if engine.startswith("sqlserver"):
        return f"{engine}-{series[0]}.0"
    return f"{engine}{'.'.join(series)}"


def default_parameter_group(engine: str, version: str) -> str:
    """The parameter group of an instance that was given none."""
    return f"default.{parameter_group_family(engine, version)}"


def default_option_group(engine: str, version: str) -> str:
    """The option group of an instance that was given none: default:mysql-8-0."""
    return f"default:{engine}-{'-'.join(_series(version)[: 1 if engine.startswith('oracle') else None])}"


def _series(version: str) -> list[str]:
    numbers = version.split(".")
    return numbers[:2] if len(numbers) > 2 else numbers[:1]
