"""Quantities: what is read, what is refused, and that what is written is read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.fleet import (
    BadQuantity,
    format_duration,
    format_rate,
    format_size,
    parse_duration,
    parse_rate,
    parse_size,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("250ms", 0.25),
        ("30s", 30),
        ("1m30s", 90),
        ("1m 30s", 90),
        ("12h", 43_200),
        ("7d", 604_800),
        ("1d2h3m4s5ms", 93_784.005),
        ("1.5h", 5_400),
        ("0s", 0),
        ("5m", 300),
        ("5ms", 0.005),
    ],
)
def test_durations_are_read_in_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "s", "30", "-30s", "30 s s", "1h1d", "1m1m", "half an hour", "٣s", "1e3s", "36501d"]
)
def test_what_is_not_a_duration_is_refused(text: str) -> None:
    with pytest.raises(BadQuantity):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "size"), [("10 GiB", 10 << 30), ("10GiB", 10 << 30), ("1.5 TiB", 3 << 39), ("512 MiB", 1 << 29)]
)
def test_sizes_are_read_in_bytes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "GiB", "10", "10 GB", "10 gib", "-1 GiB", "1e3 GiB", "10  GiB"])
def test_what_is_not_a_size_is_refused(text: str) -> None:
    with pytest.raises(BadQuantity):
        parse_size(text)


@pytest.mark.parametrize(("text", "rate"), [("1200/s", 1200), ("0/s", 0), ("5 / s", 5)])
def test_rates_are_read_per_second(text: str, rate: int) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "/s", "1200", "1.5/s", "-1/s", "1200/m", "1200 per second", "9999999999/s"])
def test_what_is_not_a_rate_is_refused(text: str) -> None:
    with pytest.raises(BadQuantity):
        parse_rate(text)


@given(st.integers(0, 400 * 86_400 * 1_000_000))
def test_a_duration_that_was_written_is_read_back_to_the_microsecond(us: int) -> None:
    assert round(parse_duration(format_duration(us / 1_000_000)) * 1_000_000) == us


@given(st.integers(0, 1 << 20))
def test_a_size_in_mebibytes_that_was_written_is_read_back(mebibytes: int) -> None:
    assert parse_size(format_size(mebibytes << 20)) == mebibytes << 20


@given(st.integers(0, 1_000_000_000))
def test_a_rate_that_was_written_is_read_back(rate: int) -> None:
    assert parse_rate(format_rate(rate)) == rate


@given(st.text(max_size=30))
def test_any_text_is_a_quantity_or_refused_with_both_halves_of_a_sentence(text: str) -> None:
    for parse in (parse_duration, parse_size, parse_rate):
        try:
            refused = None
            assert parse(text) >= 0
        except BadQuantity as bad:
            refused = bad
        assert refused is None or (refused.wrong and refused.right)
