"""Encryption at rest in a fleet file: customer managed KMS keys, and the choice of one."""

from __future__ import annotations

from typing import ClassVar, Final

from pydantic import Field

from .values import Instead, Table

_NAMED: Final = ("a key is named by its table, [kms.ID]", "leave it out")
INSTEAD: Final[Instead] = {
    "storage_encrypted": ("the key is called encrypted here", "write encrypted = true"),
    "kms_key_id": ("the key is called kms_key here", "write kms_key, with the id of a [kms.…] table"),
}
"""For the tables of whatever may be encrypted."""


class KeyTable(Table):
    """A customer managed KMS key. The AWS managed ones are in every Region and need no table."""

    instead: ClassVar[Instead] = {
        "id": _NAMED,
        "alias": _NAMED,
        "zone": ("a KMS key serves all zones of its Region", "leave it out"),
        "regions": ("a KMS key belongs to one Region", 'write region = "us-east-1", and a table for each other Region'),
    }

    region: str = Field(description="The Region whose databases it can encrypt, one of [regions].")


class Encryptable(Table):
    """The choice of encryption at rest: of a volume, and with it of its logs, backups and snapshots."""

    encrypted: bool | None = Field(
        None,
        description="Whether it is encrypted at rest, from its creation to its end; true alone means with the AWS "
        "managed key. Default: false; of a read replica and of a secondary: as its source.",
    )
    kms_key: str | None = Field(
        None,
        description="The KMS key to encrypt it with: the id of a [kms.…] table of its Region. Implies encrypted. "
        "Default, if encrypted: the AWS managed key; of a read replica in its source's Region: its source's.",
    )
