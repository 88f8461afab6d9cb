"""Prices: exact, dated, one place for each; and what they say about Aurora beside RDS."""

from fractions import Fraction

import pytest

from opsconsole import catalog
from opsconsole.catalog import InstanceClass

SHARED = [row for row in catalog.instance_classes().values() if row.aurora_usd_per_h and row.rds_usd_per_h]


def price(row: InstanceClass, engine: str) -> Fraction:
    return catalog.instance_price(row, catalog.engine(engine)).exact


def test_a_price_is_what_was_written_to_the_last_digit() -> None:
    assert catalog.storage_price(catalog.storage_type("gp3")).exact == Fraction(115, 1000)
    assert catalog.price("aurora-io").exact * 3 == Fraction(6, 10)
    assert price(catalog.instance_class("db.m6g.large"), "mysql") == Fraction(152, 1000)


def test_every_price_says_when_it_was_noted_and_claims_no_more_than_it_may() -> None:
    for row in catalog.prices().values():
        assert row.date.startswith("20")
        assert row.confidence in {"L", "SIM"} or row.usd == 0
    assert not [name for name, row in catalog.assumptions().items() if "USD" in row.unit]


def test_another_engine_at_mysqls_price_is_an_assumption_of_ours() -> None:
    row = catalog.instance_class("db.m5.large")
    mysql, oracle = (catalog.instance_price(row, catalog.engine(name)) for name in ("mysql", "oracle-ee"))
    assert (mysql.confidence, oracle.confidence) == ("L", "SIM")
    assert mysql.exact == oracle.exact
    assert "any licence left out" in oracle.meaning


def test_a_class_that_is_not_sold_has_no_price() -> None:
    with pytest.raises(ValueError, match=r"no price of db\.t3\.micro for Aurora MySQL"):
        catalog.instance_price(catalog.instance_class("db.t3.micro"), catalog.engine("aurora-mysql"))


@pytest.mark.fact("AUR-COST-04")
def test_aurora_is_about_a_fifth_dearer_than_rds_on_the_same_class_and_cheaper_for_what_it_does() -> None:
    dearer = [price(row, "aurora-mysql") / price(row, "mysql") for row in SHARED]
    assert Fraction(115, 100) < sum(dearer) / len(dearer) < Fraction(125, 100)
    assert all(Fraction(110, 100) < one < Fraction(125, 100) for one in dearer)
    for row in SHARED:
        aurora, mysql = (
            price(row, engine) / catalog.capacity(engine, row.name).writes_per_s for engine in ("aurora-mysql", "mysql")
        )
        assert aurora < mysql


@pytest.mark.fact("AUR-COST-03")
def test_aurora_is_better_value_than_a_pair_but_nothing_of_it_is_as_cheap_as_a_single_az_micro() -> None:
    for row in SHARED:  # two Aurora instances do more for less than RDS's pair, of which one serves nobody
        pair = 2 * price(row, "mysql") / catalog.capacity("mysql", row.name).reads_per_s
        assert 2 * price(row, "aurora-mysql") / (2 * catalog.capacity("aurora-mysql", row.name).reads_per_s) < pair
    micros = [row for row in catalog.instance_classes().values() if row.size == "micro"]
    cheapest = min(price(row, "aurora-mysql") for row in SHARED)
    assert micros
    assert all(price(row, "mysql") < cheapest for row in micros)


def test_a_price_never_borrows_the_source_of_the_row_it_stands_in() -> None:
    size, node, disk = (
        catalog.instance_class("db.m6g.large"),
        catalog.cache_node_type("cache.m6g.large"),
        catalog.storage_type("gp3"),
    )
    prices = (catalog.instance_price(size, catalog.engine("mysql")), catalog.node_price(node))
    for price in (*prices, catalog.storage_price(disk), catalog.iops_price(disk)):
        assert "unverified" in price.source
        assert price.confidence in {"L", "SIM"}
