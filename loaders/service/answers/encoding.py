"""Encode tables as JSON, NDJSON, CSV, Arrow stream or Parquet, one table at a time.

Text is put together by Arrow, column by column, because a Python object per cell would take most of a request.
"""

import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

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
    before = "{"
    for name in table.column_names:
        parts += _json_member(f"{before}{json.dumps(name)}:", _one_array(table[name]))
        before = ","
    lines = pc.binary_join_element_wise(*parts, pa.scalar("}" + end), "")
    # Arrow keeps the texts of an array one after the other, so they are joined already.
    return memoryview(lines.buffers()[2])[: pc.sum(pc.binary_length(lines)).as_py()]


def _json_member(key: str, column: pa.Array) -> list[Any]:
    """Return what to join for one member of each object: its key and its values, in one where few values recur."""
    kind = column.type
    if pa.types.is_floating(kind):
        return [pa.scalar(key), _filled(_plain(column).cast(pa.string()), "null")]
    if pa.types.is_string(kind) and not _needs_escapes(column):
        return [pa.scalar(key), _filled(pc.binary_join_element_wise('"', column, '"', ""), "null")]
    encoded = column if pa.types.is_dictionary(kind) else column.dictionary_encode()
    words = _plain(encoded.dictionary)
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        members = pc.binary_join_element_wise(key, words.cast(pa.string()), "")
    elif pa.types.is_timestamp(kind):
        members = pc.binary_join_element_wise(f'{key}"', words, '"', "")
    else:
        texts = [json.dumps(word, ensure_ascii=False, default=str) for word in words.to_pylist()]
        members = pa.array([key + text for text in texts], pa.string())
    return [_filled(members.take(encoded.indices), f"{key}null")]


def _filled(texts: pa.Array, null: str) -> pa.Array:
    return texts.fill_null(null) if texts.null_count else texts


def _needs_escapes(column: pa.Array) -> bool:
    """Return whether a text has a character that JSON does not take as it is."""
    return pc.any(pc.match_substring_regex(column, r'["\\\x00-\x1f]')).as_py() is True


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    """Return the values of a column in one array. Not always combine_chunks(), which copies a single one too."""
    return column.chunk(0) if column.num_chunks == 1 else column.unify_dictionaries().combine_chunks()


def _plain(column: Any) -> Any:
    """Return times as texts in UTC, categories as their texts, numbers as they are."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return column.cast(kind.value_type)
    if pa.types.is_timestamp(kind):
        seconds = column.cast(pa.timestamp("s", kind.tz), safe=False)
        is_whole = pc.all(pc.equal(seconds.cast(kind), column)).as_py() is not False
        # Without a zone they are the times in UTC, and become text in a fiftieth of the time.
        naive = (seconds if is_whole else column).cast(pa.timestamp("s" if is_whole else kind.unit))
        return pc.binary_join_element_wise(pc.binary_replace_slice(naive.cast(pa.string()), 10, 11, "T"), "Z", "")
    if pa.types.is_floating(kind):
        return pc.if_else(pc.is_finite(column), column, None)
    if pa.types.is_date(kind) or pa.types.is_time(kind):
        return column.cast(pa.string())
    return column
