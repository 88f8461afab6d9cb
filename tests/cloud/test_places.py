"""Zones, regions and links: who reaches whom, by direction, while causes come and go in any order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.cloud.places import Places
from tests.cloud.play import Play

TWO_REGIONS = (
    ("us-east-1", ("us-east-1a", "us-east-1b", "us-east-1c")),
    ("eu-west-1", ("eu-west-1a", "eu-west-1b", "eu-west-1c")),
)


def reach(play: Play, a: str, b: str) -> int | None:
    """One way from a zone to a zone, in microseconds."""
    return play.cloud.places.reach(play.zone(a), play.zone(b))


@pytest.fixture
def play() -> Play:
    return Play("global_aurora")


def test_a_zone_is_near_its_neighbours_and_far_from_another_region(play: Play) -> None:
    same, next_door, abroad = (reach(play, "us-east-1a", to) for to in ("us-east-1a", "us-east-1b", "eu-west-1a"))
    assert (same, next_door) == (100, 500)
    assert abroad == 35_000


def test_a_zone_has_the_building_id_that_aws_gives_it(play: Play) -> None:
    assert play.zone("us-east-1a").zone_id.startswith("use1-az")
    assert play.zone("us-east-1a").letter == "a"


def test_a_zone_without_power_reaches_nobody_not_even_itself(play: Play) -> None:
    play.do("az:outage us-east-1a")
    assert reach(play, "us-east-1a", "us-east-1a") is None
    assert reach(play, "us-east-1a", "us-east-1b") is None
    assert reach(play, "us-east-1b", "us-east-1a") is None
    assert reach(play, "us-east-1b", "us-east-1c") == 500


@pytest.mark.parametrize(
    ("direction", "inward", "outward"),
    [("both", None, None), ("to", None, 500), ("from", 500, None)],
)
def test_a_zone_is_cut_off_in_one_direction_or_in_both(
    play: Play, direction: str, inward: int | None, outward: int | None
) -> None:
    play.do(f"az:partition us-east-1a direction={direction}")
    assert reach(play, "us-east-1b", "us-east-1a") == inward
    assert reach(play, "us-east-1a", "us-east-1b") == outward
    assert reach(play, "us-east-1a", "us-east-1a") == 100
    assert play.zone("us-east-1a").up


def test_a_slow_zone_is_slow_inside_too_and_alone(play: Play) -> None:
    play.do("az:slowdown us-east-1a latency=50ms")
    assert reach(play, "us-east-1a", "us-east-1a") == 50_100
    assert reach(play, "us-east-1a", "us-east-1b") == 50_500
    assert reach(play, "us-east-1b", "us-east-1c") == 500


@pytest.mark.parametrize(("direction", "there", "back"), [("both", None, None), ("to", None, 500), ("from", 500, None)])
def test_a_link_between_zones_is_cut_in_one_direction_or_in_both(
    play: Play, direction: str, there: int | None, back: int | None
) -> None:
    play.do(f"link:cut us-east-1a/us-east-1b direction={direction}")
    assert reach(play, "us-east-1a", "us-east-1b") == there
    assert reach(play, "us-east-1b", "us-east-1a") == back
    assert reach(play, "us-east-1a", "us-east-1c") == 500


@pytest.mark.parametrize(("direction", "there", "back"), [("both", 60, 60), ("to", 60, 35), ("from", 35, 60)])
def test_a_link_between_regions_is_slow_for_every_zone_of_theirs(
    play: Play, direction: str, there: int, back: int
) -> None:
    play.do(f"link:slow us-east-1/eu-west-1 direction={direction} latency=25ms")
    assert reach(play, "us-east-1a", "eu-west-1c") == there * 1000
    assert reach(play, "eu-west-1c", "us-east-1a") == back * 1000
    assert reach(play, "us-east-1a", "us-east-1b") == 500


def test_a_link_is_healed_under_either_of_its_two_spellings(play: Play) -> None:
    play.do("link:cut us-east-1/eu-west-1").do("heal eu-west-1/us-east-1")
    assert reach(play, "us-east-1a", "eu-west-1a") == 35_000


def test_a_region_cut_off_goes_on_inside(play: Play) -> None:
    play.do("region:partition us-east-1")
    assert reach(play, "us-east-1a", "eu-west-1a") is None
    assert reach(play, "eu-west-1a", "us-east-1a") is None
    assert reach(play, "us-east-1a", "us-east-1b") == 500


def test_a_lost_region_has_no_zone_with_power(play: Play) -> None:
    play.do("region:outage us-east-1")
    assert not any(play.zone(f"us-east-1{letter}").up for letter in "abc")
    assert all(play.zone(f"eu-west-1{letter}").up for letter in "abc")


def test_a_fault_ends_by_itself_at_its_time_to_the_microsecond(play: Play) -> None:
    play.at("T+10s az:outage us-east-1a for=30s").until("39s")
    assert not play.zone("us-east-1a").up
    play.until("40s")
    assert play.zone("us-east-1a").up
    assert play.when("fault", "us-east-1a", now="healed") == [40]


def test_two_causes_overlap_and_healing_one_leaves_the_other(play: Play) -> None:
    play.do("az:outage us-east-1a").do("region:outage us-east-1 for=10m").do("heal us-east-1a")
    assert not play.zone("us-east-1a").up
    play.until("10m")
    assert play.zone("us-east-1a").up


def test_the_same_fault_twice_is_two_causes(play: Play) -> None:
    play.do("az:outage us-east-1a for=5m").do("az:outage us-east-1a for=10m").until("5m")
    assert not play.zone("us-east-1a").up
    play.do("heal f2")
    assert play.zone("us-east-1a").up


def test_slow_and_cut_off_at_once_is_cut_off_and_then_slow_again(play: Play) -> None:
    play.do("link:slow us-east-1a/us-east-1b latency=10ms").do("link:slow us-east-1a/us-east-1b latency=5ms")
    assert reach(play, "us-east-1a", "us-east-1b") == 15_500
    play.do("link:cut us-east-1a/us-east-1b")
    assert reach(play, "us-east-1a", "us-east-1b") is None
    play.do("heal f3")
    assert reach(play, "us-east-1a", "us-east-1b") == 15_500
    play.do("heal all")
    assert reach(play, "us-east-1a", "us-east-1b") == 500
    assert play.cloud.faults.in_force == {}


def test_what_a_zone_shows_is_the_worst_that_holds_it(play: Play) -> None:
    zone = play.zone("us-east-1a")
    play.do("az:slowdown us-east-1a")
    assert zone.condition.value == "slow"
    play.do("az:partition us-east-1a")
    assert zone.condition.value == "cut off"
    play.do("az:outage us-east-1a")
    assert zone.condition.value == "down"
    play.do("heal us-east-1a")
    assert zone.condition.value == "up"


Holds = st.lists(
    st.tuples(
        st.sampled_from(["us-east-1a", "us-east-1b", "eu-west-1a"]),
        st.sampled_from(["power", "inward", "outward"]),
        st.one_of(st.none(), st.integers(1, 10**6)),
    ),
    max_size=8,
)


@given(Holds, st.randoms(use_true_random=False))
def test_whatever_order_causes_leave_in_all_is_as_before_when_the_last_is_gone(
    holds: list[tuple[str, str, int | None]], order: object
) -> None:
    places = Places(TWO_REGIONS)
    zones = list(places.zones.values())
    before = {(a.name, b.name): places.reach(a, b) for a in zones for b in zones}
    undo = []
    for number, (name, part, extra_us) in enumerate(holds):
        zone = places.zones[name]
        gate = zone.power if part == "power" else getattr(zone.border, part)
        places.change([(gate, extra_us)], f"f{number}", [name])
        undo.append((gate, f"f{number}", name))
    for name, part, extra_us in holds:
        zone, other = places.zones[name], places.zones["us-east-1c"]
        path = {"power": (zone, other), "inward": (other, zone), "outward": (zone, other)}[part]
        found = places.reach(*path)
        if extra_us is None:
            assert found is None
        else:
            undisturbed = before[path[0].name, path[1].name]
            assert undisturbed is not None
            assert found is None or found >= undisturbed + extra_us
    order.shuffle(undo)  # type: ignore[attr-defined]
    for gate, cause, name in undo:
        places.release([gate], cause, [name])
    assert {(a.name, b.name): places.reach(a, b) for a in zones for b in zones} == before
