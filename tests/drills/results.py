"""Results of drills, written by hand, as a run would give them: one that passed, one that lost writes, many runs."""

import random
from collections.abc import Callable

from pydantic import BaseModel

from opsconsole.drills.result import (
    AppResult,
    Assumption,
    Band,
    ChaosResult,
    CheckResult,
    Counts,
    DrillResult,
    Endpoint,
    Incident,
    LogRow,
    LostRange,
    ObjectiveResult,
    Outcome,
    Owner,
    Phase,
    RunSummary,
    Sample,
    Series,
    Staleness,
    StepResult,
    Verdict,
)

S = 1_000_000
M = 60 * S

HOSTILE = "<script>alert('x')</script> & \"quoted\" \x1b[31m \u202edesrever </svg><style>*{}"


def samples(due: float, *changes: tuple[float, float, float, float]) -> tuple[Sample, ...]:
    """From (second, ok, failed, unknown) on."""
    return tuple(
        Sample(t_us=round(t * S), due=due, ok=ok, failed=failed, unknown=unknown, wrong=0.0)
        for t, ok, failed, unknown in changes
    )


def checkout() -> AppResult:
    """16.8 s without writes: detection, promotion, DNS, the app's own name cache, its pool."""
    return AppResult(
        app="checkout",
        on="writes",
        threshold_percent=99.9,
        settle_s=10.0,
        rto_us=16_795_000,
        rpo_us=0,
        availability_percent=99.5353,
        minutes_under_threshold=0.4,
        slo_percent=99.95,
        budget_days=5.8,
        counts=Counts(
            writes_due=360_000,
            writes_ok=353_361,
            writes_failed=6_599,
            writes_unknown=40,
            reads_due=2_700_000,
            reads_ok=2_692_401,
            reads_failed=7_599,
            reads_stale=18_410,
            acknowledged=353_361,
            unknown_present=12,
        ),
        staleness=Staleness(p50_s=0.014, p95_s=0.021, max_s=0.114, stale_percent=0.0),
        incidents=(
            Incident(
                begins_us=60 * S,
                recovered_us=76_795_000,
                first_success_us=72_630_000,
                p50_us=13_400_000,
                p95_us=16_300_000,
                max_us=16_795_000,
                failed=14_198,
                unknown=40,
                phases=(
                    Phase(
                        name="detection",
                        begins_us=60 * S,
                        ends_us=64_146_076,
                        said_by="orders RDS-EVENT-0073",
                        confidence="SIM",
                    ),
                    Phase(
                        name="promotion",
                        begins_us=64_146_076,
                        ends_us=68_884_449,
                        said_by="orders-2 role writer",
                        confidence="M",
                    ),
                    Phase(
                        name="DNS",
                        begins_us=68_884_449,
                        ends_us=71_845_932,
                        said_by="orders.writer dns orders-2",
                        confidence="M",
                    ),
                    Phase(
                        name="client cache",
                        begins_us=71_845_932,
                        ends_us=75_400_000,
                        said_by="checkout dns_cache 5s",
                        confidence="H",
                    ),
                    Phase(
                        name="pool",
                        begins_us=75_400_000,
                        ends_us=76_795_000,
                        said_by="checkout pool 60",
                        confidence="SIM",
                    ),
                ),
            ),
        ),
        samples=samples(
            3_400,
            (0, 3_400, 0, 0),
            (60, 2_000, 1_390, 10),
            (62, 2_000, 1_400, 0),
            (64.146, 1_900, 1_500, 0),
            (68.884, 2_266, 1_134, 0),
            (70, 3_000, 400, 0),
            (72.63, 3_050, 350, 0),
            (74.2, 3_190, 210, 0),
            (75.4, 3_310, 90, 0),
            (76.795, 3_400, 0, 0),
        ),
    )


