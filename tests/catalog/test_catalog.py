"""The catalog is complete: every row says where it comes from, and what must hold between rows holds."""

import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import ValidationError

from opsconsole import catalog
from opsconsole.catalog import Assumption, Row, Timing, UnknownRow, load

PLACEHOLDERS = (
    "cluster_id",
    "region_id",
    "new_version_number",
    "version_number",
    *("message", "amount", "reason", "percentage", "size", "number", "units", "value", "method"),
    *("instance name", "SECRET ARN", "list_of_partitions", "partition_n", "cluster_name", "cluster-name-0001-005"),
    *("cluster-name", "mycluster", "type", "zone", "version", "name", "0001", "0002", "us-west-2a"),
    *("<node-group-id>", "<primary-node-id>", "<node-id>", "<rg>"),
)


def every_row() -> Iterator[tuple[str, Row]]:
    yield from catalog.timings().items()
    yield from catalog.assumptions().items()
    yield from catalog.limits().items()
    yield from catalog.engines().items()
    for name, engine in catalog.engines().items():
        yield from ((f"{name} {release.name}", release) for release in engine.releases)
    yield from catalog.instance_classes().items()
    yield from catalog.capacity_rules().items()
    yield from catalog.storage_types().items()
    yield from catalog.cache_node_types().items()
    yield from catalog.prices().items()
    yield from catalog.cache_policies().items()
    yield from catalog.modifications().items()
    yield from catalog.events().items()
    for (namespace, name), metric in catalog.metrics().items():
        yield f"{namespace} {name}", metric
        for alarm in (metric.alarm, metric.alarm_rds):
            if alarm is not None:
                yield f"{namespace} {name} alarm", alarm
    for kind, rows in catalog.all_statuses().items():
        yield from ((f"{kind} {name}", status) for name, status in rows.items())
    yield from catalog.errors().items()
    yield from catalog.regions().items()
    yield from catalog.facts().items()


def test_every_row_says_where_it_comes_from_and_how_sure_that_is() -> None:
    rows = list(every_row())
    assert len(rows) > 900
    for name, row in rows:
        assert row.source.strip(), name
        assert row.confidence in {"H", "M", "L", "SIM"}, name


KINDS = (
    *("assumptions", "cache_nodes", "cache_policies", "capacity", "classes", "engines", "errors", "events", "facts"),
    *("limits", "metrics", "modifications", "prices", "regions", "statuses", "storage", "timings"),
)


def test_every_file_of_the_catalog_is_read_by_a_function() -> None:
    files = {path.stem for path in load.DATA.glob("*.toml")}
    read = {file: [kind for kind in KINDS if file == kind or file.startswith(f"{kind}_")] for file in files}
    assert all(len(kinds) == 1 for kinds in read.values()), read
    assert {kind for kinds in read.values() for kind in kinds} == set(KINDS)


