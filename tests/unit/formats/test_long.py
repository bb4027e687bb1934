"""The long format: which columns, times, values and names are taken, and what a rejected row says."""

import gzip
import json
import logging
from datetime import UTC, datetime

import pytest

from loaders.errors import LoadError, UsageError
from loaders.formats import ReadOptions
from loaders.formats.readers import byte_stream as content
from tests.support.long_files import GOOD, HEADER, rows_of


def one(write, line, header=HEADER, **options):
    """The one row of a file of that line."""
    (row,) = rows_of(write(f"{header}\n{line}\n"), **options)
    return row


def test_a_good_row_becomes_a_canonical_row(write):
    assert one(write, GOOD) == {
        "row_number": 1,
        "grid": "G",
        "region": "R",
        "node": "N",
        "metric": "load",
        "source": None,
        "unit": None,
        "resolution": None,
        "interval_start": datetime(2024, 1, 1, tzinfo=UTC),
        "collected_at": datetime(2024, 1, 1, 9, tzinfo=UTC),
        "value": 1.5,
        "reason": None,
        "payload": None,
    }


def test_optional_columns_any_order_and_case_and_spaces(write):
    header = " Value ,unit,SOURCE,resolution,collected_at,interval_start,metric,node,region,grid"
    row = one(write, "7,kW, meter ,PT60M,2024-01-01T09:00Z,2024-01-01T00:00Z,load, N ,R,G", header)
    assert (row["value"], row["unit"], row["source"], row["resolution"], row["node"]) == (7, "kW", "meter", "PT1H", "N")
    assert row["reason"] is None


def test_an_extra_column_is_ignored_with_a_notice(write, caplog):
    with caplog.at_level(logging.WARNING):
        row = one(write, GOOD + ",hello", HEADER + ",comment")
    assert row["reason"] is None
    assert "comment" in caplog.text


def test_a_missing_column_names_the_file_the_column_and_what_was_found(write):
    path = write("grid,region,node,metric,interval_start,val\nG,R,N,load,2024-01-01T00:00Z,1\n")
    with pytest.raises(LoadError, match=r"the columns collected_at, value are missing; the file has grid, .*, val\."):
        rows_of(path)


def test_a_column_that_stands_twice_is_refused(write):
    with pytest.raises(LoadError, match="value more than once"):
        one(write, GOOD + ",2", HEADER + ",Value")


def test_columns_are_mapped_by_name(write):
    header = "zone,region,node,metric,start,collected_at,mw"
    row = one(write, GOOD, header, unit="MW", column_map={"zone": "grid", "start": "interval_start", "mw": "value"})
    assert (row["grid"], row["value"], row["reason"]) == ("G", 1.5, None)


def test_a_mapped_column_wins_over_one_that_bears_the_name(write):
    mapped = {"column_map": {"revised": "value"}}
    assert one(write, GOOD + ",9", HEADER + ",revised", **mapped)["value"] == 9
    assert one(write, "9," + GOOD, "revised," + HEADER, **mapped)["value"] == 9


def test_mapping_a_column_that_is_not_there_is_refused(write):
    with pytest.raises(LoadError, match="no column MW to map"):
        one(write, GOOD, column_map={"MW": "value"})


def test_mapping_to_an_unknown_name_is_wrong_usage():
    with pytest.raises(UsageError, match="'values'"):
        ReadOptions(column_map={"MW": "values"})


def test_the_caller_may_give_metric_and_collected_at_for_all_rows(write):
    given = {"metric": "load", "collected_at": datetime(2024, 1, 1, 9, tzinfo=UTC)}
    row = one(write, "G,R,N,2024-01-01T00:00Z,1", "grid,region,node,interval_start,value", **given)
    assert (row["metric"], row["collected_at"], row["reason"]) == ("load", given["collected_at"], None)


def test_giving_what_the_file_has_itself_is_refused(write):
    with pytest.raises(LoadError, match="its own column metric"):
        one(write, GOOD, metric="price")


def test_a_collected_at_without_offset_is_wrong_usage():
    with pytest.raises(UsageError, match="no offset"):
        ReadOptions(collected_at=datetime(2024, 1, 1))


