# ruff: noqa: E501  (a table reads better in one line a row)
"""Every refusal: AWS's own code, a sentence that names the thing and helps, and nothing changed."""

import re
from typing import Any

import pytest

from opsconsole import catalog
from opsconsole.cloud import Refused
from opsconsole.commands import parse
from opsconsole.commands.base import Kind
from tests.cloud.play import Play
from tests.cloud.test_failover import ALONE, PAIR, fleet
from tests.commands.test_registry import camel

botocore_session = pytest.importorskip("botocore.session")
GLOBAL = "global_aurora"
FIVE = "endpoints = [" + ", ".join(f'{{ id = "e{i}", type = "ANY" }}' for i in range(5)) + "]"
HEADLESS = """
name = "Headless"
[regions]
us-east-1 = {}
eu-west-1 = {}
[aurora.orders]
engine = "aurora-mysql"
region = "us-east-1"
instances = [{ id = "orders-1", zone = "a", class = "db.r6g.large" }]
[aurora.orders-eu]
engine = "aurora-mysql"
region = "eu-west-1"
instances = []
[global.orders-global]
primary = "orders"
secondaries = ["orders-eu"]
"""

CASES: list[tuple[str, tuple[str, ...], str, str, str]] = [
    # fleet, what happened (all at T+0, then a second passes), the line, the code, what the sentence says
    (GLOBAL, (), "rds:failover-db-cluster orders to=orders-1", "InvalidDBClusterStateFault", "orders-1 is the writer"),
    (GLOBAL, (), "rds:failover-db-cluster orders to=catalog-1", "InvalidDBInstanceState", "not an instance of orders"),
    (GLOBAL, (), "rds:failover-db-cluster orders-eu", "InvalidDBClusterStateFault", "secondary of a global database"),
    (ALONE, (), "rds:failover-db-cluster orders", "InvalidDBClusterStateFault", "no available reader"),
    (PAIR, ("sim:crash-host orders-2",), "rds:failover-db-cluster orders", "InvalidDBClusterStateFault", "no available reader"),
    (GLOBAL, ("sim:crash-host orders-2",), "rds:failover-db-cluster orders to=orders-2", "InvalidDBClusterStateFault", "orders-2 is not available"),
    (PAIR, ("rds:failover-db-cluster orders",), "rds:failover-db-cluster orders", "InvalidDBClusterStateFault", "wait until it is available"),
    (GLOBAL, ("region:outage us-east-1",), "rds:failover-db-cluster orders", "ServiceUnavailable", "us-east-1"),
    (PAIR, (), "rds:reboot-db-instance orders-1 force_failover=true", "InvalidParameterCombination", "use FailoverDBCluster on orders"),
    (PAIR, (), "aws:rds:reboot-db-instances orders-1 force_failover=true", "InvalidParameterCombination", "use FailoverDBCluster"),
    (PAIR, ("rds:reboot-db-instance orders-2",), "rds:reboot-db-instance orders-2", "InvalidDBInstanceState", "orders-2 is rebooting"),
    (PAIR, ("rds:create-db-instance orders id=orders-3",), "rds:reboot-db-instance orders-3", "InvalidDBInstanceState", "creating"),
    (PAIR, ("sim:crash-host orders-2 for=1h",), "rds:reboot-db-instance orders-2", "InvalidDBInstanceState", "orders-2"),
    (PAIR, (), "rds:create-db-instance orders id=orders-2", "DBInstanceAlreadyExists", "already"),
    (PAIR, (), "rds:create-db-instance orders id=checkout", "DBInstanceAlreadyExists", "checkout"),
    (PAIR, (), "rds:create-db-instance orders id=9lives", "InvalidParameterValue", "first a letter"),
    (PAIR, (), "rds:create-db-instance orders id=a--b", "InvalidParameterValue", "hyphen"),
    (PAIR, (), "rds:create-db-instance orders id=x class=db.t3.micro", "InvalidParameterValue", "db.t3.micro"),
    (PAIR, (), "rds:create-db-instance orders id=x class=db.nothing", "InvalidParameterValue", "db.nothing"),
    (PAIR, (), "rds:create-db-instance orders id=x zone=q", "InvalidParameterValue", "q is not a zone of us-east-1"),
    (GLOBAL, (), "rds:create-db-instance orders id=x zone=eu-west-1a", "InvalidParameterValue", "eu-west-1a"),
    (PAIR, ("az:outage us-east-1c",), "rds:create-db-instance orders id=x zone=c", "InsufficientDBInstanceCapacity", "try another zone"),
    (PAIR, ("rds:delete-db-instance orders-2",), "rds:delete-db-instance orders-2", "InvalidDBInstanceState", "deleting"),
    (PAIR, ("rds:create-db-instance orders id=x",), "rds:delete-db-instance x", "InvalidDBInstanceState", "creating"),
    (PAIR, ("rds:failover-db-cluster orders",), "rds:delete-db-instance orders-2", "InvalidDBClusterStateFault", "failing-over"),
    (fleet("a r6g.large", "b r6g.large", endpoints=FIVE), (), "rds:create-db-cluster-endpoint orders id=x", "DBClusterEndpointQuotaExceededFault", "5 custom endpoints"),
    (fleet("a r6g.large", "b r6g.large", endpoints=FIVE), (), "rds:delete-db-cluster-endpoint orders id=x", "DBClusterEndpointNotFoundFault", "e0, e1"),
    (PAIR, (), "rds:create-db-cluster-endpoint orders id=x members=catalog-1", "DBInstanceNotFound", "catalog-1"),
    (PAIR, (), "rds:create-db-cluster-endpoint orders id=x members=orders-1 excluded=orders-2", "InvalidParameterCombination", "not both"),
    (PAIR, (), "rds:create-db-cluster-endpoint orders id=9x", "InvalidParameterValue", "9x"),
    (PAIR, (), "rds:create-db-cluster-endpoint orders id=writer", "DBClusterEndpointAlreadyExistsFault", "writer"),
    (GLOBAL, (), "rds:switchover-global-cluster orders-global to=orders", "InvalidDBClusterStateFault", "primary"),
    (GLOBAL, (), "rds:switchover-global-cluster orders-global to=catalog", "DBClusterNotFoundFault", "its secondaries: orders-eu"),
    (GLOBAL, ("region:outage us-east-1",), "rds:switchover-global-cluster orders-global", "InvalidGlobalClusterStateFault", "allow_data_loss=true"),
    (GLOBAL, ("link:cut us-east-1/eu-west-1",), "rds:failover-global-cluster orders-global", "InvalidGlobalClusterStateFault", "healthy primary"),
    (GLOBAL, ("rds:switchover-global-cluster orders-global",), "rds:failover-global-cluster orders-global allow_data_loss=true", "InvalidGlobalClusterStateFault", "switching-over"),
    (GLOBAL, ("region:outage eu-west-1",), "rds:failover-global-cluster orders-global allow_data_loss=true", "ServiceUnavailable", "eu-west-1"),
    (GLOBAL, ("sim:crash-host orders-eu-1", "sim:crash-host orders-eu-2"), "rds:failover-global-cluster orders-global allow_data_loss=true", "InvalidDBClusterStateFault", "no instance of orders-eu"),
    (HEADLESS, (), "rds:failover-global-cluster orders-global allow_data_loss=true", "InvalidDBClusterStateFault", "create one before"),
    (GLOBAL, ("rds:remove-from-global-cluster orders-global",), "rds:remove-from-global-cluster orders-global", "InvalidDBClusterStateFault", "promoting"),
    (PAIR, ("app:pause-writes checkout",), "app:pause-writes checkout", "InvalidParameterCombination", "already"),
    (PAIR, (), "app:resume-writes checkout", "InvalidParameterCombination", "no paused writes"),
    (PAIR, (), "app:set-rate checkout", "InvalidParameterCombination", "give writes="),
    (GLOBAL, (), "app:set-rate storefront-eu writes=5/s", "InvalidParameterCombination", "writes to no endpoint"),
    (PAIR, (), "app:set-endpoint checkout endpoint=orders.nowhere", "InvalidParameterValue", "orders.writer"),
    (PAIR, (), "app:set-dns-ttl checkout ttl=5", "InvalidParameterValue", "5s"),
    (PAIR, (), "heal us-east-1a", "ResourceNotFoundException", "us-east-1a"),
    (PAIR, (), "sim:storage-node-loss orders copies=3 zone=us-east-1a", "InvalidParameterValue", "no 3 copies"),
    (PAIR, ("sim:storage-corruption orders copy=2",), "sim:storage-corruption orders copy=2", "InvalidParameterValue", "copy 2"),
]  # fmt: skip


