"""What the leader keys offer: the commands that fit a thing, and what AWS would say to each of them now.

Generated from the one registry by the kind of target; nothing here names a command.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from opsconsole.cloud import Cloud
from opsconsole.commands import Command, Danger, Kind, TargetKind, choices, kind_of, registry
from opsconsole.console.drafts import Draft, FieldKind, Verdict, form_fields, has_fields, judge, requires_input

OPERATIONS: Final = (Kind.OPERATION, Kind.APP)
FAULTS: Final = (Kind.FAULT,)
HEAL: Final = "heal"

_ABOUT_FIELDS: Final = ("InvalidParameterCombination", "InvalidParameterValue")
"""Codes with which AWS refuses what a form can still change, so an entry is not greyed for them."""

_DANGERS: Final = list(Danger)

_MENU_KEYS: Final = "jkq"
"""Letters that a menu needs for itself."""


class Aim(NamedTuple):
    """Something a thing's menu may aim at: itself, or what it belongs to; ``member`` is then the thing itself."""

    kind: TargetKind
    target: str
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
        return bool(self.verdict.code) and self.verdict.code not in _ABOUT_FIELDS

    @property
    def reason(self) -> str:
        """Why it is greyed, in AWS's words."""
        return f"{self.verdict.code}: {self.verdict.sentence}" if self.greyed else ""

    @property
    def opens(self) -> bool:
        """Choosing it opens its form. A greyed one does so too where another field may change AWS's mind."""
        return not self.greyed or has_fields(self.model)

    @property
    def is_plain(self) -> bool:
        """Nothing to fill in, and nothing to be careful about."""
        return self.model.danger is Danger.SAFE and not has_fields(self.model) and not self.greyed


def entries(cloud: Cloud, selected: str, kinds: tuple[Kind, ...]) -> list[Entry]:
    """The menu of a thing: its own commands first, then those of what it belongs to."""
    found = [
        Entry(Draft(model, aim.target, values), f"{aim.target} ({_kind_name(cloud, aim)})", Verdict())
        for aim in aims(cloud, selected)
        for model in sorted(registry().values(), key=lambda model: _DANGERS.index(model.danger))
        if model.kind in kinds and model.takes is aim.kind and (values := _prefilled(cloud, model, aim)) is not None
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
    """What the menus of a thing aim at. Empty for an id that the fleet does not have."""
    if "/" in selected:
        return [Aim(TargetKind.LINK, selected)] if selected in choices(cloud, TargetKind.LINK) else []
    kind = kind_of(cloud, selected)
    links = [Aim(TargetKind.LINK, link) for link in choices(cloud, TargetKind.LINK) if selected in link.split("/")]
    match kind:
        case None:
            return []
        case TargetKind.ZONE:
            return [Aim(kind, selected), *links]
        case TargetKind.REGION:
            return [Aim(kind, selected), *links]
        case TargetKind.INSTANCE:
            reader = [Aim(TargetKind.READER, selected)] if selected in choices(cloud, TargetKind.READER) else []
            cluster = Aim(TargetKind.CLUSTER, cloud.instances[selected].cluster, selected)
            return [Aim(kind, selected), *reader, *_maintained(cloud, selected), cluster]
        case TargetKind.CLUSTER:
            database = cloud.global_of(cloud.clusters[selected])
            owner = [Aim(TargetKind.GLOBAL, database.id, selected)] if database is not None else []
            return [Aim(kind, selected), *_maintained(cloud, selected), *owner]
        case _:
            return [Aim(kind, selected)]


def _maintained(cloud: Cloud, selected: str) -> list[Aim]:
    """A thing that AWS maintains may have its maintenance asked for."""
    return [Aim(TargetKind.MAINTAINED, selected)] if selected in choices(cloud, TargetKind.MAINTAINED) else []


def _prefilled(cloud: Cloud, model: type[Command], aim: Aim) -> tuple[tuple[str, str], ...] | None:
    """The values that name the member; None if the command, aimed at its owner, has nothing to do with it."""
    if not aim.member:
        return ()
    for field in form_fields(cloud, model, aim.target):
        if field.kind is FieldKind.CHOICE and aim.member in field.choices:
            return ((field.key, aim.member),)
    return None if aim.kind is TargetKind.CLUSTER else ()


def _verdict(cloud: Cloud, draft: Draft) -> Verdict:
    return Verdict() if requires_input(draft.model) else judge(cloud, draft)


def _kind_name(cloud: Cloud, aim: Aim) -> str:
    roles = (TargetKind.READER, TargetKind.MAINTAINED)
    return str(kind_of(cloud, aim.target) or aim.kind) if aim.kind in roles else str(aim.kind)


def _lettered(found: list[Entry]) -> list[Entry]:
    """Give each entry the first letter of its title that is free, so that the same menu has the same letters."""
    taken = set(_MENU_KEYS)
    lettered = []
    for entry in found:
        letter = next(
            (char for char in entry.title.lower() if char.isascii() and char.isalpha() and char not in taken), ""
        )
        taken.add(letter)
        lettered.append(replace(entry, letter=letter))
    return lettered
