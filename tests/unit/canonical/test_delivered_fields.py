"""Rejected rows keep every field of the delivery, in each format and type."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loaders.canonical.delivered_fields import EXTRA, delivered_fields
from loaders.cli.rejects_file import write_rejects
from loaders.formats import ReadOptions, format_named

HEADER = "grid,region,node,metric,interval_start,collected_at,value"
BAD = "G,R,N,load,2024-11-03T01:30,2024-11-02T09:00Z,much"
OPTIONS = ReadOptions(time_zone="America/New_York")


def rejected(path: Path, name: str = "long", options: ReadOptions = OPTIONS) -> list[dict]:
    rows = [row for batch in format_named(name).read(path, options) for row in batch.to_pylist()]
    return [{**row, "payload": json.loads(row["payload"])} for row in rows if row["reason"]]


def test_a_delimited_file_keeps_hints_and_columns_without_a_role(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{HEADER},dst,utc_offset,Meter no.,,note\n{BAD},n,-05:00,=7,x,\n")
    [row] = rejected(tmp_path / "a.csv")
    others = {name: row["payload"][name] for name in ("dst", "utc_offset", "Meter no.", "column 11", "note")}
    assert others == {"dst": "n", "utc_offset": "-05:00", "Meter no.": "=7", "column 11": "x", "note": ""}


def test_the_export_of_all_columns_can_be_fixed_and_loaded(tmp_path: Path) -> None:
    """A repeated hour is ambiguous without its hint; row number and reason are not read as columns twice."""
    (tmp_path / "a.csv").write_text(f"{HEADER},utc_offset,Reason,note\n{BAD},-05:00,why,mine\n")
    write_rejects(tmp_path / "rejects.csv", rejected(tmp_path / "a.csv"), replace=False)
    header, line = (tmp_path / "rejects.csv").read_text().splitlines()
    assert header.split(",")[-5:] == ["utc_offset", "delivered Reason", "note", "row_number", "reason"]
    (tmp_path / "fixed.csv").write_text(f"{header}\n{line.replace('much', '5')}\n")
    [fixed] = [row for batch in format_named("long").read(tmp_path / "fixed.csv", OPTIONS) for row in batch.to_pylist()]
    assert (fixed["reason"], fixed["value"]) == (None, 5.0)
    assert fixed["interval_start"] == datetime(2024, 11, 3, 6, 30, tzinfo=UTC)


def test_ndjson_keeps_fields_of_any_type_and_of_later_lines(tmp_path: Path) -> None:
    record = dict(zip(HEADER.split(","), BAD.split(","), strict=True))
    extras = [{}, {"a": 1, "b": [1, {"c": None}]}, {"Grid": "other", "d": "\ud800"}]
    (tmp_path / "a.ndjson").write_text("".join(json.dumps(record | extra) + "\n" for extra in extras))
    rows = rejected(tmp_path / "a.ndjson")
    assert [
        {name: text for name, text in row["payload"].items() if name not in (*record, "source")} for row in rows
    ] == [{}, {"a": "1", "b": '["1", {"c": null}]'}, {"delivered Grid": "other", "d": "?"}]


def test_parquet_columns_of_every_type_are_kept_and_never_refuse_the_file(tmp_path: Path) -> None:
    columns = {name: [text] for name, text in zip(HEADER.split(","), BAD.split(","), strict=True)}
    others = {
        "list": pa.array([[1, 2]]),
        "struct": pa.array([{"a": 1}]),
        "bytes": pa.array([b"\xff\0"]),
        "flag": pa.array([True]),
        "time": pa.array([datetime(2024, 1, 1, tzinfo=UTC)], pa.timestamp("us", "UTC")),
        "category": pa.array(["x"]).dictionary_encode(),
        "nothing": pa.nulls(1),
    }
    pq.write_table(pa.table({**columns, **others}), tmp_path / "a.parquet")
    [row] = rejected(tmp_path / "a.parquet")
    assert {name: row["payload"][name] for name in others} == {
        "list": "[1, 2]",
        "struct": '{"a": 1}',
        "bytes": "\ufffd\ufffd",
        "flag": True,
        "time": "2024-01-01 00:00:00+00:00",
        "category": "x",
        "nothing": None,
    }


def test_a_described_file_keeps_the_columns_that_it_does_not_use(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Date/Time,Load,Comment\n2024-01-01 00:00,much,first\n2024-01-01 01:00,7,second\n")
    (tmp_path / "mine.yml").write_text(
        "name: mine\nsummary: Mine.\nsource: mine\ngrid: G\nregion: R\nnode: N\nresolution: PT1H\n"
        "time: {start: Date/Time, time_zone: UTC}\nvalues: [{column: Load, metric: load, unit: MW}]\n"
    )
    options = ReadOptions(collected_at=datetime(2024, 1, 2, tzinfo=UTC))
    [row] = rejected(tmp_path / "a.csv", str(tmp_path / "mine.yml"), options)
    assert (row["payload"]["value"], row["payload"]["Comment"]) == ("much", "first")


@pytest.mark.parametrize("depth", [10, 100_000])
def test_a_deeply_nested_field_stops_nothing(tmp_path: Path, depth: int) -> None:
    record = json.dumps(dict(zip(HEADER.split(","), BAD.split(","), strict=True)))
    (tmp_path / "a.ndjson").write_text(f'{record}\n{record[:-1]}, "x": {"[" * depth}{"]" * depth}}}\n')
    first, second = rejected(tmp_path / "a.ndjson")
    assert (first["payload"]["value"], first["payload"].get("x")) == ("much", None)
    assert len(json.dumps(second["payload"])) < 30_000


def test_names_stay_apart_in_any_case_and_are_short() -> None:
    fields = delivered_fields(
        {"utc_offset": "+1", f"{EXTRA}UTC_OFFSET": "b", f"{EXTRA}Value": "c", EXTRA + "x" * 999: 1}
    )
    assert list(fields) == ["utc_offset", "delivered UTC_OFFSET", "delivered Value", "x" * 200]
