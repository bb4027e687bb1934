"""Classify incoming rows: new, repeated, correcting or contradictory."""

import json
from dataclasses import dataclass

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from loaders.canonical.delivered_fields import DELIVERED, delivered_fields
from loaders.canonical.rejects import Reason
from loaders.database.sql_files import read_sql
from loaders.ingest.storage.delivery import Delivery
from loaders.ingest.storage.temporary_tables import StagedRows, place_next_to_measures


@dataclass(frozen=True)
class Classified:
    """Counts of the matched rows: new ones, those of them that correct a stored row, repeated and rejected ones.

    copies: rows that say the same as an earlier row of the delivery.
    """

    new: int
    corrected: int
    repeated: int
    rejected: int
    copies: int = 0


def may_be_stored(connection: psycopg.Connection, staged: StagedRows) -> bool:
    """Return whether a stored row may have the key of an incoming one; False is always right."""
    [(is_covered,)] = connection.execute(read_sql(__package__, "covered_by_loads"), vars(staged)).fetchall()
    if not is_covered:
        return False
    place_next_to_measures(connection, staged)
    [(possible,)] = connection.execute(_reading(staged, "may_be_stored")).fetchall()
    return possible


def classify(connection: psycopg.Connection, staged: StagedRows) -> Classified:
    """Fill `classified` with each incoming row and the stored row of its key; move contradictory rows to `rejected`."""
    place_next_to_measures(connection, staged)
    connection.execute(_reading(staged, "classify"))
    new, corrected, repeated, copies = _count(connection)
    if copies == 0:
        return Classified(new, corrected, repeated, 0)
    rejected = connection.execute(read_sql(__package__, "reject_conflicts")).rowcount
    new, corrected, repeated, copies = _count(connection)
    return Classified(new, corrected, repeated, rejected, copies)


def add_delivered_fields(connection: psycopg.Connection, delivery: Delivery) -> None:
    """Add the fields that are not stored to the payloads of contradictory rows, by reading the delivery again."""
    assert delivery.read_again is not None
    query = "select row_number from rejected where reason = %s"
    numbers = pa.array([row[0] for row in connection.execute(query, [Reason.CONFLICTING_VALUE])], pa.int64())
    for batch in delivery.read_again():
        if DELIVERED not in batch.column_names:
            continue
        rows = batch.filter(pc.is_in(batch["row_number"], value_set=numbers)).select(["row_number", DELIVERED])
        fields = [json.dumps(delivered_fields(row)) for row in rows[DELIVERED].to_pylist()]
        connection.execute(ADD_FIELDS, [rows["row_number"].to_pylist(), fields])


ADD_FIELDS = """
update rejected
set payload = (further.fields::jsonb || rejected.payload::jsonb)::text
from unnest(%s::bigint[], %s::text[]) as further (row_number, fields)
where rejected.row_number = further.row_number and rejected.reason = 'conflicting_value'
"""


def _reading(staged: StagedRows, name: str) -> sql.Composed:
    """Return a query that reads the matched rows."""
    return sql.SQL(read_sql(__package__, name)).format(incoming=sql.SQL(staged.relation))


def _count(connection: psycopg.Connection) -> tuple[int, int, int, int]:
    [counts] = connection.execute(read_sql(__package__, "count_classified")).fetchall()
    return counts
