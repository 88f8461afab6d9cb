"""The catalog's words are AWS's own: checked against the service model that botocore carries."""

import re
from typing import Protocol

import pytest

from opsconsole import catalog

session = pytest.importorskip("botocore.session")


class Shape(Protocol):
    enum: list[str]
    documentation: str
    metadata: dict[str, dict[str, object]]
    members: dict[str, "Shape"]
    type_name: str


class Model(Protocol):
    shape_names: list[str]

    def shape_for(self, name: str) -> Shape: ...


@pytest.fixture(scope="module")
def rds() -> Model:
    model: Model = session.get_session().get_service_model("rds")
    return model


@pytest.fixture(scope="module")
def elasticache() -> Model:
    model: Model = session.get_session().get_service_model("elasticache")
    return model


def test_source_types_of_events_are_those_of_describe_events(rds: Model, elasticache: Model) -> None:
    for row in catalog.events().values():
        service = elasticache if row.engines == "E" else rds
        assert {row.source_type, *row.also} <= set(service.shape_for("SourceType").enum), row.id


def test_every_error_with_a_shape_has_the_code_and_http_status_of_awss_model(rds: Model, elasticache: Model) -> None:
    checked = 0
    for row in catalog.errors().values():
        if row.kind == "client":
            assert row.http is None
            continue
        assert row.http is not None
        if row.shape:
            service = elasticache if row.service == "elasticache" else rds
            told = service.shape_for(row.shape).metadata["error"]
            assert (told.get("code", row.shape), told["httpStatusCode"]) == (row.code, row.http)
            checked += 1
    assert checked >= 55


def test_custom_endpoint_statuses_are_those_that_aws_lists(rds: Model) -> None:
    text = rds.shape_for("DBClusterEndpoint").members["Status"].documentation
    listed = re.findall(r"<code>(\w+)</code>", text.split("One of:")[1].split(".")[0])
    assert set(listed) == set(catalog.statuses("db-cluster-endpoint"))


def test_failover_states_of_a_global_cluster_are_awss_and_one_of_its_documentation(rds: Model) -> None:
    assert set(rds.shape_for("FailoverStatus").enum) | {"switching-over"} == set(catalog.statuses("global-failover"))


def test_synchronization_statuses_of_a_member_are_awss(rds: Model) -> None:
    listed = rds.shape_for("GlobalClusterMemberSynchronizationStatus").enum
    assert set(listed) == set(catalog.statuses("global-member"))


def test_the_waiters_of_botocore_wait_for_statuses_that_exist() -> None:
    waiters = session.get_session().get_waiter_model("rds")
    known = {"db-instance": "DBInstanceAvailable", "db-cluster": "DBClusterAvailable"}
    for kind, name in known.items():
        expected = {acceptor.expected for acceptor in waiters.get_waiter(name).acceptors}
        assert expected & set(catalog.statuses(kind)) >= {"available", "deleting"}


def test_the_default_promotion_tier_is_the_one_of_awss_model(rds: Model) -> None:
    text = rds.shape_for("CreateDBInstanceMessage").members["PromotionTier"].documentation
    assert re.search(rf"Default: <code>{catalog.limit('promotion-tier-default').value}<", text)
    assert re.search(rf"0\s*-\s*{catalog.limit('promotion-tier').value}\b", text)


def test_events_are_kept_as_long_as_awss_model_says(rds: Model) -> None:
    text = rds.shape_for("DescribeEventsMessage").members["StartTime"].documentation
    assert "ISO 8601" in text
    operation = session.get_session().get_service_model("rds").operation_model("DescribeEvents").documentation
    assert f"past {catalog.limit('event-retention-days').value} days" in operation


def test_every_modification_is_asked_for_by_an_operation_and_a_parameter_of_awss(elasticache: Model) -> None:
    models = {name: session.get_session().get_service_model(name) for name in ("rds", "elasticache")}
    for row in catalog.modifications().values():
        service = "elasticache" if {"redis", "memcached"} & set(row.services) else "rds"
        operation, _, parameter = row.api.partition(" ")
        assert parameter in models[service].operation_model(operation).input_shape.members, row.name


def test_statuses_of_caches_are_those_that_aws_lists(elasticache: Model) -> None:
    listed = {
        "cache-cluster": ("CacheCluster", "CacheClusterStatus"),
        "replication-group": ("ReplicationGroup", "Status"),
        "node-group": ("NodeGroup", "Status"),
    }
    for kind, (shape, member) in listed.items():
        text = re.sub(r"<[^>]+>", "", elasticache.shape_for(shape).members[member].documentation)
        words = {word for word in catalog.statuses(kind) if re.search(rf"\b{word}\b", text)}
        assert words == set(catalog.statuses(kind)), f"{kind}: {text}"
    assert set(elasticache.shape_for("AutomaticFailoverStatus").enum) == set(catalog.statuses("automatic-failover"))


def test_the_limits_of_caches_are_those_of_awss_model(elasticache: Model) -> None:
    group = elasticache.shape_for("CreateReplicationGroupMessage").members
    assert str(catalog.limit("cache-replicas").value) in group["ReplicasPerNodeGroup"].documentation
    nodes = elasticache.shape_for("CreateCacheClusterMessage").members["NumCacheNodes"].documentation
    assert str(catalog.limit("memcached-nodes").value) in nodes
