"""The registry: every command is complete, named as AWS names it, and does what its kind may do."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from opsconsole import catalog, commands
from opsconsole.commands import Command, Danger, Kind, TargetKind, parse, registry
from opsconsole.commands.base import Preview, registered
from opsconsole.commands.index import NAMES
from tests.cloud.play import Play

botocore_session = pytest.importorskip("botocore.session")
COMMANDS = sorted(registry())


@pytest.fixture(scope="module")
def rds() -> Any:
    return botocore_session.get_session().get_service_model("rds")


def snake(name: str) -> str:
    """AWS's member name as a field: `TargetDBInstanceIdentifier` is `target_db_instance_identifier`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def camel(action: str) -> str:
    """An action as AWS writes it: `failover-db-cluster` is `FailoverDBCluster`."""
    return "".join("DB" if word == "db" else word.capitalize() for word in action.split("-"))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_a_name_a_title_a_docstring_a_kind_a_danger_and_a_target(name: str) -> None:
    model = registry()[name]
    assert model.name == name
    assert 3 <= len(model.title) <= 40
    assert model.__doc__ is not None
    assert len(model.__doc__.strip()) > 15
    assert model.__doc__.strip()[0].isupper()
    assert isinstance(model.kind, Kind)
    assert isinstance(model.danger, Danger)
    assert isinstance(model.takes, TargetKind)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_can_be_run_and_cannot_be_changed(name: str) -> None:
    model = registry()[name]
    assert model.run is not Command.run
    command = model.model_construct(target="orders")
    with pytest.raises(ValidationError):
        command.target = "other"  # type: ignore[misc]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_field_but_the_plainest_is_described(name: str) -> None:
    for key, field in registry()[name].model_fields.items():
        if key not in ("target", "direction", "type", "force_failover"):
            assert field.description, f"{name} does not say what {key} is"


@pytest.mark.parametrize("name", [name for name in COMMANDS if name.startswith("rds:")])
def test_an_rds_command_is_an_action_of_rds_and_its_long_field_names_are_members_of_its_request(
    name: str, rds: Any
) -> None:
    model = registry()[name]
    assert model.kind is Kind.OPERATION
    operation = rds.operation_model(camel(name.partition(":")[2]))
    assert f"`{operation.name}`" in (model.__doc__ or "")
    members = {snake(member) for member in operation.input_shape.members}
    asked = {key for key in model.model_fields if "_" in key}
    assert asked <= members, f"{operation.name} has no {asked - members}"


def test_fis_actions_bear_fiss_own_ids_and_call_the_same_action_of_rds() -> None:
    fis = [name for name in COMMANDS if name.startswith("aws:")]
    assert fis == [
        "aws:elasticache:replicationgroup-interrupt-az-power",
        "aws:rds:failover-db-cluster",
        "aws:rds:reboot-db-instances",
    ]
    assert {registry()[name].kind for name in fis} == {Kind.FAULT}


def test_a_name_tells_its_kind() -> None:
    kinds = {
        "rds": {Kind.OPERATION},
        "kms": {Kind.OPERATION},
        "mysql": {Kind.OPERATION},
        "sql": {Kind.OPERATION},
        "application-autoscaling": {Kind.OPERATION},
        "elasticache": {Kind.OPERATION},
        "aws": {Kind.FAULT},
        "az": {Kind.FAULT},
        "region": {Kind.FAULT},
        "link": {Kind.FAULT},
        "sim": {Kind.FAULT},
        "app": {Kind.APP},
        "heal": {Kind.SESSION},
        "mark": {Kind.SESSION},
        "say": {Kind.SESSION},
    }
    for name, model in registry().items():
        assert model.kind in kinds[name.partition(":")[0]], name


def test_everything_that_issue_two_promises_to_break_or_do_is_there() -> None:
    assert {
        "az:outage", "az:partition", "az:slowdown", "region:outage", "region:partition", "link:cut", "link:slow",
        "sim:crash-instance", "sim:crash-host", "sim:replica-stall", "sim:storage-node-loss", "sim:storage-corruption",
        "heal", "mark",
        "rds:failover-db-cluster", "rds:reboot-db-instance", "rds:create-db-instance", "rds:delete-db-instance",
        "rds:create-db-cluster-endpoint", "rds:delete-db-cluster-endpoint",
        "rds:switchover-global-cluster", "rds:failover-global-cluster", "rds:remove-from-global-cluster",
        "app:pause-writes", "app:resume-writes", "app:set-rate", "app:set-endpoint", "app:set-dns-ttl",
        "app:recycle-pool",
    } <= set(COMMANDS)  # fmt: skip


@pytest.mark.fact("AUR-STO-09", "AUR-STO-15")
def test_no_command_asks_for_storage_or_manages_it() -> None:
    words = re.compile(r"allocated|iops|storage_type|storage_size|max_allocated|size")
    asking = {name for name, model in registry().items() if any(words.search(field) for field in model.model_fields)}
    assert asking == {"rds:create-db-instance", "rds:modify-db-instance"}  # for RDS DB instances
    assert Play().refusal("rds:create-db-instance orders id=x storage=500").code == "InvalidParameterCombination"
    assert Play().refusal("rds:modify-db-instance orders-1 storage=500").code == "InvalidParameterCombination"
    managing = [n for n, model in registry().items() if model.kind is Kind.OPERATION and "storage" in n]
    assert managing == []
    play = Play().do("app:set-rate checkout writes=2000/s").until("8h")
    assert len(play.truth("volume", "orders")) >= 5
    assert play.ids("orders") == []
    assert play.app().health.value == "ok"


def test_what_loses_data_or_cannot_be_undone_says_so() -> None:
    danger = {name: model.danger for name, model in registry().items()}
    assert danger["rds:failover-global-cluster"] is Danger.LOSES_DATA
    assert danger["rds:remove-from-global-cluster"] is Danger.IRREVERSIBLE
    assert danger["rds:delete-db-instance"] is Danger.IRREVERSIBLE
    safe = {name for name, level in danger.items() if level is Danger.SAFE}
    assert safe >= {"heal", "mark", "rds:create-db-instance", "sim:storage-corruption"}
    assert not safe & {"az:outage", "rds:failover-db-cluster", "rds:reboot-db-instance", "sim:crash-host"}


def test_every_timing_a_command_rests_on_is_a_row_of_the_catalogue() -> None:
    rows = catalog.timings()
    for name in ("aurora-failover", "aurora-restart", "aurora-reader-restart", "aurora-instance-create"):
        assert rows[name].min_s <= rows[name].typical_s <= rows[name].max_s


def test_the_index_names_each_command_where_it_is() -> None:
    for path in Path(commands.__file__).parent.glob("*.py"):
        import_module(f"opsconsole.commands.{path.stem}")
    found: dict[str, set[str]] = {}
    for name, model in registered.items():
        found.setdefault(model.__module__.rpartition(".")[2], set()).add(name)
    assert {module: set(names) for module, names in NAMES.items()} == found


def test_one_command_is_found_without_loading_the_others() -> None:
    program = "from opsconsole.commands import base, parse; parse('mark now'); print(*base.registered)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(ran.stdout.split()) == set(NAMES["session"])


def test_a_second_command_of_the_same_name_is_an_error() -> None:
    with pytest.raises(TypeError, match="two commands are called heal"):
        type("Copy", (registry()["heal"],), {"name": "heal", "__doc__": "A copy.", "__annotations__": {}})


def test_a_preview_touches_nothing_unless_it_is_told_to() -> None:
    assert parse("mark now").preview(Play().cloud) == Preview()
