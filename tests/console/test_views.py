"""What the console shows is what the cloud is: at rest, in an outage, after the failover, with a region cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from opsconsole.cloud import Cloud
from opsconsole.cloud.alarms import in_alarm
from opsconsole.cloud.events import KINDS
from opsconsole.commands import parse
from opsconsole.console import crier
from opsconsole.console.desk import Desk
from opsconsole.console.views import (
    STYLES,
    ClockState,
    Line,
    alarms_lines,
    apps_view,
    blast_radius,
    breadcrumb,
    describe_text,
    dig_text,
    event_feed,
    kind_of,
    map_view,
    plain,
    ringing_lines,
    spark,
    status_line,
    tab_view,
    tabs_for,
    things,
)
from opsconsole.console.views.layout import cells
from opsconsole.console.views.quantities import outage
from opsconsole.console.views.sentences import SENTENCES, sentence, told
from opsconsole.drills.figures import span
from opsconsole.engine.begin import begin
from opsconsole.engine.engine import Engine
from opsconsole.fleet import load_fleet

WIDTHS = (160, 100, 80, 60)
MOMENTS = ("rest", "outage", "after", "partition", "promoted", "operated")

OPERATIONS = (
    "rds:create-db-instance orders id=orders-4 zone=a",
    "rds:create-db-cluster-endpoint orders id=reports type=READER",
    "app:set-endpoint storefront endpoint=orders.reader use=reads",
    "rds:delete-db-instance catalog-2",
    "sim:replica-stall orders-3",
    "sim:crash-host orders-eu-1",
    "sim:storage-node-loss catalog copies=4",
    "app:pause-writes checkout",
    "link:cut us-east-1a/us-east-1b direction=to",
    "az:partition us-east-1c direction=from",
)


def run(cloud: Cloud, seconds: float) -> None:
    cloud.kernel.run_until(cloud.now_us + round(seconds * 1_000_000))


def do(cloud: Cloud, line: str) -> None:
    cloud.kernel.spawn(parse(line).run(cloud))
    cloud.kernel.run_until(cloud.now_us)


def cloud_at(moment: str) -> Cloud:
    cloud = Cloud(load_fleet("global_aurora").fleet)
    run(cloud, 120)
    if moment in ("outage", "after"):
        do(cloud, "az:outage us-east-1a")
        run(cloud, 6 if moment == "outage" else 90)
    if moment in ("partition", "promoted"):
        do(cloud, "region:partition eu-west-1")
        run(cloud, 42)
    if moment == "promoted":
        do(
            cloud,
            "rds:failover-global-cluster orders-global target_db_cluster_identifier=orders-eu allow_data_loss=true",
        )
        run(cloud, 600)
    if moment == "operated":
        for line in OPERATIONS:
            do(cloud, line)
            run(cloud, 45)
    return cloud


def everything(cloud: Cloud, width: int, truth: bool = True, ascii: bool = False) -> Iterator[tuple[str, list[Line]]]:
    """Every view of every thing."""
    yield "status", [status_line(cloud, ClockState(), width, truth=truth, ascii=ascii)]
    yield "map", map_view(cloud, width, truth=truth, ascii=ascii, selected="orders-2")
    yield "apps", apps_view(cloud, width, truth=truth, ascii=ascii)
    yield "feed", event_feed(cloud, width, truth=truth, ascii=ascii)
    for id in things(cloud):
        for tab in tabs_for(cloud, id):
            yield f"{id} {tab}", tab_view(cloud, id, tab, width, 40, truth=truth, ascii=ascii)


def text_of(cloud: Cloud, id: str, tab: str, width: int = 100, truth: bool = True) -> str:
    return plain(tab_view(cloud, id, tab, width, truth=truth))


@pytest.fixture(scope="module", params=MOMENTS)
def moment(request: pytest.FixtureRequest) -> Cloud:
    return cloud_at(request.param)


# -- what holds of every view -------------------------------------------------------------------------------------


@pytest.mark.parametrize("truth", [True, False])
@pytest.mark.parametrize("width", [*WIDTHS, 44, 30])
def test_every_line_fits_and_is_well_formed(moment: Cloud, width: int, truth: bool) -> None:
    for name, lines in everything(moment, width, truth):
        assert lines, name
        for line in lines:
            assert cells(line.text) <= width, f"{name}: {line.text!r}"
            assert line.text.isprintable(), f"{name}: {line.text!r}"
            assert {style for _, style in line.spans} <= set(STYLES), name
            assert all(0 <= start < end <= width for start, end, _ in line.refs), name
            for id in (*([line.ref] if line.ref else []), *(id for _, _, id in line.refs)):
                assert kind_of(moment, id) or name == "feed" or name.endswith("Events"), f"{name}: {id}"


def test_ascii_holds_nothing_else_and_loses_no_column(moment: Cloud) -> None:
    for (name, lines), (_, drawn) in zip(everything(moment, 80), everything(moment, 80, ascii=True), strict=True):
        for line, other in zip(lines, drawn, strict=True):
            assert other.text.isascii(), f"{name}: {other.text!r}"
            assert "?" not in other.text, f"{name}: {other.text!r}"
            assert len(other.text) == cells(line.text), name
            assert (other.ref, other.refs, other.key) == (line.ref, line.refs, line.key)


def test_looking_changes_nothing() -> None:
    def course(look: bool) -> tuple[str, int, int, str]:
        cloud = Cloud(load_fleet("global_aurora").fleet)
        for step in range(30):
            if step == 5:
                do(cloud, "az:outage us-east-1a for=60s")
            if step == 12:
                do(cloud, "region:partition eu-west-1 for=30s")
            run(cloud, 7.3)
            if look:
                for truth in (True, False):
                    for _ in everything(cloud, 90, truth):
                        pass
                    describe_text(cloud, None, truth=truth)
                alarms_lines(cloud, 90, ["orders-1", "ledger", "sessions-001"])
                ringing_lines(cloud, 90, in_alarm(cloud), ())
                dig_text(cloud, "orders.writer", "checkout")
                blast_radius(parse("az:outage us-east-1b").preview(cloud))
        books = ",".join(str(app.books.at(cloud.now_us)) for app in cloud.apps.values())
        return cloud.log.digest, cloud.log.count, cloud.now_us, books

    assert course(look=True) == course(look=False)


def test_a_second_look_at_the_same_instant_sees_the_same(moment: Cloud) -> None:
    assert list(everything(moment, 100)) == list(everything(moment, 100))


# -- the map ------------------------------------------------------------------------------------------------------


def cell(lines: list[Line], id: str) -> str:
    """The text that stands for an id on the map."""
    for line in lines:
        for start, end, ref in line.refs:
            if ref == id:
                return line.text[start:end]
    raise AssertionError(f"{id} is not on the map")


def test_the_map_puts_every_instance_under_its_zone() -> None:
    lines = map_view(cloud_at("rest"), 60)
    head = next(line for line in lines if line.ref == "us-east-1")
    row = next(line for line in lines if line.ref == "orders")
    for id, letter in (("orders-1", "a"), ("orders-2", "b"), ("orders-3", "c")):
        start = next(start for start, _, ref in row.refs if ref == id)
        assert head.text[start] == letter
    assert cell(lines, "orders-1") == "● W"
    assert cell(lines, "orders-2") == "● R"


def test_an_outage_darkens_the_column_and_says_down() -> None:
    lines = map_view(cloud_at("outage"), 60)
    head = next(line for line in lines if line.ref == "us-east-1")
    assert "a ✖ down" in head.text
    row = next(line for line in lines if line.ref == "catalog")
    start = next(start for start, _, id in head.refs if id == "us-east-1a")
    column, styles = 0, []
    for text, style in row.spans:
        styles += [style] * len(text)
        column += len(text)
    assert set(styles[start : start + 10]) == {"cut"}
    assert cell(lines, "orders-1").startswith("✖")
    assert "failing-over" in plain(lines)


def test_after_the_failover_the_writer_stands_in_the_other_zone() -> None:
    lines = map_view(cloud_at("after"), 60)
    assert cell(lines, "orders-2") == "● W"
    assert cell(lines, "orders-1") == "✖ R"


def test_aws_view_of_an_outage_knows_less() -> None:
    cloud = cloud_at("rest")
    do(cloud, "az:outage us-east-1a")
    run(cloud, 1)
    text = plain(map_view(cloud, 60, truth=False))
    assert "down" not in text.replace("✖ down", "", 1)  # the legend's
    assert cell(map_view(cloud, 60, truth=False), "orders-1") == "● W"
    assert "▮" not in text


def test_a_cut_region_and_its_lag_are_on_the_map() -> None:
    text = plain(map_view(cloud_at("partition"), 60))
    assert "✖ cut off" in text
    assert re.search(r"orders → orders-eu\s+✖ cut\s+42 s behind", text)


def test_slow_links_and_zones_are_named() -> None:
    cloud = cloud_at("rest")
    do(cloud, "link:slow us-east-1a/us-east-1b")
    do(cloud, "az:slowdown us-east-1c")
    text = plain(map_view(cloud, 60))
    assert "us-east-1a – us-east-1b  ▲ slow" in text
    assert "c ▲ slow" in text
    assert "us-east-1a/us-east-1b" in things(cloud)


def test_several_instances_in_a_zone_are_all_shown_or_counted() -> None:
    cloud = cloud_at("rest")
    for number in range(4, 9):
        do(cloud, f"rds:create-db-instance orders id=orders-{number} zone=a")
    row = next(line for line in map_view(cloud, 60) if line.ref == "orders")
    here = [id for _, _, id in row.refs if id in cloud.instances and cloud.instances[id].zone.name == "us-east-1a"]
    counted = re.search(r"\+(\d+)", row.text)
    assert len(here) + (int(counted[1]) if counted else 0) == 6


def test_the_narrow_map_is_a_list() -> None:
    lines = map_view(cloud_at("outage"), 34)
    assert "orders-eu" in plain(lines)
    assert cell(lines, "orders-1").startswith("a✖")
    assert "a ✖ down" in plain(lines)


def test_the_selected_thing_is_marked() -> None:
    for id in ("orders", "orders-2", "us-east-1", "us-east-1b", "orders-global"):
        marked = [
            text for line in map_view(cloud_at("rest"), 60, selected=id) for text, s in line.spans if s == "selected"
        ]
        assert len(marked) == 1, id


# -- apps and status ----------------------------------------------------------------------------------------------


def test_apps_say_what_users_feel_and_how_long() -> None:
    text = plain(apps_view(cloud_at("outage"), 80))
    assert re.search(r"checkout\s+✖ failing 6 s", text)
    assert re.search(r"checkout\s+● ok\s+100 %", plain(apps_view(cloud_at("rest"), 80)))
    after = plain(apps_view(cloud_at("after"), 120))
    assert re.search(r"checkout\s+● ok.*\d+\.\d s", after)


def test_the_status_line_never_loses_what_matters() -> None:
    cloud = cloud_at("outage")
    clock = ClockState(speed_asked=600, speed_had=340, read_only=True, braked=True)
    for width in range(34, 170):
        text = status_line(cloud, clock, width).text
        assert " SIMULATED " in text
        assert "09:02:06Z" in text
        assert "600×" in text
        assert cells(text) <= width
    full = status_line(cloud, clock, 170).text
    for part in ("Global storefront", "has 340×", "braked", "seed 7", "truth", "read-only", "not recording", "1 fault"):
        assert part in full
    assert "fault" not in status_line(cloud, clock, 170, truth=False).text
    company = ClockState(company="1 instructor (ana)", stops="T+5m", branch="branch at T+1m")
    assert "1 instructor (ana)" in status_line(cloud, company, 80).text
    for part in ("until T+5m", "branch at T+1m"):
        assert part in status_line(cloud, company, 170).text
    assert "‖ paused" in status_line(cloud, ClockState(paused=True, recording="x.journal"), 100).text
    assert "not recording" not in status_line(cloud, ClockState(recording="x.journal"), 100).text


@pytest.mark.parametrize("width", WIDTHS)
def test_the_clock_of_a_running_outage_is_never_cut(width: int) -> None:
    cloud = cloud_at("rest")
    do(cloud, "az:outage us-east-1a")
    do(cloud, "az:outage us-east-1b")
    run(cloud, 13 * 60 + 13)
    states = [line.text for line in apps_view(cloud, width) if "failing" in line.text]
    assert states
    assert all(re.search(r"failing 13 m( \d\d s)? ", state) for state in states)


# -- events -------------------------------------------------------------------------------------------------------


def test_the_feed_is_newest_first_and_in_aws_words() -> None:
    cloud = cloud_at("after")
    lines = event_feed(cloud, 160)
    times = [line.text[1:9] for line in lines]
    assert times == sorted(times, reverse=True)
    assert re.search(r"RDS-EVENT-0071 +Completed failover to DB instance: orders-2\.", plain(lines))
    assert "the zone has lost power" in plain(lines)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_feed_cuts_no_event(width: int) -> None:
    cloud = cloud_at("after")
    lines = event_feed(cloud, width)
    assert all(cells(line.text) <= width for line in lines)
    said = " ".join(plain(lines).split())
    for row in cloud.log.tail:
        assert " ".join(told(row).text.split()) in said


def test_the_feed_says_who_else_asked() -> None:
    session = begin(load_fleet("aurora_mysql"))
    session.ask(parse("mark tea"), "ana")
    session.ask(parse("mark cake"), "operator")
    session.run_until(1_000_000)
    desk = Desk.of(Engine(session), read_only=False, ascii=False)
    text = plain(event_feed(session.cloud, 120, asker=desk.asker))
    assert "done: mark tea, by ana" in text
    assert re.search(r"done: mark cake *$", text, re.MULTILINE)


def test_the_legend_explains_every_sign_of_a_copy_that_is_seen() -> None:
    for moment, signs in (("rest", ("▮ volume copy",)), ("outage", ("▮ volume copy", "× copy down"))):
        text = plain(map_view(cloud_at(moment), 100))
        assert [sign for sign in ("▮ volume copy", "▯ copy in repair", "× copy down") if sign in text] == list(signs)


def test_aws_view_of_the_feed_holds_delivered_events_only() -> None:
    cloud = cloud_at("rest")
    do(cloud, "rds:failover-db-cluster orders")
    assert "RDS-EVENT" in plain(event_feed(cloud, 120))
    assert "RDS-EVENT" not in plain(event_feed(cloud, 120, truth=False))
    run(cloud, 60)
    delivered = event_feed(cloud, 120, truth=False)
    assert all("RDS-EVENT" in line.text for line in delivered)


def test_the_feed_can_be_filtered_by_words_and_by_thing() -> None:
    cloud = cloud_at("after")
    found = event_feed(cloud, 140, text_filter="CHECKOUT incident")
    assert found
    assert all("checkout" in line.text and "incident" in line.text for line in found)
    assert "nothing holds" in plain(event_feed(cloud, 140, text_filter="no such thing"))
    for line in event_feed(cloud, 140, source="us-east-1a"):
        assert line.ref in ("us-east-1a", "orders-1", "ledger", "pages", "sessions-001")
    assert len(event_feed(cloud, 140, limit=3)) == 3


@pytest.mark.parametrize("rto_us", [420_400, 94_149_600, 208_194_400, 1_083_500_400])
def test_an_outage_is_told_the_same_in_events_in_passing_and_in_reports(rto_us: int) -> None:
    row = {"t": 0, "stream": "sim", "source": "checkout", "kind": "incident", "now": "ended"}
    row["rto_s"] = f"{rto_us / 1e6:.3f}"
    said = crier.of_row(row)
    assert said is not None
    assert said.text.endswith(f"after {outage(rto_us)}")
    assert sentence(row).text.endswith(f"RTO {span(rto_us)}")


def test_every_kind_of_row_has_a_sentence() -> None:
    assert set(SENTENCES) == set(KINDS)
    for kind, (_, facts) in KINDS.items():
        bare = {"t": 0, "stream": "sim", "source": "orders", "kind": kind}
        assert sentence(bare).text
        assert sentence({**bare, **dict.fromkeys(facts, "something")}).text
        assert sentence(bare).style in STYLES


def test_a_kind_without_a_sentence_is_told_by_its_facts() -> None:
    row = {"t": 0, "stream": "sim", "source": "orders", "kind": "new", "number": 3, "word": "x[red]"}
    assert sentence(row).text == "number 3, word x[red]"


def test_a_text_with_control_characters_cannot_move_the_cursor() -> None:
    cloud = cloud_at("rest")
    do(cloud, 'mark "\x1b[31mred"')
    assert "\x1b" not in plain(event_feed(cloud, 120))
    assert "?[31mred" in plain(event_feed(cloud, 120))


# -- tabs ---------------------------------------------------------------------------------------------------------


def test_topology_shows_boxes_roles_and_copies() -> None:
    text = text_of(cloud_at("rest"), "orders", "Topology")
    for part in ("orders-1", "WRITER", "db.r6g.xlarge", "copies ▮▮", "6 of 6", "writer", "→ orders-1", "orders-eu"):
        assert part in text
    dark = text_of(cloud_at("outage"), "orders", "Topology")
    assert "us-east-1a ✖ down" in dark
    assert "AWS says available" in dark
    assert "no writer" in dark


def test_endpoints_show_moves_and_who_still_holds_what() -> None:
    cloud = cloud_at("rest")
    do(cloud, "rds:failover-db-cluster orders")
    moved = cloud.clusters["orders"].writer_record.answers
    while moved.value == ("orders-1",):
        run(cloud, 0.5)
    run(cloud, 1)
    text = text_of(cloud, "orders", "Endpoints")
    assert "orders-1 → orders-2" in text
    assert re.search(r"checkout\s+writes\s+orders-1 \d+ %", text)
    run(cloud, 30)
    assert re.search(r"checkout\s+writes\s+orders-2 100 %", text_of(cloud, "orders", "Endpoints"))
    assert "has cached" not in text_of(cloud, "orders", "Endpoints", truth=False)


def test_only_the_truth_tells_that_an_app_keeps_answers_longer_than_it_is_set_to() -> None:
    cloud = Cloud(load_fleet("rds_multi_az").fleet)
    do(cloud, "sim:stale-dns billing-app")
    assert "set to believe an answer for 5.0 s  keeps it for ever (f1)" in text_of(cloud, "billing-app", "Connections")
    assert "for ever" not in text_of(cloud, "billing-app", "Connections", truth=False)


def test_replication_puts_lag_and_loss_side_by_side() -> None:
    cloud = cloud_at("partition")
    text = text_of(cloud, "orders", "Replication")
    follower = cloud.clusters["orders-eu"].volume.follower
    assert follower is not None
    missing = follower.backlog(cloud.now_us) // 1_000_000_000
    assert missing > 10_000
    assert f"would lose {missing:,} writes, the last 42 s" in text
    assert "log position" in text
    assert "log position" not in text_of(cloud, "orders", "Replication", truth=False)


def test_storage_shows_copies_quorum_and_repair() -> None:
    cloud = cloud_at("rest")
    do(cloud, "sim:storage-node-loss orders copies=3")
    text = text_of(cloud, "orders", "Storage")
    assert "3 of 6 healthy   writes need 4 of 6, reads 3 of 6" in text
    assert "✖ writes stop   ● reads possible" in text
    assert text.count("× down") == 3
    do(cloud, "heal all")
    do(cloud, "sim:storage-node-loss orders copies=1")
    run(cloud, 10)  # writes go on, and the copy misses them
    do(cloud, "heal all")
    run(cloud, 1)
    assert re.search(r"▯ repairing \d+ %", text_of(cloud, "orders", "Storage"))
    assert "AWS does not show" in text_of(cloud, "orders", "Storage", truth=False)


def test_metrics_are_the_last_published_minute_in_aws_view() -> None:
    cloud = cloud_at("rest")
    run(cloud, 600)
    assert re.search(r"CPUUtilization\s+[\d.]+ %\s+Percent", text_of(cloud, "orders-1", "Metrics"))
    assert re.search(
        r"CPUUtilization\s+[\d.]+ %\s+Percent\s+09:1[01]", text_of(cloud, "orders-1", "Metrics", truth=False)
    )


def test_assumptions_are_marked_where_they_are_shown() -> None:
    cloud = cloud_at("rest")
    text = text_of(cloud, "orders", "Config")
    assert re.search(r"a write takes\s+3 ms  SIM", text)
    assert re.search(r"orders-1 .*6,300/s .* SIM", text)
    assert "target window 24 h, declared" in text_of(cloud, "catalog", "Config")


def test_an_app_shows_rates_errors_totals_and_incidents() -> None:
    cloud = cloud_at("outage")
    text = text_of(cloud, "checkout", "Requests")
    for part in (
        "due",
        "failed",
        "unknown",
        "stale",
        "connection",
        "users do not reach checkout there",
        "acknowledged and lost",
    ):
        assert part in text
    assert re.search(r"running\s+6\.0 s", text_of(cloud, "checkout", "Incidents"))
    assert "down, users are still sent here" in text_of(cloud, "checkout", "Connections")
    promoted = text_of(cloud_at("promoted"), "orders-global", "Members")
    assert "accepts writes" in promoted


def test_places_show_what_stands_there_and_why_it_is_down() -> None:
    cloud = cloud_at("outage")
    text = text_of(cloud, "us-east-1a", "Zone")
    for part in ("✖ down", "f1 az:outage us-east-1a", "orders-1", "checkout", "× 1 down"):
        assert part in text
    assert "f1" not in text_of(cloud, "us-east-1a", "Zone", truth=False)
    assert "round trip" in text_of(cloud, "us-east-1", "Region")
    cut = text_of(cloud_at("partition"), "eu-west-1/us-east-1", "Link")
    assert cut.count("✖ cut") == 3


# -- the rest -----------------------------------------------------------------------------------------------------


def test_things_have_kinds_tabs_and_paths() -> None:
    cloud = cloud_at("rest")
    ids = things(cloud)
    assert len(ids) == len(set(ids))
    for id in ids:
        assert kind_of(cloud, id)
        assert tabs_for(cloud, id)
        assert breadcrumb(cloud, id)[-1] == id
    assert breadcrumb(cloud, "orders-2") == ["us-east-1", "orders", "orders-2"]
    assert kind_of(cloud, "nothing") == ""
    assert tabs_for(cloud, "nothing") == []
    assert tab_view(cloud, "nothing", "Topology", 80) == []
    assert tab_view(cloud, "orders", "no such tab", 80) == []


def test_a_blast_radius_names_all_that_is_touched() -> None:
    cloud = cloud_at("partition")
    command = parse(
        "rds:failover-global-cluster orders-global target_db_cluster_identifier=orders-eu allow_data_loss=true"
    )
    text = plain(blast_radius(command.preview(cloud)))
    assert "orders-eu" in text
    assert "acknowledged writes would be lost" in text.splitlines()[0], "what is worst is in sight on any screen"
    assert plain(blast_radius(parse("az:outage us-east-1b").preview(cloud), ascii=True)).isascii()


def test_describe_and_dig_say_that_they_are_simulated() -> None:
    cloud = cloud_at("rest")
    assert describe_text(cloud, "orders").startswith("SIMULATED  describe-db-clusters")
    assert '"DBClusterIdentifier": "orders"' in describe_text(cloud, "orders")
    assert "no AWS resource" in describe_text(cloud, "checkout")
    assert "no AWS resource" in describe_text(cloud, "nothing")
    kept = Cloud(load_fleet("rds_multi_az").fleet)
    assert describe_text(kept, next(iter(kept.snapshots))).startswith("SIMULATED  describe-db-snapshots")
    assert describe_text(kept, "billing-key").startswith("SIMULATED  describe-key")
    assert "SIMULATED" in dig_text(cloud, "orders.writer", "checkout")
    assert "there is no name" in dig_text(cloud, "nothing")


def test_a_sparkline_shows_gaps_zeros_and_the_slightest_failure() -> None:
    assert spark([None, 0.0, 0.001, 1.0], 6, high=1.0) == "   ▁▂█"
    assert spark([None, 0.0, 0.001, 1.0], 6, ascii=True, high=1.0) == "   _.#"
    assert spark([], 3) == "   "
    assert spark([5.0] * 9, 4) == "▇▇▇▇"