def test_a_row_stands_in_one_file_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "DATA", tmp_path)
    (tmp_path / "limits.toml").write_text('source = "a source"\n[one]\nvalue = 1\n', encoding="utf-8")
    (tmp_path / "limits_rds.toml").write_text('source = "a source"\n[one]\nvalue = 2\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"limits_rds\.toml: one stands in another file of limits too"):
        list(load._documents("limits"))


def test_a_row_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        catalog.timing("aurora-failover").typical_s = 1.0  # type: ignore[misc]


def test_a_name_the_catalog_does_not_have_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(UnknownRow) as caught:
        catalog.timing("aurora-failovr")
    assert str(caught.value).startswith(
        "the catalog has no timing named 'aurora-failovr' (did you mean aurora-failover"
    )
    with pytest.raises(UnknownRow, match="no Region named 'mars-1'"):
        catalog.region("mars-1")
    with pytest.raises(UnknownRow, match="metric of AWS/RDS"):
        catalog.metric("AWS/RDS", "CpuUtilisation")


@pytest.mark.parametrize(
    "lookup",
    [
        catalog.timing,
        catalog.assumption,
        catalog.limit,
        catalog.engine,
        catalog.instance_class,
        catalog.event,
        catalog.statuses,
        catalog.error,
        catalog.region,
        catalog.storage_type,
        catalog.cache_node_type,
        catalog.modification,
        catalog.engine_called,
    ],
)
def test_every_lookup_refuses_an_unknown_name(lookup: object) -> None:
    assert callable(lookup)
    with pytest.raises(UnknownRow):
        lookup("nothing-of-the-kind")


def test_importing_the_catalog_reads_no_file() -> None:
    program = (
        "import builtins, io, pathlib, tomli\n"
        "seen = []\n"
        "real = tomli.load\n"
        "tomli.load = lambda file: seen.append(pathlib.Path(file.name).stem) or real(file)\n"
        "import opsconsole.catalog as catalog\n"
        "print(seen)\n"
        "catalog.timing('aurora-failover'), catalog.timing('aurora-restart')\n"
        "print(seen)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines() == ["[]", "['timings', 'timings_elasticache', 'timings_rds', 'timings_recovery']"]


def test_the_digest_is_the_same_in_another_process_and_changes_with_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = "import opsconsole.catalog as catalog; print(catalog.digest())"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == catalog.digest()
    assert re.fullmatch("[0-9a-f]{32}", catalog.digest())

    for path in load.DATA.glob("*.toml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(load, "DATA", tmp_path)
    assert load.digest.__wrapped__() == catalog.digest()
    (tmp_path / "timings.toml").write_text("", encoding="utf-8")
    assert load.digest.__wrapped__() != catalog.digest()


# Timings and assumptions


def test_every_timing_is_ordered() -> None:
    for timing in catalog.timings().values():
        assert 0 < timing.min_s <= timing.typical_s <= timing.max_s, timing.name
        assert timing.title, timing.name


def test_a_timing_out_of_order_is_refused() -> None:
    with pytest.raises(ValidationError, match="min_s <= typical_s <= max_s"):
        Timing(name="x", title="x", typical_s=1.0, min_s=2.0, max_s=3.0, source="a source", confidence="SIM")


def test_an_assumption_outside_its_range_is_refused() -> None:
    with pytest.raises(ValidationError, match="low <= value <= high"):
        Assumption(name="x", value=1.0, low=2.0, unit="s", meaning="x", source="a source", confidence="SIM")


def test_a_timing_that_rests_on_no_statement_of_aws_is_marked_as_ours() -> None:
    for timing in catalog.timings().values():
        if not timing.aws:
            assert timing.confidence != "H", timing.name
        if timing.confidence == "SIM":
            assert timing.source.startswith("SIM: "), timing.name


def test_a_failover_is_drawn_inside_what_aws_says() -> None:
    with_reader, without = catalog.timing("aurora-failover"), catalog.timing("aurora-failover-no-reader")
    assert with_reader.typical_s < 30
    assert with_reader.max_s <= 60
    assert without.max_s <= 600
    assert with_reader.min_s > 0


def test_the_phases_of_a_failover_add_up_to_it() -> None:
    shares = [catalog.assumption(f"failover-{phase}-share") for phase in ("detection", "promotion", "recovery", "dns")]
    assert sum(round(share.value * 100) for share in shares) == 100


@pytest.mark.parametrize(
    ("timing", "assumption", "factor"),
    [
        ("global-lag", "global-lag-ms", 1000),
        ("aurora-replica-lag", "aurora-replica-lag-ms", 1000),
        ("event-delivery", "event-delay-s", 1),
        ("metric-publication", "metric-delay-s", 1),
    ],
)
def test_what_is_both_a_timing_and_an_assumption_has_one_value(timing: str, assumption: str, factor: int) -> None:
    one, other = catalog.timing(timing), catalog.assumption(assumption)
    assert [other.low, other.value, other.high] == pytest.approx(
        [one.min_s * factor, one.typical_s * factor, one.max_s * factor]
    )
    assert catalog.timing("describe-delay").typical_s == catalog.assumption("describe-delay-s").value


@pytest.mark.parametrize(
    "name",
    [
        "aurora-failover",
        "aurora-failover-no-reader",
        "aurora-restart",
        "aurora-reader-restart",
        "aurora-instance-create",
        "aurora-instance-delete",
        "aurora-host-replacement",
        "dns-record-update",
        "global-switchover",
        "global-failover",
        "global-resync",
        "global-detach",
        "volume-segment-repair",
        "volume-copy-catch-up",
        "reader-health-check",
        "custom-endpoint-create",
        "replica-stall-restart",
        "global-lag",
    ],
)
def test_the_timings_that_aurora_needs_are_there(name: str) -> None:
    assert catalog.timing(name).name == name


def test_the_quorums_are_those_of_aurora() -> None:
    copies, write, read = (
        catalog.assumption(name).value for name in ("volume-copies", "volume-write-quorum", "volume-read-quorum")
    )
    assert (copies, write, read) == (6, 4, 3)
    assert write + read > copies
    factors = [catalog.assumption(f"commit-factor-{number}-copies").value for number in (6, 5, 4)]
    assert factors == sorted(factors)


# Limits


def test_a_limit_says_what_to_print_and_holds_its_own_bounds() -> None:
    for limit in catalog.limits().values():
        assert limit.sentence.endswith("."), limit.name
        assert limit.allows(limit.value), limit.name
        assert not limit.allows(limit.value + 1), limit.name
        if limit.minimum is not None:
            assert not limit.allows(limit.minimum - 1), limit.name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("aurora-replicas", 15),
        ("global-secondaries", 10),
        ("readers-per-secondary", 16),
        ("backtrack-window-hours", 72),
        ("custom-endpoints", 5),
        ("endpoint-name-length", 63),
        ("promotion-tier", 15),
        ("retention-days", 35),
        ("clusters", 40),
        ("instances", 40),
        ("event-retention-days", 14),
    ],
)
def test_the_limits_are_those_of_aws(name: str, value: int) -> None:
    assert catalog.limit(name).value == value


def test_a_limit_keeps_the_number_that_older_documentation_taught() -> None:
    assert catalog.limit("global-secondaries").classic == catalog.limit("global-secondaries-classic").value == 5


# Engines, classes, capacity


def test_every_engine_has_its_default_version_and_sells_the_classes_of_its_families() -> None:
    for engine in catalog.engines().values():
        assert engine.default_version in engine.versions
        assert not engine.release(engine.default_version).retired
        assert len(set(engine.versions)) == len(engine.versions)
        sold = {row.family for row in catalog.instance_classes().values() if row.offered_by(engine.name)}
        sold |= {row.family for row in catalog.cache_node_types().values() if engine.name in row.engines}
        assert sold == set(engine.class_families), engine.name
        if engine.failover_timing:
            assert catalog.timing(engine.failover_timing).typical_s > 0


def test_what_differs_by_engine_version_is_data() -> None:
    mysql, postgresql = catalog.engine("aurora-mysql"), catalog.engine("aurora-postgresql")
    assert mysql.release("5.7.mysql_aurora.2.09.3").readers_restart_with_writer
    assert not mysql.release("5.7.mysql_aurora.2.10.3").readers_restart_with_writer
    assert postgresql.release("14.6").readers_restart_with_writer
    assert not postgresql.release("14.9").readers_restart_with_writer
    assert mysql.release("8.0.mysql_aurora.3.08.0").max_volume_tib == 128
    assert mysql.release("8.0.mysql_aurora.3.10.0").max_volume_tib == 256
    assert postgresql.release("16.8").max_volume_tib == 128
    assert postgresql.release("16.9").max_volume_tib == 256
    assert (mysql.backtrack, postgresql.backtrack) == (True, False)
    assert (mysql.port, postgresql.port) == (3306, 5432)
    with pytest.raises(KeyError):
        mysql.release("9.9")


def test_every_class_of_an_engine_has_a_capacity_and_a_price() -> None:
    for engine in catalog.engines().values():
        if engine.family == "elasticache":
            continue
        offered = [row for row in catalog.instance_classes().values() if row.offered_by(engine.name)]
        assert offered
        for row in offered:
            capacity = catalog.capacity(engine.name, row.name)
            assert min(capacity.reads_per_s, capacity.writes_per_s, capacity.max_connections) > 0
            assert row.aurora_usd_per_h if engine.family == "aurora" else row.rds_usd_per_h
        for family in engine.class_families:
            sizes = sorted((row for row in offered if row.family == family), key=lambda row: row.size_rank)
            connections = [catalog.capacity(engine.name, row.name).max_connections for row in sizes]
            assert connections == sorted(connections)


@pytest.mark.fact("AUR-ARC-03")
def test_aurora_does_five_times_mysql_and_three_times_postgresql_on_the_same_class() -> None:
    for engine, times in (("aurora-mysql", 5), ("aurora-postgresql", 3)):
        rule, capacity = catalog.capacity_rules()[engine], catalog.capacity(engine, "db.r6g.large")
        vcpu = catalog.instance_class("db.r6g.large").vcpu
        assert capacity.reads_per_s == times * rule.rds_reads_per_s_per_vcpu * vcpu == 3150
        assert capacity.writes_per_s == times * rule.rds_writes_per_s_per_vcpu * vcpu == 1200


def test_default_connections_are_those_that_aws_tabulates() -> None:
    mysql = {
        name: catalog.capacity("aurora-mysql", name).max_connections for name in ("db.t3.medium", "db.r5.24xlarge")
    }
    assert mysql == {"db.t3.medium": 90, "db.r5.24xlarge": 7000}
    postgresql = {
        name: catalog.capacity("aurora-postgresql", name).max_connections
        for name in ("db.t3.medium", "db.t4g.medium", "db.r5.large", "db.r6g.large", "db.r6g.4xlarge")
    }
    assert list(postgresql.values()) == [420, 405, 1600, 1722, 5000]


def test_aurora_sells_no_micro_class() -> None:
    micro = catalog.instance_class("db.t3.micro")
    offering = [catalog.engine(name) for name in micro.engines]
    assert {engine.family for engine in offering} == {"rds"}
    with pytest.raises(ValueError, match=r"aurora-mysql does not offer db\.t3\.micro"):
        catalog.capacity("aurora-mysql", "db.t3.micro")


def test_a_larger_class_ranks_higher_and_equal_sizes_rank_equal() -> None:
    rank = {name: catalog.instance_class(name).size_rank for name in catalog.instance_classes()}
    assert rank["db.t3.micro"] < rank["db.t3.large"] < rank["db.r6g.large"] < rank["db.r6g.xlarge"]
    assert rank["db.r5.2xlarge"] == rank["db.r6g.2xlarge"] == rank["db.r7g.2xlarge"]


def test_prices_of_a_family_are_proportional_to_its_size() -> None:
    for row in catalog.instance_classes().values():
        large = catalog.instance_class(f"{row.family}.large")
        if not row.burstable and row.aurora_usd_per_h and large.aurora_usd_per_h:
            assert row.aurora_usd_per_h == pytest.approx(large.aurora_usd_per_h * row.vcpu / large.vcpu)
        assert row.price_confidence in {"L", "SIM"}


# Events


def test_every_event_template_gives_awss_text_verbatim_when_its_fields_are_named_as_aws_names_them() -> None:
    words = "|".join(map(re.escape, (*PLACEHOLDERS, "%s", "global database name")))
    for row in catalog.events().values():
        pattern = "".join(
            f"(?:{words})" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{\w+\})", row.message)
        )
        assert re.fullmatch(pattern, row.verbatim), row.id
        if not row.fields:
            assert row.message == row.verbatim


