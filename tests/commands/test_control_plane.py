# ruff: noqa: E501  (a table reads better in one line a row)
"""The control plane's own faults: its API is down, throttled or behind, or a zone has no machine left."""

import pytest

from opsconsole.cloud import Cloud, Refused, aws_view
from opsconsole.cloud.describe import describe
from opsconsole.commands import Kind, parse, registry
from opsconsole.commands.base import APIS
from opsconsole.commands.targets import choices
from opsconsole.console.drafts import Draft, judge
from opsconsole.console.menus import OPERATIONS, entries
from opsconsole.engine.session import OrderState, Session
from opsconsole.fleet import load_fleet
from tests.cloud.play import SECOND, Play, read_fleet
from tests.cloud.test_autoscaling import scaler, tracked
from tests.cloud.test_failover import ALONE, PAIR
from tests.commands.test_previews import FIELDS
from tests.console.shop import THREE_SHARDS

GLOBAL = "global_aurora"
KEPT = "rds:create-db-cluster-snapshot catalog id=kept"
OUTAGE, THROTTLED, STALE = "region:api-outage", "sim:api-throttling", "sim:stale-describe"
NO_ROOM = "sim:insufficient-capacity"
FAILOVER = "rds:failover-db-cluster orders"
KMS = '[kms.safe]\nregion = "us-east-1"\n'


def code(play: Play, line: str) -> str:
    """With what AWS refuses a command now; empty if it takes it."""
    command = parse(line)
    command.find(play.cloud)
    try:
        command.admit(play.cloud)
    except Refused as refused:
        return refused.code if len(refused.sentence.split()) >= 4 else f"{refused.code} without a sentence"
    return ""


def asked(cloud: Cloud, *script: str, until_s: int, looks: bool = False) -> Session:
    """A session that was asked these lines, each `seconds command`; with `looks`, while somebody looks every second."""
    session = Session(cloud)
    for line in script:
        at, _, text = line.partition(" ")
        while looks and session.now_us < int(at) * SECOND:
            session.run_until(min(session.now_us + SECOND, int(at) * SECOND))
            entries(cloud, "orders", OPERATIONS)
            judge(cloud, Draft(registry()["rds:failover-db-cluster"], "orders"))
        session.run_until(int(at) * SECOND)
        session.ask(parse(text), "test")
    session.run_until(until_s * SECOND)
    return session


def outcomes(session: Session) -> list[str]:
    return [order.code or order.state.value for order in session.orders]


@pytest.fixture(scope="module")
def whole() -> Play:
    """A whole fleet an hour after a snapshot; whoever breaks it heals it."""
    return Play(GLOBAL).do(KEPT).wait("1h")


# -- the door -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [f"{OUTAGE} us-east-1", f"{THROTTLED} us-east-1"])
def test_every_operation_of_aws_is_refused_at_the_door_of_its_region_and_nothing_else_is(fault: str) -> None:
    play = (
        Play(load_fleet(GLOBAL).text + KMS).do(KEPT).do("elasticache:create-snapshot sessions name=monday").wait("1h")
    )
    play.do("rds:create-db-parameter-group us-east-1 name=strict family=postgres16")
    play.do(fault).do(fault.replace("us-east-1", "eu-west-1"))
    wanted = "ServiceUnavailable" if fault.startswith(OUTAGE) else "ThrottlingException"
    made = {"elasticache:create-replication-group": ["new"], "elasticache:delete-snapshot": ["monday"]}
    reached = set()
    for name, model in registry().items():
        for target in made.get(name) or choices(play.cloud, model.takes):
            if target.startswith("default."):  # a default parameter group is nobody's
                continue
            command = parse(f"{name} {target} {FIELDS.get(name, '')}")
            at_the_door = bool(command.regions(play.cloud))
            reached |= {name} if at_the_door else set()
            if at_the_door:
                assert code(play, command.line()) == wanted, command.line()
    of_aws = {name for name in registry() if name.partition(":")[0] in APIS}
    assert reached == of_aws | {"aws:rds:failover-db-cluster", "aws:rds:reboot-db-instances"}
    assert {registry()[name].kind for name in of_aws} == {Kind.OPERATION}


