"""Encode tables as JSON, NDJSON, CSV, Arrow stream or Parquet, one table at a time.

Text is put together by Arrow, column by column, because a Python object per cell would take most of a request.
"""

import io
import json
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

FEW_ROWS = 1_000  # for which it takes longer to look for values that recur than to make each of them text
UNITS_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
TEXT_ROWS = 5_000  # that are made text at once; their text takes about five times the memory of the rows
Part: TypeAlias = bytes | memoryview
Encoder = Callable[[Iterable[pa.Table]], Iterator[Part]]


def encode_json(tables: Iterable[pa.Table]) -> Iterator[Part]:
    """Yield one JSON array of objects."""
    before = b"["
    for table in _in_slices(tables):
        if table.num_rows:
            yield before
            yield _json_lines(table, ",\n")[:-2]
            before = b",\n"
    yield b"[]" if before == b"[" else b"]"


def encode_ndjson(tables: Iterable[pa.Table]) -> Iterator[Part]:
    """Yield JSON objects, one a line."""
    for table in _in_slices(tables):
        if table.num_rows:
            yield _json_lines(table, "\n")


def encode_csv(tables: Iterable[pa.Table]) -> Iterator[bytes]:
    """Yield CSV with a header; times are ISO 8601 in UTC, an empty cell is null."""
    options = pyarrow.csv.WriteOptions(include_header=True, quoting_style="needed")
    for table in _in_slices(tables):
        sink = io.BytesIO()
        columns = {name: _plain(table[name]) for name in table.column_names}
        pyarrow.csv.write_csv(pa.table(columns), sink, options)
        options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
        yield sink.getvalue()


def encode_arrow(tables: Iterable[pa.Table]) -> Iterator[bytes]:
    """Yield an Arrow IPC stream."""
    sink = _Sink()
    writer = None
    for table in tables:
        writer = writer or pa.ipc.new_stream(sink, table.schema)
        writer.write_table(table.unify_dictionaries())
        yield sink.take()
    if writer is not None:
        writer.close()
        yield sink.take()


def encode_arrow_batches(tables: Iterable[pa.Table]) -> Iterator[bytes]:
    """Yield an Arrow IPC stream with one batch per table, also for a table without rows."""
    sink = _Sink()
    writer = None
    for table in tables:
        writer = writer or pa.ipc.new_stream(sink, table.schema)
        # Not to_batches(), which leaves out the categories of a table without rows.
        columns = [column.combine_chunks() for column in table.unify_dictionaries().columns]
        writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=table.schema))
        yield sink.take()
    if writer is not None:
        writer.close()
        yield sink.take()


def encode_parquet(tables: Iterable[pa.Table]) -> Iterator[bytes]:
    """Yield a Parquet file, a row group per table."""
    sink = _Sink()
    writer = None
    for table in tables:
        writer = writer or pyarrow.parquet.ParquetWriter(sink, table.schema, compression="zstd")
        writer.write_table(table)
        yield sink.take()
    if writer is not None:
        writer.close()
        yield sink.take()


ENCODERS: dict[str, Encoder] = {
    "json": encode_json,
    "ndjson": encode_ndjson,
    "csv": encode_csv,
    "arrow": encode_arrow,
    "parquet": encode_parquet,
}


class _Sink(io.RawIOBase):
    """Takes what is written, and gives it away in parts."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._position += len(part)
        return len(part)

    def tell(self) -> int:
        return self._position

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _in_slices(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Yield tables that are small enough to be made text at once; one without rows as it is."""
    for table in tables:
        for first in range(0, max(table.num_rows, 1), TEXT_ROWS):
            yield table.slice(first, TEXT_ROWS)


def _json_lines(table: pa.Table, end: str) -> memoryview:
    """Return the rows as JSON objects, with `end` after each one."""
    parts: list[Any] = []
    text, separator = "", "{"  # text: what all rows have in common before the next column of texts
    for name in table.column_names:
        column = _one_array(table[name])
        text += separator + _json_key(name)
        if _is_constant(column):
            text += _json_value(column[0].as_py())
        elif len(column) > FEW_ROWS and not _is_text_or_float(column):
            parts.append(_json_members(text, column))
            text = ""
        else:
            before, texts, after = _json_texts(column)
            parts += [pa.scalar(text + before), texts]
            text = after
        separator = ","
    text += "}" + end
    if not parts:  # all rows are the same
        return memoryview(text.encode() * table.num_rows)
    lines = pc.binary_join_element_wise(*parts, pa.scalar(text), "")
    # Arrow keeps the texts of an array one after the other, so they are joined already.
    ends, letters = lines.buffers()[1:]
    return memoryview(letters)[: np.frombuffer(ends, np.int32)[table.num_rows]]


