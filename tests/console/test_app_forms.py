"""Menus, forms and the palette on the screen: what they show, what they refuse, what they ask for."""

from pathlib import Path

import pytest
from textual.widgets import Button, Input, Select

from opsconsole.commands import Command, Danger, TargetKind, registry
from opsconsole.console.drafts import Draft, FieldKind, form_fields
from opsconsole.console.screens.fleet import FleetScreen
from opsconsole.console.screens.form import FormScreen
from opsconsole.console.screens.menu import MenuScreen
from opsconsole.console.widgets import LinesView
from opsconsole.fleet import load_fleet
from tests.console.helpers_app import NARROW, SIZES, console, session_of, shown

sizes = pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
TALLEST = 12  # forms
EXAMPLES = {
    TargetKind.ZONE: "us-east-1a",
    TargetKind.REGION: "us-east-1",
    TargetKind.LINK: "us-east-1/eu-west-1",
    TargetKind.CLUSTER: "orders",
    TargetKind.INSTANCE: "orders-2",
    TargetKind.READER: "orders-2",
    TargetKind.MAINTAINED: "orders",
    TargetKind.DB_INSTANCE: "ledger",
    TargetKind.REPLICA: "ledger-ro",
    TargetKind.BINLOG_REPLICA: "ledger-ro",
    TargetKind.FOLLOWER: "orders-eu",
    TargetKind.HOST: "ledger/2",
    TargetKind.CACHE: "sessions",
    TargetKind.CACHE_NODE: "sessions-002",
    TargetKind.GLOBAL: "orders-global",
    TargetKind.APP: "checkout",
    TargetKind.PARAMETER_GROUP: "default.postgres16",
    TargetKind.HEALABLE: "all",
    TargetKind.LABEL: "here",
    TargetKind.SNAPSHOT: "rds:ledger-2026-01-05-03-00",
    TargetKind.CLUSTER_SNAPSHOT: "evidence",
    TargetKind.RESTORABLE: "ledger",
    TargetKind.RESTORABLE_CLUSTER: "orders",
    TargetKind.KEY: "ledger-key",
    TargetKind.HOME: "orders",
    TargetKind.DATABASE: "orders",
}


@sizes
async def test_every_command_has_a_form_that_fits_the_screen(size: tuple[int, int]) -> None:
    """Every form where room is scarce, and the tallest ones at every size: what fits below fits above."""
    async with console(size=size) as (app, pilot):

        def fields(item: tuple[str, type[Command]]) -> int:
            return len(form_fields(app.desk.cloud, item[1], EXAMPLES[item[1].takes]))

        tallest_first = sorted(registry().items(), key=fields, reverse=True)
        for name, model in tallest_first if size == NARROW else tallest_first[:TALLEST]:
            app.fill_in(Draft(model, EXAMPLES[model.takes]))
            await pilot.pause()
            form = app.screen
            assert isinstance(form, FormScreen), name
            assert shown(app, "form-line").startswith(name)
            for button in form.query(Button):
                assert button.region.bottom <= size[1] - 1, name
                assert button.region.right <= size[0], name
            for field in form_fields(app.desk.cloud, model, EXAMPLES[model.takes]):
                assert form.query_one(f"#field-{field.key}"), name
            await pilot.press("escape")
            assert isinstance(app.screen, FleetScreen), name


@sizes
async def test_a_fault_is_chosen_by_its_letter_shown_with_its_blast_radius_and_done(size: tuple[int, int]) -> None:
    async with console(size=size) as (app, pilot):
        app.fleet_screen.look_at("us-east-1a")
        await pilot.press("x", "z")
        assert isinstance(app.screen, FormScreen)
        assert "orders-1" in shown(app, "form-verdict")
        assert app.focused is not None
        assert app.focused.id == "field-for"  # what is typed at once is not lost
        await pilot.press(*"30m")
        assert shown(app, "form-line") == "az:outage us-east-1a for=30m"
        await pilot.press("enter")
        assert app.focused.id == "form-cancel"
        await pilot.press("tab", "enter")
        await pilot.pause()
        assert isinstance(app.screen, FleetScreen)
        assert [fault.until_us for fault in app.desk.cloud.faults.in_force.values()] == [1_800_000_000]


async def test_enter_again_and_again_on_what_interrupts_does_nothing_because_it_leads_to_cancel() -> None:
    async with console() as (app, pilot):
        app.fleet_screen.look_at("us-east-1a")
        await pilot.press("x", "enter", "enter", "enter")
        await pilot.pause()
        assert isinstance(app.screen, FleetScreen)
        assert app.desk.cloud.faults.in_force == {}


