"""Simulated fleets in tests: break something, let virtual time pass, assert on what the applications saw.

    def test_checkout_survives_a_zone(fleet):
        shop = fleet("global_aurora")
        checkout = shop.app("checkout")
        shop.zone("us-east-1a").fail(minutes=9)
        shop.run(minutes=15)
        assert checkout.rto < 60
        assert checkout.lost == 0

    def test_the_drill(drill):
        assert drill("az_outage").passed

`fleet` and `drill` are fixtures of the pytest plugin that comes with opsconsole. Everything is SIMULATED: what passes
here is no evidence of the real system's RTO or RPO.
"""

from opsconsole.testing.fleet import AppProbe, NotInTime, SimulatedFleet, Target
from opsconsole.testing.runs import DrillRun, run

__all__ = ["AppProbe", "DrillRun", "NotInTime", "SimulatedFleet", "Target", "run"]
