"""Who feels it: the apps, instances and names that a change reaches, counted as things stand now."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.cloud import Cloud
from opsconsole.cloud.cluster import Cluster
from opsconsole.cloud.instance import Instance
from opsconsole.commands.base import Preview


def users_of(cloud: Cloud, instances: Iterable[Instance]) -> tuple[str, ...]:
    """The apps that hold connections to any of these instances."""
    return users_of_servers(cloud, (instance.id for instance in instances))


def users_of_servers(cloud: Cloud, servers: Iterable[str]) -> tuple[str, ...]:
    """The apps that hold connections to any of these servers."""
    ids = dict.fromkeys(servers)
    return tuple(id for id, app in cloud.apps.items() if any(name in ids for name, _ in app.service.value.connections))


def names_of(cluster: Cluster, instance: Instance) -> tuple[str, ...]:
    """The endpoints of a cluster, its instances' own apart, that lead to an instance."""
    return tuple(r.id for r in cluster.records() if r.kind != "instance" and instance.id in r.answers.value)


def with_writers_restart(cloud: Cloud, cluster: Cluster, preview: Preview) -> Preview:
    """The same, and whom a restart of the cluster's writer takes along: readers here, or in secondary regions."""
    database = cloud.global_of(cluster)
    secondaries = database.secondaries if database is not None and database.primary is cluster else []
    groups = [*([cluster] if cluster.version.readers_restart_with_writer else []), *secondaries]
    readers = [reader for group in groups for reader in group.readers()]
    if not readers:
        return preview
    sentences = tuple(f"the readers of {group.id} restart with the writer" for group in groups)
    return Preview(
        _merge(preview.nodes, (reader.id for reader in readers)),
        _merge(preview.names, (group.reader_record.id for group in groups)),
        _merge(preview.apps, users_of(cloud, readers)),
        (*preview.sentences, *sentences),
        preview.writes_at_risk,
    )


def _merge(first: Iterable[str], second: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def together(one: Preview, other: Preview) -> Preview:
    """Two blast radii as one."""
    return Preview(
        _merge(one.nodes, other.nodes),
        _merge(one.names, other.names),
        _merge(one.apps, other.apps),
        (*one.sentences, *other.sentences),
        one.writes_at_risk + other.writes_at_risk,
    )
