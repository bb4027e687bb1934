"""The synthetic seed into the warehouse, by the same path as any file."""

import time
from collections.abc import Callable
from datetime import date

from loaders.database.connection import connect
from loaders.demo.generator import SOURCE, registry, weeks
from loaders.formats import ReadOptions
from loaders.ingest.pipeline import IngestOptions, IngestResult, gate_pending_loads, ingest_table
from loaders.registry.definitions import register


def load_seed(
    count: int,
    random_seed: int,
    progress: Callable[[int], None] = lambda rows: None,
    until: date | None = None,
) -> list[IngestResult]:
    """Register the seed's names and load each week as one load; weeks that are there already are not loaded again.

    until: the last day of the data, see `weeks`.

    Names are registered only before the first load of the seed. Later a person may have renamed or moved them, and to
    register the old names again would bring them back next to the new ones.
    """
    deliveries = weeks(count, random_seed, until)
    with connect() as connection:
        if connection.execute("select from raw.loads where source = %s limit 1", [SOURCE]).fetchone() is None:
            register(connection, registry())
    gate_pending_loads()
    options = IngestOptions(format="long", read=ReadOptions(source=SOURCE, blanks="withdrawn"))
    outcomes = []
    for name, table in deliveries:
        started = time.monotonic()
        result, verdict = ingest_table(table, name, options, progress)
        outcomes.append(IngestResult(name, time.monotonic() - started, result, verdict))
    return outcomes
