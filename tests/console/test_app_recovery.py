"""The Recovery screen, key by key: stand on an instant, see what a restore to it would bring, and do it."""

from __future__ import annotations

import pytest
from textual.widgets import Button

from opsconsole.console.app import News, OpsConsole
from opsconsole.console.screens.fleet import FleetScreen
from opsconsole.console.screens.form import FormScreen
from opsconsole.console.screens.recovery import RecoveryScreen
from opsconsole.console.views.recovery.timeline import NAMES
from opsconsole.console.widgets import LinesView
from tests.console.helpers_app import MEDIUM, NARROW, WIDE, console, settle, shown
from tests.console.incident import MINUTE, incident

SMALL = (60, 16)
sizes = pytest.mark.parametrize("size", [WIDE, MEDIUM, NARROW, SMALL], ids=lambda size: "x".join(map(str, size)))
PANELS = ("rec-bases", "rec-line", "rec-verdict")


def screen_of(app: object) -> RecoveryScreen:
    screen = getattr(app, "screen", None)
    assert isinstance(screen, RecoveryScreen)
    return screen


def said(app: OpsConsole, area: str) -> str:
    """What a panel says, however its lines are broken."""
    return " ".join(shown(app, area).split())


@sizes
async def test_it_opens_on_the_selected_database_fits_and_closes(size: tuple[int, int]) -> None:
    async with console(incident(), size=size) as (app, pilot):
        await pilot.press("R")
        await pilot.pause()
        screen = screen_of(app)
        for name in PANELS:
            region = screen.query_one(f"#{name}").region
            assert region.height > 0, name
            assert region.right <= size[0], name
            assert region.bottom <= size[1] - 1, name
            lines = screen.query_one(f"#{name}", LinesView)
            assert all(len(line.text) <= lines.size.width for line in lines.lines), name
        assert "orders" in shown(app, "rec-bases")
        assert "release-42" in shown(app, "rec-line")
        assert shown(app, "rec-verdict").lstrip().startswith("09:18:45Z")  # the latest that could be restored
        await pilot.press("escape")
        assert isinstance(app.screen, FleetScreen)


@sizes
async def test_the_cursor_moves_by_columns_by_things_and_to_the_ends(size: tuple[int, int]) -> None:
    async with console(incident(), size=size) as (app, pilot):
        await pilot.press("R")
        await pilot.pause()
        stance = screen_of(app).stance
        step_us = screen_of(app)._axis().step_us
        before = stance.cursor_us
        await pilot.press("left")
        assert step_us <= before - stance.cursor_us < 2 * step_us
        at = stance.cursor_us
        await pilot.press("h", "h")
        assert stance.cursor_us == at - 2 * step_us
        await pilot.press("l", "right", "pageup", "right_square_bracket")
        assert stance.cursor_us == at
        await pilot.press("end")
        assert stance.cursor_us == app.desk.cloud.now_us
        for _ in range(5):
            if stance.cursor_us == app.desk.cloud.marks["release-42"]:
                break
            await pilot.press("N")
        assert stance.cursor_us == app.desk.cloud.marks["release-42"]
        assert "release-42" in shown(app, "rec-verdict").splitlines()[0]
        await pilot.press("n")
        assert stance.cursor_us == 10 * MINUTE - 1_000_000
        await pilot.press("home")
        assert "EarliestRestorableTime" in shown(app, "rec-verdict")


@sizes
async def test_zoom_goes_from_ten_minutes_to_all_that_is_kept(size: tuple[int, int]) -> None:
    async with console(incident(), size=size) as (app, pilot):
        await pilot.press("R", "z", "z")
        await pilot.pause()
        screen = screen_of(app)
        axis = screen._axis()
        assert 10 * MINUTE <= axis.to_us - axis.from_us < 30 * MINUTE
        await pilot.press(*["Z"] * 12)
        axis = screen._axis()
        assert axis.from_us <= -7 * 1440 * MINUTE + app.desk.cloud.now_us
        assert " Jan" in shown(app, "rec-line")


