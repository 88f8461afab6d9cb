"""Sparklines as text."""

from __future__ import annotations

from collections.abc import Sequence


def spark(
    values: Sequence[float | None], width: int, ascii: bool = False, low: float | None = None, high: float | None = None
) -> str:
    """`width` columns for the latest values: the higher, the fuller; a gap where there is none."""
    return " " * width
