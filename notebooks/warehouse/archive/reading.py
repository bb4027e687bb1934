"""Answer as of, history and cut-offs from archived months, with DuckDB, and join that to the answer of the tables."""

import json
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from loaders.database.sql_files import read_sql
from warehouse.answers.schemas import STAMP
from warehouse.archive.files import ArchivedRange, TimeRange, archived_ranges, ranges_in_tables, require_file
from warehouse.entities import SelectedEntities
from warehouse.query import Query, Statement, to_sql_timestamp
from warehouse.requests.calls import ReadRequest
from warehouse.session import Reader

if TYPE_CHECKING:
    import duckdb

LATEST_TIME = datetime(9999, 12, 31, tzinfo=UTC)
_thread = threading.local()


@dataclass(frozen=True, kw_only=True)
class ArchivedAnswer:
    """How a read function is answered from files, as its query answers from the tables.

    schema: the columns of its query. order: of its rows. only_newest: only the newest revision of an interval matters.
    cutoff_names: for which cut-offs; an empty list for none. flagged, after: as the arguments of the function.
    """

    name: str
    schema: pa.Schema
    order: tuple[str, ...]
    only_newest: bool = False
    cutoff_names: Sequence[str] | None = ()
    flagged: bool | None = None
    after: tuple[int | None, pd.Timestamp | None] = (None, None)


def across_archive(
    request: ReadRequest,
    query_of_range: Callable[[ReadRequest], Query],
    answer: ArchivedAnswer,
    within: TimeRange | None = None,
) -> Query:
    """Return a query that reads archived months from their files and everything else from the tables.

    query_of_range: makes the query of the tables for the start and end of a request. within: another range than start
    and end of the request. Where nothing of the range is archived, the query is that of the tables.
    """

    def query(read: Reader, selected: SelectedEntities) -> Statement:
        whole = within or request.range
        archived = archived_ranges(read, whole, request.loaded is not None)
        if not archived:
            return query_of_range(replace(request, start=whole[0], end=whole[1]))(read, selected)
        parts = [_read_files(read, request, selected, archived, answer)]
        for start, end in ranges_in_tables(whole, archived):
            statement = query_of_range(replace(request, start=start, end=end))(read, selected)
            rows = statement.finished(read(statement.sql, *statement.values))
            parts.append(rows.select(answer.schema.names).cast(answer.schema))
        table = pa.concat_tables(parts).sort_by([(column, "ascending") for column in answer.order])
        return Statement("", rows=table if request.row_limit is None else table.slice(0, request.row_limit))

    return query


def _read_files(
    read: Reader, request: ReadRequest, selected: SelectedEntities, parts: list[ArchivedRange], answer: ArchivedAnswer
) -> pa.Table:
    """Return the rows of the archived parts of a range."""
    connection = _connection()
    ids = selected.ids.as_py()
    uncounted = read(read_sql("warehouse", "uncounted_loads"), to_sql_timestamp(request.loaded))
    tables = {
        "selected_series": pa.table({"series_id": pa.array(ids, pa.int32())}),
        "uncounted_loads": uncounted,
        "archived_rows": connection.read_parquet([require_file(part) for part in parts], hive_partitioning=False),
    }
    with _registered(connection, tables):
        first, last = (min(ids), max(ids)) if ids else (0, -1)
        bounds = (parts[0].start, parts[-1].end)
        collected = LATEST_TIME if request.collected is None else to_sql_timestamp(request.collected)
        values = (first, last, *map(to_sql_timestamp, bounds), collected)
        if uncounted.num_rows:
            _execute(connection, "rows_in_range", *values)
            with _registered(connection, {"repeated_rows": _repeated_rows(read, connection, uncounted)}):
                _execute(connection, "received")
        else:
            _execute(connection, "received_all_counted", *values)
        _execute(connection, "newest_deliveries" if answer.only_newest else "all_deliveries")
        _execute(connection, "winners")
        further = {
            "flags": read(read_sql("warehouse", "flags_of_revisions"), selected.ids, *map(to_sql_timestamp, bounds))
        }
        if not answer.only_newest:
            further["times"] = _times(read, connection, answer.cutoff_names)
        with _registered(connection, further):
            until = (to_sql_timestamp(request.collected),) if answer.name == "at_cutoff" else ()
            rows = _rows(connection, read_sql("warehouse", f"duckdb/{answer.name}"), *until)
    return _filtered(rows.select(answer.schema.names).cast(answer.schema), selected, answer)


