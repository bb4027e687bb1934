"""Copy a delivery's rows into temporary tables of its transaction, and prepare the partitions for them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from pgpq import ArrowToPostgresBinaryEncoder

from loaders.canonical.delivered_fields import DELIVERED
from loaders.database.advisory_locks import SERIES_LOCK
from loaders.database.citus import is_distributed
from loaders.database.sql_files import read_sql
from loaders.errors import LoadError
from loaders.ingest.series_matching import match_series
from loaders.ingest.storage.delivery import Delivery
from loaders.notices import notify
from loaders.registry.lookup import Registry

SERIES_BUCKETS = 64
# Where the tables are distributed: a first batch of this size is worth a copy to the nodes.
MIN_ROWS_TO_STAGE = 10_000
INCOMING, STAGED_ROWS = "incoming", "raw.staged_rows"


@dataclass
class StagedRows:
    """Counts of rows: matched (in `relation`), rejected, blank (in neither); what the matched ones cover.

    has_further_fields: whether the delivery has fields without a canonical column. rows_by_series: how many of the
    matched rows, by series_id. relation: `incoming`, or raw.staged_rows (see place_next_to_measures).
    """

    rows_read: int = 0
    rows_matched: int = 0
    rows_rejected: int = 0
    rows_blank: int = 0
    has_further_fields: bool = False
    months: set[date] = field(default_factory=set)
    rows_by_series: Counter[int] = field(default_factory=Counter)
    interval_from: datetime | None = None
    interval_to: datetime | None = None
    collected_from: datetime | None = None
    collected_to: datetime | None = None
    relation: str = INCOMING

    def add(self, rows: pa.Table) -> None:
        """Count rows that were matched to series."""
        if rows.num_rows == 0:
            return
        self.rows_matched += rows.num_rows
        starts = rows["interval_start"].cast(pa.int64()).to_numpy().astype("datetime64[us]")
        self.months |= set(np.unique(starts.astype("datetime64[M]")).astype("datetime64[D]").tolist())
        series, counts = np.unique(rows["series_id"].to_numpy(), return_counts=True)
        self.rows_by_series.update(dict(zip(series.tolist(), counts.tolist(), strict=True)))
        self.interval_from, self.interval_to = _widen(self.interval_from, self.interval_to, rows["interval_start"])
        self.collected_from, self.collected_to = _widen(self.collected_from, self.collected_to, rows["collected_at"])


def _widen(
    first: datetime | None, last: datetime | None, column: pa.ChunkedArray
) -> tuple[datetime | None, datetime | None]:
    bounds = pc.min_max(column).as_py()
    return min(first or bounds["min"], bounds["min"]), max(last or bounds["max"], bounds["max"])


def create_temporary_tables(connection: psycopg.Connection) -> None:
    """Create the temporary tables of one delivery; they are dropped with its transaction."""
    connection.execute("set local work_mem = '256MB'")
    for name in ("create_incoming", "create_rejected"):
        connection.execute(read_sql(__package__, name))


def copy_rows(connection: psycopg.Connection, delivery: Delivery, progress: Callable[[int], None]) -> StagedRows:
    """Copy the rows that match a series to `incoming` or raw.staged_rows, the others to `rejected`."""
    registry = Registry.read(connection)
    staged = StagedRows()
    defaults = replace(delivery.defaults, shown_resolutions={})
    for batch in delivery.batches:
        rows, rejected = match_series(batch, registry, defaults)
        if not staged.rows_matched and rows.num_rows >= MIN_ROWS_TO_STAGE and is_distributed(connection):
            staged.relation = STAGED_ROWS
        _copy(connection, staged.relation, rows)
        _copy(connection, "rejected", rejected)
        staged.add(rows)
        staged.rows_rejected += rejected.num_rows
        staged.rows_blank += batch.num_rows - rows.num_rows - rejected.num_rows
        staged.rows_read += batch.num_rows
        staged.has_further_fields |= DELIVERED in batch.column_names
        progress(batch.num_rows)
    if staged.rows_read == 0:
        raise LoadError(f"{delivery.uri} holds no rows. Nothing was stored.")
    if staged.rows_rejected:
        _notify_of_former_names(connection, delivery)
    return staged


def _notify_of_former_names(connection: psycopg.Connection, delivery: Delivery) -> None:
    """Give a notice of rows that were rejected because their location has another name or parent now."""
    for kind, old_names, new_names, at in connection.execute(read_sql(__package__, "renamed_locations")):
        notify(
            delivery.uri,
            f"the {kind} {'/'.join(old_names)} is called {'/'.join(new_names)} since {at:%Y-%m-%d %H:%M} UTC. Rows with"
            " the old name are rejected. Write the new name into the file",
        )


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


def lock_series(connection: psycopg.Connection, staged: StagedRows) -> None:
    """Lock the series until the commit, so that the order of load_id is the order of delivery."""
    connection.execute(
        "select pg_advisory_xact_lock(%s, bucket) from unnest(%s::integer[]) as bucket",
        [SERIES_LOCK, sorted({series_id % SERIES_BUCKETS for series_id in staged.rows_by_series})],
    )


def place_next_to_measures(connection: psycopg.Connection, staged: StagedRows) -> None:
    """Copy the matched rows to the nodes that store their series, where the tables are distributed.

    Citus joins row by row only what lies on the same node. Until the commit nobody else sees these rows.
    """
    if staged.relation == STAGED_ROWS or not is_distributed(connection):
        return
    connection.execute(read_sql(__package__, "stage_incoming"))
    staged.relation = STAGED_ROWS


def remove_from_nodes(connection: psycopg.Connection, staged: StagedRows) -> None:
    """Delete the rows of this load from raw.staged_rows, where it has some there."""
    if staged.relation == STAGED_ROWS:
        # Each load deletes rows of its own. Without this, Citus lets loads wait for each other's commit.
        connection.execute("set local citus.all_modifications_commutative to on")
        connection.execute("delete from raw.staged_rows")
        staged.relation = INCOMING
