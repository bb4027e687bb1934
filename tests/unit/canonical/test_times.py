"""Times and durations: what is read, what is rejected, and that a text is read alike whatever stands next to it."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.canonical.durations import format_resolution, parse_resolution
from loaders.canonical.offset_hints import OffsetHints
from loaders.canonical.rejects import Reason
from loaders.canonical.times import (
    parse_times,
    repeated_offsets,
    time_zone_named,
)
from loaders.errors import UsageError

NEW_YORK = "America/New_York"


def read(texts, time_zone=None):
    """Each text as a UTC datetime, a fault, or None."""
    instants = parse_times(texts if isinstance(texts, pa.Array) else pa.array(texts, pa.string()), time_zone)
    answers = [None if value is None else value.astimezone(UTC) for value in instants.values.to_pylist()]
    for mask, why in instants.faults:
        for place in np.flatnonzero(mask):
            assert answers[place] is None
            answers[place] = why
    return answers


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2024-01-02T03:04:05Z", utc(2024, 1, 2, 3, 4, 5)),
        ("2024-01-02 03:04:05Z", utc(2024, 1, 2, 3, 4, 5)),
        ("2024-01-02T03:04Z", utc(2024, 1, 2, 3, 4)),
        ("2024-01-02T03:04:05.5Z", utc(2024, 1, 2, 3, 4, 5, 500_000)),
        ("2024-01-02T03:04:05.123456789Z", utc(2024, 1, 2, 3, 4, 5, 123_456)),
        ("2024-01-02T03:04:05+01:00", utc(2024, 1, 2, 2, 4, 5)),
        ("2024-01-02T03:04:05+0100", utc(2024, 1, 2, 2, 4, 5)),
        ("2024-01-02T03:04:05+01", utc(2024, 1, 2, 2, 4, 5)),
        ("2024-01-02T03:04:05-03:30", utc(2024, 1, 2, 6, 34, 5)),
        (" 2024-01-02T03:04:05 Z ", utc(2024, 1, 2, 3, 4, 5)),
        ("2024-02-29T00:00Z", utc(2024, 2, 29)),
        ("2024-12-31T24:00Z", utc(2025, 1, 1)),
        ("2024-12-31T24:00:00+01:00", utc(2024, 12, 31, 23)),
        ("1980-01-01T00:00Z", utc(1980, 1, 1)),
        ("2099-12-31T23:59:59Z", utc(2099, 12, 31, 23, 59, 59)),
    ],
)
def test_a_time_with_an_offset_is_read_in_utc(text, instant):
    assert read([text]) == [instant]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("2024-01-02T25:00Z", Reason.BAD_TIME),
        ("2024-01-02T24:01Z", Reason.BAD_TIME),
        ("2024-01-02T23:59:60Z", Reason.BAD_TIME),
        ("2023-02-29T00:00Z", Reason.BAD_TIME),
        ("10000-01-01T00:00Z", Reason.BAD_TIME),
        ("01/02/2024 03:04", Reason.BAD_TIME),
        ("2024-01-02T03:04+24:00", Reason.BAD_TIME),
        ("yesterday", Reason.BAD_TIME),
        ("9999-12-31T00:00Z", Reason.TIME_OUT_OF_RANGE),
        ("1979-12-31T23:59:59Z", Reason.TIME_OUT_OF_RANGE),
        ("2100-01-01T00:00Z", Reason.TIME_OUT_OF_RANGE),
        ("2024-01-02T03:04:05", Reason.NAIVE_TIME),
        ("2024-01-02", Reason.NAIVE_TIME),
        ("2024-01-02T24:00", Reason.NAIVE_TIME),
    ],
)
def test_what_is_no_sane_instant_says_why(text, fault):
    assert read([text]) == [fault]


def test_an_empty_time_is_null_and_no_fault():
    assert read(["", "  ", None, "2024-01-01T00:00Z"]) == [None, None, None, utc(2024, 1, 1)]


def test_a_naive_time_is_local_where_the_zone_is_named():
    texts = ["2024-07-01T12:00", "2024-01-01 12:00:00", "2024-07-01", "2024-06-30T24:00"]
    assert read(texts, NEW_YORK) == [utc(2024, 7, 1, 16), utc(2024, 1, 1, 17), utc(2024, 7, 1, 4), utc(2024, 7, 1, 4)]


def test_an_offset_wins_over_the_named_zone():
    assert read(["2024-07-01T12:00Z", "2024-07-01T12:00"], NEW_YORK) == [utc(2024, 7, 1, 12), utc(2024, 7, 1, 16)]


def test_the_hour_the_clocks_repeat_is_ambiguous_and_the_one_they_skip_does_not_exist():
    texts = ["2024-11-03T00:59", "2024-11-03T01:00", "2024-11-03T01:59", "2024-11-03T02:00"]
    texts += ["2024-03-10T01:59", "2024-03-10T02:00", "2024-03-10T02:59", "2024-03-10T03:00"]
    ambiguous, nonexistent = Reason.AMBIGUOUS_TIME, Reason.NONEXISTENT_TIME
    assert read(texts, NEW_YORK) == [
        *(utc(2024, 11, 3, 4, 59), ambiguous, ambiguous, utc(2024, 11, 3, 7)),
        *(utc(2024, 3, 10, 6, 59), nonexistent, nonexistent, utc(2024, 3, 10, 7)),
    ]


def test_in_utc_every_naive_hour_exists_once():
    assert read(["2024-11-03T01:00", "2024-03-10T02:30"], "UTC") == [utc(2024, 11, 3, 1), utc(2024, 3, 10, 2, 30)]


def test_a_naive_time_far_off_is_out_of_range_in_any_zone():
    texts = ["9999-12-31T00:00", "0001-01-01T00:00", "2099-12-31T23:00", "2024-01-01T00:00"]
    out = Reason.TIME_OUT_OF_RANGE
    assert read(texts, NEW_YORK) == [out, out, out, utc(2024, 1, 1, 5)]


def test_timestamps_and_dates_are_read_as_texts_are():
    naive = pa.array([datetime(2024, 7, 1, 12)], pa.timestamp("ns"))
    assert read(naive) == [Reason.NAIVE_TIME]
    assert read(naive, NEW_YORK) == [utc(2024, 7, 1, 16)]
    assert read(pa.array([datetime(2024, 7, 1, 12)], pa.timestamp("s", NEW_YORK))) == [utc(2024, 7, 1, 12)]
    assert read(pa.array([datetime(2024, 7, 1)]).cast(pa.date32()), NEW_YORK) == [utc(2024, 7, 1, 4)]
    assert read(pa.nulls(1)) == [None]


def test_numbers_are_no_times():
    with pytest.raises(TypeError):
        parse_times(pa.array([1704067200]))


CLOCKS = st.sampled_from(["", "T05", "T05:06", " 05:06:07", "T05:06:07.25", "T24:00", "T05:06:07,5", "T5:06", "T0506"])
OFFSETS = st.sampled_from(["", "Z", "+01:00", "-0330", "+01", " Z", "+23:59", "+24:00", "z", "+1", "-00:00"])
DAYS = st.sampled_from(["2024-01-02", "2024-02-29", "2023-02-29", "2024-04-31", "2024-11-03", "2024-1-2", "0000-01-01"])
TEXTS = st.builds("".join, st.tuples(DAYS, CLOCKS, OFFSETS)) | st.text("0123456789-:TZ+. ", max_size=26)


@given(st.lists(TEXTS, min_size=1, max_size=8), st.sampled_from([None, NEW_YORK, "UTC"]))
def test_a_text_is_read_alike_alone_and_next_to_any_other(texts, time_zone):
    alone = [read([text], time_zone)[0] for text in texts]
    assert read([*texts, "junk", "", "2024-01-01T00:00Z"], time_zone)[: len(texts)] == alone


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("PT1M", 1), ("PT5M", 5), ("PT15M", 15), ("PT1H", 60), ("PT60M", 60), ("P1D", 1440), ("PT24H", 1440)],
)
def test_a_resolution_divides_a_day(text, minutes):
    assert parse_resolution(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "PT0M", "PT7M", "P2D", "PT25H", "1h", "P1M", "PT30S", "-PT1H", "PT\u0665M", "PT1H "]
)
def test_what_does_not_divide_a_day_is_no_resolution(text):
    with pytest.raises(ValueError, match="is not a valid resolution"):
        parse_resolution(text)


def test_a_resolution_has_one_spelling():
    spellings = {format_resolution(parse_resolution(text)) for text in ("PT60M", "PT1H", "PT0H60M")}
    assert spellings == {"PT1H"}
    assert [format_resolution(parse_resolution(text)) for text in ("PT24H", "PT90M", "PT5M")] == [
        "P1D",
        "PT1H30M",
        "PT5M",
    ]


def test_an_unknown_zone_is_named():
    with pytest.raises(UsageError, match="Mars/Olympus"):
        time_zone_named("Mars/Olympus")


def test_hints_say_nothing_about_a_time_with_an_offset_of_its_own():
    hints = OffsetHints(pa.array(["-05:00", "-05:00"]), pa.array(["1", "0"]))
    instants = parse_times(pa.array(["2024-01-01T00:00Z", "2024-01-01T00:00"]), NEW_YORK, hints)
    assert [each.astimezone(UTC) for each in instants.values.to_pylist()] == [utc(2024, 1, 1), utc(2024, 1, 1, 5)]


@pytest.mark.parametrize(("flag", "hour"), [("1", 5), ("true", 5), (" Y ", 5), ("0", 6), ("False", 6), ("n", 6)])
def test_daylight_saving_tells_the_repeated_hours_apart(flag, hour):
    instants = parse_times(pa.array(["2024-11-03T01:30"]), NEW_YORK, OffsetHints(daylight=pa.array([flag])))
    assert instants.values.to_pylist() == [utc(2024, 11, 3, hour, 30)]
    assert not instants.faults


def test_a_flag_makes_no_skipped_hour_exist():
    instants = parse_times(pa.array(["2024-03-10T02:30"]), NEW_YORK, OffsetHints(daylight=pa.array(["1"])))
    assert [why for _, why in instants.faults] == [Reason.NONEXISTENT_TIME]


def test_the_repeated_hours_have_two_offsets_and_half_an_hour_on_lord_howe():
    local = pa.array([datetime(2024, 11, 3, 1, 30)], pa.timestamp("us"))
    assert [offset.tolist() for offset in repeated_offsets(local, NEW_YORK)] == [[-240], [-300]]
    local = pa.array([datetime(2024, 4, 7, 1, 45)], pa.timestamp("us"))
    assert [offset.tolist() for offset in repeated_offsets(local, "Australia/Lord_Howe")] == [[660], [630]]
