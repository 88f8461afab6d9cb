"""Every shipped fleet writes the same bytes: in one go, in slices, and with somebody who looks at all there is."""

import pytest

from opsconsole.cloud import alarms, costs, metrics
from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.describe import describe
from opsconsole.cloud.tracer import Tracer
from opsconsole.commands import parse
from opsconsole.engine.begin import begin
from opsconsole.engine.session import Session
from opsconsole.fleet import load_fleet, shipped_fleets

SECOND = 1_000_000
CLONE = "rds:restore-db-cluster-to-point-in-time orders id=twin restore-type=copy-on-write"
SCRIPTS = {
    "aurora_mysql": [
        "rds:create-db-cluster-snapshot orders id=snap",
        f"{CLONE} use-latest-restorable-time=true",
        "az:outage us-east-1a for=8m",
    ],
    "global_aurora": ["az:outage us-east-1a for=8m", "sim:cache-flush pages", "sim:replica-stall ledger-ro for=3m"],
    "rds_multi_az": ["sim:fail-storage billing for=5m", "rds:modify-db-instance billing storage=200"],
    "three_tier": ["sim:cache-flush sessions", "az:outage us-east-1c for=6m"],
}
FLEETS = sorted(shipped_fleets())


def play(fleet: str, slice_us: int, look: bool) -> str:
    """The digest of twenty minutes of a fleet and its faults."""
    session = begin(load_fleet(fleet))
    session.run_until(60 * SECOND)
    for line in SCRIPTS[fleet]:
        session.ask(parse(line), "test")
    now = 60 * SECOND
    while now < 1200 * SECOND:
        now = min(1200 * SECOND, now + slice_us)
        session.run_until(now)
        if look:
            look_at_everything(session)
    return session.cloud.log.digest


def look_at_everything(session: Session) -> None:
    cloud: Cloud = session.cloud
    describe(cloud, truth=False)
    for id in (*cloud.clusters, *cloud.rds, *cloud.snapshots, *cloud.keys):
        describe(cloud, id, truth=False)
    costs.fleet(cloud)
    alarms.in_alarm(cloud)
    for id in (*cloud.servers, *cloud.clusters):
        for name in metrics.names_for(cloud, id):
            metrics.value(cloud, id, name, cloud.now_us)
    for id, app in cloud.apps.items():
        tracer = Tracer(cloud, id)
        for number in range(4):
            tracer.follow("read", number)
            if app.write_record is not None:
                tracer.follow("write", number)


def test_every_shipped_fleet_has_a_script_here() -> None:
    assert sorted(SCRIPTS) == FLEETS


@pytest.mark.parametrize("fleet", FLEETS)
def test_slices_and_looks_change_no_byte(fleet: str) -> None:
    whole = play(fleet, 1200 * SECOND, look=False)
    assert play(fleet, 7_300_000, look=False) == whole
    assert play(fleet, 61 * SECOND, look=True) == whole
