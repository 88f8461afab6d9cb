"""KMS keys as DescribeKey and ListKeys print them, and how a database or a backup says which one encrypts it."""

from __future__ import annotations

from opsconsole.cloud import aws_view
from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.keys import Key

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


def encryption(region: str, key: str | None, member: str = "StorageEncrypted") -> dict[str, Json]:
    """Whether something is encrypted, by the member that says so, and with which key."""
    return {member: False} if key is None else {member: True, "KmsKeyId": aws_view.key_arn(region, key)}


def described(cloud: Cloud, key: Key, truth: bool) -> dict[str, Json]:
    """DescribeKey of a customer managed key."""
    state = aws_view.status(cloud, key.region, key.state, truth)
    return {
        "KeyMetadata": {
            "AWSAccountId": aws_view.ACCOUNT,
            "KeyId": key.id,
            "Arn": aws_view.key_arn(key.region, key.id),
            "CreationDate": aws_view.written(cloud, aws_view.born_us(0)),
            "Enabled": state == "Enabled",
            "KeyState": state,
            "KeyManager": "CUSTOMER",
            "KeyUsage": "ENCRYPT_DECRYPT",
            "KeySpec": "SYMMETRIC_DEFAULT",
            "Origin": "AWS_KMS",
            "MultiRegion": False,
        }
    }


def listed(cloud: Cloud) -> dict[str, Json]:
    """ListKeys; nothing if the fleet has none."""
    keys: list[Json] = [
        {"KeyId": key.id, "KeyArn": aws_view.key_arn(key.region, key.id)} for key in cloud.keys.values()
    ]
    return {"Keys": keys} if keys else {}
