"""Read what was changed after delivery."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

import pandas as pd
import pyarrow as pa

from warehouse.connection import answer_over_http
from warehouse.query import grouped, run, sql_query
from warehouse.requests.arguments import Form, KnownOptions, Name, check_choice
from warehouse.requests.calls import read_request
from warehouse.requests.times import TimestampLike
from warehouse.shaping.groups import GROUPS

if TYPE_CHECKING:
    import polars as pl


@overload
def restatements(
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    by: str | None = ...,
    into: Literal["pandas"] = ...,
    chunks: None = ...,
    **options: Unpack[KnownOptions],
) -> pd.DataFrame: ...


@overload
def restatements(
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    by: str | None = ...,
    into: Literal["polars"],
    chunks: None = ...,
    **options: Unpack[KnownOptions],
) -> "pl.DataFrame": ...


@overload
def restatements(
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    by: str | None = ...,
    into: Literal["arrow"],
    chunks: None = ...,
    **options: Unpack[KnownOptions],
) -> pa.Table: ...


@overload
def restatements(
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    by: str | None = ...,
    into: Form = ...,
    chunks: int,
    **options: Unpack[KnownOptions],
) -> Iterator[Any]: ...


@answer_over_http
def restatements(
    start: TimestampLike = None,
    end: TimestampLike = None,
    *,
    by: str | None = None,
    grid: Name = None,
    region: Name = None,
    node: Name = None,
    metric: Name = None,
    source: Name = None,
    resolution: Name = None,
    collected: TimestampLike = None,
    loaded: TimestampLike = None,
    local: bool = False,
    limit: int | None = None,
    unit: str | None = None,
    into: Form = "pandas",
    chunks: int | None = None,
) -> Any:
    """Return what was changed after delivery, of the intervals in [start, end).

    Example:
        >>> wh.restatements("2026-03-30", "2026-04-03", grid="Grid1")

    Returns:
        One row per change: the columns of marts.fct_restatements, with its size and lateness. A first reading that
        replaces a forecast is included (is_first_reading). With by= the columns of marts.agg_restatements.

    Args:
        start: The first interval_start. A day is local to the grid, a time without an offset is UTC; None is open.
        end: The end of the range, which is not included; as start.
        by: None for one row per change; "month" for sums per series and local month, or "region", "grid" or "metric"
            for those of all of their series, per metric, source and unit, without first readings.
        collected: Knowledge time: only changes known then.
        loaded: System time: only what this warehouse held then.
        grid: A name, an integer id, or a list of these.
        region: As grid, as it is today.
        node: As grid.
        metric: A name, or a list of names.
        source: A name, or a list of names.
        resolution: A resolution, such as "PT15M".
        local: Add interval_start_local, in the time zone of the grid. All rows must be in one zone.
        limit: Return at most this number of rows.
        unit: Convert values to this unit, such as "GW". Power is not converted to energy, nor one currency to another.
        into: "pandas", "polars" or "arrow".
        chunks: Return an iterator of answers of this number of rows each.

    Raises:
        ReadError: A name is unknown, an argument is not valid, or the warehouse is not running or not built.
    """
    request = read_request(
        "restatements",
        start=start,
        end=end,
        by=by,
        grid=grid,
        region=region,
        node=node,
        metric=metric,
        source=source,
        resolution=resolution,
        collected=collected,
        loaded=loaded,
        local=local,
        limit=limit,
        unit=unit,
        into=into,
        chunks=chunks,
    )
    check_choice("grouping", by, [*GROUPS, None])
    times = (request.collected, request.loaded) if request.is_as_of else ()
    suffix = "_as_of" if request.is_as_of else ""
    if by is None:
        return run(request, sql_query(request, f"restatements{suffix}", *times))
    return run(request, grouped(request, f"restatements_by_group{suffix}", by, *times))
