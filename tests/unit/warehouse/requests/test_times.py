"""Times that people write: timestamps, days, months and words, and those that could be read in two ways."""

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from warehouse.errors import ReadError
from warehouse.requests import times

NOW = pd.Timestamp("2026-03-29T08:30Z")  # the day on which the clock in Berlin goes forward at 02:00


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ("2026-03-28", "2026-03-30", (date(2026, 3, 28), date(2026, 3, 30))),
        ("2026-03-28 23:00", "2026-03-29 00:01", (date(2026, 3, 28), date(2026, 3, 30))),
        ("2026-03-28T23:00-05:00", None, (date(2026, 3, 28), None)),
        (None, date(2026, 3, 28), (None, date(2026, 3, 28))),
    ],
)
def test_days_are_taken_as_they_are_written(start: object, end: object, found: tuple) -> None:
    assert times.parse_days(start, end) == found


@pytest.mark.parametrize(
    ("given", "utc"),
    [
        ("2026-10-30 09:00", "2026-10-30T09:00Z"),
        ("2026-10-30T09:00-04:00", "2026-10-30T13:00Z"),
        (pd.Timestamp("2026-10-30 09:00", tz="Europe/Berlin"), "2026-10-30T08:00Z"),
        (pd.Timestamp("2026-10-30").to_pydatetime(), "2026-10-30T00:00Z"),
    ],
)
def test_a_moment_without_an_offset_is_utc_and_one_with_it_is_kept(given: object, utc: str) -> None:
    found = times.parse_timestamp(given, "start")
    assert found == pd.Timestamp(utc)
    assert str(found.tz) == "UTC"


@pytest.mark.parametrize("given", ["noon", "", float("nan"), pd.NaT])
def test_what_is_not_a_moment_is_refused(given: object) -> None:
    with pytest.raises(ReadError, match="is not a valid timestamp"):
        times.parse_timestamp(given, "start")


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(ReadError, match="is empty"):
        times.parse_range("2026-10-31", "2026-10-31")


@pytest.mark.parametrize(
    ("given", "utc"),
    [
        ("2026-04-01", "2026-03-31T22:00Z"),
        (date(2026, 4, 1), "2026-03-31T22:00Z"),
        ("2026-04", "2026-03-31T22:00Z"),
        ("2026-03", "2026-02-28T23:00Z"),
        ("today", "2026-03-28T23:00Z"),
        (" Yesterday ", "2026-03-27T23:00Z"),
        ("tomorrow", "2026-03-29T22:00Z"),
        ("now", "2026-03-29T08:30Z"),
        ("now-12h", "2026-03-28T20:30Z"),
        ("now-90m", "2026-03-29T07:00Z"),
        ("now-1d", "2026-03-28T09:30Z"),  # the same time on the clock
        ("today-2w", "2026-03-14T23:00Z"),
        ("today+1d", "2026-03-29T22:00Z"),
        ("2026-04-01 09:00", "2026-04-01T09:00Z"),  # a time of day without an offset is UTC
        (datetime(2026, 4, 1), "2026-04-01T00:00Z"),
    ],
)
def test_days_months_and_words_are_on_the_calendar_of_the_zone(given: object, utc: str) -> None:
    assert times.parse_timestamp(given, "start", "Europe/Berlin", NOW) == pd.Timestamp(utc)


def test_a_day_whose_midnight_does_not_exist_starts_after_the_clock_change() -> None:
    assert times.parse_timestamp("2018-11-04", "start", "America/Sao_Paulo") == pd.Timestamp("2018-11-04T03:00Z")


@pytest.mark.parametrize("given", ["01/04/2026", "13/04/2026", "1.4.2026", "13-04-26", "01/04/2026 10:00"])
def test_a_date_that_may_be_day_first_or_month_first_is_refused(given: str) -> None:
    with pytest.raises(ReadError, match="does not say which number is the day"):
        times.parse_timestamp(given, "start")


@pytest.mark.parametrize(
    "given", ["2026", "20260401", "2026-4-1", "2026-13", "2026-02-30", "Jan 5 2026", "now-", 5, 5.0]
)
def test_what_is_not_iso_8601_is_refused(given: object) -> None:
    with pytest.raises(ReadError, match="is not a valid timestamp"):
        times.parse_timestamp(given, "start")


def test_a_time_of_numpy_is_understood() -> None:
    assert times.parse_timestamp(np.datetime64("2026-04-01T09:00"), "start") == pd.Timestamp("2026-04-01T09:00Z")


def test_a_word_within_days_is_the_day_of_the_zone() -> None:
    first, last = times.parse_days("yesterday", "today", "Pacific/Auckland")
    assert (last - first).days == 1
