"""Encryption at rest: whether, and with which KMS key.

One key is for all of a database: its storage, logs, backups and snapshots. Keys are regional. A copy is encrypted if
its source is, and only then. Source: facts/aws.md §12.
"""

from __future__ import annotations

from .form_kms import Encryptable
from .reading import Scope
from .spec import AWS_MANAGED_KEY, RegionSpec
from .text import meant, one_of, quoted


def resolve_encryption(table: Encryptable, region: RegionSpec | None, scope: Scope) -> str | None:
    """The key that something is encrypted with by its own choice; None if it is not to be encrypted."""
    if table.kms_key is None:
        return AWS_MANAGED_KEY if table.encrypted else None
    if table.encrypted is False:
        wrong = f"it is not to be encrypted, and {quoted(table.kms_key)} is the key to encrypt it with"
        scope.add("encrypted", wrong=wrong, right="write true, or leave kms_key out")
    _check_key(table.kms_key, region, scope)
    return table.kms_key


def resolve_copy_encryption(
    table: Encryptable, whose: str, source: str, encrypted: bool, region: RegionSpec | None, scope: Scope
) -> str | None:
    """The key of a copy in another Region than its source, which is `encrypted` or not; None if it is not."""
    if not encrypted:
        if table.encrypted or table.kms_key is not None:
            wrong = f"{whose} cannot be encrypted if its source is not, and {source} is not"
            right = f"leave encryption out, or give {source} encrypted = true"
            scope.add("encrypted" if table.kms_key is None else "kms_key", wrong=wrong, right=right)
        return None
    if table.encrypted is False and table.kms_key is None:
        wrong = f"{whose} is encrypted if its source is, and {source} is"
        scope.add("encrypted", wrong=wrong, right="leave it out")
    return resolve_encryption(table, region, scope) or AWS_MANAGED_KEY


def encryption_in_doubt(scope: Scope) -> bool:
    """Whether something is wrong with a table's choice, so that nothing can be said about copies of it."""
    return scope.about("encrypted") or scope.about("kms_key")


def _check_key(name: str, region: RegionSpec | None, scope: Scope) -> None:
    """A key that may be named is one of [kms], in the Region of what it encrypts."""
    keys = scope.places.keys
    if name.removeprefix("alias/") == AWS_MANAGED_KEY:
        wrong = f"{quoted(name)} is the AWS managed key, which needs no name"
        scope.add_key("kms_key", wrong=wrong, right="write encrypted = true instead")
    elif name not in keys:
        right = meant(name, keys, "name a [kms.…] table, or write encrypted = true instead")
        scope.missing("kms_key", wrong=f"there is no KMS key {quoted(name)}", right=right)
    else:
        key = keys[name]
        if key is None or region is None or key.region == region.id:
            return
        near = [other.id for other in keys.values() if other is not None and other.region == region.id]
        right = f"write {one_of(near)}" if near else f'name a [kms.…] table with region = "{region.id}"'
        wrong = f"keys are regional: {name} is in {key.region}, and this in {region.id}"
        scope.add("kms_key", wrong=wrong, right=right)
