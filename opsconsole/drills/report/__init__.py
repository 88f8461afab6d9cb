"""The after-action report: one self-contained HTML page that says all that a result does, and the result beside it.

Same result, same bytes. Nothing in it runs, nothing is fetched, and every text of the result is escaped.
"""

from opsconsole.drills.report.written import (
    chaos_page,
    report_page,
    write_chaos_report,
    write_report,
)

__all__ = ["chaos_page", "report_page", "write_chaos_report", "write_report"]
