"""Read values: the newest, and those as of a time."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

import pandas as pd
import pyarrow as pa

from warehouse.answers.schemas import VALUES, VALUES_ORDER
from warehouse.archive.reading import ArchivedAnswer, across_archive
from warehouse.connection import answer_over_http
from warehouse.query import answered_by_nodes, resampled, run, values_query
from warehouse.requests.arguments import AsOfOptions, FlaggedOptions, Form, Name, Regions
from warehouse.requests.calls import is_about_one_node, read_request
from warehouse.requests.times import TimestampLike, parse_position

if TYPE_CHECKING:
    import polars as pl

_answer = partial(answer_over_http, has_few=is_about_one_node)


@overload
def latest(
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    into: Literal["pandas"] = ...,
    chunks: None = ...,
    **options: Unpack[FlaggedOptions],
) -> pd.DataFrame: ...


@overload
def latest(
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    into: Literal["polars"],
    chunks: None = ...,
    **options: Unpack[FlaggedOptions],
) -> "pl.DataFrame": ...


@overload
def latest(
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    into: Literal["arrow"],
    chunks: None = ...,
    **options: Unpack[FlaggedOptions],
) -> pa.Table: ...


@overload
def latest(
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    into: Form = ...,
    chunks: int,
    **options: Unpack[FlaggedOptions],
) -> Iterator[Any]: ...


@_answer
def latest(
    start: TimestampLike = None,
    end: TimestampLike = None,
    *,
    grid: Name = None,
    region: Name = None,
    node: Name = None,
    metric: Name = None,
    source: Name = None,
    resolution: Name = None,
    regions: Regions = "then",
    flagged: bool | None = None,
    local: bool = False,
    limit: int | None = None,
    after: tuple[int, TimestampLike] | None = None,
    unit: str | None = None,
    resample: str | None = None,
    wide: Name = None,
    into: Form = "pandas",
    chunks: int | None = None,
) -> Any:
    """Return the newest value of each series and interval in [start, end).

    Example:
        >>> wh.latest("2026-04-01", "2026-04-02", grid="Grid1", metric="power")

    Returns:
        One row per series and interval: interval_start, value, collected_at, grid_name, region_name, node_name, metric,
        source, resolution, unit, quality_flag, series_id, grid_id, region_id, node_id, load_id.
        value is in `unit`; NaN means that the publisher withdrew the value.

    Args:
        start: The first interval_start. A day is local to the grid, a time without an offset is UTC; None is open.
        end: The end of the range, which is not included; as start.
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
        after: Continue after this series_id and interval_start, those of the last row of an earlier answer.
        unit: Convert values to this unit, such as "GW". Power is not converted to energy, nor one currency to another.
        resample: "1h", "1D", "1W", "1M" or "1Y": values over these intervals of the time zone of the grid, energy added
            up, all else averaged. Where intervals are missing, value is NaN; intervals and intervals_expected say how
            many there are.
        wide: "node", "region", "grid", "metric", "source" or "resolution", or a list of these: one column for each, and
            interval_start as the index. The units are in frame.attrs["units"].
        into: "pandas", "polars" or "arrow".
        chunks: Return an iterator of answers of this number of rows each.
        flagged: True returns only values that break a quality rule, False only those that break none.

    Raises:
        ReadError: A name is unknown, an argument is not valid, or the warehouse is not running or not built.
    """
    request = read_request(
        "latest",
        start=start,
        end=end,
        grid=grid,
        region=region,
        node=node,
        metric=metric,
        source=source,
        resolution=resolution,
        regions=regions,
        flagged=flagged,
        local=local,
        limit=limit,
        after=after,
        unit=unit,
        resample=resample,
        wide=wide,
        into=into,
        chunks=chunks,
    )
    query = values_query(request, "latest", flagged, *parse_position(after))
    if after is None:
        query = answered_by_nodes(request, query, "latest_on_nodes", flagged)
    return run(request, resampled(request, query, "series_id", "collected_at"), request.columns)


@overload
def as_of(
    collected: TimestampLike,
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    into: Literal["pandas"] = ...,
    chunks: None = ...,
    **options: Unpack[AsOfOptions],
) -> pd.DataFrame: ...


@overload
def as_of(
    collected: TimestampLike,
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    into: Literal["polars"],
    chunks: None = ...,
    **options: Unpack[AsOfOptions],
) -> "pl.DataFrame": ...


@overload
def as_of(
    collected: TimestampLike,
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    into: Literal["arrow"],
    chunks: None = ...,
    **options: Unpack[AsOfOptions],
) -> pa.Table: ...


@overload
def as_of(
    collected: TimestampLike,
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    into: Form = ...,
    chunks: int,
    **options: Unpack[AsOfOptions],
) -> Iterator[Any]: ...


@_answer
def as_of(
    collected: TimestampLike,
    start: TimestampLike = None,
    end: TimestampLike = None,
    *,
    grid: Name = None,
    region: Name = None,
    node: Name = None,
    metric: Name = None,
    source: Name = None,
    resolution: Name = None,
    regions: Regions = "then",
    loaded: TimestampLike = None,
    flagged: bool | None = None,
    local: bool = False,
    limit: int | None = None,
    after: tuple[int, TimestampLike] | None = None,
    unit: str | None = None,
    resample: str | None = None,
    wide: Name = None,
    into: Form = "pandas",
    chunks: int | None = None,
) -> Any:
    """Return the value of each series and interval in [start, end) as it was known at a time.

    Example:
        >>> wh.as_of("2026-03-31 09:00", "2026-04-01", "2026-04-02", node="Node1")

    Returns:
        The columns of `latest`, one row per series and interval.

    Args:
        collected: Knowledge time: what had been published by then. None reads everything.
        start: The first interval_start. A day is local to the grid, a time without an offset is UTC; None is open.
        end: The end of the range, which is not included; as start.
        loaded: System time: what this warehouse would have answered then. `frame.attrs["read_at"]` of an earlier answer
            repeats that answer.
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
        after: Continue after this series_id and interval_start, those of the last row of an earlier answer.
        unit: Convert values to this unit, such as "GW". Power is not converted to energy, nor one currency to another.
        resample: "1h", "1D", "1W", "1M" or "1Y": values over these intervals of the time zone of the grid, energy added
            up, all else averaged. Where intervals are missing, value is NaN; intervals and intervals_expected say how
            many there are.
        wide: "node", "region", "grid", "metric", "source" or "resolution", or a list of these: one column for each, and
            interval_start as the index. The units are in frame.attrs["units"].
        into: "pandas", "polars" or "arrow".
        chunks: Return an iterator of answers of this number of rows each.
        flagged: As in `latest`.

    Raises:
        ReadError: A name is unknown, an argument is not valid, or the warehouse is not running or not built.
    """
    request = read_request(
        "as_of",
        collected=collected,
        start=start,
        end=end,
        grid=grid,
        region=region,
        node=node,
        metric=metric,
        source=source,
        resolution=resolution,
        regions=regions,
        loaded=loaded,
        flagged=flagged,
        local=local,
        limit=limit,
        after=after,
        unit=unit,
        resample=resample,
        wide=wide,
        into=into,
        chunks=chunks,
    )
    position = parse_position(after)
    name, times = "as_of", [request.collected, request.loaded]
    if request.loaded is None:
        name, times = "collected_by", [request.collected]  # the same values by a query that is planned sooner
    archived = ArchivedAnswer(
        name="as_of", schema=VALUES, order=VALUES_ORDER, only_newest=True, flagged=flagged, after=position
    )
    query = across_archive(request, lambda part: values_query(part, name, *times, flagged, *position), archived)
    if after is None and request.loaded is None:
        query = answered_by_nodes(request, query, "collected_by_on_nodes", request.collected, flagged)
    return run(request, resampled(request, query, "series_id", "collected_at"), request.columns)
