"""Encryption in transit: how apps connect, what servers want of them, and who is refused. And TDE, where it exists."""

import pytest

from opsconsole import catalog
from opsconsole.cloud.describe import describe
from opsconsole.console.views import plain, tab_view
from opsconsole.fleet import load_fleet
from tests.cloud.play import Play
from tests.cloud.rds_fleets import ALONE, REPLICAS

POSTGRES = ALONE.replace('"mysql"', '"postgres"\nengine_version = "16.4"')
OLD_POSTGRES = POSTGRES.replace("16.4", "14.18")
SQLSERVER = ALONE.replace('"mysql"', '"sqlserver-ee"').replace("db.m6g", "db.m5")
ORACLE = ALONE.replace('"mysql"', '"oracle-ee"').replace("db.m6g", "db.m5")
AURORA = """
name = "Aurora"
[regions]
us-east-1 = {}
[aurora.orders]
engine = "aurora-mysql"
region = "us-east-1"
instances = [{ id = "orders-1", zone = "a", class = "db.r6g.large" }]
[apps.billing-app]
homes = ["us-east-1"]
writes_to = "orders"
reads_from = ["orders"]
writes = "60/s"
reads = "120/s"
"""
NEW_GROUP = "rds:create-db-parameter-group us-east-1 name=strict family="
USE_GROUP = "rds:modify-db-instance billing parameter-group=strict"
ENFORCE = "rds:modify-db-parameter-group strict parameter=rds.force_ssl value=1"
ENFORCE_MYSQL = "rds:modify-db-parameter-group strict parameter=require_secure_transport value=ON"
GRANT = "sql:require-ssl billing user=billing-app"


def having(fleet: str, tls: str, lifetime: str = "30m") -> str:
    """A fleet whose app connects in a way, and renews its connections so often."""
    return fleet.replace("[apps.billing-app]", f'[apps.billing-app]\ntls = "{tls}"\npool_lifetime = "{lifetime}"')


def errors(play: Play) -> list[str]:
    """What the app's clients are told now."""
    return [text for text, _ in play.app("billing-app").service.value.errors]


def health(play: Play) -> str:
    return play.app("billing-app").health.value


def with_group(fleet: str, family: str) -> Play:
    """A DB instance that has a parameter group of its own, with AWS's values, in sync."""
    play = Play(fleet).until("1m").do(NEW_GROUP + family).do(USE_GROUP).wait("5m")
    return play.do("rds:reboot-db-instance billing").wait("10m")


def connections(play: Play) -> str:
    return plain(tab_view(play.cloud, "billing-app", "Connections", 100))


# -- apps ---------------------------------------------------------------------------------------------------------


@pytest.mark.fact("RDS-ENC-18", "RDS-ENC-19")
@pytest.mark.parametrize("fleet", [ALONE, POSTGRES, SQLSERVER, ORACLE, AURORA])
def test_an_app_connects_by_tls_unless_it_is_told_otherwise_and_every_engine_offers_it(fleet: str) -> None:
    play = Play(fleet).until("1m")
    assert play.app("billing-app").tls == "verify"
    assert health(play) == "ok"
    assert "TLS           yes, verified" in connections(play)
    plaintext = Play(having(fleet.replace("16.4", "14.18"), "off")).until("1m")
    assert health(plaintext) == "ok", "offered, not wanted"
    assert "TLS           no, in plain text" in connections(plaintext)


@pytest.mark.fact("RDS-ENC-21")
@pytest.mark.parametrize(
    ("fleet", "told"),
    [
        (ALONE, "certificate verify failed"),
        (POSTGRES, "certificate verify failed"),
        (SQLSERVER, "certificate chain was issued by an authority that is not trusted"),
        (ORACLE, "ORA-29024"),
        (AURORA, "certificate verify failed"),
    ],
)
def test_who_verifies_without_awss_root_certificate_connects_to_nobody(fleet: str, told: str) -> None:
    play = Play(having(fleet, "missing-ca")).until("1m")
    assert health(play) == "failing"
    assert told in errors(play)[0]
    seen = play.saw("billing-app", "10s", "60s")
    assert (seen.ok, seen.writes_failed) == (0, seen.writes_due)
    assert "AWS's root certificate is missing" in connections(play)
    play.do("app:set-tls billing-app tls=verify").wait("1m")
    assert health(play) == "ok"


def test_who_does_not_verify_needs_no_certificate() -> None:
    play = Play(having(POSTGRES, "require")).until("1m")
    assert play.all_well("billing-app", "1s", "1m")
    assert "yes, but the server is not verified" in connections(play)


# -- servers that want it -----------------------------------------------------------------------------------------


