"""One run of one drill: a session with a director, run to its end, and the result made of what was seen."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable
from pathlib import Path

import opsconsole
from opsconsole import catalog
from opsconsole.cloud import Cloud
from opsconsole.drills.accounting import check_results, step_results
from opsconsole.drills.asking import SOLUTION
from opsconsole.drills.director import Director
from opsconsole.drills.manner import Manner
from opsconsole.drills.measuring.apps import measure, objective_of
from opsconsole.drills.measuring.objectives import judge
from opsconsole.drills.observer import Observer
from opsconsole.drills.result import (
    AppResult,
    Assumption,
    Band,
    Counts,
    DrillResult,
    Endpoint,
    ObjectiveResult,
    Outcome,
    Owner,
    StepResult,
    Verdict,
)
from opsconsole.drills.spec import UNNAMED, Drill, Objective
from opsconsole.engine.begin import Attach, begin
from opsconsole.engine.records import DrillNote
from opsconsole.engine.session import Session
from opsconsole.fleet import format_duration

SECOND_US = 1_000_000
_GENERAL = ("failover-detection-share", "dns-ttl-cluster-s", "stale-after-s")
"""Assumptions that every measured time rests on, whatever the drill does."""


class Run:
    """A drill in a session of its own. ``begin`` it, let the session's time pass, ``result`` when it is over."""

    def __init__(
        self,
        drill: Drill,
        *,
        manner: Manner | None = None,
        detail: bool = True,
        journal: Path | None = None,
        live: bool = False,
        attach: Attach | None = None,
    ) -> None:
        self.drill = drill
        self.manner = manner or Manner()
        note = note_of(drill, self.manner)
        self.session: Session = begin(
            drill.loaded, seed=drill.seed, journal=journal, live=live, attach=attach, drill=note
        )
        ages = detail or any(one.staleness_us is not None for one in drill.objectives)
        self.observer = Observer(self.session.cloud, detail, ages)
        self.director = Director(drill, self.session, self.manner, self.observer)
        self.director.on_end = self._make_result
        self._result: DrillResult | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more will be asked or decided."""
        return self.director.ended_us is not None

    def begin(self) -> None:
        """The first instant: what is given and steady is looked at, the timeline begins. Once is enough."""
        if self.session.attendant is not None:
            return
        self.session.run_until(0)
        self.session.attendant = self.director
        self.director.begin()

    def to_the_end(self, stop: Callable[[], bool] = lambda: False) -> None:
        """Run it headless, as fast as it goes; `stop` is asked now and then whether somebody wants it to end."""
        step_us = max(SECOND_US, self.drill.length_us // 200)
        while not self.over and not stop():
            self.session.run_until(min(self.drill.length_us, self.session.now_us + step_us))
        if not self.over:
            self.director.stop("somebody stopped it")

    def _make_result(self) -> None:
        self._result = _Making(self).result()

    @property
    def result(self) -> DrillResult:
        """What came of it, as it was at its last instant. ValueError before it is over."""
        if self._result is None:
            raise ValueError("the drill is not over yet")
        return self._result


def run_drill(
    drill: Drill,
    *,
    manner: Manner | None = None,
    detail: bool = True,
    journal: Path | None = None,
    attach: Attach | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> DrillResult:
    """Run a drill headless, from its first instant to its end, and say what came of it. Raises ``JournalError``."""
    run = Run(drill, manner=manner, detail=detail, journal=journal, attach=attach)
    try:
        run.begin()
        run.to_the_end(stop)
        return run.result
    finally:
        run.session.close()
        run.session.cloud.kernel.close()


class _Making:
    """Makes the result of a run that is over."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.drill: Drill = run.drill
        self.director = run.director
        self.cloud: Cloud = run.session.cloud
        run.observer.end(run.session.now_us)
        self.apps = tuple(
            measure(objective_of(self.drill, self.cloud, id), self.cloud, run.observer) for id in self.cloud.apps
        )
        self.checks = tuple(check_results(self.director))
        self.objectives = tuple(self._objectives())

    def _objectives(self) -> list[ObjectiveResult]:
        by_id = {app.app: app for app in self.apps}
        return [one for objective in self.drill.objectives for one in judge(objective, by_id[objective.app])]

    def result(self) -> DrillResult:
        verdict, reason = self._verdict()
        drill, log, detail = self.drill, self.cloud.log, self.run.observer.detail
        return DrillResult(
            product=opsconsole.__version__,
            catalog=catalog.digest(),
            drill=drill.name,
            title=drill.title,
            note=drill.note,
            facts=drill.facts,
            tags=drill.tags,
            drill_digest=_digest(drill.text),
            fleet=drill.loaded.path.stem,
            fleet_name=drill.loaded.fleet.name,
            fleet_digest=_digest(drill.loaded.text),
            seed=drill.seed,
            settings=tuple(settings(drill, self.run.manner)),
            length_us=drill.length_us,
            ended_us=self.director.ended_us or self.cloud.now_us,
            verdict=verdict,
            reason=reason,
            command=replay_command(drill, self.run.manner),
            checks=self.checks,
            objectives=self.objectives,
            steps=tuple(step_results(self.director)),
            apps=self.apps,
            bands=self._bands() if detail else (),
            endpoints=self._endpoints() if detail else (),
            lags=self.run.observer.series() if detail else (),
            events=self.run.observer.told() if detail else (),
            assumptions=self._assumptions() if detail else (),
            log_rows=log.count,
            log_digest=log.digest,
        )

    # -- the verdict --------------------------------------------------------------------------------------------

    def _verdict(self) -> tuple[Verdict, str]:
        """Never green by accident: what proves nothing is invalid, what was not reached is no success."""
        director = self.director
        if director.asking.trouble:
            return Verdict.INVALID, director.asking.trouble
        if director.stopped:
            return Verdict.STOPPED, director.stopped
        empty = [why for one in self.drill.objectives if (why := _proves_nothing(one, self._app(one.app).counts))]
        if empty:
            return Verdict.INVALID, empty[0]
        never = [step for step in step_results(director) if step.outcome is Outcome.NOT_REACHED]
        missing = [step for step in never if step.kind in ("fault", "load") and step.by != SOLUTION]
        if missing:
            what = "struck" if missing[0].kind == "fault" else "came"
            return Verdict.INVALID, f"{_step_told(missing[0])} never {what}"
        bad = [check for check in self.checks if check.outcome is not Outcome.PASSED]
        if bad:
            first = min(bad, key=lambda check: (check.decided_us is None, check.decided_us or 0))
            return Verdict.FAILED, _check_told(first.id, first.text, first.outcome, first.why, first.seen)
        broken = [one for one in self.objectives if one.outcome is not Outcome.PASSED]
        if broken:
            one = broken[0]
            return Verdict.FAILED, f"{one.app} {one.name}: {one.measured}, promised {one.target}"
        skipped = [step for step in never if step.kind in ("action", "load")]
        if skipped:
            return Verdict.FAILED, f"{_step_told(skipped[0])} was not reached: {skipped[0].sentence}"
        return Verdict.PASSED, self._passed()

    def _app(self, id: str) -> AppResult:
        return next(app for app in self.apps if app.app == id)

    def _passed(self) -> str:
        checks, promises = len(self.checks), len(self.objectives)
        kept = [f"{checks} {'check' if checks == 1 else 'checks'} true"]
        if promises:
            kept.append(f"{promises} {'objective' if promises == 1 else 'objectives'} met")
        return ", ".join(kept)

    # -- the time line ------------------------------------------------------------------------------------------

    def _bands(self) -> tuple[Band, ...]:
        """Faults from begin to end, as the log tells; one that strikes at an instant has no id, and is no band."""
        open: dict[str, Band] = {}
        for row in self.run.observer.rows:
            if row.get("kind") != "fault" or "id" not in row:
                continue
            id, t = str(row["id"]), int(row["t"] or 0)
            if row["now"] == "in force":
                open[id] = Band(name=str(row["name"]), target=str(row["source"]), begins_us=t, ends_us=None)
            elif id in open:
                open[id] = open[id].model_copy(update={"ends_us": t})
        return tuple(open.values())

    def _endpoints(self) -> tuple[Endpoint, ...]:
        """Who owned each name that an app writes to or reads from, and where."""
        names = self.cloud.names
        used = [r for app in self.cloud.apps.values() for r in (app.write_record, *app.read_records) if r is not None]
        found = []
        for record in sorted({record.id: record for record in used}.values(), key=lambda record: record.id):
            owners = []
            for t, _ in record.answers.since(0):
                ids = names.resolve(record, t)
                server = self.cloud.servers.get(ids[0]) if len(ids) == 1 else None
                zone = server.zone.name if server is not None else ""
                owners.append(Owner(t_us=t, target=",".join(ids), zone=zone))
            found.append(Endpoint(name=record.id, owners=tuple(owners)))
        return tuple(found)

    def _assumptions(self) -> tuple[Assumption, ...]:
        """Timings that were drawn and are ours, and what every measured time rests on."""
        timings = [catalog.timing(name) for name in sorted(self.cloud.drawn)]
        ours = [
            Assumption(
                name=row.name,
                value=f"{_s(row.min_s)} to {_s(row.max_s)}, typically {_s(row.typical_s)}",
                source=row.source,
                confidence=row.confidence,
            )
            for row in timings
            if row.confidence in ("L", "SIM")
        ]
        general = [catalog.assumption(name) for name in _GENERAL]
        ours += [
            Assumption(name=row.name, value=f"{row.value:g}", source=row.source, confidence=row.confidence)
            for row in general
        ]
        return tuple(ours)