async def test_what_is_typed_on_cancel_goes_into_the_field_that_is_left_and_the_foot_tells_the_keys() -> None:
    async with console(size=NARROW) as (app, pilot):
        app.fill_in(Draft(registry()["rds:promote-read-replica"], "ledger-ro"))
        await pilot.pause()
        form = app.screen
        form.query_one("#form-cancel").focus()
        await pilot.press(*"ledger-ro")
        name = form.query_one("#form-name", Input)
        assert name.value == "ledger-ro"
        assert name.placeholder == "type ledger-ro to confirm"
        assert "tab next - enter presses - esc cancels" in str(form.query_one("#form").border_subtitle)


async def test_what_a_command_would_touch_can_be_read_to_its_end_on_a_small_screen() -> None:
    async with console(size=NARROW) as (app, pilot):
        app.fill_in(Draft(registry()["az:outage"], "us-east-1a"))
        await pilot.pause()
        verdict = app.screen.query_one("#form-verdict", LinesView)
        assert len(verdict.lines) > verdict.size.height
        assert "pgdn more" in str(app.screen.query_one("#form").border_subtitle)
        await pilot.press(*["pagedown"] * 4)
        assert verdict.scroll_offset.y + verdict.size.height == len(verdict.lines)


@sizes
async def test_what_cannot_be_undone_asks_for_the_name_of_the_resource(size: tuple[int, int]) -> None:
    async with console(size=size) as (app, pilot):
        app.fleet_screen.look_at("orders-3")
        await pilot.press("o", "d")
        form = app.screen
        assert isinstance(form, FormScreen)
        assert form.draft.model.danger is Danger.IRREVERSIBLE
        send = form.query_one("#form-send", Button)
        assert send.disabled
        form.query_one("#form-name", Input).focus()
        await pilot.press(*"orders-2")
        assert send.disabled
        await pilot.press("backspace", "3")
        assert not send.disabled
        send.focus()
        await pilot.press("enter")
        await pilot.pause()
        assert app.desk.cloud.instances["orders-3"].status.value == "deleting"


async def test_what_is_missing_and_what_aws_would_refuse_cannot_be_sent() -> None:
    async with console() as (app, pilot):
        app.fill_in(Draft(registry()["rds:create-db-instance"], "orders"))
        await pilot.pause()
        form = app.screen
        assert isinstance(form, FormScreen)
        assert "needs id" in shown(app, "form-verdict")
        assert form.query_one("#form-send", Button).disabled
        form.query_one("#field-id", Input).focus()
        await pilot.press(*"orders-1")
        assert "DBInstanceAlreadyExists" in shown(app, "form-verdict")
        assert form.query_one("#form-send", Button).disabled
        await pilot.press("f10")
        assert isinstance(app.screen, FormScreen)
        await pilot.press("backspace", "9")
        assert "ready in about" in shown(app, "form-verdict")
        await pilot.press("f10")
        await pilot.pause()
        assert "orders-9" in app.desk.cloud.instances


async def test_a_choice_changes_the_line_and_the_verdict() -> None:
    async with console() as (app, pilot):
        app.fill_in(Draft(registry()["rds:failover-global-cluster"], "orders-global"))
        await pilot.pause()
        form = app.screen
        form.query_one("#field-to", Select).value = "orders-eu"
        form.query_one("#field-allow_data_loss", Select).value = "true"
        await pilot.pause()
        assert shown(app, "form-line") == "rds:failover-global-cluster orders-global allow_data_loss=true to=orders-eu"
        assert "lost if it happened now" in shown(app, "form-verdict").replace("\n", " ")


async def test_the_same_choice_is_made_again_as_not_given() -> None:
    async with console() as (app, pilot):
        app.fill_in(Draft(registry()["rds:failover-db-cluster"], "orders", (("to", "orders-3"),)))
        await pilot.pause()
        assert shown(app, "form-line") == "rds:failover-db-cluster orders to=orders-3"
        app.screen.query_one("#field-to", Select).clear()
        await pilot.pause()
        assert shown(app, "form-line") == "rds:failover-db-cluster orders"


@sizes
async def test_a_refused_entry_is_grey_says_why_and_can_still_be_looked_at(size: tuple[int, int]) -> None:
    async with console(size=size) as (app, pilot):
        app.fleet_screen.look_at("orders-eu")
        await pilot.press("o")
        lines = app.screen.query_one("#menu-list").lines  # type: ignore[attr-defined]
        row = next(number for number, line in enumerate(lines) if "Fail over  " in line.text)
        assert "refused now: InvalidDB" in lines[row].text  # as much of the code as there is room for
        app.screen.query_one("#menu-list").move_cursor(row)  # type: ignore[attr-defined]
        await pilot.pause()
        assert "has no writer to replace" in shown(app, "menu-about").replace("\n", " ")


async def test_a_refused_entry_without_fields_says_so_and_stays() -> None:
    async with console() as (app, pilot):
        app.fleet_screen.look_at("checkout")
        await pilot.press("o", "e")
        assert isinstance(app.screen, MenuScreen)
        assert any("AWS would refuse app:resume-writes checkout" in text for text in app.told)
        assert "app:resume-writes checkout" in shown(app, "menu-about"), "what is said of it stands below the list"


