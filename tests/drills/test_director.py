"""Steps begin when they should, once, and what could not be done is never green."""

import pytest

from opsconsole.commands import registry
from opsconsole.drills.manner import Manner
from opsconsole.drills.result import Outcome, StepResult, Verdict
from opsconsole.drills.running import Run
from tests.drills.writing import ALWAYS_TRUE, check, drill, run

SECOND = 1_000_000


def begun(result: object, id: str) -> float | None:
    steps: tuple[StepResult, ...] = result.steps  # type: ignore[attr-defined]
    at = next(step.begun_us for step in steps if step.id == id)
    return None if at is None else at / SECOND


def test_steps_begin_at_a_time_after_a_step_or_when_a_check_first_holds() -> None:
    result = run(
        ALWAYS_TRUE,
        '{ at = "10s", fault = "az:slowdown", target = "us-east-1a", for = "20s", id = "slow" }',
        '{ after = "slow", mark = "ended", id = "after" }',
        '{ after = "slow", delay = "5s", mark = "later", id = "later" }',
        '{ when = "us-east-1a.status == slow", delay = "3s", mark = "seen", id = "when" }',
        '{ after = "slow", when = "us-east-1a.status == up", mark = "both", id = "both" }',
        '{ at = "1m", when = "us-east-1a.status == up", mark = "from", id = "from" }',
        '{ at = "2m", every = "1m", times = 3, say = "again", id = "again" }',
        '{ after = "again", mark = "last", id = "last" }',
    )
    assert result.verdict is Verdict.PASSED, result.reason
    wanted = {"slow": 10, "after": 30, "later": 35, "when": 13, "both": 30, "from": 60, "last": 240}
    assert {id: begun(result, id) for id in wanted} == wanted
    assert [begun(result, f"again#{number}") for number in (1, 2, 3)] == [120, 180, 240]


def test_an_operation_has_ended_when_its_work_is_done_not_when_aws_has_answered() -> None:
    """What comes after a snapshot or a restore waits for it, as `aws rds wait` does."""
    result = run(
        '{ at = "10s", action = "rds:create-db-cluster-snapshot", target = "orders",'
        ' with = { db_cluster_snapshot_identifier = "kept" }, id = "snapshot" }',
        '{ after = "snapshot", expect = "orders.status == available", within = "0s", for = "1s" }',
        '{ after = "snapshot", action = "rds:restore-db-cluster-from-snapshot", target = "kept",'
        ' with = { db_cluster_identifier = "again" }, id = "restore" }',
        '{ after = "restore", expect = "again.status == available", within = "0s", for = "1s", id = "restored" }',
        length="2h",
    )
    assert result.verdict is Verdict.PASSED, result.reason
    restored = next(check for check in result.checks if check.id == "restored")
    assert restored.begun_us > 300 * SECOND, "a restore takes minutes"


def test_the_load_changes_for_a_while_and_goes_back() -> None:
    result = run(
        '{ at = "10s", load = "checkout", set = { writes = "900/s" }, for = "1m", id = "peak" }',
        '{ at = "10s", expect = "checkout.writes.due == 900/s", within = "0s", for = "59s" }',
        '{ after = "peak", expect = "checkout.writes.due < 900/s", within = "0s", for = "1m" }',
    )
    assert result.verdict is Verdict.PASSED, result.reason


def test_loads_that_overlap_end_where_they_should() -> None:
    """The newer one goes on when the older one ends; after both it is as before them."""
    result = run(
        '{ at = "10s", load = "checkout", set = { writes = "900/s" }, for = "1m" }',
        '{ at = "30s", load = "checkout", set = { writes = "500/s" }, for = "2m" }',
        '{ at = "40s", load = "checkout", set = { writes = "700/s" }, for = "10s" }',
        '{ at = "30s", expect = "checkout.writes.due == 500/s", within = "0s", for = "10s" }',
        '{ at = "50s", expect = "checkout.writes.due == 500/s", within = "0s", for = "1m40s" }',
        '{ at = "2m30s", expect = "checkout.writes.due == 300/s", within = "0s", for = "5m" }',
    )
    assert result.verdict is Verdict.PASSED, result.reason


@pytest.mark.parametrize("at", ["given", "steady"])
def test_what_does_not_hold_at_the_start_proves_nothing(at: str) -> None:
    result = run(ALWAYS_TRUE, before=f'{at} = ["orders.writer == orders-2"]')
    assert result.verdict is Verdict.INVALID
    assert result.ended_us == 0
    assert result.reason.startswith(f"{at}[0]")
    assert "it is orders-1" in result.reason


def test_steady_must_hold_again_at_the_end() -> None:
    result = run(
        '{ at = "1m", action = "app:pause-writes", target = "checkout" }',
        before='steady = ["checkout.writes.ok >= 99%"]',
    )
    assert result.verdict is Verdict.FAILED
    assert result.reason.startswith("steady[0] at the end failed: checkout.writes.ok >= 99%, it is 0.0 %")


