"""Facts of the mission list that a fleet file shows by being refused one step beyond them."""

import pytest

from opsconsole import catalog
from opsconsole.fleet import parse_fleet
from tests.fleet.mistakes import FILE, SOUND, problems_of

WRITER = '  { id = "orders-1", zone = "a", class = "db.r6g.large" },\n'
SECONDARY = '[{ id = "orders-eu-1", zone = "a", class = "db.r6g.large" }]'


def instances(count: int) -> str:
    """Rows of so many instances."""
    return "".join(f'  {{ id = "more-{number}", zone = "b", class = "db.r6g.large" }},\n' for number in range(count))


def only_problem(text: str) -> str:
    """What is wrong with a text that has one problem."""
    (problem,) = problems_of(text)
    return problem.wrong


@pytest.mark.fact("AUR-ARC-05", "AUR-GLB-10")
def test_a_cluster_has_a_writer_and_fifteen_readers_and_no_sixteenth() -> None:
    fifteen = SOUND.replace(WRITER, WRITER + instances(14))
    assert len(parse_fleet(fifteen, FILE).aurora["orders"].instances) == 16
    assert "15 readers beside its writer" in only_problem(SOUND.replace(WRITER, WRITER + instances(15)))


@pytest.mark.fact("AUR-GLB-09")
def test_a_secondary_has_sixteen_readers_and_no_seventeenth() -> None:
    sixteen = SOUND.replace(SECONDARY, f"[\n{instances(16)}]")
    assert len(parse_fleet(sixteen, FILE).aurora["orders-eu"].instances) == 16
    assert "16 readers" in only_problem(SOUND.replace(SECONDARY, f"[\n{instances(17)}]"))


@pytest.mark.fact("AUR-ARC-02")
@pytest.mark.parametrize("engine", ["mysql", "postgres", "mariadb", "oracle-ee", "sqlserver-se", "db2-se"])
def test_aurora_is_compatible_with_mysql_and_postgresql_and_with_nothing_else(engine: str) -> None:
    assert {row.compatible for row in catalog.engines().values() if row.family == "aurora"} == {"mysql", "postgresql"}
    text = SOUND.replace('[aurora.orders]\nengine = "aurora-mysql"', f'[aurora.orders]\nengine = "{engine}"')
    assert only_problem(text) == f'"{engine}" is not an Aurora engine'


@pytest.mark.fact("AUR-COST-02")
@pytest.mark.parametrize("name", [name for name in catalog.instance_classes() if name.endswith(".micro")])
def test_aurora_has_no_micro_instances(name: str) -> None:
    assert only_problem(SOUND.replace(WRITER, WRITER.replace("db.r6g.large", name))).endswith(f"does not offer {name}")


@pytest.mark.fact("AUR-STO-11")
@pytest.mark.parametrize("kind", ["standard", "magnetic", "gp2", "io1"])
def test_aurora_offers_no_choice_of_storage_and_no_magnetic_one(kind: str) -> None:
    text = SOUND.replace("[aurora.orders]\n", f'[aurora.orders]\nstorage_type = "{kind}"\n')
    assert "its volume is SSD" in only_problem(text)
