"""What the leader keys offer: the commands that fit a thing, and what AWS would say to each of them now.

Generated from the one registry by the kind of target; nothing here names a command.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from opsconsole.cloud import Cloud
from opsconsole.commands import Command, Danger, Kind, TargetKind, choices, is_one, registry
from opsconsole.console.drafts import (
    Draft,
    FieldKind,
    Verdict,
    form_fields,
    has_fields,
    judge,
    judge_target,
    requires_input,
)
from opsconsole.console.views.things import host_of, kind_of, node_of

OPERATIONS: Final = (Kind.OPERATION, Kind.APP)
FAULTS: Final = (Kind.FAULT,)
HEAL: Final = "heal"

_ABOUT_FIELDS: Final = ("InvalidParameterCombination", "InvalidParameterValue")
"""Codes with which AWS refuses what a form can still change, so an entry is not greyed for them."""

_DANGERS: Final = list(Danger)

_NO_THINGS: Final = (TargetKind.HEALABLE, TargetKind.LABEL)
_OF_MANY: Final = (TargetKind.CLUSTER, TargetKind.CACHE)
"""Kinds of owners whose menu, on one of their members, holds only what is about that member."""

NAMES: Final = {"rds": "DB instance", "cluster": "cluster", "multi-az cluster": "cluster", "global": "global database"}
"""What people call a kind of thing, where it is not the kind itself."""

SNAPSHOTS: Final = 3
"""How many of a database's snapshots its menu holds; the palette finds the others."""

LETTERS: Final = "abcdefghijklmnopqrstuvwxyz123456789"
_MENU_KEYS: Final = "jkq"
"""Letters that a menu needs for itself."""


class Aim(NamedTuple):
    """Something a thing's menu may aim at: itself, or what it belongs to; ``member`` is then the thing itself.

    ``kinds`` are all the kinds of targets that it is; ``name`` is what people call it.
    """

    target: str
    kinds: tuple[TargetKind, ...]
    name: str
    member: str = ""


@dataclass(frozen=True)
class Entry:
    """One line of a menu: a draft, what it is aimed at, AWS's verdict now, and the letter that chooses it."""

    draft: Draft
    heading: str
    verdict: Verdict
    letter: str = ""

    @property
    def model(self) -> type[Command]:
        """The command."""
        return self.draft.model

    @property
    def title(self) -> str:
        """What the menu says: the command's title, and the member it is about."""
        member = next((value for _, value in self.draft.values), "")
        return f"{self.model.title}: {member}" if member else self.model.title

    @property
    def greyed(self) -> bool:
        """AWS would refuse it now."""
        may_change = self.verdict.code in _ABOUT_FIELDS and has_fields(self.model) and not self.verdict.whatever
        return bool(self.verdict.code) and not may_change

    @property
    def reason(self) -> str:
        """Why it is greyed, in AWS's words."""
        return f"{self.verdict.code}: {self.verdict.sentence}" if self.greyed else ""

    @property
    def opens(self) -> bool:
        """Choosing it opens its form. A greyed one does so too where another field may change AWS's mind."""
        return not self.greyed or (has_fields(self.model) and not self.verdict.whatever)

    @property
    def is_plain(self) -> bool:
        """Nothing to fill in, and nothing to be careful about."""
        return self.model.danger is Danger.SAFE and not has_fields(self.model) and not self.greyed


def entries(cloud: Cloud, selected: str, kinds: tuple[Kind, ...]) -> list[Entry]:
    """The menu of a thing: its own commands first, then those of what it belongs to."""
    found = [
        Entry(Draft(model, aim.target, values), f"{aim.target} ({aim.name})", Verdict())
        for aim in aims(cloud, selected)
        for model in sorted(registry().values(), key=lambda model: _DANGERS.index(model.danger))
        if model.kind in kinds and model.takes in aim.kinds and (values := _prefilled(cloud, model, aim)) is not None
    ]
    return _lettered([replace(entry, verdict=_verdict(cloud, entry.draft)) for entry in found])


