"""What storage is billed for: EBS by what is allocated, Aurora by what is used, and by its I/O requests.

An Aurora version older than dynamic resizing bills the most that was ever used (the high-water mark).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from opsconsole import catalog
from opsconsole.cloud.aurora import AuroraCluster
from opsconsole.cloud.cost_line import MILLION, CostLine, Kind, assumed, gib_per_hour, millions_per_hour
from opsconsole.cloud.disk import Disk
from opsconsole.cloud.writelog import WRITE
from opsconsole.fleet.units import GIB


def allocated(id: str, disk: Disk, copies: int) -> Iterator[CostLine]:
    """EBS storage, used or not, and what is provisioned beyond its baseline; each copy is paid for."""
    now = disk.allocation
    row, times = now.row, f", {copies} copies" if copies > 1 else ""
    size = Fraction(now.gib * copies)
    yield CostLine(id, Kind.STORAGE, f"{now.type} allocated{times}", size, catalog.storage_price(row))
    included = 0 if row.provisioned else row.baseline_iops(now.gib, disk.engine)
    if now.iops > included:
        extra = Fraction((now.iops - included) * copies)
        yield CostLine(id, Kind.STORAGE, f"{now.type} provisioned IOPS{times}", extra, catalog.iops_price(row))
    included = row.throughput_mibps(now.gib, disk.engine)
    if row.provisionable and now.throughput_mibps > included:
        extra = Fraction((now.throughput_mibps - included) * copies)
        price = catalog.price("gp3-throughput")
        yield CostLine(id, Kind.STORAGE, f"{now.type} provisioned throughput{times}", extra, price)


def billed_bytes(cluster: AuroraCluster) -> int:
    """The bytes of a cluster volume that are paid for now."""
    now, volume = cluster.world.now_us, cluster.volume
    return volume.most_used_bytes(now) if cluster.version.high_water_mark else volume.own_bytes(now)


def volume(cluster: AuroraCluster) -> Iterator[CostLine]:
    """An Aurora volume, however many share it: bytes, I/O, change records, and what a primary replicates to it."""
    id, size = cluster.id, Fraction(billed_bytes(cluster), GIB)
    what = "volume at its high-water mark" if cluster.version.high_water_mark else "volume, used bytes"
    yield CostLine(id, Kind.STORAGE, what, size, catalog.price("aurora-storage"))
    now, follower, price = cluster.world.now_us, cluster.volume.follower, catalog.price("aurora-io")
    rate = cluster.volume.branch.write_rate(now)
    reads = sum(instance.load.value.reads_served for instance in cluster.instances.values())
    yield CostLine(id, Kind.IO, "read I/O", millions_per_hour(reads, assumed("aurora-ios-per-read")), price)
    if follower is None:
        yield CostLine(id, Kind.IO, "write I/O", millions_per_hour(rate, assumed("aurora-ios-per-write")), price)
    else:  # what arrives costs as much as it did at the primary, and the way between the Regions
        arriving = rate if follower.open else 0
        writes = millions_per_hour(arriving, assumed("aurora-ios-per-write"))
        sent = gib_per_hour(arriving, Fraction(cluster.volume.bytes_per_write))
        yield CostLine(id, Kind.IO, "replicated write I/O", writes, catalog.price("aurora-global-write"))
        price = catalog.price("transfer-between-regions")
        yield CostLine(id, Kind.TRANSFER, "replication from the primary's Region", sent, price)
    if cluster.settings.backtrack_s:
        yield _change_records(cluster)


def _change_records(cluster: AuroraCluster) -> CostLine:
    """Those that the backtrack window keeps."""
    records = Fraction(cluster.window.stored(cluster.world.now_us), WRITE * MILLION)
    return CostLine(cluster.id, Kind.STORAGE, "backtrack change records", records, catalog.price("aurora-backtrack"))
