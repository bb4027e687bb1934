"""The two hours that the clocks repeat: separated by the file's order or a column, else rejected; never guessed."""

from datetime import UTC

import pyarrow as pa
import pytest

from loaders.errors import LoadError, UsageError
from loaders.formats import ReadOptions, format_named

LONG = format_named("long")
ZONE = "America/New_York"
HEADER = "grid,region,node,metric,interval_start,collected_at,value"
NIGHT = ["2024-11-03T00:00", "2024-11-03T01:00", "2024-11-03T01:00", "2024-11-03T02:00"]


@pytest.fixture
def read(tmp_path):
    def _read(times, node="N", header=HEADER, extra=None, **options):
        path = tmp_path / "file.csv"
        lines = [f"G,R,{node},load,{time},2024-12-01T00:00Z,{place}" for place, time in enumerate(times)]
        if extra:
            lines = [f"{line},{more}" for line, more in zip(lines, extra, strict=True)]
        path.write_text("\n".join([header, *lines]) + "\n")
        return answers(LONG.read(path, ReadOptions(**{"time_zone": ZONE, **options})))

    return _read


def answers(tables):
    rows = sorted((row for table in tables for row in table.to_pylist()), key=lambda row: row["row_number"])
    return [row["reason"] or row["interval_start"].astimezone(UTC).strftime("%d %H:%M") for row in rows]


def test_without_a_rule_both_are_rejected(read):
    assert read(NIGHT) == ["03 04:00", "ambiguous_time", "ambiguous_time", "03 07:00"]


def test_by_the_files_order_the_first_is_the_earlier(read):
    assert read(NIGHT, repeated_hours="order") == ["03 04:00", "03 05:00", "03 06:00", "03 07:00"]


def test_quarters_and_five_minutes_are_reported_apart_too(read):
    for step in (5, 15):
        hour = [f"2024-11-03T01:{minute:02}" for minute in range(0, 60, step)]
        expected = [f"03 {5 + half:02}:{minute:02}" for half in (0, 1) for minute in range(0, 60, step)]
        assert read(hour * 2, repeated_hours="order") == expected


@pytest.mark.parametrize("times", [NIGHT[:2], [*NIGHT, NIGHT[1]], NIGHT[::-1]])
def test_one_hour_alone_three_of_them_and_a_backward_file_stay_ambiguous(read, times):
    assert {
        reason for time, reason in zip(times, read(times, repeated_hours="order"), strict=True) if "T01" in time
    } == {"ambiguous_time"}


def test_a_skipped_hour_is_rejected_whatever_the_rule(read):
    times = ["2024-03-10T01:00", "2024-03-10T02:00", "2024-03-10T03:00"]
    assert read(times, repeated_hours="order") == ["10 06:00", "nonexistent_time", "10 07:00"]


def test_each_node_and_knowledge_time_has_an_order_of_its_own():
    rows = [(node, hour) for hour in ("01:00", "01:00", "02:00") for node in "AB"]
    table = pa.table(
        {
            **{name: [name] * len(rows) for name in ("grid", "region", "metric")},
            "node": pa.array([node for node, _ in rows]).dictionary_encode(),
            "interval_start": [f"2024-11-03T{hour}" for _, hour in rows],
            "collected_at": ["2024-12-01T00:00Z"] * len(rows),
            "value": range(len(rows)),
        }
    )
    options = ReadOptions(time_zone=ZONE, repeated_hours="order")
    assert answers(LONG.read_frame(table, "frame", options)) == ["03 05:00"] * 2 + ["03 06:00"] * 2 + ["03 07:00"] * 2


