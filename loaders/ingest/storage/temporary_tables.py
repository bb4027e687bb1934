"""Bring a delivery's rows to the server, into tables of this transaction, and make room for them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from pgpq import ArrowToPostgresBinaryEncoder

from loaders.database.advisory_locks import SERIES_LOCK
from loaders.database.partitions import create_partitions, missing_months
from loaders.errors import LoadError
from loaders.ingest.series_matching import resolve
from loaders.ingest.storage.delivery import Delivery
from loaders.registry.lookup import Registry

SERIES_BUCKETS = 64

STAGING = """
set local work_mem = '256MB';
create temporary table incoming (
    series_id integer, interval_start timestamptz, collected_at timestamptz, value double precision, row_number bigint
) on commit drop;
create temporary table refused (row_number bigint, reason text, payload text) on commit drop;
"""


@dataclass
class Staged:
    """What lies in `incoming` (rows placed) and `refused`, and which months, series and ranges the former have."""

    rows_read: int = 0
    rows_placed: int = 0
    rows_refused: int = 0
    months: set[date] = field(default_factory=set)
    buckets: set[int] = field(default_factory=set)
    interval_from: datetime | None = None
    interval_to: datetime | None = None
    collected_from: datetime | None = None
    collected_to: datetime | None = None

    def add(self, rows: pa.Table) -> None:
        """Take note of rows that were placed."""
        if rows.num_rows == 0:
            return
        self.rows_placed += rows.num_rows
        starts = rows["interval_start"].cast(pa.int64()).to_numpy().astype("datetime64[us]")
        self.months |= set(np.unique(starts.astype("datetime64[M]")).astype("datetime64[D]").tolist())
        self.buckets |= set(np.unique(rows["series_id"].to_numpy() % SERIES_BUCKETS).tolist())
        self.interval_from, self.interval_to = _widen(self.interval_from, self.interval_to, rows["interval_start"])
        self.collected_from, self.collected_to = _widen(self.collected_from, self.collected_to, rows["collected_at"])


def _widen(
    first: datetime | None, last: datetime | None, column: pa.ChunkedArray
) -> tuple[datetime | None, datetime | None]:
    span = pc.min_max(column).as_py()
    return min(first or span["min"], span["min"]), max(last or span["max"], span["max"])


def create_staging(connection: psycopg.Connection) -> None:
    """The temporary tables of one load: gone with its transaction."""
    connection.execute(STAGING)


def stage(connection: psycopg.Connection, delivery: Delivery, progress: Callable[[int], None]) -> Staged:
    """Copy the rows that can be placed to `incoming`, the others to `refused`."""
    registry = Registry.read(connection)
    staged = Staged()
    for batch in delivery.batches:
        rows, refused = resolve(batch, registry, delivery.defaults)
        _copy(connection, "incoming", rows)
        _copy(connection, "refused", refused)
        staged.add(rows)
        staged.rows_refused += refused.num_rows
        staged.rows_read += batch.num_rows
        progress(batch.num_rows)
    if staged.rows_read == 0:
        raise LoadError(f"{delivery.uri} holds no rows; nothing was stored.")
    connection.execute("analyze incoming")
    return staged


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


def lock_series(connection: psycopg.Connection, staged: Staged) -> None:
    """From here to the commit no other load touches these series, so that load_id order is the order of delivery."""
    connection.execute(
        "select pg_advisory_xact_lock(%s, bucket) from unnest(%s::integer[]) as bucket",
        [SERIES_LOCK, sorted(staged.buckets)],
    )


def make_partitions(
    connection: psycopg.Connection, staged: Staged, open_second: Callable[[], psycopg.Connection]
) -> None:
    """See that each month of the incoming rows has its partition."""
    if missing_months(connection, staged.months):
        with open_second() as second:
            create_partitions(second, staged.months)
