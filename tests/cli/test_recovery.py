"""`opsconsole recovery`: the ways back of a database, what each would cost, and what every copy has."""

import re

import pytest

from opsconsole.cli.main import main

DEPLOY = ("--do", "T+10m mark before-deploy", "--do", "T+10m sim:bad-deploy checkout wrong=2%")


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["recovery", *arguments]) == 0
    return capsys.readouterr().out


def test_every_database_has_its_ways_back_and_the_command_of_each(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, "global_aurora", "--at", "T+21m")
    assert out.startswith("SIMULATED  Global storefront")
    assert "if it were lost now" in out
    for words in (
        r"orders +reader +orders-2 is promoted +0s +0 +0 +24s +the same +379.60 +by itself",
        r"ledger +standby +the standby in us-east-1b takes over +0s +0 +0 +1m25s +the same +133.96 +by itself",
        r"ledger +read replica .* another +133.96 +rds:promote-read-replica ledger-ro",
        r"orders +point in time .* use-latest-restorable-time=true",
    ):
        assert re.search(words, out), words


def test_a_moment_is_reached_by_rewinding_or_restoring_and_every_copy_says_what_it_has(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = printed(capsys, "aurora_mysql", "orders", "--at", "T+21m", *DEPLOY, "--to", "before-deploy")
    assert re.search(r"backtrack .* 11m +194,040 +0 +1m30s +the same", out)
    assert re.search(r"point in time .* 11m +194,040 +0 +17m\d+s +another", out)
    assert re.search(r"orders +database +T\+21m +378,000 +3,960 +before-deploy", out)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("aurora_mysql", "orderz"), "did you mean orders?"),
        (("aurora_mysql", "--to", "yesterday"), "write a mark, T+10m"),
    ],
)
def test_a_wrong_word_is_told_with_what_would_be_right(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    assert main(["recovery", *arguments]) == 2
    assert says in capsys.readouterr().err