def heal_entries(cloud: Cloud) -> list[Entry]:
    """One line for each fault in force, newest first, and one for all of them where there are several."""
    model = registry()[HEAL]
    faults = list(cloud.faults.in_force.values())
    targets = [(fault.id, f"{fault.name} {fault.target}") for fault in reversed(faults)]
    if len(faults) > 1:
        targets.append(("all", f"all {len(faults)} faults"))
    drafts = [(Draft(model, target), heading) for target, heading in targets]
    found = [Entry(draft, heading, judge(cloud, draft)) for draft, heading in drafts]
    letters = "123456789abcdefghilmnoprstuvwxyz"
    return [replace(entry, letter=letter) for entry, letter in zip(found, letters, strict=False)] + found[
        len(letters) :
    ]


def aims(cloud: Cloud, selected: str) -> list[Aim]:
    """What the menus of a thing aim at: itself, then what it belongs to or is joined by. Empty for an unknown id."""
    name = kind_of(cloud, selected)
    if not name:
        return []
    mine = Aim(selected, _kinds(cloud, selected), NAMES.get(name, name))
    return [mine, *(_aim(cloud, owner, selected) for owner in _owners(cloud, selected, name))]


def _aim(cloud: Cloud, target: str, member: str) -> Aim:
    kinds = _kinds(cloud, target)
    group = "parameter group" if TargetKind.PARAMETER_GROUP in kinds else "snapshot"
    name = kind_of(cloud, target) or ("KMS key" if target in cloud.keys else group)
    return Aim(target, kinds, NAMES.get(name, name), member)


def _kinds(cloud: Cloud, target: str) -> tuple[TargetKind, ...]:
    """Every kind of target that a thing is now."""
    return tuple(kind for kind in TargetKind if kind not in _NO_THINGS and is_one(cloud, kind, target))


def _owners(cloud: Cloud, selected: str, name: str) -> list[str]:
    """What a thing belongs to: its cluster, its DB instance, its cache; or the links that begin at a place."""
    match name:
        case "zone" | "region":
            return [link for link in choices(cloud, TargetKind.LINK) if selected in link.split("/")]
        case "instance":
            return [cloud.instances[selected].cluster]
        case "cluster" | "multi-az cluster":
            database = cloud.global_of(cloud.aurora[selected]) if name == "cluster" else None
            return [*([database.id] if database is not None else []), *_kept_of(cloud, selected)]
        case "rds":
            return _kept_of(cloud, selected)
        case "host":
            return [host_of(cloud, selected).db.id]
        case "cache node":
            return [node_of(cloud, selected).shard.group.id]
        case _:
            return []


def _kept_of(cloud: Cloud, id: str) -> list[str]:
    """What a database has that stands nowhere on the map: snapshots, its key, a DB instance's parameter group."""
    newest = [snapshot.name for snapshot in reversed(cloud.snapshots.of(id)[-SNAPSHOTS:])]
    key = (cloud.clusters[id] if id in cloud.clusters else cloud.rds[id]).spec.kms_key
    group = [cloud.rds[id].settings.parameter_group] if id in cloud.rds else []
    return [*newest, *([key] if key in cloud.keys else []), *group]


def _prefilled(cloud: Cloud, model: type[Command], aim: Aim) -> tuple[tuple[str, str], ...] | None:
    """The values that name the member; None if the command, aimed at its owner, has nothing to do with it."""
    if not aim.member or TargetKind.LINK in aim.kinds:
        return ()
    for field in form_fields(cloud, model, aim.target):
        if field.kind is FieldKind.CHOICE and aim.member in field.choices:
            return ((field.key, aim.member),)
    return None if any(kind in _OF_MANY for kind in aim.kinds) else ()


def _verdict(cloud: Cloud, draft: Draft) -> Verdict:
    verdict = judge_target(cloud, draft)
    return verdict if verdict.code or requires_input(draft.model) else judge(cloud, draft)


def _lettered(found: list[Entry]) -> list[Entry]:
    """Give each entry the first letter of its title that is free, so that the same menu has the same letters."""
    taken = set(_MENU_KEYS)
    lettered = []
    for entry in found:
        letter = next((char for char in (*entry.title.lower(), *LETTERS) if char in LETTERS and char not in taken), "")
        taken.add(letter)
        lettered.append(replace(entry, letter=letter))
    return lettered