def test_what_is_asked_of_an_engine_or_an_app_goes_through() -> None:
    play = Play(GLOBAL).do(f"{OUTAGE} us-east-1").do(f"{THROTTLED} us-east-1 calls=0")
    play.do("sql:create-database ledger name=reports").do("app:set-rate checkout writes=10/s")
    assert "reports" in play.cloud.rds["ledger"].contents.databases_at(play.cloud.now_us)


@pytest.mark.parametrize(
    ("line", "home", "away"),
    [
        (FAILOVER, True, False),
        ("rds:switchover-global-cluster orders-global", True, True),
        ("rds:failover-global-cluster orders-global", True, True),
        ("rds:failover-global-cluster orders-global allow_data_loss=true", False, True),
        ("rds:remove-from-global-cluster orders-global", False, True),
        ("rds:create-db-instance-read-replica ledger id=new", True, False),
        ("rds:create-db-instance-read-replica ledger id=new zone=eu-west-1b", True, True),
        ("rds:create-db-instance-read-replica ledger-dr id=new", False, True),
        ("rds:copy-db-cluster-snapshot kept id=copy", True, False),
        ("rds:copy-db-cluster-snapshot kept id=copy region=eu-west-1", False, True),
        ("elasticache:create-replication-group new region=us-east-1", True, False),
        ("elasticache:create-replication-group new region=eu-west-1", False, True),
    ],
)
def test_a_call_is_asked_of_the_regions_that_have_to_act(whole: Play, line: str, home: bool, away: bool) -> None:
    for region, concerned in (("us-east-1", home), ("eu-west-1", away)):
        before = code(whole, line)
        whole.do(f"{OUTAGE} {region}")
        down = code(whole, line)
        whole.do("heal all")
        assert down == ("ServiceUnavailable" if concerned else before), region


def test_a_region_without_power_is_refused_at_the_same_door() -> None:
    play = Play(GLOBAL).do("region:outage us-east-1").wait("1s")
    assert "the region is down" in play.refusal(FAILOVER).sentence
    assert "allow_data_loss=true" in play.refusal("rds:switchover-global-cluster orders-global").sentence


@pytest.mark.parametrize(("fault", "wanted"), [(OUTAGE, "ServiceUnavailable"), (THROTTLED, "ThrottlingException")])
def test_menus_and_forms_grey_what_would_be_refused_with_the_same_reason_that_asking_gives(
    fault: str, wanted: str
) -> None:
    session = asked(Cloud(read_fleet("aurora_mysql")), f"5 {fault} us-east-1", f"6 {FAILOVER}", until_s=7)
    order, cloud = session.orders[-1], session.cloud
    assert order.state is OrderState.REFUSED
    entry = next(one for one in entries(cloud, "orders", OPERATIONS) if one.draft.line() == FAILOVER)
    assert entry.greyed
    assert entry.reason == f"{wanted}: {order.sentence}"
    assert "us-east-1" in order.sentence
    assert judge(cloud, entry.draft).code == wanted
    assert not any(one.greyed for one in entries(cloud, "checkout", OPERATIONS) if one.model.name == "app:set-rate")


# -- the API is down ----------------------------------------------------------------------------------------------


def test_while_the_api_is_down_clients_notice_nothing_and_a_failover_goes_on() -> None:
    quiet, down = Play(seed=7).until("10m"), Play(seed=7).do(f"{OUTAGE} us-east-1").until("10m")
    assert down.app().books.at(down.cloud.now_us) == quiet.app().books.at(quiet.cloud.now_us)
    down.do("sim:crash-host orders-1").wait("3m")
    assert down.writer() == "orders-2"
    assert down.answers("orders.writer") == ("orders-2",)
    assert down.all_well("checkout", "12m", "13m")
    multi_az = Play("rds_multi_az").do(f"{OUTAGE} us-east-1").do("sim:crash-host billing").until("5m")
    assert multi_az.ids("billing")[-1] == "0049"


