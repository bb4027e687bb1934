"""Files and rows as they should not be, each with the message or the reason that it must come to."""

import bz2
import gzip
import io
import json
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

HEADER = "grid,region,node,metric,interval_start,collected_at,value"
NAMES = HEADER.split(",")
GOOD = ["G", "R", "N", "load", "2024-01-01T00:00Z", "2024-01-01T09:00Z", "1.5"]
PLAIN = f"{HEADER}\n{','.join(GOOD)}\n"


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
    "HTML instead of CSV": ("a.csv", b"<!DOCTYPE html>\n<html><body>404 Not Found</body></html>\n", "is an HTML page"),
    "random bytes": ("a.csv", bytes(range(255, 127, -1)) * 40, "is not UTF-8|is not text in UTF-16"),
    "a picture": ("a.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "is a picture"),
    "an Excel workbook": ("a.csv", zipped(), "zip archive or an Excel workbook"),
    "bzip2": ("a.csv.bz2", bz2.compress(PLAIN.encode()), "bzip2"),
    "truncated gzip": ("a.csv.gz", gzip.compress(PLAIN.encode() * 99)[:-9], "truncated gzip"),
    "gzip cut in its header": ("a.csv.gz", gzip.compress(PLAIN.encode())[:6], "truncated gzip"),
    "gzip with a wrong checksum": ("a.csv.gz", gzip.compress(PLAIN.encode())[:-8] + b"12345678", "damaged gzip"),
    "gzip followed by junk": ("a.csv.gz", gzip.compress(PLAIN.encode()) + b"junk" * 9, "damaged gzip"),
    "gzip in name only": ("a.csv.gz", PLAIN.encode(), "is not gzip"),
    "gzip of nothing but zeros": ("a.csv.gz", gzip.compress(b"\0" * 50_000_000), "NUL byte|longer than"),
    "UTF-16 cut in a sign": ("a.csv", PLAIN.encode("utf-16")[:-1], "not text in UTF-16"),
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
    "Parquet with lists": ("a.parquet", parquet(value=pa.array([[1.0]])), "column value has type list"),
    "Parquet with booleans": ("a.parquet", parquet(value=pa.array([True])), "column value has type bool"),
    "Parquet with bytes": ("a.parquet", parquet(grid=pa.array([b"\xff"])), "column grid has type binary"),
    "Parquet with text that is not UTF-8": (
        "a.parquet",
        parquet(node=pa.array([b"\xff\xfe"]).view(pa.string())),
        "UTF-?8|cannot be read",
    ),
    "Parquet with durations": ("a.parquet", parquet(value=pa.array([1], pa.duration("s"))), "cannot be read as long"),
    "Parquet with numbers for times": ("a.parquet", parquet(interval_start=pa.array([7])), "cannot be read as long"),
    "a PDF": ("a.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "is a PDF"),
    "an old Excel workbook": ("a.xls", bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 600, "is an Excel workbook"),
    "7z": ("a.csv", b"7z\xbc\xaf\x27\x1c\0\x04", "is a 7z archive"),
    "rar": ("a.csv", b"Rar!\x1a\x07\x01\0", "is a rar archive"),
    "xz": ("a.csv.xz", b"\xfd7zXZ\0xxx", "is compressed with xz"),
    "lz4": ("a.csv", b"\x04\x22\x4d\x18xxx", "is compressed with lz4"),
    "SQLite": ("a.csv", b"SQLite format 3\0xxx", "is an SQLite database"),
    "Avro": ("a.csv", b"Obj\x01\x04\x14avro.codec", "is an Avro file"),
    "Arrow": ("a.feather", b"ARROW1\0\0xxx", "is an Arrow or Feather file"),
    "ORC": ("a.csv", b"ORC\x0axxx", "is an ORC file"),
    "HDF5": ("a.h5", b"\x89HDF\r\n\x1a\nxxx", "is an HDF5 or NetCDF file"),
    "a tar archive in gzip": ("a.tar.gz", gzip.compress(b"a.csv".ljust(257, b"\0") + b"ustar"), "is a tar archive"),
    "RTF": ("a.csv", b"{\\rtf1\\ansi\n" + PLAIN.encode(), "is a document in RTF"),
    "a pointer of Git LFS": ("a.csv", b"version https://git-lfs.github.com/spec/v1\noid x\n", "in Git LFS"),
    "gzip in gzip": ("a.csv.gz", gzip.compress(gzip.compress(PLAIN.encode())), "is compressed twice"),
    "truncated zstd": ("a.csv.zst", zstandard.compress(PLAIN.encode() * 99)[:-5], "truncated zstd"),
    "UTF-32": ("a.csv", PLAIN.encode("utf-32"), "NUL byte"),
    "EBCDIC": ("a.csv", PLAIN.encode("cp500"), "is not UTF-8"),
    "the text of an HTTP error": ("a.csv", b"404: Not Found", "its first line has one column: 404: Not Found"),
    "an XML error": ("a.csv", b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "is XML"),
    "a JSON error": ("a.json", b'{"error": {"code": 429}}', "one JSON document with objects or lists in error"),
    "JSON null": ("a.json", b"null", "not a flat JSON object"),
    "an empty JSON object": ("a.json", b"{}", "the file has no columns"),
    "JSON that is cut": ("a.json", line().encode()[:-20], "not a flat JSON object"),
    "a title above the header": ("a.csv", b"Load report 2024\n" + PLAIN.encode(), "has one column: Load report 2024"),
    "a comment above the header": ("a.csv", b"# of 2024\n" + PLAIN.encode(), "has one column: # of 2024"),
    "a delimiter that is not there": ("a.csv", b"sep=;\n" + PLAIN.encode(), "its first line has one column"),
    "columns of fixed width": ("a.txt", PLAIN.replace(",", "  ").encode(), "its first line has one column"),
    "a header in one pair of quotes": ("a.csv", f'"{HEADER}"\n"{row()}"\n'.encode(), "its first line has one column"),
    "no names in the header": ("a.csv", b",,,,,,\n" * 2, "seems to have no header"),
    "names below each other": ("a.csv", "\n".join(f"{name},x" for name in NAMES).encode(), "the columns region"),
    "two files with other columns": (
        "a.csv",
        (PLAIN + PLAIN.replace("region,node", "node,region")).encode(),
        "row 2 is a header with other columns",
    ),
    "a mark of a missing value": ("a.csv", csv_of(row(value="-9999")), "row 1: the value -9999 seems to stand for"),
    "an end that is not read": (
        "a.csv",
        PLAIN.replace("value", "value,period_end").replace("1.5", "1.5,2024-01-01T00:15Z").encode(),
        "the column period_end seems to hold the end",
    ),
    "a column of zones": (
        "a.csv",
        PLAIN.replace("value", "value,Time Zone").replace("1.5", "1.5,EST").encode(),
        "the column Time Zone seems to state the zone",
    ),
    "a JSON array": ("a.json", f"[{line()}]".encode(), "JSON array"),
    "JSON over several lines": ("a.json", json.dumps(json.loads(line()), indent=2).encode(), "not a flat JSON object"),
    "deeply nested JSON": ("a.ndjson", b'{"a":' * 100_000, "not a flat JSON object"),
    "JSON that has no a field": ("a.ndjson", b'{"grid": "G"}', "the column"),
}

BAD_ROWS = {
    "1e400": (row(value="1e400"), "not_finite"),
    "-inf": (row(value="-inf"), "not_finite"),
    "Infinity": (row(value="Infinity"), "not_finite"),
    "a word for a number": (row(value="none yet"), "bad_number"),
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
