"""Columns that resolve local times: a flag or an offset that contradicts the time zone is refused."""

import pyarrow as pa
import pytest

from loaders.canonical.offset_hints import OffsetHints
from loaders.canonical.times import parse_times
from loaders.errors import LoadError

CHICAGO = "America/Chicago"
NIGHT = ["2024-11-03T00:00", "2024-11-03T01:00", "2024-11-03T01:00", "2024-11-03T02:00"]


def utc(times, zone=CHICAGO, **hints):
    parsed = parse_times(pa.array(times), zone, OffsetHints(**{name: pa.array(texts) for name, texts in hints.items()}))
    assert not parsed.faults
    return [time.strftime("%d %H:%M") for time in parsed.values.to_pylist()]


def test_a_daylight_flag_that_agrees_in_every_row_separates_the_hours():
    assert utc(NIGHT, daylight=["y", "y", "n", "n"]) == ["03 05:00", "03 06:00", "03 07:00", "03 08:00"]


@pytest.mark.parametrize(
    ("time", "flag"),
    [("2024-07-01T00:00", "N"), ("2024-01-01T00:00", "Y"), ("2024-11-03T00:00", "0"), ("2024-11-03T02:00", "true")],
)
def test_a_daylight_flag_that_contradicts_the_zone_is_refused(time, flag):
    with pytest.raises(LoadError, match=r"column dst says (yes|no) at 2024-.* daylight saving time was"):
        utc(["2024-03-01T00:00", time], daylight=["n", flag])


def test_the_mark_of_the_second_repeated_hour_is_no_daylight_flag():
    with pytest.raises(LoadError, match="map it to repeated_hour"):
        utc(NIGHT, daylight=["N", "N", "Y", "N"])


@pytest.mark.parametrize(("zone", "flag"), [("Europe/Dublin", "y"), ("Australia/Sydney", "n"), ("Etc/GMT+6", "n")])
def test_daylight_saving_time_is_the_larger_offset_of_the_year(zone, flag):
    assert utc(["2024-07-01T00:00"], zone, daylight=[flag])


def test_first_and_second_separate_the_hours_and_first_is_valid_anywhere():
    occurrences = ["first", "first", "second", None]
    assert utc(NIGHT, occurrence=occurrences) == ["03 05:00", "03 06:00", "03 07:00", "03 08:00"]


def test_a_second_hour_where_the_clocks_repeat_none_is_refused():
    with pytest.raises(LoadError, match="2024-11-03T02:00 is marked as the second"):
        utc(NIGHT, occurrence=["first", "first", "first", "second"])


@pytest.mark.parametrize(("time", "offset"), [("2024-07-01T00:00", "-06:00"), ("2024-01-01T00:00", "-05:00")])
def test_an_offset_that_the_zone_does_not_have_then_is_refused(time, offset):
    with pytest.raises(LoadError, match=rf"offset of {time} is {offset}, but America/Chicago has"):
        utc([time], offset=[offset])


def test_both_offsets_of_a_repeated_hour_are_valid():
    assert utc(NIGHT[1:3], offset=["-05:00", "-06:00"]) == ["03 06:00", "03 07:00"]
