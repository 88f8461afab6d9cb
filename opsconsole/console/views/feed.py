"""The event feed, newest first: AWS's events in AWS's words, the simulator's truth in short sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from opsconsole.cloud import Cloud, aws_view
from opsconsole.cloud.events import Row as LogRow
from opsconsole.console.views.glyphs import in_ascii
from opsconsole.console.views.layout import Row, clean, left, wrap
from opsconsole.console.views.lines import Line
from opsconsole.console.views.sentences import Sentence, label, told
from opsconsole.console.views.things import belongings

SCAN = 5_000
ID_WIDTHS = 14, 18
WITH_IDS = 100
SOURCE_AT = 12
"""Where the source stands, and where a message goes on that has little room beside it."""
ROOMY = 60
"""Columns beside the source that are enough for a message to go on under itself."""
DAY_US = 86_400 * 1_000_000


def event_feed(
    cloud: Cloud,
    width: int,
    *,
    truth: bool = True,
    ascii: bool = False,
    text_filter: str = "",
    limit: int = 200,
    source: str | None = None,
    asker: Callable[[int], str] = lambda order: "",
) -> list[Line]:
    """The newest `limit` events that hold every word of `text_filter`, among the newest 5,000.

    A message that is wider than the panel goes on in a line below, so that no event is cut. Below 100 columns an AWS
    event has only the digits of its id, and a truth no kind. `source` keeps a thing and what belongs to it. In AWS's
    view there are only AWS events, once they are delivered. `asker` says who asked for an order, if that is to be told.
    """
    words = text_filter.casefold().split()
    wanted = None if source is None else belongings(cloud, source)
    chosen: list[tuple[LogRow, Sentence]] = []
    for row in _newest(cloud, truth):
        if wanted is not None and row["source"] not in wanted:
            continue
        said = _with_asker(row, told(row), asker)
        if words and not _has(row, said.text, words):
            continue
        chosen.append((row, said))
        if len(chosen) >= limit:
            break
    long_run = cloud.now_us + _since_midnight(cloud.fleet.start) >= DAY_US
    names = max([6, *(len(str(row["source"])) for row, _ in chosen)])
    source_width = min(names, 20 if width >= 90 else 14)
    ids = max([ID_WIDTHS[0], *(len(label(row)) for row, _ in chosen)])
    sheet = _Sheet(cloud, width, source_width, min(ids, ID_WIDTHS[1]), long_run)
    lines = [line for row, said in chosen for line in _lines(sheet, row, said)]
    return in_ascii(lines or [_nothing(words, truth, width)], ascii)


def _newest(cloud: Cloud, truth: bool) -> Iterator[LogRow]:
    for number, row in enumerate(reversed(cloud.log.tail)):
        if number >= SCAN:
            return
        if truth or (row["stream"] == "aws" and aws_view.is_delivered(cloud, row)):
            yield row


def _with_asker(row: LogRow, said: Sentence, asker: Callable[[int], str]) -> Sentence:
    name = asker(int(row.get("order") or 0)) if row.get("kind") == "command" else ""
    return said._replace(text=f"{said.text}, by {name}") if name else said


def _since_midnight(start: datetime) -> int:
    return (start.hour * 3600 + start.minute * 60 + start.second) * 1_000_000


def _short(row: LogRow) -> str:
    """The digits of an RDS event's id; ElastiCache's messages have none and say enough."""
    name = label(row)
    return name[-4:] if name.startswith("RDS-EVENT") else "EC"


def _has(row: LogRow, text: str, words: list[str]) -> bool:
    all = f"{row['source']} {label(row)} {text}".casefold()
    return not any(word not in all for word in words)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """How all lines of a feed are laid out."""

    cloud: Cloud
    width: int
    source_width: int
    id_width: int
    long_run: bool


def _lines(sheet: _Sheet, row: LogRow, said: Sentence) -> Iterator[Line]:
    """An event: when and where, and what, in as many lines as that takes."""
    source, key = str(row["source"]), f"{row['t']} {row['source']} {label(row)}"
    ref = source.partition("/")[0] if "/" in source else source
    made = _begun(sheet, row, Row((" ", ""), ref=ref, key=key))
    under = made.width if sheet.width - made.width >= ROOMY else SOURCE_AT
    first, *rest = wrap(clean(said.text), sheet.width - under, max(1, sheet.width - made.width)) or [""]
    yield made.add(first, said.style).line(sheet.width)
    for number, text in enumerate(rest, start=1):
        yield Row((" " * under, ""), (text, said.style), ref=ref, key=f"{key} +{number}").line(sheet.width)


def _begun(sheet: _Sheet, row: LogRow, made: Row) -> Row:
    """Everything before the message."""
    t = row["t"]
    moment = sheet.cloud.fleet.start + timedelta(microseconds=t if isinstance(t, int) else 0)
    aws = row["stream"] == "aws"
    made.add(f"{moment:%m-%d %H:%M:%S}" if sheet.long_run else f"{moment:%H:%M:%S}", "dim").add("  ")
    made.add(left(clean(str(row["source"])), sheet.source_width)).add("  ")
    if sheet.width >= WITH_IDS:
        made.add(left(label(row), sheet.id_width), "key" if aws else "dim").add("  ")
    elif aws:
        made.add(f"{_short(row)} ", "key")
    return made


def _nothing(words: list[str], truth: bool, width: int) -> Line:
    text = f"nothing holds {' '.join(words)!r}" if words else "nothing has happened yet"
    return Row((f" {text}" if truth or words else " no event has been delivered yet", "dim"), key="nothing").line(width)
