"""Read which values break a quality rule, and the results of load gates and checks."""

from collections.abc import Iterator
from numbers import Integral
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

import pandas as pd
import pyarrow as pa

from warehouse import quality_tables
from warehouse.catalog import to_frame
from warehouse.connection import answer_over_http
from warehouse.entities import SelectedEntities
from warehouse.errors import ReadError
from warehouse.query import Statement, run, sql_query
from warehouse.requests.arguments import Form, Name, SeriesOptions, check_choice, check_choices
from warehouse.requests.calls import read_request
from warehouse.requests.times import TimestampLike
from warehouse.session import Reader

if TYPE_CHECKING:
    import polars as pl

CHECKS = ("marts", "raw")


@overload
def flags(
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    rule: Name = ...,
    into: Literal["pandas"] = ...,
    chunks: None = ...,
    **options: Unpack[SeriesOptions],
) -> pd.DataFrame: ...


@overload
def flags(
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    rule: Name = ...,
    into: Literal["polars"],
    chunks: None = ...,
    **options: Unpack[SeriesOptions],
) -> "pl.DataFrame": ...


@overload
def flags(
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    rule: Name = ...,
    into: Literal["arrow"],
    chunks: None = ...,
    **options: Unpack[SeriesOptions],
) -> pa.Table: ...


@overload
def flags(
    start: TimestampLike = ...,
    end: TimestampLike = ...,
    *,
    rule: Name = ...,
    into: Form = ...,
    chunks: int,
    **options: Unpack[SeriesOptions],
) -> Iterator[Any]: ...


@answer_over_http
def flags(
    start: TimestampLike = None,
    end: TimestampLike = None,
    *,
    rule: Name = None,
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
    """Return the revisions in [start, end) that break a quality rule.

    Example:
        >>> wh.flags("2026-03-30", "2026-04-03", grid="Grid1")

    Returns:
        One row per revision and rule that it breaks: the columns of marts.fct_quality_flags.

    Args:
        start: The first interval_start. A day is local to the grid, a time without an offset is UTC; None is open.
        end: The end of the range, which is not included; as start.
        rule: A rule, or a list of them; None for all.
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
        "flags",
        start=start,
        end=end,
        rule=rule,
        grid=grid,
        region=region,
        node=node,
        metric=metric,
        source=source,
        resolution=resolution,
        local=local,
        limit=limit,
        into=into,
        chunks=chunks,
    )

    def query(read: Reader, selected: SelectedEntities) -> Statement:
        rules = read("select distinct rule from marts.fct_quality_flags order by rule")["rule"].to_pylist()
        return sql_query(request, "flags", check_choices("rule", rule, rules))(read, selected)

    return run(request, query)


def gate_results(load: int | None = None, passed: bool | None = None) -> pd.DataFrame:
    """Return the results of the load gate.

    Example:
        >>> wh.gate_results(passed=False)

    Returns:
        One row per load, evaluation, rule and metric: the columns of marts.fct_gate_results, with rows_checked,
        rows_failed, share_allowed and is_passed.

    Args:
        load: Only those of this load_id.
        passed: True for rules that were kept, False for those that failed.

    Raises:
        ReadError: The warehouse is not running or not built.
    """
    if load is not None and (isinstance(load, bool) or not isinstance(load, Integral)):
        raise ReadError(f"load={load!r} is not a load_id. Enter a whole number; wh.loads() lists them.")
    return to_frame(quality_tables.gate_results(None if load is None else int(load), passed))


def check_results(gate: str | None = None, passed: bool | None = None) -> pd.DataFrame:
    """Return the results of the checks of raw and of the marts.

    Example:
        >>> wh.check_results(gate="raw")

    Returns:
        One row per run and expectation: the columns of marts.fct_check_results, with observed (how many rows broke it)
        and is_passed.

    Args:
        gate: "raw" or "marts"; None for both.
        passed: True for expectations that were met, False for those that failed.

    Raises:
        ReadError: The check is unknown, or the warehouse is not running or not built.
    """
    return to_frame(quality_tables.check_results(gate and check_choice("gate", gate, CHECKS), passed))
