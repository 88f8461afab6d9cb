"""Subjects, what checks are about: `orders.endpoint.writer.az` is a thing of the fleet and a quantity of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from opsconsole.cloud import Cloud, metrics
from opsconsole.drills.subjects.apps import APPS
from opsconsole.drills.subjects.base import Kind, Scene
from opsconsole.drills.subjects.caches import CACHE_NODES, CACHES
from opsconsole.drills.subjects.clusters import CLUSTERS, GLOBALS, INSTANCES
from opsconsole.drills.subjects.instances import DB_INSTANCES
from opsconsole.drills.subjects.places import FLEET, FLEETS, REGIONS, ZONES
from opsconsole.drills.subjects.signals import EVENTS, event_count, event_ids, metric_names, metric_unit, metric_value
from opsconsole.drills.values import Unit, Value
from opsconsole.fleet import nearest

__all__ = ["MADE", "NoSubject", "Scene", "Subject", "find", "kinds", "listing"]

KINDS: Final[tuple[Kind[Any], ...]] = (
    APPS,
    CLUSTERS,
    INSTANCES,
    DB_INSTANCES,
    GLOBALS,
    CACHES,
    CACHE_NODES,
    ZONES,
    REGIONS,
    FLEETS,
)
MADE: Final[tuple[Kind[Any], ...]] = (CLUSTERS, INSTANCES, DB_INSTANCES, CACHES)
"""The kinds of things that a drill may make on the way, and then ask about."""


class NoSubject(ValueError):
    """Words that are no subject: `wrong` says why, `right` what was probably meant."""

    def __init__(self, wrong: str, right: str) -> None:
        super().__init__(f"{wrong}; {right}")
        self.wrong = wrong
        self.right = right


@dataclass(frozen=True)
class Subject:
    """Something to ask at any instant. `moves`: its value changes also while nothing happens."""

    text: str
    thing: str
    name: str
    unit: Unit
    moves: bool
    kinds: tuple[Kind[Any], ...] = ()  # none for a metric or an event

    def value(self, scene: Scene, at_us: int) -> Value:
        """Its value at a time, not before now and not after what happens next; None where there is none."""
        if self.name.startswith(EVENTS):
            return event_count(scene, self.thing, self.name.removeprefix(EVENTS))
        for kind in self.kinds:
            quantity, thing = kind.quantity(self.name), kind.find(scene.cloud, self.thing)
            if quantity is not None and thing is not None:
                return quantity.at(scene, thing, at_us)
        return None if self.kinds else metric_value(scene, self.thing, self.name, at_us)

    def jumps_us(self, scene: Scene) -> int | None:
        """When its value jumps next although nothing happens; None if it will not."""
        for kind in self.kinds:
            quantity, thing = kind.quantity(self.name), kind.find(scene.cloud, self.thing)
            if quantity is not None and thing is not None:
                return quantity.jumps(scene, thing)
        return None


def find(cloud: Cloud, text: str, made: Mapping[str, object]) -> Subject:
    """The subject of a text, in this fleet as it is at the begin. Raises NoSubject.

    `made` are the ids of what the drill makes on the way.
    """
    thing, _, name = text.partition(".")
    kinds = tuple(kind for kind in KINDS if kind.find(cloud, thing) is not None)
    new = not kinds and thing in made
    if new:
        kinds = MADE
    if not kinds:
        known = {id: None for kind in KINDS for id in kind.ids(cloud)}
        raise NoSubject(
            f'there is no "{thing}" in this fleet', _did_you_mean(thing, [*known, *made], "catalog subjects")
        )
    if not name:
        right = f"write what of it, like {thing}.{kinds[0].quantities[0].name}"
        raise NoSubject(f'"{text}" says nothing about {thing}', right)
    if name.startswith(EVENTS):
        return _event(text, thing, name)
    found = [quantity for kind in kinds if (quantity := kind.quantity(name)) is not None]
    if found:
        return Subject(text, thing, name, found[0].unit, found[0].moves, kinds)
    measured = metrics.names_for(cloud, thing) if metrics.exists(cloud, thing) else metric_names() if new else []
    if name in measured:
        return Subject(text, thing, name, metric_unit(name), True)
    names = [*(quantity.name for kind in kinds for quantity in kind.quantities), *measured]
    raise NoSubject(
        f'{thing}, {_a(kinds[0].title)}, has no "{name}"', _did_you_mean(name, names, "catalog subjects FLEET")
    )


def _event(text: str, thing: str, name: str) -> Subject:
    event = name.removeprefix(EVENTS)
    if event not in event_ids():
        raise NoSubject(f'AWS has no event "{event}"', _did_you_mean(event, event_ids(), "catalog events"))
    return Subject(text, thing, name, Unit.NUMBER, False)


def _did_you_mean(word: str, known: list[str], where: str) -> str:
    near = nearest(word, dict.fromkeys(known))
    return f'did you mean "{near}"?' if near else f"`opsconsole {where}` lists what there is"


def _a(title: str) -> str:
    return f"{'an' if title[0] in 'aeiouR' and title != 'Region' else 'a'} {title}"


def kinds() -> Iterator[tuple[str, Unit, str]]:
    """What can be asked of each kind of thing, whatever the fleet: its kind and name, its unit, what it says."""
    for kind in KINDS:
        for quantity in kind.quantities:
            yield f"{kind.title.replace(' ', '-').upper()}.{quantity.name}", quantity.unit, quantity.says


def listing(cloud: Cloud) -> Iterator[tuple[str, Unit, str]]:
    """Every subject of a fleet: its text, its unit, what it says. Events are listed once, for the fleet."""
    for kind in KINDS:
        for id in kind.ids(cloud):
            for quantity in kind.quantities:
                yield f"{id}.{quantity.name}", quantity.unit, quantity.says
    for id in metrics.things(cloud):
        for name in metrics.names_for(cloud, id):
            yield f"{id}.{name}", metric_unit(name), "CloudWatch metric"
    for event in event_ids():
        yield f"{FLEET}.{EVENTS}{event}", Unit.NUMBER, "AWS events of this id since the begin; also of one thing"
