"""JUnit: a case for each check and objective, trouble where there is trouble, XML whatever the texts hold."""

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from opsconsole.drills.junit import junit
from opsconsole.drills.result import DrillResult, Outcome, Verdict
from tests.drills import results


def parsed(*given: DrillResult) -> Element:
    return ElementTree.fromstring(junit(given).encode())


def trouble(root: Element) -> dict[str, tuple[str, str]]:
    return {
        case.get("name", ""): (child.tag, child.get("message", "")) for case in root.iter("testcase") for child in case
    }


def test_a_passed_drill_is_a_suite_of_its_checks_and_objectives_without_trouble() -> None:
    root = parsed(results.passed())
    suite = root[0]
    assert (suite.get("name"), suite.get("tests"), suite.get("time")) == ("az_outage", "9", "900.000")
    assert trouble(root) == {}
    names = [case.get("name") for case in root.iter("testcase")]
    assert names[0] == "given[0]: orders.writer.az == us-east-1a"
    assert names[-1] == "objective checkout lost 0"
    assert len(set(names)) == len(names)


def test_the_properties_hold_the_seed_what_it_is_and_what_replays_it() -> None:
    properties = {found.get("name"): found.get("value") for found in parsed(results.passed()).iter("property")}
    assert properties["seed"] == "7"
    assert properties["simulated"] == "SIMULATED: not evidence of the real system's RTO or RPO"
    assert properties["command"] == "opsconsole drill az_outage --seed 7 --set az=us-east-1a"


def test_a_failed_check_tells_value_time_and_the_last_event_and_one_not_reached_is_a_failure() -> None:
    root = parsed(results.failed())
    assert trouble(root) == {
        "never two: orders-global.writers <= 1": ("failure", "failed: seen 2 at T+1h21m"),
        "timeline[9]: orders.endpoint.writer.region == us-east-1": ("failure", "not-reached at –"),
        "objective billing rto 8m": ("failure", "failed: measured not recovered, target 8m"),
        "objective billing lost 1,000": ("failure", "failed: measured 1,672, target 1,000"),
    }
    text = root.findtext(".//failure") or ""
    for told in (
        "seen: 2",
        "decided: T+1h21m",
        "last event before it: RDS-EVENT-0181 orders-eu",
        "replay: opsconsole ",
    ):
        assert told in text
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("10", "4", "0")


@pytest.mark.parametrize("verdict", [Verdict.INVALID, Verdict.STOPPED])
def test_a_drill_that_proved_nothing_or_was_stopped_is_an_error_though_every_check_passed(verdict: Verdict) -> None:
    result = results.passed().model_copy(update={"verdict": verdict, "reason": "checkout had no writes due."})
    root = parsed(result)
    assert trouble(root) == {f"verdict: {verdict.value}": ("error", "checkout had no writes due.")}
    assert (root.get("failures"), root.get("errors")) == ("0", "1")


def test_a_drill_that_failed_for_another_reason_is_not_green() -> None:
    root = parsed(results.passed().model_copy(update={"verdict": Verdict.FAILED, "reason": "It did."}))
    assert trouble(root) == {"verdict: failed": ("failure", "It did.")}


def test_a_withheld_check_is_skipped() -> None:
    result = results.passed()
    withheld = result.checks[0].model_copy(update={"outcome": Outcome.WITHHELD, "why": "No solution was played."})
    root = parsed(result.model_copy(update={"checks": (withheld,)}))
    assert [found for found, _ in trouble(root).values()] == ["skipped"]
    assert root.get("skipped") == "1"


def test_several_drills_are_several_suites_and_the_root_counts_them_all() -> None:
    root = parsed(results.passed(), results.failed())
    assert [suite.get("name") for suite in root] == ["az_outage", "region_loss"]
    assert (root.get("tests"), root.get("failures"), root.get("time")) == ("19", "4", "8100.000")


def test_no_drill_is_an_empty_file() -> None:
    assert parsed().get("tests") == "0"


def test_whatever_a_text_holds_the_xml_is_valid_and_says_it() -> None:
    odd = "]]> <&\"' \x00\x08\x1b[31m \ud800 \ufffe ☃ \U0001f600"
    check = results.failed().checks[1].model_copy(update={"seen": odd, "why": odd, "text": odd})
    told = trouble(parsed(results.failed().model_copy(update={"checks": (check,), "drill": odd})))
    message = next(message for _, message in told.values())
    assert "]]> <&\"' \\u0000\\u0008\\u001b[31m \\ud800 \\ufffe ☃ \U0001f600" in message
