"""Every rule of AWS about RDS DB instances, read replicas and Multi-AZ DB clusters, broken once."""

import pytest

from opsconsole.fleet import parse_fleet
from tests.fleet.mistakes import FILE, WHOLE, Mistake, assert_alone, mistake, table

SOUND_RDS = {
    "engine": '"postgres"',
    "region": '"us-east-1"',
    "zone": '"a"',
    "class": '"db.m5.large"',
    "storage": '"400 GiB"',
}
SOUND_CLUSTER = {key: value for key, value in SOUND_RDS.items() if key != "zone"}
PLACES = "[regions]\nus-east-1 = {}\neu-west-1 = {}\n"


def rds(**changes: str) -> Mistake:
    """An instance with some keys changed; `class_` is class."""
    return keyed({key.rstrip("_"): value for key, value in changes.items()})


def keyed(changes: dict[str, str]) -> Mistake:
    """The same for a mark on a key."""
    return mistake(PLACES + table("rds.ledger", SOUND_RDS, changes))


def cluster(**changes: str) -> Mistake:
    """A Multi-AZ DB cluster with some keys changed."""
    return mistake(PLACES + table("multi_az_cluster.payments", SOUND_CLUSTER, changes))


def headless(heading: str, sound: dict[str, str], changes: dict[str, str]) -> Mistake:
    """A table marked at its own name."""
    before, _, ident = heading.rpartition(".")
    return mistake(PLACES + table(f"{before}.§{ident}", sound, changes))


def replica(keys: str, engine: str = "postgres", **changes: str) -> Mistake:
    """An instance with a replica `ledger-ro`, and a second one with these keys."""
    rows = f'[{{ id = "ledger-ro", zone = "b", backup_retention = "1d" }}, {{ id = "ledger-x", {keys} }}]'
    return rds(engine=f'"{engine}"', replicas=rows, **changes)


def many(count: int, mark: int, keys: str = "") -> str:
    """So many replicas, one of them marked."""
    rows = (
        f'{"§" if number == mark else ""}{{ id = "r{number}", zone = "b"{keys} }}' for number in range(1, count + 1)
    )
    return ", ".join(rows)


def chain(length: int) -> str:
    """Replicas that follow each other; the last one's source is marked."""
    rows = ['{ id = "r1", zone = "b", backup_retention = "1d" }']
    for number in range(2, length + 1):
        mark = "§" if number == length else ""
        keys = f'zone = "b", backup_retention = "1d", source = {mark}"r{number - 1}"'
        rows.append(f'{{ id = "r{number}", {keys} }}')
    return f"[{', '.join(rows)}]"


