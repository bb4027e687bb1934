"""Files as they should not be, by the path that every file takes: rows with a reason, or one clear error; nothing else.

Each case says what it must come to: an error that names the file, with the ledger as it was, or a load in which each
bad row is rejected with its reason and each good one is stored.
"""

import bz2
import gzip
import io
import json
import os
import re
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from loaders.database.migrations import migrate
from loaders.formats import format_named
from loaders.ingest import pipeline as ingest
from loaders.ingest.pipeline import IngestOptions, IngestResult, ingest_files
from loaders.settings import PROJECT_ROOT
from tests.support.warehouses import Warehouse, _database, drop_database

HEADER = "grid,region,node,metric,interval_start,collected_at,value"
NAMES = HEADER.split(",")
GOOD = ["G", "R", "N", "load", "2024-01-01T00:00Z", "2024-01-01T09:00Z", "1.5"]
PLAIN = f"{HEADER}\n{','.join(GOOD)}\n"


@pytest.fixture(scope="module")
def empty(test_server: None) -> Iterator[Warehouse]:
    """A warehouse with the raw schema, which the cases share."""
    name = f"malformed_{uuid.uuid4().hex[:8]}"
    with _database(name, None) as made:
        migrate()
        yield made
    drop_database(name)


def take(path: Path, name: str = "long") -> IngestResult:
    (outcome,) = ingest_files([path], IngestOptions(format=name, create_missing=True, max_rejects=1.0))
    return outcome


def in_raw(warehouse: Warehouse) -> list[tuple]:
    """How much there is of everything, the row ids that were handed out left aside."""
    return warehouse.query("""
        select
            (select count(*) from raw.grids), (select count(*) from raw.regions), (select count(*) from raw.nodes),
            (select count(*) from raw.series), (select count(*) from raw.loads), (select count(*) from raw.load_events),
            (select count(*) from raw.measures), (select count(*) from raw.rejected_rows),
            (select count(*) from pg_inherits where inhparent = 'raw.measures'::regclass)
    """)


def csv_of(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows, ""]).encode()


def row(**fields: str) -> str:
    """A good line but for these fields."""
    return ",".join({**dict(zip(NAMES, GOOD, strict=True)), **fields}.values())


def line(**fields: object) -> str:
    """The same as one JSON object."""
    return json.dumps({**dict(zip(NAMES, [*GOOD[:-1], 1.5], strict=True)), **fields})


def parquet(**columns: pa.Array) -> bytes:
    constant_columns = {name: pa.array([text]) for name, text in zip(NAMES, GOOD, strict=True)}
    sink = io.BytesIO()
    pq.write_table(pa.table({**constant_columns, **columns}), sink)
    return sink.getvalue()


def zipped() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("a.csv", PLAIN)
    return sink.getvalue()


