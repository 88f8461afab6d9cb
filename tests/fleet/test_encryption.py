"""Encryption at rest: what sound tables become, and every rule of AWS about keys broken once."""

import random
from collections.abc import Mapping

import pytest

from opsconsole.fleet import AWS_MANAGED_KEY, Fleet, KeySpec, json_schema, parse_fleet
from tests.fleet.mistakes import FILE, SOUND, Mistake, after, assert_alone, mistake, problems_of, table
from tests.fleet.test_rds_mistakes import PLACES, SOUND_CLUSTER, SOUND_RDS

KEYS = '[kms.near-key]\nregion = "us-east-1"\n[kms.far-key]\nregion = "eu-west-1"\n'
SOUND_AURORA = {
    "engine": '"aurora-mysql"',
    "region": '"us-east-1"',
    "instances": '[{ id = "orders-1", zone = "a", class = "db.r6g.large" }]',
}
DATABASES: Mapping[str, dict[str, str]] = {
    "rds.ledger": SOUND_RDS,
    "multi_az_cluster.payments": SOUND_CLUSTER,
    "aurora.orders": SOUND_AURORA,
}
AWS_MANAGED = {"encrypted": "true"}
CUSTOMER_MANAGED = {"kms_key": '"near-key"'}
AURORA_PRIMARY, AURORA_SECONDARY = "[aurora.orders]", "[aurora.orders-eu]"


def database(heading: str, changes: dict[str, str]) -> str:
    """A fleet of two keys and one database with some keys of its table changed."""
    return PLACES + KEYS + table(heading, DATABASES[heading], changes)


def key_of(heading: str, changes: dict[str, str]) -> str | None:
    """The key that this database is encrypted with."""
    fleet = parse_fleet(database(heading, changes), FILE)
    (spec,) = [*fleet.rds.values(), *fleet.multi_az_clusters.values(), *fleet.aurora.values()]
    return spec.kms_key


def replicas(source: dict[str, str], *rows: str) -> str:
    """A fleet of an instance and its replicas, `r1` and so on, each with a zone and these keys."""
    listed = ", ".join(f'{{ id = "r{number}", zone = "b", {row} }}' for number, row in enumerate(rows, 1))
    return database("rds.ledger", {**source, "replicas": f"[{listed}]"})


def keys_of_replicas(source: dict[str, str], *rows: str) -> list[str | None]:
    """The keys of those replicas."""
    fleet = parse_fleet(replicas(source, *rows), FILE)
    return [fleet.rds[f"r{number}"].kms_key for number in range(1, len(rows) + 1)]


def secondary(primary: str, keys: str = "") -> str:
    """The sound global database with a line added to each of its clusters."""
    text = SOUND.replace(AURORA_PRIMARY, f"{AURORA_PRIMARY}\n{primary}")
    return text.replace(AURORA_SECONDARY, f"{AURORA_SECONDARY}\n{keys}") + KEYS


def key_of_secondary(primary: str, keys: str = "") -> str | None:
    """The key of its secondary."""
    return parse_fleet(secondary(primary, keys), FILE).aurora["orders-eu"].kms_key


def test_a_key_has_an_id_and_a_region() -> None:
    keys = parse_fleet(database("rds.ledger", {}), FILE).keys
    assert dict(keys) == {"far-key": KeySpec("far-key", "eu-west-1"), "near-key": KeySpec("near-key", "us-east-1")}
    assert list(keys) == sorted(keys)


def test_the_region_of_a_key_need_not_be_listed() -> None:
    fleet = parse_fleet(KEYS + table("rds.ledger", SOUND_RDS, {}), FILE)
    assert list(fleet.regions) == ["eu-west-1", "us-east-1"]


@pytest.mark.fact("RDS-ENC-04")
@pytest.mark.parametrize("heading", DATABASES)
def test_a_database_is_encrypted_with_a_customers_key_with_awss_or_not_at_all(heading: str) -> None:
    assert key_of(heading, CUSTOMER_MANAGED) == "near-key"
    assert key_of(heading, CUSTOMER_MANAGED | AWS_MANAGED) == "near-key"
    assert key_of(heading, AWS_MANAGED) == AWS_MANAGED_KEY == "aws/rds"
    assert key_of(heading, {"encrypted": "false"}) is None
    assert key_of(heading, {}) is None