def passed() -> DrillResult:
    """A zone is lost; the app is back in time and nothing is lost."""
    return DrillResult(
        product="opsconsole 0.1.0",
        catalog="9d21f0c4b8aa",
        drill="az_outage",
        title="AZ a loses power: checkout is back within 90 seconds and loses nothing",
        note="Passes on 100 % of 200 seeds.",
        facts=("AUR-FO-02", "AUR-STO-04"),
        tags=("az", "aurora"),
        drill_digest="7f00c1d2e3a4b5c6d7e8f90a1b2c3d4e",
        fleet="aurora_mysql",
        fleet_name="One Aurora MySQL cluster",
        fleet_digest="c0ffee00112233445566778899aabbcc",
        seed=7,
        settings=("--set az=us-east-1a",),
        length_us=15 * M,
        ended_us=15 * M,
        verdict=Verdict.PASSED,
        reason="All 5 checks passed and all 4 objectives were kept.",
        command="opsconsole drill az_outage --seed 7 --set az=us-east-1a",
        checks=(
            CheckResult(
                id="given[0]",
                kind="given",
                text="orders.writer.az == us-east-1a",
                outcome=Outcome.PASSED,
                begun_us=0,
                decided_us=0,
                seen="us-east-1a",
                why="It was so at the start.",
            ),
            CheckResult(
                id="steady[0]",
                kind="steady",
                text="checkout.writes.ok >= 99.9%",
                outcome=Outcome.PASSED,
                begun_us=0,
                decided_us=0,
                seen="100 %",
                why="It was so at the start.",
            ),
            CheckResult(
                id="timeline[1]",
                kind="expect",
                text="orders.endpoint.writer.az != us-east-1a",
                outcome=Outcome.PASSED,
                note="the reader in b or c takes over",
                begun_us=60 * S,
                decided_us=371_845_932,
                seen="us-east-1b",
                why="True from T+1m11.845s on and for the 5m asked.",
                event="RDS-EVENT-0071 orders",
            ),
            CheckResult(
                id="timeline[2]",
                kind="expect",
                text="orders.readers.healthy == 2",
                outcome=Outcome.PASSED,
                begun_us=600 * S,
                decided_us=615_912_157,
                seen="2",
                why="Both readers serve again.",
                event="RDS-EVENT-0006 orders-1",
            ),
            CheckResult(
                id="steady[0] at the end",
                kind="steady",
                text="checkout.writes.ok >= 99.9%",
                outcome=Outcome.PASSED,
                begun_us=15 * M,
                decided_us=15 * M,
                seen="100 %",
                why="It was so at the end.",
                event="orders/1 healthy",
            ),
        ),
        objectives=(
            ObjectiveResult(
                app="checkout",
                name="rto",
                target="90s",
                measured="16.8 s",
                margin="73.2 s",
                target_value=90,
                measured_value=16.795,
                outcome=Outcome.PASSED,
            ),
            ObjectiveResult(
                app="checkout",
                name="rpo",
                target="0s",
                measured="0 s",
                margin="none",
                target_value=0,
                measured_value=0,
                outcome=Outcome.PASSED,
            ),
            ObjectiveResult(
                app="checkout",
                name="availability",
                target="99 %",
                measured="99.535 %",
                margin="0.535 %",
                target_value=99,
                measured_value=99.5353,
                outcome=Outcome.PASSED,
            ),
            ObjectiveResult(
                app="checkout",
                name="lost",
                target="0",
                measured="0",
                margin="none",
                target_value=0,
                measured_value=0,
                outcome=Outcome.PASSED,
            ),
        ),
        steps=(
            StepResult(
                id="timeline[0]",
                kind="fault",
                text="az:outage us-east-1a for=9m",
                by="script",
                outcome=Outcome.DONE,
                begun_us=60 * S,
                ended_us=600 * S,
            ),
            StepResult(
                id="page",
                kind="say",
                text="checkout cannot write",
                by="script",
                outcome=Outcome.DONE,
                begun_us=66 * S,
                ended_us=66 * S,
            ),
        ),
        apps=(checkout(),),
        bands=(Band(name="az:outage", target="us-east-1a", begins_us=60 * S, ends_us=600 * S),),
        endpoints=(
            Endpoint(
                name="orders.writer",
                owners=(
                    Owner(t_us=0, target="orders-1", zone="us-east-1a"),
                    Owner(t_us=71_845_932, target="orders-2", zone="us-east-1b"),
                ),
            ),
            Endpoint(
                name="orders.reader",
                owners=(
                    Owner(t_us=0, target="orders-2, orders-3", zone="us-east-1b"),
                    Owner(t_us=71_845_932, target="orders-3", zone="us-east-1c"),
                    Owner(t_us=618_261_510, target="orders-1, orders-3", zone="us-east-1a"),
                ),
            ),
        ),
        lags=(
            Series(
                name="orders-2 lag", unit="ms", points=((0, 14.0), (60 * S, 14.0), (64 * S, 21.0), (64_146_076, None))
            ),
            Series(name="orders-3 lag", unit="ms", points=((0, 17.0), (60 * S, 17.0), (62 * S, 114.0), (66 * S, 17.0))),
        ),
        events=(
            LogRow(
                t_us=64_146_076,
                source="orders",
                id="RDS-EVENT-0073",
                text="Started cross AZ failover to DB instance: orders-2.",
            ),
            LogRow(t_us=64_146_076, source="orders-2", id="RDS-EVENT-0004", text="DB instance shutdown."),
            LogRow(t_us=68_884_449, source="orders-2", id="RDS-EVENT-0006", text="DB instance restarted."),
            LogRow(
                t_us=71_845_932,
                source="orders",
                id="RDS-EVENT-0071",
                text="Completed failover to DB instance: orders-2.",
            ),
            LogRow(t_us=71_845_932, source="orders-2", id="RDS-EVENT-0385", text="Cluster topology is updated."),
            LogRow(t_us=615_912_157, source="orders-1", id="RDS-EVENT-0006", text="DB instance restarted."),
        ),
        assumptions=(
            Assumption(
                name="aurora-detection",
                value="2s to 6s, typically 4s",
                source="our own: AWS publishes the whole failover only",
                confidence="SIM",
            ),
            Assumption(name="pool-reconnect", value="60 connections, 50 a second", source="our own", confidence="SIM"),
        ),
        log_rows=38,
        log_digest="2632e5b13c441519df8a10291769a561",
    )


