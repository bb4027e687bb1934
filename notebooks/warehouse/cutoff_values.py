"""Read what was known at named cut-offs."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

import pandas as pd
import pyarrow as pa

from warehouse.answers.schemas import CUTOFF_VALUES
from warehouse.archive.reading import ArchivedAnswer, across_archive
from warehouse.connection import answer_over_http
from warehouse.cutoff_rollups import CUTOFFS, rolled_up_at_cutoffs
from warehouse.entities import SelectedEntities
from warehouse.query import Query, Statement, resampled, run, values_query
from warehouse.requests.arguments import (
    CutoffOptions,
    Form,
    Name,
    Regions,
    check_choices,
)
from warehouse.requests.calls import ReadRequest, read_request
from warehouse.requests.times import TimestampLike
from warehouse.session import Reader

if TYPE_CHECKING:
    import polars as pl

CUTOFF_ORDER = "series_id, interval_start, cutoff_at, cutoff_name"


@overload
def at_cutoff(
    name: str | list[str] | None,
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    into: Literal["pandas"] = ...,
    chunks: None = ...,
    **options: Unpack[CutoffOptions],
) -> pd.DataFrame: ...


@overload
def at_cutoff(
    name: str | list[str] | None,
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    into: Literal["polars"],
    chunks: None = ...,
    **options: Unpack[CutoffOptions],
) -> "pl.DataFrame": ...


@overload
def at_cutoff(
    name: str | list[str] | None,
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    into: Literal["arrow"],
    chunks: None = ...,
    **options: Unpack[CutoffOptions],
) -> pa.Table: ...


@overload
def at_cutoff(
    name: str | list[str] | None,
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    into: Form = ...,
    chunks: int,
    **options: Unpack[CutoffOptions],
) -> Iterator[Any]: ...


@answer_over_http
def at_cutoff(
    name: str | list[str] | None,
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
    regions: Regions = "then",
    collected: TimestampLike = None,
    loaded: TimestampLike = None,
    local: bool = False,
    limit: int | None = None,
    unit: str | None = None,
    resample: str | None = None,
    wide: Name = None,
    into: Form = "pandas",
    chunks: int | None = None,
) -> Any:
    """Return what was known of each interval at a named cut-off of its day, such as "day-ahead".

    Example:
        >>> wh.at_cutoff("day-ahead", "2026-04-01", "2026-04-02", node="Node1")

    Returns:
        One row per cut-off, series and interval: the columns of `latest` without quality_flag, and cutoff_name,
        delivery_date (local) and cutoff_at. With by= the columns of `rollup` and these.

    Args:
        name: A cut-off, a list of them, or None for all; `cutoffs()` lists them.
        start: The first interval_start. A day is local to the grid, a time without an offset is UTC; None is open.
        end: The end of the range, which is not included; as start.
        by: "region" or "grid" for the hours of their nodes added up or averaged, as in `rollup`; None for each series.
        collected: Only cut-offs that had passed at this knowledge time.
        loaded: System time: what this warehouse would have answered then.
        grid: A name, an integer id, or a list of these.
        region: As grid. It means the region that a node was in when the interval began, as in `rollup`; see regions.
        node: As grid.
        metric: A name, or a list of names.
        source: A name, or a list of names.
        resolution: A resolution, such as "PT15M", or a list of them.
        regions: "then" selects and shows the region and grid of a node at the start of each interval, "today" those of
            today.
        local: Add interval_start_local, in the time zone of the grid. All rows must be in one zone.
        limit: Return at most this number of rows.
        unit: Convert values to this unit, such as "GW". Power is not converted to energy, nor one currency to another.
        resample: "1h", "1D", "1W", "1M" or "1Y": values over these intervals of the time zone of the grid, energy added
            up, all else averaged. Where intervals are missing, value is NaN; intervals and intervals_expected say how
            many there are.
        wide: "node", "cutoff" and so on, or a list of these: one column for each, as in `latest`.
        into: "pandas", "polars" or "arrow".
        chunks: Return an iterator of answers of this number of rows each.

    Raises:
        ReadError: A name is unknown, an argument is not valid, or the warehouse is not running or not built.
    """
    request = read_request(
        "at_cutoff",
        name=name,
        start=start,
        end=end,
        by=by,
        grid=grid,
        region=region,
        node=node,
        metric=metric,
        source=source,
        resolution=resolution,
        regions=regions,
        collected=collected,
        loaded=loaded,
        local=local,
        limit=limit,
        unit=unit,
        resample=resample,
        wide=wide,
        into=into,
        chunks=chunks,
    )

    if by is not None:
        return rolled_up_at_cutoffs(request, name, by)

    def query(read: Reader, selected: SelectedEntities) -> Statement:
        names = check_choices("cut-off", name, read(CUTOFFS)["name"].unique().to_pylist())

        def of_range(part: ReadRequest) -> Query:
            times = request.collected, request.loaded
            return values_query(part, "at_cutoff_as_of", names, *times, order=CUTOFF_ORDER)

        order = (*CUTOFF_ORDER.split(", "),)
        archived = ArchivedAnswer(name="at_cutoff", schema=CUTOFF_VALUES, order=order, cutoff_names=names)
        return across_archive(request, of_range, archived)(read, selected)

    columns = "cutoff_name", "cutoff_at", "collected_at"
    return run(request, resampled(request, query, "series_id", *columns), request.columns)
