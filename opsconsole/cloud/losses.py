"""Which acknowledged writes an app still has, and what became of the others, to the write.

acknowledged = present + lost + discarded + wrong and removed. A write is *discarded* if somebody gave it up: a rewind
or a restore went back although a copy had it. It is *lost* if no copy had it when the database had to go on. Wrong
writes that are gone are counted apart, however they went: nobody misses them.

An app that was sent to another database, or whose database was deleted, has none of what it wrote before: all of that
was given up, too, until it is back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.content import Content
from opsconsole.cloud.writelog import Branch
from opsconsole.simulation import Curve


class Account(NamedTuple):
    """Writes of one app, and what the database it writes to now has of them, in nano-writes.

    `wrong_present` are part of `present`; `unknown_present` are there although the app never learnt it.
    """

    acknowledged: int = 0
    present: int = 0
    lost: int = 0
    unknown_present: int = 0
    discarded: int = 0
    wrong_present: int = 0
    wrong_removed: int = 0


class Gap(NamedTuple):
    """Good writes of one app that one branch had and its database has not: those after `begins_us` up to `ends_us`."""

    branch: Branch
    begins_us: int
    ends_us: int
    writes: int
    discarded: bool


class Database(Protocol):
    """What holds an app's writes: a cluster's storage, or an RDS DB instance."""

    def content(self, at_us: int) -> Content:
        """Up to which write it has its history."""


def database_of(cloud: Cloud, app: str) -> Database | None:
    """Where an app's writes are sent to, by its endpoint's name; None if it writes nowhere, or that is gone."""
    record = cloud.apps[app].write_record
    if record is None:
        return None
    if record.kind == "rds":
        return cloud.rds.get(record.id)
    if record.kind == "global":
        return cloud.global_databases[record.id.partition(".")[0]].primary.storage
    if record.kind == "instance":
        return cloud.cluster_of(record.id).storage if record.id in cloud.instances else None
    cluster = cloud.clusters.get(record.id.partition(".")[0])
    return cluster.storage if cluster is not None else None


def account(cloud: Cloud, app: str, at_us: int | None = None) -> Account:
    """An app's writes, counted against what its database holds: now, or at a time before which nothing happens."""
    now = cloud.now_us if at_us is None else at_us
    content = _content(cloud, app, now)
    here = [] if content is None else content.branch.family
    branches = [*here, *_elsewhere(cloud, app, content)]
    acknowledged = sum(_at(branch.acknowledged, app, now) for branch in branches)
    wrong = sum(_at(branch.wrong, app, now) for branch in branches)
    gone = missing(cloud, app, now)
    lost, discarded = (sum(gap.writes for gap in gone if gap.discarded is given_up) for given_up in (False, True))
    if content is None:
        return Account(acknowledged, discarded=discarded, wrong_removed=wrong)
    present, wrong_present = content.acknowledged(app), content.wrong_acknowledged(app)
    return Account(acknowledged, present, lost, content.unknown(app), discarded, wrong_present, wrong - wrong_present)


def missing(cloud: Cloud, app: str, now_us: int) -> list[Gap]:
    """Good acknowledged writes of an app that the database it writes to now has not, the oldest first."""
    content = _content(cloud, app, now_us)
    found = [] if content is None else gaps(content, app, now_us)
    for branch in _elsewhere(cloud, app, content):
        writes = _good(branch, app, now_us)
        if writes:
            found.append(Gap(branch, branch.born_us, _last_write(branch, app, now_us), writes, True))
    return sorted(found, key=lambda gap: (gap.begins_us, gap.branch.id))


def _content(cloud: Cloud, app: str, now_us: int) -> Content | None:
    database = database_of(cloud, app)
    return None if database is None else database.content(now_us)


def _elsewhere(cloud: Cloud, app: str, content: Content | None) -> list[Branch]:
    """Where an app has written that is no part of the history of its database."""
    roots = cloud.traffic.histories.get(app, ())
    here = None if content is None else content.branch.family
    return [branch for root in roots if root.family is not here for branch in root.family]


def gaps(content: Content, app: str, now_us: int) -> list[Gap]:
    """Good acknowledged writes of `app` that some branch of the family had and `content` has not, oldest first."""
    given_up = _given_up(content)
    found: list[Gap] = []
    for branch in content.branch.family:
        here = content.until(branch)
        start = branch.born_us if here is None else here
        left = here is None and _was_left(branch, content)
        could_be_had = (end for one in given_up if (end := one.until(branch)) is not None)
        parted = max(could_be_had, default=now_us if left else start)
        for begins, ends, discarded in ((start, min(parted, now_us), True), (max(start, parted), now_us, False)):
            writes = _good(branch, app, ends) - _good(branch, app, begins) if ends > begins else 0
            if writes:
                found.append(Gap(branch, begins, _last_write(branch, app, ends), writes, discarded))
    return sorted(found, key=lambda gap: (gap.begins_us, gap.branch.id))


def _given_up(content: Content) -> list[Content]:
    """Contents that were given up on the way to this one, and on the way to those."""
    found: list[Content] = []
    seen: dict[str, None] = {}
    ahead = [content]
    while ahead:
        for branch, _ in ahead.pop().pieces():
            if branch.instead is not None and branch.id not in seen:
                seen[branch.id] = None
                found.append(branch.instead)
                ahead.append(branch.instead)
    return found


def _was_left(branch: Branch, content: Content) -> bool:
    """Whether a branch grew in a copy that the app has left again, and nobody took it away: a restored or cloned one,
    or a promoted one whose source went on, so that the app could come back to it.
    """
    while branch.parent is not None and content.until(branch.parent) is None:
        branch = branch.parent
    return branch.instead is not None or branch.parent is content.branch


def _good(branch: Branch, app: str, at_us: int) -> int:
    return _at(branch.acknowledged, app, at_us) - _at(branch.wrong, app, at_us)


def _at(book: Mapping[str, Curve], app: str, at_us: int) -> int:
    curve = book.get(app)
    return curve.at(at_us) if curve is not None else 0


def _last_write(branch: Branch, app: str, at_us: int) -> int:
    """When the last write that was acknowledged by a time had been made."""
    curve = branch.acknowledged[app]
    before = curve.when(curve.at(at_us) - 1, at_us)
    return at_us if before is None else min(at_us, before + 1)
