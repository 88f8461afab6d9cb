"""What every screen of the console shares: the engine, what the person looks at, and how the session was opened.

Plain data around the engine; no widget. Screens read the cloud through views and change it through ``ask`` only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from opsconsole.cloud import Cloud
from opsconsole.commands import Command
from opsconsole.console.alarm_watch import AlarmWatch
from opsconsole.console.map_watch import MapWatch
from opsconsole.console.remembered import Remembered
from opsconsole.console.stance import Stance
from opsconsole.console.views import ClockState, Level, things
from opsconsole.console.views.quantities import since_start
from opsconsole.engine.engine import Engine
from opsconsole.engine.session import Order

if TYPE_CHECKING:
    from opsconsole.drills.lesson import Progress
    from opsconsole.drills.running import Run
    from opsconsole.engine.past import Past

HISTORY_KEPT: Final = 100
KEEPS_UP: Final = 0.95
"""Share of the asked speed below which the status line says the speed that is really had."""

OPERATOR: Final = "operator"
"""What the engine calls who sits here."""

READ_ONLY: Final = "this session is read-only: it looks, and changes nothing"
HAS_BEEN: Final = "this has been: the past is looked at, not changed; B goes on from here as a session of its own"


class ReadOnly(Exception):
    """A command was asked of a session that only looks."""


@dataclass
class Looking:
    """What the person looks at: the thing and the way there, the view (truth or AWS's), the filters, the tracer.

    ``level`` is how near the map is, ``zone`` the one that it stands in, ``map_filter`` what its nodes must hold.
    """

    selected: str
    truth: bool = True
    level: Level = Level.FLEET
    zone: str = ""
    map_filter: str = ""
    text_filter: str = ""
    tracer: int = 0
    tab_of_kind: dict[str, str] = field(default_factory=dict)
    _trail: list[str] = field(default_factory=list)
    _at: int = 0

    def __post_init__(self) -> None:
        self._trail = [self.selected]

    def select(self, id: str) -> bool:
        """Look at a thing; False if it is the one already."""
        if id == self.selected:
            return False
        del self._trail[self._at + 1 :]
        self._trail.append(id)
        del self._trail[:-HISTORY_KEPT]
        self._at = len(self._trail) - 1
        self.selected = id
        return True

    def back(self) -> bool:
        """Look at what was looked at before; False at the beginning."""
        return self._go(self._at - 1)

    def forward(self) -> bool:
        """Undo ``back``; False at the end."""
        return self._go(self._at + 1)

    def _go(self, at: int) -> bool:
        if not 0 <= at < len(self._trail):
            return False
        self._at = at
        self.selected = self._trail[at]
        return True


@dataclass
class Desk:
    """The engine and what belongs to looking at it."""

    engine: Engine
    read_only: bool
    ascii: bool
    looking: Looking
    alarms: AlarmWatch = field(default_factory=AlarmWatch)
    standing: MapWatch = field(default_factory=MapWatch)
    """What stands on the map."""
    acknowledged: dict[str, None] = field(default_factory=dict)
    """Alarms that ring and that the person has seen; one that is well again is forgotten."""
    stance: Stance | None = None
    """Where somebody stood on the time lines, once they have been looked at."""
    past: Past | None = None
    """The past of another desk's session, if that is what is looked at here."""
    drill: Run | None = None
    """The drill that this session is, if it is one."""
    progress: Progress | None = None
    """How far the lesson has come, if the drill is one."""
    remembered: Remembered = field(default_factory=Remembered)
    """How lists are sorted and which panels are hidden, from one session to the next."""
    why_read_only: str = READ_ONLY
    """What a person is told who wants to change something, if the session is read-only."""
    keymap: dict[str, str] = field(default_factory=dict)
    """Keys that the person has given to actions, by the binding's id."""
    branched_us: int | None = None
    """Where this session left the one that it is a branch of, if somebody here went on from an earlier moment."""

    @classmethod
    def of(cls, engine: Engine, *, read_only: bool, ascii: bool) -> Desk:
        """A desk that looks at the database that most is asked of."""
        return cls(engine, read_only, ascii, Looking(busiest(engine.session.cloud)))

    @property
    def drilling(self) -> bool:
        """Whether a drill is under way: AWS's view is shown until its debrief."""
        return self.drill is not None and not self.drill.over

    @property
    def locked(self) -> str:
        """Why nothing can be changed here, as a sentence; empty if it can."""
        if self.past is not None:
            return HAS_BEEN
        return self.why_read_only if self.read_only else ""

    @property
    def cloud(self) -> Cloud:
        """What is looked at."""
        return self.engine.session.cloud

    def ask(self, command: Command) -> Order:
        """Send a command. Raises ReadOnly, or UnknownTarget for a target that is gone; a refusal is in the order."""
        if self.locked:
            raise ReadOnly(self.locked)
        return self.engine.ask(command)

    def asker(self, order: int) -> str:
        """Who else than the operator asked for an order, by its number; empty if nobody else did, or too long ago."""
        found = self.engine.session.order(order)
        return "" if found is None or found.who == OPERATOR else found.who

    def new_alarms(self) -> list[str]:
        """The names of the alarms that ring and have not been acknowledged."""
        ringing = [alarm.id for alarm in self.alarms.ringing]
        self.acknowledged = {id: None for id in self.acknowledged if id in ringing}
        return [id for id in ringing if id not in self.acknowledged]

    def acknowledge(self) -> list[str]:
        """Take note of every alarm that rings; returns those that were new."""
        new = self.new_alarms()
        self.acknowledged.update(dict.fromkeys(new))
        return new

    def take(self, engine: Engine) -> None:
        """Have another session on the desk; what was known of the one before is forgotten."""
        self.engine, self.branched_us = engine, engine.now_us
        self.alarms, self.standing, self.acknowledged = AlarmWatch(), MapWatch(), {}
        self.stance = self.drill = self.progress = None

    def clock(self) -> ClockState:
        """What the status line says about time and the session."""
        engine = self.engine
        recorded = self.past.live.recorder if self.past is not None else None
        had = engine.speed_had
        behind = not engine.paused and engine.journey is None and had < engine.speed * KEEPS_UP
        return ClockState(
            speed_asked=engine.speed,
            speed_had=had if behind else None,
            paused=engine.paused,
            read_only=self.read_only,
            recording=engine.recording if recorded is None else recorded.path.name,
            unrecorded=engine.unrecorded,
            company=engine.company,
            braked=engine.braked is not None,
            past=self._sign(),
            branch="" if self.branched_us is None else f"branch at {since_start(self.branched_us)}",
            stops="" if engine.stop_us is None or self.past is not None else since_start(engine.stop_us),
        )

    def _sign(self) -> str:
        if self.past is None:
            return ""
        here_us, live_us, share = self.engine.now_us, self.past.live.now_us, self.past.progress
        if share is not None:
            return f"PAST {since_start(self.past.wanted_us)} re-running {share:.0%}"
        return (
            f"{'PAST' if here_us <= live_us else 'LATER'} {since_start(here_us)} · live waits at {since_start(live_us)}"
        )


def busiest(cloud: Cloud) -> str:
    """The database that the busiest app writes to or reads from, else the first database, else the first thing."""
    apps = sorted(cloud.apps.values(), key=lambda app: -(app.writes + app.reads))
    used = [record.id.partition(".")[0] for app in apps for record, *_ in app.uses()]
    databases = [cloud.instances[id].cluster if id in cloud.instances else id for id in used]
    known = [*cloud.clusters, *cloud.rds]
    return next((id for id in [*databases, *known] if id in known), next(iter(things(cloud)), ""))
