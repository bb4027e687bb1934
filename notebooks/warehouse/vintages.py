"""Read how the values of one series changed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

import pandas as pd
import pyarrow as pa

from warehouse.answers.schemas import REVISIONS, REVISIONS_ORDER
from warehouse.archive.reading import ArchivedAnswer, across_archive
from warehouse.connection import answer_over_http
from warehouse.query import Query, run, sql_query
from warehouse.requests.arguments import (
    Form,
    HistoryOptions,
)
from warehouse.requests.calls import ReadRequest, read_request
from warehouse.requests.times import TimestampLike, parse_interval

if TYPE_CHECKING:
    import polars as pl


@overload
def history(
    node: str | int,
    metric: str | None,
    interval: TimestampLike | tuple[TimestampLike, TimestampLike],
    *,
    into: Literal["pandas"] = ...,
    chunks: None = ...,
    **options: Unpack[HistoryOptions],
) -> pd.DataFrame: ...


@overload
def history(
    node: str | int,
    metric: str | None,
    interval: TimestampLike | tuple[TimestampLike, TimestampLike],
    *,
    into: Literal["polars"],
    chunks: None = ...,
    **options: Unpack[HistoryOptions],
) -> "pl.DataFrame": ...


@overload
def history(
    node: str | int,
    metric: str | None,
    interval: TimestampLike | tuple[TimestampLike, TimestampLike],
    *,
    into: Literal["arrow"],
    chunks: None = ...,
    **options: Unpack[HistoryOptions],
) -> pa.Table: ...


@overload
def history(
    node: str | int,
    metric: str | None,
    interval: TimestampLike | tuple[TimestampLike, TimestampLike],
    *,
    into: Form = ...,
    chunks: int,
    **options: Unpack[HistoryOptions],
) -> Iterator[Any]: ...


@answer_over_http
def history(
    node: str | int,
    metric: str | None,
    interval: TimestampLike | tuple[TimestampLike, TimestampLike],
    *,
    grid: str | int | None = None,
    region: str | int | None = None,
    source: str | None = None,
    resolution: str | None = None,
    collected: TimestampLike = None,
    loaded: TimestampLike = None,
    flagged: bool | None = None,
    local: bool = False,
    limit: int | None = None,
    unit: str | None = None,
    into: Form = "pandas",
    chunks: int | None = None,
) -> Any:
    """Return every revision of one series, oldest first.

    Example:
        >>> wh.history("Node1", "power", "2026-04-01 12:00", grid="Grid1", region="Region1")

    Returns:
        One row per interval and revision: the columns of `latest`, and previous_value, change, lead_time_hours,
        is_latest, interval_end, known_from and known_to.

    Args:
        node: A name or an integer id.
        metric: A name; None where the node has only one.
        interval: The start of one interval, or a pair (start, end).
        grid: A name or an integer id, where node and metric match several series.
        region: As grid, as it is today.
        source: A name, where node and metric match several series.
        resolution: A resolution, such as "PT15M".
        collected: Knowledge time: only revisions known then; known_to and is_latest are as of then.
        loaded: System time: only revisions that this warehouse held then.
        flagged: As in `latest`.
        local: Add interval_start_local, in the time zone of the grid. All rows must be in one zone.
        limit: Return at most this number of rows.
        unit: Convert values to this unit, such as "GW". Power is not converted to energy, nor one currency to another.
        into: "pandas", "polars" or "arrow".
        chunks: Return an iterator of answers of this number of rows each.

    Raises:
        ReadError: The names match no series or several, an argument is not valid, or the warehouse is not running or
            not built.
    """
    request = read_request(
        "history",
        node=node,
        metric=metric,
        interval=interval,
        grid=grid,
        region=region,
        source=source,
        resolution=resolution,
        collected=collected,
        loaded=loaded,
        flagged=flagged,
        local=local,
        limit=limit,
        unit=unit,
        into=into,
        chunks=chunks,
    )
    within = parse_interval(interval, request.zone or "UTC")

    def of_range(part: ReadRequest) -> Query:
        return sql_query(part, "history", request.collected, request.loaded, flagged)

    archived = ArchivedAnswer(name="history", schema=REVISIONS, order=REVISIONS_ORDER, flagged=flagged)
    return run(request, across_archive(request, of_range, archived, within), only_one=True)
