"""The report: it says everything, obeys nothing, needs nothing, and is the same for the same result."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from html import escape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from opsconsole.drills.figures import clock, decimal, percent, span, visible
from opsconsole.drills.report import chaos_page, report_page, write_chaos_report, write_report
from opsconsole.drills.report.areas import columns
from opsconsole.drills.report.markup import element
from opsconsole.drills.report.opening import allowance_used
from opsconsole.drills.report.page import style
from opsconsole.drills.report.scale import Scale, rows_for
from opsconsole.drills.report.timeline import close_ups
from opsconsole.drills.result import ChaosResult, Counts, DrillResult, Sample, Verdict
from opsconsole.drills.result_file import read_result
from tests.drills import results
from tests.drills.results import HOSTILE, S

HTML_TAGS = {
    *("html", "head", "meta", "title", "style", "body", "main", "header", "nav", "a", "section", "article", "footer"),
    *("h1", "h2", "h3", "h4", "p", "div", "span", "strong", "code", "pre", "q", "ul", "li", "dl", "dt", "dd"),
    *("table", "thead", "tbody", "tr", "th", "td", "details", "summary"),
    *("svg", "g", "path", "rect", "text", "tspan"),
}
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)


class Page(HTMLParser):
    """What a browser's parser finds: elements with their attributes, and all text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.parts: list[str] = []
        self.styles: list[str] = []
        self._in_style = False
        self.feed(text)
        self.close()
        self.text = "".join(self.parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._in_style = tag == "style"

    def handle_data(self, data: str) -> None:
        (self.styles if self._in_style else self.parts).append(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def ids(self) -> list[str]:
        return [attributes["id"] or "" for _, attributes in self.elements if "id" in attributes]


def drawings(text: str) -> list[ElementTree.Element]:
    found = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    return [ElementTree.fromstring(drawing) for drawing in found]


def hostile_chaos() -> tuple[ChaosResult, list[str]]:
    texts: list[str] = []

    def change(text: str) -> str:
        texts.append(f"{text} {HOSTILE}")
        return texts[-1]

    return ChaosResult.model_validate(results.rewritten(results.chaos(70), change)), texts


# what it obeys: nothing


def test_every_text_of_a_result_is_shown_and_none_is_obeyed() -> None:
    result, texts = results.hostile()
    page = Page(report_page(result))
    assert {tag for tag, _ in page.elements} <= HTML_TAGS
    assert [text for text in texts if visible(text) not in page.text] == []


def test_every_text_about_many_runs_that_is_shown_is_escaped() -> None:
    result, _ = hostile_chaos()
    page = Page(chaos_page(result))
    assert {tag for tag, _ in page.elements} <= HTML_TAGS
    failed = [run for run in result.runs if run.verdict is not Verdict.PASSED]
    assert failed
    for run in failed:
        assert visible(run.command) in page.text
        assert visible(run.reason) in page.text


def test_no_attribute_runs_or_fetches_anything() -> None:
    for text in (report_page(results.hostile()[0]), chaos_page(hostile_chaos()[0])):
        for tag, attributes in Page(text).elements:
            assert not [name for name in attributes if name.startswith("on") or name in ("style", "src", "srcset")]
            assert tag == "a" or "href" not in attributes
            assert (attributes.get("href") or "#").startswith("#")


def test_the_content_policy_allows_the_style_by_its_hash_and_nothing_else() -> None:
    for text in (report_page(results.passed()), chaos_page(results.chaos())):
        page = Page(text)
        policy = next(
            attributes["content"] or ""
            for tag, attributes in page.elements
            if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
        )
        digest = base64.b64encode(hashlib.sha256("".join(page.styles).encode()).digest()).decode()
        assert policy.split("; ") == [
            "default-src 'none'",
            f"style-src 'sha256-{digest}'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
        assert [tag for tag, _ in page.elements].count("style") == 1


def test_the_page_names_no_address_outside_itself() -> None:
    for text in (report_page(results.failed()), chaos_page(results.chaos())):
        assert not re.search(r"https?:|url\(|@import", text)


def test_text_joined_to_markup_by_hand_is_shown_not_obeyed() -> None:
    assert element("p", "<b>" + element("i", "x")) == "<p>&lt;b&gt;&lt;i&gt;x&lt;/i&gt;</p>"
    assert element("p", title='"><b>') == '<p title="&quot;&gt;&lt;b&gt;"></p>'


def test_drawings_are_well_formed_even_with_hostile_texts() -> None:
    for text in (report_page(results.hostile()[0]), chaos_page(hostile_chaos()[0])):
        assert len(drawings(text)) > 3


# what it says


def test_the_sections_stand_in_their_order_and_each_can_be_reached() -> None:
    page = Page(report_page(results.failed()))
    order = ["objectives", "timeline", "rto", "rpo", "service", "checks", "steps", "assumptions", "people"]
    assert page.ids() == ["verdict", *order]
    assert [attributes["href"] for tag, attributes in page.elements if tag == "a"] == [f"#{id}" for id in order]


def test_simulated_is_the_first_thing_said_and_the_title_of_the_window() -> None:
    page = Page(report_page(results.passed()))
    first = [part.strip() for part in page.parts if part.strip()][:2]
    assert first[0].endswith("SIMULATED: not evidence of the real system's RTO or RPO")
    assert first[1] == "SIMULATED: not evidence of the real system's RTO or RPO"


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_verdict_is_told_by_glyph_and_word(verdict: Verdict) -> None:
    page = Page(report_page(results.passed().model_copy(update={"verdict": verdict})))
    glyph = {Verdict.PASSED: "✔", Verdict.FAILED: "✖"}.get(verdict, "▲")
    assert f"{glyph} {verdict.value}" in page.text


def test_an_app_that_did_not_recover_is_never_given_the_length_of_the_drill() -> None:
    text = report_page(results.failed())
    page = Page(text)
    assert "not recovered from T+1h10m" in page.text
    assert "50 m 00 s" not in page.text  # from its begin to the end of the drill


def test_every_count_of_an_app_is_shown() -> None:
    numbers = {name: 7_001_003 + 1_111 * index for index, name in enumerate(Counts.model_fields)}
    app = results.checkout().model_copy(update={"counts": Counts(**numbers)})
    page = Page(report_page(results.passed().model_copy(update={"apps": (app,)})))
    assert [name for name, number in numbers.items() if f"{number:,}" not in page.text] == []


def test_a_result_without_anything_in_it_is_still_a_page() -> None:
    nothing = dict.fromkeys(("checks", "objectives", "steps", "apps", "bands", "endpoints", "lags", "events"), ())
    page = Page(report_page(results.passed().model_copy(update={**nothing, "assumptions": (), "ended_us": 0})))
    assert "This drill promises nothing" in page.text
    assert "This drill has no check." in page.text


def test_each_incident_is_drawn_from_near_by_and_neighbours_share_a_drawing() -> None:
    near = close_ups(results.failed())
    assert [(clock(scale.begins_us), clock(scale.ends_us)) for scale in near] == [
        ("T+54s", "T+1m27s"),
        ("T+2m27s", "T+2m48s"),
        ("T+57m29s", "T+2h"),
    ]
    twice = results.checkout().model_copy(update={"app": "again"})
    assert len(close_ups(results.passed().model_copy(update={"apps": (results.checkout(), twice)}))) == 1


def many_incidents(count: int) -> DrillResult:
    """A passed drill of an app with so many incidents, each a millisecond longer than the one before."""
    first = results.checkout().incidents[0].model_copy(update={"phases": ()})
    incidents = tuple(
        first.model_copy(update={"begins_us": at * 60 * S, "recovered_us": at * 60 * S + 2 * S + at * 1_000})
        for at in range(count)
    )
    app = results.checkout().model_copy(update={"incidents": incidents})
    return results.passed().model_copy(update={"apps": (app,), "ended_us": count * 60 * S})


def test_of_many_incidents_the_longest_are_told_in_full_and_the_others_in_short() -> None:
    page = Page(report_page(many_incidents(700)))
    boxes = [attributes for _, attributes in page.elements if attributes.get("class") == "incident-box"]
    assert len(boxes) == 12
    assert "from T+11h39m to T+11h39m2.699s" in page.text
    assert "688 shorter incidents" in page.text
    assert "188 incidents more: all of them stand in result.json." in page.text


def test_of_many_incidents_the_longest_are_drawn_from_near_by_in_their_order() -> None:
    first = results.checkout().incidents[0]
    lengths = (5, 40, 5, 50, 5, 60, 70)
    incidents = tuple(
        first.model_copy(update={"begins_us": at * 600 * S, "recovered_us": (at * 600 + length) * S})
        for at, length in enumerate(lengths, 1)
    )
    app = results.checkout().model_copy(update={"incidents": incidents})
    near = close_ups(results.passed().model_copy(update={"apps": (app,), "ended_us": 7_200 * S}))
    assert [round(scale.begins_us / (600 * S)) for scale in near] == [2, 4, 6, 7]


def test_events_that_crowd_each_other_share_a_sign_that_tells_how_many() -> None:
    events = tuple(results.passed().events[0].model_copy(update={"t_us": 60 * S + at}) for at in range(500))
    text = report_page(results.passed().model_copy(update={"events": events}))
    assert "and 493 more" in Page(text).text
    assert text.count('class="sign event"') < 50


def test_a_second_without_service_can_be_seen_in_a_drill_of_a_year() -> None:
    result = results.passed().model_copy(update={"ended_us": 365 * 86_400 * S})
    whole = drawings(report_page(result))
    bars = [bar for drawing in whole for bar in drawing.iter("rect") if bar.get("class") == "incident"]
    assert bars
    assert all(float(bar.get("width", "0")) >= 2 for bar in bars)


def test_many_samples_are_averaged_so_that_an_area_stays_true() -> None:
    rates = [(index * 7919) % 100 for index in range(5_000)]
    samples = [
        Sample(t_us=index * S, due=100, ok=rate, failed=100 - rate, unknown=0, wrong=0)
        for index, rate in enumerate(rates)
    ]
    found = columns(samples, Scale(0, 5_000 * S))
    assert len(found) <= 600
    for layer, total in ((0, sum(rates)), (3, 500_000 - sum(rates))):
        drawn = sum(column.rates[layer] * (column.ends_us - column.begins_us) / S for column in found)
        assert drawn == pytest.approx(total)


@pytest.mark.parametrize("length_us", [1, 999, 100_000, 17 * S, 900 * S, 7_200 * S, 7 * 86_400 * S, 400 * 86_400 * S])
def test_an_axis_of_any_length_has_a_few_ticks_inside_it(length_us: int) -> None:
    for begins_us in (0, 12_345_678):
        scale = Scale(begins_us, begins_us + length_us)
        assert len(scale.ticks()) <= 10
        assert all(scale.begins_us <= tick <= scale.ends_us for tick in scale.ticks())


def test_labels_in_one_row_do_not_cover_each_other() -> None:
    stretches = [(float(index * 13 % 200), float(index * 13 % 200 + 40)) for index in range(60)]
    stretches.sort()
    rows = rows_for(stretches, 5)
    assert set(rows) == {0, 1, 2, 3, 4, None}
    for row in range(5):
        inside = [stretch for stretch, of in zip(stretches, rows, strict=True) if of == row]
        assert all(left[1] < right[0] for left, right in pairwise(inside))


def test_how_much_of_an_allowance_was_used() -> None:
    rto = results.passed().objectives[0]
    assert allowance_used(rto) == pytest.approx(16.795 / 90)
    assert allowance_used(rto.model_copy(update={"measured_value": None})) is None
    available = rto.model_copy(update={"name": "availability", "target_value": 99.0, "measured_value": 99.5})
    assert allowance_used(available) == pytest.approx(0.5)
    nothing_allowed = rto.model_copy(update={"name": "rpo", "target_value": 0.0, "measured_value": 0.0})
    assert allowance_used(nothing_allowed) == 0
    assert allowance_used(nothing_allowed.model_copy(update={"measured_value": 0.1})) is None


# many runs


def test_many_runs_show_percentiles_the_share_and_each_seed_that_failed() -> None:
    result = results.chaos()
    page = Page(chaos_page(result))
    assert "193 of 200 runs" in page.text
    assert "too few" in page.text
    ranked = sorted(run.rto_us["checkout"] or 10**12 for run in result.runs)
    for rank in (99, 189, 197):
        assert span(ranked[rank]) in page.text
    for run in result.runs:
        assert (run.log_digest in page.text) == (run.verdict is not Verdict.PASSED)


def test_runs_that_did_not_recover_stand_apart_in_the_histogram() -> None:
    never = sum(run.rto_us["checkout"] is None for run in results.chaos().runs)
    titles = [title.text for drawing in drawings(chaos_page(results.chaos())) for title in drawing.iter("title")]
    assert f"not recovered: {never} runs" in titles


def test_a_histogram_counts_every_run_once() -> None:
    text = chaos_page(results.chaos())
    checkout = next(d for d in drawings(text) if d.get("aria-label") == "Recovery time (RTO) of checkout in 200 runs")
    found = [int(re.findall(r"(\d+) runs?$", title.text or "")[0]) for title in checkout.iter("title")]
    assert sum(found) == 200


def test_no_run_at_all_is_still_a_page() -> None:
    assert "No run was made." in Page(chaos_page(results.chaos().model_copy(update={"runs": ()}))).text


# the files


@pytest.mark.parametrize("name", ["passed", "failed", "chaos"])
def test_the_result_beside_the_page_reads_back_as_it_was(name: str, tmp_path: Path) -> None:
    result = getattr(results, name)()
    page = write_report(result, tmp_path) if isinstance(result, DrillResult) else write_chaos_report(result, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "result.json"]
    assert page == tmp_path / "report.html"
    assert read_result(tmp_path) == result
    assert (tmp_path / "result.json").read_text(encoding="utf-8").endswith("}\n")


def test_the_same_result_gives_the_same_bytes_under_any_hash_seed() -> None:
    program = (
        "import hashlib; from tests.drills import results; "
        "from opsconsole.drills.report import chaos_page, report_page; "
        "pages = report_page(results.failed()) + chaos_page(results.chaos()); "
        "print(hashlib.sha256(pages.encode()).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4242"}
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment, cwd=Path.cwd()
    )
    pages = report_page(results.failed()) + chaos_page(results.chaos())
    assert ended.stdout.strip() == hashlib.sha256(pages.encode()).hexdigest()


# how it looks


def test_every_text_colour_can_be_read_on_its_ground_in_light_and_dark() -> None:
    light, dark = (
        dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", block)) for block in style().split("@media", 2)[:2]
    )
    pairs = [("ink", "page"), ("ink", "card"), ("quiet", "page"), ("quiet", "card"), ("link", "card"), ("link", "page")]
    pairs += [(word, f"{word}-soft") for word in ("good", "bad", "warn", "idle")]
    pairs += [("ink", f"zone{number}") for number in range(6)]
    for colours in (light, dark):
        for text, ground in pairs:
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


def contrast(one: str, other: str) -> float:
    """WCAG's ratio of two colours."""

    def luminance(colour: str) -> float:
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")
def test_no_page_scrolls_sideways_on_a_phone_or_a_desktop(tmp_path: Path) -> None:
    pages = [report_page(results.passed()), report_page(results.hostile()[0]), chaos_page(hostile_chaos()[0])]
    frames = "".join(
        f'<iframe srcdoc="{escape(page)}" width="{width}" height="800"></iframe>'
        for page in pages
        for width in (360, 1280)
    )
    tell = """onload = () => document.title = JSON.stringify([...document.querySelectorAll("iframe")].map(frame => {
      const inside = frame.contentDocument, root = inside.documentElement;
      const styled = frame.contentWindow.getComputedStyle(inside.querySelector(".simulated")).position;
      return [root.clientWidth, root.scrollWidth, styled, inside.querySelectorAll("script").length]; }))"""
    (tmp_path / "frames.html").write_text(
        f"<!DOCTYPE html><title></title>{frames}<script>{tell}</script>", encoding="utf-8"
    )
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'browser'}"]
    ended = subprocess.run(
        [str(BROWSER), *options, "--dump-dom", (tmp_path / "frames.html").as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    told = json.loads(re.findall(r"<title>(.*?)</title>", ended.stdout)[0])
    assert len(told) == 6
    for client_width, scroll_width, styled, scripts in told:
        assert scroll_width <= client_width
        assert styled == "sticky"  # the policy's hash lets the style in
        assert scripts == 0


# figures


def test_a_share_is_never_rounded_up_to_more_than_it_is() -> None:
    assert [percent(share) for share in (100, 99.9996, 99.95, 99.312, 0.0001, 0)] == [
        "100 %",
        "99.999 %",
        "99.95 %",
        "99.312 %",
        "< 0.001 %",
        "0 %",
    ]
    assert percent(float("nan")) == "–"


def test_times_are_told_as_people_read_them() -> None:
    assert [clock(us) for us in (0, 76_795_000, 3_600 * S, 90_061_001_999)] == [
        "T+0s",
        "T+1m16.795s",
        "T+1h",
        "T+1d1h1m1.001s",
    ]
    assert [span(us) for us in (0, 420_000, 16_795_000, 200 * S, 7_500 * S, 100_000 * S, None)] == [
        "0 s",
        "420 ms",
        "16.8 s",
        "3 m 20 s",
        "2 h 05 m",
        "1 d 3 h",
        "not recovered",
    ]
    assert [decimal(value) for value in (0.0, 1_200.5, -0.001, -3.0, float("inf"))] == ["0", "1,200.5", "0", "−3", "–"]
