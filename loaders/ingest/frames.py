"""Frames in memory into the warehouse: pandas, Polars, Arrow, and whatever else speaks Arrow's C stream interface."""

import hashlib
import time
from typing import Any

import pyarrow as pa

from loaders.errors import LoadError, UsageError
from loaders.formats import ReadOptions
from loaders.ingest.pipeline import Ingested, IngestOptions, ingest_table, judge_leftovers


def load_frame(
    frame: Any,
    *,
    source: str,
    collected_at_basis: str | None = None,
    name: str | None = None,
    format: str = "long",
    create_missing: bool = False,
    grid_time_zone: str | None = None,
    max_rejects: float | int = 0.1,
    dry_run: bool = False,
    **read: Any,
) -> Ingested:
    """Load a frame as one load: stored, gated, then accepted. The same rows again are not loaded again.

    frame: rows in the columns of `format` (long, wide or gridstatus); values in the metric's unit, or in the unit that
    a column `unit` names; times with a time zone, or local where time_zone is given. Of a pandas index, named levels
    are columns; NaN in pandas is an empty value. source: who delivers. collected_at_basis: published, observed or
    inferred; left out, it is what the format makes of it. name: what the ledger calls it; left out, one made from the
    frame's shape. read: fields of loaders.formats.ReadOptions, such as time_zone, metric, grid or collected_at.
    Raises LoadError or UsageError; nothing is stored then.
    """
    unknown = sorted(set(read) - set(ReadOptions.__dataclass_fields__))
    if unknown:
        raise UsageError(f"load_frame knows no {', '.join(unknown)}; see loaders.formats.ReadOptions for what it does.")
    options = IngestOptions(
        format,
        ReadOptions(source=source, **read),
        create_missing,
        grid_time_zone,
        max_rejects,
        dry_run,
        collected_at_basis,
    )
    table = to_arrow(frame)
    judge_leftovers()
    begun = time.monotonic()
    name = name or _made_name(table, source)
    result, verdict = ingest_table(table, name, options)
    return Ingested(name, time.monotonic() - begun, result, verdict)


def to_arrow(frame: Any) -> pa.Table:
    """The frame as an Arrow table; raises LoadError where it is none."""
    try:
        if isinstance(frame, pa.Table):
            return frame
        if isinstance(frame, pa.RecordBatch):
            return pa.Table.from_batches([frame])
        if type(frame).__module__.partition(".")[0] == "pandas" and hasattr(frame, "reset_index"):
            return _from_pandas(frame)
        if hasattr(frame, "__arrow_c_stream__"):
            return pa.table(frame)
    except (pa.ArrowException, TypeError, ValueError) as error:
        why = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise LoadError(f"The frame cannot be read as a table ({why}); give each column one type.") from error
    raise LoadError(
        f"A {type(frame).__name__} is no frame; give a pandas, Polars or Arrow table, or anything with the Arrow "
        "C stream interface."
    )


def _from_pandas(frame: Any) -> pa.Table:
    import pandas as pd

    if isinstance(frame, pd.Series):
        raise LoadError("A pandas Series is no table; give a DataFrame, such as series.reset_index().")
    if any(level is not None for level in frame.index.names):
        frame = frame.reset_index()
    frame = frame.rename(columns=str)
    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)


def _made_name(table: pa.Table, source: str) -> str:
    shape = hashlib.sha256(repr((table.schema.names, table.num_rows)).encode()).hexdigest()[:12]
    return f"frame://{source}/{table.num_rows}-rows-{shape}"
