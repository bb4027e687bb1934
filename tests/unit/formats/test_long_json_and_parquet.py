"""The long format as JSON lines, as Parquet and as a table in memory."""

import json
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loaders.errors import LoadError
from loaders.formats import ReadOptions
from tests.support.long_files import GOOD, HEADER, LONG, rows_of


def record(**changes):
    return dict(zip(HEADER.split(","), [*GOOD.split(",")[:-1], 1.5], strict=True)) | changes


def lines(*records):
    return "".join(json.dumps(each) + "\n" for each in records)


@pytest.mark.parametrize("name", ["a.ndjson", "a.jsonl", "a.json", "a"])
def test_ndjson_is_read(write, name):
    rows = rows_of(write(lines(record(), record(value=None), record(value="2.5", extra={"a": [1]})), name))
    assert [(row["value"], row["reason"]) for row in rows] == [(1.5, None), (None, "blank"), (2.5, None)]


def test_ndjson_keeps_row_numbers_next_to_broken_lines_and_blank_ones(write):
    text = lines(record()) + "\n" + '{"grid": "G"\n' + "[1]\n" + lines(record(node={"a": 1}), record(node=4001))
    rows = rows_of(write(text, "a.ndjson"))
    assert [row["row_number"] for row in rows] == [1, 2, 3, 4, 5]
    assert [row["reason"] for row in rows] == [None, "bad_line", "bad_line", "bad_line", None]
    assert json.loads(rows[1]["payload"]) == {"line": '{"grid": "G"'}
    assert rows[4]["node"] == "4001"


@pytest.mark.parametrize(("number", "reason"), [("NaN", "blank"), ("1e400", "not_finite"), ("true", "bad_line")])
def test_a_json_value_that_is_no_finite_number_is_not_stored(write, number, reason):
    text = lines(record()) + json.dumps(record(value="@")).replace('"@"', number) + "\n"
    assert [row["reason"] for row in rows_of(write(text, "a.ndjson"))] == [None, reason]


def test_a_json_object_without_a_value_does_not_withdraw_one(write):
    without = {name: field for name, field in record().items() if name != "value"}
    rows = rows_of(write(lines(record(), without, record()), "a.ndjson"))
    assert [row["reason"] for row in rows] == [None, "missing_field", None]


def test_a_json_key_that_stands_twice_is_no_guess(write):
    twice = lines(record()).replace('"value": 1.5', '"value": 1.5, "value": 2')
    assert [row["reason"] for row in rows_of(write(lines(record()) + twice, "a.ndjson"))] == [None, "bad_line"]


def test_a_nul_in_json_is_a_bad_name_that_the_payload_can_hold(write):
    (row,) = rows_of(write(lines(record(node="a\0b\\u0000")), "a.ndjson"))
    assert row["reason"] == "bad_name"
    assert json.loads(row["payload"])["node"] == "a\ufffdb\\u0000"


def test_half_a_surrogate_pair_is_a_bad_line(write):
    rows = rows_of(write(lines(record(), record(node="\ud800")), "a.ndjson"))
    assert [row["reason"] for row in rows] == [None, "bad_line"]


def test_an_optional_json_field_may_come_late(write):
    rows = rows_of(write(lines(record(), record(unit="kW")), "a.ndjson"))
    assert [row["unit"] for row in rows] == [None, "kW"]


def parquet(tmp_path, table, name="a.parquet"):
    path = tmp_path / name
    pq.write_table(table, path)
    return path


def frame(**changes):
    columns = {name: pa.array([text]) for name, text in zip(HEADER.split(","), GOOD.split(","), strict=True)}
    return pa.table(columns | {"value": pa.array([1.5])} | changes)


def test_parquet_of_texts_and_of_types_is_the_same(tmp_path):
    instants = {
        "interval_start": pa.array([datetime(2024, 1, 1, tzinfo=UTC)], pa.timestamp("ns", "Europe/Berlin")),
        "collected_at": pa.array([datetime(2024, 1, 1, 9, tzinfo=UTC)], pa.timestamp("ms", "UTC")),
        "node": pa.array(["N"]).dictionary_encode(),
        "region": pa.array(["R"], pa.large_string()),
        "value": pa.array([1.5], pa.float32()),
    }
    assert rows_of(parquet(tmp_path, frame(**instants))) == rows_of(parquet(tmp_path, frame()))


def test_parquet_null_and_nan_state_nothing_inf_is_not_finite_and_naive_is_naive(tmp_path):
    for number, reason in ((None, "blank"), (float("nan"), "blank"), (float("inf"), "not_finite")):
        values = pa.array([number], pa.float64(), from_pandas=False)
        assert rows_of(parquet(tmp_path, frame(value=values)))[0]["reason"] == reason
    naive = frame(interval_start=pa.array([datetime(2024, 1, 1)]))
    (row,) = rows_of(parquet(tmp_path, naive))
    assert (row["reason"], json.loads(row["payload"])["interval_start"]) == ("naive_time", "2024-01-01T00:00:00")


def test_a_parquet_column_of_the_wrong_kind_is_named(tmp_path):
    with pytest.raises(LoadError, match="column value has type list"):
        rows_of(parquet(tmp_path, frame(value=pa.array([[1.5]]))))
    with pytest.raises(LoadError, match="type int64 cannot hold times"):
        rows_of(parquet(tmp_path, frame(interval_start=pa.array([1]))))


def test_parquet_text_that_is_not_utf8_is_refused(tmp_path):
    junk = pa.Array.from_buffers(pa.string(), 1, pa.array([b"\xff"]).buffers())
    with pytest.raises(LoadError, match=r"a\.parquet: .*UTF8"):
        rows_of(parquet(tmp_path, frame(node=junk)))


def test_a_parquet_column_that_stands_twice_is_refused(tmp_path):
    twice = frame().append_column("Node", pa.array(["M"]))
    with pytest.raises(LoadError, match="node more than once"):
        rows_of(parquet(tmp_path, twice))


def test_a_table_in_memory_is_read_as_a_file_is(tmp_path):
    (table,) = LONG.read_frame(frame(), "frame")
    assert table.to_pylist() == rows_of(parquet(tmp_path, frame()))
    with pytest.raises(LoadError, match="my frame: the column node"):
        list(LONG.read_frame(frame().drop_columns("node"), "my frame"))


def test_identity_is_what_changes_the_meaning_and_not_the_name(tmp_path):
    plain = LONG.identity(tmp_path / "a.csv")
    assert plain == LONG.identity(tmp_path / "copy of a.csv.gz", ReadOptions())
    collected = ReadOptions(collected_at=datetime(2024, 1, 1, tzinfo=UTC))
    others = [
        ReadOptions(source="x"),
        ReadOptions(metric="x"),
        ReadOptions(time_zone="UTC"),
        collected,
        ReadOptions(column_map={"a": "value"}),
    ]
    assert len({plain, *(LONG.identity(tmp_path / "a.csv", options) for options in others)}) == 6
