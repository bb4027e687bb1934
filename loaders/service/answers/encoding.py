"""Encode tables as JSON, NDJSON, CSV, Arrow stream or Parquet, one table at a time.

Text is put together by Arrow, column by column, because a Python object per cell would take most of a request.
"""

import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

Encoder = Callable[[Iterable[pa.Table]], Iterator[bytes]]


def encode_json(tables: Iterable[pa.Table]) -> Iterator[bytes]:
    """Yield one JSON array of objects."""
    before = b"["
    for table in tables:
        if table.num_rows:
            yield before + _joined(_json_objects(table), ",\n")
            before = b",\n"
    yield b"[]" if before == b"[" else b"]"


def encode_ndjson(tables: Iterable[pa.Table]) -> Iterator[bytes]:
    """Yield JSON objects, one a line."""
    for table in tables:
        if table.num_rows:
            yield _joined(_json_objects(table), "\n") + b"\n"


def encode_csv(tables: Iterable[pa.Table]) -> Iterator[bytes]:
    """Yield CSV with a header; times are ISO 8601 in UTC, an empty cell is null."""
    options = pyarrow.csv.WriteOptions(include_header=True, quoting_style="needed")
    for table in tables:
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


def _joined(rows: pa.Array, separator: str) -> bytes:
    one_list = pa.ListArray.from_arrays(pa.array([0, len(rows)], pa.int32()), rows)
    text: bytes = pc.binary_join(one_list, separator)[0].as_buffer().to_pybytes()
    return text


def _json_objects(table: pa.Table) -> pa.Array:
    parts: list[Any] = []
    before = "{"
    for name in table.column_names:
        parts += [pa.scalar(f"{before}{json.dumps(name)}:"), _json_values(table[name])]
        before = ","
    objects = pc.binary_join_element_wise(*parts, pa.scalar("}"), "")
    return objects.combine_chunks() if isinstance(objects, pa.ChunkedArray) else objects


def _json_values(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return column.cast(pa.string()).fill_null("null")
    if pa.types.is_floating(kind):
        finite = pc.if_else(pc.is_finite(column), column, None)
        return finite.cast(pa.string()).fill_null("null")
    encoded = column.combine_chunks()
    encoded = encoded if pa.types.is_dictionary(kind) else encoded.dictionary_encode()
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    words = _plain(encoded.dictionary)
    quoted = pa.array([json.dumps(word, ensure_ascii=False, default=str) for word in words.to_pylist()], pa.string())
    return pa.chunked_array([quoted.take(encoded.indices).fill_null("null")], pa.string())


def _plain(column: Any) -> Any:
    """Return times as texts in UTC, categories as their texts, numbers as they are."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return column.cast(kind.value_type)
    if pa.types.is_timestamp(kind):
        seconds = column.cast(pa.timestamp("s", kind.tz), safe=False)
        is_whole = pc.all(pc.equal(seconds.cast(kind), column)).as_py() is not False
        return pc.strftime(seconds if is_whole else column, format="%Y-%m-%dT%H:%M:%SZ")
    if pa.types.is_floating(kind):
        return pc.if_else(pc.is_finite(column), column, None)
    if pa.types.is_date(kind) or pa.types.is_time(kind):
        return column.cast(pa.string())
    return column
