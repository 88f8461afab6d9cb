"""What is noted on the way: how old every read was, and that not one of them is left out or counted twice."""

from opsconsole.drills.running import Run
from tests.drills.writing import drill

REQUEST = 1_000_000_000


def test_every_read_that_a_database_answered_is_weighed_once() -> None:
    """Ways of equal rate and equal lag, from three zones to two readers, are not one and the same."""
    made = drill(
        '{ at = "60s", fault = "az:outage", target = "us-east-1a", for = "2m" }',
        '{ at = "4m", fault = "sim:replica-stall", target = "orders-3", for = "90s" }',
        '{ at = "1s", expect = "orders.copies == 6", within = "1s" }',
    )
    run = Run(made)
    run.begin()
    run.to_the_end()
    pieces = run.observer.reads["checkout"]
    weighed = sum(piece.rate * (piece.ends_us - piece.begins_us) for piece in pieces) / REQUEST
    answered = run.result.apps[0].counts.reads_ok
    assert abs(weighed - answered) <= 2
    assert len(pieces) < 50
    assert 60 <= run.result.apps[0].staleness.max_s < 61  # a reader that is a minute behind restarts
    run.session.close()