def broken(text: str, happened: tuple[str, ...]) -> Play:
    play = Play(text)
    for line in happened:
        play.do(line)
    return play.wait("1s") if happened else play


@pytest.mark.parametrize(("text", "happened", "line", "code", "says"), CASES, ids=[f"{c[2]} {c[3]}" for c in CASES])
def test_it_is_refused_with_awss_code_and_a_sentence_that_helps(
    text: str, happened: tuple[str, ...], line: str, code: str, says: str
) -> None:
    refused = broken(text, happened).refusal(line)
    assert refused.code == code
    assert says in refused.sentence
    assert len(refused.sentence.split()) >= 3


@pytest.fixture(scope="module")
def rds() -> Any:
    return botocore_session.get_session().get_service_model("rds")


COMMON = {"InvalidParameterValue", "InvalidParameterCombination", "ServiceUnavailable"}
"""Codes that any action of RDS may answer with (the query protocol's common errors)."""


@pytest.mark.parametrize(
    ("line", "code"),
    [(line, code) for _, _, line, code, _ in CASES if line.startswith("rds:")],
)
def test_a_refusal_of_an_rds_action_is_one_that_its_service_model_lists(line: str, code: str, rds: Any) -> None:
    operation = rds.operation_model(camel(parse(line).name.partition(":")[2]))
    listed = {shape.metadata.get("error", {}).get("code", shape.name) for shape in operation.error_shapes}
    assert code in listed | COMMON