def test_what_it_told_last_stands_still_until_it_answers_again() -> None:
    play = Play(seed=7).until("1m").do(f"{OUTAGE} us-east-1 for=30m").do("sim:crash-host orders-1").until("20m")

    def told() -> tuple[str, list[str]]:
        answer = describe(play.cloud, "orders", truth=False)["DBClusters"]
        members = answer[0]["DBClusterMembers"]  # type: ignore[index, call-overload]
        writers = [one["DBInstanceIdentifier"] for one in members if one["IsClusterWriter"]]  # type: ignore
        return str(writers[0]), [str(row["id"]) for row in aws_view.events(play.cloud, truth=False)]

    assert play.writer() == "orders-2"
    assert play.ids("orders")
    assert told() == ("orders-1", [])
    play.until("31m1s")
    assert told()[0] == "orders-2"
    assert "RDS-EVENT-0071" in told()[1]
    assert code(play, FAILOVER) == ""


def test_two_outages_overlap_and_each_is_healed_alone() -> None:
    play = Play().do(f"{OUTAGE} us-east-1").do(f"{OUTAGE} us-east-1").do("heal f1")
    assert code(play, FAILOVER) == "ServiceUnavailable"
    assert code(play.do("heal us-east-1"), FAILOVER) == ""


def test_auto_scaling_goes_through_the_api_and_adds_its_readers_when_it_answers_again() -> None:
    play = (
        tracked().at("T+4m region:api-outage us-east-1 for=1h", "T+5m app:set-rate checkout reads=6000/s").until("1h")
    )
    assert "does not answer" in str(scaler(play).obstacle())
    assert list(play.cluster().instances) == ["orders-1", "orders-2"]
    assert len(play.until("65m").cluster().instances) > 2


# -- the API is throttled -----------------------------------------------------------------------------------------


def test_so_many_calls_a_minute_get_through_one_by_one() -> None:
    times = (1, 29, 30, 59, 61, 119, 121)
    script = [f"{at} rds:modify-db-cluster orders retention={day}" for day, at in enumerate(times, 2)]
    session = asked(Cloud(read_fleet("aurora_mysql")), f"0 {THROTTLED} us-east-1 calls=2 for=2m", *script, until_s=125)
    throttled = {at: code for at, code in zip(times, outcomes(session)[1:], strict=True) if code != "done"}
    assert throttled == dict.fromkeys((1, 29, 59), "ThrottlingException")


def test_a_call_that_gets_through_counts_also_if_it_is_then_refused_and_a_throttled_one_does_not() -> None:
    cloud, wrong = Cloud(read_fleet("aurora_mysql")), "rds:failover-db-cluster orders to=nobody"
    session = asked(cloud, f"0 {THROTTLED} us-east-1 calls=1", f"59 {wrong}", f"60 {wrong}", f"61 {FAILOVER}", f"119 {FAILOVER}", f"120 {FAILOVER}", until_s=121)  # fmt: skip
    throttled = "ThrottlingException"
    assert outcomes(session)[1:5] == [throttled, "InvalidDBInstanceState", throttled, throttled]
    assert not session.orders[5].code


def test_with_no_calls_left_nothing_gets_through() -> None:
    play = Play().do(f"{THROTTLED} us-east-1 calls=0").wait("6h")
    assert "no call of yours gets through" in play.refusal(FAILOVER).sentence
    assert play.refusal(FAILOVER).sentence.startswith("Rate exceeded")


def test_looking_is_no_call_so_a_watched_run_is_the_same_to_the_byte() -> None:
    script = (f"0 {THROTTLED} us-east-1 calls=3", f"19 {FAILOVER}", f"20 {FAILOVER}", f"90 {FAILOVER}", "91 heal all", f"92 {FAILOVER}")  # fmt: skip
    watched, alone = (
        asked(Cloud(read_fleet("aurora_mysql"), 3), *script, until_s=200, looks=looks) for looks in (True, False)
    )
    assert outcomes(watched) == outcomes(alone)
    assert outcomes(alone).count("ThrottlingException") == 1
    assert watched.cloud.log.digest == alone.cloud.log.digest


