"""Bring a delivery's rows to the server, into tables of this transaction, and make room for them."""

from collections.abc import Callable
from datetime import date

import psycopg
import pyarrow as pa
from pgpq import ArrowToPostgresBinaryEncoder

from loaders.errors import LoadError
from loaders.partitions import create_partitions, missing_months
from loaders.registry import Registry
from loaders.resolve import resolve
from loaders.store.delivery import Delivery

SERIES_LOCK = 7304  # advisory lock class: one writer per bucket of series
SERIES_BUCKETS = 64

STAGING = """
set local work_mem = '256MB';
create temporary table incoming (
    series_id integer, interval_start timestamptz, collected_at timestamptz, value double precision, row_number bigint
) on commit drop;
create temporary table refused (row_number bigint, reason text, payload text) on commit drop;
"""


def create_staging(connection: psycopg.Connection) -> None:
    """The temporary tables of one load: gone with its transaction."""
    connection.execute(STAGING)


def stage(connection: psycopg.Connection, delivery: Delivery, progress: Callable[[int], None]) -> int:
    """Copy the rows that can be placed to `incoming`, the others to `refused`; returns the number of rows read."""
    registry = Registry.read(connection)
    rows_read = 0
    for batch in delivery.batches:
        rows, refused = resolve(batch, registry, delivery.defaults)
        _copy(connection, "incoming", rows)
        _copy(connection, "refused", refused)
        rows_read += batch.num_rows
        progress(batch.num_rows)
    if rows_read == 0:
        raise LoadError(f"{delivery.uri} holds no rows; nothing was stored.")
    connection.execute("analyze incoming")
    return rows_read


def _copy(connection: psycopg.Connection, table: str, rows: pa.Table) -> None:
    if rows.num_rows == 0:
        return
    encoder = ArrowToPostgresBinaryEncoder(rows.schema)
    columns = ", ".join(rows.column_names)
    with connection.cursor().copy(f"copy {table} ({columns}) from stdin with (format binary)") as copy:
        copy.write(encoder.write_header())
        for batch in rows.to_batches():
            copy.write(encoder.write_batch(batch))
        copy.write(encoder.finish())


def lock_series(connection: psycopg.Connection) -> None:
    """From here to the commit no other load touches these series, so that load_id order is the order of delivery."""
    connection.execute(
        "select pg_advisory_xact_lock(%s, bucket)"
        " from (select distinct series_id %% %s as bucket from incoming order by bucket) as buckets",
        [SERIES_LOCK, SERIES_BUCKETS],
    )


def make_partitions(connection: psycopg.Connection, open_second: Callable[[], psycopg.Connection]) -> None:
    """See that each month of the incoming rows has its partition."""
    rows = connection.execute("select distinct date_trunc('month', interval_start, 'UTC')::date from incoming")
    months: list[date] = [month for (month,) in rows]
    if missing_months(connection, months):
        with open_second() as second:
            create_partitions(second, months)