def _s(seconds: float) -> str:
    return format_duration(seconds)


def _proves_nothing(one: Objective, counts: Counts) -> str:
    """Why a promise about an app was kept whatever happened; empty if it could be broken."""
    if not (counts.writes_due if one.on == "writes" else counts.reads_due):
        return f"nothing was due from {one.app}: it proves nothing about it"
    kept = any(most is not None for most in (one.rpo_us, one.lost, one.discarded))
    if kept and not counts.acknowledged:
        return f"no write of {one.app} was acknowledged: none could be lost"
    return ""


def _check_told(id: str, text: str, outcome: Outcome, why: str, seen: str) -> str:
    name = "" if id.startswith(UNNAMED) else f"{id} "
    it_is = f", it is {seen}" if seen else ""
    return f"{name}{outcome.value}: {text}{it_is}{f'; {why}' if why else ''}"


def _step_told(step: StepResult) -> str:
    """A step by its text, and by its id if the file gives it one."""
    return step.text if step.id.startswith(UNNAMED) else f"{step.id} ({step.text})"


def note_of(drill: Drill, manner: Manner) -> DrillNote:
    """What its journal says of it."""
    return DrillNote(
        path=str(drill.path.resolve()).encode(errors="replace").decode(),
        digest=_digest(drill.text),
        settings=dict(drill.settings),
        solution=manner.solution,
        faults=manner.faults,
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def settings(drill: Drill, manner: Manner) -> list[str]:
    """What was changed on the command line, as it would be written there."""
    changed = [f"--set {shlex.quote(f'{name}={value}')}" for name, value in drill.settings.items()]
    return [*changed, *([] if manner.solution else ["--no-solution"]), *([] if manner.faults else ["--no-faults"])]


def replay_command(drill: Drill, manner: Manner, runs: int = 1) -> str:
    """The command line that runs the same drill to the same bytes."""
    name = drill.name if drill.shipped else shlex.quote(str(drill.path))
    many = [f"--runs {runs}"] if runs > 1 or drill.chaos is not None else []
    return " ".join(["opsconsole drill", name, f"--seed {drill.seed}", *many, *settings(drill, manner)])
