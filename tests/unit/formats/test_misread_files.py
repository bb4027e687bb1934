"""Files that look like a table and are something else: refused in words that fit, or read as their author meant."""

from datetime import UTC, datetime

import pytest

from loaders.errors import LoadError
from loaders.formats import ReadOptions, format_named
from loaders.notices import collect_notices

SHARED = {"grid": "G", "region": "R", "metric": "load", "collected_at": datetime(2026, 1, 1, tzinfo=UTC)}
NAMES_OF_HOURS = {
    "numbers": [str(hour) for hour in range(1, 26)],
    "padded": [f"{hour:02}" for hour in range(1, 24)],
    "hour ending": [f"HE{hour:02}" for hour in range(1, 25)],
    "quarters": [f"Q{quarter}" for quarter in range(1, 97)],
    "clock": [f"{hour:02}:00" for hour in range(24)],
    "ranges": [f"{hour:02}:00-{hour + 1:02}:00" for hour in range(24)],
    "trading periods": [f"TP{period}" for period in range(1, 9)],
    "two words": [f"Values_Hour{hour:02}" for hour in range(1, 25)],
    "two blocks": ["HH_01", "HH_02"],
    "with a total": [*(f"Period {period}" for period in range(1, 5)), "Sum"],
}
OTHER_TIMES = {
    "the minutes of an hour": [":00", ":15", ":30", ":45"],
    "times ahead of the row": ["D+1", "D+2", "D+3"],
    "months": ["Jan", "Feb", "Mar", "Apr", "Year"],
    "days of the week": ["Mon", "Tuesday", "wed", "Thu"],
    "dates, months or years": ["2024-05-01", "2024-05-02"],
}


@pytest.fixture
def read(tmp_path):
    def _read(text, file_format="long", name="file.csv", **options):
        path = tmp_path / name
        path.write_text(text)
        tables = list(format_named(file_format).read(path, ReadOptions(**{**SHARED, **options})))
        return [row["value"] for table in tables for row in table.to_pylist()]

    return _read


@pytest.mark.parametrize("names", NAMES_OF_HOURS.values(), ids=NAMES_OF_HOURS)
def test_hours_across_are_not_nodes(read, names):
    text = ",".join(["day", *names]) + "\n" + ",".join(["2024-10-27T00:00Z", *["1"] * len(names)]) + "\n"
    with pytest.raises(LoadError, match="seem to be the hours or intervals of a day, not nodes"):
        read(text, "wide", time_column="day")


@pytest.mark.parametrize("what", OTHER_TIMES)
def test_other_times_across_are_not_nodes(read, what):
    names = OTHER_TIMES[what]
    text = ",".join(["day", *names]) + "\n" + ",".join(["2024-05-01T00:00Z", *["1"] * len(names)]) + "\n"
    with pytest.raises(LoadError, match=f"seem to be {what}, not nodes"):
        read(text, "wide", time_column="day")


def test_numbered_columns_of_days_are_a_question(read):
    text = "day,Q1,Q2,Q3,Q4\n2024-05-01T00:00Z,1,2,3,4\n"
    with pytest.raises(LoadError, match="each row is a day, and its columns Q1, Q2 and so on may be the hours"):
        read(text, "wide", time_column="day")
    assert read(text, "wide", time_column="day", resolution="P1D") == [1, 2, 3, 4]
    assert read(text.replace("T00:00Z", "T07:00Z"), "wide", time_column="day") == [1, 2, 3, 4]
    assert read(text.replace("Q", "G"), "wide", time_column="day") == [1, 2, 3, 4]


def test_a_few_numbered_nodes_are_nodes(read):
    assert read("time,1,2,3\n2024-01-01T00:00Z,5,6,7\n", "wide", time_column="time") == [5, 6, 7]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<!DOCTYPE html>\n<html><body>Sign in</body></html>\n", "is an HTML page"),
        ("\n<html><table><tr><td>1</td></tr></table></html>", "is an HTML page"),
        ('<?xml version="1.0"?>\n<rows><row>1</row></rows>', "is XML"),
    ],
)
def test_markup_is_no_table(read, text, words):
    with pytest.raises(LoadError, match=words):
        read(text, node="N")


@pytest.mark.parametrize(
    ("text", "fields"),
    [('{"data": [{"time": "2024-01-01T00:00Z"}]}', "data"), ('{"t": [1, 2], "price": [3], "unit": "MW"}', "t, price")],
)
def test_one_json_document_is_named_by_its_nested_fields(read, text, fields):
    with pytest.raises(LoadError, match=f"one JSON document with objects or lists in {fields}, and"):
        read(text, name="file.json", node="N")


@pytest.mark.parametrize("line", ["sep=;", "SEP=;", "sep=;;"])
def test_a_line_that_states_the_delimiter_is_no_header(read, line):
    text = f"{line}\ninterval_start;value;note\n2024-01-01T00:00Z;1,5;a,b\n2024-01-01T01:00Z;2,5;a,b\n"
    assert read(text, node="N") == [1.5, 2.5]


@pytest.mark.parametrize(("scale", "is_total"), [(1000, True), (1, False)])
def test_a_rounded_total_is_a_total_where_rounding_is_small(read, scale, is_total):
    parts = [(scale * (hour + 1.1), scale * (2 * hour + 1.31)) for hour in range(6)]
    rows = [f"2024-01-01T0{hour}:00Z,{a + 0.21},{b + 0.21},{round(a + b)}" for hour, (a, b) in enumerate(parts)]
    text = "\n".join(["time,A,B,Z", *rows]) + "\n"
    if not is_total:
        assert len(read(text, "wide", time_column="time")) == 18
        return
    with pytest.raises(LoadError, match="the column Z is the sum of the 2 other columns"):
        read(text, "wide", time_column="time")


@pytest.mark.parametrize("word", ["Total", "Summe", "AVERAGE", "Grand total", "Max"])
def test_a_total_instead_of_a_time_is_a_reason_of_its_own(tmp_path, word):
    path = tmp_path / "file.csv"
    path.write_text(f"interval_start,value\n2024-01-01T00:00Z,1\nrubbish,1\n{word},2\n")
    tables = format_named("long").read(path, ReadOptions(**SHARED, node="N"))
    assert [row["reason"] for table in tables for row in table.to_pylist()] == [None, "bad_time", "total_row"]


def test_rows_of_totals_are_left_out_where_an_option_names_them(read):
    rows = [f"2024-01-01T0{hour}:00Z,{node},{hour}" for hour in range(2) for node in ("A", "B", "Total")]
    with collect_notices() as notices:
        assert read("\n".join(["interval_start,node,value", *rows]) + "\n", totals=("Total",)) == [0, 0, 1, 1]
    assert "rows of the totals Total were left out" in notices