# -- what it tells is old -----------------------------------------------------------------------------------------


def status(play: Play, id: str = "orders-3") -> str:
    """`DBInstanceStatus`, as AWS tells it."""
    return aws_view.status(play.cloud, "us-east-1", play.instance(id).status, truth=False)


def test_statuses_and_events_are_behind_and_the_truth_and_the_log_are_not() -> None:
    lines = ("T+1m rds:reboot-db-instance orders-3",)
    plain, stale = Play(seed=2).at(*lines), Play(seed=2).at(f"T+30s {STALE} us-east-1 delay=4m", *lines)
    assert plain.until("70s").instance("orders-3").status.value == "rebooting"
    assert status(plain) == "rebooting"
    assert status(stale.until("70s")) == "available"
    assert [event.id for event in stale.aws_events("orders-3")] == ["0004"]
    told = [row for row in aws_view.events(stale.until("4m59s").cloud, truth=False) if row["source"] == "orders-3"]
    assert (status(stale), told) == ("available", [])
    assert status(stale.until("5m5s")) == "rebooting"
    assert {row["id"] for row in aws_view.events(stale.until("6m").cloud, truth=False)} == {
        "RDS-EVENT-0004",
        "RDS-EVENT-0006",
    }
    plain.until("10m"), stale.until("10m")
    assert [row for row in stale.rows if row.get("kind") != "fault"] == plain.rows


def test_what_was_told_is_never_taken_back() -> None:
    play = Play(seed=2).at("T+1m rds:reboot-db-instance orders-3", f"T+61s {STALE} us-east-1 for=10m")
    play.at(
        "T+3m rds:reboot-db-instance orders-2", f"T+5m {OUTAGE} us-east-1 for=2m", f"T+6m {STALE} us-east-1 delay=1h"
    )
    play.at("T+8m heal f1", "T+9m heal all")
    seen_us, delivered = 0, 0
    for second in range(0, 600, 5):
        play.until(f"{second}s")
        now_us, events = aws_view.seen_at(play.cloud, "us-east-1"), len(list(aws_view.events(play.cloud, truth=False)))
        assert now_us >= seen_us
        assert events >= delivered
        seen_us, delivered = now_us, events
    assert seen_us == 593 * SECOND
    assert delivered == len(play.aws_events())


def test_only_the_region_is_behind_and_an_event_about_what_is_gone_is_held_back_too() -> None:
    play = Play(GLOBAL).do(f"{STALE} us-east-1 delay=20m").do("rds:delete-db-instance orders-3")
    play.do("rds:reboot-db-instance orders-eu-2").do(KEPT).until("19m")
    assert "orders-3" not in play.cloud.instances
    assert play.ids("orders-3") == ["0003"]
    assert play.ids("kept")[-1] == "0075"
    assert {row["source"] for row in aws_view.events(play.cloud, truth=False)} == {"orders-eu-2"}
    play.do("heal all")
    assert {"kept", "orders-3"} <= {row["source"] for row in aws_view.events(play.cloud, truth=False)}


def test_actions_are_checked_against_the_truth_not_against_what_is_told() -> None:
    play = Play().until("1m").do(f"{STALE} us-east-1").do("rds:reboot-db-instance orders-3").wait("1s")
    assert status(play) == "available"
    assert code(play, "rds:reboot-db-instance orders-3") == "InvalidDBInstanceState"


# -- no machine left ----------------------------------------------------------------------------------------------