def test_an_event_without_fields_names_no_placeholder_of_aws() -> None:
    for row in catalog.events().values():
        if not row.fields:
            assert "%s" not in row.message
            assert not re.search(
                r"\b(cluster_id|region_id|version_number|name|reason|percentage|<\w+>)\b\.?",
                row.message.replace("DNS name", ""),
            )


def test_an_event_is_filled_in_with_exactly_its_fields() -> None:
    completed = catalog.event("RDS-EVENT-0071")
    assert completed.fields == ("name",)
    assert completed.text(name="orders-2") == "Completed failover to DB instance: orders-2."
    with pytest.raises(ValueError, match="RDS-EVENT-0071 takes"):
        completed.text()
    with pytest.raises(ValueError, match="RDS-EVENT-0004 takes"):
        catalog.event("RDS-EVENT-0004").text(name="orders-2")
    assert completed.text(name="{name}") == "Completed failover to DB instance: {name}."


AURORA_EVENTS = (
    *("0003", "0004", "0005", "0006", "0020", "0021", "0069", "0070", "0071", "0072", "0073", "0131", "0132"),
    *("0170", "0171", "0181", "0182", "0183", "0184", "0185", "0186", "0187", "0227", "0238", "0239", "0240"),
    *("0241", "0385", "0390", "0391", "0397", "0423", "0512", "0513", "0519"),
)


