"""RTO: from the due time of the first request that was not ok to the begin of the first window that is good enough.

The window, `settle` long, must end before the drill does.
"""

from __future__ import annotations

from opsconsole.cloud.app_course import Course
from opsconsole.cloud.books import REQUEST, Books
from opsconsole.drills.result import Incident


def incidents(books: Books, on: str, settle_us: int, threshold_percent: float, ends_us: int) -> list[Incident]:
    """Every time in which an app was not well, one after the other; a blip within the threshold is none."""
    course = Course.of(books, on, ends_us)
    found: list[Incident] = []
    start = course.first_bad(0)
    while start is not None:
        end = course.recovered(start, settle_us, threshold_percent)
        if end is None or end > start:
            found.append(_incident(course, books, on, start, end, threshold_percent))
        if end is None:
            break
        start = _next_begin(course, end, settle_us, threshold_percent)
    return found


def _next_begin(course: Course, recovered_us: int, settle_us: int, threshold_percent: float) -> int | None:
    """When it gets bad again after a recovery: a piece below the threshold that outlasts the good window."""
    for begin, end, line in course.pieces(recovered_us):
        if end > recovered_us + settle_us and not line.reaches(threshold_percent):
            return begin
    return None


def _incident(course: Course, books: Books, on: str, start: int, end: int | None, threshold_percent: float) -> Incident:
    until = course.ends_us if end is None else end
    flow = books.between(start, until)
    writes = on == "writes"
    first = course.first_good(start)

    def since(percent: float) -> int | None:
        kept = course.share_kept(start, until, percent)
        return None if end is None and kept == until else kept - start

    return Incident(
        begins_us=start,
        recovered_us=end,
        first_success_us=first if first is not None and first < course.ends_us else None,
        p50_us=since(50.0),
        p95_us=since(95.0),
        max_us=since(threshold_percent),
        failed=(flow.writes_failed if writes else flow.reads_failed) // REQUEST,
        unknown=flow.writes_unknown // REQUEST if writes else 0,
        wrong=flow.writes_wrong // REQUEST if writes else 0,
    )