def test_every_code_in_use_for_an_operation_is_in_the_catalogue() -> None:
    for _, _, line, code, _ in CASES:
        if parse(line).kind is Kind.OPERATION:
            assert code in catalog.errors(), code


def test_a_refused_command_leaves_the_run_as_it_would_have_been() -> None:
    asked, left_alone = Play(GLOBAL, 5), Play(GLOBAL, 5)
    for play in (asked, left_alone):
        play.at("T+1m az:outage us-east-1a for=5m").until("2m")
    for text, happened, line, _, _ in CASES:
        if text == GLOBAL and not happened:
            with pytest.raises(Refused):
                asked.do(line)
    assert asked.until("10m").cloud.log.digest == left_alone.until("10m").cloud.log.digest


@pytest.mark.fact("AUR-COST-02")
@pytest.mark.parametrize(
    "name",
    sorted(name for name in catalog.instance_classes() if name.endswith((".micro", ".small"))) or ["db.t3.micro"],
)
def test_there_is_no_micro_instance(name: str) -> None:
    refused = Play(PAIR).refusal(f"rds:create-db-instance orders id=x class={name}")
    assert refused.code == "InvalidParameterValue"
    assert name in refused.sentence


def test_an_endpoint_being_created_exists_already() -> None:
    play = Play(PAIR).do("rds:create-db-cluster-endpoint orders id=fast members=orders-2")
    refused = play.refusal("rds:create-db-cluster-endpoint orders id=fast members=orders-1")
    assert refused.code == "DBClusterEndpointAlreadyExistsFault"
    for number in range(4):
        play.do(f"rds:create-db-cluster-endpoint orders id=e{number}")
    refused = play.refusal("rds:create-db-cluster-endpoint orders id=e9")
    assert refused.code == "DBClusterEndpointQuotaExceededFault"


def test_an_endpoint_deleted_while_it_is_created_is_gone_for_good() -> None:
    play = Play(PAIR).do("rds:create-db-cluster-endpoint orders id=fast members=orders-2")
    play.do("rds:delete-db-cluster-endpoint orders id=fast").until("5m")
    assert play.cloud.names.find("orders.fast") is None
    assert play.cluster().custom == {}


def test_deletion_protection_of_a_cluster_does_not_protect_its_instances() -> None:
    text = ALONE.replace('region = "us-east-1"', 'region = "us-east-1"\ndeletion_protection = true')
    play = Play(text).do("rds:delete-db-instance orders-1").until("20m")
    assert play.cluster().instances == {}


def test_the_primary_cannot_be_detached_and_the_sentence_says_why() -> None:
    refused = Play(GLOBAL).refusal("rds:remove-from-global-cluster orders-global cluster=orders")
    assert re.search("detach|secondar", refused.sentence)
    assert "already" not in refused.sentence


def test_versions_must_match_for_a_switchover() -> None:
    play = Play(GLOBAL)
    play.cluster("orders-eu").version = catalog.engine("aurora-mysql").release("8.0.mysql_aurora.3.10.0")
    refused = play.refusal("rds:switchover-global-cluster orders-global")
    assert refused.code == "InvalidGlobalClusterStateFault"
    assert "versions must match" in refused.sentence
    play.do("rds:failover-global-cluster orders-global allow_data_loss=true").until("20m")
    assert play.database().primary.id == "orders-eu"


def test_what_is_asked_twice_at_one_instant_is_done_once() -> None:
    play = Play(PAIR).do("rds:failover-db-cluster orders")
    with pytest.raises(Refused, match="failing-over"):
        play.do("rds:failover-db-cluster orders")
    play.until("5m")
    assert play.ids("orders") == ["0073", "0071"]
