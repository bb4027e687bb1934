"""Delete a grid, region or node that has nothing in it; with who and why."""

import psycopg

from loaders.database.sql_files import read_sql
from loaders.errors import RegistryError, UsageError
from loaders.registry.edits import exclusive_transaction, record_event
from loaders.registry.locations import read_locations
from loaders.registry.selection import Names

# What keeps a location, by its type: below it now, or below it at some time.
CONTENTS = {"grid": ("region", "regions"), "region": ("node", "nodes"), "node": ("series", "series")}


def delete(connection: psycopg.Connection, kind: str, location_id: int, *, why: str, who: str | None = None) -> Names:
    """Delete a location without series, nodes or regions, and return its names. The event of it is kept.

    Raises RegistryError where something is or was in it, UsageError without a reason; nothing is changed then.
    """
    if not why.strip():
        raise UsageError("A change of the hierarchy needs a reason. Enter one with --why.")
    with exclusive_transaction(connection):
        by_id = {id: names for names, id in read_locations(connection, kind).items()}
        if location_id not in by_id:
            raise RegistryError(f"No {kind} has the id {location_id}. List them first.")
        names = by_id[location_id]
        label = f"The {kind} {'/'.join(names)}"
        row = connection.execute(
            read_sql("loaders.registry", "location_contents"), {"kind": kind, "id": location_id}
        ).fetchone()
        present, former = row or (0, 0)
        if present:
            content = CONTENTS[kind][present > 1]
            raise RegistryError(f"{label} has {present} {content}. Rename or move it instead. Nothing was changed.")
        if former:
            raise RegistryError(
                f"{label} is in the history of what was moved out of it. Rename it instead. Nothing was changed."
            )
        connection.execute("select ledger.delete_location(%s, %s)", [kind, location_id])
        record_event(connection, kind, location_id, "deleted", names, names, who, why)
    return names
