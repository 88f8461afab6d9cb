"""What an operator may ask (AWS's API verbs) and what may go wrong (faults): one registry, one grammar.

Menus, palette, forms, confirmations, drills, the catalog, schemas and the journal all come from this one registry.
Adding a command is adding one class.
"""

from opsconsole.commands import apps, faults, global_operations, operations, session  # registers every command
from opsconsole.commands.base import BadCommand, Command, Danger, Kind, Preview, registry
from opsconsole.commands.grammar import parse, timed
from opsconsole.commands.targets import TargetKind, UnknownTarget, choices, kind_of

__all__ = [
    "BadCommand",
    "Command",
    "Danger",
    "Kind",
    "Preview",
    "TargetKind",
    "UnknownTarget",
    "apps",
    "choices",
    "faults",
    "global_operations",
    "kind_of",
    "operations",
    "parse",
    "registry",
    "session",
    "timed",
]
