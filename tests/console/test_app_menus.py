"""Menus and drafts: what is offered for a thing, and what AWS would say to it."""

import pytest

from opsconsole.cloud import Cloud
from opsconsole.commands import Kind, TargetKind, parse, registry
from opsconsole.console.drafts import Draft, FieldKind, draft_of, form_fields, judge
from opsconsole.console.menus import FAULTS, OPERATIONS, Entry, aims, entries, heal_entries
from opsconsole.console.views import things
from tests.console.helpers_app import session_of
from tests.console.ledger import LEDGER, PAYMENTS, cloud_of
from tests.console.shop import THREE_SHARDS

EVERYTHING = ["us-east-1a", "us-east-1", "us-east-1a/us-east-1b", "orders", "orders-1", "orders-2", "orders-global"]


def lines(selected: str, kinds: tuple[object, ...], *commands: str, until_s: float = 0.0) -> list[str]:
    cloud = session_of("global_aurora", *commands, until_s=until_s).cloud
    return [entry.draft.line() for entry in entries(cloud, selected, kinds)]  # type: ignore[arg-type]


def test_a_zone_is_offered_its_faults_and_those_of_its_links() -> None:
    found = lines("us-east-1a", FAULTS)
    assert found[0] == "az:outage us-east-1a"
    assert "link:cut us-east-1a/us-east-1b" in found
    assert not any("eu-west" in line for line in found)


def test_a_reader_is_offered_to_be_promoted_and_a_writer_is_not() -> None:
    assert "rds:failover-db-cluster orders to=orders-2" in lines("orders-2", OPERATIONS)
    assert not any("failover" in line for line in lines("orders-1", OPERATIONS))


def test_a_secondary_cluster_is_offered_what_its_global_database_can_do_with_it() -> None:
    assert "rds:switchover-global-cluster orders-global to=orders-eu" in lines("orders-eu", OPERATIONS)


def test_an_app_has_its_load_and_its_endpoints_under_operations_and_its_bugs_under_faults() -> None:
    assert "app:set-rate checkout" in lines("checkout", OPERATIONS)
    assert {"sim:bad-deploy checkout", "sim:stale-dns checkout"} <= set(lines("checkout", FAULTS))


def test_what_cannot_be_undone_never_stands_first_under_the_cursor() -> None:
    cloud = session_of().cloud
    for selected in EVERYTHING:
        for kinds in (OPERATIONS, FAULTS):
            found = entries(cloud, selected, kinds)
            if len(found) > 1:
                assert found[0].model.danger != "cannot be undone", selected


def test_every_command_that_has_a_target_is_offered_somewhere() -> None:
    clouds = [session_of().cloud, *(cloud_of(text) for text in (LEDGER, THREE_SHARDS, PAYMENTS))]
    offered = {
        entry.model.name
        for cloud in clouds
        for selected in [*things(cloud), "us-east-1a/us-east-1b"]
        for kinds in (OPERATIONS, FAULTS)
        for entry in entries(cloud, selected, kinds)
    }
    aimed = {name for name, model in registry().items() if model.takes not in (TargetKind.LABEL, TargetKind.HEALABLE)}
    assert aimed - offered == set()


def offered(cloud: Cloud, selected: str, kinds: tuple[Kind, ...] = OPERATIONS) -> dict[str, Entry]:
    return {entry.draft.line(): entry for entry in entries(cloud, selected, kinds)}


def test_a_db_instance_is_offered_what_fits_it_and_greyed_what_aws_would_refuse() -> None:
    cloud = cloud_of(LEDGER)
    found = offered(cloud, "ledger")
    assert {"rds:modify-db-instance ledger", "rds:stop-db-instance ledger"} <= set(found)
    assert found["rds:start-db-instance ledger"].greyed
    assert found["rds:start-db-instance ledger"].reason.startswith("InvalidDBInstanceState")
    assert not any("promote" in line for line in found)
    assert "rds:promote-read-replica ledger-ro" in offered(cloud, "ledger-ro")
    assert "sim:hang ledger" in offered(cloud, "ledger", FAULTS)
    standby = offered(cloud, "ledger/2", FAULTS)
    assert {"sim:crash-host ledger/2", "sim:hang ledger"} <= set(standby)


