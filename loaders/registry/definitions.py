"""Grids, regions, nodes, metrics and series from a description: new ones are added, differing ones changed, no more."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import psycopg

from loaders.database.advisory_locks import REGISTRY_LOCK
from loaders.errors import RegistryError

Entry = Mapping[str, str]
Description = Mapping[str, Sequence[Entry]]


@dataclass(frozen=True)
class RegistryTable:
    """One kind of thing: what names it, what else it has (None: may be left out), and how it is written down."""

    key: tuple[str, ...]
    fields: Mapping[str, str | None]
    read: str
    insert: str
    update: str | None


# Parents before children: the order in which they are registered.
REGISTRY_TABLES = {
    "grids": RegistryTable(
        key=("grid",),
        fields={"time_zone": ""},
        read="select time_zone from raw.grids where grid_name = %(grid)s",
        insert="insert into raw.grids (grid_name, time_zone) values (%(grid)s, %(time_zone)s)",
        update="select ledger.set_grid_time_zone(%(grid)s, %(time_zone)s)",
    ),
    "regions": RegistryTable(
        key=("grid", "region"),
        fields={},
        read="""
            select from raw.regions inner join raw.grids using (grid_id)
            where grid_name = %(grid)s and region_name = %(region)s
        """,
        insert="""
            insert into raw.regions (grid_id, region_name)
            select grid_id, %(region)s from raw.grids where grid_name = %(grid)s
        """,
        update=None,
    ),
    "nodes": RegistryTable(
        key=("grid", "region", "node"),
        fields={},
        read="""
            select from raw.nodes inner join raw.regions using (region_id) inner join raw.grids using (grid_id)
            where grid_name = %(grid)s and region_name = %(region)s and node_name = %(node)s
        """,
        insert="""
            insert into raw.nodes (region_id, node_name)
            select region_id, %(node)s from raw.regions inner join raw.grids using (grid_id)
            where grid_name = %(grid)s and region_name = %(region)s
        """,
        update=None,
    ),
    "metrics": RegistryTable(
        key=("metric",),
        fields={"unit": "", "aggregation": "", "actual_metric": None},
        read="select unit, aggregation, actual_metric from raw.metrics where metric = %(metric)s",
        insert="""
            insert into raw.metrics (metric, unit, aggregation, actual_metric)
            values (%(metric)s, %(unit)s, %(aggregation)s, %(actual_metric)s)
        """,
        update="select ledger.set_metric(%(metric)s, %(unit)s, %(aggregation)s, %(actual_metric)s)",
    ),
    "series": RegistryTable(
        key=("grid", "region", "node", "metric", "source"),
        fields={"resolution": ""},
        read="""
            select resolution
            from raw.series inner join raw.nodes using (node_id)
            inner join raw.regions using (region_id) inner join raw.grids using (grid_id)
            where grid_name = %(grid)s and region_name = %(region)s and node_name = %(node)s
                and metric = %(metric)s and source = %(source)s
        """,
        insert="""
            insert into raw.series (node_id, metric, source, resolution)
            select node_id, %(metric)s, %(source)s, %(resolution)s
            from raw.nodes inner join raw.regions using (region_id) inner join raw.grids using (grid_id)
            where grid_name = %(grid)s and region_name = %(region)s and node_name = %(node)s
        """,
        update="""
            select ledger.set_series_resolution(series_id, %(resolution)s)
            from raw.series inner join raw.nodes using (node_id)
            inner join raw.regions using (region_id) inner join raw.grids using (grid_id)
            where grid_name = %(grid)s and region_name = %(region)s
                and node_name = %(node)s and metric = %(metric)s and source = %(source)s
        """,
    ),
}


@dataclass(frozen=True)
class Registered:
    """How many entries were added, changed, or stood there already."""

    added: int
    changed: int
    unchanged: int


def register(connection: psycopg.Connection, description: Description) -> Registered:
    """Register all of a description, or nothing: one transaction. Keys: grids, regions, nodes, metrics, series.

    Raises RegistryError naming the entry that is incomplete, has no registered parent, or says something impossible.
    """
    outcomes: list[str] = []
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [REGISTRY_LOCK])
        for name in description:
            if name not in REGISTRY_TABLES:
                raise RegistryError(f"{name!r} is nothing to register; use {', '.join(REGISTRY_TABLES)}.")
        for name, kind in REGISTRY_TABLES.items():
            for number, entry in enumerate(description.get(name) or [], 1):
                where = f"{name} entry {number}"
                outcomes.append(_register_one(connection, kind, _complete(kind, entry, where), where))
    return Registered(outcomes.count("added"), outcomes.count("changed"), outcomes.count("unchanged"))


def _complete(kind: RegistryTable, entry: Entry, where: str) -> dict[str, str | None]:
    if not isinstance(entry, Mapping):
        raise RegistryError(f"{where} is {entry!r}; it must be a mapping with {', '.join((*kind.key, *kind.fields))}.")
    known = {*kind.key, *kind.fields}
    if unknown := sorted(set(entry) - known):
        raise RegistryError(f"{where} has the unknown field {unknown[0]!r}; known are {', '.join(sorted(known))}.")
    values = {name: str(entry[name]).strip() if entry.get(name) not in (None, "") else None for name in known}
    needed = [*kind.key, *(name for name, default in kind.fields.items() if default is not None)]
    if missing := [name for name in needed if values[name] is None]:
        raise RegistryError(f"{where} lacks {', '.join(missing)}.")
    if values.get("time_zone"):
        try:
            ZoneInfo(values["time_zone"])
        except (ZoneInfoNotFoundError, ValueError):
            raise RegistryError(
                f"{where}: {values['time_zone']!r} is no IANA time zone; write e.g. Europe/Berlin."
            ) from None
    return values


def _register_one(
    connection: psycopg.Connection, kind: RegistryTable, values: dict[str, str | None], where: str
) -> str:
    try:
        with connection.transaction():
            present = connection.execute(kind.read, values).fetchone()
            if present is None:
                inserted = connection.execute(kind.insert, values).rowcount
                if inserted == 0:
                    raise RegistryError(
                        f"{where}: its parent is not registered; register the parent first or beside it."
                    )
                return "added"
            if present == tuple(values[name] for name in kind.fields):
                return "unchanged"
            connection.execute(kind.update, values)
            return "changed"
    except psycopg.errors.IntegrityError as error:
        raise RegistryError(f"{where} is refused by the database: {str(error).splitlines()[0]}.") from error
    except psycopg.errors.DataError as error:
        raise RegistryError(f"{where} cannot be read: {str(error).splitlines()[0]}.") from error


def read_description(path: Path) -> Description:
    """A description from YAML (keys as in REGISTRY_TABLES) or from CSV (one kind a file, told by its columns).

    Raises RegistryError for a file that is missing or is neither.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise RegistryError(f"{path}: there is no such file; check the path.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RegistryError(f"{path}: cannot be read as UTF-8 text ({error}).") from error
    return _from_csv(path, text) if path.suffix.lower() == ".csv" else _from_yaml(path, text)


def _from_yaml(path: Path, text: str) -> Description:
    import yaml

    try:
        description = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RegistryError(f"{path}: is not YAML ({' '.join(str(error).split())}).") from error
    if not isinstance(description, dict) or not all(isinstance(part, list) for part in description.values()):
        raise RegistryError(f"{path}: must hold lists under {', '.join(REGISTRY_TABLES)}.")
    return description


def _from_csv(path: Path, text: str) -> Description:
    rows = list(csv.DictReader(text.splitlines()))
    columns = set(rows[0]) if rows else set()
    for name, kind in REGISTRY_TABLES.items():
        needed = {*kind.key, *(field for field, default in kind.fields.items() if default is not None)}
        if needed <= columns <= {*kind.key, *kind.fields}:
            return {name: rows}
    raise RegistryError(
        f"{path}: its columns ({', '.join(sorted(map(str, columns))) or 'none'}) are those of no kind; expected e.g."
        " grid,time_zone or grid,region or grid,region,node or metric,unit,aggregation."
    )