@pytest.mark.parametrize("number", AURORA_EVENTS)
def test_the_events_that_aurora_may_emit_are_there(number: str) -> None:
    row = catalog.event(f"RDS-EVENT-{number}")
    assert "A" in row.engines
    assert row.source_type in {"db-instance", "db-cluster"}


RDS_INSTANCE_EVENTS = (
    *("0001", "0002", "0004", "0006", "0007", "0011", "0012", "0013", "0014", "0015", "0017", "0018", "0020", "0021"),
    *("0024", "0025", "0026", "0027", "0029", "0030", "0034", "0045", "0046", "0047", "0049", "0050", "0051", "0052"),
    *("0053", "0057", "0062", "0087", "0088", "0089", "0092", "0154", "0158", "0178", "0189", "0202", "0217", "0218"),
    *("0219", "0220", "0221", "0222", "0223", "0224", "0225", "0233", "0237", "0267", "0268", "0270", "0361", "0362"),
    "0422",
)


@pytest.mark.parametrize("number", RDS_INSTANCE_EVENTS)
def test_the_events_that_a_db_instance_may_emit_are_there(number: str) -> None:
    row = catalog.event(f"RDS-EVENT-{number}")
    assert "R" in row.engines
    assert row.source_type == "db-instance"


def test_every_event_fills_with_whatever_its_fields_are_given() -> None:
    for row in catalog.events().values():
        filled = row.text(**{field: f"<{field}>" for field in row.fields})
        assert "{" not in filled, row.id
        assert all(f"<{field}>" in filled for field in row.fields), row.id


