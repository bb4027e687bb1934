"""Edits from a notebook: each goes through the loaders, with who and why, and is answered with a sentence.

Measures are never edited in place: a corrected value is a load. The user of this process is who.
"""

import getpass
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from loaders import ledger
from loaders.database.connection import connect
from loaders.ingest.corrections import correct as enter
from loaders.registry import edits as hierarchy
from loaders.registry.lookup import Registry
from warehouse.session import ReadError, open_reader

SHOW = "a build shows it in the marts"
LOADS = """
select load_id, status, source, uri, rows_read, rows_inserted, rows_rejected, loaded_at
from marts.dim_load
order by load_id desc
"""


def edit(action: str, what: Mapping[str, Any], why: str = "") -> str:
    """Do one of ACTIONS; `what`: its arguments by name. Returns what became of it, in a sentence.

    Raises WarehouseError, in a sentence too; nothing is changed then.
    """
    if action not in ACTIONS:
        raise ReadError(f"There is no action {action!r}; choose one of {', '.join(ACTIONS)}.")
    act = ACTIONS[action]
    try:
        inspect.signature(act).bind(**what, why=why)
    except TypeError as error:
        raise ReadError(f"{action} cannot be done with {', '.join(what) or 'nothing'}: {error}.") from None
    return act(**what, why=why)


def add(kind: str, name: str, *, why: str, **where: str | None) -> str:
    """A node, region or grid; where: grid, region, time_zone."""
    with connect() as connection:
        return _said(hierarchy.add(connection, kind, name, why=why, who=getpass.getuser(), **where))


def rename(kind: str, name: str, new_name: str, *, why: str, **where: str | None) -> str:
    """A node, region or grid; where: grid, region."""
    with connect() as connection:
        return _said(hierarchy.rename(connection, kind, name, new_name, why=why, who=getpass.getuser(), **where))


def move(kind: str, name: str, *, why: str, **where: str | None) -> str:
    """A node or region; where: grid, region, to_grid, to_region."""
    with connect() as connection:
        return _said(hierarchy.move(connection, kind, name, why=why, who=getpass.getuser(), **where))


def correct(values: Mapping[str, float | None], *, why: str, **names: Any) -> str:
    """Values by the start of their interval, of one series; names: grid, region, node, metric, source, collected_at."""
    done = enter(values, why=why, who=getpass.getuser(), **names)
    end = f"; {SHOW}." if done.status == "accepted" else "."
    return "; ".join(done.sentences) + end


def accept(load_id: int, *, why: str) -> str:
    """Let a load count."""
    return _decide(load_id, "accepted", why)


def withdraw(load_id: int, *, why: str) -> str:
    """Take a load out of the marts; nothing is deleted."""
    return _decide(load_id, "withdrawn", why)


def build(*, why: str = "") -> str:
    """Show all edits in the marts: `dbt build`, some ten seconds."""
    from loaders.dbt_runner import build as dbt_build

    return f"The marts are built: {len(dbt_build())} models, tests and functions."


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
    """One row per load, newest first, with its status as it is now."""
    with open_reader() as read:
        return read(LOADS).to_pandas()


def changes() -> pd.DataFrame:
    """One row per grid, region or node added, renamed or moved by hand, newest first; with who and why."""
    with connect() as connection:
        rows = [vars(event) for event in hierarchy.changes(connection)]
    frame = pd.DataFrame(rows, columns=["at", "kind", "change", "old_names", "new_names", "who", "why"])
    for column in ("old_names", "new_names"):
        frame[column] = ["/".join(names or []) for names in frame[column]]
    return frame


def places() -> list[tuple[str, tuple[str, ...]]]:
    """Every grid, region and node as it is registered now, built or not: (kind, names from the grid down)."""
    with connect() as connection:
        found = {kind: hierarchy.places_of(connection, kind) for kind in hierarchy.PLACE_TYPES}
    return [(kind, names) for kind, known in found.items() for names in sorted(known)]


def series() -> list[dict[str, str]]:
    """Every series as it is registered now: grid, region, node, metric, source."""
    with connect() as connection:
        return [dict(vars(key)) for key in sorted(Registry.read(connection).series)]


def _decide(load_id: int, status: str, why: str) -> str:
    with connect() as connection:
        changed = ledger.set_status(connection, int(load_id), status, why, getpass.getuser())
    return f"Load {load_id} is {status}; {SHOW}." if changed else f"Load {load_id} was {status} already."


def _said(change: hierarchy.Change) -> str:
    return f"{change.sentence}; {SHOW}." if change.changed else f"{change.sentence}."
