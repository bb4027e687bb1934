"""One read-only query as the analyst."""

from typing import Any

import psycopg

from loaders.connection import connect
from loaders.errors import UsageError


def run_query(sql: str, limit: int) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and at most `limit` rows. Raises UsageError when the database refuses the query."""
    with connect("warehouse_analyst") as connection:
        connection.read_only = True
        try:
            # Prepared: one statement only, so that none can follow that leaves the role or the read-only transaction.
            cursor = connection.execute(sql, prepare=True)
        except psycopg.Error as error:
            raise UsageError(f"The query is refused: {str(error).strip().splitlines()[0]}.") from error
        if cursor.description is None:
            raise UsageError("The query gives no rows; write a select.")
        return [column.name for column in cursor.description], cursor.fetchmany(limit)