def test_what_aws_refuses_whatever_is_filled_in_is_greyed_and_opens_no_form() -> None:
    patch = "rds:apply-pending-maintenance-action catalog-2 action=system-update"
    cloud = session_of("global_aurora", patch, until_s=3600.0).cloud
    for line, code in (
        ("rds:backtrack-db-cluster orders", "InvalidDBClusterStateFault"),
        ("rds:delete-db-cluster-endpoint orders", "DBClusterEndpointNotFoundFault"),
        ("rds:apply-pending-maintenance-action catalog-2", "ResourceNotFoundFault"),
    ):
        entry = offered(cloud, line.split()[1])[line]
        assert entry.reason.startswith(code), line
        assert not entry.opens, line
    assert not offered(cloud, "catalog")["rds:backtrack-db-cluster catalog"].greyed
    assert not offered(cloud, "catalog-1")["rds:apply-pending-maintenance-action catalog-1"].greyed
    assert not offered(cloud, "orders")["rds:create-db-cluster-endpoint orders"].greyed
    assert offered(cloud, "pages")["elasticache:create-snapshot pages"].greyed


def test_procedures_of_mysql_are_offered_on_mysql_alone() -> None:
    assert not any("mysql:" in line for line in offered(session_of("global_aurora").cloud, "ledger-ro"))
    assert "mysql:rds_stop_replication shop-ro" in offered(session_of("three_tier").cloud, "shop-ro")


def test_a_cache_node_is_offered_its_own_and_what_its_cache_can_do_with_it() -> None:
    cloud = cloud_of(THREE_SHARDS)
    found = offered(cloud, "cart-0001-002")
    assert "elasticache:reboot-cache-cluster cart-0001-002" in found
    assert "elasticache:modify-replication-group cart primary=cart-0001-002" in found
    assert not any("parameter-group" in line for line in found)
    assert "elasticache:test-failover cart" in offered(cloud, "cart")
    assert "sim:cache-flush pages" in offered(cloud, "pages", FAULTS)
    snapshot = offered(cloud, "pages")["elasticache:create-snapshot pages"]
    assert judge(cloud, snapshot.draft.given("name", "now")).code == "SnapshotFeatureNotSupportedFault"


@pytest.mark.parametrize(
    ("command", "target", "field", "expected"),
    [
        ("rds:modify-db-instance", "shop", "class", "db.t4g.large"),
        ("rds:modify-db-instance", "shop", "version", "8.4.5"),
        ("rds:modify-db-instance", "shop", "multi-az", "true"),
        ("rds:modify-db-instance", "shop", "storage-type", "gp3"),
        ("rds:create-db-instance-read-replica", "shop", "zone", "eu-west-1b"),
        ("app:set-endpoint", "billing", "endpoint", "ledger-ro"),
    ],
)
def test_a_form_offers_choices_that_fit(command: str, target: str, field: str, expected: str) -> None:
    fields = {one.key: one for one in form_fields(cloud_of(LEDGER, 1), registry()[command], target)}
    assert expected in fields[field].choices
    assert "db.r6g.large.search" not in fields[field].choices


def test_a_cache_form_offers_nodes_types_and_policies() -> None:
    cloud = cloud_of(THREE_SHARDS, 1)

    def choices_of(command: str, target: str) -> dict[str, tuple[str, ...]]:
        return {one.key: one.choices for one in form_fields(cloud, registry()[command], target)}

    group = choices_of("elasticache:modify-replication-group", "cart")
    assert [choice for choice in group["primary"] if choice] == [f"cart-000{n}-002" for n in (1, 2, 3)]
    assert "cache.r6g.xlarge" in group["node-type"]
    assert "noeviction" in choices_of("elasticache:modify-cache-parameter-group", "cart")["maxmemory-policy"]
    assert "pages.configuration" not in choices_of("app:set-endpoint", "web")["endpoint"]


def test_the_letters_of_a_menu_are_its_own_and_leave_the_menus_keys_alone() -> None:
    cloud = session_of().cloud
    for selected in [*EVERYTHING, "checkout"]:
        letters = [e.letter for e in entries(cloud, selected, OPERATIONS) if e.letter]
        assert len(letters) == len(set(letters))
        assert not set(letters) & set("jkq")


