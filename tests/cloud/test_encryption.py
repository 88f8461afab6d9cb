"""Encryption at rest: what has which key, how a plain database becomes an encrypted one, and a key that is disabled."""

import pytest

from opsconsole.cloud.keys import RECOVERABLE, TERMINAL
from opsconsole.commands import BadCommand, parse
from tests.cloud.play import Play
from tests.cloud.rds_fleets import PAIR, REPLICAS

KEYED = PAIR.replace(
    "[rds.billing]",
    '[kms.main]\nregion = "us-east-1"\n[kms.other]\nregion = "us-east-1"\n[rds.billing]\nkms_key = "main"',
)
KEYED_REPLICAS = REPLICAS.replace(
    "[rds.billing]",
    '[kms.main]\nregion = "us-east-1"\n[kms.far]\nregion = "eu-west-1"\n[rds.billing]\nkms_key = "main"',
)


@pytest.mark.fact("RDS-ENC-06", "RDS-ENC-01")
def test_snapshots_and_replicas_have_the_key_of_their_source() -> None:
    play = Play(KEYED_REPLICAS).until("1m")
    assert play.cloud.rds["billing-ro"].spec.kms_key == "main"
    assert play.cloud.rds["billing-dr"].spec.kms_key == "aws/rds"
    play.do("rds:create-db-snapshot billing id=one").until_row("status", "one", within="2h", now="available")
    assert play.cloud.snapshots["one"].kms_key == "main"
    assert all(one.kms_key == "main" for one in play.cloud.snapshots.of("billing"))
    play.do("rds:create-db-instance-read-replica billing id=more zone=b").wait("1s")
    assert play.cloud.rds["more"].spec.kms_key == "main"


@pytest.mark.fact("RDS-ENC-09")
def test_a_plain_source_has_no_encrypted_replica_and_an_encrypted_one_only_with_its_own_key() -> None:
    plain, keyed = Play(PAIR), Play(KEYED)
    replica = "rds:create-db-instance-read-replica billing id=more"
    assert plain.refusal(f"{replica} kms-key=aws/rds").code == "InvalidParameterCombination"
    assert keyed.refusal(f"{replica} kms-key=other").code == "InvalidParameterCombination"


@pytest.mark.fact("RDS-ENC-10", "RDS-ENC-11", "RDS-ENC-12")
def test_a_plain_database_becomes_an_encrypted_one_by_a_copy_of_a_snapshot_and_a_restore() -> None:
    fleet = KEYED.replace('kms_key = "main"\n', "")
    play = Play(fleet).until("1m").do("rds:create-db-snapshot billing id=plain")
    play.until_row("status", "plain", within="2h", now="available")
    assert play.cloud.snapshots["plain"].kms_key is None
    play.do("rds:copy-db-snapshot plain id=locked kms-key=main").until_row(
        "status", "locked", within="4h", now="available"
    )
    play.do("rds:restore-db-instance-from-db-snapshot locked id=billing-2")
    play.until_row("status", "billing-2", within="3h", now="available")
    assert play.cloud.rds["billing-2"].spec.kms_key == "main"
    assert play.cloud.rds["billing"].spec.kms_key is None
    play.do("app:set-endpoint billing-app endpoint=billing-2 use=both")
    play.do("rds:delete-db-instance billing skip-final-snapshot=true").wait("2h")
    assert play.app("billing-app").health.value == "ok"
    play.do("rds:create-db-snapshot billing-2 id=again").wait("1s")
    assert play.cloud.snapshots["again"].kms_key == "main", "it cannot be taken off again"


def test_a_copy_to_another_region_needs_a_key_of_that_region() -> None:
    play = Play(KEYED_REPLICAS).until("1m").do("rds:create-db-snapshot billing id=one")
    play.until_row("status", "one", within="2h", now="available")
    copy = "rds:copy-db-snapshot one id=two region=eu-west-1"
    assert "name a key of eu-west-1" in play.refusal(copy).sentence
    assert play.refusal(f"{copy} kms-key=main").code == "KMSKeyNotAccessibleFault"
    assert play.refusal(f"{copy} kms-key=none").code == "KMSKeyNotAccessibleFault"
    play.do(f"{copy} kms-key=far")


def test_kms_takes_a_call_for_a_key_that_is_so_already_and_nothing_happens() -> None:
    play = Play(KEYED).until("1m").do("kms:enable-key main").wait("10m")
    assert play.truth("key", "main") == []
    play.do("kms:disable-key main").do("kms:disable-key main").wait("10m")
    assert [row["now"] for row in play.truth("key", "main")] == ["Disabled"]
    assert play.ids("billing") == ["0418", "0419"]


