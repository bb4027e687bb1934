"""Whole files: what cannot be read is one clear LoadError; a bad line is one rejected row, the others keep theirs."""

import gzip
import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loaders.canonical.batch import SCHEMA
from loaders.errors import LoadError
from loaders.formats import format_named, formats
from loaders.formats.readers import byte_stream as content
from loaders.formats.readers import byte_stream as lines

HEADER = "grid,region,node,metric,interval_start,collected_at,value"
GOOD = "G,R,N,load,2024-01-01T00:00Z,2024-01-01T09:00Z,1.5"
LONG = format_named("long")
PLAIN = f"{HEADER}\n{GOOD}\n{GOOD}\n"


def rows_of(path, source=LONG):
    tables = list(source.read(path))
    tables = [table.select(SCHEMA.names) for table in tables]
    assert all(table.schema == SCHEMA for table in tables)
    return sorted((row for table in tables for row in table.to_pylist()), key=lambda row: row["row_number"])


TRUNCATED = gzip.compress(os.urandom(1000) + PLAIN.encode(), mtime=0)[:-20]
DAMAGED = gzip.compress(PLAIN.encode(), mtime=0)[:-8] + b"12345678"
PARQUET = pa.BufferOutputStream()
pq.write_table(pa.table({name: [text] for name, text in zip(HEADER.split(","), GOOD.split(","), strict=True)}), PARQUET)
PARQUET = PARQUET.getvalue().to_pybytes()


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv.gz", b"", "is empty"),
        ("a.csv.gz", gzip.compress(b"", mtime=0), "is empty"),
        ("a.csv", b"\xef\xbb\xbf", "has no rows"),
        ("a.csv", b"\n\n", "has no rows"),
        ("a.csv", HEADER, "has no rows"),
        ("a.csv", HEADER + "\n\n\r\n", "has no rows"),
        ("a.csv", GOOD, "the columns grid"),
        ("a.csv", "\x01\x02\x03 binary", "its first line has one column"),
        ("a.csv", HEADER.replace("value", "node") + "\n", "node more than once"),
        ("a.csv", "grid,\x0bnode,,x\n", r"the file has grid, node, \(no name\), x\."),
        ("a.parquet", PARQUET.replace(b"metric", b"met\nic"), r"the column metric is missing; the file has .*met\?ic"),
        ("a.csv", f'{HEADER},"open\n{GOOD}\n', "header cannot be read"),
        ("a.csv", PLAIN.replace("\n", "\r"), "carriage returns"),
        ("a.csv", PLAIN.encode("utf-16")[:-1], "not text in UTF-16"),
        ("a.csv", PLAIN.encode("utf-16-le"), "line 1 has a NUL byte"),
        ("a.csv", PLAIN + GOOD.replace("N", "\0"), "line 4 has a NUL byte"),
        ("a.csv", PLAIN.encode() + GOOD.replace("N", "Köln").encode("latin-1"), r"line 4 is not UTF-8 \(byte 0xf6\)"),
        ("a.csv.gz", PLAIN, "is not gzip"),
        ("a.csv.gz", TRUNCATED, "truncated gzip"),
        ("a.csv.gz", DAMAGED, "damaged gzip"),
        ("a.csv.gz", gzip.compress(PLAIN.encode(), mtime=0) + b"garbage", "damaged gzip"),
        ("a.xlsx", b"PK\x03\x04rest", "zip archive or an Excel"),
        ("a.csv.bz2", b"BZh9rest", "bzip2"),
        ("a.csv.zst", zstandard.compress(PLAIN.encode())[:-3], "truncated zstd"),
        ("a.csv.zst", b"\x28\xb5\x2f\xfd\xffrest", "damaged zstd|truncated zstd"),
        ("a.parquet", PLAIN, "is not Parquet"),
        ("a.parquet", PARQUET[:-40], "damaged Parquet"),
        ("a.parquet", b"PAR1" + b"\0" * 100 + b"PAR1", "damaged Parquet"),
        ("a.parquet.gz", gzip.compress(PARQUET, mtime=0), "Parquet inside gzip"),
        ("a.json", "[" + json.dumps({"grid": "G"}) + "]", "JSON array"),
        ("a.json", '{\n  "grid": "G"\n}', "first line is not a flat JSON object"),
        ("a.ndjson", "[[[[" * 10, "JSON array"),
        ("a.ndjson", '{"a":' * 100_000, "first line is not a flat JSON object"),
        ("a.ndjson", '{"grid": "G"}', "the columns region"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(write, name, data, message):
    path = write(data, name)
    with pytest.raises(LoadError, match=message) as caught:
        rows_of(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_say_so(tmp_path):
    for source in formats():
        with pytest.raises(LoadError, match="does not exist"):
            list(
                source.read(tmp_path / "release_2019_Oct" / ("EPE.csv" if source.name == "eia930" else "20240101.csv"))
            )
    with pytest.raises(LoadError, match="is a folder"):
        rows_of(tmp_path)


def test_a_file_that_may_not_be_read_says_so(write, monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(content, "open", refuse, raising=False)
    with pytest.raises(LoadError, match="this user may not read it"):
        rows_of(write(PLAIN))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(LoadError, match="not a regular file"):
        rows_of(tmp_path / "pipe.csv")


def reasons(rows):
    return [(row["row_number"], row["reason"]) for row in rows]


def test_ragged_rows_are_rejected_and_the_others_keep_their_numbers(write):
    short, long = GOOD.rsplit(",", 1)[0], GOOD + ",7"
    rows = rows_of(write("\n".join([HEADER, short, GOOD, "", long, GOOD, "x", GOOD])))
    ragged = "wrong_column_count"
    assert reasons(rows) == [(1, ragged), (2, None), (3, ragged), (4, None), (5, ragged), (6, None)]
    assert json.loads(rows[2]["payload"]) == {"line": long}


def test_a_stray_quote_breaks_its_own_row_only(write):
    stray = GOOD.replace(",N,", ',"N,')
    rows = rows_of(write("\n".join([HEADER, GOOD, stray, GOOD, GOOD, stray, GOOD])))
    assert reasons(rows) == [(1, None), (2, "bad_line"), (3, None), (4, None), (5, "bad_line"), (6, None)]
    assert json.loads(rows[1]["payload"]) == {"line": stray}


def test_a_quoted_line_break_cannot_smuggle_a_row(write):
    rows = rows_of(write(f'{HEADER}\n{GOOD.replace(",N,", chr(44) + chr(34) + "N")}\n{GOOD},"\n{GOOD}\n'))
    assert [reason for _, reason in reasons(rows)] == ["bad_line", "bad_line", None]


def test_quotes_where_they_belong_are_no_part_of_the_name(write):
    (row,) = rows_of(write(f"{HEADER}\n" + GOOD.replace(",N,", ',"N, ""north""",')))
    assert (row["node"], row["reason"]) == ('N, "north"', None)


def test_a_carriage_return_inside_a_line_breaks_that_row_only(write):
    rows = rows_of(write(f"{HEADER}\r\n{GOOD}\r\n{GOOD}\r{GOOD}\r\n{GOOD}\r\n"))
    assert reasons(rows) == [(1, None), (2, "bad_line"), (3, None)]


def test_row_numbers_run_on_across_blocks(write, monkeypatch):
    monkeypatch.setattr(content, "CHUNK", 500)
    text = [HEADER]
    for number in range(1, 301):
        text.append(GOOD.replace("1.5", str(number)) if number % 7 else "ragged")
        text += [""] * (number % 11 == 0)
    tables = list(LONG.read(write("\n".join(text))))
    assert len(tables) > 30
    rows = sorted((row for table in tables for row in table.to_pylist()), key=lambda row: row["row_number"])
    assert [row["row_number"] for row in rows] == list(range(1, 301))
    assert all(row["value"] == (row["row_number"] if row["row_number"] % 7 else None) for row in rows)


def test_one_endless_line_is_refused_before_it_fills_the_memory(write, monkeypatch):
    read = 0
    original = content._read

    def counted(path, stream):
        nonlocal read
        chunk = original(path, stream)
        read += len(chunk)
        return chunk

    monkeypatch.setattr(content, "_read", counted)
    endless = PLAIN.encode() + b"x" * (64 << 20)
    path = write(endless)
    with pytest.raises(LoadError, match=r"line 4 is longer than 1,048,576 bytes"):
        rows_of(path)
    assert read <= 4 * content.CHUNK


def test_a_line_too_long_is_refused_wherever_it_stands(write):
    long = GOOD.replace(",N,", "," + "N" * lines.LONGEST_LINE + ",")
    with pytest.raises(LoadError, match="line 3 is longer"):
        rows_of(write("\n".join([HEADER, GOOD, long, GOOD])))
    nearly = GOOD.replace(",N,", "," + "N" * (lines.LONGEST_LINE - 100) + ",")
    rows = rows_of(write("\n".join([HEADER, nearly, GOOD])))
    assert reasons(rows) == [(1, "bad_name"), (2, None)]
    assert len(rows[0]["payload"]) < 20_000


LINES = [
    GOOD,
    GOOD + ",",
    GOOD.replace(",N,", ',"N",'),
    GOOD.replace(",N,", ',"N"x,'),
    GOOD.replace(",N,", ',N"x,'),
    GOOD.replace(",N,", ',"N,'),
    GOOD.replace(",N,", ',"N""x",'),
    GOOD + '"',
    '"' + GOOD,
    GOOD.replace("1.5", "1,5"),
    GOOD.replace("1.5", ""),
]
NDJSON = "".join(json.dumps(dict(zip(HEADER.split(","), GOOD.split(","), strict=True))) + "\n" for _ in range(3))
ISONE_FIELDS = {"BeginDate": "2024-01-01T00:00:00.000-05:00", "CreationDate": "2024-01-01T00:00:00.000-05:00"}
ISONE = {
    "ReliabilityRegionLoadForecasts": {
        "ReliabilityRegionLoadForecast": [{**ISONE_FIELDS, "ReliabilityRegion": "Z", "LoadMw": 1}]
    }
}
EIA = "date_time,demand (MW)\n2020-01-01 00:00:00,1\n2020-01-01 01:00:00,MISSING\n"
STARTS = {
    "long": [
        PLAIN.encode(),
        (PLAIN * 2).replace(",", ";").encode(),
        NDJSON.encode(),
        gzip.compress(PLAIN.encode(), mtime=0),
    ],
    "eia930": [EIA.encode(), gzip.compress(EIA.encode(), mtime=0)],
    "isone-load-forecast": [json.dumps(ISONE).encode()],
}
SPLICES = st.sampled_from(
    [b'"', b"\n", b"\r", b",", b";", b"\0", b"\xff", b"{", b"}", b"\\ud800", b"e999", b"-", b"9" * 400, b"\xc3"]
)


@st.composite
def mutations(draw):
    """A good file of some format in which some bytes were replaced, cut out or put in."""
    name = draw(st.sampled_from(sorted(STARTS)))
    data = bytearray(draw(st.sampled_from(STARTS[name])))
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(data)))
        cut = draw(st.integers(0, 5))
        data[place : place + cut] = draw(SPLICES | st.binary(max_size=4))
    return name, bytes(data)


def read_or_refuse(folder, name, data):
    """Every row is good or has a reason and a payload; else one LoadError in one line."""
    path = folder / "release_2019_Oct" / "EPE.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    try:
        rows = rows_of(path, format_named(name))
    except LoadError as error:
        refusal = str(error)
    else:
        refusal, _ = None, check_rows(rows)
    assert refusal is None or (refusal.startswith(f"{path}: ") and "\n" not in refusal)


def check_rows(rows):
    assert [row["row_number"] for row in rows] == list(range(1, len(rows) + 1))
    for row in rows:
        if row["reason"] == "blank":
            assert (row["value"], row["payload"]) == (None, None)
        elif row["reason"] is None:
            assert row["payload"] is None
            needed = ("grid", "region", "node", "metric", "interval_start", "collected_at")
            assert all(row[field] is not None for field in needed)
        else:
            assert isinstance(json.loads(row["payload"]), dict)
            assert "\\u0000" not in row["payload"]


@settings(max_examples=400, deadline=None)
@given(mutations())
def test_a_mutated_file_gives_rows_or_one_load_error(tmp_path_factory, mutation):
    read_or_refuse(tmp_path_factory.getbasetemp(), *mutation)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(STARTS)), st.binary(max_size=200))
@example("long", b"{}")
@example("isone-load-forecast", b'{"ReliabilityRegionLoadForecasts": {"ReliabilityRegionLoadForecast": [null, 1, {}]}}')
def test_random_bytes_give_rows_or_one_load_error(tmp_path_factory, name, data):
    read_or_refuse(tmp_path_factory.getbasetemp(), name, data)


def outcome(path, chunk, patch):
    patch.setattr(content, "CHUNK", chunk)
    try:
        return rows_of(path)
    except LoadError as error:
        return str(error)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from([*LINES, ""]) | st.text('N,"; \r', max_size=9), min_size=1, max_size=12),
    st.integers(1, 90),
)
def test_rows_do_not_depend_on_where_a_block_ends(tmp_path_factory, texts, chunk):
    path = tmp_path_factory.getbasetemp() / "blocks.csv"
    path.write_bytes("\n".join([HEADER, *texts]).encode())
    with pytest.MonkeyPatch.context() as patch:
        assert outcome(path, chunk, patch) == outcome(path, 1 << 20, patch)
