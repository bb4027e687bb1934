"""Actuals of what has not happened: an empty cell there is no statement, and no number taken back."""

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from loaders.sources.batch import interval_lengths

ACTUALS = ("load", "net_load")


def without_future(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Canonical batches without the empty actuals of intervals that had not ended when the numbers were known.

    For a file that has actuals and forecasts side by side, in rows that reach into the future.
    """
    for table in tables:
        is_actual = pc.is_in(table["metric"].cast(pa.string()), value_set=pa.array(ACTUALS))
        is_empty = pc.and_(pc.is_null(table["value"]), pc.is_null(table["reason"]))
        ends = pc.add(table["interval_start"], interval_lengths(table["resolution"].cast(pa.string())))
        has_not_ended = pc.fill_null(pc.greater(ends, table["collected_at"]), False)
        yield table.filter(pc.invert(pc.and_(pc.fill_null(pc.and_(is_actual, is_empty), False), has_not_ended)))
