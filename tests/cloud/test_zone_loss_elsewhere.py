"""Other zones are lost: the standbys' own, and those of primary and standby together."""

from opsconsole.cloud.losses import account
from tests.cloud.conftest import lose_zone
from tests.cloud.play import Play, only

FEW = 10  # seeds


def test_in_the_standbys_zone_nothing_of_rds_fails_over_and_nothing_is_lost() -> None:
    for seed in range(FEW):
        loss = lose_zone(seed, "us-east-1b")
        assert loss.ledger_s is None
        assert loss.redis_s is None
        assert (loss.ledger_lost, loss.redis_told, loss.pages_lost) == (0, 0, ("0002",))


def test_with_the_zones_of_primary_and_standby_gone_rds_waits_and_comes_back_with_everything() -> None:
    alone = only("global_aurora", "regions", "kms.ledger-key", "kms.ledger-dr-key", "rds.ledger", "apps.billing")
    moves = []
    for fleet, seed in (("global_aurora", 0), *((alone, seed) for seed in range(FEW))):
        play = Play(fleet, seed)
        play.at("T+60s az:outage us-east-1a for=20m", "T+60s az:outage us-east-1b for=10m").until("40m")
        moves.append(play.moves("ledger"))
        assert moves[-1][0][0] > 11 * 60
        assert play.answers("ledger") == ("ledger/2",)
        assert account(play.cloud, "billing").lost == 0
        assert play.app("billing").health.value == "ok"
    assert moves[0] == moves[1], "alone it fares as among the others"