def test_an_action_that_aws_refuses_proves_nothing_unless_the_refusal_is_what_is_shown() -> None:
    to = 'with = {{ target_db_instance_identifier = "orders-1" }}'
    row = '{{ at = "10s", action = "rds:failover-db-cluster", target = "orders", ' + to + "{} }}"
    refused = run(row.format(""), ALWAYS_TRUE)
    assert refused.verdict is Verdict.INVALID
    assert "could not be done: InvalidDBClusterStateFault" in refused.reason
    code = next(step.code for step in refused.steps if step.code)
    shown = run(row.format(f', refused = "{code}", id = "r"'))
    assert shown.verdict is Verdict.PASSED
    assert check(shown, "r").seen == code
    wrong = run(row.format(', refused = "KMSKeyNotAccessibleFault", id = "r"'))
    assert (wrong.verdict, check(wrong, "r").outcome) == (Verdict.FAILED, Outcome.FAILED)
    asked = 'action = "rds:failover-db-cluster", target = "orders"'
    accepted = run(f'{{ at = "10s", {asked}, refused = "DBClusterNotFoundFault", id = "r" }}')
    assert (accepted.verdict, check(accepted, "r").seen) == (Verdict.FAILED, "accepted")


def test_a_fault_that_never_strikes_proves_nothing() -> None:
    result = run(
        ALWAYS_TRUE, '{ when = "orders.writer == orders-2", fault = "az:outage", target = "us-east-1a", id = "f" }'
    )
    assert result.verdict is Verdict.INVALID
    assert "never struck" in result.reason


def test_a_load_that_never_comes_proves_nothing() -> None:
    row = '{{ when = "orders.writer == orders-2", load = "checkout", set = {{ writes = "900/s" }}, id = "peak"{} }}'
    result = run(ALWAYS_TRUE, row.format(""))
    assert result.verdict is Verdict.INVALID
    assert result.reason.startswith("peak (app:set-rate checkout")
    assert result.reason.endswith("never came")
    assert run(ALWAYS_TRUE, row.format(", solution = true")).verdict is Verdict.FAILED


def test_a_check_that_is_never_reached_is_not_green() -> None:
    result = run(
        ALWAYS_TRUE,
        '{ when = "orders.writer == orders-2", mark = "moved", id = "moved" }',
        '{ after = "moved", expect = "orders.copies == 6", within = "1s", id = "never" }',
    )
    assert result.verdict is Verdict.FAILED
    assert check(result, "never").outcome is Outcome.NOT_REACHED


def test_an_objective_about_an_app_of_which_nothing_was_due_proves_nothing() -> None:
    result = run(
        '{ at = "0s", load = "checkout", set = { writes = "0/s" } }',
        before="",
        after='[objective.checkout]\nrto = "1m"',
    )
    assert result.verdict is Verdict.INVALID
    assert "nothing was due from checkout" in result.reason


@pytest.mark.parametrize(
    "row",
    [
        '{ at = "0s", load = "checkout", set = { writes = "0/s" } }',
        '{ at = "0s", action = "app:pause-writes", target = "checkout" }',
    ],
)
def test_a_promise_to_lose_nothing_needs_something_that_could_be_lost(row: str) -> None:
    result = run(row, after='[objective.checkout]\non = "reads"\nrpo = "0s"')
    assert result.verdict is Verdict.INVALID
    assert result.reason == "no write of checkout was acknowledged: none could be lost"


def test_a_fault_that_somebody_heals_by_hand_proves_nothing() -> None:
    """What a player of a console drill may do, too; a heal in the file is its author's decision."""
    row = '{ at = "10s", fault = "az:outage", target = "us-east-1a", for = "5m", id = "outage" }'
    run_of = Run(drill(row, ALWAYS_TRUE))
    run_of.begin()
    run_of.session.run_until(60 * SECOND)
    run_of.session.ask(registry()["heal"].model_validate({"target": "us-east-1a"}), "somebody")
    run_of.to_the_end()
    assert run_of.result.verdict is Verdict.INVALID
    assert "outage (az:outage us-east-1a for=5m) was healed by hand" in run_of.result.reason
    step = '{ at = "1m", action = "heal", target = "us-east-1a" }'
    assert run(row, step, ALWAYS_TRUE).verdict is Verdict.PASSED


def test_a_stop_ends_it_there() -> None:
    result = run(
        ALWAYS_TRUE,
        '{ at = "1m", action = "app:pause-writes", target = "checkout" }',
        '{ when = "checkout.writes.ok < 50%", delay = "30s", stop = "the business has had enough" }',
    )
    assert (result.verdict, result.reason) == (Verdict.STOPPED, "the business has had enough")
    assert result.ended_us == 90 * SECOND