def _repeated_rows(read: Reader, connection: "duckdb.DuckDBPyConnection", uncounted: pa.Table) -> pa.Table:
    """Return which of the rows whose load does not count were repeated by a load that does, and by which first."""
    row_ids = _rows(connection, "select row_id from rows_in_range where not is_counted")["row_id"]
    if not len(row_ids):
        return pa.table({"row_id": pa.array([], pa.int64()), "load_id": pa.array([], pa.int32())})
    lists = (
        pa.scalar(row_ids.to_pylist(), pa.list_(pa.int64())),
        pa.scalar(uncounted["load_id"].to_pylist(), pa.list_(pa.int32())),
    )
    return read(read_sql("warehouse", "repeated_rows"), *lists)


def _times(read: Reader, connection: "duckdb.DuckDBPyConnection", cutoff_names: Sequence[str] | None) -> pa.Table:
    """Return when the intervals of `deliveries` end, and their cut-offs, by the calendars that the database knows."""
    keys = _rows(connection, "select distinct series_id, interval_start from deliveries")
    starts = keys["interval_start"].cast(STAMP).to_pylist()
    return read(
        read_sql("warehouse", "times_of_intervals"),
        pa.scalar(keys["series_id"].to_pylist(), pa.list_(pa.int32())),
        pa.scalar(starts, pa.list_(STAMP)),
        None if cutoff_names is None else pa.scalar(list(cutoff_names), pa.list_(pa.string())),
    )


def _filtered(rows: pa.Table, selected: SelectedEntities, answer: ArchivedAnswer) -> pa.Table:
    """Leave out what the arguments exclude, as the query of the tables does."""
    if answer.flagged is not None:
        is_flagged = pc.is_valid(rows["quality_flag"])
        rows = rows.filter(is_flagged if answer.flagged else pc.invert(is_flagged))
    series, start = answer.after
    if series is not None and start is not None:
        same = pc.equal(rows["series_id"], series)
        later = pc.greater(rows["interval_start"], pa.scalar(to_sql_timestamp(start), STAMP))
        rows = rows.filter(pc.or_(pc.greater(rows["series_id"], series), pc.and_(same, later)))
    for period in json.loads(selected.excluded or "[]"):
        inside = pc.equal(rows["series_id"], period["series_id"])
        for bound, compare in (("valid_from", pc.greater_equal), ("valid_to", pc.less)):
            if period[bound] is not None:
                time = pa.scalar(datetime.fromisoformat(period[bound]), STAMP)
                inside = pc.and_(inside, compare(rows["interval_start"], time))
        rows = rows.filter(pc.invert(inside))
    return rows


def _execute(connection: "duckdb.DuckDBPyConnection", name: str, *values: Any) -> None:
    """Run the statement sql/duckdb/NAME.sql, which makes a table."""
    connection.execute(read_sql("warehouse", f"duckdb/{name}"), list(values))


def _rows(connection: "duckdb.DuckDBPyConnection", sql: str, *values: Any) -> pa.Table:
    table: pa.Table = connection.sql(sql, params=list(values)).to_arrow_table()
    return table


class _registered:
    """Give tables a name in DuckDB inside the block."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection", tables: dict[str, Any]) -> None:
        self._connection, self._tables = connection, tables

    def __enter__(self) -> None:
        for name, table in self._tables.items():
            self._connection.register(name, table)

    def __exit__(self, *error: object) -> None:
        for name in self._tables:
            self._connection.unregister(name)


def _connection() -> "duckdb.DuckDBPyConnection":
    """Return this thread's DuckDB, in memory. It reads the files that it is given, and nothing else is kept in it."""
    import duckdb

    kept: tuple[int, duckdb.DuckDBPyConnection] | None = getattr(_thread, "kept", None)
    if kept is None or kept[0] != os.getpid():
        connection = duckdb.connect(":memory:")
        connection.execute("set TimeZone = 'UTC'")
        kept = (os.getpid(), connection)
        _thread.kept = kept
    return kept[1]
