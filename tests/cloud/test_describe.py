"""describe-* answers in AWS's own shape, checked against botocore's service models; and `dig`."""

import json
import re
from typing import Any

import pytest

from opsconsole.cloud import aws_view, describe_rds
from opsconsole.cloud.describe import describe
from opsconsole.cloud.dig import dig
from tests.cloud.play import Play

botocore_session = pytest.importorskip("botocore.session")
SCALARS = {"string": str, "integer": int, "boolean": bool, "timestamp": str, "long": int, "double": float}
OPERATIONS = {
    "DBClusters": ("rds", "DescribeDBClusters"),
    "DBInstances": ("rds", "DescribeDBInstances"),
    "GlobalClusters": ("rds", "DescribeGlobalClusters"),
    "DBClusterEndpoints": ("rds", "DescribeDBClusterEndpoints"),
    "AvailabilityZones": ("ec2", "DescribeAvailabilityZones"),
    "PendingMaintenanceActions": ("rds", "DescribePendingMaintenanceActions"),
    "ScalableTargets": ("application-autoscaling", "DescribeScalableTargets"),
    "ScalingPolicies": ("application-autoscaling", "DescribeScalingPolicies"),
    "ScalingActivities": ("application-autoscaling", "DescribeScalingActivities"),
    "ReplicationGroups": ("elasticache", "DescribeReplicationGroups"),
    "CacheClusters": ("elasticache", "DescribeCacheClusters"),
    "DBSnapshots": ("rds", "DescribeDBSnapshots"),
    "DBClusterSnapshots": ("rds", "DescribeDBClusterSnapshots"),
    "DBInstanceAutomatedBackups": ("rds", "DescribeDBInstanceAutomatedBackups"),
    "DBClusterAutomatedBackups": ("rds", "DescribeDBClusterAutomatedBackups"),
    "DBClusterBacktracks": ("rds", "DescribeDBClusterBacktracks"),
    "Keys": ("kms", "ListKeys"),
    "KeyMetadata": ("kms", "DescribeKey"),
}
SERVICES = tuple(dict.fromkeys(service for service, _ in OPERATIONS.values()))


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    session = botocore_session.get_session()
    return {service: session.get_service_model(service) for service in SERVICES}


def assert_shape(value: Any, shape: Any, where: str) -> None:
    """The value has the shape's type, and no member that the shape has not."""
    if shape.type_name == "structure":
        assert isinstance(value, dict), where
        for key, inner in value.items():
            assert key in shape.members, f"{where}: AWS has no member {key}"
            assert_shape(inner, shape.members[key], f"{where}.{key}")
    elif shape.type_name == "list":
        assert isinstance(value, list), where
        for number, inner in enumerate(value):
            assert_shape(inner, shape.member, f"{where}[{number}]")
    else:
        assert isinstance(value, SCALARS[shape.type_name]), f"{where} is {value!r}"
        if getattr(shape, "enum", None):
            documented = re.findall("<p>([a-z-]+) &", shape.documentation)  # the text may know more than the list
            assert value in [*shape.enum, *documented], f"{where}: AWS knows {shape.enum}, not {value!r}"


MOMENTS = {
    "calm": (),
    "scaling and patching": (
        "T+51s application-autoscaling:put-scaling-policy orders value=60 min=4 max=8",
        "T+51s rds:apply-pending-maintenance-action orders action=system-update opt_in=next-maintenance",
        "T+30m rds:apply-pending-maintenance-action catalog action=db-upgrade",
    ),
    "failing over": ("T+1m sim:crash-host orders-1 for=30m",),
    "switching over": ("T+1m rds:switchover-global-cluster orders-global",),
    "failing over to another region": (
        "T+1m region:outage us-east-1",
        "T+70s rds:failover-global-cluster orders-global allow_data_loss=true",
    ),
    "creating and deleting": (
        "T+1m rds:create-db-instance orders id=orders-9",
        "T+1m rds:delete-db-instance orders-3",
        "T+1m rds:create-db-cluster-endpoint orders id=fast members=orders-2",
    ),
    "backing up and going back": (
        "T+10s rds:create-db-snapshot ledger id=ledger-snap",
        "T+20s rds:create-db-cluster-snapshot catalog id=catalog-snap",
        "T+4m rds:backtrack-db-cluster catalog to=T+2m",
        "T+20m rds:copy-db-snapshot ledger-snap id=ledger-copy region=eu-west-1 kms-key=ledger-dr-key",
        "T+20m rds:restore-db-instance-from-db-snapshot ledger-snap id=ledger-b",
        "T+20m rds:delete-db-instance ledger-ro skip-final-snapshot=true delete-automated-backups=false",
        "T+21m kms:disable-key ledger-dr-key",
    ),
}


