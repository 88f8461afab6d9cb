"""What came of a drill: the facts behind its verdict, as data. The JSON file, the report and JUnit all say this.

Nothing in it depends on when or where it was run: same drill, same seed, same bytes. Times are virtual, in microseconds
since the run began (`…_us`) or in seconds (`…_s`); shares are percent; counts of requests are whole requests.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict

FORMAT: Final = 1
"""The version of the result's format."""


class Verdict(StrEnum):
    """What a drill proved. `passed` needs every check and every objective."""

    PASSED = "passed"
    FAILED = "failed"
    INVALID = "invalid"  # it proved nothing: it could not begin as it says, or what it does could not be done
    STOPPED = "stopped"


EXIT_CODES: Final = {Verdict.PASSED: 0, Verdict.FAILED: 1, Verdict.INVALID: 3, Verdict.STOPPED: 4}
"""A drill's exit code by its verdict."""


class Outcome(StrEnum):
    """How a check or a step ended; only `passed`, `done` and `withheld` are no trouble."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_REACHED = "not-reached"
    DONE = "done"  # a step took effect
    REFUSED = "refused"
    WITHHELD = "withheld"  # a solution step of a run without solutions, or a fault of a run without faults


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CheckResult(_Model):
    """One check: what it says, how it ended, what was seen, and why that is so."""

    id: str  # `given[0]`, `steady[1] at the end`, `timeline[2]`, or the step's own id
    kind: str  # given, steady, expect, always, refused
    text: str
    note: str = ""
    outcome: Outcome
    begun_us: int | None = None  # since when it was looked at; None: never
    decided_us: int | None = None
    seen: str = ""  # the value seen when it was decided, as people write it: `us-east-1b`, `96.2 %`
    why: str = ""  # a sentence
    event: str = ""  # the last event of the log before it was decided


class StepResult(_Model):
    """One fault, action, load, mark or message: when it was asked, and what became of it."""

    id: str
    kind: str  # fault, action, load, mark, say, stop, chaos
    text: str  # the command's line, or what was said
    by: str  # script, solution, chaos, operator
    hidden: bool = False
    outcome: Outcome
    begun_us: int | None = None
    ended_us: int | None = None
    code: str = ""
    sentence: str = ""


class ObjectiveResult(_Model):
    """One promise about one app: target, measured, margin, as people write them, and whether it was kept."""

    app: str
    name: str  # rto, rpo, lost, discarded, wrong, availability, staleness
    target: str
    measured: str  # `not recovered` where there is no number
    margin: str
    target_value: float
    measured_value: float | None
    outcome: Outcome
    why: str = ""


class Phase(_Model):
    """A part of the way from the first failed write to the recovery, and where its length comes from."""

    name: str  # detection, promotion, DNS, client cache, pool, operator …
    begins_us: int
    ends_us: int
    said_by: str  # the row of the event log, or the setting, that marks its end
    confidence: str = ""  # of the catalog row it was drawn from: H, M, L or SIM

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.ends_us - self.begins_us) / 1_000_000


class Incident(_Model):
    """A time in which an app was not served as it should be: first request not ok, to the first good window."""

    begins_us: int
    recovered_us: int | None
    first_success_us: int | None = None  # the first moment at which any of them succeeded again
    p50_us: int | None = None  # from its begin until half of the due requests succeeded for good
    p95_us: int | None = None
    max_us: int | None = None
    failed: int = 0
    unknown: int = 0
    wrong: int = 0
    phases: tuple[Phase, ...] = ()

    @property
    def length_us(self) -> int | None:
        """How long it took; None while it is not over."""
        return None if self.recovered_us is None else self.recovered_us - self.begins_us

    @property
    def rank(self) -> float:
        """By its length; one that is not over is longer than any."""
        return math.inf if self.length_us is None else self.length_us


class LostRange(_Model):
    """Good acknowledged writes that its database has not: those of one history after `begins_us` up to `ends_us`."""

    branch: str
    begins_us: int
    ends_us: int
    writes: int
    discarded: bool


class Staleness(_Model):
    """How old what reads showed was, in seconds, weighted by reads; `stale_percent` of them older than a second."""

    p50_s: float = 0.0
    p95_s: float = 0.0
    max_s: float = 0.0
    stale_percent: float = 0.0


class Counts(_Model):
    """An app's requests over the whole drill, in whole requests (rounded down)."""

    writes_due: int = 0
    writes_ok: int = 0
    writes_failed: int = 0
    writes_unknown: int = 0
    writes_wrong: int = 0
    reads_due: int = 0
    reads_ok: int = 0
    reads_failed: int = 0
    reads_stale: int = 0
    acknowledged: int = 0
    lost: int = 0
    discarded: int = 0
    wrong_removed: int = 0
    wrong_present: int = 0
    unknown_present: int = 0  # of the unknown writes, those that are there although the app never learnt it


