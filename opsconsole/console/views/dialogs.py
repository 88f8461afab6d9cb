"""Texts of dialogs: the blast radius of a command, describe-* JSON, dig."""

from __future__ import annotations

from opsconsole.cloud import Cloud
from opsconsole.commands.base import Preview
from opsconsole.console.views.lines import Line


def blast_radius(preview: Preview, width: int = 72, *, ascii: bool = False) -> list[Line]:
    """What a command would touch as things stand: instances, names, apps, sentences, writes at risk."""
    return []


def describe_text(cloud: Cloud, id: str | None, *, truth: bool = True) -> str:
    """The describe-* JSON of a thing (None: of everything), indented; a sentence where AWS has nothing to say."""
    return ""


def dig_text(cloud: Cloud, name: str, app: str | None = None) -> str:
    """How a name resolves now, as `dig` prints it, and for an app what its processes have cached."""
    return ""
