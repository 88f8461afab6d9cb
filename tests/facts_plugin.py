"""`pytest --facts`: which facts of the mission list the passing tests show, by priority.

A test that shows a fact says so: `@pytest.mark.fact("AUR-FO-01")`, any number of ids, on tests, classes, modules or
parameters. A fact counts as shown when a test that carries it passes and none fails. An id that the catalog does not
have, or a mark without one, stops the run: a mark on nothing is a defect. Works under pytest-xdist too.
"""

from collections import defaultdict
from collections.abc import Iterable

import pytest

from opsconsole import catalog
from opsconsole.catalog import Fact

PRIORITIES = ("P0", "P1", "P2", "P3")
_PROPERTY = "facts"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("facts", "facts of the mission list")
    group.addoption("--facts", action="store_true", help="print which facts of the mission list the tests show")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fact(*ids): the test shows these facts of the catalog's mission list")
    if config.getoption("--facts"):
        config.pluginmanager.register(Facts(), "opsconsole-facts")


def fact_ids(item: pytest.Item) -> tuple[str, ...]:
    """The facts that a test carries, each once; raises UsageError for a mark that names none, or none that exists."""
    found: dict[str, None] = {}
    for mark in item.iter_markers("fact"):
        if not mark.args or mark.kwargs:
            raise pytest.UsageError(f"{item.nodeid}: @pytest.mark.fact takes one or more ids of facts")
        for name in mark.args:
            if name not in catalog.facts():
                raise pytest.UsageError(f"{item.nodeid}: the mission list has no fact {name!r}")
            found[name] = None
    return tuple(found)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("fact") is not None:
            item.user_properties.append((_PROPERTY, list(fact_ids(item))))


class Facts:
    """Collects what the tests of one run show, and prints it at the end."""

    def __init__(self) -> None:
        self.passed: dict[str, int] = defaultdict(int)
        self.failed: dict[str, int] = defaultdict(int)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        tally = self.failed if report.failed else self.passed if report.when == "call" and report.passed else None
        if tally is None:
            return
        for key, value in report.user_properties:
            if key == _PROPERTY and isinstance(value, list):
                for name in value:
                    tally[name] += 1

    def shown(self, fact: Fact) -> bool:
        return self.passed[fact.id] > 0 and not self.failed[fact.id]

    def lines(self, facts: Iterable[Fact]) -> list[str]:
        """The whole report: for each priority a count, and for each of its areas what is shown and what is not."""
        by_priority: dict[str, list[Fact]] = {priority: [] for priority in PRIORITIES}
        for fact in facts:
            by_priority[fact.priority].append(fact)
        written: list[str] = []
        for priority, rows in by_priority.items():
            written.append(f"{priority}: {sum(map(self.shown, rows))} of {len(rows)} facts shown")
            areas: dict[str, list[Fact]] = {}
            for fact in rows:
                areas.setdefault(fact.area, []).append(fact)
            for area, members in areas.items():
                yes = " ".join(fact.id.removeprefix(f"{area}-") for fact in members if self.shown(fact))
                no = " ".join(fact.id.removeprefix(f"{area}-") for fact in members if not self.shown(fact))
                if yes:
                    written.append(f"  {area:8} shown {yes}" + (f" · not yet {no}" if no else ""))
        broken = sorted(name for name, times in self.failed.items() if times)
        if broken:
            written.append(f"not shown because a test failed: {' '.join(broken)}")
        return written

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("facts of the mission list")
        for line in self.lines(catalog.facts().values()):
            terminalreporter.write_line(line)
