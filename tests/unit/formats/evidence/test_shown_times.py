"""What the times of a file show about themselves: the edge of their intervals, and the season of their zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from loaders.errors import LoadError, UsageError
from loaders.formats import ReadOptions, format_named
from loaders.notices import collect_notices

SHARED = {"grid": "G", "region": "R", "metric": "load", "collected_at": datetime(2026, 1, 1, tzinfo=UTC)}
HOUR = timedelta(hours=1)


@pytest.fixture
def read(tmp_path):
    def _read(name, times, form="long", kind="csv", **options):
        columns = {"long": {"column_map": {name: "interval_start"}, "node": "N"}, "wide": {"time_column": name}}[form]
        options = ReadOptions(**{**SHARED, **columns, **options})
        value = "value" if form == "long" else "Harbour"
        if kind == "frame":
            table = pa.table({name: times, value: pa.array(range(len(times)), pa.float64())})
            batches = format_named(form).read_frame(table, "frame", options)
        else:
            path = tmp_path / "file.csv"
            lines = [f"{name},{value}", *(f"{time},{place + 0.5}" for place, time in enumerate(times))]
            path.write_text("\n".join(lines) + "\n")
            batches = format_named(form).read(path, options)
        return [row["interval_start"] for batch in batches for row in batch.to_pylist()]

    return _read


def steps(first, count, minutes):
    start = datetime.fromisoformat(first)
    return [(start + place * timedelta(minutes=minutes)) for place in range(count)]


@pytest.mark.parametrize("form", ["long", "wide"])
@pytest.mark.parametrize(("minutes", "days"), [(5, 1), (15, 2), (30, 1), (60, 31)])
def test_times_that_run_like_ends_are_a_question(read, form, minutes, days):
    times = steps("2024-03-01T00:00", days * 24 * 60 // minutes, minutes)
    ends = [time + timedelta(minutes=minutes) for time in times]
    expected = [time.replace(tzinfo=UTC) for time in times]
    with pytest.raises(LoadError, match=r"dtime run from 2024-03-01 0.* 00:00, as the ends .*Pass --times-are end"):
        read("dtime", ends, form, time_zone="UTC")
    assert read("dtime", ends, form, time_zone="UTC", times_are="end") == expected
    assert read("dtime", ends, form, time_zone="UTC", times_are="start")[0] == ends[0].replace(tzinfo=UTC)
    assert read("start", ends, form, time_zone="UTC")[0] == ends[0].replace(tzinfo=UTC)
    assert read("dtime", times, form, time_zone="UTC") == expected


@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_ends_in_a_frame_are_a_question_too(read, zone):
    ends = pa.array(steps("2024-05-01T00:15", 96, 15), pa.timestamp("us"))
    if zone:
        ends = pa.compute.assume_timezone(ends, zone)
    with pytest.raises(LoadError, match="dtime run from 2024-05-01 00:15 to 2024-05-02 00:00"):
        read("dtime", ends, kind="frame", time_zone="UTC")


@pytest.mark.parametrize(
    ("first", "count"), [("2024-05-01T00:15", 80), ("2024-05-01T01:00", 93), ("2024-05-01T00:00", 97)]
)
def test_parts_of_a_day_are_starts(read, first, count):
    assert len(read("dtime", steps(first, count, 15), time_zone="UTC")) == count


def test_starts_that_are_read_as_ends_are_reported(read):
    with collect_notices() as notices:
        read("dtime", steps("2024-05-01T00:00", 24, 60), time_zone="UTC", column_map={"dtime": "interval_end"})
    assert any("as the starts of intervals do, and are read as ends" in notice for notice in notices)


def test_an_edge_that_contradicts_a_column_is_refused(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("interval_start,value\n2024-01-01T00:00Z,1\n")
    with pytest.raises(LoadError, match="has times of interval_start, but times_are is end"):
        list(format_named("long").read(path, ReadOptions(**SHARED, node="N", times_are="end")))
    with pytest.raises(UsageError, match="Unknown edge"):
        ReadOptions(times_are="middle")


@pytest.mark.parametrize(
    ("name", "zone", "time", "fixed"),
    [
        ("Time (CET)", "Europe/Berlin", "2024-07-01T00:00", "Etc/GMT-1"),
        ("MEZ", "Europe/Vienna", "2024-07-01T00:00", "Etc/GMT-1"),
        ("Date CEST", "Europe/Berlin", "2024-01-01T00:00", "Etc/GMT-2"),
        ("hour_est", "America/New_York", "2024-07-01T00:00", "Etc/GMT+5"),
        ("Time AEST", "Australia/Sydney", "2024-01-01T00:00", "Etc/GMT-10"),
    ],
)
def test_the_other_season_of_a_named_season_is_a_question(read, name, zone, time, fixed):
    with pytest.raises(
        LoadError, match=f"which is .* by the name of the column.*--time-zone {fixed.replace('+', '.')}"
    ):
        read(name, [time], time_zone=zone)
    assert read("time", [time], time_zone=zone) != read(name, [time], time_zone=fixed)


def test_rows_of_the_named_season_are_read(read):
    assert read("Time (CET)", ["2024-01-01T00:00"], time_zone="Europe/Berlin") == [
        datetime(2023, 12, 31, 23, tzinfo=UTC)
    ]
    assert read("Date EDT", ["2024-07-01T00:00"], time_zone="America/New_York") == [datetime(2024, 7, 1, 4, tzinfo=UTC)]
    assert len(read("Time (CET)", ["2024-07-01T00:00+02:00"], time_zone="Europe/Berlin")) == 1


@pytest.mark.parametrize("day", ["2024-03-30T23:00", "2024-10-26T22:00"])
@pytest.mark.parametrize("minutes", [15, 60])
def test_a_clock_change_shows_that_times_are_local(read, day, minutes):
    instants = [time.replace(tzinfo=UTC) for time in steps(day, 30 * 60 // minutes, minutes)]
    local = [time.astimezone(ZoneInfo("Europe/Berlin")).replace(tzinfo=None) for time in instants]
    read_times = read("Time (CET)", local, time_zone="Europe/Berlin", repeated_hours="order")
    assert sorted(read_times) == instants


def test_an_hour_that_the_zone_skips_shows_that_times_are_fixed(read):
    times = steps("2024-03-30T23:00", 30, 60)
    with pytest.raises(LoadError, match=r"hour that Europe/Berlin skips, so they are CET all year. Pass --time-zone"):
        read("Time (CET)", times, time_zone="Europe/Berlin")
    assert read("Time (CET)", times, time_zone="Etc/GMT-1")[0] == datetime(2024, 3, 30, 22, tzinfo=UTC)


def test_the_season_of_the_knowledge_time_counts(read):
    with pytest.raises(LoadError, match=r"published CET 2024-07-01 08:00.*--collected-at-zone Etc/GMT-1"):
        read(
            "start,published CET",
            ["2024-07-01T00:00Z,2024-07-01T08:00"],
            collected_at=None,
            column_map={"start": "interval_start", "published CET": "collected_at"},
            collected_at_zone="Europe/Berlin",
        )
