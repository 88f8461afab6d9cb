"""The Metrics screen: a chart as high as the room, its threshold, and where the number comes from."""

from __future__ import annotations

import pytest

from opsconsole.cloud.metrics import names_for
from opsconsole.console.screens.fleet import FleetScreen
from opsconsole.console.screens.metrics import MetricsScreen
from opsconsole.console.views.chart import SCALE, Chart, scale
from opsconsole.console.views.metric_chart import WINDOWS_US, metric_chart
from opsconsole.console.views.scene import Scene
from tests.console.helpers_app import MEDIUM, NARROW, WIDE, console, session_of, shown

sizes = pytest.mark.parametrize("size", [WIDE, MEDIUM, NARROW, (60, 16)], ids=lambda size: "x".join(map(str, size)))


def drawn(chart: Chart, rows: int, ascii: bool = False) -> list[str]:
    return [line.text[SCALE - 1 :] for line in chart.lines(rows, lambda value: f"{value:g}", ascii)]


def test_a_chart_is_as_high_as_its_rows_and_has_gaps() -> None:
    values = [0.0, None, 1.0, 2.0]
    assert drawn(Chart(values, top=2.0), 2) == ["┤   █", "┤▁ ██"]
    assert drawn(Chart(values, top=2.0), 2, ascii=True) == ["|   #", "|. ##"]
    assert drawn(Chart([1.0] * 3, top=0.0), 1) == ["┤▁▁▁"]


def test_a_threshold_is_a_rule_and_what_breaches_it_is_bad() -> None:
    chart = Chart([1.0, 9.0], top=10.0, rule=5.0, breaches=lambda value: value > 5)
    lines = chart.lines(2, lambda value: f"{value:g}")
    assert lines[0].text.endswith("5 ┤╌▆")
    assert ("▆", "bad") in lines[0].spans
    assert any(text.strip() == "▂" and style == "accent" for text, style in lines[1].spans)


def test_the_scale_holds_a_threshold_that_is_near_and_no_other() -> None:
    assert scale([3.0], rule=6.0) == pytest.approx(6.6)
    assert scale([3.0], rule=600.0) < 5
    assert scale([None], rule=None) == 1.0


@pytest.mark.parametrize("truth", [True, False])
def test_every_metric_of_every_kind_has_a_chart_that_fits(truth: bool) -> None:
    cloud = session_of("global_aurora", "az:outage us-east-1a", until_s=600).cloud
    for id in ("orders", "orders-1", "ledger", "sessions-001", "pages/0002"):
        names = names_for(cloud, id)
        assert names, id
        for metric in names:
            for width, window_us in zip((150, 70, 40), WINDOWS_US, strict=True):
                lines = metric_chart(Scene(cloud, id, width, 22, truth, False), metric, window_us)
                assert len(lines) <= 22, metric
                assert all(len(line.text) <= width for line in lines), metric
                assert any("source" in line.text for line in lines)


@sizes
async def test_it_shows_the_selected_thing_and_goes_from_metric_to_metric_and_part_to_part(
    size: tuple[int, int],
) -> None:
    async with console(session_of("aurora_mysql", until_s=300), size) as (app, pilot):
        app.desk.looking.select("orders")
        await pilot.press("M")
        assert isinstance(app.screen, MetricsScreen)
        assert "SIMULATED" in shown(app, "status")
        first = names_for(app.desk.cloud, "orders")[0]
        assert first in shown(app, "metrics-chart")
        await pilot.press("j")
        assert names_for(app.desk.cloud, "orders")[1] in shown(app, "metrics-chart")
        await pilot.press("tab")
        assert "orders-1" in shown(app, "metrics-chart")
        await pilot.press("Z", "Z")
        assert "60 minutes" in str(app.screen.query_one("#metrics-chart").border_title)
        await pilot.press("escape")
        assert isinstance(app.screen, FleetScreen)


async def test_an_alarm_that_rings_is_marked_in_the_list_and_explained_beside_the_chart() -> None:
    async with console(session_of("aurora_mysql", "app:set-rate checkout reads=90000/s", until_s=900), WIDE) as (
        app,
        pilot,
    ):
        app.desk.looking.select("orders-2")
        await pilot.press("M")
        while "CPUUtilization" not in shown(app, "metrics-chart").splitlines()[0]:
            await pilot.press("j")
        assert "▲ CPUUtilization" in shown(app, "metrics-list")
        assert "▲ ALARM" in shown(app, "metrics-chart")
        assert "╌" in shown(app, "metrics-chart") or "█" in shown(app, "metrics-chart")


async def test_what_has_no_metrics_says_so() -> None:
    async with console(session_of("aurora_mysql"), WIDE) as (app, pilot):
        app.desk.looking.select("checkout")
        await pilot.press("M")
        assert isinstance(app.screen, FleetScreen)
        assert any("CloudWatch has none of this" in told for told in app.told)