def test_the_operators_moves_may_be_withheld_and_what_comes_after_them_with_them() -> None:
    rows = (
        '{ at = "1m", action = "rds:failover-db-cluster", target = "orders", solution = true, id = "move" }',
        '{ after = "move", expect = "orders.writer != orders-1", within = "1m", id = "moved" }',
    )
    assert run(*rows).verdict is Verdict.PASSED
    without = run(*rows, manner=Manner(solution=False))
    assert without.verdict is Verdict.FAILED
    assert check(without, "moved").outcome is Outcome.NOT_REACHED
    assert next(step.outcome for step in without.steps if step.id == "move") is Outcome.WITHHELD
    assert without.settings == ("--no-solution",)


def test_every_fault_ends_with_the_drill() -> None:
    result = run(ALWAYS_TRUE, '{ at = "1m", fault = "az:slowdown", target = "us-east-1a" }')
    assert result.verdict is Verdict.PASSED
    assert next(step.ended_us for step in result.steps if step.kind == "fault") == result.ended_us == 600 * SECOND


def test_staleness_is_judged_without_detail_too() -> None:
    """So it is in every one of many runs."""
    result = run(
        '{ at = "60s", fault = "sim:replica-stall", target = "orders-2", for = "90s" }',
        after='[objective.checkout]\nstaleness = "1s"',
    )
    assert (result.verdict, result.reason) == (
        Verdict.FAILED,
        "checkout staleness: 60.0 s, promised ≤ 1.0 s",
    )


def test_a_database_that_was_deleted_keeps_no_promise() -> None:
    result = run(
        *(f'{{ at = "1m", action = "rds:delete-db-instance", target = "orders-{n}" }}' for n in (3, 2, 1)),
        '{ at = "12m", action = "rds:delete-db-cluster", target = "orders", with = { skip_final_snapshot = true } }',
        length="20m",
        after='[objective.checkout]\nrpo = "0s"\ndiscarded = 0',
    )
    assert {one.name: one.outcome for one in result.objectives} == dict.fromkeys(("rpo", "discarded"), Outcome.FAILED)
    assert result.apps[0].counts.acknowledged == result.apps[0].counts.discarded > 0


def test_a_promise_of_everything_leaves_no_error_budget() -> None:
    result = run(ALWAYS_TRUE, after='[objective.checkout]\navailability = "100%"')
    assert result.verdict is Verdict.PASSED, result.reason
    assert [app.budget_days for app in result.apps if app.app == "checkout"] == [None]


def test_reads_of_a_secondary_are_as_old_as_what_its_region_has() -> None:
    """Aurora's replicas are milliseconds behind their volume; a secondary's volume is behind the primary's."""
    result = run(
        '{ at = "1m", fault = "sim:lag-burst", target = "orders-eu", for = "2m" }',
        '{ at = "2m", expect = "orders-eu-1.lag > 4s", within = "1s", id = "seen" }',
        fleet="global_aurora",
        length="5m",
        after='[objective.storefront-eu]\nstaleness = "1s"',
    )
    app = next(app for app in result.apps if app.app == "storefront-eu")
    assert check(result, "seen").outcome is Outcome.PASSED
    assert 4 < app.staleness.max_s < 6
    assert app.staleness.stale_percent == pytest.approx(100 * app.counts.reads_stale / app.counts.reads_ok, abs=0.5)
    assert [one.outcome for one in result.objectives] == [Outcome.FAILED]


def test_reads_of_a_promoted_replica_grow_older_while_its_source_is_written_to() -> None:
    result = run(
        '{ at = "1m", action = "rds:promote-read-replica", target = "ledger-ro" }',
        '{ at = "2m", expect = "billing.reads.stale == 100%", within = "1s", id = "seen" }',
        fleet="global_aurora",
        length="3m",
        after='[objective.billing]\nstaleness = "10s"',
    )
    app = next(app for app in result.apps if app.app == "billing")
    assert check(result, "seen").outcome is Outcome.PASSED
    assert app.staleness.max_s == pytest.approx(120, abs=0.01)
    assert app.staleness.stale_percent == pytest.approx(100 * app.counts.reads_stale / app.counts.reads_ok, abs=0.5)
    assert [one.outcome for one in result.objectives] == [Outcome.FAILED]


def test_an_incident_of_reads_counts_reads() -> None:
    result = run(
        '{ at = "1m", fault = "az:outage", target = "us-east-1a", for = "2m" }',
        fleet="global_aurora",
        length="10m",
        after='[objective.billing]\non = "reads"\nrto = "5m"',
    )
    app = next(app for app in result.apps if app.app == "billing")
    failed = sum(one.failed for one in app.incidents)
    assert 0.9 * app.counts.reads_failed < failed <= app.counts.reads_failed
    assert [(one.unknown, one.wrong) for one in app.incidents] == [(0, 0)] * len(app.incidents)
