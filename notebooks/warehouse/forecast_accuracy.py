"""Read how far off forecasts were."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from warehouse import as_of_scoring
from warehouse.arguments import Form, KnownOptions, Name, check_choice
from warehouse.entities import SelectedEntities
from warehouse.query import Statement, run, sql_query, to_sql_timestamp, warehouse_sql
from warehouse.requests import ReadRequest, read_request
from warehouse.session import Reader
from warehouse.times import TimestampLike

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
    into: Form = "pandas",
    chunks: int | None = None,
) -> Any:
    """Return how far off the forecasts of the intervals in [start, end) were, per series and group.

    Args:
        start: The first interval_start. A day is local to the grid, a time without an offset is UTC; None is open.
        end: The end of the range, which is not included; as start.
        by: "lead_time" (buckets of the code list), "quality_level", "hour" (of the local day), "series" (all in
            one), or None for every forecast next to its actual.
        collected: Knowledge time: only forecasts and actuals known then. Reads all revisions of the range into memory.
        loaded: System time: only what this warehouse held then. Reads all revisions of the range into memory.
        grid: A name, an integer id, or a list of these.
        region: As grid, as it is today.
        node: As grid.
        metric: A name, or a list of names.
        source: A name, or a list of names.
        resolution: A resolution, such as "PT15M".
        local: Add interval_start_local, in the time zone of the grid. All rows must be in one zone.
        limit: Return at most this number of rows.
        into: "pandas", "polars" or "arrow".
        chunks: Return an iterator of answers of this number of rows each.

    Returns:
        One row per series, actual series and group: forecasts (how many), bias, mae and rmse in `unit`, mape and wape
        as fractions. A series whose actual changed its resolution has rows for both.
        With by=None the columns of marts.fct_forecast_accuracy.

    Raises:
        ReadError: A name is unknown, an argument is not valid, or the warehouse is not running or not built.

    Example:
        >>> wh.accuracy("2026-03-30", "2026-04-03", by="lead_time", grid="Grid1")
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
        into=into,
        chunks=chunks,
    )
    check_choice("grouping", by, [*GROUPS, None])
    if request.is_as_of:
        return run(request, lambda read, selected: Statement(rows=_accuracy_as_of(read, selected, request, by)))

    def query(read: Reader, selected: SelectedEntities) -> Statement:
        bounds, levels = _code_lists(read)
        if by is None:
            statement = sql_query(request, "accuracy")(read, selected)
            return replace(statement, finish=lambda rows: _with_ordered_levels(rows, levels))
        statement = sql_query(request, "accuracy_by_group", by, bounds, levels)(read, selected)
        return replace(statement, finish=lambda rows: _labelled(rows, by, bounds, levels))

    return run(request, query)


def _code_lists(read: Reader) -> tuple[list[float], list[str]]:
    levels = read(QUALITY_LEVELS)["quality_level"].to_pylist()
    return read(LEAD_TIME_BOUNDS)["hours_from"].to_pylist(), levels


def _accuracy_as_of(read: Reader, selected: SelectedEntities, request: ReadRequest, by: str | None) -> pa.Table:
    """Return the scores of the forecasts known at the requested times, from all their revisions."""
    bounds, _ = _code_lists(read)
    levels = read(QUALITY_LEVELS).to_pandas()
    times = to_sql_timestamp(request.collected), to_sql_timestamp(request.loaded)
    range_ = [to_sql_timestamp(time) for time in request.range]
    revisions = read(warehouse_sql("history"), selected.ids, *range_, None, *times, None).to_pandas()
    actual_series = read(warehouse_sql("actual_series"), selected.ids).to_pandas()
    others = actual_series.loc[~actual_series["is_own"], "actual_series_id"].drop_duplicates()
    actuals_range = [None, None]
    if len(revisions):  # actuals are needed up to the end of the last forecast, which may be after the range
        actuals_range = [
            to_sql_timestamp(revisions["interval_start"].min()),
            to_sql_timestamp(revisions["interval_end"].max()),
        ]
    ids = pa.scalar(others.tolist(), pa.list_(pa.int32()))
    actuals = read(warehouse_sql("as_of"), ids, *actuals_range, None, *times, None, None, None).to_pandas()
    rows = as_of_scoring.score_forecasts(revisions, actuals, actual_series, levels)
    if by is not None:
        groups = as_of_scoring.group_codes(rows, by, bounds, selected.time_zone_by_id)
        sums = as_of_scoring.summarize_errors(rows, groups)
        rows = as_of_scoring.label_groups(sums, by, bounds, levels["quality_level"].tolist())
    return as_of_scoring.to_table(rows).slice(0, request.limit)


def _labelled(rows: pa.Table, by: str, bounds: list[float], levels: list[str]) -> pa.Table:
    return as_of_scoring.to_table(as_of_scoring.label_groups(rows.to_pandas(), by, bounds, levels))


def _with_ordered_levels(rows: pa.Table, levels: list[str]) -> pa.Table:
    """Make quality_level an ordered category."""
    codes = pc.index_in(rows["quality_level"], value_set=pa.array(levels, pa.string())).combine_chunks()
    ordered = pa.DictionaryArray.from_arrays(codes, pa.array(levels, pa.string()), ordered=True)
    return rows.set_column(rows.column_names.index("quality_level"), "quality_level", ordered)
