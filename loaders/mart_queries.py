"""Read the marts for the command line, as the analyst."""

from typing import Any

import psycopg
from psycopg.rows import dict_row

from loaders.database.connection import connect
from loaders.database.logins import ANALYST
from loaders.errors import UsageError, WarehouseError


def run_query(sql: str, limit: int) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return column names and at most `limit` rows. Raises UsageError when the database refuses the query."""
    with connect(ANALYST) as connection:
        connection.read_only = True
        try:
            # Prepared: one statement only, so that none can follow that ends the read-only transaction.
            cursor = connection.execute(sql, prepare=True)
        except psycopg.Error as error:
            raise UsageError(f"The query is refused: {str(error).strip().splitlines()[0]}.") from error
        if cursor.description is None:
            raise UsageError("The query returns no rows. Write a select.")
        return [column.name for column in cursor.description], cursor.fetchmany(limit)


HELD_LOADS = """
select
    load_id,
    uri,
    (
        select why
        from marts.fct_load_events
        where fct_load_events.load_id = dim_load.load_id
        order by event_id desc
        limit 1
    )
from marts.dim_load
where status = 'held'
order by load_id
"""

LABELS = {
    "grids": "grids",
    "regions": "regions",
    "nodes": "nodes",
    "series": "series",
    "measures": "measures",
    "revisions": "revisions",
    "revisions_last_24h": "revisions collected in the last 24 h",
    "newest_interval_start": "newest interval",
    "newest_collected_at": "newest collected_at",
    "loads_accepted": "loads accepted",
    "loads_pending": "loads pending",
    "loads_held": "loads held",
    "loads_withdrawn": "loads withdrawn",
}


def warehouse_stats() -> dict[str, Any]:
    """Return the one row of marts.warehouse_stats, in the order of LABELS; counts, and times in UTC.

    Raises WarehouseError when the marts are not built yet.
    """
    with connect(ANALYST) as connection, connection.cursor(row_factory=dict_row) as cursor:
        try:
            row = cursor.execute("select * from marts.warehouse_stats").fetchone()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            raise WarehouseError("The marts are not built yet. Build them with: warehouse build") from None
    assert row is not None, "marts.warehouse_stats has one row"
    return {name: row[name] for name in LABELS}


def held_loads() -> list[tuple[int, str, str]]:
    """Return the loads that are held: (load_id, uri, why)."""
    with connect(ANALYST) as connection:
        return connection.execute(HELD_LOADS).fetchall()
