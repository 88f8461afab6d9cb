"""Every figure on the screen says where it comes from: each tab of each kind of thing, and each screen."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import pytest

from opsconsole.cloud import Cloud
from opsconsole.console import screens as package
from opsconsole.console.screens.ground import GroundScreen
from opsconsole.console.screens.pane import PaneScreen
from opsconsole.console.views import Line, kind_of, plain, tab_view, tabs_for, things
from opsconsole.console.views.details import TABS
from opsconsole.console.views.provenance import (
    PAGES,
    ROWS,
    price_origins,
    provenance,
    row_origins,
    row_text,
    screen_origins,
    tab_origins,
)
from opsconsole.fleet import load_fleet
from tests.console.helpers_app import MEDIUM, WIDE, console, shown
from tests.console.ledger import LEDGER, PAYMENTS, cloud_of, do

FLEETS = ("global_aurora", "rds_multi_az", "three_tier")


@cache
def clouds() -> tuple[Cloud, ...]:
    """The shipped fleets, one with gp2 storage and one with a Multi-AZ DB cluster and auto scaling."""
    shipped = [Cloud(load_fleet(name).fleet) for name in FLEETS]
    for cloud in shipped:
        cloud.kernel.run_until(120_000_000)
    return (*shipped, cloud_of(LEDGER), cloud_of(PAYMENTS))


def every_tab() -> list[tuple[Cloud, str, str]]:
    return [(cloud, id, tab) for cloud in clouds() for id in things(cloud) for tab in tabs_for(cloud, id)]


def test_every_tab_of_every_kind_and_every_screen_has_its_origins() -> None:
    told = provenance()
    assert {kind: list(tabs) for kind, tabs in told.tabs.items()} == {kind: list(tabs) for kind, tabs in TABS.items()}
    assert set(told.screens) == {screen.FIGURES for screen in screens() if "FIGURES" in vars(screen)}
    assert told.limits.keys() <= TABS.keys()
    named = {name for tabs in told.tabs.values() for names in tabs.values() for name in names}
    named |= {name for names in told.screens.values() for name in names}
    assert named == told.figures.keys()
    assert {kind_of(cloud, id) for cloud, id, _ in every_tab()} == TABS.keys()


def screens(of: type[GroundScreen] = GroundScreen) -> list[type[GroundScreen]]:
    """Every kind of screen that fills the terminal."""
    for module in iter_modules(package.__path__, f"{package.__name__}."):
        import_module(module.name)
    return [of, *(below for kind in of.__subclasses__() for below in screens(kind))]


def test_every_row_that_is_named_exists_and_is_told_with_its_source() -> None:
    named = [row for figure in provenance().figures.values() for row in figure.catalog]
    named += [f"limits/{name}" for names in provenance().limits.values() for name in names]
    for ref in (ref for ref in named if "{" not in ref):
        kind, _, name = ref.partition("/")
        row = ROWS[kind](name)
        assert row.source
        assert row_text(row)


def test_what_stands_beside_a_number_is_named_by_a_figure_of_its_tab() -> None:
    told, nameless = provenance(), set()
    for cloud, id, tab in every_tab():
        figures = [told.figures[name] for name in told.tabs[kind_of(cloud, id)][tab]]
        names = {name.lower() for figure in figures for name in figure.shown}
        if "assumptions" in names:
            continue  # each stands there with its confidence
        for truth in (True, False):
            for line in tab_view(cloud, id, tab, 160, truth=truth):
                label = beside_a_number(line)
                if label is not None and not label.lower().startswith(tuple(names)):
                    nameless.add((kind_of(cloud, id), tab, label))
    assert not nameless


def beside_a_number(line: Line) -> str | None:
    """The name at the left of a line that has a number, if it is one of names at the left and figures at the right."""
    spans = [span for span in line.spans if span[0].strip()]
    if len(spans) < 2 or spans[0][1] != "dim" or not any(style == "number" for _, style in spans):
        return None
    label = spans[0][0].strip()
    return label if label[0].isalpha() else None


def test_every_tab_of_every_thing_tells_where_its_figures_come_from() -> None:
    for cloud, id, tab in every_tab():
        text = plain(tab_origins(cloud, id, tab))
        assert "simulated" in text or "derived" in text or "catalog" in text, (id, tab)
        assert "{" not in text, (id, tab)
    for cloud in clouds():
        for id in things(cloud):
            for page in [*(row_origins(cloud, id, kind) for kind in PAGES), price_origins(cloud, id)]:
                assert page
            for screen in provenance().screens:
                assert screen_origins(cloud, id, screen)


def test_a_figure_names_the_things_own_class_and_fleet_table_with_source_and_confidence() -> None:
    cloud = clouds()[0]
    text = " ".join(plain(tab_origins(cloud, "orders-1", "Config")).split())
    assert "classes/db.r6g.xlarge 4 vCPU, 32 GiB" in text
    assert "fleet file [aurora.orders] instances.class" in text
    assert "timings/aurora-replica-lag" in text
    metrics = " ".join(plain(tab_origins(cloud, "ledger", "Metrics")).split())
    assert "metrics/AWS/RDS/FreeStorageSpace Bytes, " in metrics
    assert "assumptions/rds-log-bytes-per-write  512 bytes" in plain(row_origins(cloud, "ledger", "assumptions"))
    assert "0.26 USD for h" in plain(price_origins(cloud, "catalog"))


def test_what_the_fleet_file_says_instead_of_a_row_is_told_and_so_is_what_is_in_no_file() -> None:
    cloud = cloud_of(f'{PAYMENTS}[timings]\naurora-failover = "41s"\n')
    text = " ".join(plain(row_origins(cloud, "orders", "timings")).split())
    assert "timings/aurora-failover typically 41 s, from 8.0 s to 60 s this fleet" in text
    do(cloud, "rds:restore-db-cluster-to-point-in-time orders id=copy use-latest-restorable-time=true")
    assert "not in it: made during the session" in plain(tab_origins(cloud, "copy", "Config"))


@pytest.mark.parametrize("size", [WIDE, MEDIUM])
async def test_capital_i_opens_it_for_the_tab_that_is_shown(size: tuple[int, int]) -> None:
    async with console(size=size) as (app, pilot):
        app.fleet_screen.look_at("orders")
        app.fleet_screen.show_tab("Storage")
        await pilot.press("I")
        assert isinstance(app.screen, PaneScreen)
        assert "commit-storage-ms" in shown(app, "pane-text")
        seen = [shown(app, "pane-text")]
        for _ in ("Fleet", *PAGES, "prices"):
            await pilot.press("right")
            assert shown(app, "pane-text") not in seen
            seen.append(shown(app, "pane-text"))
        await pilot.press("I")
        assert app.screen is app.fleet_screen