def test_events_of_the_test_failover_come_from_the_sources_that_aws_names_in_its_order() -> None:
    order = ("test-failover-called", "failover-completed", "recovering-nodes", "recovered-nodes")
    called, completed, recovering, recovered = (catalog.event(f"elasticache:{name}") for name in order)
    assert (called.source_type, completed.source_type) == ("replication-group", "cache-cluster")
    assert completed.also == ("replication-group",)
    assert recovering.source_type == recovered.source_type == "cache-cluster"
    text = completed.text(primary="sessions-001", replica="sessions-002")
    assert text == "Failover from primary node sessions-001 to replica node sessions-002 completed"


def test_an_event_of_a_multi_az_failover_says_what_aws_says() -> None:
    assert catalog.event("RDS-EVENT-0013").message == "Multi-AZ instance failover started."
    propagating = "Multi-AZ failover to standby complete - DNS propagation may take a few minutes."
    assert catalog.event("RDS-EVENT-0015").message == propagating
    assert catalog.event("RDS-EVENT-0016").also == ("db-instance",)


def test_a_cluster_failover_event_is_the_clusters_and_a_restart_is_the_instances() -> None:
    assert (catalog.event("RDS-EVENT-0073").source_type, catalog.event("RDS-EVENT-0073").category) == (
        "db-cluster",
        "failover",
    )
    assert catalog.event("RDS-EVENT-0006").source_type == "db-instance"
    assert catalog.event("RDS-EVENT-0185").category == "global failover"


