"""What a sound file becomes: defaults, endpoints, order, and that nothing can change it."""

import copy
import pickle
import random
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from opsconsole import catalog
from opsconsole.fleet import CustomEndpointSpec, Fleet, InOrder, TimingOverride, json_schema, load_fleet, parse_fleet
from tests.fleet.mistakes import SOUND

SMALL = """\
[aurora.orders]
engine = "aurora-mysql"
region = "us-east-1"
instances = [
  { id = "orders-1", zone = "a", class = "db.r6g.large" },
  { id = "orders-2", zone = "us-east-1b", class = "db.r6g.large", tier = 15 },
]
endpoints = [
  { id = "reports", members = ["orders-2"] },
  { id = "all", type = "ANY", excluded = ["orders-1"] },
]
"""


def app(**keys: str) -> str:
    """An app with some keys."""
    return SMALL + '[apps.web]\nhomes = ["us-east-1"]\n' + "".join(f"{key} = {value}\n" for key, value in keys.items())


def test_defaults_are_those_that_the_format_promises() -> None:
    fleet = parse_fleet(app(writes_to='"orders"'), "x")
    assert (fleet.name, fleet.seed, fleet.start) == ("Fleet", 7, datetime(2026, 1, 5, 9, tzinfo=UTC))
    assert fleet.regions["us-east-1"].zones == ("us-east-1a", "us-east-1b", "us-east-1c")
    orders = fleet.aurora["orders"]
    assert orders.engine_version == catalog.engine("aurora-mysql").default_version
    assert (orders.storage_bytes, orders.backtrack_s, orders.retention_days) == (10 << 30, 0, 1)
    assert not orders.deletion_protection
    assert (orders.backup_window, orders.maintenance_window) == ("03:00-03:30", "sun:05:00-sun:05:30")
    assert [instance.tier for instance in orders.instances] == [1, 15]
    web = fleet.apps["web"]
    assert (web.writes_per_s, web.reads_per_s, web.pool, web.pool_lifetime_s) == (0, 0, 60, 1800)
    assert (web.timeout_s, web.dns_cache_s, web.health_check_s) == (2, 5, 10)


def test_the_first_three_zones_of_a_region_are_its_default() -> None:
    text = SMALL.replace('region = "us-east-1"', 'region = "ca-central-1"').replace("us-east-1b", "d")
    assert parse_fleet(text, "x").regions["ca-central-1"].zones == ("ca-central-1a", "ca-central-1b", "ca-central-1d")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("orders", "orders.reader"),
        ("orders.reader", "orders.reader"),
        ("orders.writer", "orders.writer"),
        ("orders-2", "orders.orders-2"),
        ("orders.orders-2", "orders.orders-2"),
        ("reports", "orders.reports"),
        ("orders.reports", "orders.reports"),
    ],
)
def test_an_endpoint_to_read_from_may_be_written_in_several_ways(written: str, meant: str) -> None:
    assert parse_fleet(app(reads_from=f'["{written}"]'), "x").apps["web"].reads_from == (meant,)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("orders", "orders.writer"),
        ("orders.writer", "orders.writer"),
        ("orders-1", "orders.orders-1"),
        ("all", "orders.all"),
    ],
)
def test_an_endpoint_to_write_to_may_be_written_in_several_ways(written: str, meant: str) -> None:
    assert parse_fleet(app(writes_to=f'"{written}"'), "x").apps["web"].writes_to == meant


def test_an_app_may_name_the_writer_endpoint_of_a_secondary_in_full() -> None:
    fleet = parse_fleet(SOUND.replace('writes_to = "orders"', 'writes_to = "orders-eu.writer"'), "x")
    assert fleet.apps["checkout"].writes_to == "orders-eu.writer"


def test_a_secondary_may_have_no_instances() -> None:
    text = SOUND.replace('instances = [{ id = "orders-eu-1", zone = "a", class = "db.r6g.large" }]\n', "")
    assert parse_fleet(text, "x").aurora["orders-eu"].instances == ()


def test_a_cluster_has_the_backup_window_that_the_file_says() -> None:
    text = SMALL.replace("[aurora.orders]", '[aurora.orders]\nbackup_window = "23:45-00:15"')
    assert parse_fleet(text, "x").aurora["orders"].backup_window == "23:45-00:15"


