"""Read Arrow tables and Parquet files as records."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from loaders.canonical.batch import Records
from loaders.canonical.delivered_fields import EXTRA, extra_columns, plain
from loaders.errors import LoadError

ROWS = 1 << 16
Choose = Callable[[list[str]], dict[str, int]]


def parquet_records(path: Path, choose: Choose) -> Iterator[Records]:
    """Yield records of a Parquet file, some rows at a time; choose maps the column names to key → index.

    Raises LoadError for a damaged file and unusable columns.
    """
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path, pre_buffer=False)
        names = file.schema_arrow.names
        places = choose(names)
        places = {**places, **extra_columns(names, places)}
        batches = file.iter_batches(ROWS, columns=[names[place] for place in places.values()])
        yield from _records(batches, {ours: names[place] for ours, place in places.items()}, path)
    except (OSError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
        raise LoadError(f"{path}: is damaged Parquet ({reason}). Fetch or write the file again.") from error


def table_records(table: pa.Table, name: Path, choose: Choose) -> Iterator[Records]:
    """Yield records of a table in memory; messages call it name."""
    places = choose(table.column_names)
    places = {**places, **extra_columns(table.column_names, places)}
    chosen = table.select(list(places.values()))
    yield from _records(chosen.to_batches(ROWS), dict(zip(places, chosen.column_names, strict=True)), name)


def _records(batches: Iterable[pa.RecordBatch], columns: dict[str, str], path: Path) -> Iterator[Records]:
    rows = 0
    for batch in batches:
        plain = {ours: _plain(batch.column(theirs), ours, theirs, path) for ours, theirs in columns.items()}
        yield Records(plain, pa.array(np.arange(rows + 1, rows + 1 + len(batch)), pa.int64()))
        rows += len(batch)


def _plain(column: pa.Array, ours: str, name: str, path: Path) -> pa.Array:
    """Return the column with its text checked, as strings instead of dictionaries and large strings."""
    if ours.startswith(EXTRA):
        return _extra(column)
    kind = column.type
    value_kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    if ours == "dst" and pa.types.is_boolean(kind):
        return column.cast(pa.string())
    if pa.types.is_nested(value_kind) or pa.types.is_boolean(value_kind) or pa.types.is_binary(value_kind):
        raise LoadError(f"{path}: the column {name} has type {value_kind}. Write it as text, numbers or timestamps.")
    if pa.types.is_dictionary(kind):
        # Through its parts: Arrow cannot decode a dictionary of string views, which Polars writes.
        entries = column.dictionary
        entries = entries.cast(pa.string()) if pa.types.is_string_view(value_kind) else entries
        column = pa.DictionaryArray.from_arrays(column.indices, entries).dictionary_decode()
        value_kind = column.type
    if pa.types.is_large_string(value_kind) or pa.types.is_string_view(value_kind):
        column = column.cast(pa.string())
    column.validate(full=True)
    return column


def _extra(column: pa.Array) -> pa.Array:
    """Return a column that nothing is read from, whatever its type, in a type that Arrow can filter and join."""
    kind = column.type
    if pa.types.is_primitive(kind) or pa.types.is_string(kind) or pa.types.is_null(kind):
        return column
    if pa.types.is_dictionary(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        try:
            return column.cast(pa.string())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            pass
    return pa.array([None if value is None else str(plain(value)) for value in column.to_pylist()], pa.string())
