"""The numbers of the dashboard, from marts.warehouse_stats."""

from typing import Any

import psycopg
from psycopg.rows import dict_row

from loaders.connection import connect
from loaders.errors import WarehouseError

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
    """The one row of marts.warehouse_stats, in the order of LABELS; counts, and times in UTC.

    Raises WarehouseError when the marts are not built yet.
    """
    with connect("warehouse_analyst") as connection, connection.cursor(row_factory=dict_row) as cursor:
        try:
            row = cursor.execute("select * from marts.warehouse_stats").fetchone()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            raise WarehouseError("The marts are not built yet; build them with: python -m loaders build") from None
    return {name: row[name] for name in LABELS}


def held_loads() -> list[tuple[int, str, str]]:
    """Loads that wait behind a gate: (load_id, uri, why)."""
    with connect() as connection:
        return connection.execute(
            "select load_id, uri, (select why from raw.load_events where load_events.load_id = loads.load_id"
            " order by event_id desc limit 1) from raw.loads where status = 'held' order by load_id"
        ).fetchall()