class Sample(_Model):
    """From `t_us` on an app's requests ended so, per second."""

    t_us: int
    due: float
    ok: float
    failed: float
    unknown: float
    wrong: float


class Series(_Model):
    """A value over time for the time line: (time in µs, value), linear from point to point."""

    name: str
    unit: str
    points: tuple[tuple[int, float | None], ...]


class AppResult(_Model):
    """What one app saw. It is what every verdict rests on."""

    app: str
    on: str  # writes or reads: what its RTO is judged on
    threshold_percent: float
    settle_s: float
    rto_us: int | None  # the longest of its incidents; 0 if it had none; None: not recovered
    rpo_us: int
    availability_percent: float
    minutes_under_threshold: float
    slo_percent: float
    budget_days: float | None  # its failures as days of the month's error budget at `slo_percent`; 100 % leaves none
    counts: Counts
    staleness: Staleness
    incidents: tuple[Incident, ...] = ()
    lost_ranges: tuple[LostRange, ...] = ()
    samples: tuple[Sample, ...] = ()


class Owner(_Model):
    """Who owned an endpoint from `t_us` on, and where; empty for nobody."""

    t_us: int
    target: str
    zone: str


class Endpoint(_Model):
    """A name, and who owned it over time."""

    name: str
    owners: tuple[Owner, ...]


class Band(_Model):
    """A fault on the time line, from its begin to its end; None: still in force at the end of the drill."""

    name: str
    target: str
    begins_us: int
    ends_us: int | None


class LogRow(_Model):
    """An event worth a place on the time line."""

    t_us: int
    source: str
    id: str  # RDS-EVENT-0071, or the kind of the truth's row
    text: str


class Assumption(_Model):
    """A number of ours behind the result: AWS does not publish it."""

    name: str
    value: str
    source: str
    confidence: str


class DrillResult(_Model):
    """All that one run of one drill showed."""

    format: int = FORMAT
    simulated: str = "SIMULATED: not evidence of the real system's RTO or RPO"
    product: str
    catalog: str
    drill: str  # its name: the file's stem
    title: str
    note: str = ""
    facts: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    drill_digest: str
    fleet: str
    fleet_name: str
    fleet_digest: str
    seed: int
    settings: tuple[str, ...] = ()  # --set, --no-solution and the like, as on the command line
    length_us: int
    ended_us: int
    verdict: Verdict
    reason: str  # a sentence: what decided it
    command: str  # what replays it
    checks: tuple[CheckResult, ...]
    objectives: tuple[ObjectiveResult, ...]
    steps: tuple[StepResult, ...]
    apps: tuple[AppResult, ...]
    bands: tuple[Band, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    lags: tuple[Series, ...] = ()
    events: tuple[LogRow, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    log_rows: int
    log_digest: str


class ChaosResult(_Model):
    """Many runs of one drill: run k has seed `first_seed` + k."""

    format: int = FORMAT
    simulated: str = "SIMULATED: not evidence of the real system's RTO or RPO"
    drill: str
    title: str
    first_seed: int
    asked: int  # runs asked for
    need_percent: float
    verdict: Verdict
    reason: str
    command: str
    runs: tuple[RunSummary, ...]


class RunSummary(_Model):
    """One of many runs, in short."""

    seed: int
    verdict: Verdict
    reason: str
    struck: int = 0  # random faults that struck
    rto_us: dict[str, int | None] = {}  # by app; None: not recovered
    rpo_us: dict[str, int] = {}
    lost: dict[str, int] = {}
    discarded: dict[str, int] = {}
    availability_percent: dict[str, float] = {}
    log_digest: str
    command: str


ChaosResult.model_rebuild()
