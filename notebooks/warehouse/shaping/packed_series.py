"""Unpack the answer of packed_by_series.sql: one row per series, whose numbers are bytes as PostgreSQL sends them."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.answers.schemas import VALUES, VALUES_ORDER

EPOCH_MICROSECONDS = 946_684_800 * 10**6  # PostgreSQL counts from 2000, Arrow from 1970
NO_VALUE = np.iinfo("u8").max  # the bits of a value that is null


def unpack_series(packed: pa.Table) -> pa.Table:
    """Return the values, in the order of series_id and interval_start. Schema: VALUES."""
    packed = packed.sort_by("series_id")
    starts = _numbers(packed, "interval_start", ">i8")
    counts = [len(one) // starts.itemsize for one in packed["interval_start"].to_pylist()]
    series = np.repeat(packed["series_id"].to_numpy(), counts)
    values = _numbers(packed, "value", ">f8")
    columns = {
        "series_id": series,
        "load_id": _numbers(packed, "load_id", ">i4"),
        "quality_flag": pa.nulls(len(series)),
        "value": pa.array(values, mask=values.view("u8") == NO_VALUE),
        "interval_start": _times(starts),
        "collected_at": _times(_numbers(packed, "collected_at", ">i8")),
    }
    rows = pa.table({field.name: pa.array(columns[field.name], field.type) for field in VALUES})
    is_next = (np.diff(starts) > 0) | (np.diff(series) > 0)
    if not is_next.all():
        rows = rows.take(np.lexsort((starts, series)))
    return _with_flags(rows, packed.filter(pc.is_valid(packed["quality_flag"])))


def _numbers(packed: pa.Table, name: str, kind: str) -> np.ndarray:
    sent = np.frombuffer(b"".join(packed[name].to_pylist()), kind)
    return sent.astype(kind.replace(">", "="))


def _times(microseconds: np.ndarray) -> pa.Array:
    return pa.array(microseconds + EPOCH_MICROSECONDS).view(VALUES.field("interval_start").type)


def _with_flags(rows: pa.Table, flagged: pa.Table) -> pa.Table:
    """Return the rows with the flags of those that have one, which are named by their series and interval."""
    if not flagged.num_rows:
        return rows
    flags = flagged["quality_flag"].combine_chunks()
    flags_of_rows = pa.table(
        {
            "series_id": flagged["series_id"].combine_chunks().take(flags.value_parent_indices()),
            "interval_start": flagged["flagged_start"].combine_chunks().flatten(),
            "quality_flag": flags.flatten(),
        }
    )
    rows = rows.drop_columns("quality_flag").join(flags_of_rows, list(VALUES_ORDER))
    return rows.sort_by([(column, "ascending") for column in VALUES_ORDER]).select(VALUES.names).cast(VALUES)