# Modifications

STATUS_KINDS = {
    "rds": ("db-instance",),
    "multi-az-cluster": ("db-cluster",),
    "aurora": ("db-cluster", "db-instance"),
    "redis": ("replication-group",),
    "memcached": ("cache-cluster",),
}


def test_what_a_modification_names_exists() -> None:
    for row in catalog.modifications().values():
        for event in row.events:
            assert event in catalog.events(), row.name
        assert row.timing in {"", *catalog.timings()}, row.name
        known = {
            status for service in row.services for kind in STATUS_KINDS[service] for status in catalog.statuses(kind)
        }
        assert set(row.statuses) <= known, row.name


def test_the_statuses_of_a_modification_lead_from_available_and_back() -> None:
    for row in catalog.modifications().values():
        for service in row.services:
            shown = [
                catalog.statuses(kind)
                for kind in STATUS_KINDS[service]
                if set(row.statuses) <= set(catalog.statuses(kind))
            ]
            path = ("available", *row.statuses, "available") if row.statuses else ()
            ways = [all(after in rows[before].next for before, after in pairwise(path)) for rows in shown]
            assert any(ways), row.name


def test_a_modification_that_interrupts_takes_its_time_and_one_that_loses_data_is_memcached() -> None:
    for row in catalog.modifications().values():
        if row.outage != "none":
            assert row.timing, row.name
            assert row.statuses, row.name
        if row.outage == "failover-or-outage":
            assert row.multi_az_effect, row.name
        assert (row.outage == "data-loss") <= (row.services == ("memcached",)), row.name


@pytest.mark.parametrize(
    ("name", "outage", "applies"),
    [
        ("db-instance-class", "failover-or-outage", "either"),
        ("engine-version", "outage", "either"),
        ("allocated-storage", "none", "either"),
        ("iops", "none", "either"),
        ("storage-throughput", "none", "either"),
        ("storage-type", "none", "either"),
        ("storage-type-magnetic", "brief", "either"),
        ("multi-az", "none", "either"),
        ("backup-retention-period", "brief", "either"),
        ("backup-retention-period-days", "none", "immediately"),
        ("backup-window", "none", "immediately"),
        ("maintenance-window", "none", "immediately"),
        ("deletion-protection", "none", "immediately"),
        ("vpc-security-groups", "none", "immediately"),
        ("master-user-password", "none", "immediately"),
        ("monitoring-interval", "none", "immediately"),
        ("performance-insights", "none", "immediately"),
        ("new-db-instance-identifier", "restart", "either"),
        ("db-port-number", "restart", "immediately"),
        ("db-subnet-group", "outage", "either"),
        ("parameter-group", "none", "reboot"),
        ("option-group", "none", "either"),
        ("license-model", "outage", "either"),
        ("processor-features", "failover-or-outage", "either"),
        ("ca-certificate", "restart", "either"),
    ],
)
def test_what_a_change_of_a_db_instance_costs_and_when_it_is_applied(name: str, outage: str, applies: str) -> None:
    row = catalog.modification(name)
    assert (row.outage, row.applies) == (outage, applies)
    assert row.services == ("rds",)


def test_the_changes_of_every_service_are_there() -> None:
    served = {service for row in catalog.modifications().values() for service in row.services}
    assert served == set(STATUS_KINDS)
    with pytest.raises(UnknownRow, match="did you mean db-instance-class"):
        catalog.modification("db-instance-klass")


# Statuses


