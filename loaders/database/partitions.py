"""Month partitions of raw.measures, created as they are needed without blocking readers."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import psycopg


def missing_months(connection: psycopg.Connection[Any], months: Iterable[date]) -> list[date]:
    """Return those first-of-month dates (UTC) that raw.measures has no partition for yet."""
    wanted = {f"measures_{month:%Y_%m}": month for month in months}
    rows = connection.execute(
        "select relname from pg_class"
        " where relnamespace = 'raw'::regnamespace and relname = any(%s) and relispartition",
        [list(wanted)],
    )
    present = {name for (name,) in rows}
    return [month for name, month in sorted(wanted.items()) if name not in present]


def create_partitions(connection: psycopg.Connection[Any], months: Iterable[date]) -> None:
    """Create the missing months in short transactions of their own; `connection` must be in autocommit mode.

    An empty partition left by a process that died is harmless: it has no rows and is used by the next load.
    """
    for month in missing_months(connection, months):
        connection.execute("select ledger.create_month_partition(%s)", [month])
