"""Connecting by hand: what each kind of an app's processes would get from a name, and that it changes nothing."""

import pytest

from opsconsole.cloud.connecting import Attempt, connect, targets
from opsconsole.cloud.names import address
from tests.cloud.play import Play


def asked(play: Play, name: str, *, writes: bool = False, app: str = "checkout") -> list[Attempt]:
    """The attempts; asking leaves no trace."""
    before = (play.cloud.log.digest, play.cloud.now_us, play.cloud.apps[app].books.at(play.cloud.now_us))
    found = connect(play.cloud, app, name, writes)
    assert found == connect(play.cloud, app, name, writes)
    assert before == (play.cloud.log.digest, play.cloud.now_us, play.cloud.apps[app].books.at(play.cloud.now_us))
    assert 990 <= sum(one.permille for one in found) <= 1000
    return found


def calls(attempt: Attempt) -> list[str]:
    return [hop.call for hop in attempt.hops]


def test_a_write_to_the_writer_is_resolved_reached_encrypted_and_done() -> None:
    play = Play().until("10s")
    near, far = sorted(asked(play, "orders.writer", writes=True), key=lambda one: one.permille)
    assert calls(near) == calls(far) == ["resolve", "reach", "TLS", "UPDATE"]
    assert near.ok
    assert near.zones == ("us-east-1a",)
    assert far.zones == ("us-east-1b", "us-east-1c")
    assert near.hops[0].answer == "orders-1 (cached)"
    assert near.hops[1].us < far.hops[1].us
    assert near.hops[3].us < far.hops[3].us


def test_a_write_to_a_reader_ends_with_the_engines_own_error() -> None:
    for found in asked(Play().until("10s"), "orders.reader", writes=True):
        assert not found.ok
        assert found.answer.startswith("ERROR 1290 (HY000): The MySQL server is running with the --read-only option")


def test_a_full_name_a_server_and_an_address_are_found_and_nothing_else_is() -> None:
    play = Play().until("10s")
    at = address(play.cloud.fleet.name, play.cloud.servers["orders-2"].zone.name, "orders-2")
    assert {calls(one)[0] for one in asked(play, at)} == {"reach"}
    assert {one.hops[0].to for one in asked(play, at)} == {"orders-2"}
    assert asked(play, play.cloud.names.records["orders.writer"].fqdn)[0].hops[0].to == "orders.writer"
    assert {one.hops[0].answer for one in asked(play, "orders-2")} == {"orders-2 (asked for now)"}
    with pytest.raises(KeyError):
        connect(play.cloud, "checkout", "nowhere", False)
    assert targets(play.cloud, "checkout")[:2] == ["orders.writer", "orders.reader"]
    assert "orders-3" in targets(play.cloud, "checkout")


def test_in_an_outage_each_kind_of_process_is_told_what_it_meets() -> None:
    play = Play().at("T+60s az:outage us-east-1a for=30m").until("62s")
    alive, dead = asked(play, "orders.writer", writes=True)
    assert alive.answer == "connection timed out"
    assert alive.hops[-1].us == play.cloud.apps["checkout"].timeout_us
    assert dead.answer == "us-east-1a is down: not reached"
    assert calls(dead) == ["process"]


def test_who_has_the_old_address_cached_still_goes_there_and_who_asks_anew_does_not() -> None:
    play = Play().at("T+20s app:set-dns-ttl checkout ttl=forever", "T+60s az:outage us-east-1a for=30m").until("90s")
    assert play.cloud.names.resolve(play.cloud.names.records["orders.writer"]) == ("orders-2",)
    assert asked(play, "orders.writer", writes=True)[0].hops[0].answer == "orders-1 (cached)"
    assert asked(play, "orders-2", writes=True)[0].ok


@pytest.mark.parametrize(
    ("fault", "call", "error"),
    [
        ("sim:connection-storm orders", "log in", "ERROR 1040 (HY000): Too many connections"),
        ("sim:cert-expiry orders", "log in", "certificate verify failed"),
        ("sim:storage-node-loss orders copies=3", "UPDATE", "timed out: storage has fewer than 4 of 6 copies"),
    ],
)
def test_a_fault_is_told_in_the_words_that_the_app_would_get(fault: str, call: str, error: str) -> None:
    for found in asked(Play().at(f"T+10s {fault}").until("15s"), "orders.writer", writes=True):
        assert found.hops[-1].call == call
        assert error in found.answer


def test_a_dropped_table_fails_only_those_statements_that_need_it() -> None:
    for found in asked(Play().at("T+10s sim:drop-table orders").until("20s"), "orders.writer", writes=True):
        *_, without, done = found.hops
        assert "ERROR 1146 (42S02)" in without.answer
        assert not without.ok
        assert done.ok


def test_a_cache_is_asked_in_its_own_words_and_with_its_own_patience() -> None:
    play = Play("three_tier").until("10s")
    app = next(one for one in play.cloud.apps.values() if one.cache is not None)
    name = next(use.record.id for use in app.uses() if use.part)
    assert all(calls(one) == ["resolve", "reach", "GET"] for one in asked(play, name, app=app.id))
