"""The length of rows that state none, and where intervals of a length may begin."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from loaders.errors import LoadError
from loaders.ingest.interval_lengths import (
    Alignment,
    alignment_of,
    daily_resolution,
    find_unaligned,
    may_be_of_calendar,
    refuse_shorter_intervals,
    resolution_of_rows,
)

NOON = int(datetime(2024, 3, 15, 12, tzinfo=UTC).timestamp())
QUARTER, HOUR, DAY = 900, 3600, 86_400


def starts(step: int, count: int, first: int = 0) -> np.ndarray:
    return (NOON + first + step * np.arange(count)) * 1_000_000


@pytest.mark.parametrize(
    ("rows", "registered", "resolution"),
    [
        (starts(HOUR, 24), ["PT15M"], "PT1H"),
        (starts(HOUR, 3), ["PT15M"], None),
        (starts(2 * HOUR, 3), ["PT15M"], None),
        (starts(HOUR, 1), ["PT15M"], "PT15M"),
        (starts(QUARTER, 2), ["PT15M"], "PT15M"),
        (starts(HOUR + QUARTER, 3), ["PT15M"], "PT15M"),
        (starts(HOUR, 1), ["PT15M", "PT1H"], None),
        (starts(HOUR, 2), ["PT15M", "PT1H"], None),
        (starts(HOUR, 7), ["PT15M", "PT1H"], "PT1H"),
        (starts(HOUR, 1, QUARTER), ["PT15M", "PT1H"], "PT15M"),
        (starts(QUARTER, 3), ["PT15M", "PT1H"], "PT15M"),
        (starts(HOUR, 2), ["P1D"], "PT1H"),
        (starts(DAY, 2), ["P1D"], "P1D"),
        (starts(7 * DAY, 3), ["P7D"], "P7D"),
    ],
)
def test_rows_show_their_length_or_it_is_unclear(rows: np.ndarray, registered: list[str], resolution: str | None):
    assert resolution_of_rows(rows, registered, "PT1H", "Europe/Berlin") == resolution
    assert resolution_of_rows(rows[::-1], registered, "PT1H", "Europe/Berlin") == resolution


def local_days(text: str, zone: str, *days: int) -> np.ndarray:
    """The same local time on each of these days of March 2024; the clocks go forward on the 31st."""
    times = [datetime.fromisoformat(f"2024-03-01T{text}") + timedelta(days=day) for day in days]
    return np.array([int(time.replace(tzinfo=ZoneInfo(zone)).timestamp()) for time in times]) * 1_000_000


@pytest.mark.parametrize(
    ("rows", "resolution"),
    [
        (local_days("00:00", "Europe/Berlin", 28, 29, 30, 31), "P1D"),
        (local_days("00:00", "UTC", 28, 29, 30, 31), "P1D"),
        (local_days("00:00", "Europe/Berlin", 1, 4, 5, 6, 7), "P1D"),
        (local_days("00:00", "Europe/Berlin", 1, 2), "PT1H"),
        (local_days("00:00", "Europe/Berlin", 1, 8, 15), None),
        (local_days("06:00", "Europe/Berlin", 28, 29, 30, 31), None),
        (np.array([0, 25, 54]) * HOUR * 1_000_000, "PT1H"),
        (starts(HOUR, 24), "PT1H"),
        (np.array([-719_162, -719_161, -719_160]) * DAY * 1_000_000, "PT1H"),
    ],
)
def test_one_row_a_day_at_midnight_is_a_day(rows: np.ndarray, resolution: str | None):
    assert daily_resolution(rows, "PT1H", "Europe/Berlin") == resolution
    assert daily_resolution(np.tile(rows[::-1], 2), "PT1H", "Europe/Berlin") == resolution
    assert daily_resolution(rows, "P1D", "Europe/Berlin") == "P1D"


@pytest.mark.parametrize(
    ("seconds", "zone", "alignment"),
    [
        (HOUR, "Europe/Berlin", Alignment(HOUR, 0)),
        (QUARTER, "Europe/Berlin", Alignment(QUARTER, 0)),
        (DAY, "UTC", Alignment(HOUR, 0)),
        (HOUR, "Asia/Kolkata", Alignment(HOUR, HOUR // 2)),
        (HOUR, "Asia/Kathmandu", Alignment(HOUR, QUARTER)),
        (HOUR, "Australia/Lord_Howe", Alignment(HOUR, HOUR // 2)),
        (HOUR, None, Alignment(QUARTER, 0)),
    ],
)
def test_hours_begin_with_those_of_utc_or_of_the_zone(seconds: int, zone: str | None, alignment: Alignment):
    assert alignment_of(seconds, zone) == alignment


def test_quarter_hours_are_not_the_beginning_of_an_hour():
    rows = starts(QUARTER, 4)
    of_one = np.zeros(4, dtype=np.int64)
    assert find_unaligned(rows, [alignment_of(HOUR, "UTC")], of_one).tolist() == [False, True, True, True]
    assert find_unaligned(rows, [alignment_of(HOUR, "Asia/Kolkata")], of_one).tolist() == [False, True, False, True]
    with pytest.raises(LoadError, match="begin within its intervals"):
        refuse_shorter_intervals("G/R/N load (src), PT1H", rows[1:])
    refuse_shorter_intervals("G/R/N load (src), PT1H", rows + 60_000_000)


BERLIN = ZoneInfo("Europe/Berlin")
MONTHS = [datetime(2024, month, 1, tzinfo=BERLIN) for month in range(1, 13)]


@pytest.mark.parametrize(
    ("days", "is_of_calendar"),
    [
        (MONTHS, True),
        (MONTHS[2:4], True),
        ([day.replace(tzinfo=UTC) for day in MONTHS], True),
        ([day - timedelta(days=1) for day in MONTHS], True),
        ([datetime(year, 1, 1, tzinfo=BERLIN) for year in range(2020, 2024)], True),
        ([datetime(2024, 3, 4, tzinfo=BERLIN) + timedelta(days=7 * week) for week in (0, 1, 3, 4, 5)], True),
        (MONTHS[::3], True),
        (MONTHS[:1], False),
        ([MONTHS[0], MONTHS[1], MONTHS[11]], False),
        ([day + timedelta(hours=12) for day in MONTHS], False),
        ([datetime(2024, 3, day, tzinfo=BERLIN) for day in range(1, 10)], False),
        ([datetime(2024, 3, day, tzinfo=BERLIN) for day in (1, 9, 19)], False),
    ],
)
def test_rows_of_weeks_months_and_years_are_not_taken_for_hours(days: list[datetime], is_of_calendar: bool):
    rows = np.array([int(day.timestamp()) * 1_000_000 for day in days])
    assert may_be_of_calendar(rows, "Europe/Berlin") == is_of_calendar