@pytest.mark.parametrize(
    ("source", "key"), [({}, None), (AWS_MANAGED, AWS_MANAGED_KEY), (CUSTOMER_MANAGED, "near-key")]
)
def test_a_replica_in_its_sources_region_has_its_sources_key(source: dict[str, str], key: str | None) -> None:
    rows = ['backup_retention = "1d"', 'source = "r1"']
    assert keys_of_replicas(source, *rows) == [key, key]


def test_a_replica_may_say_what_it_has_from_its_source() -> None:
    assert keys_of_replicas(CUSTOMER_MANAGED, "encrypted = true", 'kms_key = "near-key"') == ["near-key", "near-key"]
    assert keys_of_replicas({}, "encrypted = false") == [None]


def test_a_replica_in_another_region_has_a_key_of_that_region_or_awss() -> None:
    far = 'region = "eu-west-1"'
    for source in (AWS_MANAGED, CUSTOMER_MANAGED):
        rows = [far, f"{far}, encrypted = true", f'{far}, kms_key = "far-key"']
        assert keys_of_replicas(source, *rows) == [AWS_MANAGED_KEY, AWS_MANAGED_KEY, "far-key"]
    assert keys_of_replicas({}, far) == [None]


def test_a_replicas_replica_has_the_key_of_the_replica_that_it_follows() -> None:
    first = 'region = "eu-west-1", kms_key = "far-key", backup_retention = "1d"'
    rows = [first, 'source = "r1", region = "eu-west-1"', 'source = "r1", region = "us-east-1"']
    assert keys_of_replicas(CUSTOMER_MANAGED, *rows) == ["far-key", "far-key", AWS_MANAGED_KEY]


@pytest.mark.fact("RDS-ENC-09")
@pytest.mark.parametrize("place", ["", 'region = "eu-west-1", '])
@pytest.mark.parametrize("choice", ["encrypted = true", 'kms_key = "near-key"', 'kms_key = "far-key"'])
def test_a_replica_of_an_unencrypted_source_is_not_encrypted_whatever_its_key_or_place(place: str, choice: str) -> None:
    (problem,) = problems_of(replicas({}, place + choice))
    assert problem.wrong == "a read replica cannot be encrypted if its source is not, and ledger is not"


def test_a_secondary_is_encrypted_if_its_primary_is_with_a_key_of_its_own_region() -> None:
    assert key_of_secondary("") is None
    for primary in ("encrypted = true", 'kms_key = "near-key"'):
        assert key_of_secondary(primary) == AWS_MANAGED_KEY
        assert key_of_secondary(primary, "encrypted = true") == AWS_MANAGED_KEY
        assert key_of_secondary(primary, 'kms_key = "far-key"') == "far-key"


def test_the_order_of_keys_databases_and_replicas_does_not_matter() -> None:
    text = secondary("encrypted = true", 'kms_key = "far-key"')
    head, *tables = text.split("\n[")
    rows = ['{ id = "r1", zone = "a", region = "eu-west-1", kms_key = "far-key" }', '{ id = "r2", zone = "b" }']

    def fleet() -> Fleet:
        ledger = table("rds.ledger", SOUND_RDS, CUSTOMER_MANAGED | {"replicas": f"[{', '.join(rows)}]"})
        return parse_fleet("\n[".join([head, ledger.removeprefix("["), *tables]), FILE)

    expected = fleet()
    shuffler = random.Random(7)
    for _ in range(10):
        shuffler.shuffle(tables)
        shuffler.shuffle(rows)
        assert fleet() == expected


def test_the_schema_has_keys_and_the_choice_of_one() -> None:
    schema = json_schema()
    assert schema["properties"]["kms"]["propertyNames"]
    tables = schema["$defs"]
    assert set(tables["KeyTable"]["properties"]) == {"region"}
    assert "us-east-1" in tables["KeyTable"]["properties"]["region"]["enum"]
    for name in ("RdsTable", "ReplicaTable", "MultiAzClusterTable", "AuroraTable"):
        assert {"encrypted", "kms_key"} <= set(tables[name]["properties"])


def marked(heading: str, **changes: str) -> Mistake:
    """A database with some keys changed."""
    return mistake(database(heading, changes))