def test_every_status_leads_to_statuses_that_exist() -> None:
    for kind, rows in catalog.all_statuses().items():
        for status in rows.values():
            assert set(status.next) <= {*rows, "gone"}, f"{kind} {status.name}"
            assert status.name not in status.next
            assert len(set(status.next)) == len(status.next)


def test_no_status_is_a_dead_end_and_every_one_can_be_reached() -> None:
    starts = {"db-instance": "creating", "db-cluster": "creating", "db-cluster-endpoint": "creating"}
    starts |= {"global-cluster": "creating", "global-failover": "pending", "global-member": "connected"}
    starts |= dict.fromkeys(("replication-group", "node-group", "cache-cluster", "cache-node"), "creating")
    starts |= {"cache-snapshot": "creating", "db-snapshot": "creating", "automatic-failover": "disabled"}
    starts |= {"read-replication": "replicating", "db-cluster-snapshot": "creating"}
    elsewhere = {"db-instance": {"stopped"}, "db-cluster": set()}
    for kind, rows in catalog.all_statuses().items():
        reached, new = set(), {starts[kind]}
        while new:
            reached |= new
            new = {following for name in sorted(new) for following in rows[name].next if following in rows} - reached
        assert set(rows) <= reached | elsewhere.get(kind, set()), kind
        for status in rows.values():
            assert status.next, f"{kind} {status.name}"


def test_a_database_instance_never_fails_over_only_a_cluster_does() -> None:
    assert "failing-over" not in catalog.statuses("db-instance")
    assert catalog.statuses("db-cluster")["failing-over"].transient
    assert "rebooting" in catalog.statuses("db-instance")["available"].next


@pytest.mark.parametrize(
    "story",
    [
        ("creating", "backing-up", "available"),
        ("available", "modifying", "storage-optimization", "available"),
        ("available", "storage-full", "modifying", "storage-optimization", "available"),
        ("storage-full", "modifying", "available"),
        ("available", "stopping", "stopped", "starting", "available"),
        ("available", "rebooting", "available"),
        ("available", "modifying", "rebooting", "available"),  # a read replica is promoted
        ("available", "maintenance", "available"),
        ("available", "upgrading", "available"),
        ("available", "renaming", "rebooting", "available"),
        ("available", "resetting-master-credentials", "available"),
        ("storage-optimization", "backing-up", "storage-optimization"),
        ("available", "delete-precheck", "deleting", "gone"),
    ],
    ids="-".join,
)
def test_the_statuses_of_a_db_instance_lead_where_its_stories_go(story: tuple[str, ...]) -> None:
    rows = catalog.statuses("db-instance")
    for before, after in pairwise(story):
        assert after in rows[before].next, f"{before} to {after}"


def test_only_aurora_mysql_clusters_backtrack() -> None:
    assert catalog.statuses("db-cluster")["backtracking"].next == ("available",)


# Metrics


def test_every_metric_has_a_unit_of_cloudwatch_a_period_and_a_meaning() -> None:
    units = {"Percent", "Count", "Count/Second", "Bytes", "Bytes/Second", "Seconds", "Milliseconds", "Minutes", "None"}
    units |= {"Microseconds"}
    dimensions = {"DBInstanceIdentifier", "DBClusterIdentifier", "SourceRegion", "CacheClusterId", "CacheNodeId"}
    bases = {"", "max_connections", "memory", "vcpu", "one_vcpu", "volume", "storage"}
    shared = {"aurora": "AWS/RDS", "rds": "AWS/RDS", "elasticache": "AWS/ElastiCache"}
    for metric in catalog.metrics().values():
        assert metric.unit in units, metric.name
        assert metric.period_s in {60, 300}, metric.name
        assert set(metric.dimensions) <= dimensions, metric.name
        assert metric.meaning, metric.name
        assert set(metric.engines) <= set(catalog.engines()), metric.name
        assert {shared[catalog.engine(name).family] for name in metric.engines} <= {metric.namespace}, metric.name
        for alarm in (metric.alarm, metric.alarm_rds):
            if alarm is not None:
                assert 1 <= alarm.periods <= alarm.of, metric.name
                assert alarm.threshold_of in bases, metric.name


