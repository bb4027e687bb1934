"""The knowledge time of described rows: from a column, a name, the file's time, or the caller."""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.times import UTC_TIMESTAMP, parse_times
from loaders.formats.column_mapping import constant_columns
from loaders.formats.described.columns import as_text, map_distinct
from loaders.formats.described.description import Description
from loaders.formats.described.description_parts import CollectedAt, read_offset
from loaders.formats.described.time_texts import UNREADABLE, parse_texts
from loaders.formats.file_format import ReadOptions
from loaders.formats.readers.described import TextTable


def build_knowledge_times(table: TextTable, description: Description, options: ReadOptions) -> dict[str, pa.Array]:
    """Return the column collected_at: the caller's, or what the description says."""
    rows, known = len(table.row_numbers), description.collected_at
    if options.collected_at is not None or known is None:
        return constant_columns(ReadOptions(collected_at=options.collected_at), rows)
    if known.by is not None:
        return constant_columns(ReadOptions(collected_at=table.modified), rows)
    column = table.columns[known.column or ""]
    if not (known.texts or known.format or known.time_zone or known.endOfDay):
        return {"collected_at": column}
    texts = as_text(column)
    if known.texts:
        stated = known.texts
        texts = map_distinct([texts], lambda text: stated.get(text or "", text))
    return {"collected_at": _parse_knowledge_times(texts, known)}


def _parse_knowledge_times(texts: pa.Array, known: CollectedAt) -> pa.Array:
    """Return knowledge times in UTC; a text that is not one time stays as it is, to be rejected with its reason."""
    parsed = parse_texts(texts, known.format)
    if known.endOfDay:
        days = parse_times(parsed, "UTC").values.cast(pa.int64()).cast(pa.timestamp("us"))
        parsed = pc.add(pc.floor_temporal(days, unit="day"), pa.scalar(timedelta(days=1), pa.duration("us")))
    minutes = read_offset(known.time_zone or "")
    times = parse_times(parsed, known.time_zone if minutes is None else "UTC")
    if minutes:
        return pc.subtract(times.values, pa.scalar(timedelta(minutes=minutes), pa.duration("us"))).cast(UTC_TIMESTAMP)
    if not times.faults:
        return times.values
    bad = np.zeros(len(texts), bool)
    for mask, _ in times.faults:
        bad |= mask
    marked = pc.binary_join_element_wise(UNREADABLE, texts, " ")
    return pc.if_else(pa.array(bad), marked, as_text(times.values))
