"""AWS's view: what an operator would have. Statuses a little late, events as they are delivered, minutes of metrics.

All of it is a function of the truth's history, so looking through it changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from opsconsole import catalog
from opsconsole.cloud.archive import DAY_US
from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.events import Row
from opsconsole.fleet import AWS_MANAGED_KEY
from opsconsole.simulation import Step, noise, noise_key

ACCOUNT = "000000000000"  # an account number that AWS never gives


def seen_at(cloud: Cloud) -> int:
    """The virtual time of what describe-* calls answer with now."""
    return max(0, cloud.now_us - round(catalog.assumption("describe-delay-s").value * 1_000_000))


def status(cloud: Cloud, thing: Step[str], truth: bool) -> str:
    """A status as it is, or as describe-* would say it now."""
    return thing.value if truth else thing.at(max(seen_at(cloud), thing.known_from_us))


def is_delivered(cloud: Cloud, row: Row) -> bool:
    """Whether an AWS event has reached the operator by now; each takes its own few seconds."""
    typical = catalog.assumption("event-delay-s").value
    t = row["t"]
    if not isinstance(t, int):
        return False
    luck = noise(noise_key(cloud.seed, str(row["source"]), str(row.get("id"))), t)
    return t + round(typical * (0.5 + luck) * 1_000_000) <= cloud.now_us


def events(cloud: Cloud, truth: bool) -> Iterator[Row]:
    """The latest rows of the log, newest first: all of them, or the AWS events that have been delivered."""
    for row in reversed(cloud.log.tail):
        if truth or (row["stream"] == "aws" and is_delivered(cloud, row)):
            yield row


def arn(region: str, kind: str, id: str) -> str:
    """The ARN of an RDS resource: `cluster`, `db`, `snapshot`, `cluster-snapshot`, `auto-backup`."""
    return f"arn:aws:rds:{region}:{ACCOUNT}:{kind}:{id}"


def key_arn(region: str, key: str) -> str:
    """The ARN of a customer's KMS key, or of the alias of the one that AWS manages."""
    what = f"alias/{key}" if key == AWS_MANAGED_KEY else f"key/{key}"
    return f"arn:aws:kms:{region}:{ACCOUNT}:{what}"


def born_us(created_us: int) -> int:
    """When AWS would say that something was created: whatever a fleet file lists is older than the run."""
    return created_us if created_us else -round(catalog.assumption("fleet-age-days").value) * DAY_US


def written(cloud: Cloud, at_us: int) -> str:
    """A virtual time as AWS's API writes it."""
    return moment(cloud, at_us).isoformat().replace("+00:00", "Z")


def moment(cloud: Cloud, at_us: int | None = None) -> datetime:
    """The date and time of day that a virtual time stands for, in UTC."""
    return cloud.fleet.start + timedelta(microseconds=cloud.now_us if at_us is None else at_us)
