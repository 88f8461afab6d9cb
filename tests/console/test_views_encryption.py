"""The Config tab says how a database is encrypted, and whether its key can be used."""

from __future__ import annotations

import pytest

from tests.console.ledger import cloud_of, do, text_of

FLEET = """
name = "Keys"
[regions]
us-east-1 = {}
[kms.own]
region = "us-east-1"
[aurora.orders]
engine = "aurora-mysql"
region = "us-east-1"
kms_key = "own"
instances = [{ id = "orders-1", zone = "a", class = "db.r6g.large" }]
[rds.managed]
engine = "mysql"
region = "us-east-1"
zone = "a"
class = "db.m6g.large"
storage = "100 GiB"
encrypted = true
[rds.plain]
engine = "mysql"
region = "us-east-1"
zone = "a"
class = "db.m6g.large"
storage = "100 GiB"
"""


@pytest.mark.fact("RDS-ENC-02")
def test_the_config_tab_says_how_a_database_is_encrypted_and_whether_its_key_can_be_used() -> None:
    cloud = cloud_of(FLEET)

    def told(id: str) -> str:
        (line,) = [line for line in text_of(cloud, id, "Config").splitlines() if line.strip().startswith("encryption ")]
        return " ".join(line.split())

    assert told("orders").startswith("encryption own AES-256, enabled")
    assert told("managed").startswith("encryption aws/rds AES-256, managed by AWS")
    assert told("plain").startswith("encryption off")
    do(cloud, "kms:disable-key own")
    assert told("orders").startswith("encryption own disabled")