@pytest.mark.parametrize("truth", [True, False])
@pytest.mark.parametrize("moment", MOMENTS)
def test_every_answer_has_the_members_types_and_enumerations_of_awss_model(
    models: dict[str, Any], moment: str, truth: bool
) -> None:
    play = Play("global_aurora").at(*MOMENTS[moment])
    checked = set()
    for when in ("50s", "61s", "90s", "5m", "40m"):
        play.until(when)
        places = (*play.cloud.places.zones, *play.cloud.places.regions)
        things = (*play.cloud.clusters, *play.cloud.instances, *play.cloud.rds, *play.cloud.global_databases)
        kept = (*play.cloud.snapshots, *play.cloud.snapshots.archives, *play.cloud.keys)
        for id in (None, *things, *kept, *places):
            for key, value in json.loads(json.dumps(describe(play.cloud, id, truth))).items():
                service, operation = OPERATIONS[key]
                shape = models[service].operation_model(operation).output_shape
                assert_shape({key: value}, shape, operation)
                checked.add(key)
    only = {
        "scaling and patching": {"ScalableTargets", "ScalingPolicies", "ScalingActivities"},
        "backing up and going back": {"DBClusterSnapshots", "DBClusterBacktracks"},
    }
    absent = {key for other, keys in only.items() if other != moment for key in keys}
    assert checked == set(OPERATIONS) - absent


def test_an_id_that_aws_could_not_describe_is_an_error() -> None:
    with pytest.raises(KeyError):
        describe(Play().cloud, "checkout")


def one(play: Play, key: str, id: str, truth: bool = True) -> dict[str, Any]:
    answer: Any = describe(play.cloud, id, truth)[key]
    (found,) = [entry for entry in answer if id in entry.values()]
    assert isinstance(found, dict)
    return found


@pytest.mark.fact("AUR-EP-01")
def test_a_cluster_shows_its_members_roles_tiers_and_both_endpoints() -> None:
    play = Play("global_aurora")
    cluster = one(play, "DBClusters", "orders")
    assert [
        (m["DBInstanceIdentifier"], m["IsClusterWriter"], m["PromotionTier"]) for m in cluster["DBClusterMembers"]
    ] == [
        ("orders-1", True, 1),
        ("orders-2", False, 0),
        ("orders-3", False, 1),
    ]
    assert ".cluster-ro-" in cluster["ReaderEndpoint"]
    assert (cluster["Status"], cluster["MultiAZ"], cluster["Port"]) == ("available", True, 3306)
    assert one(play, "DBInstances", "orders-2")["AvailabilityZone"] == "us-east-1b"


def test_a_status_is_seen_a_little_later_than_it_is_true() -> None:
    play = Play().at("T+1m rds:failover-db-cluster orders").until("61s")
    assert one(play, "DBClusters", "orders", truth=True)["Status"] == "failing-over"
    assert one(play, "DBClusters", "orders", truth=False)["Status"] == "available"
    play.until("65s")
    assert one(play, "DBClusters", "orders", truth=False)["Status"] == "failing-over"


def test_a_failover_shows_in_the_members_of_the_cluster() -> None:
    play = Play().do("rds:failover-db-cluster orders to=orders-3").until("10m")
    members = one(play, "DBClusters", "orders", truth=False)["DBClusterMembers"]
    assert [m["DBInstanceIdentifier"] for m in members if m["IsClusterWriter"]] == ["orders-3"]


def test_a_global_database_shows_who_writes_who_follows_and_what_goes_on() -> None:
    play = Play("global_aurora").until("1m")
    calm = one(play, "GlobalClusters", "orders-global")
    assert [(m["IsWriter"], m["SynchronizationStatus"]) for m in calm["GlobalClusterMembers"]] == [
        (True, "connected"),
        (False, "connected"),
    ]
    assert "FailoverState" not in calm
    play.do("rds:switchover-global-cluster orders-global").wait("5s")
    state = one(play, "GlobalClusters", "orders-global")["FailoverState"]
    assert (state["Status"], state["IsDataLossAllowed"]) == ("switching-over", False)
    play.until("20m")
    writers = [
        m["DBClusterArn"] for m in one(play, "GlobalClusters", "orders-global")["GlobalClusterMembers"] if m["IsWriter"]
    ]
    assert [arn.rpartition(":")[2] for arn in writers] == ["orders-eu"]


def test_the_writer_endpoint_of_a_secondary_is_inactive() -> None:
    endpoints: Any = describe(Play("global_aurora").cloud, "orders-eu")["DBClusterEndpoints"]
    assert {e["EndpointType"]: e["Status"] for e in endpoints} == {"WRITER": "inactive", "READER": "available"}


def test_a_zone_without_power_is_impaired() -> None:
    play = Play().do("az:outage us-east-1a")
    zones: Any = describe(play.cloud, "us-east-1")["AvailabilityZones"]
    assert [zone["State"] for zone in zones] == ["impaired", "available", "available"]


# -- dig --------------------------------------------------------------------------------------------------------


def test_dig_follows_the_chain_from_the_global_name_to_an_address_and_says_that_it_is_simulated() -> None:
    play = Play("global_aurora")
    lines = dig(play.cloud, "orders-global.writer")
    assert "SIMULATED" in lines[0]
    assert [line.split()[3] for line in lines[1:]] == ["CNAME", "CNAME", "A"]
    assert lines[1].split()[-1] == play.name("orders.writer").fqdn + "."
    assert lines[3].split()[-1].startswith("10.")
    assert dig(play.cloud, play.name("orders-global.writer").fqdn) == lines


