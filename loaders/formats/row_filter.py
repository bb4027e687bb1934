"""Leave out rows by the text of a column, as the caller states it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.batch import Records
from loaders.canonical.delivered_fields import EXTRA, LINE, delivered_fields
from loaders.errors import LoadError
from loaders.formats.file_format import ReadOptions
from loaders.notices import notify


def without_excluded(stream: Iterable[Records], path: Path, options: ReadOptions) -> Iterator[Records]:
    """Yield the records without the rows that where_not names. Raises LoadError where a column is not in the file."""
    excluded = options.excluded_texts
    if not excluded:
        yield from stream
        return
    counts: Counter[str] = Counter()
    missing = dict.fromkeys(excluded)
    for records in stream:
        keep = pa.array([True]).take(pa.array([0] * len(records.row_number), pa.int32()))
        for name, texts in excluded.items():
            if (column := _column(name, records, options)) is None:
                continue
            missing.pop(name, None)
            trimmed = pc.utf8_trim_whitespace(pc.fill_null(column.cast(pa.string()), ""))
            is_excluded = pc.is_in(trimmed, value_set=pa.array(texts, pa.string()))
            counts[name] += pc.sum(is_excluded).as_py() or 0
            keep = pc.and_(keep, pc.invert(is_excluded))
        columns = {key: column.filter(keep) for key, column in records.columns.items()}
        yield Records(columns, records.row_number.filter(keep), records.broken, records.decimal)
    if missing:
        raise LoadError(f"{path}: has no column {next(iter(missing))}, by which rows are to be left out (--where-not).")
    for name, texts in excluded.items():
        notify(path, f"{counts[name]} rows with {name} {' or '.join(texts)} were left out")


def _column(name: str, records: Records, options: ReadOptions) -> pa.Array | None:
    """Return a column by its name in the file, whether it is read or not."""
    for key in (EXTRA + name, options.column_map.get(name, name), name.lower()):
        if key in records.columns:
            return records.columns[key]
    for key, lines in records.columns.items():
        if key.startswith(LINE):
            texts = [delivered_fields({key: line}).get(name) for line in lines.to_pylist()]
            if any(text is not None for text in texts):
                return pa.array([None if text is None else str(text) for text in texts], pa.string())
    return None