def billing() -> AppResult:
    """An app that did not come back, and one short incident before."""
    return AppResult(
        app="billing",
        on="writes",
        threshold_percent=99.0,
        settle_s=10.0,
        rto_us=None,
        rpo_us=4_180_000,
        availability_percent=81.2,
        minutes_under_threshold=17.1,
        slo_percent=99.95,
        budget_days=113.4,
        counts=Counts(
            writes_due=1_440_000,
            writes_ok=1_168_000,
            writes_failed=268_100,
            writes_unknown=3_900,
            reads_due=10,
            reads_ok=9,
            reads_failed=1,
            acknowledged=1_168_000,
            lost=1_672,
            discarded=20_450,
            wrong_removed=31,
            wrong_present=2,
            unknown_present=7,
        ),
        staleness=Staleness(p50_s=0.118, p95_s=3.4, max_s=4.2, stale_percent=8.25),
        incidents=(
            Incident(
                begins_us=150 * S,
                recovered_us=158 * S,
                first_success_us=151 * S,
                p50_us=3 * S,
                p95_us=7 * S,
                max_us=8 * S,
                failed=900,
            ),
            Incident(
                begins_us=70 * M,
                recovered_us=None,
                failed=267_200,
                unknown=3_900,
                phases=(
                    Phase(name="operator", begins_us=70 * M, ends_us=75 * M, said_by="promote", confidence=""),
                    Phase(
                        name="promotion",
                        begins_us=74 * M,
                        ends_us=80 * M,
                        said_by="orders-eu role writer",
                        confidence="SIM",
                    ),
                ),
            ),
        ),
        lost_ranges=(
            LostRange(branch="orders", begins_us=70 * M - 4_180_000, ends_us=70 * M, writes=1_672, discarded=False),
            LostRange(branch="orders-eu/2", begins_us=100 * M, ends_us=101 * M, writes=20_450, discarded=True),
        ),
        samples=samples(
            400, (0, 400, 0, 0), (150, 100, 300, 0), (158, 400, 0, 0), (4200, 0, 0, 400), (4209.75, 0, 400, 0)
        ),
    )


