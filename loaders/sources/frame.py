"""Arrow tables, and Parquet files, as records."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from loaders.errors import LoadError
from loaders.sources.batch import Records
from loaders.sources.columns import match_columns
from loaders.sources.options import ReadOptions

ROWS = 1 << 16


def parquet_records(path: Path, options: ReadOptions) -> Iterator[Records]:
    """Records of a Parquet file, some rows at a time. Raises LoadError for a damaged file and unusable columns."""
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path, pre_buffer=False)
        names = file.schema_arrow.names
        places = match_columns(names, path, options)
        batches = file.iter_batches(ROWS, columns=[names[place] for place in places.values()])
        yield from _records(batches, {ours: names[place] for ours, place in places.items()}, path)
    except (OSError, pa.ArrowException) as error:
        why = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
        raise LoadError(f"{path}: is damaged Parquet ({why}); fetch or write the file again.") from error


def table_records(table: pa.Table, name: Path, options: ReadOptions) -> Iterator[Records]:
    """Records of a table in memory; name is what messages call it."""
    places = match_columns(table.column_names, name, options)
    chosen = table.select(list(places.values()))
    yield from _records(chosen.to_batches(ROWS), dict(zip(places, chosen.column_names, strict=True)), name)


def _records(batches: Iterable[pa.RecordBatch], columns: dict[str, str], path: Path) -> Iterator[Records]:
    rows = 0
    for batch in batches:
        plain = {ours: _plain(batch.column(theirs), theirs, path) for ours, theirs in columns.items()}
        yield Records(plain, pa.array(np.arange(rows + 1, rows + 1 + len(batch)), pa.int64()))
        rows += len(batch)


def _plain(column: pa.Array, name: str, path: Path) -> pa.Array:
    """The column with its text checked, and in the one type of text; dictionaries stay only where they are names."""
    kind = column.type
    value_kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    if pa.types.is_nested(value_kind) or pa.types.is_boolean(value_kind) or pa.types.is_binary(value_kind):
        raise LoadError(f"{path}: the column {name} holds {value_kind}; write it as text, numbers or timestamps.")
    if pa.types.is_dictionary(kind):
        column = column.cast(value_kind)
    if pa.types.is_large_string(value_kind) or pa.types.is_string_view(value_kind):
        column = column.cast(pa.string())
    column.validate(full=True)
    return column
