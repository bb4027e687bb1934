"""Read regions and grids by the hour, and how complete the days are."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.connection import answer_over_http
from warehouse.entities import LOCATION_COLUMNS, SERIES_COLUMNS, SelectedEntities, read_catalog
from warehouse.errors import ReadError
from warehouse.query import Statement, grouped, resampled, run, sql_query
from warehouse.requests.arguments import (
    Form,
    Name,
    RollupOptions,
    SeriesOptions,
    check_choice,
    check_choices,
)
from warehouse.requests.calls import read_request
from warehouse.requests.times import TimestampLike, parse_days
from warehouse.session import Reader
from warehouse.shaping.groups import GROUPS

if TYPE_CHECKING:
    import polars as pl


@overload
def rollup(
    level: str,
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    into: Literal["pandas"] = ...,
    chunks: None = ...,
    **options: Unpack[RollupOptions],
) -> pd.DataFrame: ...


@overload
def rollup(
    level: str,
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    into: Literal["polars"],
    chunks: None = ...,
    **options: Unpack[RollupOptions],
) -> "pl.DataFrame": ...


@overload
def rollup(
    level: str,
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    into: Literal["arrow"],
    chunks: None = ...,
    **options: Unpack[RollupOptions],
) -> pa.Table: ...


@overload
def rollup(
    level: str,
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    into: Form = ...,
    chunks: int,
    **options: Unpack[RollupOptions],
) -> Iterator[Any]: ...


@answer_over_http
def rollup(
    level: str,
    start: TimestampLike = None,
    end: TimestampLike = None,
    *,
    collected: TimestampLike = None,
    loaded: TimestampLike = None,
    grid: Name = None,
    region: Name = None,
    metric: Name = None,
    source: Name = None,
    local: bool = False,
    limit: int | None = None,
    unit: str | None = None,
    resample: str | None = None,
    wide: Name = None,
    into: Form = "pandas",
    chunks: int | None = None,
) -> Any:
    """Return the hours in [start, end) of each region or grid: the values of its nodes added up, or averaged.

    Example:
        >>> wh.rollup("grid", "2026-04-01", "2026-04-02", metric="power")

    Returns:
        One row per region or grid, metric, source, unit and hour: the columns of marts.fct_region_hourly or
        fct_grid_hourly, with value in `unit` and nodes_reporting of nodes_expected.

    Args:
        level: "region" or "grid".
        start: The first interval_start. A day is local to the grid, a time without an offset is UTC; None is open.
        end: The end of the range, which is not included; as start.
        collected: Knowledge time: what had been published by then.
        loaded: System time: what this warehouse would have answered then.
        grid: A name, an integer id, or a list of these.
        region: As grid. A node counts in the region that it was in when the hour began, as in `latest`.
        metric: A name, or a list of names.
        source: A name, or a list of names.
        local: Add interval_start_local, in the time zone of the grid. All rows must be in one zone.
        limit: Return at most this number of rows.
        unit: Convert values to this unit, such as "GW". Power is not converted to energy, nor one currency to another.
        resample: "1h", "1D", "1W", "1M" or "1Y": values over these intervals of the time zone of the grid, energy added
            up, all else averaged. Where intervals are missing, value is NaN; intervals and intervals_expected say how
            many there are.
        wide: "node", "region", "grid", "metric", "source" or "resolution", or a list of these: one column for each, and
            interval_start as the index. The units are in frame.attrs["units"].
        into: "pandas", "polars" or "arrow".
        chunks: Return an iterator of answers of this number of rows each.

    Raises:
        ReadError: A name is unknown, an argument is not valid, or the warehouse is not running or not built.
    """
    request = read_request(
        "rollup",
        level=level,
        start=start,
        end=end,
        collected=collected,
        loaded=loaded,
        grid=grid,
        region=region,
        metric=metric,
        source=source,
        local=local,
        limit=limit,
        unit=unit,
        resample=resample,
        wide=wide,
        into=into,
        chunks=chunks,
    )
    columns = LOCATION_COLUMNS[check_choice("level", level, LOCATION_COLUMNS)]
    if level == "grid" and region is not None:
        raise ReadError('A roll-up of grids has no regions. Leave region out, or use rollup("region", ...).')

    def query(read: Reader, selected: SelectedEntities) -> Statement:
        metrics, sources = known_kinds(read, metric, source)
        if request.is_as_of:
            times = request.collected, request.loaded
            return sql_query(request, f"{level}_hourly_as_of", metrics, sources, *times)(read, selected)
        return sql_query(request, f"{level}_hourly", metrics, sources)(read, selected)

    further = "metric", "source", "unit", "nodes_reporting", "nodes_expected"
    return run(request, resampled(request, query, columns.key, *further), columns)


def known_kinds(read: Reader, metric: Name, source: Name) -> tuple[list[str] | None, list[str] | None]:
    """Return the metrics and sources as lists. Raises ReadError for one that no series has."""
    series = read_catalog(read, SERIES_COLUMNS).all.table
    metrics = check_choices("metric", metric, pc.unique(series["metric"]).to_pylist())
    return metrics, check_choices("source", source, pc.unique(series["source"]).to_pylist())


@overload
def completeness(
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    by: str | None = ...,
    into: Literal["pandas"] = ...,
    chunks: None = ...,
    **options: Unpack[SeriesOptions],
) -> pd.DataFrame: ...


@overload
def completeness(
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    by: str | None = ...,
    into: Literal["polars"],
    chunks: None = ...,
    **options: Unpack[SeriesOptions],
) -> "pl.DataFrame": ...


@overload
def completeness(
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    by: str | None = ...,
    into: Literal["arrow"],
    chunks: None = ...,
    **options: Unpack[SeriesOptions],
) -> pa.Table: ...


@overload
def completeness(
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    by: str | None = ...,
    into: Form = ...,
    chunks: int,
    **options: Unpack[SeriesOptions],
) -> Iterator[Any]: ...


@answer_over_http
def completeness(
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
    local: bool = False,
    limit: int | None = None,
    into: Form = "pandas",
    chunks: int | None = None,
) -> Any:
    """Return how many intervals each series has of those expected, for each local day in [start, end).

    Example:
        >>> wh.completeness("2026-03-30", "2026-04-03", grid="Grid1")

    Returns:
        One row per series and local day: the columns of marts.fct_completeness, with expected (23, 24 or 25 hours),
        present, withdrawn and missing. With by= their sums.

    Args:
        start: The first day, on the calendar of the grid, as it is written.
        end: The end of the range, which is not included; an end within a day includes that day.
        by: "region", "grid", "metric" or "month" for the sums of their days, per metric and source; None for each day.
        grid: A name, an integer id, or a list of these.
        region: As grid, as it is today.
        node: As grid.
        metric: A name, or a list of names.
        source: A name, or a list of names.
        resolution: A resolution, such as "PT15M", or a list of them.
        local: Add interval_start_local, in the time zone of the grid. All rows must be in one zone.
        limit: Return at most this number of rows.
        into: "pandas", "polars" or "arrow".
        chunks: Return an iterator of answers of this number of rows each.

    Raises:
        ReadError: A name is unknown, an argument is not valid, or the warehouse is not running or not built.
    """
    request = read_request(
        "completeness",
        start=start,
        end=end,
        by=by,
        grid=grid,
        region=region,
        node=node,
        metric=metric,
        source=source,
        resolution=resolution,
        is_by_day=True,
        local=local,
        limit=limit,
        into=into,
        chunks=chunks,
    )
    columns = replace(SERIES_COLUMNS, names=SERIES_COLUMNS.names[:-1])  # counts have no unit
    check_choice("grouping", by, [*GROUPS, None])
    within = parse_days(start, end, request.zone or "UTC")
    if by is None:
        return run(request, sql_query(request, "completeness", within=within), columns)
    return run(request, grouped(request, "completeness_by_group", by, within=within), columns)