def test_dig_asks_for_a_name_that_exists() -> None:
    with pytest.raises(KeyError):
        dig(Play().cloud, "orders.nothing")


def test_dig_tells_what_the_processes_of_an_app_have_cached() -> None:
    play = Play().at("T+1m sim:crash-host orders-1 for=30m").until("59s")
    assert dig(play.cloud, "orders.writer", "checkout")[-1] == "; checkout: 100 % of its processes have cached orders-1"
    moved = play.until_row("dns", "orders", name="orders.writer")
    play.wait("2s")
    cached = [line for line in dig(play.cloud, "orders.writer", "checkout") if "cached" in line]
    assert [line.rpartition(" ")[2] for line in cached] == ["orders-1", "orders-2"]
    play.wait("4s")
    assert dig(play.cloud, "orders.writer", "checkout")[-1].endswith("100 % of its processes have cached orders-2")
    assert moved > 60


def test_an_instance_keeps_its_address_for_life_and_no_two_share_one() -> None:
    play = Play("global_aurora")
    addresses = {id: dig(play.cloud, id)[-1].split()[-1] for id in play.cloud.instances}
    assert len(set(addresses.values())) == len(addresses) == 7
    play.do("rds:failover-db-cluster orders").until("10m")
    assert {id: dig(play.cloud, id)[-1].split()[-1] for id in play.cloud.instances} == addresses


# -- what an operator has of the events -------------------------------------------------------------------------


def test_events_reach_the_operator_a_few_seconds_late_and_every_one_does() -> None:
    play = Play().do("rds:failover-db-cluster orders").until("1s")
    assert list(aws_view.events(play.cloud, truth=False)) == []
    play.until("10m")
    delivered = list(aws_view.events(play.cloud, truth=False))
    assert [str(row["id"])[-4:] for row in reversed(delivered)] == play.ids()
    assert {row["stream"] for row in delivered} == {"aws"}


def test_the_truth_has_both_streams_newest_first() -> None:
    play = Play().do("rds:failover-db-cluster orders").until("10m")
    rows = list(aws_view.events(play.cloud, truth=True))
    assert rows == play.rows[::-1]


def test_virtual_time_is_a_time_of_day() -> None:
    play = Play("global_aurora").until("90s")
    assert aws_view.moment(play.cloud).isoformat() == "2026-01-05T09:01:30+00:00"


def test_a_policy_its_activity_and_its_reader_are_described_as_aws_does() -> None:
    play = Play().do("application-autoscaling:put-scaling-policy orders value=60 min=3 max=8").until("1h")
    answer: Any = describe(play.cloud, "orders")
    (target,), (policy,), (activity,) = (
        answer[key] for key in ("ScalableTargets", "ScalingPolicies", "ScalingActivities")
    )
    assert (target["ResourceId"], target["MinCapacity"], target["MaxCapacity"]) == ("cluster:orders", 3, 8)
    assert policy["TargetTrackingScalingPolicyConfiguration"]["PredefinedMetricSpecification"] == {
        "PredefinedMetricType": "RDSReaderAverageCPUUtilization"
    }
    assert [alarm["AlarmName"].partition("-Alarm")[2][:4] for alarm in policy["Alarms"]] == ["High", "Low-"]
    assert (activity["Description"], activity["StatusCode"]) == ("Setting replica count to 3.", "Successful")
    (made,) = [id for id in play.cluster().instances if id.startswith("application-autoscaling-")]
    assert one(play, "DBInstances", made)["TagList"] == [
        {"Key": "application-autoscaling:resourceId", "Value": "cluster:orders"}
    ]


def test_pending_maintenance_shows_what_it_is_and_when_it_will_be_done() -> None:
    play = Play().do("rds:apply-pending-maintenance-action orders action=db-upgrade opt_in=next-maintenance")
    answer: Any = describe(play.cloud, "orders")
    (found,) = answer["PendingMaintenanceActions"]
    upgrade, system = found["PendingMaintenanceActionDetails"]
    assert (upgrade["Action"], upgrade["OptInStatus"]) == ("db-upgrade", "next-maintenance")
    assert upgrade["CurrentApplyDate"] == "2026-01-11T05:00:00Z"
    assert system == {"Action": "system-update", "Description": "New Operating System patch is available"}
    assert found["ResourceIdentifier"].endswith(":cluster:orders")


def test_iops_and_throughput_of_rds_storage_are_told_where_they_are_provisioned() -> None:
    play = Play("rds_multi_az", 4)
    db = play.cloud.rds["billing"]
    told = describe_rds.db_instance(play.cloud, db, True)
    assert (told["StorageType"], told["Iops"], told["StorageThroughput"]) == ("gp3", 3000, 125)
    plain = db.disk.allocation._replace(type="gp2", iops=0, throughput_mibps=0)
    db.disk.allocations.set(play.cloud.now_us, plain)
    told = describe_rds.db_instance(play.cloud, db, True)
    assert told["StorageType"] == "gp2"
    assert not {"Iops", "StorageThroughput"} & set(told)
