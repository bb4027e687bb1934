"""Read a described file as columns of texts: delimited text, JSON, XML, Excel and Parquet, in any container."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from loaders.canonical.batch import BrokenLine, Reason
from loaders.canonical.delivered_fields import extra_columns
from loaders.errors import LoadError
from loaders.formats.column_mapping import listed
from loaders.formats.described.description import Description
from loaders.formats.described.description_parts import Dialect
from loaders.formats.readers.arrow import parquet_records, table_records
from loaders.formats.readers.byte_stream import UTF16_BOMS
from loaders.formats.readers.containers import Member, open_members
from loaders.formats.readers.delimited import delimited_records
from loaders.formats.readers.documents import Rows, read_json, read_xml

_KEY = "column "


@dataclass(frozen=True)
class TextTable:
    """Columns by their name in the file, the row number of each row, and the broken lines.

    Columns that the description does not use are there by EXTRA and name. constants: columns of all rows. blocks: the
    number of the block of each row, where there are blocks.
    """

    columns: Mapping[str, pa.Array]
    row_numbers: np.ndarray
    broken: list[BrokenLine] = field(default_factory=list)
    constants: Mapping[str, str | None] = field(default_factory=dict)
    blocks: np.ndarray | None = None
    member: str | None = None
    modified: datetime | None = None


def read_tables(path: Path, description: Description) -> Iterator[TextTable]:
    """Yield the columns that the description needs, by parts. Raises LoadError where the file does not have them."""
    dialect, rows = description.dialect, 0
    if dialect.kind == "parquet":
        for records in parquet_records(path, lambda names: _wanted(names, path, description)):
            yield TextTable(records.columns, records.row_number.to_numpy())
        return
    for member in open_members(path, dialect.members, dialect.kind == "excel"):
        last = 0
        for table in _member_tables(member, path, description):
            numbers = table.row_numbers + rows
            last = max([last, *numbers[-1:].tolist(), *(line.row_number + rows for line in table.broken[-1:])])
            broken = [replace(line, row_number=line.row_number + rows) for line in table.broken]
            name = member.name if member.is_zipped else None
            yield replace(table, row_numbers=numbers, broken=broken, member=name, modified=member.modified)
        rows = max(rows, last)


def read_frame_tables(frame: pa.Table, path: Path, description: Description) -> Iterator[TextTable]:
    """Yield the columns of a table in memory."""
    for records in table_records(frame, path, lambda names: _wanted(names, path, description)):
        yield TextTable(records.columns, records.row_number.to_numpy())


def _member_tables(member: Member, path: Path, description: Description) -> Iterator[TextTable]:
    dialect = description.dialect
    start = next(member.read(), b"")[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if dialect.kind in ("csv", "excel") and start.startswith((b"<html", b"<!doctype", b"<?xml", b"<table")):
        raise LoadError(f"{path}: is HTML or XML, whatever its name says. Fetch or save the table as CSV.")
    if dialect.kind == "csv" and _is_plain_text(dialect) and not _is_utf16(member):
        yield from _delimited(member, path, description)
        return
    data = member.content(path)
    if dialect.kind in ("json", "ndjson"):
        rows = read_json(data, path, dialect, description.columns())
    elif dialect.kind == "xml":
        rows = read_xml(data, path, dialect)
    elif dialect.kind == "excel":
        rows = _split_header(_excel_rows(data, path, dialect), path, dialect)
    else:
        rows = _csv_rows(data, path, dialect)
    if rows.rows or rows.broken:
        yield _table(rows, path, description)


def _is_plain_text(dialect: Dialect) -> bool:
    """Return whether the file is UTF-8 with its header in the first line, which is read by blocks."""
    special = (dialect.header, dialect.commentChar, dialect.recordMarkers, dialect.preamble)
    return not any(special) and dialect.headerRows == 1 and dialect.encoding.lower().startswith("utf-8")


def _is_utf16(member: Member) -> bool:
    return next(member.read(), b"")[:2] in UTF16_BOMS


def _delimited(member: Member, path: Path, description: Description) -> Iterator[TextTable]:
    def choose(header: list[str]) -> dict[str, int]:
        return {_KEY + name: place for name, place in _wanted(header, path, description).items()}

    parts = _without_mark(member.read())
    for records in delimited_records(parts, path, choose, delimiter=description.dialect.delimiter):
        columns = {name.removeprefix(_KEY): column for name, column in records.columns.items()}
        yield TextTable(columns, records.row_number.to_numpy(), records.broken)


def _without_mark(parts: Iterator[bytes]) -> Iterator[bytes]:
    yield next(parts, b"").removeprefix(b"\xef\xbb\xbf")
    yield from parts


def _wanted(header: Sequence[str], path: Path, description: Description) -> dict[str, int]:
    """Return column → its place. A name fits in another case, too, where only one does. Raises LoadError."""
    names = [(name or "").strip() for name in header]
    lower = [name.lower() for name in names]
    wanted: dict[str, int] = {}
    missing: list[str] = []
    twice: list[str] = []
    for name in sorted(description.columns()):
        places = [place for place, other in enumerate(names) if other == name]
        places = places or [place for place, other in enumerate(lower) if other == name.lower()]
        if len(places) == 1:
            wanted[name] = places[0]
        else:
            (twice if places else missing).append(name)
    if missing:
        raise LoadError(
            f"{path}: is not a file of {description.name}: the column {listed(missing)} is missing; "
            f"the file has {listed(names)}. Choose another format."
        )
    if twice:
        raise LoadError(f"{path}: the header has {listed(twice)} more than once. Rename or remove one of them.")
    return wanted | _unpivoted(names, wanted, path, description)


def _unpivoted(names: list[str], wanted: dict[str, int], path: Path, description: Description) -> dict[str, int]:
    unpivot = description.unpivot
    if unpivot is None:
        return {}
    pattern = re.compile(unpivot.columns)
    places = [
        (name, place)
        for place, name in enumerate(names)
        if place not in wanted.values() and name not in unpivot.ignore and pattern.fullmatch(name)
    ]
    if not places:
        raise LoadError(
            f"{path}: is not a file of {description.name}: no column is like {unpivot.columns}; "
            f"the file has {listed(names)}. Choose another format."
        )
    found = [name for name, _ in places]
    if twice := sorted({name for name in found if found.count(name) > 1}):
        raise LoadError(f"{path}: the header has {listed(twice)} more than once. Rename or remove one of them.")
    return dict(places)


def _table(rows: Rows, path: Path, description: Description) -> TextTable:
    wanted = _wanted(rows.header, path, description)
    width, delimiter = len(rows.header), description.dialect.delimiter
    good = [place for place, (_, row) in enumerate(rows.rows) if len(row) == width]
    broken = [
        BrokenLine(number, Reason.WRONG_COLUMN_COUNT, delimiter.join(str(text) for text in row))
        for number, row in rows.rows
        if len(row) != width
    ]
    names = {**wanted, **extra_columns(rows.header, wanted)}
    columns = {
        name: pa.array([rows.rows[place][1][index] for place in good], pa.string()) for name, index in names.items()
    }
    numbers = np.array([rows.rows[place][0] for place in good], np.int64)
    blocks = None if rows.blocks is None else np.array(rows.blocks, np.int64)[good]
    return TextTable(columns, numbers, [*rows.broken, *broken], rows.constants, blocks)


Lines = list[tuple[int, Sequence[str | None]]]


def _csv_rows(data: bytes, path: Path, dialect: Dialect) -> Rows:
    encoding = UTF16_BOMS.get(data[:2], dialect.encoding)
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except (UnicodeError, LookupError) as error:
        raise LoadError(f"{path}: is not text in {encoding} ({error}). Set dialect.encoding.") from None
    if "\0" in text:
        raise LoadError(f"{path}: has a NUL byte: the file is binary or damaged. Check the format.")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=dialect.delimiter)
    try:
        lines: Lines = [(number, row) for number, row in enumerate(reader, start=1) if any(field for field in row)]
    except csv.Error as error:
        raise LoadError(f"{path}: line {reader.line_num} cannot be read ({error}). Correct it.") from None
    comment = dialect.commentChar
    if comment is None:
        return _split_header(lines, path, dialect)
    is_comment = [(row[0] or "").startswith(comment) for _, row in lines]
    comments = [line for line, flag in zip(lines, is_comment, strict=True) if flag]
    return _split_header(
        [line for line, flag in zip(lines, is_comment, strict=True) if not flag], path, dialect, comments
    )


def _excel_rows(data: bytes, path: Path, dialect: Dialect) -> Lines:
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except Exception as error:  # calamine's own errors share no base class
        raise LoadError(f"{path}: is not a readable Excel workbook ({error}). Check the format.") from None
    name = dialect.sheet or book.sheet_names[0]
    if name not in book.sheet_names:
        raise LoadError(f"{path}: has no sheet {name}; it has {listed(book.sheet_names)}. Set dialect.sheet.")
    cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    lines = [(number, [_cell(cell) for cell in row]) for number, row in enumerate(cells, start=1)]
    return [(number, row) for number, row in lines if any(row)]


def _cell(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat() if hasattr(cell, "isoformat") else str(cell)


def _split_header(lines: Lines, path: Path, dialect: Dialect, comments: Lines | None = None) -> Rows:
    if dialect.recordMarkers is not None:
        header, rows = _marked_rows(lines, path, dialect)
        return Rows(header, rows, _preamble(lines, path, dialect))
    if dialect.header is not None:
        return Rows(dialect.header, lines, _preamble(comments or [], path, dialect))
    numbers = (dialect.headerRows,) if isinstance(dialect.headerRows, int) else dialect.headerRows
    last = max(numbers)
    if len(lines) < last:
        raise LoadError(f"{path}: has no rows. Nothing was loaded; check that the file is complete.")
    parts = [[(name or "").strip() for name in lines[number - 1][1]] for number in numbers]
    width = max(len(part) for part in parts)
    filled = [[*part, *[""] * (width - len(part))] for part in parts]
    header = [" ".join(filter(None, names)) for names in zip(*filled, strict=True)]
    above = [*(comments or []), *lines[: last - 1]]
    return Rows(header, lines[last:], _preamble(above, path, dialect))


def _preamble(lines: Lines, path: Path, dialect: Dialect) -> dict[str, str | None]:
    """Return the parts of the lines that the patterns of the description find. Raises LoadError without a match."""
    texts = [dialect.delimiter.join(text or "" for text in row) for _, row in lines] if dialect.preamble else []
    constants: dict[str, str | None] = {}
    for pattern in dialect.preamble:
        match = next((match for text in texts if (match := re.search(pattern, text))), None)
        if match is None:
            raise LoadError(f"{path}: no line above the data is like {pattern}. Choose another format.")
        constants |= match.groupdict()
    return constants


def _marked_rows(lines: Lines, path: Path, dialect: Dialect) -> tuple[list[str], Lines]:
    markers, table = dialect.recordMarkers or {}, list(dialect.recordTable)
    if unknown := sorted({str(row[0]) for _, row in lines} - markers.keys()):
        raise LoadError(f"{path}: has lines that start with {listed(unknown)}. Choose another format.")

    def of(kind: str) -> Lines:
        return [
            (number, row)
            for number, row in lines
            if markers.get(row[0] or "") == kind and list(row[1 : 1 + len(table)]) == table
        ]

    headers = of("header")
    if not headers:
        raise LoadError(
            f"{path}: has no header line {listed(table) if table else ''}. Check that the file is complete."
        )
    return [(name or "").strip() for name in headers[0][1]], of("data")
