"""Month partitions of raw.measures, made on the fly without blocking readers."""

from collections.abc import Iterable
from datetime import date

import psycopg
from psycopg import sql

from loaders.database.advisory_locks import PARTITION_LOCK


def missing_months(connection: psycopg.Connection, months: Iterable[date]) -> list[date]:
    """Those first-of-month dates (UTC) that raw.measures has no partition for yet."""
    wanted = {_name(month): month for month in months}
    rows = connection.execute(
        "select relname from pg_class"
        " where relnamespace = 'raw'::regnamespace and relname = any(%s) and relispartition",
        [list(wanted)],
    )
    present = {name for (name,) in rows}
    return [month for name, month in sorted(wanted.items()) if name not in present]


def create_partitions(connection: psycopg.Connection, months: Iterable[date]) -> None:
    """Create the missing months in short transactions of their own; `connection` must be in autocommit mode.

    A table is created aside and then attached, which takes no lock that a reader or a writer of other months waits for.
    An empty partition left by a process that died is harmless: it holds no rows and is used by the next load.
    """
    for month in months:
        with connection.transaction():
            connection.execute("select pg_advisory_xact_lock(%s)", [PARTITION_LOCK])
            if missing_months(connection, [month]):
                _create(connection, month)


def _create(connection: psycopg.Connection, month: date) -> None:
    name = sql.Identifier("raw", _name(month))
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    bounds = [sql.Literal(f"{day.isoformat()} 00:00:00+00") for day in (month, following)]
    connection.execute(sql.SQL("create table {} (like raw.measures including all)").format(name))
    connection.execute(
        sql.SQL("alter table raw.measures attach partition {} for values from ({}) to ({})").format(name, *bounds)
    )


def _name(month: date) -> str:
    return f"measures_{month:%Y_%m}"