def test_what_aws_would_refuse_now_is_greyed_with_its_code_and_sentence() -> None:
    cloud = session_of().cloud
    refused = next(e for e in entries(cloud, "orders-eu", OPERATIONS) if e.model.name == "rds:failover-db-cluster")
    assert refused.greyed
    assert refused.reason.startswith("InvalidDBClusterStateFault: orders-eu is a secondary")


def test_what_only_lacks_a_field_is_not_greyed() -> None:
    cloud = session_of().cloud
    load = next(e for e in entries(cloud, "checkout", OPERATIONS) if e.model.name == "app:set-rate")
    assert not load.greyed
    assert load.opens


def test_an_unknown_thing_has_no_menu() -> None:
    cloud = session_of().cloud
    assert aims(cloud, "nobody") == aims(cloud, "us-east-1a/eu-west-1a") == []


def test_heal_lists_the_latest_fault_first_and_all_of_them_last() -> None:
    cloud = session_of("global_aurora", "az:outage us-east-1a", "az:slowdown us-east-1b", until_s=1).cloud
    found = heal_entries(cloud)
    assert [e.draft.line() for e in found] == ["heal f2", "heal f1", "heal all"]
    assert [e.letter for e in found] == ["1", "2", "3"]


def test_a_single_fault_is_not_offered_twice() -> None:
    cloud = session_of("global_aurora", "az:outage us-east-1a", until_s=1).cloud
    assert [e.draft.line() for e in heal_entries(cloud)] == ["heal f1"]


# -- drafts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "az:outage us-east-1a for=30m",
        "az:partition us-east-1a direction=to",
        "rds:failover-db-cluster orders to=orders-3",
        "rds:failover-global-cluster orders-global allow_data_loss=true",
        "app:set-rate checkout ramp=2m writes=800/s",
        "rds:create-db-instance orders id=orders-4 tier=0 zone=us-east-1b",
    ],
)
def test_a_typed_line_becomes_a_draft_that_says_the_same_line(line: str) -> None:
    assert draft_of(parse(line)).line() == line
    assert parse(draft_of(parse(line)).line()) == parse(line)


def test_every_field_of_every_command_can_be_asked_for() -> None:
    cloud = session_of().cloud
    for selected in [*EVERYTHING, "checkout"]:
        for entry in entries(cloud, selected, (*OPERATIONS, *FAULTS)):
            fields = form_fields(cloud, entry.model, entry.draft.target)
            assert len(fields) == len(entry.model.model_fields) - 1
            assert all(field.choices for field in fields if field.kind is FieldKind.CHOICE)


def test_a_duration_field_says_how_durations_are_written() -> None:
    cloud = session_of().cloud
    field = form_fields(cloud, registry()["az:outage"], "us-east-1a")[0]
    assert "30s" in field.hint


def test_a_draft_that_lacks_a_field_says_which() -> None:
    verdict = judge(session_of().cloud, Draft(registry()["rds:create-db-instance"], "orders"))
    assert verdict.missing == "rds:create-db-instance needs id=…"
    assert not verdict.may_be_asked


def test_a_draft_that_aws_would_refuse_carries_the_refusal() -> None:
    draft = Draft(registry()["rds:create-db-instance"], "orders", (("id", "orders-1"),))
    verdict = judge(session_of().cloud, draft)
    assert verdict.code == "DBInstanceAlreadyExists"
    assert not verdict.may_be_asked


def test_a_draft_that_would_be_accepted_shows_its_blast_radius() -> None:
    verdict = judge(session_of().cloud, Draft(registry()["az:outage"], "us-east-1a"))
    assert verdict.may_be_asked
    assert verdict.preview is not None
    assert "orders-1" in verdict.preview.nodes


def test_a_value_with_spaces_and_quotes_stays_one_value() -> None:
    draft = Draft(registry()["rds:create-db-cluster-endpoint"], "orders", (("id", "a 'b' c"),))
    verdict = judge(session_of().cloud, draft)
    assert verdict.code == "InvalidParameterValue"
    assert "a 'b' c" in verdict.sentence


def test_a_target_that_is_gone_is_missing_not_an_error() -> None:
    assert (
        "no cluster called" in judge(session_of().cloud, Draft(registry()["rds:failover-db-cluster"], "gone")).missing
    )
