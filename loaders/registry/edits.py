"""Grids, regions and nodes by hand: added, renamed, moved; with who and why.

Ids stay, so series and measures follow. What a place was called and where it was before stays in dim_node_history,
from the build that first sees the change.
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
from loaders.registry.selection import HIERARCHY_LEVELS, Names, choose_one

LONGEST_WAIT = "30s"


@dataclass(frozen=True)
class PlaceType:
    """How one kind of place is read (names from the grid down, id last), renamed, and put under another parent."""

    depth: int
    read: str
    rename: str
    move: str | None


PLACE_TYPES = {
    "grid": PlaceType(
        depth=1,
        read="select grid_name, grid_id from raw.grids",
        rename="select ledger.rename_location('grid', %(id)s, %(name)s)",
        move=None,
    ),
    "region": PlaceType(
        depth=2,
        read="select grid_name, region_name, region_id from raw.regions inner join raw.grids using (grid_id)",
        rename="select ledger.rename_location('region', %(id)s, %(name)s)",
        move="select ledger.move_location('region', %(id)s, %(parent_id)s)",
    ),
    "node": PlaceType(
        depth=3,
        read="""
            select grid_name, region_name, node_name, node_id
            from raw.nodes inner join raw.regions using (region_id) inner join raw.grids using (grid_id)
        """,
        rename="select ledger.rename_location('node', %(id)s, %(name)s)",
        move="select ledger.move_location('node', %(id)s, %(parent_id)s)",
    ),
}

DONE_BEFORE = """
select id, old_names, new_names
from raw.registry_events
where kind = %(kind)s and change = %(change)s and old_names[cardinality(old_names)] = %(name)s
order by event_id desc
"""


@dataclass(frozen=True)
class Change:
    """What became of a place: its names from the grid down before (None: it is new) and after.

    changed: false where it was so already.
    """

    kind: str
    before: Names | None
    after: Names
    changed: bool

    @property
    def sentence(self) -> str:
        """What became of it, for people; without a full stop."""
        after = "/".join(self.after)
        if not self.changed:
            return f"{self.kind} {after} is so already; nothing changed"
        if self.before is None:
            return f"{self.kind} {after} is added"
        return f"{self.kind} {'/'.join(self.before)} is now {after}"


@dataclass(frozen=True)
class RegistryEvent:
    """One change by hand, as it was written down; `at` is UTC."""

    at: datetime
    kind: str
    change: str
    old_names: list[str] | None
    new_names: list[str]
    who: str
    why: str


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

    Raises RegistryError for an unknown parent, UsageError for what is missing; nothing is changed then.
    """
    name = _checked(kind, name, why)
    names = _parents(kind, grid, region) | {kind: name}
    with _registrar(connection):
        if kind != "grid":
            parent = HIERARCHY_LEVELS[PLACE_TYPES[kind].depth - 2]
            above = {level: names[level] for level in HIERARCHY_LEVELS if level in names and level != kind}
            choose_one(places_of(connection, parent), above)
        after = tuple(names[level] for level in HIERARCHY_LEVELS[: PLACE_TYPES[kind].depth])
        if after in (places := places_of(connection, kind)):
            return Change(kind, None, after, False)
        zone = {"time_zone": time_zone} if kind == "grid" else {}
        if kind == "grid" and not time_zone:
            raise UsageError(f"A new grid needs its time zone, such as Europe/Berlin; {name!r} was not added.")
        register(connection, {f"{kind}s": [names | zone]})
        places = places_of(connection, kind)
        _write_down(connection, kind, places[after], "added", None, after, who, why)
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
    """Give a grid, region or node another name; grid and region may be left out where the name is the only one.

    Raises RegistryError for an unknown or ambiguous name, or a new one that is taken; nothing is changed then.
    """
    new_name = _checked(kind, new_name, why)
    wanted = {"grid": grid, "region": region, kind: name}
    with _registrar(connection):
        places = places_of(connection, kind)
        done = _done_before(connection, kind, "renamed", places, wanted)
        if done and done.after[-1] == new_name:
            return done
        before = choose_one(places, wanted)
        after = (*before[:-1], new_name)
        if before == after:
            return Change(kind, before, after, False)
        _refuse_clash(kind, after, places)
        connection.execute(PLACE_TYPES[kind].rename, {"name": new_name, "id": places[before]})
        _write_down(connection, kind, places[before], "renamed", before, after, who, why)
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
    """Put a node into another region (of its own grid, unless to_grid names another), or a region into another grid.

    Raises RegistryError as `rename`, UsageError where it is not said where to; nothing is changed then.
    """
    _checked(kind, name, why)
    if kind == "grid":
        raise UsageError("A grid is in nothing, so it cannot be moved; rename it instead.")
    if (to_region if kind == "node" else to_grid) is None:
        raise UsageError(f"Say where to: name the {'region' if kind == 'node' else 'grid'} that the {kind} moves to.")
    wanted = {"grid": grid, "region": region, kind: name}
    with _registrar(connection):
        places = places_of(connection, kind)
        parents = places_of(connection, HIERARCHY_LEVELS[PLACE_TYPES[kind].depth - 2])
        done = _done_before(connection, kind, "moved", places, wanted)
        to = {"region": to_region} if kind == "node" else {}
        if done and all(
            done.after[HIERARCHY_LEVELS.index(at)] == told for at, told in {"grid": to_grid, **to}.items() if told
        ):
            return done
        before = choose_one(places, wanted)
        parent = choose_one(parents, {"grid": to_grid or before[0], **to})
        after = (*parent, before[-1])
        if before == after:
            return Change(kind, before, after, False)
        _refuse_clash(kind, after, places)
        connection.execute(PLACE_TYPES[kind].move, {"parent_id": parents[parent], "id": places[before]})
        _write_down(connection, kind, places[before], "moved", before, after, who, why)
    return Change(kind, before, after, True)


