"""How virtual time follows wall time: an anchor and a speed, re-anchored whenever either changes."""

from __future__ import annotations

from collections import deque
from typing import Final

MIN_SPEED: Final = 0.1
MAX_SPEED: Final = 3_600.0
SPEEDS: Final = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0)
"""The steps that faster and slower walk."""

MAX_BEHIND_S: Final = 0.25
"""Wall seconds that a session may fall behind before it gives up catching up and says the speed it has."""

_WINDOW_S: Final = 2.0
_SAMPLE_S: Final = 0.1
_US: Final = 1_000_000


class Pace:
    """Virtual time as a function of wall time: ``speed`` virtual seconds for each wall second since the anchor."""

    def __init__(self, speed: float) -> None:
        self._speed = valid_speed(speed)
        self._wall = 0.0
        self._us = 0
        self._samples: deque[tuple[float, int]] = deque()
        self._fell_behind: float | None = None

    @property
    def speed(self) -> float:
        """The speed asked for."""
        return self._speed

    def set_speed(self, speed: float, wall: float, now_us: int) -> None:
        """Go on at another speed from here."""
        self._speed = valid_speed(speed)
        self.anchor(wall, now_us)

    def anchor(self, wall: float, now_us: int) -> None:
        """From this wall instant on, virtual time begins at ``now_us``; what was measured before is forgotten."""
        self._wall, self._us = wall, now_us
        self._samples.clear()
        self._fell_behind = None

    def target_us(self, wall: float) -> int:
        """Where virtual time should stand now."""
        return self._us + round((wall - self._wall) * self._speed * _US)

    def wall_until(self, time_us: int, wall: float) -> float:
        """Wall seconds until virtual time should reach ``time_us``; never negative."""
        return max(0.0, self._wall + (time_us - self._us) / (self._speed * _US) - wall)

    def note(self, wall: float, now_us: int) -> None:
        """Virtual time has got this far: measure, and stop catching up when it is too far behind."""
        if not self._samples or wall - self._samples[-1][0] >= _SAMPLE_S:
            self._samples.append((wall, now_us))
            while wall - self._samples[0][0] > _WINDOW_S:
                self._samples.popleft()
        if (self.target_us(wall) - now_us) / (self._speed * _US) > MAX_BEHIND_S:
            self._wall, self._us = wall, now_us
            self._fell_behind = wall

    def speed_had(self, wall: float) -> float:
        """The speed of the last two wall seconds: the one asked for, unless the machine could not keep it."""
        if self._fell_behind is None or wall - self._fell_behind > _WINDOW_S or len(self._samples) < 2:
            return self._speed
        (wall_0, us_0), (wall_1, us_1) = self._samples[0], self._samples[-1]
        return min(self._speed, (us_1 - us_0) / _US / (wall_1 - wall_0))


def valid_speed(speed: float) -> float:
    """The speed, if a session can go at it. Raises ``ValueError`` with the range."""
    if not MIN_SPEED <= speed <= MAX_SPEED:
        raise ValueError(f"speed {speed:g} is outside {MIN_SPEED:g} to {MAX_SPEED:g}")
    return float(speed)
