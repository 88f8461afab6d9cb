"""The incident that the Recovery screen's tests are about: a bad deploy, a mark before it, noticed late."""

from __future__ import annotations

from opsconsole.cloud import Cloud
from opsconsole.commands import timed
from opsconsole.engine.begin import begin
from opsconsole.engine.session import Scripted, Session
from opsconsole.fleet import load_fleet

MINUTE = 60_000_000
SCRIPT = (
    "T+4m rds:create-db-cluster-snapshot orders id=before-deploy",
    "T+9m50s mark release-42",
    "T+10m sim:bad-deploy checkout wrong=2%",
    "T+14m rds:failover-db-cluster orders",
    "T+20m app:rollback-deploy checkout",
)
NOTICED_S = 21 * 60


def incident(*more: str, until_s: float = NOTICED_S, fleet: str = "aurora_mysql") -> Session:
    """The run until somebody has noticed, or further."""
    session = begin(load_fleet(fleet))
    script = [*SCRIPT, *more] if fleet == "aurora_mysql" else more
    session.schedule([Scripted(time_us, "test", command) for time_us, command in map(timed, script)])
    session.run_until(round(until_s * 1_000_000))
    return session


def cloud_at(*more: str, until_s: float = NOTICED_S, fleet: str = "aurora_mysql") -> Cloud:
    """Its cloud."""
    return incident(*more, until_s=until_s, fleet=fleet).cloud
