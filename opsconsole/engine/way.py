"""How far something that takes long has come."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Way:
    """The share of a re-run that is behind it. Whoever re-runs writes it, anybody reads it, from any thread."""

    share: float | None = None
    """0 to 1; None while nothing is re-run."""
