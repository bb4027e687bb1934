"""Read delimited text (CSV, TSV, semicolons) as records. One line is one record: no line break inside a field.

So one stray quote cannot swallow the rows after it. Arrow parses whole blocks. Only a block with a bad line is parsed
again, and only one with stray quotes or carriage returns line by line.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from loaders.canonical.batch import BrokenLine, Reason, Records
from loaders.canonical.delivered_fields import EXTRA, extra_columns
from loaders.canonical.names import NAMES
from loaders.errors import LoadError
from loaders.formats.column_mapping import MEASURE, listed
from loaders.formats.decimal_signs import DecimalSigns, detect_signs
from loaders.formats.readers.byte_stream import LONGEST_LINE, line_blocks

# The first line by which spreadsheets state the delimiter.
_SEPARATOR = re.compile(rb"(?i)sep=([,;|\t])[,;|\t]*")
_ENCODED = ("grid", "region", "node", "metric", "source", "unit", "resolution")
Choose = Callable[[list[str]], dict[str, int]]

THREADED_BYTES = 1 << 18


@dataclass(frozen=True)
class _Layout:
    """How lines split into fields: delimiter, number of fields, canonical name or EXTRA and name → field."""

    delimiter: str
    width: int
    places: dict[str, int]
    names: list[str]

    def type_of(self, name: str) -> pa.DataType:
        return NAMES if name in _ENCODED else pa.string()


@dataclass(frozen=True)
class _Block:
    """The records of a block of lines: columns, their positions in the block, and the broken lines."""

    columns: dict[str, pa.Array]
    places: np.ndarray
    broken: list[BrokenLine]


def delimited_records(
    chunks: Iterable[bytes],
    path: Path,
    choose: Choose,
    decimal_char: str | None = None,
    delimiter: str | None = None,
) -> Iterator[Records]:
    """Yield records of a file's bytes, a block at a time; choose maps the header to canonical name → field.

    delimiter: where it is known; else the most frequent one of the header.
    decimal_char: the decimal sign where the caller states it; the other sign then groups thousands.
    Raises LoadError for an unusable header and for bytes that are not text (see line_blocks).
    """
    layout, rows, is_described = None, 0, delimiter is not None
    signs = DecimalSigns(decimal_char, "," if decimal_char == "." else ".") if decimal_char else None
    for data in line_blocks(chunks, path):
        if layout is None:
            data = data.lstrip(b"\n")
            if not data:
                continue
            header, _, data = data.partition(b"\n")
            if stated := _SEPARATOR.fullmatch(header.rstrip()):
                delimiter = stated[1].decode()
                header, _, data = data.partition(b"\n")
            layout = _read_header(header.decode(), path, choose, delimiter, is_described)
        block = _parse(data, layout)
        _refuse_other_header(block, layout, path, rows)
        numbers_of_block = {name: column for name, column in block.columns.items() if _is_number(name)}
        if signs is None:
            signs = detect_signs(numbers_of_block.values(), layout.delimiter, path, rows + 1)
        columns = block.columns
        if signs is not None:
            columns |= {name: signs.without_groups(column) for name, column in numbers_of_block.items()}
        numbers = pa.array(block.places + (rows + 1), pa.int64())
        broken = [BrokenLine(each.row_number + rows + 1, each.reason, each.line) for each in block.broken]
        yield Records(columns, numbers, broken, signs.decimal if signs else ".")
        rows += len(numbers) + len(broken)


def _is_number(name: str) -> bool:
    return name == "value" or name.startswith(MEASURE)


def _read_header(line: str, path: Path, choose: Choose, delimiter: str | None, is_described: bool) -> _Layout:
    if "\r" in line:
        raise LoadError(f"{path}: ends its lines with carriage returns only. Save it with line feeds.")
    delimiter = delimiter or max(",;\t|", key=line.count)
    try:
        names = next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise LoadError(f"{path}: the header cannot be read ({error}). Correct its first line.") from None
    try:
        places = choose(names)
    except LoadError as error:
        if len(names) > 1 or is_described or " missing" not in str(error):
            raise
        raise LoadError(
            f"{path}: its first line has one column: {listed(names)}. If the header is further down, or the delimiter"
            " is another, describe the file (warehouse inspect FILE --write mine.yml). A download may also have ended"
            " at an error."
        ) from error
    return _Layout(delimiter, len(names), {**places, **extra_columns(names, places)}, names)


def _refuse_other_header(block: _Block, layout: _Layout, path: Path, rows: int) -> None:
    """Raise LoadError where a later line is a header with other columns: the lines below it would be misread."""
    read = [name for name in layout.places if not name.startswith(EXTRA) and name in block.columns]
    texts = next((name for name in read if pa.types.is_string(block.columns[name].type)), None)
    if texts is None:
        return
    value_set = pa.array(layout.names, pa.string())
    for place in np.flatnonzero(pc.is_in(block.columns[texts], value_set=value_set).to_numpy(zero_copy_only=False)):
        fields = {name: block.columns[name][int(place)].as_py() for name in read}
        same = [fields[name] == layout.names[layout.places[name]] for name in read]
        if not all(same) and 2 * sum(field in layout.names for field in fields.values()) > len(read) > 2:
            raise LoadError(
                f"{path}: row {rows + block.places[place] + 1} is a header with other columns than the first line."
                " Split the file, and ingest its parts."
            )


def _parse(data: bytes, layout: _Layout) -> _Block:
    lines = data.count(b"\n")
    if b"\r" in data or _ends_open(data, layout.delimiter):
        return _parse_lines(data, layout)
    try:
        table = _arrow(data, layout, None, LONGEST_LINE + 1)
        if len(table) == lines:
            return _Block(_columns(table, layout), np.arange(lines), [])
    except pa.ArrowInvalid:
        pass
    return _parse_again(data, layout)


def _parse_again(data: bytes, layout: _Layout) -> _Block:
    """A block with blank lines, or with lines of too many or too few fields."""
    invalid: list[pa.csv.InvalidRow] = []

    def keep(row: pa.csv.InvalidRow) -> str:
        invalid.append(row)
        return "skip"

    lines = sum(1 for line in data.split(b"\n") if line)
    try:
        table = _arrow(data, layout, keep, None)
    except pa.ArrowInvalid:
        return _parse_lines(data, layout)
    # Fewer records than lines: an open quote swallowed the following lines.
    if len(table) + len(invalid) != lines or any("\n" in row.text for row in invalid):
        return _parse_lines(data, layout)
    broken = [BrokenLine(row.number - 1, Reason.WRONG_COLUMN_COUNT, row.text) for row in invalid]
    places = np.setdiff1d(np.arange(lines), [each.row_number for each in broken], assume_unique=True)
    return _Block(_columns(table, layout), places, broken)


def _arrow(data: bytes, layout: _Layout, handler: Callable | None, block_size: int | None) -> pa.Table:
    """Parse a block; with a handler in one thread, because only then it receives row numbers."""
    fields = [str(place) for place in range(layout.width)]
    return pa.csv.read_csv(
        pa.BufferReader(data),
        read_options=pa.csv.ReadOptions(
            column_names=fields,
            # Threads cost more than they gain on a small block.
            use_threads=handler is None and len(data) >= THREADED_BYTES,
            block_size=block_size or len(data) + 1,
        ),
        parse_options=pa.csv.ParseOptions(delimiter=layout.delimiter, invalid_row_handler=handler),
        convert_options=pa.csv.ConvertOptions(
            include_columns=[str(place) for place in layout.places.values()],
            column_types={str(place): layout.type_of(name) for name, place in layout.places.items()},
            check_utf8=False,
        ),
    )


def _columns(table: pa.Table, layout: _Layout) -> dict[str, pa.Array]:
    columns = {}
    for name, place in layout.places.items():
        column = table.column(str(place))
        if layout.type_of(name) == NAMES:
            column = column.unify_dictionaries()
        columns[name] = column.combine_chunks()
    return columns


def _parse_lines(data: bytes, layout: _Layout) -> _Block:
    """Parse a block line by line, where records and lines differ."""
    kept: list[list[str]] = []
    places: list[int] = []
    broken: list[BrokenLine] = []
    for place, line in enumerate(line for line in data.decode().split("\n") if line):
        fields = None if "\r" in line else _fields(line, layout.delimiter)
        if fields is None:
            broken.append(BrokenLine(place, Reason.BAD_LINE, line))
        elif len(fields) != layout.width:
            broken.append(BrokenLine(place, Reason.WRONG_COLUMN_COUNT, line))
        else:
            kept.append(fields)
            places.append(place)
    columns = {name: pa.array([fields[field] for fields in kept], pa.string()) for name, field in layout.places.items()}
    return _Block(columns, np.array(places, np.int64), broken)


def _ends_open(data: bytes, delimiter: str) -> bool:
    """Return whether the last line leaves a quote open, which Arrow would close at the end of the block."""
    text = data.rstrip(b"\n")
    last = text[text.rfind(b"\n") + 1 :]
    return b'"' in last and _fields(last.decode(), delimiter) is None


def _fields(line: str, delimiter: str) -> list[str] | None:
    """Return the fields of one line, as Arrow reads them; None for an open quote."""
    # A quote is open where the reader continues on the next line.
    reader = csv.reader([line + "\n", ""], delimiter=delimiter)
    try:
        fields = next(reader)
    except csv.Error:
        return None
    return fields if reader.line_num == 1 else None
