"""How a database is encrypted at rest, in a word: the key, and whether it can be used."""

from __future__ import annotations

from opsconsole.cloud import aws_view
from opsconsole.console.views.lines import Span
from opsconsole.console.views.scene import Scene


def encryption(scene: Scene, key: str | None) -> list[Span]:
    """`off`, `aws/rds`, or a key of the customer and its state. RDS encrypts with AES-256 (AWS documentation)."""
    if key is None:
        return [("off", "dim")]
    own = scene.cloud.keys.get(key)
    if own is None:
        return [(key, ""), ("  AES-256, managed by AWS", "dim")]
    enabled = aws_view.status(scene.cloud, own.region, own.state, scene.truth) == "Enabled"
    return [(key, ""), ("  AES-256, enabled", "dim") if enabled else ("  disabled", "bad")]