def test_an_unknown_time_zone_is_wrong_usage():
    with pytest.raises(UsageError, match="Mars"):
        ReadOptions(time_zone="Mars")


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("grid", "", "missing_field"),
        ("node", "  ", "missing_field"),
        ("metric", "", "missing_field"),
        ("collected_at", "", "missing_field"),
        ("node", "N\x07", "bad_name"),
        ("node", "N" * 201, "bad_name"),
        ("interval_start", "2024-01-01T00:00", "naive_time"),
        ("interval_start", "2024-01-01T25:00Z", "bad_time"),
        ("collected_at", "9999-12-31T00:00Z", "time_out_of_range"),
        ("value", "abc", "bad_number"),
        ("value", "1_000", "bad_number"),
        ("value", "0x10", "bad_number"),
        ("value", "nan(1)", "not_finite"),
        ("value", "-Inf", "not_finite"),
        ("value", "1e400", "not_finite"),
        ("resolution", "hourly", "bad_resolution"),
    ],
)
def test_a_bad_field_is_rejected_with_its_own_text(write, field, text, reason):
    names = [*HEADER.split(","), "resolution"]
    fields = dict(zip(names, [*GOOD.split(","), "PT1H"], strict=True)) | {field: text}
    row = one(write, ",".join(fields.values()), ",".join(names))
    payload = json.loads(row["payload"])
    assert row["reason"] == reason
    assert (payload[field] or "").strip() == text.strip()
    assert payload["region"] == "R"


@pytest.mark.parametrize(("text", "value"), [(" 1.5 ", 1.5), ("+2", 2), ("-1e3", -1000), (".5", 0.5), ("1e-400", 0)])
def test_values_are_numbers(write, text, value):
    row = one(write, GOOD.removesuffix("1.5") + text)
    assert (row["value"], row["reason"]) == (value, None)


@pytest.mark.parametrize("text", ["", "  ", "NA", "null", "n/e", "-", "NaN", "#N/A"])
def test_a_row_without_a_value_states_nothing_unless_the_caller_says_that_it_withdraws(write, text):
    line = GOOD.removesuffix("1.5") + text
    assert (one(write, line)["value"], one(write, line)["reason"]) == (None, "blank")
    (row,) = rows_of(write(f"{HEADER}\n{line}\n"), blanks="withdrawn")
    assert (row["value"], row["reason"]) == (None, None)


def test_a_row_without_a_value_is_blank_whatever_else_is_wrong_with_it(write):
    assert one(write, ",,,,2024-13-01,,")["reason"] == "blank"


def test_a_naive_time_is_taken_where_the_zone_is_named(write):
    line = "G,R,N,load,2024-07-01T00:00,2024-06-30T09:00Z,1"
    assert one(write, line, time_zone="America/New_York")["interval_start"] == datetime(2024, 7, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("time", "reason"), [("2024-11-03T01:00", "ambiguous_time"), ("2024-03-10T02:00", "nonexistent_time")]
)
def test_a_local_hour_that_is_no_one_hour_is_rejected(write, time, reason):
    row = one(write, f"G,R,N,load,{time},2024-01-01T00:00Z,1", time_zone="America/New_York")
    assert (row["reason"], json.loads(row["payload"])["interval_start"]) == (reason, time)


def test_a_payload_can_be_fixed_and_ingested(write):
    header = HEADER + ",unit"
    line = "G,R,N,load,2024-07-01T00:00,2024-06-30T09:00-04:00,abc,kW"
    payload = json.loads(one(write, line, header, time_zone="America/New_York", source="meter")["payload"])
    assert payload == {
        "grid": "G",
        "region": "R",
        "node": "N",
        "metric": "load",
        "source": "meter",
        "unit": "kW",
        "interval_start": "2024-07-01T04:00:00Z",
        "collected_at": "2024-06-30T13:00:00Z",
        "value": "abc",
    }
    fixed = write(json.dumps(payload | {"value": "2.5"}) + "\n", "fixed.ndjson")
    (row,) = rows_of(fixed)
    assert (row["reason"], row["value"], row["source"]) == (None, 2.5, "meter")


