"""The event feed, newest first: AWS's events in AWS's words, the simulator's truth in short sentences."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from opsconsole.cloud import Cloud, aws_view
from opsconsole.cloud.events import Row as LogRow
from opsconsole.console.views.glyphs import in_ascii
from opsconsole.console.views.layout import Row, clean, left
from opsconsole.console.views.lines import Line
from opsconsole.console.views.sentences import Sentence, event_style, sentence
from opsconsole.console.views.things import belongings

SCAN = 5_000
ID_WIDTH = 14
WITH_IDS = 64
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
) -> list[Line]:
    """The newest `limit` rows that hold every word of `text_filter`, among the newest 5,000.

    Below 64 columns an AWS event has only the digits of its id, and a truth no kind. `source` keeps a thing and what
    belongs to it. In AWS's view there are only AWS events, once they are delivered.
    """
    words = text_filter.casefold().split()
    wanted = None if source is None else belongings(cloud, source)
    chosen: list[tuple[LogRow, Sentence]] = []
    for row in _newest(cloud, truth):
        if wanted is not None and row["source"] not in wanted:
            continue
        said = _say(row)
        if words and not _has(row, said.text, words):
            continue
        chosen.append((row, said))
        if len(chosen) >= limit:
            break
    long_run = cloud.now_us + _since_midnight(cloud.fleet.start) >= DAY_US
    names = max([6, *(len(str(row["source"])) for row, _ in chosen)])
    source_width = min(names, 20 if width >= 90 else 14)
    lines = [_line(cloud, row, said, width, source_width, long_run) for row, said in chosen]
    return in_ascii(lines or [_nothing(words, truth, width)], ascii)


def _newest(cloud: Cloud, truth: bool) -> Iterator[LogRow]:
    for number, row in enumerate(reversed(cloud.log.tail)):
        if number >= SCAN:
            return
        if truth or (row["stream"] == "aws" and aws_view.is_delivered(cloud, row)):
            yield row


def _since_midnight(start: datetime) -> int:
    return (start.hour * 3600 + start.minute * 60 + start.second) * 1_000_000


def _say(row: LogRow) -> Sentence:
    if row["stream"] == "aws":
        return Sentence(str(row["message"]), event_style(str(row["category"])))
    return sentence(row)


def _label(row: LogRow) -> str:
    return str(row["id"] if row["stream"] == "aws" else row["kind"])


def _has(row: LogRow, text: str, words: list[str]) -> bool:
    all = f"{row['source']} {_label(row)} {text}".casefold()
    return not any(word not in all for word in words)


def _line(cloud: Cloud, row: LogRow, said: Sentence, width: int, source_width: int, long_run: bool) -> Line:
    t = row["t"]
    moment = cloud.fleet.start + timedelta(microseconds=t if isinstance(t, int) else 0)
    source = str(row["source"])
    aws = row["stream"] == "aws"
    made = Row((" ", ""), ref=source.partition("/")[0] if "/" in source else source, key=f"{t} {source} {_label(row)}")
    made.add(f"{moment:%m-%d %H:%M:%S}" if long_run else f"{moment:%H:%M:%S}", "dim").add("  ")
    made.add(left(clean(source), source_width)).add("  ")
    if width >= WITH_IDS:
        made.add(left(_label(row), ID_WIDTH), "key" if aws else "dim").add("  ")
    elif aws:
        made.add(f"{_label(row)[-4:]} ", "key")
    made.add(clean(said.text), said.style)
    return made.line(width)


def _nothing(words: list[str], truth: bool, width: int) -> Line:
    text = f"nothing holds {' '.join(words)!r}" if words else "nothing has happened yet"
    return Row((f" {text}" if truth or words else " no event has been delivered yet", "dim"), key="nothing").line(width)