MISTAKES = {
    # --- engine, version, class ---
    "an engine of Aurora": (
        rds(engine='§"aurora-mysql"'),
        "rds.ledger.engine",
        '"aurora-mysql" is not an RDS engine',
        "it belongs under [aurora.…]",
    ),
    "an engine of ElastiCache": (
        rds(engine='§"redis"'),
        "rds.ledger.engine",
        '"redis" is not an RDS engine',
        "it belongs under [elasticache.…]",
    ),
    "an engine with a slip": (
        rds(engine='§"postgers"'),
        "rds.ledger.engine",
        '"postgers" is not an RDS engine',
        'did you mean "postgres"?',
    ),
    "a version that is not there": (
        rds(engine_version='§"16"'),
        "rds.ledger.engine_version",
        'RDS for PostgreSQL has no version "16" here',
        'did you mean "16.9"?',
    ),
    "a class with a slip": (
        rds(class_='§"db.m5.larg"'),
        "rds.ledger.class",
        '"db.m5.larg" is not an instance class known here',
        'did you mean "db.m5.large"?',
    ),
    "a class that the engine does not offer": (
        rds(engine='"sqlserver-se"', class_='§"db.m6g.large"'),
        "rds.ledger.class",
        "RDS for SQL Server, Standard Edition does not offer db.m6g.large",
        "choose another family",
    ),
    # --- storage ---
    "too little storage": (
        rds(storage='§"10 GiB"'),
        "rds.ledger.storage",
        "10 GiB is outside what gp3 storage of RDS for PostgreSQL has, 20 GiB to 64 TiB",
        'write "20 GiB" to "64 TiB"',
    ),
    "too much storage": (
        rds(storage='§"65 TiB"'),
        "rds.ledger.storage",
        "65 TiB is outside what gp3 storage of RDS for PostgreSQL has, 20 GiB to 64 TiB",
        'write "20 GiB" to "64 TiB"',
    ),
    "too much storage for SQL Server": (
        rds(engine='"sqlserver-se"', storage='§"17 TiB"'),
        "rds.ledger.storage",
        "17 TiB is outside what gp3 storage of RDS for SQL Server, Standard Edition has, 20 GiB to 16 TiB",
        'write "20 GiB" to "16 TiB"',
    ),
    "half a GiB": (
        rds(storage='§"100.5 GiB"'),
        "rds.ledger.storage",
        "102912 MiB is not a whole number of GiB",
        'write "100 GiB"',
    ),
    "a storage type of another time": (
        rds(storage_type='§"magnetic"'),
        "rds.ledger.storage_type",
        '"magnetic" is not a storage type of RDS',
        'write "standard"',
    ),
    "a storage type with a slip": (
        rds(storage_type='§"gp4"'),
        "rds.ledger.storage_type",
        '"gp4" is not a storage type of RDS',
        'did you mean "gp2"?',
    ),
    "IOPS on gp2": (
        rds(storage_type='"gp2"', iops="§4000"),
        "rds.ledger.iops",
        "gp2 storage of 400 GiB has 1200 IOPS, which cannot be changed",
        "leave it out",
    ),
    "IOPS on a small gp3 volume": (
        rds(storage='"100 GiB"', iops="§4000"),
        "rds.ledger.iops",
        "gp3 storage of 100 GiB has 3000 IOPS, which cannot be changed",
        "leave it out, or take 400 GiB or more",
    ),
    "too many IOPS": (
        rds(iops="§70000"),
        "rds.ledger.iops",
        "gp3 storage of 400 GiB takes 12000 to 64000 IOPS",
        "write 12000 to 64000",
    ),
    "negative IOPS": (
        rds(iops="§-1"),
        "rds.ledger.iops",
        "gp3 storage of 400 GiB takes 12000 to 64000 IOPS",
        "write 12000 to 64000",
    ),
    "io1 without IOPS": (
        rds(storage_type='§"io1"'),
        "rds.ledger.storage_type",
        "io1 storage needs provisioned IOPS",
        "add iops = 1000",
    ),
    "io1 beyond 50 IOPS for each GiB": (
        rds(storage_type='"io1"', iops="§20001"),
        "rds.ledger.iops",
        "io1 storage of 400 GiB takes 1000 to 20000 IOPS",
        "write 1000 to 20000",
    ),
    "throughput on io2": (
        rds(storage_type='"io2"', iops="2000", throughput='§"500 MiB/s"'),
        "rds.ledger.throughput",
        "the throughput of io2 storage of 400 GiB cannot be provisioned",
        "leave it out",
    ),
    "throughput beyond a quarter of the IOPS": (
        rds(throughput='§"3001 MiB/s"'),
        "rds.ledger.throughput",
        "gp3 storage of 400 GiB with these IOPS takes 500 to 3000 MiB/s",
        'write "500 MiB/s" to "3000 MiB/s"',
    ),
    "a bare number for a throughput": (
        rds(throughput="§500"),
        "rds.ledger.throughput",
        "a throughput needs its unit",
        'write "500 MiB/s"',
    ),
    "a throughput in other units": (
        rds(throughput='§"500 MB/s"'),
        "rds.ledger.throughput",
        '"500 MB/s" is not a throughput',
        'write whole MiB per second, like "500 MiB/s"',
    ),
    "autoscaling by less than 10 %": (
        rds(max_storage='§"420 GiB"'),
        "rds.ledger.max_storage",
        "420 GiB is less than 10 % above the storage of 400 GiB",
        'write "440 GiB" or more, or leave it out',
    ),
    "autoscaling beyond the largest volume": (
        rds(max_storage='§"100 TiB"'),
        "rds.ledger.max_storage",
        "storage autoscaling cannot reach 100 TiB",
        'write whole GiB, up to "64 TiB"',
    ),
    "autoscaling of magnetic storage": (
        keyed({"storage_type": '"standard"', "§max_storage": '"1 TiB"'}),
        "rds.ledger.max_storage",
        "standard storage does not scale by itself",
        "leave it out",
    ),
    "more data than storage": (
        rds(data='§"401 GiB"'),
        "rds.ledger.data",
        "401 GiB of data do not fit into 400 GiB of storage",
        'write "400 GiB" or less',
    ),
    # --- the standby ---
    "a standby beside its primary": (
        rds(multi_az="true", standby_zone='§"a"'),
        "rds.ledger.standby_zone",
        '"a" is the primary\'s zone, and a standby there would be lost with it',
        'write "b" or "c"',
    ),
    "a standby in another Region": (
        rds(multi_az="true", standby_zone='§"eu-west-1a"'),
        "rds.ledger.standby_zone",
        "zone eu-west-1a lies in eu-west-1, not in us-east-1",
        'write "a", "b" or "c"',
    ),
    "a standby of a Single-AZ instance": (
        keyed({"§standby_zone": '"b"'}),
        "rds.ledger.standby_zone",
        "a Single-AZ DB instance has no standby",
        "leave it out, or write multi_az = true",
    ),
    "Multi-AZ where the edition has none": (
        rds(engine='"sqlserver-ex"', multi_az="§true"),
        "rds.ledger.multi_az",
        "RDS for SQL Server, Express Edition has no Multi-AZ deployment",
        "leave it out, or choose another edition",
    ),
    # --- backups, windows, monitoring ---
    "backups for 36 days": (
        rds(backup_retention='§"36d"'),
        "rds.ledger.backup_retention",
        "36d is outside what RDS allows, 0 to 35 days",
        'write "0d" to "35d"',
    ),
    "backups for half a day": (
        rds(backup_retention='§"12h"'),
        "rds.ledger.backup_retention",
        "backups are kept for whole days",
        'write "1d"',
    ),
    "no backups, but replicas": (
        rds(backup_retention='§"0d"', replicas='[{ id = "ledger-ro", zone = "b" }]'),
        "rds.ledger.backup_retention",
        "read replicas are made from backups of their source, and it keeps none",
        'write "1d" or more, or leave the replicas out',
    ),
    "a backup window that is none": (
        rds(backup_window='§"3am"'),
        "rds.ledger.backup_window",
        '"3am" is not a daily window',
        'write it in UTC, like "03:00-03:30"',
    ),
    "a backup window at 25 o'clock": (
        rds(backup_window='§"25:00-25:30"'),
        "rds.ledger.backup_window",
        '"25:00-25:30" is not a daily window',
        'write it in UTC, like "03:00-03:30"',
    ),
    "a backup window of 20 minutes": (
        rds(backup_window='§"03:00-03:20"'),
        "rds.ledger.backup_window",
        'the window "03:00-03:20" is shorter than 30 minutes',
        "let it end 30 minutes after it begins, or later",
    ),
    "a maintenance window on no day": (
        rds(maintenance_window='§"05:00-05:30"'),
        "rds.ledger.maintenance_window",
        '"05:00-05:30" is not a weekly window',
        'write it in UTC, like "sun:05:00-sun:05:30"',
    ),
    "a maintenance window of a quarter of an hour": (
        rds(maintenance_window='§"sun:05:00-sun:05:15"'),
        "rds.ledger.maintenance_window",
        'the window "sun:05:00-sun:05:15" is shorter than 30 minutes',
        "let it end 30 minutes after it begins, or later",
    ),
    "a backup in the maintenance window": (
        rds(backup_window='"23:45-00:15"', maintenance_window='§"mon:00:00-mon:00:30"'),
        "rds.ledger.maintenance_window",
        'the maintenance window "mon:00:00-mon:00:30" overlaps the backup_window "23:45-00:15"',
        "move one of the two: AWS keeps them apart",
    ),
    "Enhanced Monitoring every 7 seconds": (
        rds(enhanced_monitoring='§"7s"'),
        "rds.ledger.enhanced_monitoring",
        "Enhanced Monitoring has no interval of 7s",
        'write "0s", "1s", "5s", "10s", "15s", "30s" or "60s"',
    ),
    # --- keys ---
    "an instance without storage": (
        headless("rds.ledger", SOUND_RDS, {"storage": ""}),
        "rds.ledger",
        "storage is missing",
        'add storage = "200 GiB"',
    ),
    "backtrack": (
        keyed({"§backtrack": '"24h"'}),
        "rds.ledger.backtrack",
        "only Aurora MySQL can backtrack",
        "leave the key out",
    ),
    "AWS's long name for storage": (
        keyed({"§allocated_storage": "400"}),
        "rds.ledger.allocated_storage",
        "the key is called storage here",
        'write storage = "200 GiB"',
    ),
    # --- replicas ---
    "a sixteenth replica": (
        rds(replicas=f"[{many(16, 16)}]"),
        "rds.ledger.replicas[15]",
        "a DB instance of RDS for PostgreSQL may have 15 read replicas, and this is number 16",
        "leave it out",
    ),
    "a sixth replica of a replica of PostgreSQL": (
        rds(
            replicas='[{ id = "first", zone = "b", backup_retention = "1d" }, ' + many(6, 6, ', source = "first"') + "]"
        ),
        "rds.ledger.replicas[6]",
        "a replica of RDS for PostgreSQL may have 5 read replicas, and this is number 6",
        "leave it out",
    ),
    "replicas of an edition without them": (
        keyed({"engine": '"oracle-se2"', "§replicas": '[{ id = "ledger-ro", zone = "b" }]'}),
        "rds.ledger.replicas",
        "RDS for Oracle, Standard Edition Two has no read replicas",
        "leave them out",
    ),
    "a replica of a replica of Oracle": (
        replica('zone = "b", source = §"ledger-ro"', "oracle-ee"),
        "rds.ledger.replicas[1].source",
        "a read replica of RDS for Oracle, Enterprise Edition cannot have read replicas",
        "leave it out to follow the DB instance itself",
    ),
    "a replica of a replica of an old PostgreSQL": (
        replica('zone = "b", source = §"ledger-ro"', engine_version='"13.20"'),
        "rds.ledger.replicas[1].source",
        "a read replica of RDS for PostgreSQL 13.20 cannot have read replicas yet",
        "leave it out to follow the DB instance itself",
    ),
    "a chain of four replicas": (
        rds(engine='"mysql"', replicas=chain(4)),
        "rds.ledger.replicas[3].source",
        "r4 is 4 replicas away from the DB instance, and AWS allows 3",
        "name a replica nearer to it",
    ),
    "a replica that follows itself": (
        replica('zone = "b", source = §"ledger-x"'),
        "rds.ledger.replicas[1].source",
        "ledger-x follows itself, directly or through others",
        "name another replica, or leave it out",
    ),
    "a replica that follows nobody": (
        replica('zone = "b", source = §"ledger-r"'),
        "rds.ledger.replicas[1].source",
        'there is no replica "ledger-r" of ledger',
        'did you mean "ledger-ro"?',
    ),
    "a source replica without backups": (
        rds(replicas='[{ id = "r1", zone = "b" }, { id = "r2", zone = "b", source = §"r1" }]'),
        "rds.ledger.replicas[1].source",
        "replicas of r1 are made from its backups, and it keeps none",
        'give r1 backup_retention = "1d", or name another source',
    ),
    "backups on a replica of SQL Server": (
        rds(engine='"sqlserver-ee"', replicas='[{ id = "r1", zone = "b", §backup_retention = "1d" }]'),
        "rds.ledger.replicas[0].backup_retention",
        "a read replica of RDS for SQL Server, Enterprise Edition has no backups of its own",
        "leave it out",
    ),
    "a replica with less storage than its source": (
        replica('zone = "b", storage = §"200 GiB"'),
        "rds.ledger.replicas[1].storage",
        "200 GiB is less than the 400 GiB of its source",
        'write "400 GiB" or more, or leave it out',
    ),
    "a replica in a Region that the fleet does not have": (
        replica('zone = "a", region = §"eu-west-2"'),
        "rds.ledger.replicas[1].region",
        "Region eu-west-2 is not in [regions]",
        "add eu-west-2 = {} there, or name one that is",
    ),
    "a replica in a zone of another Region": (
        replica('zone = §"us-east-1b", region = "eu-west-1"'),
        "rds.ledger.replicas[1].zone",
        "zone us-east-1b lies in us-east-1, not in eu-west-1",
        'write "a", "b" or "c"',
    ),
    "a replica of another engine": (
        replica('zone = "b", §engine = "mysql"'),
        "rds.ledger.replicas[1].engine",
        "a read replica runs the engine of its source",
        "leave the key out",
    ),
    "a promotion tier": (
        replica('zone = "b", §tier = 1'),
        "rds.ledger.replicas[1].tier",
        "RDS never fails over to a read replica, so there is no promotion tier",
        "leave the key out: promotion is an order of its own",
    ),
    "a replica called like its source": (
        rds(replicas='[{ id = §"ledger", zone = "b" }]'),
        "rds.ledger.replicas[0].id",
        'the id "ledger" is taken by the RDS DB instance at rds.ledger',
        "ids are one namespace over the whole file: choose another",
    ),
    "a host's id": (
        rds(replicas='[{ id = §"ledger/1", zone = "b" }]'),
        "rds.ledger.replicas[0].id",
        'the id "ledger/1" has a character other than letters, digits and hyphens: "/"',
        'write something like "ledger-1"',
    ),
    # --- Multi-AZ DB clusters ---
    "a Multi-AZ DB cluster of MariaDB": (
        cluster(engine='§"mariadb"'),
        "multi_az_cluster.payments.engine",
        "RDS for MariaDB has no Multi-AZ DB clusters",
        'write "mysql" or "postgres", or make it [rds.…] with multi_az = true',
    ),
    "a Multi-AZ DB cluster on gp2": (
        cluster(storage_type='§"gp2"'),
        "multi_az_cluster.payments.storage_type",
        "a Multi-AZ DB cluster cannot have gp2 storage",
        'write "gp3", "io1" or "io2"',
    ),
    "a Multi-AZ DB cluster without backups": (
        cluster(backup_retention='§"0d"'),
        "multi_az_cluster.payments.backup_retention",
        "0s is outside what a Multi-AZ DB cluster allows, 1 to 35 days",
        'write "1d" to "35d"; a Multi-AZ DB cluster\'s backups cannot be switched off',
    ),
    "a Multi-AZ DB cluster with a zone": (
        mistake(PLACES + table("multi_az_cluster.payments", SOUND_CLUSTER, {"§zone": '"a"'})),
        "multi_az_cluster.payments.zone",
        "a Multi-AZ DB cluster stands in three zones",
        "leave the key out: the writer starts in the first",
    ),
    "an id that leaves no room for the instances": (
        mistake(PLACES + table(f"multi_az_cluster.§{'p' * 53}", SOUND_CLUSTER, {})),
        f"multi_az_cluster.{'p' * 53}",
        f'the id "{"p" * 23}…" has 53 characters, AWS allows 52',
        "shorten it",
    ),
    "an instance called like one of a Multi-AZ DB cluster": (
        mistake(
            PLACES
            + table("multi_az_cluster.payments", SOUND_CLUSTER, {})
            + table("rds.§payments-instance-2", SOUND_RDS, {})
        ),
        "rds.payments-instance-2",
        'the id "payments-instance-2" is taken by the instance at multi_az_cluster.payments',
        "ids are one namespace over the whole file: choose another",
    ),
}


def test_the_tables_that_the_mistakes_are_made_in_are_sound() -> None:
    assert parse_fleet(PLACES + table("rds.ledger", SOUND_RDS, {}), FILE).rds
    assert parse_fleet(PLACES + table("multi_az_cluster.payments", SOUND_CLUSTER, {}), FILE).multi_az_clusters
    assert parse_fleet(WHOLE, FILE).caches


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_with_rds_is_reported_alone_at_its_place_with_both_halves(name: str) -> None:
    assert_alone(*MISTAKES[name])