async def test_a_click_on_the_line_is_an_instant_and_a_click_on_a_way_chooses_it() -> None:
    async with console(incident(), size=WIDE) as (app, pilot):
        await pilot.press("R")
        await pilot.pause()
        screen = screen_of(app)
        line = screen.query_one("#rec-line", LinesView)
        column = 80
        wanted = screen._axis().at(column)
        inside = line.content_region.offset - line.region.offset
        await pilot.click("#rec-line", offset=(inside.x + NAMES + column, inside.y + 2))
        assert screen.stance.cursor_us == wanted
        listed = screen.query_one("#rec-verdict", LinesView).lines
        row = next(number for number, one in enumerate(listed) if one.ref == "snapshot")
        await pilot.click("#rec-verdict", offset=(inside.x + 3, inside.y + row))
        assert screen.stance.choice == "snapshot"
        assert "from-snapshot before-deploy" in shown(app, "rec-verdict")


@sizes
async def test_enter_asks_and_a_backtrack_to_the_mark_removes_what_was_wrong(size: tuple[int, int]) -> None:
    async with console(incident(), size=size) as (app, pilot):
        await pilot.press("R")
        await pilot.pause()
        screen_of(app).stance.stand(screen_of(app)._track(), app.desk.cloud.marks["release-42"])
        await pilot.press("up", "down", "enter")
        await pilot.pause()
        form = app.screen
        assert isinstance(form, FormScreen)
        assert shown(app, "form-line") == "rds:backtrack-db-cluster orders to=release-42"
        assert app.focused is form.query_one("#form-cancel", Button)
        await pilot.press("enter")
        assert not app.desk.cloud.aurora["orders"].window.rewinds  # a careless Enter does no harm
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("ctrl+s")
        await pilot.pause()
        app.desk.engine.run_to(app.desk.cloud.now_us + 20_000_000)
        await settle(app, pilot)
        assert isinstance(app.screen, RecoveryScreen)
        assert "backtracking" in shown(app, "rec-verdict")
        assert "%, " in shown(app, "rec-verdict").partition("under way")[2]
        app.desk.engine.run_to(app.desk.cloud.now_us + 240_000_000)
        await settle(app, pilot)
        text = shown(app, "rec-side" if size == WIDE else "rec-verdict")
        told = next(line for line in text.splitlines() if line.startswith(" checkout"))
        assert told.split()[2:] == ["none", "none", "194,029", "3,869"]  # wrong in it, lost, discarded, wrong removed
        assert "under way" not in shown(app, "rec-verdict")


@sizes
async def test_a_restore_runs_with_progress_and_then_the_app_is_pointed_at_it(size: tuple[int, int]) -> None:
    async with console(incident(), size=size) as (app, pilot):
        cloud = app.desk.cloud
        await pilot.press("R")
        await pilot.pause()
        screen = screen_of(app)
        screen.stance.stand(screen._track(), cloud.marks["release-42"])
        await pilot.press("down", "enter")
        await pilot.pause()
        told = shown(app, "form-line")
        assert "restore-to-time=release-42" in told or (size == (60, 16) and told.endswith("…"))  # there is one row
        await pilot.press("ctrl+s")
        await pilot.pause()
        app.desk.engine.run_to(cloud.now_us + 60_000_000)
        await settle(app, pilot)
        under_way = shown(app, "rec-verdict").partition("under way")[2]
        assert "orders-restored" in under_way
        assert "creating" in under_way
        assert "left" in under_way
        app.desk.engine.run_to(cloud.now_us + 2400_000_000)
        await settle(app, pilot)
        line = "rds:create-db-instance orders-restored class=db.r6g.xlarge id=orders-restored-1"
        assert line in said(app, "rec-verdict")
        await _ask_for_what_is_left(app, pilot)
        app.desk.engine.run_to(cloud.now_us + 2400_000_000)
        await settle(app, pilot)
        assert "checkout still points at orders.writer" in shown(app, "rec-verdict")
        line = "app:set-endpoint checkout endpoint=orders-restored.writer use=writes"
        assert line in said(app, "rec-verdict")
        for _ in range(2):
            await _ask_for_what_is_left(app, pilot)
            app.desk.engine.run_to(cloud.now_us + 10_000_000)
            await settle(app, pilot)
        assert "to go on with the copy" not in shown(app, "rec-verdict")
        assert cloud.apps["checkout"].writes_to == "orders-restored.writer"


