"""Write new rows into schema raw, with their entry in the ledger."""

from itertools import accumulate
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row, scalar_row

from loaders.database.citus import is_distributed
from loaders.database.sql_files import read_sql
from loaders.ingest.storage.delivery import Delivery, LoadResult
from loaders.ingest.storage.duplicates import Classified, add_delivered_fields, classify, may_be_stored
from loaders.ingest.storage.reject_summary import check_rejects, count_rejects
from loaders.ingest.storage.temporary_tables import STAGED_ROWS, StagedRows
from loaders.notices import notify

# Fewer rows than this do not repay the sort that interleaving needs.
MIN_ROWS_TO_INTERLEAVE = 10_000

# A view over a temporary table is dropped with it.
NEW_ROWS_ARE_ALL = "create or replace temporary view new_rows as select * from incoming"
NEW_ROWS_ARE_CLASSIFIED = """
create or replace temporary view new_rows as
select series_id, interval_start, collected_at, value, row_number
from classified
where copy_number = 1 and not is_stored
"""


def select_content(connection: psycopg.Connection, content_hash: str) -> psycopg.Cursor[dict[str, Any]]:
    """Send the query for the load that holds this content."""
    query = (
        "select load_id, status, rows_read, rows_inserted, rows_duplicate, rows_blank, rows_rejected, rows_corrected,"
        " notices from raw.loads where content_hash = %s"
    )
    return connection.cursor(row_factory=dict_row).execute(query, [content_hash])


def find_content(content: psycopg.Cursor[dict[str, Any]]) -> LoadResult | None:
    """Return the load that select_content requested, or None."""
    row = content.fetchone()
    return None if row is None else LoadResult(already_stored=True, **row)


def preview(connection: psycopg.Connection, delivery: Delivery, staged: StagedRows) -> LoadResult:
    """Return what `write` would do; for a dry run."""
    classified = classify(connection, staged)
    _report_copies(delivery, staged, classified)
    rejected = staged.rows_rejected + classified.rejected
    check_rejects(connection, delivery, staged.rows_read, rejected)
    return LoadResult(
        load_id=None,
        status="dry run",
        already_stored=False,
        rows_read=staged.rows_read,
        rows_inserted=classified.new,
        rows_duplicate=staged.rows_read - staged.rows_blank - classified.new - rejected,
        rows_blank=staged.rows_blank,
        rows_rejected=rejected,
        rows_corrected=classified.corrected,
        notices=list(delivery.notices),
        rejects=[reject.text for reject in count_rejects(connection)] if rejected else [],
    )


def write(connection: psycopg.Connection, delivery: Delivery, staged: StagedRows) -> LoadResult:
    """Store the new rows, record the repeated and the rejected ones, and enter the load as pending.

    Usually all rows are new: then they are written at once, and the key of raw.measures reports a row that came twice.
    In that case, or when some rows may be stored already, the rows are classified first.
    """
    check_rejects(connection, delivery, staged.rows_read, staged.rows_rejected)
    if staged.rows_matched and not may_be_stored(connection, staged):
        try:
            with connection.transaction():
                return _write(connection, delivery, staged, Classified(staged.rows_matched, 0, 0, 0), are_all_new=True)
        except psycopg.errors.UniqueViolation:
            pass  # a key is twice in the delivery; nothing of it was kept
        except psycopg.errors.InternalError_:
            # Citus does not say which kind of error a node reported. Another one comes again.
            if not is_distributed(connection):
                raise
    classified = classify(connection, staged)
    check_rejects(connection, delivery, staged.rows_read, staged.rows_rejected + classified.rejected)
    if classified.rejected and staged.has_further_fields and delivery.read_again is not None:
        add_delivered_fields(connection, delivery)
    _report_copies(delivery, staged, classified)
    return _write(connection, delivery, staged, classified, are_all_new=False)