def test_a_disabled_key_makes_what_it_encrypts_inaccessible_until_it_is_enabled_and_started() -> None:
    play = Play(KEYED).until("10m").do("kms:disable-key main").wait("10m")
    assert play.cloud.rds["billing"].status.value == RECOVERABLE
    assert play.ids("billing") == ["0418", "0419"]
    assert play.app("billing-app").health.value == "failing"
    newest = play.cloud.snapshots.of("billing")[-1].name
    for line in (
        "rds:start-db-instance billing",
        f"rds:restore-db-instance-from-db-snapshot {newest} id=back",
        "rds:restore-db-instance-to-point-in-time billing id=back use-latest-restorable-time=true",
    ):
        assert play.refusal(line).code == "KMSKeyNotAccessibleFault"
    play.do("kms:enable-key main").wait("10m")
    assert play.ids("billing")[-1] == "0420"
    assert play.cloud.rds["billing"].status.value == RECOVERABLE, "nothing starts by itself"
    play.do("rds:start-db-instance billing").until_row("status", "billing", within="2h", now="available")
    play.wait("1m")
    assert play.app("billing-app").health.value == "ok"
    assert play.cloud.rds["billing"].content(play.cloud.now_us).acknowledged("billing-app") > 600 * 60 * 10**9


def test_after_seven_days_it_can_only_be_restored_from_a_backup() -> None:
    fleet = KEYED.replace('storage = "200 GiB"', 'storage = "200 GiB"\nbackup_retention = "30d"')
    play = Play(fleet).until("10m").do("sim:kms-key-disabled main").until("200h")
    assert play.cloud.rds["billing"].status.value == TERMINAL
    play.do("heal all").wait("10m")
    assert play.refusal("rds:start-db-instance billing").code == "InvalidDBInstanceState"
    play.do("rds:restore-db-instance-to-point-in-time billing id=back use-latest-restorable-time=true")
    play.until_row("status", "back", within="3h", now="available")


def test_a_key_that_is_back_before_anybody_noticed_has_harmed_nobody() -> None:
    play = Play(KEYED).until("10m").do("sim:kms-key-disabled main for=5s").wait("30m")
    assert play.ids("billing") == []
    assert play.cloud.rds["billing"].status.value == "available"


def test_an_aurora_cluster_is_locked_with_its_instances_and_started_as_a_whole() -> None:
    from opsconsole.fleet import load_fleet

    fleet = load_fleet("aurora_mysql").text.replace(
        "[aurora.orders]", '[kms.main]\nregion = "us-east-1"\n[aurora.orders]\nkms_key = "main"'
    )
    play = Play(fleet).until("10m").do("kms:disable-key main").wait("10m")
    assert {instance.status.value for instance in play.cloud.instances.values()} == {RECOVERABLE}
    assert play.refusal("rds:start-db-cluster orders").code == "KMSKeyNotAccessibleFault"
    play.do("kms:enable-key main").do("rds:start-db-cluster orders").until_row(
        "status", "orders", within="2h", now="available"
    )
    play.wait("2m")
    assert play.app("checkout").health.value == "ok"


def test_a_host_that_comes_back_does_not_open_what_is_locked() -> None:
    play = Play(KEYED).until("10m").do("kms:disable-key main").wait("10m").do("az:outage us-east-1a for=5m").wait("1h")
    assert play.cloud.rds["billing"].status.value == RECOVERABLE
    assert not play.cloud.rds["billing"].primary.running


@pytest.mark.fact("RDS-ENC-07", "RDS-ENC-08")
def test_encryption_is_chosen_at_creation_and_nothing_changes_it_afterwards() -> None:
    play = Play(KEYED).until("1m")
    for word in ("encrypted=false", "kms-key=other"):
        with pytest.raises(BadCommand, match="has no field"):
            parse(f"rds:modify-db-instance billing {word}")
    play.do("rds:create-db-instance us-east-1 id=fresh engine=mysql kms-key=other").wait("1s")
    assert play.cloud.rds["fresh"].spec.kms_key == "other"
    newest = play.cloud.snapshots.of("billing")[-1].name
    play.do(f"rds:copy-db-snapshot {newest} id=copy").wait("1s")
    assert play.cloud.snapshots["copy"].kms_key == "main", "a copy without a key stays encrypted"
