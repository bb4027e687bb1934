"""Judge stored loads again after a rule changed. Their status stays; `check raw` reports what breaks the new rules."""

import json
import logging
from collections.abc import Iterable, Iterator

from loaders.database.connection import connect
from loaders.database.sql_files import read_sql
from loaders.gates.load_gate import gate_loads
from loaders.gates.rules import Rules

log = logging.getLogger(__name__)
BATCH_ROWS = 500_000  # rows whose loads are judged in one transaction


def judge_outdated_loads(rules: Rules) -> list[int]:
    """Judge the loads whose results are not those of the current rules, newest first; returns their ids.

    Each batch is a transaction of its own: what was judged stays when the rest is interrupted. Cost by their rows.
    """
    query = read_sql("loaders.gates", "outdated_loads").replace(
        "{outdated_results}", read_sql("loaders.gates.suites", "outdated_results")
    )
    with connect() as connection:
        connection.execute("select set_config('warehouse.rules', %s, false)", [json.dumps(rules.for_queries())])
        loads = connection.execute(query).fetchall()
        connection.commit()
        if loads:
            log.warning("The rules changed. Judging %s stored loads again; their status stays.", f"{len(loads):,}")
        for batch in _batches(loads):
            gate_loads(connection, batch)
            connection.commit()
    return [load_id for load_id, _ in loads]


def _batches(loads: Iterable[tuple[int, int]]) -> Iterator[list[int]]:
    batch: list[int] = []
    batch_rows = 0
    for load_id, row_count in loads:
        batch.append(load_id)
        batch_rows += row_count
        if batch_rows >= BATCH_ROWS:
            yield batch
            batch, batch_rows = [], 0
    if batch:
        yield batch
