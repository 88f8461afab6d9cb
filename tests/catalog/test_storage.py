"""RDS's storage arithmetic gives the numbers of AWS's own tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole import catalog

GP2, GP3 = catalog.storage_type("gp2"), catalog.storage_type("gp3")
IO1, IO2 = catalog.storage_type("io1"), catalog.storage_type("io2")


@pytest.mark.parametrize(
    ("gib", "baseline", "burst_s", "refill_s"),
    [
        (20, 100, 1862, 54_000),
        (100, 300, 2000, 18_000),
        (250, 750, 2400, 7200),
        (334, 1002, 2703, 5389),
        (500, 1500, 3600, 3600),
        (750, 2250, 7200, 2400),
    ],
)
def test_a_single_gp2_volume_bursts_and_refills_as_long_as_aws_tabulates(
    gib: int, baseline: int, burst_s: int, refill_s: int
) -> None:
    unstriped = "sqlserver-se"  # the engine whose storage is never striped: AWS's table of single volumes
    assert GP2.baseline_iops(gib, unstriped) == baseline
    assert GP2.burst_iops(gib, unstriped) == 3000
    assert GP2.credits(gib, unstriped) == 5_400_000
    lasts, refills = GP2.burst_s(gib, unstriped), GP2.refill_s(gib, unstriped)
    assert lasts is not None
    assert refills is not None
    assert (round(lasts), round(refills)) == (burst_s, refill_s)


@pytest.mark.parametrize(
    ("gib", "baseline", "burst", "throughput"),
    [
        (20, 100, 3000, 128),
        (170, 510, 3000, 128),
        (334, 1002, 3000, 250),
        (399, 1197, 3000, 250),
        (400, 1200, 12_000, 512),
        (1335, 4005, 12_000, 1000),
        (1336, 4008, 12_000, 1000),
        (3999, 11_997, 12_000, 1000),
        (4000, 12_000, 12_000, 1000),
        (21_334, 64_000, 64_000, 1000),
        (65_536, 64_000, 64_000, 1000),
    ],
)
@pytest.mark.parametrize("engine", ["mysql", "mariadb", "postgres"])
def test_gp2_gives_what_the_table_of_rds_says(
    engine: str, gib: int, baseline: int, burst: int, throughput: int
) -> None:
    assert GP2.baseline_iops(gib, engine) == baseline
    assert GP2.burst_iops(gib, engine) == burst
    assert GP2.throughput_mibps(gib, engine) == throughput


def test_striped_gp2_has_four_buckets() -> None:
    assert GP2.volumes(399, "mysql") == 1
    assert GP2.volumes(400, "mysql") == 4
    assert GP2.credits(400, "mysql") == 4 * 5_400_000
    assert GP2.burst_s(400, "mysql") == 2000  # four volumes of 100 GiB
    assert GP2.volumes(200, "oracle-ee") == 4
    assert GP2.volumes(199, "oracle-ee") == 1
    assert GP2.volumes(16_384, "sqlserver-ee") == 1


def test_gp2_with_an_empty_bucket_falls_to_its_baseline() -> None:
    assert GP2.throughput_mibps(250, "mysql", credits_left=False) == 750 * 256 // 1024
    assert GP2.throughput_mibps(100, "mysql", credits_left=False) == 128
    assert GP2.burst_s(4000, "mysql") is None
    assert GP2.credits_per_s(4000, "mysql") == 0
    assert GP2.credits_per_s(100, "mysql") == 300


@pytest.mark.parametrize(
    ("engine", "gib", "iops", "throughput"),
    [
        ("mysql", 399, 3000, 125),
        ("mysql", 400, 12_000, 500),
        ("postgres", 20, 3000, 125),
        ("oracle-ee", 199, 3000, 125),
        ("oracle-ee", 200, 12_000, 500),
        ("sqlserver-se", 1000, 3000, 125),
    ],
)
def test_gp3_gives_its_baseline_by_size_and_engine(engine: str, gib: int, iops: int, throughput: int) -> None:
    assert GP3.baseline_iops(gib, engine) == GP3.burst_iops(gib, engine) == iops
    assert GP3.throughput_mibps(gib, engine) == throughput
    assert GP3.burst_s(gib, engine) is None
    assert GP3.refusal(gib, engine) == ""


def test_gp3_is_provisioned_from_its_threshold_on_within_awss_ratios() -> None:
    assert GP3.iops_range(399, "mysql") is None
    assert GP3.iops_range(400, "mysql") == (12_000, 64_000)
    assert GP3.iops_range(20, "sqlserver-se") == (3000, 10_000)  # 500 for each GiB
    assert GP3.baseline_iops(400, "mysql", 20_000) == 20_000
    assert GP3.throughput_mibps(400, "mysql", 20_000, 1000) == 1000
    assert GP3.refusal(400, "mysql", 20_000, 1000) == ""
    assert GP3.refusal(399, "mysql", 4000) == "gp3 storage of 399 GiB has 3000 IOPS, which cannot be changed"
    assert GP3.refusal(400, "mysql", 12_000, 3001) == "gp3 storage of 400 GiB with these IOPS takes 500 to 3000 MiB/s"
    assert GP3.refusal(400, "mysql", 64_000, 4000) == ""
    assert GP3.refusal(300, "mysql", 0, 500) == "the throughput of gp3 storage of 300 GiB cannot be provisioned"
    assert GP3.refusal(1000, "sqlserver-se", 16_001) == "gp3 storage of 1000 GiB takes 3000 to 16000 IOPS"


def test_provisioned_iops_keep_to_their_ratio_to_size() -> None:
    assert IO1.iops_range(100, "mysql") == (1000, 5000)
    assert IO1.refusal(100, "mysql", 5000) == ""
    assert IO1.refusal(100, "mysql", 5001) == "io1 storage of 100 GiB takes 1000 to 5000 IOPS"
    assert IO1.refusal(100, "mysql") == "io1 storage of 100 GiB takes 1000 to 5000 IOPS"
    assert IO1.refusal(99, "mysql", 1000) == "io1 storage has 100 to 65536 GiB"
    assert IO2.iops_range(100, "postgres") == (1000, 100_000)
    assert IO2.iops_range(10_000, "postgres") == (5000, 256_000)
    assert IO2.baseline_iops(100, "postgres", 40_000) == 40_000
    assert IO2.latency_ms < 1 < GP2.latency_ms


def test_what_a_storage_type_is_fit_for_is_data() -> None:
    rows = catalog.storage_types()
    assert list(rows) == ["gp2", "gp3", "io1", "io2", "standard"]
    assert {name for name, row in rows.items() if row.multi_az_cluster} == {"gp3", "io1", "io2"}
    assert {name for name, row in rows.items() if row.legacy} == {"standard"}
    assert not rows["standard"].autoscaling
    with pytest.raises(ValueError, match="aurora-mysql does not offer storage type gp3"):
        GP3.baseline_iops(100, "aurora-mysql")


ENGINES = st.sampled_from([row.name for row in catalog.engines().values() if row.family == "rds"])


@given(ENGINES, st.sampled_from(list(catalog.storage_types())), st.integers(5, 65_535))
def test_a_larger_volume_never_gives_less(engine: str, name: str, gib: int) -> None:
    row = catalog.storage_type(name)
    bounds = row.bounds_for(engine)
    assert bounds.min_gib <= bounds.max_gib
    asked = 1000 if row.provisioned else 0
    assert row.baseline_iops(gib, engine, asked) <= row.baseline_iops(gib + 1, engine, asked)
    assert row.burst_iops(gib, engine, asked) <= row.burst_iops(gib + 1, engine, asked)
    assert row.throughput_mibps(gib, engine, asked) <= row.throughput_mibps(gib + 1, engine, asked)
    dry = row.throughput_mibps(gib, engine, asked, credits_left=False)
    assert dry <= row.throughput_mibps(gib, engine, asked)
    assert row.baseline_iops(gib, engine, asked) <= row.burst_iops(gib, engine, asked) <= bounds.max_iops


@given(ENGINES, st.sampled_from(list(catalog.storage_types())), st.integers(5, 65_536), st.integers(0, 300_000))
def test_what_is_not_refused_is_given(engine: str, name: str, gib: int, iops: int) -> None:
    row = catalog.storage_type(name)
    if iops and not row.refusal(gib, engine, iops):
        assert row.baseline_iops(gib, engine, iops) == iops
