"""Whatever is done to get data back writes the same bytes: in slices, with looks, under hash seeds, and replayed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from opsconsole.cloud import copies, costs, databases, losses, recovery
from opsconsole.cloud.describe import describe
from opsconsole.commands import timed
from opsconsole.engine.begin import begin
from opsconsole.engine.session import Scripted, Session
from opsconsole.fleet import load_fleet

SECOND = 1_000_000
END = 5 * 3600 * SECOND
SCRIPTS = {
    "aurora_mysql": (
        "T+5m mark good",
        "T+6m sim:bad-deploy checkout wrong=2%",
        "T+8m rds:create-db-cluster-snapshot orders id=evidence",
        "T+12m app:rollback-deploy checkout",
        "T+14m rds:backtrack-db-cluster orders to=good",
        "T+20m rds:restore-db-cluster-to-point-in-time orders id=clone restore-type=copy-on-write",
        "T+30m rds:restore-db-cluster-to-point-in-time orders id=older restore-to-time=T+7m",
        "T+31m sim:drop-table orders share=20%",
        "T+40m rds:create-db-instance clone id=clone-1",
        "T+50m app:set-endpoint checkout endpoint=clone.writer use=both",
    ),
    "global_aurora": (
        "T+5m rds:create-db-snapshot ledger id=one",
        "T+6m sim:backup-failure ledger for=40m",
        "T+10m sim:bad-deploy billing wrong=1% ",
        "T+30m kms:disable-key ledger-dr-key",
        "T+50m kms:enable-key ledger-dr-key",
        "T+60m rds:start-db-instance ledger-dr",
        "T+2h rds:copy-db-snapshot one id=far region=eu-west-1 kms-key=ledger-dr-key",
        "T+3h rds:restore-db-instance-to-point-in-time ledger id=ledger-2 restore-time=T+8m",
        "T+4h app:set-endpoint billing endpoint=ledger-2 use=writes",
    ),
}


def session_of(fleet: str) -> Session:
    session = begin(load_fleet(fleet))
    session.schedule([Scripted(*_entry(line)) for line in SCRIPTS[fleet]])
    return session


def _entry(line: str) -> tuple[int, str, object]:
    at_us, command = timed(line.strip())
    return at_us, "test", command


def look(session: Session) -> None:
    cloud = session.cloud
    describe(cloud, truth=False)
    costs.fleet(cloud)
    for id in databases.ids(cloud):
        recovery.ways(cloud, id)
        recovery.ways_to(cloud, id, cloud.now_us // 2)
        copies.copies(cloud, id)
    for app in cloud.apps:
        losses.account(cloud, app)


def play(fleet: str, slice_us: int = END, looks: bool = False) -> str:
    """The digest of five hours."""
    session = session_of(fleet)
    while session.now_us < END:
        session.run_until(min(END, session.now_us + slice_us))
        if looks:
            look(session)
    assert not [order for order in session.orders if order.code], "nothing in the script is refused"
    return session.cloud.log.digest


@pytest.mark.parametrize("fleet", sorted(SCRIPTS))
def test_slices_and_looks_change_no_byte(fleet: str) -> None:
    whole = play(fleet)
    assert play(fleet, 73_300_000) == whole
    assert play(fleet, 601 * SECOND, looks=True) == whole


def test_the_hash_seed_of_python_changes_no_byte() -> None:
    code = "from tests.engine.test_recovery_bytes import play; print(play('global_aurora'), play('aurora_mysql'))"
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1
    assert digests != {""}


def test_a_session_that_got_its_data_back_is_replayed_to_the_same_bytes(tmp_path: Path) -> None:
    journal = tmp_path / "a.journal"
    asked = [word for line in SCRIPTS["aurora_mysql"] for word in ("--do", line)]
    opsconsole = [sys.executable, "-m", "opsconsole"]
    run = [*opsconsole, "run", "aurora_mysql", "--for", "2h", "--journal", str(journal)]
    first = subprocess.run([*run, *asked], capture_output=True, text=True, check=True).stdout
    again = subprocess.run(
        [*opsconsole, "replay", str(journal), "--headless"], capture_output=True, text=True, check=True
    ).stdout
    digest = next(line.split()[-1] for line in first.splitlines() if "digest" in line)
    assert digest in again