async def test_a_refusal_that_comes_only_now_is_told() -> None:
    async with console() as (app, pilot):
        app.fill_in(Draft(registry()["app:pause-writes"], "checkout"))
        await pilot.pause()
        form = app.screen
        assert isinstance(form, FormScreen)
        app.desk.ask(form.verdict.command)  # type: ignore[arg-type]
        await pilot.press("f10")
        await pilot.pause()
        assert "paused already" in shown(app, "form-verdict")


@sizes
async def test_the_palette_takes_plain_words(size: tuple[int, int]) -> None:
    async with console(size=size) as (app, pilot):
        await pilot.press("ctrl+p", *"fail over orders to orders-3")
        await pilot.search()
        await pilot.press("enter")
        form = app.screen
        assert isinstance(form, FormScreen)
        assert form.draft.line() == "rds:failover-db-cluster orders to=orders-3"


@sizes
async def test_the_palette_takes_a_whole_line(size: tuple[int, int]) -> None:
    async with console(size=size) as (app, pilot):
        await pilot.press("ctrl+p", *"az:outage us-east-1a for=30m")
        await pilot.search()
        await pilot.press("enter")
        form = app.screen
        assert isinstance(form, FormScreen)
        assert form.draft.line() == "az:outage us-east-1a for=30m"


async def test_a_choice_that_there_is_not_is_named_in_its_field() -> None:
    async with console() as (app, pilot):
        app.fill_in(Draft(registry()["rds:failover-db-cluster"], "orders", (("to", "orders-9"),)))
        await pilot.pause()
        assert "orders-9" in str(app.screen.query_one("#field-to", Select).prompt)
        assert "to=orders-9" in shown(app, "form-line")


async def test_the_palette_says_what_is_wrong_with_a_line() -> None:
    async with console() as (app, pilot):
        await pilot.press("ctrl+p", *"sim:bad-deploy checkout share=5%")
        await pilot.search()
        await pilot.press("enter")
        assert isinstance(app.screen, FleetScreen)
        assert "has no field 'share'; it knows for, wrong" in app.told[-1]


async def test_the_palette_finds_things_and_keys() -> None:
    async with console() as (app, pilot):
        await pilot.press("ctrl+p", *"look at orders-eu-2")
        await pilot.search()
        await pilot.press("enter")
        assert app.desk.looking.selected == "orders-eu-2"
        await pilot.press("ctrl+p", *"incident brake on or off")
        await pilot.search()
        await pilot.press("enter")
        assert not app.desk.engine.brake


async def test_the_palette_of_a_read_only_session_changes_nothing() -> None:
    async with console(read_only=True) as (app, pilot):
        await pilot.press("ctrl+p", *"az:outage us-east-1a")
        await pilot.search()
        await pilot.press("enter")
        assert isinstance(app.screen, FleetScreen)
        assert app.told == []  # it offers no command, so none is refused
        assert not app.desk.cloud.faults.in_force


async def test_q_in_a_form_does_not_leave() -> None:
    async with console() as (app, pilot):
        app.fill_in(Draft(registry()["az:outage"], "us-east-1a"))
        await pilot.pause()
        await pilot.press("q")
        await pilot.pause()
        assert isinstance(app.screen, FormScreen)
        assert app.is_running


async def test_names_from_a_file_are_never_markup(tmp_path: Path) -> None:
    shipped = load_fleet("global_aurora")
    odd = tmp_path / "odd.toml"
    odd.write_text(shipped.text.replace(shipped.fleet.name, "[red]Odd[/] [@click=app.quit]name[/]"))
    async with console(session_of(str(odd))) as (app, pilot):
        await pilot.press("v")
        assert "[red]Odd[/]" in shown(app, "status")
        app.fill_in(Draft(registry()["mark"], "[bold]x[/]"))
        await pilot.pause()
        assert "[bold]x[/]" in shown(app, "form-line")
        assert "[bold]x[/]" in app.screen.query_one("#form").border_title.replace("\\", "")  # type: ignore[union-attr]


def test_a_form_asks_for_nothing_that_a_line_cannot_say() -> None:
    cloud = session_of().cloud
    for model in registry().values():
        for field in form_fields(cloud, model, EXAMPLES[model.takes]):
            assert field.kind in FieldKind
            assert field.key


async def test_what_a_long_form_says_is_wrapped_to_its_width_once_it_has_one() -> None:
    async with console(session_of("rds_multi_az")) as (app, pilot):
        app.fill_in(Draft(registry()["rds:modify-db-instance"], "billing"))
        await pilot.pause()
        form = app.screen.query_one("#form")
        before = shown(app, "form-about")
        form.styles.width = 60  # nobody resizes the terminal: only the layout knows
        await pilot.pause()
        await pilot.pause()
        assert shown(app, "form-about") != before
        assert max(map(len, shown(app, "form-about").splitlines())) <= form.content_size.width
