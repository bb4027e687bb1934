"""Write what is new into schema raw, with its entry in the ledger."""

import psycopg
from psycopg import sql

from loaders.database.advisory_locks import ROW_ID_LOCK
from loaders.ingest.storage.delivery import Delivery, LoadResult
from loaders.ingest.storage.duplicates import Classified, check_rejects, classify, may_be_stored
from loaders.ingest.storage.temporary_tables import Staged

# Where the new rows are: among all incoming ones, or all of them.
CLASSIFIED_ROWS = sql.SQL("(select * from classified where copy_number = 1 and not is_stored) as fresh")
ALL_ROWS = sql.SQL("incoming as fresh")


def find_content(connection: psycopg.Connection, content_hash: str, known: bool = True) -> LoadResult | None:
    """The load that already holds this content, or None; `known` is what its result says of that."""
    row = connection.execute(
        "select load_id, status, %s, rows_read, rows_inserted, rows_duplicate, rows_rejected, rows_corrected"
        " from raw.loads where content_hash = %s",
        [known, content_hash],
    ).fetchone()
    return LoadResult(*row) if row else None


def foresee(connection: psycopg.Connection, delivery: Delivery, staged: Staged) -> LoadResult:
    """What write would do; for a dry run."""
    found = classify(connection)
    rejected = staged.rows_refused + found.refused
    check_rejects(connection, delivery, staged.rows_read, rejected)
    duplicate = staged.rows_read - found.fresh - rejected
    return LoadResult(None, "dry run", False, staged.rows_read, found.fresh, duplicate, rejected, found.corrected)


def write(connection: psycopg.Connection, delivery: Delivery, staged: Staged) -> LoadResult:
    """Store the new rows, remember which were repeated and which refused, and enter the load as pending.

    Mostly all rows are new: then they are written straight away, and the key of raw.measures is asked whether one came
    twice. Where that is so, or some may be stored already, the rows are told apart first.
    """
    check_rejects(connection, delivery, staged.rows_read, staged.rows_refused)
    if staged.rows_placed and not may_be_stored(connection, staged):
        try:
            with connection.transaction():
                return _write(connection, delivery, staged, Classified(staged.rows_placed, 0, 0, 0), ALL_ROWS)
        except psycopg.errors.UniqueViolation:
            pass  # a key stands twice in the delivery; nothing of it was kept
    found = classify(connection)
    check_rejects(connection, delivery, staged.rows_read, staged.rows_refused + found.refused)
    return _write(connection, delivery, staged, found, CLASSIFIED_ROWS)


def _write(
    connection: psycopg.Connection, delivery: Delivery, staged: Staged, found: Classified, rows: sql.SQL
) -> LoadResult:
    load_id = connection.execute("select nextval('raw.load_ids')").fetchone()[0]
    first_row_id = _take_row_ids(connection, found.fresh)
    rejected = staged.rows_refused + found.refused
    entry = {
        **vars(delivery),
        **vars(staged),
        "load_id": load_id,
        "rows_inserted": found.fresh,
        "rows_corrected": found.corrected,
        "rows_duplicate": staged.rows_read - found.fresh - rejected,
        "rows_rejected": rejected,
        "first_row_id": first_row_id,
        "last_row_id": first_row_id and first_row_id + found.fresh - 1,
    }
    connection.execute(INSERT_LOAD, entry)
    if found.fresh:
        order = WOVEN if _lands_between(connection, staged) else BY_KEY
        insert = INSERT_MEASURES.format(rows=rows, order=order)
        connection.execute(insert, {"load_id": load_id, "first_row_id": first_row_id})
    if found.repeated:
        connection.execute(INSERT_REDELIVERED, [load_id])
    if rejected:
        connection.execute(INSERT_REJECTED, [load_id])
    connection.execute(INSERT_EVENT, [load_id, delivery.who, delivery.why])
    return find_content(connection, delivery.content_hash, known=False)


def _lands_between(connection: psycopg.Connection, staged: Staged) -> bool:
    """Whether many rows come to lie between stored ones in the key index, rather than behind them all."""
    return staged.rows_placed >= MANY_ROWS and connection.execute(LANDS_BETWEEN, vars(staged)).fetchone()[0]


def _take_row_ids(connection: psycopg.Connection, count: int) -> int | None:
    """A block of `count` consecutive row ids; the lock is given back at once, for sequences do not roll back."""
    if count == 0:
        return None
    connection.execute("select pg_advisory_lock(%s)", [ROW_ID_LOCK])
    try:
        return connection.execute(
            "select setval('raw.row_ids', last + %(count)s) - %(count)s + 1"
            " from (select case when is_called then last_value else 0 end as last from raw.row_ids) as ids",
            {"count": count},
        ).fetchone()[0]
    finally:
        connection.execute("select pg_advisory_unlock(%s)", [ROW_ID_LOCK])


INSERT_LOAD = """
insert into raw.loads (
    load_id, source, format, uri, content_hash, collected_at_basis, status, started_at, loaded_at,
    rows_read, rows_inserted, rows_corrected, rows_duplicate, rows_rejected, first_row_id, last_row_id,
    interval_from, interval_to, collected_from, collected_to
) values (
    %(load_id)s, %(source)s, %(format)s, %(uri)s, %(content_hash)s, %(collected_at_basis)s, 'pending', %(started_at)s,
    clock_timestamp(), %(rows_read)s, %(rows_inserted)s, %(rows_corrected)s, %(rows_duplicate)s, %(rows_rejected)s,
    %(first_row_id)s, %(last_row_id)s, %(interval_from)s, %(interval_to)s, %(collected_from)s, %(collected_to)s
)
"""

# By key, so that the index pages are touched in order.
INSERT_MEASURES = sql.SQL("""
insert into raw.measures (series_id, load_id, interval_start, collected_at, value, row_id)
select series_id, load_id, interval_start, collected_at, value, row_id
from (
    select
        series_id, %(load_id)s as load_id, interval_start, collected_at, value,
        %(first_row_id)s::bigint - 1 + row_number() over (order by series_id, interval_start, collected_at) as row_id
    from {rows}
) as numbered
{order}
""")
BY_KEY = sql.SQL("")
# Keys that arrive in order between others split every page in halves, of which one stays half empty for good. The
# second pass fills what the first left: the key index takes 50 bytes a row instead of 74. The first has a little more
# than half, so that the pages do not split again when they are nearly full.
WOVEN = sql.SQL("order by row_id %% 17 >= 9, row_id")
MANY_ROWS = 10_000
LANDS_BETWEEN = """
select exists (
    select from raw.measures
    where
        series_id >= (select min(series_id) from incoming)
        and interval_start >= date_trunc('month', %(interval_from)s::timestamptz)
        and interval_start < date_trunc('month', %(interval_to)s::timestamptz) + interval '1 month'
)
"""

INSERT_REDELIVERED = """
insert into raw.redelivered_rows (load_id, row_ids)
select %s, range_agg(int8range(stored_row_id, stored_row_id + 1))
from classified
where is_stored
"""

INSERT_REJECTED = """
insert into raw.rejected_rows (load_id, row_number, reason, payload)
select %s, row_number, reason, payload::jsonb
from refused
"""

INSERT_EVENT = """
insert into raw.load_events (load_id, status, who, why) values (%s, 'pending', coalesce(%s, session_user), %s)
"""
