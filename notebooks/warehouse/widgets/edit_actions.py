"""Edits from a notebook: each goes through the loaders, with user and reason, and returns a sentence.

Measures are never edited in place: a corrected value is a load. The user of this process is recorded; in the
editing app, the key that the visitor signed in with.
"""

import inspect
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pandas as pd
import psycopg

from loaders import ledger
from loaders.database.connection import connect
from loaders.ingest.corrections import correct as store_corrections
from loaders.jupyter.editor import editor
from loaders.registry import edits as registry_edits
from loaders.registry.locations import LOCATION_TYPES, read_locations
from loaders.registry.lookup import Registry
from warehouse.connection import require_database
from warehouse.errors import ReadError
from warehouse.session import open_reader

BUILD_HINT = "Run a build to show it in the marts."
LOADS = """
select load_id, status, source, uri, rows_read, rows_inserted, rows_rejected, loaded_at
from marts.dim_load
order by load_id desc
"""


def edit(action: str, arguments: Mapping[str, Any], why: str = "") -> str:
    """Run one of ACTIONS with its arguments by name, and return the result as a sentence.

    Raises WarehouseError; nothing is changed then.
    """
    if action not in ACTIONS:
        raise ReadError(f"Unknown action {action!r}. Use one of {', '.join(ACTIONS)}.")
    run = ACTIONS[action]
    try:
        inspect.signature(run).bind(**arguments, why=why)
    except TypeError as error:
        raise ReadError(f"{action} does not accept {', '.join(arguments) or 'no arguments'}: {error}.") from None
    return run(**arguments, why=why)


def add(kind: str, name: str, *, why: str, **parents: str | None) -> str:
    """Add a node, region or grid; parents: grid, region, time_zone."""
    with _connect() as connection:
        return _sentence(registry_edits.add(connection, kind, name, why=why, who=editor("loader"), **parents))


def rename(kind: str, name: str, new_name: str, *, why: str, **parents: str | None) -> str:
    """Rename a node, region or grid; parents: grid, region."""
    with _connect() as connection:
        change = registry_edits.rename(connection, kind, name, new_name, why=why, who=editor("loader"), **parents)
        return _sentence(change)


def move(kind: str, name: str, *, why: str, **parents: str | None) -> str:
    """Move a node or region; parents: grid, region, to_grid, to_region."""
    with _connect() as connection:
        return _sentence(registry_edits.move(connection, kind, name, why=why, who=editor("loader"), **parents))


def correct(values: Mapping[str | datetime, float | None], *, why: str, **names: Any) -> str:
    """Store corrected values by interval start, of one series: grid, region, node, metric, source, collected_at."""
    require_database("Editing")
    correction = store_corrections(values, why=why, who=editor("loader"), **names)
    sentences = "; ".join(correction.sentences).rstrip(".") + "."
    return f"{sentences} {BUILD_HINT}" if correction.status == "accepted" else sentences


def accept(load_id: int, *, why: str) -> str:
    """Accept a load, so that its values count."""
    return _set_status(load_id, "accepted", why)


def withdraw(load_id: int, *, why: str) -> str:
    """Withdraw a load from the marts; nothing is deleted."""
    return _set_status(load_id, "withdrawn", why)


def build(*, why: str = "") -> str:
    """Build the marts, so that they show all edits; takes some ten seconds."""
    from loaders.dbt_runner import build as dbt_build

    editor("loader")
    results = dbt_build()
    return f"The marts are built: {len(results)} models and tests." if results else "The marts are up to date already."


ACTIONS: dict[str, Callable[..., str]] = {
    "add": add,
    "rename": rename,
    "move": move,
    "correct": correct,
    "accept": accept,
    "withdraw": withdraw,
    "build": build,
}


def loads() -> pd.DataFrame:
    """Return one row per load with its status as of the last build, newest first."""
    with open_reader() as read:
        return read(LOADS).to_pandas()


def changes() -> pd.DataFrame:
    """Return one row per grid, region or node added, renamed or moved by hand, newest first, with who and why.

    who is the name that the caller gave; login and client_address are what the server saw.
    """
    with _connect() as connection:
        rows = [vars(event) for event in registry_edits.changes(connection)]
    columns = ["at", "kind", "change", "old_names", "new_names", "who", "why", "login", "client_address"]
    frame = pd.DataFrame(rows, columns=columns)
    for column in ("old_names", "new_names"):
        frame[column] = ["/".join(names or []) for names in frame[column]]
    return frame


def locations() -> list[tuple[str, tuple[str, ...]]]:
    """Return every registered grid, region and node, built or not: (kind, names from the grid down)."""
    with _connect() as connection:
        by_kind = {kind: read_locations(connection, kind) for kind in LOCATION_TYPES}
    return [(kind, names) for kind, registered in by_kind.items() for names in sorted(registered)]


def series() -> list[dict[str, str]]:
    """Return every registered series: grid, region, node, metric, source, resolution."""
    with _connect() as connection:
        return [key._asdict() for key in sorted(Registry.read(connection).series)]


def _connect() -> psycopg.Connection[Any]:
    require_database("Editing")
    return connect()


def _set_status(load_id: int, status: str, why: str) -> str:
    with _connect() as connection:
        is_changed = ledger.set_status(connection, int(load_id), status, why, editor("operator"))
    return f"Load {load_id} is {status}. {BUILD_HINT}" if is_changed else f"Load {load_id} was already {status}."


def _sentence(change: registry_edits.Change) -> str:
    sentence = change.sentence.rstrip(".") + "."
    return f"{sentence} {BUILD_HINT}" if change.changed else sentence