async def _ask_for_what_is_left(app: object, pilot: object) -> None:
    """Choose the last of what can be chosen, and confirm it."""
    press = pilot.press  # type: ignore[attr-defined]
    screen = screen_of(app)
    for _ in range(6):
        if ":" not in screen.stance.choice:
            await press("down")
    await press("enter")
    await pilot.pause()  # type: ignore[attr-defined]
    await press("ctrl+s")
    await pilot.pause()  # type: ignore[attr-defined]


async def test_what_aws_refuses_is_said_with_its_code_and_its_form_cannot_be_sent() -> None:
    async with console(incident(), size=WIDE) as (app, pilot):
        await pilot.press("R", "end", "down")
        await pilot.pause()
        assert screen_of(app).stance.choice == "point in time"
        assert "InvalidParameterValue: orders cannot be restored to 2026-01-05T09:21:00Z" in shown(app, "rec-verdict")
        await pilot.press("enter")
        await pilot.pause()
        assert app.screen.query_one("#form-send", Button).disabled


async def test_a_read_only_session_looks_and_asks_for_nothing() -> None:
    async with console(incident(), size=WIDE, read_only=True) as (app, pilot):
        await pilot.press("R", "enter")
        await pilot.pause()
        assert isinstance(app.screen, RecoveryScreen)
        assert any("read-only" in told for told in app.told)


async def test_aws_view_tells_neither_harm_nor_wrong_rows() -> None:
    async with console(incident(), size=WIDE) as (app, pilot):
        await pilot.press("R", "v")
        await pilot.pause()
        texts = "\n".join(shown(app, name) for name in (*PANELS, "rec-side"))
        assert "AWS does not show it" in texts
        assert "▒" not in texts
        assert "wrong" not in texts.replace("what is lost or wrong", "")
        assert "harmed" not in texts


async def test_tab_walks_over_the_databases_and_every_one_has_its_line() -> None:
    async with console(incident(fleet="global_aurora", until_s=900), size=WIDE) as (app, pilot):
        await pilot.press("R")
        seen = []
        for _ in range(6):
            await pilot.pause()
            seen.append(screen_of(app).id_shown)
            assert "restorable" in shown(app, "rec-line")
            await pilot.press("tab")
        assert sorted(seen) == ["catalog", "ledger", "ledger-dr", "ledger-ro", "orders", "orders-eu"]
        assert app.desk.looking.selected == screen_of(app).id_shown


async def test_nothing_is_painted_anew_when_nothing_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with console(incident(), size=WIDE) as (app, pilot):
        await pilot.press("R")
        await pilot.pause()
        painted: list[str] = []
        original = LinesView.refresh

        def refresh(self: LinesView, *args: object, **more: object) -> LinesView:
            painted.append(self.id or "")
            return original(self, *args, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(LinesView, "refresh", refresh)
        for _ in range(3):
            app.post_message(News())
            app.ground.repaint()
            await pilot.pause()
        assert painted == []
        await pilot.press("left")
        await pilot.pause()
        assert set(painted) == {"rec-line", "rec-verdict"}


async def test_ascii_needs_nothing_but_ascii() -> None:
    async with console(incident(), size=WIDE, ascii=True) as (app, pilot):
        await pilot.press("R")
        await pilot.pause()
        for name in (*PANELS, "rec-side", "keys", "status"):
            assert shown(app, name).isascii(), name
        assert "%%%%" in shown(app, "rec-line")
