"""Classify incoming rows: new, repeated, correcting or contradictory."""

from dataclasses import dataclass

import psycopg

from loaders.database.sql_files import read_sql
from loaders.ingest.storage.temporary_tables import StagedRows


@dataclass(frozen=True)
class Classified:
    """Counts of the matched rows: new ones, those of them that correct a stored row, repeated and rejected ones."""

    new: int
    corrected: int
    repeated: int
    rejected: int


def may_be_stored(connection: psycopg.Connection, staged: StagedRows) -> bool:
    """Return whether a stored row may have the key of an incoming one; False is always right."""
    [(possible,)] = connection.execute(read_sql(__package__, "may_be_stored"), vars(staged)).fetchall()
    return possible


def classify(connection: psycopg.Connection) -> Classified:
    """Fill `classified` with each incoming row and the stored row of its key; move contradictory rows to `rejected`."""
    connection.execute(read_sql(__package__, "classify"))
    new, corrected, repeated, copies = _count(connection)
    if copies == 0:
        return Classified(new, corrected, repeated, 0)
    rejected = connection.execute(read_sql(__package__, "reject_conflicts")).rowcount
    new, corrected, repeated, _ = _count(connection)
    return Classified(new, corrected, repeated, rejected)


def _count(connection: psycopg.Connection) -> tuple[int, int, int, int]:
    [counts] = connection.execute(read_sql(__package__, "count_classified")).fetchall()
    return counts
