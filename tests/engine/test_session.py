"""One door for commands: what was asked, when, and what became of it; and the same bytes however it came in."""

import json
from pathlib import Path

import pytest

from opsconsole.cloud import EventLog
from opsconsole.cloud.events import Row
from opsconsole.commands import parse
from opsconsole.commands.targets import UnknownTarget
from opsconsole.engine.begin import begin
from opsconsole.engine.eventfile import EventFile
from opsconsole.engine.session import MAX_ENDED_ORDERS, OrderState, Scripted, Session
from opsconsole.fleet import load_fleet

SECOND = 1_000_000
HOUR = 3600 * SECOND


def session(fleet: str = "aurora_mysql", seed: int | None = None) -> tuple[Session, list[bytes]]:
    lines: list[bytes] = []

    def follow(log: EventLog) -> None:
        def row(line: bytes, row: Row) -> None:
            lines.append(line)

        log.subscribe(row)

    return begin(load_fleet(fleet), seed=seed, attach=follow), lines


def test_an_order_runs_until_its_story_is_over() -> None:
    played, _ = session()
    order = played.ask(parse("az:outage us-east-1a for=30m"), "operator")
    assert (order.id, order.state, order.asked_us, order.over) == (1, OrderState.RUNNING, 0, False)
    played.run_until(HOUR)
    assert (order.state, order.ended_us) == (OrderState.DONE, 1800 * SECOND)


def test_what_aws_refuses_is_an_order_with_its_code_and_a_row_in_the_log() -> None:
    played, lines = session()
    order = played.ask(parse("rds:failover-db-cluster orders to=orders-1"), "operator")
    assert order.state is OrderState.REFUSED
    assert order.over
    assert order.code
    row = json.loads(lines[-1])
    assert (row["kind"], row["outcome"], row["code"], row["source"]) == ("command", "refused", order.code, "orders")
    assert row["sentence"] == order.sentence


def test_a_target_that_does_not_exist_is_not_asked_at_all() -> None:
    played, lines = session()
    with pytest.raises(UnknownTarget, match="orders-1"):
        played.ask(parse("sim:crash-instance orders-11"), "operator")
    assert played.orders == ()
    assert lines == []


def test_scripted_and_asked_by_hand_write_the_same_bytes_in_any_slicing() -> None:
    script = [
        (60 * SECOND, "az:outage us-east-1a for=10m"),
        (60 * SECOND, "sim:crash-instance orders-2"),
        (2400 * SECOND, "heal all"),
    ]
    whole, expected = session()
    whole.schedule(Scripted(time, "script", parse(line)) for time, line in script)
    whole.run_until(HOUR)

    sliced, lines = session()
    todo = list(script)
    for tick in range(3600 * 4 + 1):
        sliced.run_until(tick * SECOND // 4)
        while todo and todo[0][0] == sliced.now_us:
            sliced.ask(parse(todo.pop(0)[1]), "a person")
            for app in sliced.cloud.apps.values():
                app.books.at(sliced.now_us)
    assert lines == expected
    assert len(lines) > 30
    assert sliced.cloud.log.digest == whole.cloud.log.digest


def test_another_seed_is_another_run() -> None:
    logs = []
    for seed in (1, 2):
        played, lines = session(seed=seed)
        played.ask(parse("rds:failover-db-cluster orders"), "operator")
        played.run_until(HOUR)
        logs.append(lines)
    assert logs[0] != logs[1]


def test_a_script_keeps_its_order_and_what_is_late_is_asked_now() -> None:
    played, _ = session()
    played.run_until(5 * SECOND)
    later = Scripted(7 * SECOND, "b", parse("sim:crash-instance orders-1"))
    late = Scripted(1 * SECOND, "a", parse("sim:crash-instance orders-2"))
    same = Scripted(7 * SECOND, "c", parse("sim:crash-instance orders-3"))
    played.schedule([later, late, same])
    assert played.next_time_us == 5 * SECOND
    played.run_until(10 * SECOND)
    assert [(order.who, order.asked_us) for order in played.orders] == [
        ("a", 5 * SECOND),
        ("b", 7 * SECOND),
        ("c", 7 * SECOND),
    ]
    assert played.script == ()


def test_orders_that_are_over_are_forgotten_oldest_first_and_running_ones_are_kept() -> None:
    played, _ = session()
    running = played.ask(parse("az:slowdown us-east-1b"), "operator")
    for _number in range(MAX_ENDED_ORDERS + 5):
        played.ask(parse("heal us-east-1c"), "operator")
    kept = played.orders
    assert kept[0] is running
    assert len(kept) == 1 + MAX_ENDED_ORDERS
    assert kept[-1].id == played.last_seq == MAX_ENDED_ORDERS + 6


def test_an_event_file_that_is_closed_is_left_alone(tmp_path: Path) -> None:
    events = EventFile(tmp_path / "events.jsonl")
    played = begin(load_fleet("aurora_mysql"), attach=events.attach)
    played.ask(parse("az:outage us-east-1a for=30m"), "operator")
    events.close()
    written = events.path.read_bytes()
    played.run_until(HOUR)
    assert events.path.read_bytes() == written != b""