RDS, CACHE = "InsufficientDBInstanceCapacity", "InsufficientCacheClusterCapacity"
FULL = [f"{NO_ROOM} us-east-1{letter}" for letter in "abc"]
CASES: list[tuple[list[str], str, str]] = [
    # which zones have none, the line, the code
    (FULL[2:], "rds:create-db-instance orders id=x zone=c", RDS),
    (FULL[2:], "rds:create-db-instance orders id=x", ""),
    (FULL, "rds:create-db-instance orders id=x", RDS),
    (FULL[2:], "rds:create-db-instance us-east-1 id=x engine=mysql zone=c", RDS),
    (FULL, "rds:create-db-instance us-east-1 id=x engine=mysql", RDS),
    (FULL[1:], "rds:create-db-instance us-east-1 id=x engine=mysql zone=a", ""),
    (FULL[1:], "rds:create-db-instance us-east-1 id=x engine=mysql zone=a multi-az=true", RDS),
    (FULL[1:2], "rds:create-db-instance us-east-1 id=x engine=mysql zone=a multi-az=true", ""),
    (FULL[2:], "rds:create-db-instance-read-replica ledger id=x zone=c", RDS),
    (FULL[2:], "rds:create-db-instance-read-replica ledger id=x", ""),
    (FULL[1:], "rds:create-db-instance-read-replica ledger id=x", RDS),
    (FULL, "rds:create-db-instance-read-replica ledger id=x zone=eu-west-1a", ""),
    (FULL[1:2], "rds:modify-db-instance ledger class=db.m6g.xlarge apply-immediately=true", RDS),  # its standby's
    (FULL[1:2], "rds:modify-db-instance ledger class=db.m6g.xlarge", ""),  # it waits for the window
    (FULL, "rds:modify-db-instance ledger storage=400 apply-immediately=true", ""),
    (FULL[1:2], "rds:modify-db-instance orders-2 class=db.r6g.large apply-immediately=true", RDS),
    (FULL[1:2], "rds:modify-db-instance orders-3 class=db.r6g.xlarge apply-immediately=true", ""),
    (FULL, FAILOVER, ""),
    (FULL, "rds:reboot-db-instance ledger force_failover=true", ""),
    (FULL[2:], "elasticache:increase-replica-count sessions new=3 zones=c", CACHE),
    (FULL[1:], "elasticache:increase-replica-count sessions new=3", ""),
    (FULL, "elasticache:increase-replica-count sessions new=3", CACHE),
    (FULL, "elasticache:modify-cache-cluster pages nodes=4", CACHE),
    (FULL[:1], "elasticache:modify-cache-cluster pages nodes=4 zones=a", CACHE),
    (FULL[:1], "elasticache:modify-replication-group sessions node-type=cache.r6g.xlarge", CACHE),
    (FULL, "elasticache:create-replication-group x region=us-east-1", CACHE),
    (FULL[1:], "elasticache:create-replication-group x region=us-east-1 multi-az=true", CACHE),
    (FULL[1:], "elasticache:create-replication-group x region=us-east-1", ""),
    (FULL, "elasticache:test-failover sessions", ""),
]  # fmt: skip


@pytest.mark.parametrize(("full", "line", "wanted"), CASES, ids=[f"{len(c[0])} full: {c[1]}" for c in CASES])
def test_what_needs_a_new_machine_is_refused_where_there_is_none(
    whole: Play, full: list[str], line: str, wanted: str
) -> None:
    assert code(whole, line) == ""
    for fault in full:
        whole.do(fault)
    found = code(whole, line)
    whole.do("heal all")
    assert found == wanted
    assert code(whole, line) == ""


def test_a_stopped_instance_is_not_started_nor_a_snapshot_restored_where_there_is_no_machine() -> None:
    play = Play("three_tier").do("rds:create-db-snapshot shop id=kept").wait("1h")
    play.do("rds:delete-db-instance shop-ro skip-final-snapshot=true").wait("1h").do("rds:stop-db-instance shop")
    play.wait("2h").do(FULL[0])
    here = play.cloud.rds["shop"].primary.zone.name
    assert here == "us-east-1a"
    assert code(play, "rds:start-db-instance shop") == RDS
    restore = "rds:restore-db-instance-from-db-snapshot kept id=new"
    assert (code(play, f"{restore} zone=a"), code(play, restore)) == (RDS, "")
    play.do(FULL[1]).do(FULL[2])
    assert code(play, restore) == RDS
    play.do("heal f1").do(f"{restore} multi-az=false")
    assert play.cloud.rds["new"].primary.zone.name == "us-east-1a"
    assert code(play, f"{restore}er multi-az=true") == RDS
    assert code(play, "rds:start-db-instance shop") == RDS  # its standby's zone
    assert code(play.do("heal all"), "rds:start-db-instance shop") == ""


