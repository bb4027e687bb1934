"""A build reads whole months: those that it would change come back from the archive first."""

from typing import Any

import psycopg

from loaders.archive.archived_months import name_months, read_archived
from loaders.archive.restore import bring_back
from loaders.database.sql_files import read_sql
from loaders.errors import BuildError

FIRST_BUILD = "select to_regclass('staging.int_loads_applied') is null"


def bring_back_changed_months(connection: psycopg.Connection[Any]) -> None:
    """Bring back the archived months of which loads were accepted or withdrawn. connection: warehouse_transformer."""
    if not read_archived(connection) or connection.execute(FIRST_BUILD).fetchone() == (True,):
        return
    months = connection.execute(read_sql("loaders.dbt_runner", "changed_archived_months")).fetchall()
    if months:
        bring_back([month for (month,) in months], "loads that have rows in them or next to them changed")


def refuse_to_refresh_archived(connection: psycopg.Connection[Any]) -> None:
    """Raise BuildError where months are archived: a full refresh computes everything from raw."""
    archived = [row.month for row in read_archived(connection) if row.restored_at is None]
    if archived:
        raise BuildError(
            f"A full refresh reads all revisions, and {name_months(archived)} is archived. Run: warehouse unarchive"
            " --all, then refresh, then archive again."
        )
