"""Read a described file as columns of texts: delimited text, JSON and Excel, also in gzip or a zip of one file."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from loaders.canonical.batch import BrokenLine, Reason
from loaders.errors import LoadError
from loaders.formats.column_mapping import listed
from loaders.formats.description import Description, Dialect
from loaders.formats.readers.byte_stream import CHUNK, GZIP_MAGIC, chunks

# A described file is read as a whole.
MAX_BYTES = 1 << 30
ZIP_MAGIC = b"PK\x03\x04"


@dataclass(frozen=True)
class TextTable:
    """Columns of texts by their name in the file, the row number of each row, and the broken lines."""

    columns: dict[str, pa.Array]
    row_numbers: list[int]
    broken: list[BrokenLine]


def read_table(path: Path, description: Description) -> TextTable:
    """Return the columns that the description needs. Raises LoadError where the file does not have them."""
    dialect = description.dialect
    data = _content(path, dialect)
    if dialect.kind == "json":
        header, rows = _json_rows(data, path, dialect)
    else:
        lines = _excel_rows(data, path, dialect) if dialect.kind == "excel" else _csv_rows(data, path, dialect)
        header, rows = _split_header(lines, path, dialect)
    if missing := sorted(description.columns() - set(header)):
        raise LoadError(
            f"{path}: is not a file of {description.name}: the column {listed(missing)} is missing; "
            f"the file has {listed(header)}. Choose another format."
        )
    wanted = {name: header.index(name) for name in sorted(description.columns())}
    if twice := [name for name in wanted if list(header).count(name) > 1]:
        raise LoadError(f"{path}: the header has {listed(twice)} more than once. Rename or remove one of them.")
    good = [(number, row) for number, row in rows if len(row) == len(header)]
    broken = [
        BrokenLine(number, Reason.WRONG_COLUMN_COUNT, dialect.delimiter.join(str(field) for field in row))
        for number, row in rows
        if len(row) != len(header)
    ]
    columns = {name: pa.array([row[index] for _, row in good], pa.string()) for name, index in wanted.items()}
    return TextTable(columns, [number for number, _ in good], broken)


Rows = list[tuple[int, Sequence[str | None]]]


def _content(path: Path, dialect: Dialect) -> bytes:
    """Return the bytes of the file, of its gzip content, or of the one file in its zip."""
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
    except OSError as error:
        raise LoadError(f"{path}: cannot be opened ({error.strerror}). Check the path.") from None
    if dialect.kind == "excel" and start == ZIP_MAGIC:
        return path.read_bytes()
    if start == ZIP_MAGIC:
        return _unzip(path)
    if start.startswith(GZIP_MAGIC) or dialect.encoding.startswith("utf-8"):
        return b"".join(_limited(chunks(path), path))
    return path.read_bytes()


def _limited(parts: Iterable[bytes], path: Path) -> Iterable[bytes]:
    size = 0
    for part in parts:
        size += len(part)
        if size > MAX_BYTES:
            raise LoadError(f"{path}: is larger than {MAX_BYTES:,} bytes. Split it.")
        yield part


def _unzip(path: Path) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
            if len(names) != 1:
                raise LoadError(f"{path}: has {len(names)} files ({listed(names)}). Unpack it, and ingest the folder.")
            with archive.open(names[0]) as stream:
                return b"".join(_limited(iter(lambda: stream.read(CHUNK), b""), path))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise LoadError(f"{path}: is a damaged zip ({error}). Fetch the file again.") from None


def _csv_rows(data: bytes, path: Path, dialect: Dialect) -> Rows:
    try:
        text = data.decode(dialect.encoding)
    except (UnicodeError, LookupError) as error:
        raise LoadError(f"{path}: is not text in {dialect.encoding} ({error}). Check the format.") from None
    if "\0" in text:
        raise LoadError(f"{path}: has a NUL byte: the file is binary or damaged. Check the format.")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=dialect.delimiter)
    try:
        rows: Rows = [(number, row) for number, row in enumerate(reader, start=1) if any(field for field in row)]
    except csv.Error as error:
        raise LoadError(f"{path}: line {reader.line_num} cannot be read ({error}). Correct it.") from None
    comment = dialect.commentChar
    return [(number, row) for number, row in rows if not (comment and (row[0] or "").startswith(comment))]


def _excel_rows(data: bytes, path: Path, dialect: Dialect) -> Rows:
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheet = book.get_sheet_by_name(dialect.sheet or book.sheet_names[0])
        cells = sheet.to_python(skip_empty_area=False)
    except Exception as error:  # calamine's own errors share no base class
        raise LoadError(f"{path}: is not a readable Excel workbook ({error}). Check the format.") from None
    return [
        (number, [_cell(cell) for cell in row]) for number, row in enumerate(cells, start=1) if any(map(_cell, row))
    ]


def _cell(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat() if hasattr(cell, "isoformat") else str(cell)


def _split_header(rows: Rows, path: Path, dialect: Dialect) -> tuple[list[str], Rows]:
    if dialect.recordMarkers is not None:
        return _marked_rows(rows, path, dialect.recordMarkers)
    if dialect.header is not None:
        return dialect.header, rows
    if len(rows) < dialect.headerRows:
        raise LoadError(f"{path}: has no rows. Nothing was loaded; check that the file is complete.")
    header = [(name or "").strip() for name in rows[dialect.headerRows - 1][1]]
    return header, rows[dialect.headerRows :]


def _marked_rows(rows: Rows, path: Path, markers: Mapping[str, str]) -> tuple[list[str], Rows]:
    headers = [row for _, row in rows if markers.get(row[0] or "") == "header"]
    if unknown := sorted({str(row[0]) for _, row in rows} - markers.keys()):
        raise LoadError(f"{path}: has lines that start with {listed(unknown)}. Choose another format.")
    if not headers:
        raise LoadError(f"{path}: has no header line. Check that the file is complete.")
    return [(name or "").strip() for name in headers[0]], [
        (number, row) for number, row in rows if markers.get(row[0] or "") == "data"
    ]


def _json_rows(data: bytes, path: Path, dialect: Dialect) -> tuple[list[str], Rows]:
    import jmespath

    try:
        document = json.loads(data.decode(dialect.encoding), parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise LoadError(f"{path}: is not JSON ({error}). Check that the download is complete.") from None
    records = jmespath.search(dialect.rows, document)
    if isinstance(records, dict) and records and all(isinstance(column, list) for column in records.values()):
        records = _transposed(records, path)
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise LoadError(f"{path}: has no list of records at {dialect.rows}. Choose another format.")
    if not records:
        raise LoadError(f"{path}: has no rows. Nothing was loaded; check that the file is complete.")
    header = list(dict.fromkeys(key for record in records for key in record))
    rows = [[_plain(record.get(key)) for key in header] for record in records]
    return header, list(enumerate(rows, start=1))


def _transposed(columns: dict[str, list], path: Path) -> list[dict]:
    if len({len(column) for column in columns.values()}) > 1:
        raise LoadError(f"{path}: its arrays have different lengths. Check that the download is complete.")
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _plain(field: object) -> str | None:
    return None if field is None or isinstance(field, dict | list) else str(field)