def changes(connection: psycopg.Connection, limit: int | None = None) -> list[RegistryEvent]:
    """What was added, renamed or moved by hand, newest first."""
    with connection.cursor(row_factory=class_row(RegistryEvent)) as cursor:
        return cursor.execute(
            "select at, kind, change, old_names, new_names, who, why from raw.registry_events"
            " order by event_id desc limit %s",
            [limit],
        ).fetchall()


def places_of(connection: psycopg.Connection, kind: str) -> dict[Names, int]:
    """All places of a kind: names from the grid down, and the id."""
    return {tuple(names): place_id for *names, place_id in connection.execute(PLACE_TYPES[kind].read)}


@contextmanager
def _registrar(connection: psycopg.Connection) -> Iterator[None]:
    """One transaction in which nobody else registers. Loads that only use names go on: their ids stay."""
    try:
        with connection.transaction():
            connection.execute("select set_config('lock_timeout', %s, true)", [LONGEST_WAIT])
            connection.execute("select pg_advisory_xact_lock(%s)", [REGISTRY_LOCK])
            yield
    except psycopg.errors.LockNotAvailable as error:
        raise RegistryError(
            f"For {LONGEST_WAIT} another process has been registering names, perhaps a load with --create-missing; "
            "nothing was changed. Try again when it is done: python -m loaders loads"
        ) from error


def _checked(kind: str, name: str, why: str) -> str:
    """The name without blanks around it; raises UsageError for a kind, name or reason that is none."""
    if kind not in PLACE_TYPES:
        raise UsageError(f"Unknown type {kind!r}. {suggest_names(kind, PLACE_TYPES)}")
    if not name.strip():
        raise UsageError(f"An empty name names no {kind}.")
    if not why.strip():
        raise UsageError("A change of the hierarchy needs a reason; give one with --why.")
    return name.strip()


def _parents(kind: str, grid: str | None, region: str | None) -> dict[str, str]:
    told = {"grid": grid, "region": region}
    needed = HIERARCHY_LEVELS[: PLACE_TYPES[kind].depth - 1]
    if missing := [level for level in needed if told[level] is None]:
        raise UsageError(f"Name the {' and the '.join(missing)} in which the new {kind} is.")
    return {level: told[level] for level in needed}


def _done_before(
    connection: psycopg.Connection,
    kind: str,
    change: str,
    places: Mapping[Names, int],
    wanted: Mapping[str, str | None],
) -> Change | None:
    """The change that made the place wanted into one that still stands, when none is called so any more."""
    told = {HIERARCHY_LEVELS.index(level): name for level, name in wanted.items() if name is not None}
    if any(all(names[place] == name for place, name in told.items()) for names in places):
        return None
    for place_id, before, after in connection.execute(
        DONE_BEFORE, {"kind": kind, "change": change, "name": wanted[kind]}
    ).fetchall():
        if all(before[place] == name for place, name in told.items()) and places.get(tuple(after)) == place_id:
            return Change(kind, tuple(before), tuple(after), False)
    return None


def _refuse_clash(kind: str, after: Names, places: Mapping[Names, int]) -> None:
    if after in places:
        above = "/".join(after[:-1])
        raise RegistryError(
            f"There is a {kind} {after[-1]!r} already{f' in {above}' if above else ''}; choose another name, "
            "or rename that one first. Nothing was changed."
        )


def _write_down(
    connection: psycopg.Connection,
    kind: str,
    place_id: int,
    change: str,
    before: Names | None,
    after: Names,
    who: str | None,
    why: str,
) -> None:
    connection.execute(
        "insert into raw.registry_events (kind, id, change, old_names, new_names, who, why)"
        " values (%s, %s, %s, %s, %s, coalesce(%s, session_user), %s)",
        [kind, place_id, change, None if before is None else list(before), list(after), who, why.strip()],
    )
