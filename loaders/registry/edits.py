"""Add, rename and move single grids, regions and nodes; with who and why.

Ids stay the same, so series and measures follow. Former names and parents stay in dim_node_history, from the build that
first sees the change.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from loaders.database.advisory_locks import REGISTRY_LOCK
from loaders.errors import RegistryError, UsageError
from loaders.messages import suggest_names
from loaders.registry.definitions import register
from loaders.registry.locations import LOCATION_TYPES, depth_of, read_locations
from loaders.registry.selection import HIERARCHY_LEVELS, Names, choose_one

LOCK_TIMEOUT = "30s"


DONE_BEFORE = """
select id, old_names, new_names
from raw.registry_events
where kind = %(kind)s and change = %(change)s and old_names[cardinality(old_names)] = %(name)s
order by event_id desc
"""


@dataclass(frozen=True)
class Change:
    """The result of an edit: the names from the grid down before (None: it is new) and after.

    changed: False if nothing differed.
    """

    kind: str
    before: Names | None
    after: Names
    changed: bool

    @property
    def sentence(self) -> str:
        """Return the result for people; without a full stop."""
        after = "/".join(self.after)
        if not self.changed:
            return f"{self.kind} {after} already has this name and parent; nothing was changed"
        if self.before is None:
            return f"{self.kind} {after} was added"
        return f"{self.kind} {'/'.join(self.before)} is now {after}"


@dataclass(frozen=True)
class RegistryEvent:
    """One row of raw.registry_events; `at` is UTC.

    who: the name that the caller gave. login, client_address: what the server saw.
    """

    at: datetime
    kind: str
    change: str
    old_names: list[str] | None
    new_names: list[str]
    who: str
    why: str
    login: str
    client_address: str | None


def add(
    connection: psycopg.Connection,
    kind: str,
    name: str,
    *,
    why: str,
    grid: str | None = None,
    region: str | None = None,
    time_zone: str | None = None,
    who: str | None = None,
) -> Change:
    """Register a node in a region, a region in a grid, or a grid with its IANA time_zone.

    Raises RegistryError for an unknown parent, UsageError for a missing argument; nothing is changed then.
    """
    name = _checked(kind, name, why)
    names = _parents(kind, grid, region) | {kind: name}
    with exclusive_transaction(connection):
        if kind != "grid":
            parent = HIERARCHY_LEVELS[depth_of(kind) - 2]
            above = {level: names[level] for level in HIERARCHY_LEVELS if level in names and level != kind}
            choose_one(read_locations(connection, parent), above)
        after = tuple(names[level] for level in HIERARCHY_LEVELS[: depth_of(kind)])
        if after in (locations := read_locations(connection, kind)):
            return Change(kind, None, after, False)
        zone = {"time_zone": time_zone} if kind == "grid" else {}
        if kind == "grid" and not time_zone:
            raise UsageError(f"A new grid needs a time zone, such as Europe/Berlin. {name!r} was not added.")
        register(connection, {f"{kind}s": [names | zone]})
        locations = read_locations(connection, kind)
        record_event(connection, kind, locations[after], "added", None, after, who, why)
    return Change(kind, None, after, True)


def rename(
    connection: psycopg.Connection,
    kind: str,
    name: str,
    new_name: str,
    *,
    why: str,
    grid: str | None = None,
    region: str | None = None,
    who: str | None = None,
) -> Change:
    """Give a grid, region or node another name; grid and region may be omitted if the name is unique.

    Raises RegistryError for an unknown or ambiguous name, or a new one that exists; nothing is changed then.
    """
    new_name = _checked(kind, new_name, why)
    selection = {"grid": grid, "region": region, kind: name}
    with exclusive_transaction(connection):
        locations = read_locations(connection, kind)
        done = _done_before(connection, kind, "renamed", locations, selection)
        if done and done.after[-1] == new_name:
            return done
        before = choose_one(locations, selection)
        after = (*before[:-1], new_name)
        if before == after:
            return Change(kind, before, after, False)
        _check_name_is_free(kind, after, locations)
        connection.execute("select ledger.rename_location(%s, %s, %s)", [kind, locations[before], new_name])
        record_event(connection, kind, locations[before], "renamed", before, after, who, why)
    return Change(kind, before, after, True)


def move(
    connection: psycopg.Connection,
    kind: str,
    name: str,
    *,
    why: str,
    to_grid: str | None = None,
    to_region: str | None = None,
    grid: str | None = None,
    region: str | None = None,
    who: str | None = None,
) -> Change:
    """Move a node to another region (of its own grid, unless to_grid names another), or a region to another grid.

    Raises RegistryError as `rename`, UsageError without a target; nothing is changed then.
    """
    _checked(kind, name, why)
    if kind == "grid":
        raise UsageError("A grid has no parent, so it cannot be moved. To change its name, use rename.")
    if (to_region if kind == "node" else to_grid) is None:
        raise UsageError(
            f"The target is missing. Name the {'region' if kind == 'node' else 'grid'} that the {kind} moves to."
        )
    selection = {"grid": grid, "region": region, kind: name}
    with exclusive_transaction(connection):
        locations = read_locations(connection, kind)
        parents = read_locations(connection, HIERARCHY_LEVELS[depth_of(kind) - 2])
        done = _done_before(connection, kind, "moved", locations, selection)
        to = {"region": to_region} if kind == "node" else {}
        requested = {level: target for level, target in {"grid": to_grid, **to}.items() if target}
        if done and all(done.after[HIERARCHY_LEVELS.index(level)] == target for level, target in requested.items()):
            return done
        before = choose_one(locations, selection)
        parent = choose_one(parents, {"grid": to_grid or before[0], **to})
        after = (*parent, before[-1])
        if before == after:
            return Change(kind, before, after, False)
        _check_name_is_free(kind, after, locations)
        connection.execute("select ledger.move_location(%s, %s, %s)", [kind, locations[before], parents[parent]])
        record_event(connection, kind, locations[before], "moved", before, after, who, why)
    return Change(kind, before, after, True)


def changes(connection: psycopg.Connection, limit: int | None = None) -> list[RegistryEvent]:
    """Return what was added, renamed or moved by hand, newest first."""
    with connection.cursor(row_factory=class_row(RegistryEvent)) as cursor:
        return cursor.execute(
            "select at, kind, change, old_names, new_names, who, why, login, host(client_address) as client_address"
            " from raw.registry_events order by event_id desc limit %s",
            [limit],
        ).fetchall()


@contextmanager
def exclusive_transaction(connection: psycopg.Connection) -> Iterator[None]:
    """Open a transaction in which nobody else registers. Loads that only use names continue: their ids stay."""
    try:
        with connection.transaction():
            connection.execute("select set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
            connection.execute("select pg_advisory_xact_lock(%s)", [REGISTRY_LOCK])
            yield
    except psycopg.errors.LockNotAvailable as error:
        raise RegistryError(
            f"Another process has been registering names for {LOCK_TIMEOUT}, perhaps a load with --create-missing. "
            "Nothing was changed. Try again when it is done: warehouse loads"
        ) from error


def _checked(kind: str, name: str, why: str) -> str:
    """Return the name without blanks around it; raises UsageError for an invalid type, name or reason."""
    if kind not in LOCATION_TYPES:
        raise UsageError(f"Unknown type {kind!r}. {suggest_names(kind, LOCATION_TYPES)}")
    if not name.strip():
        raise UsageError(f"The {kind} name must not be empty.")
    if not why.strip():
        raise UsageError("A change of the hierarchy needs a reason. Enter one with --why.")
    return name.strip()


def _parents(kind: str, grid: str | None, region: str | None) -> dict[str, str]:
    parents = dict(zip(HIERARCHY_LEVELS[: depth_of(kind) - 1], (grid, region), strict=False))
    named = {level: name for level, name in parents.items() if name is not None}
    if missing := [level for level in parents if level not in named]:
        raise UsageError(f"The parent is missing. Name the {' and the '.join(missing)} of the new {kind}.")
    return named


def _done_before(
    connection: psycopg.Connection,
    kind: str,
    change: str,
    locations: Mapping[Names, int],
    selection: Mapping[str, str | None],
) -> Change | None:
    """Return the earlier change that did what is requested, if no location has the requested name any more."""
    requested = {HIERARCHY_LEVELS.index(level): name for level, name in selection.items() if name is not None}
    if any(all(names[index] == name for index, name in requested.items()) for names in locations):
        return None
    for location_id, before, after in connection.execute(
        DONE_BEFORE, {"kind": kind, "change": change, "name": selection[kind]}
    ).fetchall():
        same_names = all(before[index] == name for index, name in requested.items())
        if same_names and locations.get(tuple(after)) == location_id:
            return Change(kind, tuple(before), tuple(after), False)
    return None


def _check_name_is_free(kind: str, after: Names, locations: Mapping[Names, int]) -> None:
    if after in locations:
        above = "/".join(after[:-1])
        raise RegistryError(
            f"The {kind} {after[-1]!r} already exists{f' in {above}' if above else ''}. Choose another name, "
            "or rename that one first. Nothing was changed."
        )


def record_event(
    connection: psycopg.Connection,
    kind: str,
    location_id: int,
    change: str,
    before: Names | None,
    after: Names,
    who: str | None,
    why: str,
) -> None:
    """Keep who changed what, and why."""
    connection.execute(
        "insert into raw.registry_events (kind, id, change, old_names, new_names, who, why)"
        " values (%s, %s, %s, %s, %s, coalesce(%s, session_user), %s)",
        [kind, location_id, change, None if before is None else list(before), list(after), who, why.strip()],
    )
