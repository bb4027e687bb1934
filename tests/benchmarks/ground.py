"""What the benchmarks stand on: a server of their own, rows to load, and how time is taken."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import psycopg
import pyarrow as pa

from loaders import embedded_server, ledger
from loaders.database.connection import connect
from loaders.database.migrations import migrate
from loaders.ingest.shown_resolutions import DeliveryDefaults
from loaders.ingest.storage.store import Delivery, store_delivery
from loaders.settings import settings

FIRST_HOUR = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
HOUR = 3_600_000_000
WITHOUT_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")  # arguments of a build


@contextmanager
def own_server() -> Iterator[None]:
    """An embedded server in a temporary folder, with the settings that users get; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="warehouse-bench-") as folder:
        Path(folder).chmod(0o755)
        for name in ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "WAREHOUSE_DSN", "WAREHOUSE_PORT"):
            os.environ.pop(name, None)
        os.environ |= {
            "WAREHOUSE_HOME": f"{folder}/home",
            "DBT_TARGET_PATH": f"{folder}/target",
            "DBT_LOG_PATH": f"{folder}/logs",
        }
        settings.cache_clear()
        embedded_server.start()
        try:
            yield
        finally:
            embedded_server.discard()


def new_database(name: str) -> None:
    """Make a database with the raw schema, and let the environment name it from here on."""
    settings.cache_clear()
    os.environ.pop("PGHOST", None)
    settings.cache_clear()
    with connect(None, autocommit=True, dbname="postgres") as admin:
        admin.execute(psycopg.sql.SQL("create database {}").format(psycopg.sql.Identifier(name)))
    use_database(name)
    migrate()


def use_database(name: str) -> None:
    """Let the environment name a database from here on."""
    from loaders.database.connection import client_environment

    here = {key: value for key, value in client_environment(None).items() if key.startswith("PG")}
    os.environ |= {**here, "PGDATABASE": name}
    settings.cache_clear()


def rows(
    nodes: int, hours: range, leads: range, step: int = 1, metric: str = "load", grids: int = 1, regions: int = 1
) -> pa.Table:
    """Canonical rows, one per node, hour and revision; revision r is collected 48 - step * r hours before the hour.

    The nodes are spread over the regions, and those over the grids.
    """
    count = nodes * len(hours) * len(leads)
    node = np.repeat(np.arange(nodes, dtype=np.int32), len(hours) * len(leads))
    hour = np.tile(np.repeat(np.array(hours), len(leads)), nodes)
    lead = np.tile(np.array(leads), nodes * len(hours))
    starts = FIRST_HOUR + hour * HOUR
    collected = starts - (48 - step * lead) * HOUR
    values = np.random.default_rng(hours.start * 1000 + leads.start).normal(1000, 100, count).round(3)

    def named(numbers: np.ndarray, name: str) -> pa.Array:
        texts = [f"{name}{number or ''}" for number in range(int(numbers.max()) + 1)]
        return pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int32)), pa.array(texts))

    names = pa.array([f"Node{number}" for number in range(nodes)])
    nothing = pa.nulls(count, pa.string())
    return pa.table(
        {
            "row_number": pa.array(np.arange(1, count + 1)),
            "grid": named(node % grids, "Grid"),
            "region": named(node // grids % regions, "Region"),
            "node": pa.DictionaryArray.from_arrays(pa.array(node), names),
            "metric": named(node * 0, metric),
            **{name: nothing.dictionary_encode() for name in ("source", "unit", "resolution")},
            "interval_start": pa.array(starts).cast(pa.timestamp("us", "UTC")),
            "collected_at": pa.array(collected).cast(pa.timestamp("us", "UTC")),
            "value": pa.array(values),
            "reason": nothing,
            "payload": nothing,
        }
    )


def load(table: pa.Table, name: str) -> None:
    """Store a table as one accepted load."""
    batches = [table.slice(start, 200_000) for start in range(0, table.num_rows, 200_000)]
    with connect() as connection:
        delivery = Delivery(
            batches=batches,
            source="bench",
            format="long",
            uri=name,
            content_hash=name,
            collected_at_basis="published",
            started_at=datetime.now(UTC),
            defaults=DeliveryDefaults("bench", create_missing=True),
        )
        result = store_delivery(connection, delivery, partial(connect, autocommit=True))
        ledger.set_status(connection, result.load_id, "accepted", "benchmark")


def seconds(action: Callable[[], object], times: int = 5) -> float:
    """The median of several runs, after one that warms up."""
    action()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        action()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)
