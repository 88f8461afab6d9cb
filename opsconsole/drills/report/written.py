"""The reports as files in a folder: `report.html` and `result.json`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from opsconsole.drills.report.account import assumptions_section, checks_section, people_section, steps_section
from opsconsole.drills.report.chaos import chaos_opening, chaos_sections
from opsconsole.drills.report.opening import objectives_section, verdict_section
from opsconsole.drills.report.page import page
from opsconsole.drills.report.recovery import rpo_section, rto_section
from opsconsole.drills.report.service import service_section
from opsconsole.drills.report.timeline import timeline
from opsconsole.drills.result import ChaosResult, DrillResult
from opsconsole.drills.result_file import NAME, result_json

PAGE: Final = "report.html"


def write_report(result: DrillResult, folder: Path) -> Path:
    """Write a drill's report into a folder, which is made if need be; returns the page. Raises OSError."""
    return _write(report_page(result), result_json(result), folder)


def write_chaos_report(result: ChaosResult, folder: Path) -> Path:
    """Write the report of many runs into a folder, which is made if need be; returns the page. Raises OSError."""
    return _write(chaos_page(result), result_json(result), folder)


def report_page(result: DrillResult) -> str:
    """The text of a drill's page."""
    sections = (
        ("objectives", "Objectives", objectives_section(result)),
        ("timeline", "Time line", timeline(result)),
        ("rto", "RTO", rto_section(result)),
        ("rpo", "RPO", rpo_section(result)),
        ("service", "Availability", service_section(result)),
        ("checks", "Checks", checks_section(result)),
        ("steps", "Steps", steps_section(result)),
        ("assumptions", "Assumptions", assumptions_section(result)),
        ("people", "For people", people_section()),
    )
    foot = f"{result.drill}, seed {result.seed}, event log {result.log_digest}. {result.product}"
    return page(result.title, result.simulated, verdict_section(result), sections, foot)


def chaos_page(result: ChaosResult) -> str:
    """The text of the page about many runs."""
    foot = f"{result.drill}, {len(result.runs)} runs from seed {result.first_seed}"
    return page(result.title, result.simulated, chaos_opening(result), chaos_sections(result), foot)


def _write(html: str, json: str, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in ((PAGE, html), (NAME, json)):
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return folder / PAGE
