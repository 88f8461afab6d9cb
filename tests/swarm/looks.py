"""Random looks at a running cloud: descriptions, names, metrics, events, previews, checks. None may change anything."""

from __future__ import annotations

from contextlib import suppress
from random import Random

from opsconsole.cloud import Cloud, Refused, alarms, aws_view, costs, describe, insights, losses, metrics, os_metrics
from opsconsole.cloud.dig import dig
from opsconsole.cloud.tracer import Kind, Tracer
from opsconsole.commands import BadCommand, TargetKind, UnknownTarget, choices, parse
from tests.swarm.scripts import Author


def look(cloud: Cloud, chance: Random, author: Author) -> None:
    """One or a few random looks."""
    for _ in range(chance.randint(1, 4)):
        chance.choice(
            (_describe, _dig, _metrics, _alarms, _insights, _events, _ask_what_if, _state, _trace, _costs, _recovery)
        )(cloud, chance, author)


def _describe(cloud: Cloud, chance: Random, author: Author) -> None:
    truth = chance.random() < 0.5
    describe.describe(cloud, None, truth)
    nodes = [node for group in cloud.caches.values() for node in group.nodes]
    stores = (*cloud.rds, *cloud.caches, *nodes)
    for id in (*cloud.clusters, *cloud.instances, *cloud.global_databases, *cloud.places.zones, *stores):
        describe.describe(cloud, id, truth)


def _dig(cloud: Cloud, chance: Random, author: Author) -> None:
    for name in list(cloud.names.records):
        dig(cloud, name, chance.choice([None, *cloud.apps]))


def _metrics(cloud: Cloud, chance: Random, author: Author) -> None:
    now = cloud.now_us
    ids = list(metrics.things(cloud))
    for id in ids:
        for name in metrics.names_for(cloud, id):
            metrics.value(cloud, id, name, chance.choice((now, max(0, now - 5_000_000))))
            metrics.latest_datapoint(cloud, id, name)
    if not ids:  # all is deleted
        return
    id = chance.choice(ids)
    for name in metrics.names_for(cloud, id):
        metrics.series(cloud, id, name, max(0, now - 600_000_000), now, 12)


def _alarms(cloud: Cloud, chance: Random, author: Author) -> None:
    ringing = alarms.in_alarm(cloud)
    every = alarms.alarms(cloud)
    for alarm in (*ringing, *chance.sample(every, min(5, len(every)))):
        alarms.reason(cloud, alarm)
        alarms.history(cloud, alarm, max(0, cloud.now_us - 900_000_000))


def _insights(cloud: Cloud, chance: Random, author: Author) -> None:
    at = max(0, cloud.now_us - chance.choice((0, 90_000_000)))
    for id in (*cloud.instances, *cloud.rds):
        insights.database_load(cloud, id, at)
        os_metrics.latest(cloud, id, at)


def _events(cloud: Cloud, chance: Random, author: Author) -> None:
    for number, _ in enumerate(aws_view.events(cloud, chance.random() < 0.5)):
        if number > 50:
            break


def _ask_what_if(cloud: Cloud, chance: Random, author: Author) -> None:
    """Check and preview commands without asking for them."""
    for _ in range(5):
        with suppress(BadCommand, UnknownTarget, Refused):
            command = parse(author.line())
            command.find(cloud)
            command.admit(cloud)
            command.preview(cloud)


def _state(cloud: Cloud, chance: Random, author: Author) -> None:
    """What a console draws from: candidates, lags, books, loads, capacities."""
    now = cloud.now_us
    for kind in TargetKind:
        choices(cloud, kind)
    for cluster in cloud.clusters.values():
        cluster.candidates()
        cluster.storage.position(now)
        for instance in cluster.instances.values():
            cluster.sees(instance)
            instance.lag_us(instance.world.now_us)
            cloud.traffic.load(instance.id)
            cloud.traffic.capacity(instance)
    for database in cloud.global_databases.values():
        for cluster in database.members():
            database.lag_us(cluster)
            database.synchronization_status(cluster)
    for app in cloud.apps.values():
        app.books.at(now)
        app.books.between(max(0, now - 60_000_000), now)


def _trace(cloud: Cloud, chance: Random, author: Author) -> None:
    """Follow a request of some app hop by hop."""
    for app in cloud.apps:
        kinds: list[Kind] = ["read"] if cloud.apps[app].reads_at_all else []
        kinds += ["write"] if cloud.apps[app].write_record is not None else []
        for number in range(chance.randint(1, 3)):
            Tracer(cloud, app).follow(chance.choice(kinds), number)


def _costs(cloud: Cloud, chance: Random, author: Author) -> None:
    for id in (*costs.things(cloud), *cloud.instances, *cloud.global_databases):
        costs.lines(cloud, id)
    costs.so_far(cloud)


def _recovery(cloud: Cloud, chance: Random, author: Author) -> None:
    """What could be restored, what snapshots hold, and what became of every app's writes."""
    for archive in cloud.snapshots.archives.values():
        archive.snapshots()
        archive.gone_us()
        latest = archive.latest_us()
        if latest is not None:
            archive.picture(archive.name_at(latest), latest)
    for name in cloud.snapshots:
        content = cloud.snapshots[name].content
        for app in cloud.apps:
            content.acknowledged(app)
    for cluster in cloud.aurora.values():
        cluster.window.earliest_us(cloud.now_us)
        cluster.window.stored(cloud.now_us)
    for app in cloud.apps:
        losses.account(cloud, app)
        database = losses.database_of(cloud, app)
        if database is not None:
            losses.gaps(database.content(cloud.now_us), app, cloud.now_us)
