"""Lists are sorted by a key, say so in their heads, and are so again in the next session."""

import json
import os
from pathlib import Path

import pytest

from opsconsole.console.order import ORDERS, Order
from opsconsole.console.remembered import Remembered, recall
from opsconsole.console.screens.recovery import RecoveryScreen
from opsconsole.console.views.apps.listing import sorted_apps
from opsconsole.console.views.recovery.overview import overview, sorted_databases
from tests.console.helpers_app import MEDIUM, WIDE, Watched, console, session_of, shown


def listed(app: Watched, panel: str) -> list[str]:
    return [line.ref for line in app.screen.query_one(f"#{panel}").lines if line.ref]  # type: ignore[attr-defined]


def test_apps_are_sorted_by_what_needs_somebody() -> None:
    cloud = session_of("global_aurora", "az:outage us-east-1a", until_s=10).cloud
    natural = list(cloud.apps)
    by = {order.by: sorted_apps(cloud, order, True) for order in ORDERS["apps"]}
    assert by["app"] == natural
    assert cloud.apps[by["state"][0]].health.value != "ok"
    assert cloud.apps[by["state"][-1]].health.value == "ok"
    due = [cloud.apps[id].writes * bool(cloud.apps[id].writes_to) + cloud.apps[id].reads for id in by["due"]]
    assert due == sorted(due, reverse=True)
    p99 = [cloud.apps[id].service.value.p99_us or 0 for id in by["p99"]]
    assert p99 == sorted(p99, reverse=True)
    assert all(sorted(ids) == sorted(natural) for ids in by.values())
    assert sorted_apps(cloud, Order("app", True), True) == natural[::-1]


def test_databases_are_sorted_by_their_best_copy_and_awss_view_tells_no_losses() -> None:
    cloud = session_of("global_aurora", until_s=600).cloud
    natural = sorted_databases(cloud, ORDERS["recovery"][0], True)
    for order in ORDERS["recovery"]:
        assert sorted(sorted_databases(cloud, order, True)) == sorted(natural)
        head = overview(cloud, 160, "orders", truth=True, order=order)[1].text
        assert head.count("↑") + head.count("↓") == (order.by != "kind"), order
    assert sorted_databases(cloud, Order("database"), True) == sorted(natural)
    assert sorted_databases(cloud, Order("back in", True), True)[0] == "orders-eu", "it has no copy that lives"
    assert sorted_databases(cloud, Order("lost", True), False) == natural[::-1]
    assert sorted_databases(cloud, Order("lost"), False) == natural


async def test_a_key_sorts_says_so_and_the_next_session_is_sorted_too(tmp_path: Path) -> None:
    file = tmp_path / "state" / "console.json"
    async with console(session_of(until_s=70), MEDIUM, remembered_file=file) as (app, pilot):
        assert not file.exists(), "only a change is written"
        assert "app ↑" in shown(app, "apps")
        await pilot.press("s", "s", "s")
        assert "p99" not in shown(app, "apps"), "there is no room for this column"
        assert str(app.fleet_screen.frame_of("apps").border_title) == "Apps by p99 ↓"
        by_p99 = listed(app, "apps")
        await pilot.press("i")
        assert listed(app, "apps") == by_p99[::-1]
        assert "apps sorted: by p99 ↑" in app.told
        await pilot.press("R", "s", "s", "s", "s", "s")
        assert "back in ↓" in shown(app, "rec-bases")
        assert isinstance(app.screen, RecoveryScreen)
        first = app.screen.id_shown
        order = sorted_databases(app.desk.cloud, Order("back in", True), True)
        await pilot.press("tab")
        assert app.screen.id_shown == order[(order.index(first) + 1) % len(order)]
    assert os.listdir(file.parent) == ["console.json"]
    async with console(session_of(until_s=70), WIDE, remembered_file=file) as (app, pilot):
        assert listed(app, "apps") == by_p99[::-1]
        await pilot.press("a")
        assert listed(app, "apps-list") == by_p99[::-1]
        assert "p99 ↑" in shown(app, "apps-list")
        here = app.screen.id_shown  # type: ignore[attr-defined]
        await pilot.press("j")
        assert app.screen.id_shown == listed(app, "apps-list")[(by_p99[::-1].index(here) + 1) % 4]  # type: ignore[attr-defined]
    async with console(session_of(), MEDIUM, remembered_file=file, fresh=True) as (app, _):
        assert "app ↑" in shown(app, "apps")


SOUND = {"sort": {name: list(ways[-1]) for name, ways in ORDERS.items()}, "hidden": ["feed"]}


def test_what_is_kept_is_recalled(tmp_path: Path) -> None:
    file = tmp_path / "console.json"
    file.write_text(json.dumps(SOUND))
    remembered = recall(file)
    assert remembered.problem == ""
    assert remembered.orders == {name: ways[-1] for name, ways in ORDERS.items()}
    assert remembered.hidden == ["feed"]
    remembered.keep()
    assert recall(file) == remembered
    assert recall(tmp_path / "nothing").problem == ""
    assert recall(None) == Remembered()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "7",
        "[" * 100_000,
        '"\udcff"',
        *(
            json.dumps(SOUND | wrong)
            for wrong in (
                {"sort": {}},
                {"sort": {"apps": ["colour", False], "recovery": ["kind", False]}},
                {"sort": {"apps": ["app", 1], "recovery": ["kind", False]}},
                {"sort": {"apps": "app", "recovery": ["kind", False]}},
                {"hidden": "feed"},
                {"hidden": ["moon"]},
                {"hidden": ["map", "apps", "thing", "feed"]},
                {"hidden": 3},
                {"hidden": [["feed"]]},
            )
        ),
    ],
)
def test_what_cannot_be_used_is_told_in_a_sentence_and_left(tmp_path: Path, text: str) -> None:
    file = tmp_path / "console.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    remembered = recall(file)
    assert remembered == Remembered(file, problem=remembered.problem)
    assert remembered.problem.startswith(f"{file} cannot be used: ")


async def test_a_file_that_cannot_be_used_or_written_is_told_and_the_console_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "console.json"
    folder.mkdir()
    async with console(session_of("aurora_mysql"), MEDIUM, remembered_file=folder) as (app, pilot):
        assert any(text.startswith(f"remembered: {folder} cannot be used: ") for text in app.told)
        await pilot.press("s")
        assert "state ↓" in shown(app, "apps")
        assert any(text.startswith(f"not remembered: {folder} cannot be written: ") for text in app.told)
    assert os.listdir(tmp_path) == ["console.json"]
