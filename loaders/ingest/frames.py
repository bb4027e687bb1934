"""Load tables in memory: pandas, Polars, Arrow, and others with the Arrow C stream interface."""

import hashlib
import time
from typing import Any

import pyarrow as pa

from loaders.errors import LoadError, UsageError
from loaders.formats import ReadOptions
from loaders.ingest.pipeline import IngestOptions, IngestResult, gate_pending_loads, ingest_table
from loaders.messages import one_line, suggest_names


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
    who: str | None = None,
    why: str = "stored",
    **read: Any,
) -> IngestResult:
    """Load a table as one load: stored, gated, then accepted. The same rows are not loaded twice.

    Args:
        frame: pandas, Polars or Arrow table in the columns of `format` (long, wide or gridstatus). Values are in the
            unit of their series, or in that of a column `unit`. Times have a time zone, or are local times of
            `time_zone`. Named levels of a pandas index are columns. NaN in pandas is an empty value.
        source: Who delivers the rows.
        collected_at_basis: `published`, `observed` or `inferred`; None takes it from the format and the options.
        name: Name for the ledger; None makes one from the frame's shape.
        format: Name of a format that reads tables.
        create_missing: Register unknown grids, regions, nodes and series.
        grid_time_zone: IANA time zone of grids that are registered.
        max_rejects: Share (float, 0 to 1) or number (int) of rejected rows above which nothing is stored.
        dry_run: Show what would happen. Nothing is stored.
        who: Name for the ledger; None is the database login.
        why: Reason for the ledger.
        **read: Fields of loaders.formats.ReadOptions, such as time_zone, metric, grid or collected_at.

    Returns:
        The load with its counts of rows, and the gate's verdict.

    Raises:
        LoadError: The frame cannot be loaded; nothing is stored.
        UsageError: An option is unknown or invalid; nothing is stored.

    Examples:
        >>> import loaders
        >>> import pandas as pd
        >>> hours = pd.date_range("2026-03-01", periods=2, freq="h", tz="UTC")
        >>> frame = pd.DataFrame({"interval_start": hours, "value": [812.5, 790.0]}).assign(
        ...     grid="North", region="Coast", node="Harbour", metric="load", collected_at=hours[-1]
        ... )
        >>> outcome = loaders.load_frame(frame, source="plant", create_missing=True, grid_time_zone="Europe/Berlin")
        >>> outcome.result.status, outcome.result.rows_inserted
        ('accepted', 2)
    """
    valid = ReadOptions.__dataclass_fields__
    if unknown := sorted(set(read) - set(valid)):
        raise UsageError(f"load_frame() got an unknown option {unknown[0]!r}. {suggest_names(unknown[0], valid)}")
    options = IngestOptions(
        format=format,
        read=ReadOptions(source=source, **read),
        create_missing=create_missing,
        grid_time_zone=grid_time_zone,
        max_rejects=max_rejects,
        dry_run=dry_run,
        collected_at_basis=collected_at_basis,
        who=who,
        why=why,
    )
    table = to_arrow(frame)
    gate_pending_loads()
    started = time.monotonic()
    name = name or _name_by_shape(table, source)
    result, verdict = ingest_table(table, name, options)
    return IngestResult(name, time.monotonic() - started, result, verdict)


def to_arrow(frame: Any) -> pa.Table:
    """Return a frame as an Arrow table. Raises LoadError for an unsupported type."""
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
        reason = one_line(error) or type(error).__name__
        raise LoadError(f"The frame cannot be read as a table ({reason}). Give each column one type.") from error
    raise LoadError(
        f"Unsupported type {type(frame).__name__}. Pass a pandas, Polars or Arrow table, or another one with the Arrow"
        " C stream interface."
    )


def _from_pandas(frame: Any) -> pa.Table:
    import pandas as pd

    if isinstance(frame, pd.Series):
        raise LoadError("Unsupported type Series. Pass a DataFrame, such as series.reset_index().")
    if any(level is not None for level in frame.index.names):
        frame = frame.reset_index()
    frame = frame.rename(columns=str)
    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)


def _name_by_shape(table: pa.Table, source: str) -> str:
    shape = hashlib.sha256(repr((table.schema.names, table.num_rows)).encode()).hexdigest()[:12]
    return f"frame://{source}/{table.num_rows}-rows-{shape}"
