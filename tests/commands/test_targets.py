"""What a command can be aimed at: the fleet's own things, and a helpful word about anything else."""

import pytest

from opsconsole.commands import TargetKind, UnknownTarget, choices, kind_of, parse, registry, targets
from opsconsole.commands.targets import require, split_link
from tests.cloud.play import Play
from tests.cloud.rds_fleets import REPLICAS

OF_MYSQL = (TargetKind.BINLOG_DATABASE, TargetKind.BINLOG_REPLICA)  # none is in this fleet
KEPT = "rds:create-db-cluster-snapshot catalog id=kept"


@pytest.fixture(scope="module")
def play() -> Play:
    return Play("global_aurora").do(KEPT)


def test_each_kind_offers_the_fleets_things_of_that_kind_in_order(play: Play) -> None:
    cloud = play.cloud
    assert choices(cloud, TargetKind.REGION) == ["eu-west-1", "us-east-1"]
    assert choices(cloud, TargetKind.ZONE) == [f"{r}{z}" for r in ("eu-west-1", "us-east-1") for z in "abc"]
    assert choices(cloud, TargetKind.CLUSTER) == ["catalog", "orders", "orders-eu"]
    assert choices(cloud, TargetKind.GLOBAL) == ["orders-global"]
    assert choices(cloud, TargetKind.APP) == ["billing", "checkout", "storefront", "storefront-eu"]
    assert choices(cloud, TargetKind.CACHE) == ["pages", "sessions"]
    assert choices(cloud, TargetKind.CACHE_NODE)[2:4] == ["pages/0003", "sessions-001"]
    assert "orders-1" in choices(cloud, TargetKind.INSTANCE)
    assert choices(cloud, TargetKind.LABEL) == []


def test_a_reader_is_any_instance_but_the_writer_of_its_cluster(play: Play) -> None:
    readers = choices(play.cloud, TargetKind.READER)
    assert set(choices(play.cloud, TargetKind.INSTANCE)) - set(readers) == {"orders-1", "catalog-1", "ledger"}


def test_links_join_regions_and_the_zones_of_one_region(play: Play) -> None:
    links = choices(play.cloud, TargetKind.LINK)
    assert "eu-west-1/us-east-1" in links
    assert "us-east-1a/us-east-1c" in links
    assert len(links) == 1 + 3 + 3
    assert split_link(play.cloud, "us-east-1/eu-west-1") == ("us-east-1", "eu-west-1")
    assert split_link(play.cloud, "us-east-1b/us-east-1a") == ("us-east-1b", "us-east-1a")


@pytest.mark.parametrize(
    "link", ["us-east-1a/eu-west-1a", "us-east-1a/us-east-1a", "us-east-1a", "us-east-1/nowhere", ""]
)
def test_a_link_that_is_none_is_told_how_one_is_written(play: Play, link: str) -> None:
    with pytest.raises(UnknownTarget, match="us-east-1a/us-east-1b"):
        split_link(play.cloud, link)


def test_what_may_be_healed_is_what_is_broken() -> None:
    play = Play().do("az:outage us-east-1a").do("sim:replica-stall orders-3")
    assert choices(play.cloud, TargetKind.HEALABLE) == ["all", "f1", "f2", "us-east-1a", "orders-3"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("az:outage us-east-1x", "did you mean us-east-1"),
        ("az:outage orders", "orders is a cluster, not a zone"),
        ("rds:failover-db-cluster order", "did you mean orders"),
        ("rds:failover-db-cluster orders-1", "orders-1 is an instance, not a cluster"),
        ("app:pause-writes chekout", "did you mean checkout"),
        ("heal f99", "there is no fault or thing called 'f99'"),
        ("rds:switchover-global-cluster orders", "orders is a cluster, not a global database"),
    ],
)
def test_a_target_that_is_none_is_told_what_would_be(play: Play, line: str, says: str) -> None:
    with pytest.raises(UnknownTarget) as caught:
        parse(line).find(play.cloud)
    assert says in str(caught.value)


@pytest.mark.parametrize("kind", [kind for kind in TargetKind if kind is not TargetKind.LABEL])
def test_whatever_is_offered_is_accepted(play: Play, kind: TargetKind) -> None:
    cloud = Play(REPLICAS).cloud if kind in OF_MYSQL else play.cloud
    offered = choices(cloud, kind)
    assert offered
    for target in offered:
        require(cloud, kind, target)


def test_a_command_is_aimed_without_listing_the_fleet(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "choices", lambda *_: pytest.fail("ten thousand ids are listed for one"))
    for kind, target in (
        *((TargetKind.ZONE, "us-east-1a"), (TargetKind.CLUSTER, "orders"), (TargetKind.INSTANCE, "orders-1")),
        *((TargetKind.HOST, "orders-1"), (TargetKind.HOST, "ledger"), (TargetKind.CACHE, "sessions")),
        *((TargetKind.DB_INSTANCE, "ledger"), (TargetKind.APP, "checkout"), (TargetKind.HEALABLE, "orders-1")),
    ):
        require(play.cloud, kind, target)


def test_every_id_of_the_fleet_is_of_one_kind(play: Play) -> None:
    cloud = play.cloud
    ids = ("us-east-1a", "us-east-1", "orders", "orders-1", "orders-global", "checkout", "x")
    assert {id: kind_of(cloud, id) for id in ids} == {
        "us-east-1a": TargetKind.ZONE,
        "us-east-1": TargetKind.REGION,
        "orders": TargetKind.CLUSTER,
        "orders-1": TargetKind.INSTANCE,
        "orders-global": TargetKind.GLOBAL,
        "checkout": TargetKind.APP,
        "x": None,
    }  # fmt: skip


def test_every_command_can_be_aimed_at_something_of_this_fleet() -> None:
    play = Play("global_aurora").do("az:outage us-east-1c").do(KEPT)
    for name, model in registry().items():
        if model.takes not in (TargetKind.LABEL, *OF_MYSQL):
            assert choices(play.cloud, model.takes), name


def test_a_procedure_of_mysql_can_be_aimed_at_mysql_alone() -> None:
    with pytest.raises(UnknownTarget, match="not a MySQL or MariaDB read replica"):
        parse("mysql:rds_stop_replication ledger-ro").find(Play("global_aurora").cloud)  # it is PostgreSQL
    play = Play(REPLICAS)
    parse("mysql:rds_stop_replication billing-ro").find(play.cloud)
    assert play.refusal("mysql:rds_stop_replication billing").code == "InvalidDBInstanceState"
