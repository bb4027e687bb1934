"""Weeks, months and years on the calendars of zones east and west, around clock changes and in leap years."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.canonical.calendar_intervals import (
    SHORTEST,
    begins_interval,
    day_start,
    interval_end,
    interval_hours,
    interval_start,
    resolution_between,
    starts_of_ends,
)
from loaders.canonical.durations import CALENDAR_RESOLUTIONS, spell_resolution
from loaders.canonical.times import UTC_TIMESTAMP

HOUR = timedelta(hours=1)
BERLIN, NEW_YORK, SYDNEY = "Europe/Berlin", "America/New_York", "Australia/Sydney"


def local(text: str, zone: str) -> datetime:
    """A local time as UTC; a repeated one is the second."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=1).astimezone(UTC)


@pytest.mark.parametrize(
    ("zone", "start", "resolution", "end", "hours"),
    [
        (BERLIN, "2024-03-01", "P1M", "2024-04-01", 743),
        (BERLIN, "2024-10-01", "P1M", "2024-11-01", 745),
        (BERLIN, "2024-01-01", "P1M", "2024-02-01", 744),
        (BERLIN, "2024-02-01", "P1M", "2024-03-01", 696),
        (BERLIN, "2023-02-01", "P1M", "2023-03-01", 672),
        (BERLIN, "2024-12-01", "P1M", "2025-01-01", 744),
        (BERLIN, "2024-03-25", "P7D", "2024-04-01", 167),
        (BERLIN, "2024-10-24", "P7D", "2024-10-31", 169),
        (BERLIN, "2024-01-01", "P1Y", "2025-01-01", 8784),
        (BERLIN, "2023-01-01", "P1Y", "2024-01-01", 8760),
        (NEW_YORK, "2024-03-01", "P1M", "2024-04-01", 743),
        (NEW_YORK, "2024-11-01", "P1M", "2024-12-01", 721),
        (NEW_YORK, "2024-03-09", "P7D", "2024-03-16", 167),
        (SYDNEY, "2024-04-01", "P1M", "2024-05-01", 721),
        (SYDNEY, "2024-10-01", "P1M", "2024-11-01", 743),
        (SYDNEY, "2024-01-01", "P1Y", "2025-01-01", 8784),
        ("Asia/Kolkata", "2024-02-01", "P1M", "2024-03-01", 696),
        ("Pacific/Auckland", "2024-01-01", "P1Y", "2025-01-01", 8784),
    ],
)
def test_an_interval_ends_at_local_midnight(zone: str, start: str, resolution: str, end: str, hours: int):
    begin, finish, place = local(start, zone), local(end, zone), ZoneInfo(zone)
    assert begins_interval(begin, resolution, place)
    assert interval_end(begin, resolution, place) == finish
    assert interval_start(finish, resolution, place) == begin
    assert (finish - begin) / HOUR == hours
    assert resolution_between(begin, finish, place) == resolution
    assert resolution_between(begin, finish, None) == resolution
    assert SHORTEST[resolution] <= finish - begin