def _write(
    connection: psycopg.Connection,
    delivery: Delivery,
    staged: StagedRows,
    classified: Classified,
    *,
    are_all_new: bool,
) -> LoadResult:
    """Enter the load and its rows. are_all_new: every staged row is a new one, so none was classified."""
    notices = [*delivery.notices, *_hindsight(connection, delivery)]
    interleave = classified.new and _falls_between_stored_keys(connection, staged)
    load_id, first_row_id = _take_ids(connection, classified.new)
    rejected = staged.rows_rejected + classified.rejected
    counts = {
        "rows_inserted": classified.new,
        "rows_corrected": classified.corrected,
        "rows_duplicate": staged.rows_read - staged.rows_blank - classified.new - rejected,
        "rows_rejected": rejected,
    }
    entry = {
        **vars(delivery),
        **vars(staged),
        **counts,
        "load_id": load_id,
        "notices": notices,
        "first_row_id": first_row_id,
        "last_row_id": first_row_id and first_row_id + classified.new - 1,
    }
    with connection.pipeline():
        connection.execute(read_sql(__package__, "insert_load"), entry)
        if classified.new:
            ids = {"load_id": load_id, "first_row_id": first_row_id, "interleave": bool(interleave)}
            if are_all_new and staged.relation == STAGED_ROWS:
                ids_by_series = _first_row_ids(staged.rows_by_series, first_row_id)
                connection.execute(read_sql(__package__, "insert_measures_on_nodes"), ids | ids_by_series)
            else:
                connection.execute(NEW_ROWS_ARE_ALL if are_all_new else NEW_ROWS_ARE_CLASSIFIED)
                connection.execute(read_sql(__package__, "insert_measures"), ids)
        if classified.repeated:
            connection.execute(INSERT_REDELIVERED, [load_id])
        if rejected:
            connection.execute(INSERT_REJECTED, [load_id])
        connection.execute(INSERT_EVENT, [load_id, delivery.who, delivery.why])
    return LoadResult(
        load_id=load_id,
        status="pending",
        already_stored=False,
        rows_read=staged.rows_read,
        rows_blank=staged.rows_blank,
        notices=notices,
        rejects=[reject.text for reject in count_rejects(connection)] if rejected else [],
        **counts,
    )


def _first_row_ids(rows_by_series: dict[int, int], first_row_id: int | None) -> dict[str, Any]:
    """Return the series of a delivery, and for each the first of its row ids, which follow the series."""
    series_ids = sorted(rows_by_series)
    counts = [rows_by_series[series_id] for series_id in series_ids]
    return {"series_ids": series_ids, "first_row_ids": list(accumulate(counts[:-1], initial=first_row_id))}


def _report_copies(delivery: Delivery, staged: StagedRows, classified: Classified) -> None:
    """Say that most rows repeat another: a column that states the hour or the node may be left out."""
    if classified.copies >= max(staged.rows_matched / 2, 2):
        notify(
            Path(delivery.uri),
            f"{classified.copies} of {staged.rows_matched} rows repeat another row of the delivery. Check whether a"
            " column that is not read states the hour or the node",
        )


def _hindsight(connection: psycopg.Connection, delivery: Delivery) -> list[str]:
    """Say that a file name whose knowledge time is inferred was used before: its rows would look known from then on."""
    if delivery.collected_at_basis != "inferred":
        return []
    earlier = _scalar(connection, read_sql(__package__, "load_of_same_uri"), {"uri": delivery.uri})
    if earlier is None:
        return []
    text = (
        f"load {earlier} has the same file name and other content. If the publisher replaced the file, its values were"
        " not known at the time in its name. Withdraw this load, and pass --collected-at-mtime"
    )
    notify(Path(delivery.uri), text)
    return [text]


def _falls_between_stored_keys(connection: psycopg.Connection, staged: StagedRows) -> bool:
    """Return whether many rows fall between stored ones in the key index, rather than after them all."""
    if staged.rows_matched < MIN_ROWS_TO_INTERLEAVE:
        return False
    parameters = {**vars(staged), "first_series_id": min(staged.rows_by_series)}
    return _scalar(connection, read_sql(__package__, "falls_between_stored_keys"), parameters)


def _take_ids(connection: psycopg.Connection, count: int) -> tuple[int, int | None]:
    """Take the id of a load and a block of consecutive row ids; return the load's and the first of them."""
    query = "select nextval('raw.load_ids')::integer, case when %(count)s > 0 then ledger.take_row_ids(%(count)s) end"
    [(load_id, first_row_id)] = connection.execute(query, {"count": count}).fetchall()
    return load_id, first_row_id


def _scalar(connection: psycopg.Connection, query: str, parameters: dict[str, Any] | None = None) -> Any:
    with connection.cursor(row_factory=scalar_row) as cursor:
        [value] = cursor.execute(query, parameters).fetchall()
    return value


INSERT_REDELIVERED = """
insert into raw.redelivered_rows (load_id, row_ids)
select %s, range_agg(int8range(stored_row_id, stored_row_id + 1))
from classified
where is_stored
"""

INSERT_REJECTED = """
insert into raw.rejected_rows (load_id, row_number, reason, payload)
select %s, row_number, reason, payload::jsonb
from rejected
"""

INSERT_EVENT = "select ledger.record_stored_load(%s, %s, %s)"