@pytest.mark.fact("RDS-ENC-22")
def test_postgresql_refuses_plain_connections_once_its_parameter_group_says_so() -> None:
    play = with_group(having(OLD_POSTGRES, "off", lifetime="10m"), "postgres14")
    assert health(play) == "ok"
    asked = play.now
    play.do(ENFORCE).wait("1m")
    assert play.cloud.rds["billing"].settings.tls_required
    assert [event.message for event in play.aws_events("strict")] == [
        "Updated parameter rds.force_ssl to 1 with apply method immediate."
    ]
    play.wait("15m")
    assert health(play) == "failing"
    assert len(errors(play)) == 3, "one host of the app in each zone"
    assert all(
        text.startswith('FATAL: no pg_hba.conf entry for host "10.')
        and text.endswith('user "billing-app", database "billing", no encryption (SQLSTATE 28000)')
        for text in errors(play)
    )
    assert play.when("app", "billing-app", was="ok")[-1] > asked
    play.do("app:set-tls billing-app tls=require").wait("1m")
    assert health(play) == "ok"


def test_connections_that_are_open_stay_until_the_pool_renews_them() -> None:
    play = Play(having(ALONE, "off", lifetime="20m")).until("1m").do(NEW_GROUP + "mysql8.0").do(USE_GROUP).wait("5m")
    play.do("rds:reboot-db-instance billing").until("15m")
    play.do(ENFORCE_MYSQL).until("19m")
    enforced = play.now
    slices = [channel for channel in play.app("billing-app").channels if channel.live]
    left = [sum(bool(channel.held) for channel in slices)]
    while play.now < enforced + 21 * 60:
        play.wait("1m")
        left.append(sum(bool(channel.held) for channel in slices))
    assert left[0] > len(slices) * 3 // 5
    assert left == sorted(left, reverse=True), "slice by slice"
    assert left[-1] == 0
    assert len(set(left)) > 4
    play.do("rds:modify-db-parameter-group strict parameter=require_secure_transport value=OFF").wait("2m")
    assert health(play) == "ok"


def test_open_connections_are_not_renewed_for_nothing_when_the_parameter_is_taken_back() -> None:
    play = with_group(having(ALONE, "off"), "mysql8.0")
    off = "rds:modify-db-parameter-group strict parameter=require_secure_transport value=0"
    play.do(ENFORCE_MYSQL).wait("1m").do(off).wait("2h")
    assert [at for at in play.when("incident", "billing-app", now="began") if at > 1200] == []


@pytest.mark.parametrize(
    ("engine", "family", "told"),
    [
        ("mysql", "mysql8.0", "ERROR 3159 (HY000): Connections using insecure transport are prohibited"),
        ("mariadb", "mariadb11.4", "ERROR 1045 (28000): Access denied for user 'billing-app'@'10."),
    ],
)
def test_mysql_and_mariadb_have_a_parameter_too(engine: str, family: str, told: str) -> None:
    play = with_group(having(ALONE.replace('"mysql"', f'"{engine}"'), "off"), family)
    play.do(ENFORCE_MYSQL).wait("1m").do("app:recycle-pool billing-app").wait("1s")
    assert health(play) == "failing"
    assert errors(play)[0].startswith(told)
    trace = plain(tab_view(play.cloud, "billing-app", "Tracer", 200))
    assert told[:20] in trace


def test_postgresql_15_wants_tls_from_the_start_and_14_does_not() -> None:
    new, old = (Play(having(fleet, "off")).until("1m") for fleet in (POSTGRES, OLD_POSTGRES))
    assert (health(new), health(old)) == ("failing", "ok")
    up = "rds:modify-db-instance billing version=16.4 allow-major=true apply-immediately=true"
    old.do(up).wait("3h")
    assert old.cloud.rds["billing"].settings.parameter_group == "default.postgres16"
    assert health(old) == "failing", "a major upgrade brings the new default"
    assert "no encryption" in errors(old)[0]


def test_aurora_postgresql_wants_it_from_17_on() -> None:
    fleet = having(AURORA, "off").replace('"aurora-mysql"', '"aurora-postgresql"\nengine_version = "17.4"')
    assert health(Play(fleet).until("1m")) == "failing"
    assert health(Play(fleet.replace("17.4", "16.4")).until("1m")) == "ok"


def test_sql_server_makes_every_connection_a_tls_one_after_a_reboot_and_refuses_nobody() -> None:
    play = with_group(having(SQLSERVER, "off"), "sqlserver-ee-16.0")
    play.do(ENFORCE).wait("5m")
    db = play.cloud.rds["billing"]
    assert (db.settings.parameter_status, db.settings.tls_required) == ("pending-reboot", False)
    assert "no, in plain text" in connections(play)
    play.do("rds:reboot-db-instance billing").wait("10m")
    assert (db.settings.parameter_status, db.settings.tls_required) == ("in-sync", True)
    assert health(play) == "ok"
    assert "yes, the server sees to it" in connections(play)