def _is_constant(column: pa.Array) -> bool:
    """Return whether all rows have one value. Looked for where that takes no time: in ids, categories and nulls."""
    if column.null_count:
        return bool(column.null_count == len(column))
    kind = column.type
    if pa.types.is_dictionary(kind):
        if len(column.dictionary) == 1:
            return True
        column = column.indices
    elif not pa.types.is_integer(kind):
        return False
    numbers = column.to_numpy()
    return bool((numbers == numbers[0]).all())


def _is_text_or_float(column: pa.Array) -> bool:
    return pa.types.is_floating(column.type) or pa.types.is_string(column.type)


def _json_texts(column: pa.Array) -> tuple[str, pa.Array, str]:
    """Return the values as JSON, without what is before and after each of them, and these two texts."""
    kind = column.type
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        return "", _filled(_plain(column).cast(pa.string()), "null"), ""
    if not column.null_count:
        if pa.types.is_timestamp(kind):
            return '"', _utc_texts(column), 'Z"'
        if pa.types.is_string(kind) and not _needs_escapes(column):
            return '"', column, '"'
    return "", _json_members("", column), ""


def _json_members(before: str, column: pa.Array) -> pa.Array:
    """Return the values as JSON after a text, each value that recurs made only once."""
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    words = _plain(encoded.dictionary)
    kind = encoded.type.value_type
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        members = pc.binary_join_element_wise(before, words.cast(pa.string()), "")
    elif pa.types.is_timestamp(kind):
        members = pc.binary_join_element_wise(f'{before}"', words, '"', "")
    else:
        members = pa.array([before + _json_value(word) for word in words.to_pylist()], pa.string())
    return _filled(members.take(encoded.indices), f"{before}null")


@lru_cache(maxsize=1000)
def _json_key(name: str) -> str:
    return f"{json.dumps(name)}:"


def _json_value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _filled(texts: pa.Array, null: str) -> pa.Array:
    return texts.fill_null(null) if texts.null_count else texts


def _needs_escapes(column: pa.Array) -> bool:
    """Return whether a text may have a character that JSON does not take as it is."""
    text = column.buffers()[2]  # also of the rows outside of a slice, which matters for the speed only
    if text is None:
        return False
    letters = np.frombuffer(text, np.uint8)
    return bool(((letters < ord(" ")) | (letters == ord('"')) | (letters == ord("\\"))).any())


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    """Return the values of a column in one array. Not always combine_chunks(), which copies a single one too."""
    return column.chunk(0) if column.num_chunks == 1 else column.unify_dictionaries().combine_chunks()


def _plain(column: Any) -> Any:
    """Return times as texts in UTC, categories as their texts, numbers as they are."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return column.cast(kind.value_type)
    if pa.types.is_timestamp(kind):
        return pc.binary_join_element_wise(_utc_texts(column), "Z", "")
    if pa.types.is_floating(kind):
        is_number = not column.null_count and np.isfinite(column.to_numpy()).all()
        return column if is_number else pc.if_else(pc.is_finite(column), column, None)
    if pa.types.is_date(kind) or pa.types.is_time(kind):
        return column.cast(pa.string())
    return column


def _utc_texts(column: Any) -> Any:
    """Return times as texts in UTC without their zone; with fractions of seconds only where one of them has any."""
    kind = column.type
    numbers = (column.drop_null() if column.null_count else column).to_numpy().view(np.int64)
    is_whole = not (numbers % UNITS_PER_SECOND[kind.unit]).any()
    # Without a zone they are the times in UTC, and become text in a fiftieth of the time.
    naive = column.cast(pa.timestamp("s" if is_whole else kind.unit))
    return pc.binary_replace_slice(naive.cast(pa.string()), 10, 11, "T")