WHOLE_FILES = {
    "empty": ("a.csv", b"", "is empty"),
    "empty gzip": ("a.csv.gz", gzip.compress(b""), "is empty"),
    "only a byte-order mark": ("a.csv", b"\xef\xbb\xbf", "has no rows"),
    "only blank lines": ("a.csv", b"\n\n\r\n\n", "has no rows"),
    "header only": ("a.csv", HEADER.encode(), "has no rows"),
    "header only, twenty times": ("a.csv", f"{HEADER}\n".encode() + b"\n" * 20, "has no rows"),
    "no header": ("a.csv", row().encode(), "the column"),
    "a column missing": ("a.csv", PLAIN.replace("collected_at", "known").encode(), "the column collected_at"),
    "duplicate header": ("a.csv", PLAIN.replace("region", "grid").encode(), "grid more than once"),
    "duplicate header in another case": ("a.csv", PLAIN.replace("region", " GRID").encode(), "more than once"),
    "open quote in the header": ("a.csv", PLAIN.replace("grid", '"grid').encode(), "header cannot be read"),
    "HTML instead of CSV": ("a.csv", b"<!DOCTYPE html>\n<html><body>404 Not Found</body></html>\n", "the column"),
    "random bytes": ("a.csv", bytes(range(255, 127, -1)) * 40, "is not UTF-8|is text in UTF-16"),
    "a picture": ("a.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "NUL byte|not UTF-8"),
    "an Excel workbook": ("a.csv", zipped(), "zip archive or an Excel workbook"),
    "bzip2": ("a.csv.bz2", bz2.compress(PLAIN.encode()), "bzip2"),
    "truncated gzip": ("a.csv.gz", gzip.compress(PLAIN.encode() * 99)[:-9], "truncated gzip"),
    "gzip cut in its header": ("a.csv.gz", gzip.compress(PLAIN.encode())[:6], "truncated gzip"),
    "gzip with a wrong checksum": ("a.csv.gz", gzip.compress(PLAIN.encode())[:-8] + b"12345678", "damaged gzip"),
    "gzip followed by junk": ("a.csv.gz", gzip.compress(PLAIN.encode()) + b"junk" * 9, "damaged gzip"),
    "gzip in name only": ("a.csv.gz", PLAIN.encode(), "is not gzip"),
    "gzip of nothing but zeros": ("a.csv.gz", gzip.compress(b"\0" * 50_000_000), "NUL byte|longer than"),
    "UTF-16": ("a.csv", PLAIN.encode("utf-16"), "UTF-16"),
    "UTF-16 without a mark": ("a.csv", PLAIN.encode("utf-16-be"), "NUL byte"),
    "Latin-1": ("a.csv", PLAIN.replace("N,", "Zürich,").encode("latin-1"), "line 2 is not UTF-8"),
    "half a UTF-8 sign at the end": ("a.csv", PLAIN.encode() + "G,R,é".encode()[:-1], "line 3 is not UTF-8"),
    "a NUL byte": ("a.csv", csv_of(*[row()] * 5, row(node="N\0M")), "line 7 has a NUL byte"),
    "a megabyte of NUL at the end": ("a.csv", PLAIN.encode() + b"\0" * (1 << 20), "NUL byte|longer than"),
    "carriage returns only": ("a.csv", PLAIN.replace("\n", "\r").encode(), "carriage returns"),
    "a line without end": ("a.csv", PLAIN.encode() + b"G," * (1 << 20), "longer than"),
    "a header without end": ("a.csv", b"grid," * (1 << 19), "longer than"),
    "truncated Parquet": ("a.parquet", parquet()[:-30], "damaged Parquet"),
    "Parquet of zeros": ("a.parquet", b"PAR1" + b"\0" * 200 + b"PAR1", "damaged Parquet"),
    "CSV named Parquet": ("a.parquet", PLAIN.encode(), "is not Parquet"),
    "Parquet without rows": (
        "a.parquet",
        parquet(**{name: pa.array([], pa.string()) for name in NAMES}),
        "has no rows",
    ),
    "Parquet with lists": ("a.parquet", parquet(value=pa.array([[1.0]])), "column value holds list"),
    "Parquet with booleans": ("a.parquet", parquet(value=pa.array([True])), "column value holds bool"),
    "Parquet with bytes": ("a.parquet", parquet(grid=pa.array([b"\xff"])), "column grid holds binary"),
    "Parquet with text that is not UTF-8": (
        "a.parquet",
        parquet(node=pa.array([b"\xff\xfe"]).view(pa.string())),
        "UTF-?8|cannot be read",
    ),
    "Parquet with durations": ("a.parquet", parquet(value=pa.array([1], pa.duration("s"))), "cannot be read as long"),
    "Parquet with numbers for times": ("a.parquet", parquet(interval_start=pa.array([7])), "cannot be read as long"),
    "a JSON array": ("a.json", f"[{line()}]".encode(), "JSON array"),
    "JSON over several lines": ("a.json", json.dumps(json.loads(line()), indent=2).encode(), "one JSON object"),
    "deeply nested JSON": ("a.ndjson", b'{"a":' * 100_000, "one JSON object"),
    "JSON that lacks a field": ("a.ndjson", b'{"grid": "G"}', "the column"),
}

BAD_ROWS = {
    "1e400": (row(value="1e400"), "not_finite"),
    "NaN": (row(value="NaN"), "not_finite"),
    "-inf": (row(value="-inf"), "not_finite"),
    "Infinity": (row(value="Infinity"), "not_finite"),
    "a word for a number": (row(value="n/a"), "bad_number"),
    "hexadecimal": (row(value="0x10"), "bad_number"),
    "underscores in a number": (row(value="1_000"), "bad_number"),
    "two signs": (row(value="--5"), "bad_number"),
    "digits of another script": (row(value="١٢"), "bad_number"),
    "a minus that is none": (row(value="−5"), "bad_number"),  # noqa: RUF001
    "a number of 300,000 digits": (row(value="9" * 300_000), "not_finite"),
    "a text of 300,000 letters": (row(value="x" * 300_000), "bad_number"),
    "a date in the year 9999": (row(interval_start="9999-12-31T00:00Z"), "time_out_of_range"),
    "a date in the year 10000": (row(interval_start="10000-01-01T00:00Z"), "bad_time"),
    "a date in the year 0": (row(interval_start="0000-01-01T00:00Z"), "time_out_of_range"),
    "a date before Christ": (row(interval_start="-0044-03-15T00:00Z"), "bad_time"),
    "infinity for a time": (row(collected_at="infinity"), "bad_time"),
    "the 25th hour": (row(interval_start="2024-01-01T25:00Z"), "bad_time"),
    "24:30": (row(interval_start="2024-01-01T24:30Z"), "bad_time"),
    "the 60th minute": (row(interval_start="2024-01-01T00:60Z"), "bad_time"),
    "a leap second": (row(interval_start="2016-12-31T23:59:60Z"), "bad_time"),
    "February 30th": (row(interval_start="2024-02-30T00:00Z"), "bad_time"),
    "February 29th of no leap year": (row(interval_start="2023-02-29T00:00Z"), "bad_time"),
    "an American date": (row(interval_start="01/31/2024 00:00"), "bad_time"),
    "seconds since 1970": (row(interval_start="1704067200"), "bad_time"),
    "no offset": (row(interval_start="2024-01-01T00:00"), "naive_time"),
    "an offset of 25 hours": (row(interval_start="2024-01-01T00:00-25:00"), "bad_time"),
    "a time that begins no hour": (row(interval_start="2024-01-01T00:00:00.000001Z"), "not_aligned"),
    "no knowledge time": (row(collected_at=""), "missing_field"),
    "no grid": (row(grid=""), "missing_field"),
    "a node of spaces": (row(node="   "), "missing_field"),
    "a metric that is not registered": (row(metric="happiness"), "unknown_metric"),
    "a control sign in a name": (row(node="a\x01b"), "bad_name"),
    "a name of 201 letters": (row(node="n" * 201), "bad_name"),
    "a field too few": (row().rsplit(",", 1)[0], "wrong_column_count"),
    "a field too many": (row() + ",", "wrong_column_count"),
    "a decimal comma among commas": (row(value="1,5"), "wrong_column_count"),
    "one comma": (",", "wrong_column_count"),
    "an open quote": (row(node='"N'), "bad_line"),
    "two megabytes of commas": ("," * 500_000, "wrong_column_count"),
}

BAD_OBJECTS = {
    "a NUL in a name": (line(node="a\0b"), "bad_name"),
    "a NUL in a number": (line(value="1\0"), "bad_number"),
    "a NUL in a time": (line(interval_start="2024\0"), "bad_time"),
    "half a surrogate pair": ('{"node": "\\ud800", ' + line()[1:].replace('"node": "N", ', ""), "bad_line"),
    "half a surrogate pair for a key": ('{"\\udfff": 1, ' + line()[1:], "bad_line"),
    "an escaped NUL in a broken line": ('{"node": "\\u0000"', "bad_line"),
    "a list": ("[1, 2]", "bad_line"),
    "a number": ("17", "bad_line"),
    "a list for a value": (line(value=[1]), "bad_line"),
    "an object for a node": (line(node={"a": 1}), "bad_line"),
    "a truth for a value": (line(value=True), "bad_line"),
    "a key twice": ('{"node": "M", ' + line()[1:], "bad_line"),
    "NaN without quotes": (line(value=float("nan")), "not_finite"),
    "Infinity without quotes": (line(value=float("inf")), "not_finite"),
    "1e999": (line(value=0).replace('"value": 0', '"value": 1e999'), "not_finite"),
    "no value": ('{"grid": "G"}', "missing_field"),
    "no grid": (line(grid=None), "missing_field"),
    "a resolution that divides no day": (line(resolution="PT7H"), "bad_resolution"),
    "a unit that is none": (line(unit="bananas"), "unknown_unit"),
}

STRANGE_BUT_GOOD = {
    "SQL in a name": "Robert'); drop table raw.loads; --",
    "a placeholder in a name": "100 %s {0} $1 :name",
    "the end of COPY data in a name": "\\.",
    "a null of COPY in a name": "\\N",
    "quotes in a name": '"""a""b"""',
    "signs beyond the basic plane in a name": "🗼 東京 \u202ertl",
    "a name of 200 letters": "ü" * 200,
}


@pytest.mark.parametrize("case", WHOLE_FILES)
def test_a_file_that_cannot_be_used_is_one_error_and_changes_nothing(
    empty: Warehouse, tmp_path: Path, case: str
) -> None:
    name, data, message = WHOLE_FILES[case]
    path = tmp_path / name
    path.write_bytes(data)
    before = in_raw(empty)
    refused(take(path), path, message)
    assert in_raw(empty) == before


def refused(outcome: IngestResult, path: Path, message: str) -> None:
    """One clear sentence or two that name the file."""
    assert outcome.result is None, outcome
    assert outcome.error.startswith(f"{path}")
    assert re.search(message, outcome.error), outcome.error
    assert "\n" not in outcome.error
    assert len(outcome.error) < len(str(path)) + 800
    assert outcome.error.endswith(".")


@pytest.mark.parametrize("case", BAD_ROWS)
def test_a_bad_row_is_rejected_with_its_reason_and_the_good_ones_are_stored(
    empty: Warehouse, tmp_path: Path, case: str
) -> None:
    bad, reason = BAD_ROWS[case]
    grid = f"grid-{uuid.uuid4()}"
    path = tmp_path / "a.csv"
    path.write_bytes(csv_of(row(grid=grid), bad, row(grid=grid, node="M")))
    rejected(empty, take(path), reason, grid)


@pytest.mark.parametrize("case", BAD_OBJECTS)
def test_a_bad_object_is_rejected_with_its_reason_and_the_good_ones_are_stored(
    empty: Warehouse, tmp_path: Path, case: str
) -> None:
    bad, reason = BAD_OBJECTS[case]
    grid = f"grid-{uuid.uuid4()}"
    path = tmp_path / "a.ndjson"
    path.write_text("\n".join([line(grid=grid), bad, line(grid=grid, node="M")]))
    rejected(empty, take(path), reason, grid)


def rejected(warehouse: Warehouse, outcome: IngestResult, reason: str, grid: str) -> None:
    """The second of three rows was, for that reason; the two others are stored."""
    assert outcome.error is None
    result = outcome.result
    assert (result.rows_read, result.rows_inserted, result.rows_rejected) == (3, 2, 1)
    assert result.status == "accepted"
    found = warehouse.query(
        "select row_number, reason, jsonb_typeof(payload), length(payload::text) from raw.rejected_rows"
        " where load_id = %s",
        result.load_id,
    )
    assert [each[:3] for each in found] == [(2, reason, "object")]
    assert found[0][3] < 25_000
    nodes = warehouse.query(
        "select node_name, value from raw.measures join raw.series using (series_id) join raw.nodes using (node_id)"
        " join raw.regions using (region_id) join raw.grids using (grid_id) where grid_name = %s order by 1",
        grid,
    )
    assert nodes == [("M", 1.5), ("N", 1.5)]


@pytest.mark.parametrize("case", STRANGE_BUT_GOOD)
def test_a_strange_name_is_stored_letter_by_letter(empty: Warehouse, tmp_path: Path, case: str) -> None:
    name, grid = STRANGE_BUT_GOOD[case], f"grid-{uuid.uuid4()}"
    quoted = name if name.startswith('"') else f'"{name}"'
    path = tmp_path / "a.csv"
    path.write_bytes(csv_of(row(grid=grid, region=quoted, node=quoted)))
    assert take(path).result.rows_inserted == 1
    found = empty.query(
        "select region_name, node_name from raw.nodes join raw.regions using (region_id) join raw.grids using (grid_id)"
        " where grid_name = %s",
        grid,
    )
    meant = '"a"b"' if name.startswith('"') else name
    assert found == [(meant, meant)]


def test_a_file_of_nothing_but_bad_rows_is_stored_as_such_or_refused(empty: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(csv_of(*(row(value=f"bad {number}") for number in range(50))))
    before = in_raw(empty)
    (outcome,) = ingest_files([path], IngestOptions(format="long", create_missing=True))
    refused(outcome, path, r"50 of 50 rows would be rejected, more than --max-rejects allows.*bad_number \(50\)")
    assert in_raw(empty) == before
    result = take(path).result
    assert (result.rows_read, result.rows_inserted, result.rows_rejected) == (50, 0, 50)
    assert result.status == "accepted"


def test_a_single_line_of_200_megabytes_is_refused_without_reading_it_all_into_memory(
    empty: Warehouse, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as stream:
        for _ in range(200):
            stream.write(b"x" * (1 << 20))
    # In a process of its own, whose peak can be seen.
    script = (
        "import pathlib, re, sys\nfrom loaders.cli import main\n"
        "try:\n    main()\nfinally:\n"
        # Not ru_maxrss, which begins with the peak of the process that made this one.
        "    peak = re.search(r'VmHWM:\\s+(\\d+)', pathlib.Path('/proc/self/status').read_text())\n"
        "    print('peak', int(peak[1]) // 1024, file=sys.stderr)\n"
    )
    answer = run("-c", script, "ingest", str(path))
    assert answer.returncode == 1
    assert f"error: {path}: line 1 is longer than" in answer.stderr
    assert int(answer.stderr.rsplit("peak", 1)[1]) < 250


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, *arguments], cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("case", ["empty", "truncated gzip", "a NUL byte", "truncated Parquet", "a line without end"])
def test_the_command_says_it_in_one_line_and_exits_1(empty: Warehouse, tmp_path: Path, case: str) -> None:
    name, data, _ = WHOLE_FILES[case]
    path = tmp_path / name
    path.write_bytes(data)
    before = in_raw(empty)
    answer = run("-m", "loaders", "ingest", str(path), "--create-missing")
    assert answer.returncode == 1
    assert "Traceback" not in answer.stdout + answer.stderr
    said = [each for each in answer.stderr.splitlines() if each.strip()]
    assert len(said) == 1, said
    assert said[0].startswith(f"error: {path}: ")
    assert "failed" in answer.stdout
    assert in_raw(empty) == before


@pytest.mark.parametrize(
    "name",
    ["sp ace.csv", "new\nline.csv", "'; drop table raw.loads; --.csv", "%s {0} [x].csv", "ünïcode 東京.csv", "-f.csv",
     b"not \xff utf-8.csv", "n" * 200 + ".csv"],
)  # fmt: skip
def test_a_file_may_have_any_name(empty: Warehouse, tmp_path: Path, name: str | bytes) -> None:
    path = tmp_path / os.fsdecode(name)
    path.write_bytes(csv_of(row(grid=f"grid-{uuid.uuid4()}")))
    outcome = take(path)
    assert outcome.error is None
    assert outcome.result.rows_inserted == 1


def test_what_is_no_file_is_one_error(empty: Warehouse, tmp_path: Path) -> None:
    loop = tmp_path / "loop.csv"
    loop.symlink_to(loop)
    before = in_raw(empty)
    for path, message in [
        (tmp_path / "missing.csv", "no such file"),
        (tmp_path, "folder"),
        (loop, "symbolic link|cannot be"),
        (tmp_path / ("n" * 300), "name too long|cannot be"),
        (tmp_path / "a.csv" / "b.csv", "no such file|cannot be|[Nn]ot a directory"),
        (Path("/dev/null"), "not a regular file|is empty"),
    ]:
        refused(take(path), path, f"(?i){message}")
    assert in_raw(empty) == before


GOOD_FILES = {
    "a.csv": csv_of(*(row(interval_start=f"2024-01-0{day}T00:00Z", value=str(day)) for day in range(1, 8))),
    "b.csv": csv_of(row(), row(node="M", value="")).replace(b",", b";"),
    "c.ndjson": "\n".join([line(), line(node="M"), line(value=None)]).encode(),
    "d.csv.gz": gzip.compress(PLAIN.encode(), mtime=0),
    "e.parquet": parquet(),
}
SPLICES = st.sampled_from(
    [b'"', b"\n", b"\r", b",", b";", b"\0", b"\xff", b"{", b"}", b"\\u0000", b"\\ud800", b"e999", b"-", b"9" * 400,
     b"\\", b"'", b"%s", b"NaN", b"\xc3", b"\xf0\x9f\x97\xbc", b"2024", b"24:00"]
)  # fmt: skip


@st.composite
def mutations(draw: st.DrawFn) -> tuple[str, bytes]:
    """A good file in which some bytes were replaced, cut out or put in."""
    name = draw(st.sampled_from(sorted(GOOD_FILES)))
    data = bytearray(GOOD_FILES[name])
    for _ in range(draw(st.integers(1, 8))):
        place = draw(st.integers(0, len(data)))
        cut = draw(st.integers(0, 6))
        data[place : place + cut] = draw(SPLICES | st.binary(max_size=4))
    return name, bytes(data)


@given(mutations())
@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
def test_a_mutated_file_is_accounted_for_or_refused(
    empty: Warehouse, tmp_path: Path, mutation: tuple[str, bytes]
) -> None:
    path = tmp_path / mutation[0]
    path.write_bytes(mutation[1])
    before = in_raw(empty)
    outcome = take(path)
    if outcome.error is not None:
        refused(outcome, path, "")
        assert in_raw(empty) == before
        return
    result = outcome.result
    assert result.rows_read == result.rows_inserted + result.rows_duplicate + result.rows_rejected
    found = empty.query(
        "select (select count(*) from raw.measures where load_id = %s), (select count(*) from raw.rejected_rows where"
        " load_id = %s and jsonb_typeof(payload) = 'object')",
        result.load_id,
        result.load_id,
    )
    assert found == [(result.rows_inserted, result.rows_rejected)]


def test_a_fault_of_our_own_is_one_error_too(empty: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object) -> None:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr(ingest, "format_named", lambda name: replace(format_named(name), read_file=stumble))
    path = tmp_path / "a.csv"
    path.write_bytes(csv_of(row(grid=f"grid-{uuid.uuid4()}")))
    refused(take(path), path, r"unexpected ZeroDivisionError \(division by zero\); nothing was stored\. Use --verbose")