def test_the_order_reaches_across_blocks_of_a_large_file(tmp_path):
    node = "N" * 180
    line = f"G,R,{node},load,%s,2024-12-01T00:00Z,1\n"
    path = tmp_path / "file.csv"
    between = [line.replace(node, f"{place:0180}") % "2024-06-01T00:00" for place in range(30_000)]
    path.write_text("".join([HEADER, "\n", line % NIGHT[0], line % NIGHT[1], *between, line % NIGHT[2]]))
    assert path.stat().st_size > 4 << 20
    found = answers(LONG.read(path, ReadOptions(time_zone=ZONE, repeated_hours="order")))
    assert (found[0], found[1], found[-1]) == ("03 04:00", "03 05:00", "03 06:00")


def test_a_flag_column_tells_them_apart(read):
    extra = ["1", "Y", "false", ""]
    assert read(NIGHT, header=HEADER + ",dst", extra=extra) == ["03 04:00", "03 05:00", "03 06:00", "03 07:00"]
    assert read(NIGHT, header=HEADER + ",dst", extra=["", "", "?", ""])[1:3] == ["ambiguous_time"] * 2


def test_an_offset_column_tells_them_apart_with_or_without_a_zone(read):
    extra = ["-04:00", "-4", "-0500", "-05"]
    for zone in (ZONE, None):
        found = read(NIGHT, header=HEADER + ",utc_offset", extra=extra, time_zone=zone)
        assert found == ["03 04:00", "03 05:00", "03 06:00", "03 07:00"]
    found = read(NIGHT, header=HEADER + ",Offset", extra=extra, column_map={"Offset": "utc_offset"})
    assert found[1:3] == ["03 05:00", "03 06:00"]


def test_an_offset_that_is_none_is_a_bad_time_and_an_empty_one_says_nothing(read):
    found = read(NIGHT, header=HEADER + ",utc_offset", extra=["", "", "local", "+15"])
    assert found == ["03 04:00", "ambiguous_time", "bad_time", "bad_time"]


def test_another_rule_is_wrong_usage():
    with pytest.raises(UsageError, match="'first'"):
        ReadOptions(repeated_hours="first")


def test_an_interval_end_is_read_by_each_rows_resolution(read):
    header = HEADER.replace("interval_start", "interval_end") + ",resolution"
    times = ["2024-11-03T24:00", "2024-11-03T12:00", "2024-11-03T12:00"]
    assert read(times, header=header, extra=["PT15M", "PT1H", ""]) == ["04 04:45", "03 16:00", "03 16:00"]


@pytest.mark.parametrize("resolution", ["PT1H", ""])
@pytest.mark.parametrize("order", [None, "order"])
@pytest.mark.parametrize(
    ("column", "right", "wrong", "words"),
    [
        ("dst", "y", "n", "the column dst says no at 2024-07-01T02:00"),
        ("utc_offset", "-05:00", "-06:00", "the offset of 2024-07-01T02:00 is -06:00"),
        ("repeated_hour", "first", "second", "2024-07-01T02:00 is marked as the second"),
    ],
)
def test_a_wrong_mark_is_reported_with_its_file_and_row(write, column, right, wrong, words, resolution, order):
    marks = [right, right, wrong]
    lines = [
        f"G,R,N,load,2024-07-01T0{hour}:00,2024-07-02T00:00Z,1,{resolution},{mark}" for hour, mark in enumerate(marks)
    ]
    header = f"grid,region,node,metric,interval_start,collected_at,value,resolution,{column}"
    path = write("\n".join([header, *lines]) + "\n")
    options = ReadOptions(time_zone="America/Chicago", repeated_hours=order)
    with pytest.raises(LoadError, match=f"^{path}: row 3: {words}.*\\.$"):
        list(LONG.read(path, options))


def test_abbreviations_of_a_zone_are_offsets(read):
    header = HEADER + ",utc_offset"
    assert read(NIGHT, header=header, extra=["EDT", "EDT", "EST", "UTC-5"]) == [
        *("03 04:00", "03 05:00", "03 06:00", "03 07:00")
    ]
    with pytest.raises(LoadError, match=r"row 2: the offset of 2024-11-03T01:00 is -06:00, but America/New_York has"):
        read(NIGHT, header=header, extra=["EDT", "CST", "EST", "EST"])
