"""Answers as text and as Arrow: each form has the same values."""

import csv
import io
import json
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet
import pytest

from loaders.service.answers.encoding import ENCODERS

NASTY = ['a"b', "c\\d", "e\nf", "<script>", "ü☃", "x,y", "", None]
TABLE = pa.table(
    {
        "id": pa.array(range(8), pa.int32()),
        "name": pa.array(NASTY).dictionary_encode(),
        "text": pa.array(NASTY),
        "value": pa.array([1.5, -0.0, 1e300, 5e-324, 0.1, None, float("nan"), float("inf")]),
        "flag": pa.array([True, False, None, True, False, None, True, False]),
        "at": pa.array([datetime(2026, 1, 10, hour, tzinfo=UTC) for hour in range(8)], pa.timestamp("us", "UTC")),
    }
)


def encoded(form: str, *tables: pa.Table) -> bytes:
    return b"".join(ENCODERS[form](tables))


def test_json_has_every_value_and_null_for_what_json_cannot_have() -> None:
    rows = json.loads(encoded("json", TABLE))
    assert [row["name"] for row in rows] == [row["text"] for row in rows] == NASTY
    assert [row["value"] for row in rows] == [1.5, 0, 1e300, 5e-324, 0.1, None, None, None]
    assert [row["flag"] for row in rows] == [True, False, None, True, False, None, True, False]
    assert rows[3]["at"] == "2026-01-10T03:00:00Z"


def test_a_fraction_of_a_second_is_kept() -> None:
    at = datetime(2026, 1, 10, 0, 0, 0, 250_000, tzinfo=UTC)
    rows = json.loads(encoded("json", pa.table({"at": pa.array([at, None], pa.timestamp("us", "UTC"))})))
    assert [row["at"] for row in rows] == ["2026-01-10T00:00:00.250000Z", None]


def test_plain_texts_and_times_of_any_zone_are_encoded_as_they_are() -> None:
    times = pa.array([datetime(2026, 7, 10, 12, tzinfo=UTC), None], pa.timestamp("us", "Europe/Berlin"))
    table = pa.table({"id": ["1-5", None], "at": times, "count": pa.array([7, None])})
    expected = [{"id": "1-5", "at": "2026-07-10T12:00:00Z", "count": 7}, {"id": None, "at": None, "count": None}]
    assert json.loads(encoded("json", table)) == expected
    assert encoded("csv", table).decode().splitlines()[1] == '"1-5","2026-07-10T12:00:00Z",7'
    assert json.loads(encoded("json", pa.concat_tables([table, table]))) == expected * 2


@pytest.mark.parametrize("sizes", [[0], [8], [0, 3, 0, 5], [1] * 8, []])
def test_an_answer_in_parts_is_the_same_text(sizes: list[int]) -> None:
    starts = [sum(sizes[:number]) for number in range(len(sizes))]
    parts = [TABLE.slice(start, size) for start, size in zip(starts, sizes, strict=True)]
    count = sum(sizes)
    assert json.loads(encoded("json", *parts)) == json.loads(encoded("json", TABLE))[:count]
    lines = encoded("ndjson", *parts).decode().splitlines()
    assert len(lines) == count == len([json.loads(line) for line in lines])
    if parts:
        arrow = pa.ipc.open_stream(encoded("arrow", *parts)).read_all()
        assert arrow["text"].to_pylist() == arrow["name"].cast(pa.string()).to_pylist() == NASTY[:count]
        parquet = pyarrow.parquet.read_table(io.BytesIO(encoded("parquet", *parts)))
        assert parquet["id"].to_pylist() == list(range(count))


def test_csv_has_one_header_and_times_in_utc() -> None:
    parts = encoded("csv", TABLE.slice(0, 3), TABLE.slice(3)).decode()
    rows = list(csv.DictReader(io.StringIO(parts)))
    assert [row["text"] for row in rows] == [text or "" for text in NASTY]
    assert rows[5]["value"] == rows[6]["value"] == ""
    assert rows[0]["at"] == "2026-01-10T00:00:00Z"


@pytest.mark.parametrize("repeated", [1, 200], ids=["few rows", "many rows"])
def test_what_all_rows_have_in_common_is_in_each_of_them(repeated: int) -> None:
    table = pa.table(
        {
            "node": pa.array([7] * 8, pa.int32()),
            "name": pa.array(['a"b'] * 8).dictionary_encode(),
            "flag": pa.nulls(8, pa.string()),
            "count": pa.array([7, None] * 4),
        }
    )
    plain = table.append_column("id", TABLE["id"])
    many = pa.concat_tables([plain] * repeated)
    expected = [{**row, "id": number} for number, row in enumerate(table.to_pylist())]
    assert json.loads(encoded("json", many)) == expected * repeated
    assert json.loads(encoded("json", table)) == table.to_pylist()
    assert (
        json.loads(encoded("json", pa.concat_tables([TABLE] * repeated)))
        == json.loads(encoded("json", TABLE)) * repeated
    )