def test_a_day_whose_midnight_is_skipped_or_repeated_begins_when_the_one_before_ends():
    skipped = day_start(date(2023, 10, 1), ZoneInfo("America/Asuncion"))  # clocks go from 0:00 to 1:00
    assert skipped == datetime(2023, 10, 1, 4, tzinfo=UTC)
    assert begins_interval(skipped, "P1M", ZoneInfo("America/Asuncion"))
    assert interval_end(datetime(2023, 9, 1, 4, tzinfo=UTC), "P1M", ZoneInfo("America/Asuncion")) == skipped
    repeated = day_start(date(2024, 11, 3), ZoneInfo("America/Havana"))  # clocks go from 1:00 to 0:00
    assert repeated == datetime(2024, 11, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "start", "resolution"),
    [
        (BERLIN, "2024-01-02", "P1M"),
        (BERLIN, "2024-01-01T01:00", "P1M"),
        (BERLIN, "2024-01-01T01:00", "P7D"),
        (BERLIN, "2024-02-01", "P1Y"),
        (NEW_YORK, "2024-01-01T06:00", "P1Y"),
    ],
)
def test_an_interval_begins_nowhere_else(zone: str, start: str, resolution: str):
    assert not begins_interval(local(start, zone), resolution, ZoneInfo(zone))
    assert interval_start(local(start, zone), resolution, ZoneInfo(zone)) is None


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2024-01-01T00:00+01:00", "2024-01-31T00:00+01:00"),  # the last day as the end
        ("2024-02-01T00:00+01:00", "2024-03-03T00:00+01:00"),
        ("2024-01-15T00:00+01:00", "2024-02-15T00:00+01:00"),
        ("2024-02-01T00:00+01:00", "2025-02-01T00:00+01:00"),
        ("2024-01-01T00:00+01:00", "2024-02-01T02:00+01:00"),
        ("2024-01-01T00:00+01:00", "2024-04-01T00:00+02:00"),
        ("2024-01-01T00:00+01:00", "2024-01-07T00:00+01:00"),
    ],
)
def test_other_lengths_are_none(start: str, end: str):
    begin, finish = datetime.fromisoformat(start), datetime.fromisoformat(end)
    assert resolution_between(begin, finish, None) is None
    assert resolution_between(begin, finish, ZoneInfo(BERLIN)) is None


def test_the_zone_decides_to_the_hour_where_it_is_known():
    start, end = local("2024-03-01", BERLIN), local("2024-04-01T01:00", BERLIN)
    assert resolution_between(start, end, ZoneInfo(BERLIN)) is None


@given(
    zone=st.sampled_from([BERLIN, NEW_YORK, SYDNEY, "Asia/Kolkata", "Pacific/Kiritimati", "Pacific/Pago_Pago"]),
    day=st.dates(date(1995, 1, 1), date(2037, 12, 1)),
    resolution=st.sampled_from(CALENDAR_RESOLUTIONS),
)
def test_ends_and_starts_are_each_others_inverse(zone: str, day: date, resolution: str):
    place = ZoneInfo(zone)
    first = {"P7D": day, "P1M": day.replace(day=1), "P1Y": day.replace(month=1, day=1)}[resolution]
    start = day_start(first, place)
    end = interval_end(start, resolution, place)
    assert begins_interval(start, resolution, place)
    assert begins_interval(end, resolution, place)
    assert interval_start(end, resolution, place) == start
    assert resolution_between(start, end, None) == resolution
    assert end.astimezone(place).date() > first


def test_columns_mix_fixed_and_calendar_lengths():
    starts = [local(text, BERLIN) for text in ("2024-03-01", "2024-03-25", "2024-03-01", "2024-03-01T12:00")]
    texts = pa.array(["P1M", "P7D", None, "PT15M"])
    starts_column = pa.chunked_array([pa.array(starts, UTC_TIMESTAMP)])
    hours = interval_hours(starts_column, pa.chunked_array([texts]), ZoneInfo(BERLIN))
    assert hours.to_pylist() == [743, 167, 1, 0.25]
    ends = [local(text, BERLIN) for text in ("2024-04-01", "2024-04-01", "2024-03-01", "2024-03-31")]
    texts = pa.array(["P1M", "P7D", None, "P1M"]).dictionary_encode()
    first, is_bad = starts_of_ends(pa.array(ends, UTC_TIMESTAMP), texts, "PT1H", ZoneInfo(BERLIN))
    assert first.to_pylist() == [starts[0], starts[1], starts[2] - HOUR, None]
    assert is_bad.tolist() == [False, False, False, True]


@pytest.mark.parametrize(
    ("text", "spelling"), [("P1W", "P7D"), ("P7D", "P7D"), ("P1M", "P1M"), ("P1Y", "P1Y"), ("PT60M", "PT1H")]
)
def test_a_length_has_one_spelling(text: str, spelling: str):
    assert spell_resolution(text) == spelling


@pytest.mark.parametrize("text", ["P2W", "P3M", "P12M", "P2Y", "P30D", "P1M1D", "p1m", "P1M ", "PT1M30S"])
def test_other_lengths_of_the_calendar_are_refused(text: str):
    with pytest.raises(ValueError, match="is not a valid resolution"):
        spell_resolution(text)