def test_custom_endpoints_keep_their_members_or_those_they_leave_out() -> None:
    assert parse_fleet(SMALL, "x").aurora["orders"].endpoints == (
        CustomEndpointSpec("reports", "READER", members=("orders-2",)),
        CustomEndpointSpec("all", "ANY", excluded=("orders-1",)),
    )


def test_a_dns_answer_may_be_kept_for_ever() -> None:
    assert parse_fleet(app(writes_to='"orders"', dns_cache='"forever"'), "x").apps["web"].dns_cache_s is None


@pytest.mark.parametrize(
    ("value", "typical", "low", "high"),
    [
        ('"24s"', 24, 8, 60),
        ('"2s"', 2, 2, 60),
        ('"5m"', 300, 8, 300),
        ('"0s"', 0, 0, 0),
        ('{ typical = "30s", min = "29s", max = "31s" }', 30, 29, 31),
        ('{ typical = "30s" }', 30, 8, 60),
    ],
)
def test_a_timing_is_overridden_by_its_median_and_keeps_the_catalogs_bounds(
    value: str, typical: float, low: float, high: float
) -> None:
    row = catalog.timing("aurora-failover")
    assert (row.min_s, row.max_s) == (8, 60)
    fleet = parse_fleet(SMALL + f"[timings]\naurora-failover = {value}\n", "x")
    assert fleet.timings["aurora-failover"] == TimingOverride("aurora-failover", typical, low, high)


def test_a_start_is_kept_in_utc() -> None:
    fleet = parse_fleet("start = 2026-03-01T10:00:00+02:00\n" + SMALL, "x")
    assert fleet.start == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert fleet.start.tzinfo is UTC


def test_the_order_of_tables_does_not_matter() -> None:
    text = load_fleet("global_aurora").text
    head, *tables = text.split("\n[")
    expected = parse_fleet(text, "x")
    shuffler = random.Random(7)
    for _ in range(20):
        shuffler.shuffle(tables)
        shuffled = parse_fleet("\n[".join([head, *tables]), "x")
        assert shuffled == expected
        assert repr(shuffled) == repr(expected)


def test_everything_is_in_the_order_of_ids() -> None:
    fleet = load_fleet("global_aurora").fleet
    for mapping in (fleet.regions, fleet.aurora, fleet.global_clusters, fleet.apps, fleet.timings):
        assert list(mapping) == sorted(mapping)


def test_a_fleet_cannot_be_changed() -> None:
    fleet = load_fleet("aurora_mysql").fleet
    with pytest.raises(AttributeError):
        fleet.seed = 8  # type: ignore[misc]
    with pytest.raises(TypeError):
        fleet.aurora["orders"] = fleet.aurora["orders"]  # type: ignore[index]
    assert isinstance(fleet.aurora, InOrder)


def test_a_fleet_can_be_hashed_copied_and_sent_to_another_process() -> None:
    fleet = load_fleet("global_aurora").fleet
    copies: list[Fleet] = [copy.deepcopy(fleet), pickle.loads(pickle.dumps(fleet))]
    assert copies == [fleet, fleet]
    assert {hash(fleet)} == {hash(other) for other in copies}


def test_a_sound_file_needs_no_tree_sitter() -> None:
    code = (
        "import sys; from opsconsole.fleet import load_fleet; load_fleet('global_aurora'); "
        "assert not [name for name in sys.modules if name.startswith('tree_sitter')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_schema_describes_every_key_of_the_shipped_fleets() -> None:
    schema = json_schema()
    aurora = schema["$defs"]["AuroraTable"]
    assert aurora["additionalProperties"] is False
    assert set(aurora["required"]) == {"engine", "region"}
    assert schema["$defs"]["InstanceTable"]["properties"]["class"]["enum"]
    assert all(field.get("description") for table in schema["$defs"].values() for field in table["properties"].values())
    databases = {"kms", "aurora", "global", "rds", "multi_az_cluster", "elasticache"}
    assert {"name", "seed", "start", "regions", "apps", "timings"} | databases == set(schema["properties"])
