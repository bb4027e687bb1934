"""What checks found, kept in raw.check_results."""

import psycopg
from psycopg.types.json import Jsonb

from loaders.connection import connect
from loaders.errors import GateError
from loaders.gates.outcome import CheckReport

KEPT = """
insert into raw.check_results (checked_at, gate, expectation, scope, observed, counted, passed, detail, examples)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


def keep(report: CheckReport) -> None:
    """Store one row for each outcome, all or none. Raises GateError where the schema has no place for them."""
    rows = [
        (
            report.checked_at, report.gate, outcome.name, outcome.scope, outcome.found, outcome.counted, outcome.passed,
            outcome.detail, Jsonb(outcome.rows),
        )
        for outcome in report.outcomes
    ]  # fmt: skip
    try:
        with connect() as connection, connection.cursor() as cursor:
            cursor.executemany(KEPT, rows)
    except psycopg.errors.UndefinedTable as error:
        raise GateError("Schema raw is not up to date; run: python -m loaders db start") from error
