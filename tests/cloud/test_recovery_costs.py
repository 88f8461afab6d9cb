"""The less a way back loses, and the sooner it is there, the more it costs to keep open."""

import pytest

from opsconsole.cloud import recovery
from opsconsole.cloud.recovery import Kind, Way
from opsconsole.cloud.recovery_costs import usd_per_hour
from tests.cloud.play import Play


def ways(play: Play, id: str) -> dict[Kind, tuple[Way, float]]:
    found = reversed(recovery.ways(play.cloud, id))
    return {way.kind: (way, float(usd_per_hour(play.cloud, id, way))) for way in found}


@pytest.mark.fact("RDS-BKP-04", "RDS-BKP-08")
def test_a_lower_rpo_and_a_lower_rto_cost_more() -> None:
    play = Play("global_aurora").until("30h")
    standby, restore, snapshot = (
        ways(play, "ledger")[kind] for kind in (Kind.STANDBY, Kind.POINT_IN_TIME, Kind.SNAPSHOT)
    )
    assert standby[0].given_up < restore[0].given_up < snapshot[0].given_up
    assert standby[0].seconds < restore[0].seconds
    assert standby[1] > restore[1] >= snapshot[1] >= 0
    reader, secondary, backups = (
        ways(play, "orders")[kind] for kind in (Kind.READER, Kind.SECONDARY, Kind.POINT_IN_TIME)
    )
    assert reader[0].given_up < secondary[0].given_up < backups[0].given_up
    assert min(reader[1], secondary[1]) > backups[1]


def test_a_standby_costs_half_of_what_a_pair_costs() -> None:
    play = Play("rds_multi_az").until("1m")
    from opsconsole.cloud.cost_line import per_hour
    from opsconsole.cloud.costs import lines

    (way,) = [way for way in recovery.ways(play.cloud, "billing") if way.kind is Kind.STANDBY]
    assert 2 * usd_per_hour(play.cloud, "billing", way) == per_hour(lines(play.cloud, "billing"))