def failed() -> DrillResult:
    """A region is lost, writes with it, and one app never comes back."""
    base = passed()
    return base.model_copy(
        update={
            "drill": "region_loss",
            "title": "us-east-1 is gone: promote eu-west-1, fence the old primary, come home",
            "note": "",
            "fleet": "global_aurora",
            "fleet_name": "Global storefront",
            "drill_digest": "0d0d0d0d",
            "fleet_digest": "1e1e1e1e",
            "seed": 11,
            "length_us": 120 * M,
            "ended_us": 120 * M,
            "verdict": Verdict.FAILED,
            "reason": "billing did not recover; 1 check failed and 1 was not reached.",
            "command": "opsconsole drill region_loss --seed 11 --no-solution",
            "settings": ("--no-solution",),
            "apps": (base.apps[0], billing()),
            "checks": (
                base.checks[0],
                CheckResult(
                    id="never two",
                    kind="always",
                    text="orders-global.writers <= 1",
                    outcome=Outcome.FAILED,
                    note="never two primaries",
                    begun_us=3 * M,
                    decided_us=81 * M,
                    seen="2",
                    why="For 2.1 s two clusters took writes.",
                    event="RDS-EVENT-0181 orders-eu",
                ),
                CheckResult(
                    id="timeline[9]",
                    kind="expect",
                    text="orders.endpoint.writer.region == us-east-1",
                    outcome=Outcome.NOT_REACHED,
                    why="It waits for `home`, which was withheld.",
                ),
            ),
            "objectives": (
                *base.objectives,
                ObjectiveResult(
                    app="billing",
                    name="rto",
                    target="8m",
                    measured="not recovered",
                    margin="none",
                    target_value=480,
                    measured_value=None,
                    outcome=Outcome.FAILED,
                    why="It had not recovered when the drill ended.",
                ),
                ObjectiveResult(
                    app="billing",
                    name="rpo",
                    target="5s",
                    measured="4.18 s",
                    margin="0.82 s",
                    target_value=5,
                    measured_value=4.18,
                    outcome=Outcome.PASSED,
                ),
                ObjectiveResult(
                    app="billing",
                    name="lost",
                    target="1,000",
                    measured="1,672",
                    margin="−672",
                    target_value=1000,
                    measured_value=1672,
                    outcome=Outcome.FAILED,
                    why="672 more than the drill allows.",
                ),
            ),
            "steps": (
                StepResult(
                    id="timeline[0]",
                    kind="fault",
                    text="sim:lag-burst orders-eu lag=4s for=3m",
                    by="script",
                    hidden=True,
                    outcome=Outcome.DONE,
                    begun_us=2 * M,
                    ended_us=5 * M,
                ),
                StepResult(
                    id="outage",
                    kind="fault",
                    text="region:outage us-east-1",
                    by="script",
                    outcome=Outcome.DONE,
                    begun_us=70 * M,
                ),
                StepResult(
                    id="timeline[2]",
                    kind="say",
                    text="checkout error rate 100 % in us-east-1",
                    by="script",
                    outcome=Outcome.DONE,
                    begun_us=70 * M,
                    ended_us=70 * M,
                ),
                StepResult(
                    id="promote",
                    kind="action",
                    text="rds:failover-global-cluster orders-global allow_data_loss=true",
                    by="operator",
                    outcome=Outcome.REFUSED,
                    begun_us=75 * M,
                    ended_us=75 * M,
                    code="InvalidGlobalClusterStateFault",
                    sentence="orders-global is failing over already.",
                ),
                StepResult(
                    id="home",
                    kind="action",
                    text="rds:switchover-global-cluster orders-global",
                    by="solution",
                    outcome=Outcome.WITHHELD,
                ),
            ),
            "bands": (
                Band(name="sim:lag-burst", target="orders-eu", begins_us=2 * M, ends_us=5 * M),
                Band(name="region:outage", target="us-east-1", begins_us=70 * M, ends_us=None),
            ),
            "endpoints": (
                *base.endpoints,
                Endpoint(
                    name="orders-eu.writer",
                    owners=(
                        Owner(t_us=0, target="", zone=""),
                        Owner(t_us=80 * M, target="orders-eu-1", zone="eu-west-1a"),
                    ),
                ),
            ),
        }
    )


def chaos(runs: int = 200) -> ChaosResult:
    """Many runs: most recover within half a minute, a few late, some never."""
    luck = random.Random(5)
    summaries = []
    for seed in range(1, runs + 1):
        rto_us = round(12 * S + luck.expovariate(1 / 6) * S) if seed % 67 else None
        late = rto_us is None or rto_us > 35 * S
        summaries.append(
            RunSummary(
                seed=seed,
                verdict=Verdict.FAILED if late else Verdict.PASSED,
                reason="checkout was not back in time." if late else "All was kept.",
                rto_us={"checkout": rto_us, "storefront": 0 if seed % 3 else 4 * S},
                rpo_us={"checkout": 0, "storefront": seed * 10_000},
                lost={"checkout": 0, "storefront": seed},
                discarded={"checkout": 0, "storefront": 0},
                availability_percent={"checkout": 99.9 - (0.5 if late else 0.0), "storefront": 99.99},
                log_digest=f"{seed:032x}",
                command=f"opsconsole drill small_failures --seed {seed}",
            )
        )
    good = sum(run.verdict is Verdict.PASSED for run in summaries)
    return ChaosResult(
        drill="small_failures",
        title="A week of small failures, 200 times",
        first_seed=1,
        asked=runs,
        need_percent=99.0,
        verdict=Verdict.FAILED,
        reason=f"{good} of {runs} runs passed; 99 % are needed.",
        command=f"opsconsole drill small_failures --runs {runs} --seed 1",
        runs=tuple(summaries),
    )


def rewritten(value: object, change: Callable[[str], str]) -> object:
    """A model's data with every text in it changed, but for those that are one of a few words."""
    if isinstance(value, BaseModel):
        return {name: rewritten(getattr(value, name), change) for name in type(value).model_fields}
    if isinstance(value, Outcome | Verdict):
        return value
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(key): rewritten(inner, change) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return tuple(rewritten(inner, change) for inner in value)
    return value


def hostile() -> tuple[DrillResult, list[str]]:
    """The failed drill with something hostile in every text, and those texts: each one of its own."""
    texts: list[str] = []

    def change(text: str) -> str:
        if not text:
            return text
        texts.append(f"{text} {len(texts)} {HOSTILE}")
        return texts[-1]

    return DrillResult.model_validate(rewritten(failed(), change)), texts
