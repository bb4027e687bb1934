"""Read how far off forecasts were."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.connection import answer_over_http
from warehouse.entities import SelectedEntities
from warehouse.query import Statement, grouped, run, sql_query
from warehouse.requests.arguments import Form, KnownOptions, Name, check_choice
from warehouse.requests.calls import read_request
from warehouse.requests.times import TimestampLike
from warehouse.session import Reader
from warehouse.shaping import groups

if TYPE_CHECKING:
    import polars as pl

GROUPS = ("lead_time", "quality_level", "hour", "series")
QUALITY_LEVELS = "select quality_level, relative_error_from from marts.quality_levels order by relative_error_from"
LEAD_TIME_BOUNDS = "select hours_from from marts.lead_time_buckets order by hours_from"


@overload
def accuracy(
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    by: str | None = ...,
    into: Literal["pandas"] = ...,
    chunks: None = ...,
    **options: Unpack[KnownOptions],
) -> pd.DataFrame: ...


@overload
def accuracy(
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    by: str | None = ...,
    into: Literal["polars"],
    chunks: None = ...,
    **options: Unpack[KnownOptions],
) -> "pl.DataFrame": ...


@overload
def accuracy(
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    by: str | None = ...,
    into: Literal["arrow"],
    chunks: None = ...,
    **options: Unpack[KnownOptions],
) -> pa.Table: ...


@overload
def accuracy(
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    by: str | None = ...,
    into: Form = ...,
    chunks: int,
    **options: Unpack[KnownOptions],
) -> Iterator[Any]: ...


@answer_over_http
def accuracy(
    start: TimestampLike = None,
    end: TimestampLike = None,
    *,
    by: str | None = "lead_time",
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
    """Return how far off the forecasts of the intervals in [start, end) were, per series and group.

    Example:
        >>> wh.accuracy("2026-03-30", "2026-04-03", by="lead_time", grid="Grid1")

    Returns:
        One row per series, actual series and group: forecasts (how many), bias, mae and rmse in `unit`, mape and wape
        as fractions, and mean_absolute_actual in `unit`. Each forecast counts once: where several resolutions of its
        actual cover its interval, that of its own resolution is compared, else the finest. With "region", "grid",
        "metric" and "month" all actual series are in one row.
        With by=None the columns of marts.fct_forecast_accuracy.

    Args:
        start: The first interval_start. A day is local to the grid, a time without an offset is UTC; None is open.
        end: The end of the range, which is not included; as start.
        by: "lead_time" (buckets of the code list), "quality_level", "hour" (of the local day), "series" (all in
            one) or "month" (the local one) for each series; "region", "grid" or "metric" for all of their series, per
            metric, source and unit; or None for every forecast next to its actual.
        collected: Knowledge time: only forecasts and actuals known then.
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
        "accuracy",
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
    check_choice("grouping", by, [*GROUPS, *groups.GROUPS, None])
    times = (request.collected, request.loaded) if request.is_as_of else ()
    suffix = "_as_of" if request.is_as_of else ""

    def query(read: Reader, selected: SelectedEntities) -> Statement:
        bounds, levels = _code_lists(read)
        if by is None:
            statement = sql_query(request, f"accuracy{suffix}", *times)(read, selected)
            return replace(statement, finish=lambda rows: _with_ordered_levels(rows, levels))
        name = f"accuracy_by_group{suffix}"
        sums = grouped(request, name, by, *times) if by in groups.GROUPS else sql_query(request, name, by, None, *times)
        return replace(sums(read, selected), finish=lambda rows: _labelled(rows, by, bounds, levels))

    return run(request, query)


def _code_lists(read: Reader) -> tuple[list[float], list[str]]:
    levels = read(QUALITY_LEVELS)["quality_level"].to_pylist()
    return read(LEAD_TIME_BOUNDS)["hours_from"].to_pylist(), levels


def _labelled(rows: pa.Table, by: str, bounds: list[float], levels: list[str]) -> pa.Table:
    """Replace group_number by what it means.

    lead_time: how many bounds (hours) are reached. quality_level: the number of the level, from 1; 0 for none.
    hour: of the local day. month: 202603. Other groups are all in one.
    """
    position = rows.column_names.index("group_number")
    numbers = rows["group_number"].combine_chunks()
    labels: dict[str, pa.Array] = {}
    if by == "lead_time":
        edges = pa.array([None, *bounds, None], pa.float64())
        labels["lead_time_from_hours"] = edges.take(numbers)
        labels["lead_time_to_hours"] = edges.take(pc.add(numbers, 1))
    elif by == "quality_level":
        codes = pc.subtract(pc.if_else(pc.equal(numbers, 0), None, numbers), 1)
        labels["quality_level"] = pa.DictionaryArray.from_arrays(codes, pa.array(levels, pa.string()), ordered=True)
    elif by == "hour":
        labels["hour"] = numbers
    rows = rows.remove_column(position)
    if by in groups.GROUPS:
        rows = rows.drop_columns(["actual_series_id"])
    if by == "month":
        days = [date(number // 100, number % 100, 1) for number in numbers.to_pylist()]
        rows = rows.append_column(groups.MONTH, pa.array(days, pa.date32()))
    for offset, (name, column) in enumerate(labels.items()):
        rows = rows.add_column(position + offset, name, column)
    return rows


def _with_ordered_levels(rows: pa.Table, levels: list[str]) -> pa.Table:
    """Make quality_level an ordered category."""
    codes = pc.index_in(rows["quality_level"], value_set=pa.array(levels, pa.string())).combine_chunks()
    ordered = pa.DictionaryArray.from_arrays(codes, pa.array(levels, pa.string()), ordered=True)
    return rows.set_column(rows.column_names.index("quality_level"), "quality_level", ordered)
