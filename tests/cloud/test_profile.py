"""An app's daily profile: its rates follow the hour of the day in steps, and nothing happens between them."""

from tests.cloud.cache_fleets import BARE
from tests.cloud.play import Play

PROFILE = [1] * 9 + [2] + [0.5] * 2 + [1] * 12  # the run begins at nine


def play(start: str = "2026-01-05T09:00:00Z") -> Play:
    fleet = BARE.replace('name = "A shop"\n', f'name = "A shop"\nstart = {start}\n')
    return Play(fleet.replace('"1000/s"\n', f'"400/s"\nprofile = {PROFILE}\n'))


def test_rates_follow_the_hour_of_the_day() -> None:
    day = play()
    rates = [day.until(f"{minutes}m").app("store").reads for minutes in (30, 61, 150, 181, 60 * 24 + 30)]
    assert rates == [800_000, 200_000, 200_000, 400_000, 800_000]
    assert day.saw("store", "0s", "1h").reads_due == 3600 * 800 * 10**9


def test_a_run_that_begins_within_an_hour_steps_at_the_full_hour() -> None:
    late = play("2026-01-05T09:45:00Z")
    assert late.until("14m59s").app("store").reads == 800_000
    assert late.until("15m1s").app("store").reads == 200_000


def test_a_change_of_load_is_scaled_too() -> None:
    day = play().until("30m").do("app:set-rate store reads=100/s")
    assert day.app("store").reads == 200_000
    assert day.until("61m").app("store").reads == 50_000


def test_a_flat_profile_costs_nothing() -> None:
    unkept = BARE.replace("[rds.shop]", '[rds.shop]\nbackup_retention = "0d"')
    flat = Play(unkept.replace('"1000/s"\n', f'"400/s"\nprofile = {[0.7] * 24}\n')).until("1m")
    assert flat.app("store").reads == 280_000
    ahead_us = flat.cloud.kernel.next_time_us  # when the storage will be low, in months
    assert ahead_us is None or ahead_us > 30 * 86_400 * 10**6
