"""Run the query of a read function and return its answer in the requested form."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from loaders.database.sql_files import read_sql
from warehouse.answers.info import MAX_LOADS, METADATA_KEY, AnswerInfo, newest_loads
from warehouse.answers.plotting import use_for_pandas
from warehouse.answers.read_warnings import warn_about
from warehouse.connection import NotFewRows, is_service
from warehouse.entities import (
    SERIES_COLUMNS,
    EntityColumns,
    SelectedEntities,
    check_one_zone,
    select_entities,
    with_local_time,
)
from warehouse.errors import ReadError
from warehouse.requests.calls import ReadRequest
from warehouse.session import Reader, open_chunks, open_reader
from warehouse.shaping import resampling, units
from warehouse.shaping.column_order import time_first
from warehouse.shaping.empty_answers import explain
from warehouse.shaping.groups import MONTH, group_series
from warehouse.shaping.packed_series import unpack_series
from warehouse.shaping.wide import wide_frame, widen


@dataclass(frozen=True)
class Statement:
    """A query with its values.

    finish: what is done to each table of rows. entities: what its rows are about, where that is not what was selected.
    rows: the answer, where it is not that of one query.
    """

    sql: str
    values: tuple[Any, ...] = ()
    finish: Callable[[pa.Table], pa.Table] | None = None
    entities: SelectedEntities | None = None
    rows: pa.Table | None = None

    def finished(self, rows: pa.Table) -> pa.Table:
        """Return a table of the result as the answer needs it."""
        return self.finish(rows) if self.finish else rows


Query: TypeAlias = Callable[[Reader, SelectedEntities], Statement]


def run(request: ReadRequest, query: Query, columns: EntityColumns = SERIES_COLUMNS, only_one: bool = False) -> Any:
    """Return the answer to a request: a table in the form `into`, or with `chunks` an iterator of them.

    Raises ReadError at once, also for an answer in chunks.
    """
    if request.chunks is None:
        with open_reader() as read:
            selected, info, statement = _prepare(read, request, query, columns, only_one)
            rows = statement.rows
            if rows is None:
                rows = statement.finished(read(statement.sql, *statement.values))
            if request.most_rows is not None and rows.num_rows > request.most_rows:
                raise NotFewRows
            if "load_id" not in rows.column_names:
                info = _with_accepted_loads(read, request, info)
            if not rows.num_rows:
                info = replace(info, reason=explain(read, request, selected, to_sql_timestamp))
        return _present(request, statement.entities or selected, info, rows)
    with open_chunks(request.chunks) as (read, declare):
        selected, info, statement = _prepare(read, request, query, columns, only_one)
        info = _with_accepted_loads(read, request, info)
        parts = _slices(statement.rows, request.chunks) or declare(statement.sql, *statement.values)
    return _in_parts(request, selected, info, statement, parts)


def _in_parts(
    request: ReadRequest, selected: SelectedEntities, info: AnswerInfo, statement: Statement, parts: Iterator[pa.Table]
) -> Iterator[Any]:
    for rows in parts:
        if not rows.num_rows:  # of the first part, which is the only one then
            with open_reader() as read:
                info = replace(info, reason=explain(read, request, selected, to_sql_timestamp))
        yield _present(request, statement.entities or selected, info, statement.finished(rows))


def _slices(rows: pa.Table | None, count: int) -> Iterator[pa.Table] | None:
    """Return parts of a table, at least one."""
    if rows is None:
        return None
    return iter([rows.slice(first, count) for first in range(0, max(rows.num_rows, 1), count)])


def sql_query(request: ReadRequest, name: str, *values: Any, within: tuple[Any, Any] | None = None) -> Query:
    """Return the query sql/NAME.sql with $1 the ids, $2 and $3 the range, $4 the limit, and the values from $5 on.

    within: another range than start and end of the request.
    """
    first, last = within or request.range
    bounds = (to_sql_timestamp(first), to_sql_timestamp(last), request.row_limit)

    def query(read: Reader, selected: SelectedEntities) -> Statement:
        return Statement(warehouse_sql(name), (selected.ids, *bounds, *map(to_sql_timestamp, values)))

    return query


def values_query(request: ReadRequest, name: str, *values: Any, order: str = "series_id, interval_start") -> Query:
    """Return `sql_query` without the rows of the periods in which a selected series was not in the selected region.

    order: of the rows of the query. Where no selected series moved, the query stays as it is, and so does its speed.
    """

    def query(read: Reader, selected: SelectedEntities) -> Statement:
        if selected.excluded is None:
            return sql_query(request, name, *values)(read, selected)
        whole = sql_query(replace(request, limit=None), name, *values)(read, selected)
        count = len(whole.values)
        names = {"{periods}": f"${count + 1}", "{limit}": f"${count + 2}", "{order}": order}
        outside = warehouse_sql("outside_periods")
        for placeholder, text in names.items():
            outside = outside.replace(placeholder, text)
        text = f"with measures as ({whole.sql})\n{outside}"
        return Statement(text, (*whole.values, selected.excluded, request.row_limit))

    return query


def answered_by_nodes(request: ReadRequest, query: Query, name: str, *values: Any) -> Query:
    """Return the query, or on a Citus cluster sql/NAME.sql, which has the same rows, and which the nodes answer.

    $1 of the latter are the ids, $2 and $3 the range, and the values from $4 on. A whole answer is packed by series.
    """
    is_whole = request.row_limit is None and request.chunks is None and request.resample is None

    def on_nodes(read: Reader, selected: SelectedEntities) -> Statement:
        if not read.is_distributed or read.has_archive or selected.excluded is not None:
            return query(read, selected)
        text, parameters = warehouse_sql(name), (selected.ids, *map(to_sql_timestamp, (*request.range, *values)))
        if is_whole:
            packed = warehouse_sql("packed_by_series")
            return Statement(f"with measures as (\n{text})\n{packed}", parameters, unpack_series)
        ordered = f"{text}order by series_id, interval_start\nlimit ${len(parameters) + 1}::bigint"
        return Statement(ordered, (*parameters, request.row_limit))

    return on_nodes


def resampled(request: ReadRequest, query: Query, key: str, *columns: str) -> Query:
    """Return a query of values over the intervals that were requested; without `resample` the query as it is.

    key: of the series or locations. columns: those of resampling.COLUMNS that the rows of the query have.
    """
    step = request.resample
    if step is None:
        return query

    def longer(read: Reader, selected: SelectedEntities) -> Statement:
        if "resolution" in selected.table.column_names:
            resampling.check_resolutions(step, pc.unique(selected.table["resolution"]).to_pylist())
        inner = query(read, selected)
        if inner.rows is not None:
            raise ReadError(
                "Archived months cannot be resampled. Read their values without resample, or bring the months back"
                " with: warehouse unarchive"
            )
        measures = resampling.measures_sql(inner.sql, key, columns)
        text = resampling.resampled_sql(warehouse_sql("resampled"), step)
        values = (*inner.values, resampling.rules_of(selected.table, key), request.limit)
        order = "key, metric, source, unit, cutoff_name, interval_start"
        return Statement(
            _over(measures, text.replace("{rules}", f"${len(values) - 1}"), order, f"${len(values)}"),
            values,
            lambda rows: resampling.without_columns_of_others(rows, key, columns),
        )

    return longer


def grouped(request: ReadRequest, name: str, by: str, *values: Any, within: tuple[Any, Any] | None = None) -> Query:
    """Return the query sql/NAME.sql of sums by region, grid, metric or month.

    Its $5 is the kind of group (month or series), $6 as which series each one counts, and the values are $7 on.
    """
    kind = by if by == "month" else "series"

    def sums(read: Reader, selected: SelectedEntities) -> Statement:
        entities, counted_as = group_series(selected, by)
        statement = sql_query(request, name, kind, counted_as, *values, within=within)(read, selected)
        return replace(statement, entities=entities, finish=None if kind == "month" else _without_month)

    return sums


def _without_month(rows: pa.Table) -> pa.Table:
    return rows.drop_columns([MONTH]) if MONTH in rows.column_names else rows


def _over(measures: str, text: str, order: str, limit: str) -> str:
    """Return a query over the rows of another one, which it calls measures."""
    parts = ("with measures as (", measures, ")", "select * from (", text, ") as made")
    return "\n".join((*parts, "order by", order, "limit", f"{limit}::bigint"))


def warehouse_sql(name: str) -> str:
    """Return the text of one of the files in warehouse/sql."""
    return read_sql("warehouse", name)


def to_sql_timestamp(value: Any) -> Any:
    """Return a timestamp as the database takes it, in microseconds; anything else as it is."""
    if not isinstance(value, pd.Timestamp):
        return value
    return (value.floor("us") if value.nanosecond else value).to_pydatetime()


def _prepare(
    read: Reader, request: ReadRequest, query: Query, columns: EntityColumns, only_one: bool
) -> tuple[SelectedEntities, AnswerInfo, Statement]:
    selected = select_entities(read, columns, request.names, only_one)
    if request.local:
        check_one_zone(selected)
    if request.unit is not None:
        units.check_unit(request.unit, _measured(read, request, selected))
    counts: dict[str, Any] = {columns.noun: len(selected)}
    info = replace(request.info(), read_at=read.read_at, time_zones=selected.time_zones, **counts)
    return selected, info, query(read, selected)


def _measured(read: Reader, request: ReadRequest, selected: SelectedEntities) -> set[tuple[str, str]]:
    """Return the metrics of the selected series, or of those in the selected locations, with their units."""
    if "unit" not in selected.table.column_names:
        selected = select_entities(read, SERIES_COLUMNS, request.names)
    pairs = selected.table.select(["metric", "unit"]).group_by(["metric", "unit"]).aggregate([])
    return set(zip(pairs["metric"].to_pylist(), pairs["unit"].to_pylist(), strict=True))


def _with_accepted_loads(read: Reader, request: ReadRequest, info: AnswerInfo) -> AnswerInfo:
    rows = read(warehouse_sql("accepted_loads"), to_sql_timestamp(request.loaded), MAX_LOADS)
    count = rows["load_count"][0].as_py() if rows.num_rows else 0
    return replace(info, loads=tuple(reversed(rows["load_id"].to_pylist())), load_count=count)


def _present(request: ReadRequest, selected: SelectedEntities, info: AnswerInfo, rows: pa.Table) -> Any:
    table = selected.attach_names(rows)
    if request.unit is not None:
        table = units.convert(table, request.unit)
    if request.resample is not None:
        info = replace(info, incomplete=resampling.count_incomplete(table))
    if request.local:
        table = with_local_time(table, selected)
    loads, count = newest_loads(rows) if "load_id" in rows.column_names else (info.loads, info.load_count)
    info = replace(info, rows=table.num_rows, loads=loads, load_count=count)
    warn_about(info)
    if not is_service():  # whose fields have an order of their own
        table = time_first(table)
    if request.wide:
        table, column_units = widen(table, request.wide)
        info = replace(info, rows=table.num_rows, units=column_units)
    return FORMS[request.into](selected, table, info)


def _pandas(selected: SelectedEntities, table: pa.Table, info: AnswerInfo) -> pd.DataFrame:
    if info.units is not None:
        frame = wide_frame(table)
    else:
        frame = selected.to_pandas(table, ("unit",) if "unit" in info.requested else ())
    frame.attrs = info.to_attrs()
    use_for_pandas()
    return frame


def _arrow(selected: SelectedEntities, table: pa.Table, info: AnswerInfo) -> pa.Table:
    return table.replace_schema_metadata({METADATA_KEY: json.dumps(info.to_attrs())})


def _polars(selected: SelectedEntities, table: pa.Table, info: AnswerInfo) -> Any:
    import polars

    return polars.from_arrow(table)  # which has nowhere to keep `info`


Present: TypeAlias = Callable[[SelectedEntities, pa.Table, AnswerInfo], Any]
FORMS: dict[str, Present] = {"pandas": _pandas, "polars": _polars, "arrow": _arrow}