def test_only_bad_rows_have_a_reason(write):
    bad = GOOD.replace("1.5", "x")
    rows = rows_of(write("\n".join([HEADER, GOOD, bad, GOOD]) + "\n"))
    assert [row["reason"] for row in rows] == [None, "bad_number", None]
    assert [row["payload"] is None for row in rows] == [True, False, True]


def test_the_first_fault_of_a_row_is_its_reason_and_all_its_texts_are_kept(write):
    row = one(write, "G,R,,load,noon,2024-01-01T09:00Z,x")
    payload = json.loads(row["payload"])
    assert row["reason"] == "missing_field"
    assert (payload["node"], payload["interval_start"], payload["value"]) == ("", "noon", "x")


def test_sql_in_a_name_is_a_name(write):
    name = "N'); drop table raw.measures; --"
    assert one(write, GOOD.replace(",N,", f",{name},"))["node"] == name


@pytest.mark.parametrize(("delimiter", "name"), [(",", "a.csv"), (";", "a.csv"), ("\t", "a.tsv"), ("|", "a.txt")])
def test_the_delimiter_is_seen_in_the_header(write, delimiter, name):
    (row,) = rows_of(write(f"{HEADER}\n{GOOD}\n".replace(",", delimiter), name))
    assert (row["value"], row["reason"]) == (1.5, None)


def semicolons(*values):
    start = GOOD.removesuffix("1.5").replace(",", ";")
    return "\n".join([HEADER.replace(",", ";"), *(start + value for value in values)]) + "\n"


def test_a_decimal_comma_is_read_where_semicolons_divide(write):
    rows = rows_of(write(semicolons("1,5", "-2", "", "3,25e2")))
    assert [row["value"] for row in rows] == [1.5, -2, None, 325]
    assert [row["reason"] for row in rows] == [None, None, "blank", None]


def test_where_the_comma_is_decimal_a_point_is_no_number(write):
    rows = rows_of(write(semicolons("n.a.", "1,5", "1.234", "1.2")))
    assert [row["reason"] for row in rows] == ["blank", None, "bad_number", "bad_number"]
    assert json.loads(rows[2]["payload"])["value"] == "1.234"


def test_a_value_with_both_signs_shows_that_points_group_thousands(write):
    rows = rows_of(write(semicolons("1,5", "1.234", "1.234,5", "12.34")))
    assert [row["value"] for row in rows] == [1.5, 1234, 1234.5, None]


def test_the_decimal_sign_holds_for_all_blocks_of_a_file(write, monkeypatch):
    monkeypatch.setattr(content, "CHUNK", 100)
    rows = rows_of(write(semicolons("1,5", *["2"] * 20, "1.234", "7,5")))
    assert [row["reason"] for row in rows[-2:]] == ["bad_number", None]


def test_where_the_point_is_decimal_a_comma_is_no_number(write):
    assert [row["reason"] for row in rows_of(write(semicolons("7", "1.5", "1,5")))] == [None, None, "bad_number"]
    assert one(write, GOOD.replace("1.5", '"1,500"'))["reason"] == "bad_number"
    assert one(write, GOOD.replace("1.5", '"1,5"'))["value"] == 1.5


def test_a_byte_order_mark_crlf_and_a_last_line_without_end_do_not_matter(write):
    rows = rows_of(write(f"\ufeff{HEADER}\r\n{GOOD}\r\n{GOOD}"))
    assert [(row["grid"], row["value"], row["reason"]) for row in rows] == [("G", 1.5, None)] * 2


def test_names_may_hold_any_letters(write):
    assert one(write, GOOD.replace(",N,", ",Köln-Süd 変電所,"))["node"] == "Köln-Süd 変電所"


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv", "no suffix"])
def test_gzip_is_seen_by_content(write, name):
    (row,) = rows_of(write(gzip.compress(f"{HEADER}\n{GOOD}\n".encode()), name))
    assert row["value"] == 1.5