def test_a_group_that_is_given_to_an_instance_waits_for_its_reboot() -> None:
    play = Play(having(OLD_POSTGRES, "off")).until("1m").do(NEW_GROUP + "postgres14").do(ENFORCE).wait("2m")
    play.do(USE_GROUP).wait("5m").do("app:recycle-pool billing-app").wait("1m")
    assert health(play) == "ok"
    play.do("rds:reboot-db-instance billing").wait("10m")
    assert health(play) == "failing"


# -- users --------------------------------------------------------------------------------------------------------


@pytest.mark.fact("RDS-ENC-20", "RDS-ENC-23")
@pytest.mark.parametrize(
    ("fleet", "database"), [(ALONE, "billing"), (ALONE.replace("mysql", "mariadb"), "billing"), (AURORA, "orders")]
)
def test_a_user_may_have_to_use_tls_where_others_do_not(fleet: str, database: str) -> None:
    start = fleet.index("[apps.billing-app]")
    other = fleet[start:].replace("[apps.billing-app]", '[apps.other]\ntls = "off"')
    play = Play(having(fleet, "off") + other).until("1m")
    play.do(GRANT.replace(" billing ", f" {database} ")).wait("1m")
    assert health(play) == "ok", "open connections stay"
    play.do("app:recycle-pool billing-app").do("app:recycle-pool other").wait("1m")
    assert health(play) == "failing"
    assert errors(play)[0].startswith("ERROR 1045 (28000): Access denied for user 'billing-app'@'10.")
    assert play.app("other").health.value == "ok"
    play.do("app:set-tls billing-app tls=verify").wait("1m")
    assert health(play) == "ok"


def test_a_grant_is_in_replicas_and_in_what_is_restored_from_after_it_only() -> None:
    play = Play(having(REPLICAS, "off")).until("1m").do("rds:create-db-snapshot billing id=before")
    play.until_row("status", "before", within="2h", now="available")
    play.do(GRANT).wait("1s").do("rds:create-db-snapshot billing id=after")
    play.until_row("status", "after", within="2h", now="available")
    for name in ("before", "after"):
        play.do(f"rds:restore-db-instance-from-db-snapshot {name} id=from-{name}")
    play.wait("3h").do("app:recycle-pool billing-app").wait("1m")
    assert health(play) == "failing"
    assert play.app("billing-app").books.rates_at(play.cloud.now_us).reads_ok == 0, "reads go to a replica"
    seen = {}
    for name in ("before", "after"):
        play.do(f"app:set-endpoint billing-app endpoint=from-{name} use=both").wait("1m")
        seen[name] = health(play)
    assert seen == {"before": "ok", "after": "failing"}


# -- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fleet", "line", "code", "says"),
    [
        (POSTGRES, GRANT, "InvalidParameterValue", "set rds.force_ssl in its parameter group"),
        (ORACLE, GRANT, "InvalidParameterValue", "Enterprise Edition has no REQUIRE SSL"),
        (ALONE, "sql:require-ssl billing user=nobody", "InvalidParameterValue", "there are: billing-app"),
        (ALONE, GRANT + " require=NONE", "InvalidParameterValue", "has REQUIRE NONE in billing already"),
        (REPLICAS, "sql:require-ssl billing-ro user=billing-app", "InvalidDBInstanceState", "read replica of billing"),
        (ALONE, "app:set-tls billing-app tls=verify", "InvalidParameterCombination", "connects so already"),
        (
            ALONE,
            "rds:modify-db-parameter-group default.mysql8.0 parameter=require_secure_transport value=ON",
            "InvalidDBParameterGroupState",
            "is a default parameter group and cannot be modified",
        ),
        (ALONE, NEW_GROUP + "mysql9.9", "InvalidParameterValue", "mysql9.9 is not a valid parameter group family"),
        (
            ALONE,
            "rds:create-db-parameter-group us-east-1 name=9 family=mysql8.0",
            "InvalidParameterValue",
            "first a letter",
        ),
        (ALONE, USE_GROUP, "DBParameterGroupNotFound", "DBParameterGroup not found: strict"),
    ],
)
def test_what_is_refused(fleet: str, line: str, code: str, says: str) -> None:
    refused = Play(fleet).until("1m").refusal(line)
    assert (refused.code, says in refused.sentence) == (code, True), refused.sentence


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        (NEW_GROUP + "mysql8.0", "DBParameterGroupAlreadyExists", "strict already exists"),
        (ENFORCE, "InvalidParameterValue", "Could not find parameter with name: rds.force_ssl"),
        (ENFORCE_MYSQL.replace("ON", "maybe"), "InvalidParameterValue", "not 'maybe'"),
        (USE_GROUP, "InvalidParameterCombination", "family mysql8.4, and billing needs one of mysql8.0"),
    ],
)
def test_what_is_refused_of_a_group_that_exists(line: str, code: str, says: str) -> None:
    refused = Play(ALONE).until("1m").do(NEW_GROUP + "mysql8.4").refusal(line)
    assert (refused.code, says in refused.sentence) == (code, True), refused.sentence


