"""What an operator may ask (AWS's API verbs) and what may go wrong (faults): one registry, one grammar.

Menus, palette, forms, confirmations, drills, the catalog, schemas and the journal all come from this one registry.
Adding a command is adding one class, and its name to the list in `index`.
"""

from opsconsole.commands.base import Command, Danger, Kind, Preview
from opsconsole.commands.errors import BadCommand, UnknownTarget
from opsconsole.commands.grammar import parse, timed
from opsconsole.commands.index import registry
from opsconsole.commands.targets import TargetKind, choices, is_one, kind_of

__all__ = [
    "BadCommand",
    "Command",
    "Danger",
    "Kind",
    "Preview",
    "TargetKind",
    "UnknownTarget",
    "choices",
    "is_one",
    "kind_of",
    "parse",
    "registry",
    "timed",
]
