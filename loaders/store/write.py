"""Write what is new into schema raw, with its entry in the ledger."""

import psycopg

from loaders.store.delivery import Delivery, LoadResult

ROW_ID_LOCK = 7305  # advisory lock: row ids are handed out in blocks


def find_content(connection: psycopg.Connection, content_hash: str, known: bool = True) -> LoadResult | None:
    """The load that already holds this content, or None; `known` is what its result says of that."""
    row = connection.execute(
        "select load_id, status, %s, rows_read, rows_inserted, rows_duplicate, rows_rejected, rows_corrected"
        " from raw.loads where content_hash = %s",
        [known, content_hash],
    ).fetchone()
    return LoadResult(*row) if row else None


def foresee(connection: psycopg.Connection, rows_read: int) -> LoadResult:
    """What write would do; for a dry run."""
    fresh, corrected = _count_fresh(connection)
    rejected = connection.execute("select count(*) from refused").fetchone()[0]
    duplicate = rows_read - fresh - rejected
    return LoadResult(None, "dry run", False, rows_read, fresh, duplicate, rejected, corrected)


def _count_fresh(connection: psycopg.Connection) -> tuple[int, int]:
    """How many rows are new, and how many of these give a stored key another value."""
    return connection.execute(
        "select count(*), count(*) filter (where is_correction) from classified where copy_number = 1 and not is_stored"
    ).fetchone()


def write(connection: psycopg.Connection, delivery: Delivery, rows_read: int) -> LoadResult:
    """Store the new rows, remember which were repeated and which refused, and enter the load as pending."""
    load_id = connection.execute("select nextval('raw.load_ids')").fetchone()[0]
    fresh, corrected = _count_fresh(connection)
    first_row_id = _take_row_ids(connection, fresh)
    connection.execute(
        INSERT_LOAD,
        {
            **vars(delivery),
            "load_id": load_id,
            "rows_read": rows_read,
            "inserted": fresh,
            "corrected": corrected,
            "first_row_id": first_row_id,
        },
    )
    connection.execute(INSERT_MEASURES, {"load_id": load_id, "first_row_id": first_row_id})
    connection.execute(INSERT_REDELIVERED, [load_id])
    connection.execute(
        "insert into raw.rejected_rows (load_id, row_number, reason, payload)"
        " select %s, row_number, reason, payload::jsonb from refused",
        [load_id],
    )
    connection.execute(
        "insert into raw.load_events (load_id, status, who, why) values (%s, 'pending', session_user, 'stored')",
        [load_id],
    )
    return find_content(connection, delivery.content_hash, known=False)


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
    rows_read, rows_inserted, rows_corrected, rows_rejected, rows_duplicate, first_row_id, last_row_id,
    interval_from, interval_to, collected_from, collected_to
)
select
    %(load_id)s, %(source)s, %(format)s, %(uri)s, %(content_hash)s, %(collected_at_basis)s, 'pending', %(started_at)s,
    clock_timestamp(), %(rows_read)s, %(inserted)s, %(corrected)s, rejected.row_count,
    %(rows_read)s - %(inserted)s - rejected.row_count,
    %(first_row_id)s::bigint, %(first_row_id)s::bigint + %(inserted)s - 1,
    spans.*
from
    (select count(*) as row_count from refused) as rejected,
    (select min(interval_start), max(interval_start), min(collected_at), max(collected_at) from incoming) as spans
"""

# Sorted by key, so that the index pages are touched in order.
INSERT_MEASURES = """
insert into raw.measures (series_id, load_id, interval_start, collected_at, value, row_id)
select
    series_id, %(load_id)s, interval_start, collected_at, value,
    %(first_row_id)s::bigint - 1 + row_number() over (order by series_id, interval_start, collected_at)
from classified
where copy_number = 1 and not is_stored
"""

INSERT_REDELIVERED = """
insert into raw.redelivered_rows (load_id, row_ids)
select %s, range_agg(int8range(stored_row_id, stored_row_id + 1))
from classified
where is_stored
having count(*) > 0
"""