def test_an_alarm_is_the_one_for_the_engine() -> None:
    memory, lag = catalog.metric("AWS/RDS", "FreeableMemory"), catalog.metric("AWS/RDS", "ReplicaLag")
    for engine, threshold in (("aurora-mysql", 5.0), ("mysql", 25.0)):
        alarm = memory.alarm_for(catalog.engine(engine))
        assert alarm is not None
        assert alarm.threshold == threshold
    alarm = lag.alarm_for(catalog.engine("postgres"))
    assert alarm is not None
    assert (alarm.statistic, alarm.comparison, alarm.threshold, alarm.periods, alarm.of) == (
        "Maximum",
        ">",
        60.0,
        10,
        10,
    )


def test_a_metric_that_two_namespaces_have_is_two_metrics() -> None:
    rds, cache = catalog.metric("AWS/RDS", "CPUUtilization"), catalog.metric("AWS/ElastiCache", "CPUUtilization")
    assert rds.alarm is not None
    assert cache.alarm is not None
    assert (rds.alarm.threshold_of, cache.alarm.threshold_of) == ("", "one_vcpu")
    assert rds.name == cache.name == "CPUUtilization"


def test_the_lag_of_a_global_database_is_measured_at_the_secondary_in_milliseconds() -> None:
    for name in ("AuroraGlobalDBReplicationLag", "AuroraGlobalDBRPOLag", "AuroraGlobalDBProgressLag"):
        metric = catalog.metric("AWS/RDS", name)
        assert (metric.unit, metric.dimensions) == ("Milliseconds", ("DBClusterIdentifier", "SourceRegion"))


# Regions


def test_every_region_has_three_zones_or_more_and_its_own_az_ids() -> None:
    ids = [zone.az_id for region in catalog.regions().values() for zone in region.zones]
    assert len(set(ids)) == len(ids)
    for region in catalog.regions().values():
        assert len(region.zones) >= 3
        assert len({zone.letter for zone in region.zones}) == len(region.zones)
        assert all(zone.az_id.startswith(f"{region.short}-az") for zone in region.zones)
    assert [zone.letter for zone in catalog.region("us-east-1").zones][:3] == ["a", "b", "c"]


def test_distances_between_regions_are_the_same_both_ways() -> None:
    names = list(catalog.regions())
    for one in names:
        for other in names:
            there, back = catalog.region_rtt_ms(one, other), catalog.region_rtt_ms(other, one)
            assert there == back > 0
    assert catalog.region_rtt_ms("us-east-1", "eu-west-1") == 70
    assert catalog.region_rtt_ms("us-east-1", "us-east-1") == catalog.assumption("rtt-cross-zone-ms").value
    assert catalog.region_rtt_ms("af-south-1", "sa-east-1") == catalog.assumption("rtt-cross-region-ms").value
    with pytest.raises(UnknownRow):
        catalog.region_rtt_ms("us-east-1", "mars-1")


def test_the_distance_table_names_regions_only() -> None:
    for one, others in load._regions()[1].items():
        assert one in catalog.regions()
        assert set(others) <= set(catalog.regions())


# Facts


def test_the_mission_has_531_facts() -> None:
    facts = catalog.facts()
    assert len(facts) == 531
    count = {
        priority: sum(fact.priority == priority for fact in facts.values()) for priority in ("P0", "P1", "P2", "P3")
    }
    assert count == {"P0": 198, "P1": 180, "P2": 115, "P3": 38}
    assert len({fact.area for fact in facts.values()}) == 33
    for name, fact in facts.items():
        assert name == fact.id
        assert fact.id.startswith(f"{fact.area}-")
        assert fact.claim


def test_a_fact_that_aws_has_overtaken_says_what_holds_today() -> None:
    assert catalog.facts()["AUR-GLB-04"].today.startswith("10 secondary Regions")
    assert catalog.facts()["AUR-FO-01"].today == ""
