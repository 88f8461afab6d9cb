"""The map of a fleet too large for rows: heat cells by zone, a Region in rows, a zone node by node, and what is left of
them by a filter.
"""

from __future__ import annotations

from collections import Counter

import pytest

from opsconsole.cloud import Cloud
from opsconsole.commands import parse
from opsconsole.console.views import Level, Line, Stand, is_heat, map_view, plain, select, stand_ins, zone_for
from opsconsole.fleet import load_fleet, parse_fleet, shipped_fleets
from tests.benchmarks.fleets import fleet_of

NODES = 200
ZONE = "us-east-1c"


@pytest.fixture(scope="module")
def dark() -> Cloud:
    """200 nodes, half a minute after one of six zones lost its power."""
    cloud = Cloud(parse_fleet(fleet_of(NODES), "many.toml"))
    cloud.kernel.spawn(parse(f"az:outage {ZONE}").run(cloud))
    cloud.kernel.run_until(30_000_000)
    return cloud


def cells(lines: list[Line]) -> dict[str, str]:
    """What stands in the one column that is a node's."""
    found = {}
    for line in lines:
        for start, end, id in line.refs:
            if end - start == 1 and id.startswith("db"):
                assert id not in found
                found[id] = line.text[start:end]
    return found


def test_every_node_has_a_cell_that_says_its_state_and_they_are_counted_in_words(dark: Cloud) -> None:
    lines = map_view(dark, 100)
    found = cells(lines)
    assert len(found) == NODES
    down = {id for id, instance in dark.instances.items() if instance.zone.name == ZONE}
    assert {id for id, glyph in found.items() if glyph == "✖"} == down
    head = next(line.text for line in lines if line.ref == "us-east-1")
    assert f"100 nodes  ✖ {len(down)} down" in head
    assert f"{Counter(found.values())['●'] - 100} running" in head
    assert "● 100 running" in next(line.text for line in lines if line.ref == "eu-west-1")


def test_a_zone_that_is_lost_is_a_dark_block_and_named(dark: Cloud) -> None:
    lines = map_view(dark, 100)
    title = next(line for line in lines if line.key == "us-east-1:cells")
    assert f"{ZONE} ✖ down" in title.text
    block = [line for line in lines if line.key.startswith("us-east-1:cells ")]
    assert all(any(style == "cut" for _, style in line.spans) for line in block)
    assert not any(style == "cut" for line in lines if line.key.startswith("eu-west") for _, style in line.spans)


def test_the_summary_stands_above_all_cells_and_names_services_that_are_not_well(dark: Cloud) -> None:
    lines = map_view(dark, 100)
    first_cell = next(number for number, line in enumerate(lines) if ":cells" in line.key)
    assert {"us-east-1", "eu-west-1"} <= {line.ref for line in lines[:first_cell]}
    cloud = Cloud(parse_fleet(fleet_of(NODES), "many.toml"))
    cloud.kernel.spawn(parse("sim:storage-node-loss db000 copies=3").run(cloud))
    cloud.kernel.run_until(1_000_000)
    assert "▲ 1 of 20 services not well: db000" in plain(map_view(cloud, 100))


def test_a_selected_node_is_marked_in_its_cell_alone(dark: Cloud) -> None:
    lines = select(map_view(dark, 100), "db004-1")
    marked = [(line, text) for line in lines for text, style in line.spans if style == "selected"]
    assert [text for _, text in marked] == ["●"]
    line = marked[0][0]
    before = "".join(text for text, _ in line.spans[: [style for _, style in line.spans].index("selected")])
    assert line.ref_at(len(before)) == "db004-1"
    assert stand_ins(dark, "db004")[1] == "db004-0"  # the cluster has no cell: its first node stands for it


def test_an_alarm_rings_on_the_node_or_on_the_one_that_leads(dark: Cloud) -> None:
    found = cells(map_view(dark, 100, stand=Stand(ringing=["db001-1", "db003"])))
    assert {id for id, glyph in found.items() if glyph == "▲"} == {"db001-1", "db003-0"}


def test_nearer_a_region_is_rows_and_a_zone_names_its_nodes(dark: Cloud) -> None:
    region = map_view(dark, 70, stand=Stand(Level.REGION, "us-east-1a"))
    assert sum(line.key.startswith("db") and line.key == line.ref for line in region) == 20
    assert "eu-west-1" not in plain(region)
    zone = plain(map_view(dark, 70, stand=Stand(Level.ZONE, ZONE)))
    assert "20 nodes  ✖ 20 down" in zone
    assert "db000  ✖ R db000-2 down" in zone
    assert "db000-1" not in zone


def test_a_filter_leaves_what_holds_the_words_on_every_level(dark: Cloud) -> None:
    assert set(cells(map_view(dark, 100, stand=Stand(words="db001-")))) == {f"db001-{n}" for n in range(5)}
    assert set(cells(map_view(dark, 100, stand=Stand(words="down")))) == {
        id for id, instance in dark.instances.items() if instance.zone.name == ZONE
    }
    assert len(cells(map_view(dark, 100, stand=Stand(words="writer")))) == 40
    zone = plain(map_view(dark, 70, stand=Stand(Level.ZONE, ZONE, "DB002")))
    assert "db002-2" in zone
    assert "db004-2" not in zone
    assert Stand(Level.ZONE, ZONE, "down").path(dark) == ['Map with "down"', "us-east-1", ZONE]


def test_the_map_stays_in_its_zone_while_what_is_selected_has_a_part_there(dark: Cloud) -> None:
    assert zone_for(dark, "db000", "us-east-1b") == "us-east-1b"
    assert zone_for(dark, "db000", "eu-west-1b") == "us-east-1a"
    assert zone_for(dark, "db001-1", "us-east-1b") == "eu-west-1b"
    assert zone_for(dark, "app000", "us-east-1c") == "us-east-1c"
    assert zone_for(dark, "eu-west-1/us-east-1", "eu-west-1c") == "eu-west-1c"
    assert zone_for(dark, "gone", "") == "eu-west-1a"


@pytest.mark.parametrize("width", [18, 34, 69, 158])
def test_every_line_of_every_level_fits_in_both_views_and_in_ascii(dark: Cloud, width: int) -> None:
    for level in Level:
        for truth in (True, False):
            stand = Stand(level, ZONE)
            lines = map_view(dark, width, truth=truth, stand=stand)
            assert all(len(line.text) <= width for line in lines)
            assert all(line.text[start:end].strip() for line in lines for start, end, _ in line.refs)
            assert plain(map_view(dark, width, truth=truth, ascii=True, stand=stand)).isascii()


def test_a_small_fleet_is_shown_in_rows() -> None:
    assert not any(is_heat(Cloud(load_fleet(name).fleet)) for name in shipped_fleets())