def test_where_no_zone_is_named_one_with_room_is_chosen_for_the_standby_and_for_cache_nodes_too() -> None:
    play = Play(GLOBAL).do(FULL[1]).do("rds:create-db-instance us-east-1 id=x engine=mysql zone=a multi-az=true")
    assert [host.zone.name[-1] for host in play.cloud.rds["x"].hosts.values()] == ["a", "c"]
    play.do("elasticache:create-replication-group y region=us-east-1 replicas=2")
    assert [node.zone.name[-1] for node in play.cloud.caches["y"].nodes.values()] == ["a", "c", "a"]


def test_new_shards_come_where_there_is_room_or_are_refused() -> None:
    play, line = Play(THREE_SHARDS), "elasticache:modify-replication-group-shard-configuration cart shards=4"
    for fault in FULL:
        play.do(fault)
    assert code(play, line) == CACHE
    play.do("heal us-east-1b").do(line)
    assert {node.zone.name for node in play.cloud.caches["cart"].shards["0004"].nodes.values()} == {"us-east-1b"}


def test_a_failed_host_is_replaced_only_when_there_is_a_machine_again() -> None:
    play = Play(ALONE, 3).do(FULL[0]).do("sim:crash-host orders-1").until("1h")
    assert play.truth("host", "orders-1") == []
    waits = play.truth("failover", "orders", now="waiting")[0]["reason"]
    assert waits == "no reader to promote and us-east-1a has no capacity: create an instance in another zone"
    preview = parse(FULL[0]).preview(play.cloud)
    assert preview.nodes == ("orders-1",)
    play.do("heal f1").until("90m")
    assert play.when("host", "orders-1", now="replaced")[0] > 3600
    assert play.app().health.value == "ok"


def test_a_standby_and_a_cache_node_wait_for_a_machine_too() -> None:
    play = Play(GLOBAL).do(FULL[1]).do("sim:crash-host ledger/2").do("sim:crash-host sessions-002").until("1h")
    assert play.cloud.servers["ledger/2"].zone.name == play.cloud.servers["sessions-002"].zone.name == "us-east-1b"
    assert play.truth("host", "ledger/2") == play.truth("host", "sessions-002") == []
    play.do("heal us-east-1b").until("2h")
    assert play.when("host", "ledger/2", now="replaced")[0] > 3600
    assert play.when("host", "sessions-002", now="replaced")[0] > 3600
    assert play.cloud.rds["ledger"].mirror.value == "synchronised"


def test_a_replacement_that_has_begun_keeps_its_machine() -> None:
    play = Play(PAIR).do("sim:crash-host orders-2").until("10s").do(FULL[1]).until("1h")
    assert play.when("host", "orders-2", now="replaced")


def test_auto_scaling_adds_no_reader_until_some_zone_has_room() -> None:
    play = tracked()
    for fault in FULL:
        play.at(f"T+4m {fault} for=1h")
    play.at("T+5m app:set-rate checkout reads=6000/s").until("1h")
    assert list(play.cluster().instances) == ["orders-1", "orders-2"]
    assert len(play.until("65m").cluster().instances) > 2


# -- before it is done --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (f"{OUTAGE} us-east-1", "every AWS operation in us-east-1 is refused"),
        (f"{THROTTLED} us-east-1", "2 calls of yours a minute get through"),
        (f"{THROTTLED} us-east-1 calls=0", "no call of yours gets through"),
        (f"{STALE} us-east-1", "5m behind"),
        (f"{NO_ROOM} us-east-1a", "nothing new comes up in us-east-1a"),
    ],
)
def test_a_preview_says_what_it_will_mean(whole: Play, line: str, says: str) -> None:
    assert says in parse(line).preview(whole.cloud).sentences[0]


def test_a_preview_names_the_auto_scaling_that_will_wait() -> None:
    assert "auto scaling of orders waits" in parse(f"{OUTAGE} us-east-1").preview(tracked().cloud).sentences