MISTAKES = {
    # --- keys ---
    "a key without a Region": (
        mistake(f"{SOUND}[kms.§near-key]\n"),
        "kms.near-key",
        "region is missing",
        'add region = "us-east-1"',
    ),
    "a key in a Region that the fleet does not have": (
        mistake(f'{SOUND}[kms.near-key]\nregion = §"eu-west-2"\n'),
        "kms.near-key.region",
        "Region eu-west-2 is not in [regions]",
        "add eu-west-2 = {} there, or name one that is",
    ),
    "a wrong key is reported once, however many are encrypted with it": (
        mistake(
            f'[kms.near-key]\nregion = §"us-east-11"\n{PLACES}'
            + "".join(table(name, sound, CUSTOMER_MANAGED) for name, sound in DATABASES.items())
        ),
        "kms.near-key.region",
        '"us-east-11" is not an AWS Region known here',
        'did you mean "us-east-1"?',
    ),
    "a key called like a database": (
        mistake(PLACES + table("rds.ledger", SOUND_RDS, {}) + '[kms.§ledger]\nregion = "us-east-1"\n'),
        "kms.ledger",
        'the id "ledger" is taken by the RDS DB instance at rds.ledger',
        "ids are one namespace over the whole file: choose another",
    ),
    "a database called like a key": (
        mistake(KEYS + table("rds.§near-key", SOUND_RDS, {})),
        "rds.near-key",
        'the id "near-key" is taken by the KMS key at kms.near-key',
        "ids are one namespace over the whole file: choose another",
    ),
    "a key with an alias": (
        mistake(f'{SOUND}[kms.near-key]\nregion = "us-east-1"\n§alias = "alias/near"\n'),
        "kms.near-key.alias",
        "a key is named by its table, [kms.ID]",
        "leave it out",
    ),
    "a key of many Regions": (
        mistake(f'{SOUND}[kms.near-key]\nregion = "us-east-1"\n§regions = ["eu-west-1"]\n'),
        "kms.near-key.regions",
        "a KMS key belongs to one Region",
        'write region = "us-east-1", and a table for each other Region',
    ),
    "an app that writes to a key": (
        mistake(SOUND.replace('writes_to = "orders"', 'writes_to = §"near-key"') + KEYS),
        "apps.checkout.writes_to",
        '"near-key" is a KMS key and has no endpoint of its own',
        'name a cluster: "orders" or "orders-eu"',
    ),
    # --- the choice ---
    **{
        f"{kind} with the key of another Region, {heading}": (
            marked(heading, kms_key='§"far-key"'),
            f"{heading}.kms_key",
            "keys are regional: far-key is in eu-west-1, and this in us-east-1",
            'write "near-key"',
        )
        for kind, heading in zip(("an instance", "a Multi-AZ DB cluster", "an Aurora cluster"), DATABASES, strict=True)
    },
    "the key of another Region, with none in this one": (
        mistake(
            f'[kms.far-key]\nregion = "eu-west-1"\n{PLACES}' + table("rds.x", SOUND_RDS, {"kms_key": '§"far-key"'})
        ),
        "rds.x.kms_key",
        "keys are regional: far-key is in eu-west-1, and this in us-east-1",
        'name a [kms.…] table with region = "us-east-1"',
    ),
    "a key with a slip": (
        marked("rds.ledger", kms_key='§"neer-key"'),
        "rds.ledger.kms_key",
        'there is no KMS key "neer-key"',
        'did you mean "near-key"?',
    ),
    "a key where there is none": (
        mistake(PLACES + table("rds.ledger", SOUND_RDS, {"kms_key": '§"ledger-key"'})),
        "rds.ledger.kms_key",
        'there is no KMS key "ledger-key"',
        "name a [kms.…] table, or write encrypted = true instead",
    ),
    **{
        f"the AWS managed key by name, {name}": (
            marked("aurora.orders", **{"§kms_key": f'"{name}"'}),
            "aurora.orders.kms_key",
            f'"{name}" is the AWS managed key, which needs no name',
            "write encrypted = true instead",
        )
        for name in ("aws/rds", "alias/aws/rds")
    },
    "a key for what is not to be encrypted": (
        marked("multi_az_cluster.payments", encrypted="§false", kms_key='"near-key"'),
        "multi_az_cluster.payments.encrypted",
        'it is not to be encrypted, and "near-key" is the key to encrypt it with',
        "write true, or leave kms_key out",
    ),
    "AWS's name of encrypted": (
        marked("rds.ledger", **{"§storage_encrypted": "true"}),
        "rds.ledger.storage_encrypted",
        "the key is called encrypted here",
        "write encrypted = true",
    ),
    "AWS's name of kms_key": (
        marked("aurora.orders", **{"§kms_key_id": '"near-key"'}),
        "aurora.orders.kms_key_id",
        "the key is called kms_key here",
        "write kms_key, with the id of a [kms.…] table",
    ),
    "an encrypted instance of an Aurora cluster": (
        mistake(SOUND.replace('"orders-1", ', '"orders-1", §encrypted = true, ')),
        "aurora.orders.instances[0].encrypted",
        "what is encrypted is the volume that all instances of a cluster share",
        "give the cluster encrypted = true instead",
    ),
    # --- read replicas ---
    "an encrypted replica of an unencrypted instance": (
        mistake(replicas({}, "encrypted = §true")),
        "rds.ledger.replicas[0].encrypted",
        "a read replica cannot be encrypted if its source is not, and ledger is not",
        "leave encryption out, or give ledger encrypted = true",
    ),
    "a replica with a key of an unencrypted replica": (
        mistake(replicas({}, 'backup_retention = "1d"', 'source = "r1", encrypted = true, kms_key = §"near-key"')),
        "rds.ledger.replicas[1].kms_key",
        "a read replica cannot be encrypted if its source is not, and r1 is not",
        "leave encryption out, or give r1 encrypted = true",
    ),
    "an unencrypted replica of an encrypted instance": (
        mistake(replicas(AWS_MANAGED, "encrypted = §false")),
        "rds.ledger.replicas[0].encrypted",
        "a read replica is encrypted if its source is, and ledger is",
        "leave it out",
    ),
    "a replica next door with another key": (
        mistake('[kms.other]\nregion = "us-east-1"\n' + replicas(CUSTOMER_MANAGED, 'kms_key = §"other"')),
        "rds.ledger.replicas[0].kms_key",
        "a read replica in its source's Region has its source's key, and ledger has near-key",
        "leave it out",
    ),
    "a replica next door with a key and AWS's at its source": (
        mistake(replicas(AWS_MANAGED, 'kms_key = §"near-key"')),
        "rds.ledger.replicas[0].kms_key",
        "a read replica in its source's Region has its source's key, and ledger has aws/rds",
        "leave it out",
    ),
    "a replica far away with its source's key": (
        mistake(replicas(CUSTOMER_MANAGED, 'region = "eu-west-1", kms_key = §"near-key"')),
        "rds.ledger.replicas[0].kms_key",
        "keys are regional: near-key is in us-east-1, and this in eu-west-1",
        'write "far-key"',
    ),
    "a wrong key of an instance says nothing about its replicas": (
        mistake(replicas({"kms_key": '§"neer-key"'}, 'kms_key = "near-key"', "encrypted = false")),
        "rds.ledger.kms_key",
        'there is no KMS key "neer-key"',
        'did you mean "near-key"?',
    ),
    "what is no choice of an instance says nothing about its replicas": (
        mistake(replicas({"encrypted": '§"yes"'}, "encrypted = true", "encrypted = false")),
        "rds.ledger.encrypted",
        '"yes" is not true or false',
        "write true or false, without quotes",
    ),
    # --- secondaries of a global database ---
    "an encrypted secondary of an unencrypted primary": (
        mistake(secondary("", "encrypted = §true")),
        "aurora.orders-eu.encrypted",
        "a secondary cannot be encrypted if its source is not, and orders is not",
        "leave encryption out, or give orders encrypted = true",
    ),
    "a secondary with a key of an unencrypted primary": (
        mistake(secondary("encrypted = false", 'kms_key = §"far-key"')),
        "aurora.orders-eu.kms_key",
        "a secondary cannot be encrypted if its source is not, and orders is not",
        "leave encryption out, or give orders encrypted = true",
    ),
    "an unencrypted secondary of an encrypted primary": (
        mistake(secondary('kms_key = "near-key"', "encrypted = §false")),
        "aurora.orders-eu.encrypted",
        "a secondary is encrypted if its source is, and orders is",
        "leave it out",
    ),
    "a secondary with its primary's key": (
        mistake(secondary('kms_key = "near-key"', 'kms_key = §"near-key"')),
        "aurora.orders-eu.kms_key",
        "keys are regional: near-key is in us-east-1, and this in eu-west-1",
        'write "far-key"',
    ),
    "what is no choice of a primary says nothing about its secondary": (
        after(
            AURORA_PRIMARY,
            'encrypted = §"yes"',
            SOUND.replace(AURORA_SECONDARY, f"{AURORA_SECONDARY}\nencrypted = true"),
        ),
        "aurora.orders.encrypted",
        '"yes" is not true or false',
        "write true or false, without quotes",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_with_keys_is_reported_alone_at_its_place_with_both_halves(name: str) -> None:
    assert_alone(*MISTAKES[name])