def test_a_group_is_of_one_region() -> None:
    play = Play(REPLICAS).until("1m").do(NEW_GROUP + "mysql8.0")
    refused = play.refusal("rds:modify-db-instance billing-dr parameter-group=strict")
    assert (refused.code, "in eu-west-1" in refused.sentence) == ("DBParameterGroupNotFound", True)


# -- TDE ----------------------------------------------------------------------------------------------------------

TDE = "rds:modify-db-instance billing option=TDE apply-immediately=true"


@pytest.mark.fact("RDS-ENC-13", "RDS-ENC-15", "RDS-ENC-16")
def test_oracle_and_sql_server_have_tde_and_oracle_alone_a_cloudhsm() -> None:
    engines = [row.name for row in catalog.engines().values() if row.family == "rds"]
    offered: dict[str, list[str]] = {}
    for option in ("TDE", "TDE_HSM"):
        offered[option] = []
        for engine in engines:
            play = Play(ALONE.replace('"mysql"', f'"{engine}"').replace("db.m6g", "db.m5")).until("1m")
            line = f"rds:modify-db-instance billing option={option}"
            if option in catalog.engine(engine).options:
                offered[option].append(engine)
                play.do(line)
                assert play.cloud.rds["billing"].pending == {"option-group": option}
            else:
                assert play.refusal(line).code == "InvalidParameterCombination"
    assert offered == {"TDE": ["oracle-ee", "sqlserver-ee", "sqlserver-se"], "TDE_HSM": ["oracle-ee"]}
    for engine in ("aurora-mysql", "aurora-postgresql"):
        play = Play(AURORA.replace("aurora-mysql", engine)).until("1m")
        refused = play.refusal("rds:modify-db-instance orders-1 option=TDE")
        assert refused.code == "InvalidParameterCombination"
        assert "has no option TDE" in refused.sentence


def test_sql_servers_standard_edition_has_tde_from_2019_on() -> None:
    fleet = SQLSERVER.replace('"sqlserver-ee"', '"sqlserver-se"\nengine_version = "14.00.3485.1.v1"')
    assert "from version 15" in Play(fleet).until("1m").refusal(TDE).sentence


def test_tde_shows_and_interrupts_nobody_and_stays() -> None:
    play = Play(ORACLE).until("1m")

    def membership() -> object:
        instances = describe(play.cloud, "billing")["DBInstances"]
        assert isinstance(instances, list)
        assert isinstance(instances[0], dict)
        return instances[0]["OptionGroupMemberships"]

    assert membership() == [{"OptionGroupName": "default:oracle-ee-19", "Status": "in-sync"}]
    play.do(TDE.replace(" apply-immediately=true", "")).wait("1m")
    assert membership() == [{"OptionGroupName": "billing-tde", "Status": "pending-maintenance-apply"}]
    play.do("rds:modify-db-instance billing monitoring=60 apply-immediately=true").wait("10m")
    assert membership() == [{"OptionGroupName": "billing-tde", "Status": "in-sync"}]
    assert "TDE" in plain(tab_view(play.cloud, "billing", "Config", 100))
    assert play.app("billing-app").incidents == []
    assert "permanent option" in play.refusal(TDE.replace("TDE", "TDE_HSM")).sentence
    play.do("rds:create-db-snapshot billing id=one").until_row("status", "one", within="2h", now="available")
    play.do("rds:restore-db-instance-from-db-snapshot one id=copy").wait("1s")
    assert play.cloud.rds["copy"].settings.option == "TDE"


# -- what nobody should notice ------------------------------------------------------------------------------------


@pytest.mark.parametrize("fleet", ["global_aurora", "aurora_mysql", "rds_multi_az", "three_tier"])
def test_the_apps_of_the_shipped_fleets_comply(fleet: str) -> None:
    assert "tls" not in load_fleet(fleet).text
    play = Play(fleet).until("5m")
    assert {app.health.value for app in play.cloud.apps.values()} == {"ok"}


def test_describe_tells_the_certificate_authority_and_the_groups() -> None:
    play = Play("global_aurora").until("1m")
    for id in ("ledger", "orders-1"):
        instances = describe(play.cloud, id)["DBInstances"]
        assert isinstance(instances, list)
        assert isinstance(instances[0], dict)
        assert instances[0]["CACertificateIdentifier"] == "rds-ca-rsa2048-g1"
    assert play.cloud.rds["ledger"].settings.tls_required, "PostgreSQL 16"
