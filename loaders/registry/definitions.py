"""Register grids, regions, nodes, metrics and series: new ones are added, differing ones changed."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from loaders.canonical.units import unit_of_series
from loaders.database.advisory_locks import REGISTRY_LOCK
from loaders.database.sql_files import read_sql
from loaders.errors import RegistryError
from loaders.messages import join_names, one_line
from loaders.registry.entries import Entry, Grid, Metric, Node, Region, Series, validate_entry
from loaders.yaml_text import YamlFault, parse_yaml

DefinitionMapping = Mapping[str, Sequence[Mapping[str, Any]] | None]


@dataclass(frozen=True)
class RegistryTable:
    """One table of the registry: the model of its entries, and the columns that identify one.

    Its statements are sql/read_NAME.sql (columns besides the key, in the order of the model), insert_NAME, update_NAME.
    """

    model: type[Entry]
    key: tuple[str, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the columns besides the key."""
        return tuple(name for name in self.model.model_fields if name not in self.key)

    @property
    def required(self) -> set[str]:
        """Return the columns that an entry must have."""
        return {name for name, field in self.model.model_fields.items() if field.is_required()}


# Parents before children: the order in which they are registered.
REGISTRY_TABLES = {
    "grids": RegistryTable(Grid, ("grid",)),
    "regions": RegistryTable(Region, ("grid", "region")),
    "nodes": RegistryTable(Node, ("grid", "region", "node")),
    "metrics": RegistryTable(Metric, ("metric",)),
    "series": RegistryTable(Series, ("grid", "region", "node", "metric", "source", "resolution")),
}
TABLE_NAMES = join_names(REGISTRY_TABLES)


@dataclass(frozen=True)
class Registered:
    """How many entries were added, changed, or left unchanged."""

    added: int
    changed: int
    unchanged: int


def register(
    connection: psycopg.Connection, definitions: DefinitionMapping, *, update_existing: bool = True
) -> Registered:
    """Register all entries, or none: one transaction.

    Args:
        connection: Open connection of the loader.
        definitions: Lists of entries by table: grids, regions, nodes, metrics, series; see `loaders.registry.entries`.
        update_existing: Also change entries that are registered with other values.

    Returns:
        How many entries were added, changed, or left unchanged.

    Raises:
        RegistryError: An entry is invalid or has no registered parent; the message names the entry. Nothing is
            registered.

    Examples:
        >>> import loaders
        >>> from loaders.database.connection import connect
        >>> with connect() as connection:
        ...     loaders.register(connection, {"grids": [{"grid": "North", "time_zone": "Europe/Berlin"}]})
        Registered(added=1, changed=0, unchanged=0)
    """
    outcomes: list[str] = []
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [REGISTRY_LOCK])
        for name in definitions:
            if name not in REGISTRY_TABLES:
                raise RegistryError(f"{name!r} cannot be registered. Use {TABLE_NAMES}.")
        for name, table in REGISTRY_TABLES.items():
            for number, entry in enumerate(definitions.get(name) or [], 1):
                where = f"{name} entry {number}"
                values = validate_entry(table.model, entry, where)
                if name == "series" and values["unit"]:
                    values["unit"] = _unit_of_series(connection, values, where)
                outcomes.append(_register_one(connection, name, values, where, update_existing))
    return Registered(outcomes.count("added"), outcomes.count("changed"), outcomes.count("unchanged"))


def _register_one(
    connection: psycopg.Connection, name: str, values: dict[str, str | None], where: str, update_existing: bool
) -> str:
    try:
        with connection.transaction():
            present = connection.execute(read_sql(__package__, f"read_{name}"), values).fetchone()
            if present is None:
                inserted = connection.execute(read_sql(__package__, f"insert_{name}"), values).rowcount
                if inserted == 0:
                    raise RegistryError(
                        f"{where}: its parent is not registered. Register it first, or in the same file."
                    )
                return "added"
            if not update_existing or present == tuple(values[field] for field in REGISTRY_TABLES[name].fields):
                return "unchanged"
            if name == "series":
                return _keep_series(present[0], values, where)
            connection.execute(read_sql(__package__, f"update_{name}"), values)
            return "changed"
    except psycopg.errors.IntegrityError as error:
        raise RegistryError(f"{where}: the database rejected it ({_first_line(error)}).") from error
    except psycopg.errors.DataError as error:
        raise RegistryError(f"{where}: a value is invalid ({_first_line(error)}).") from error


def _unit_of_series(connection: psycopg.Connection, values: dict[str, str | None], where: str) -> str | None:
    """Return the unit of an entry in its one spelling. Raises RegistryError for one that its metric cannot have."""
    metric = connection.execute(read_sql(__package__, "read_metrics"), values).fetchone()
    if metric is None:
        return values["unit"]
    unit = unit_of_series(str(values["unit"]), metric[0])
    if unit is None:
        raise RegistryError(
            f"{where}: {values['metric']} is in {metric[0]}, so a series of it cannot be in {values['unit']}. Leave the"
            " unit out, or enter the same unit in another currency."
        )
    return unit


def _keep_series(unit: str, values: dict[str, str | None], where: str) -> str:
    """Return that a series is unchanged. Raises RegistryError for another unit: its values were stored in its own."""
    if values["unit"]:
        raise RegistryError(
            f"{where}: the series is in {unit}, not in {values['unit']}. A series keeps its unit: register values in"
            " another currency under another source."
        )
    return "unchanged"


def _first_line(error: psycopg.Error) -> str:
    return error.diag.message_primary or str(error).splitlines()[0]


def read_definitions(path: Path) -> dict[str, list[Mapping[str, Any]]]:
    """Read entries from YAML (lists by table) or from CSV (one table a file, recognised by its columns).

    Raises RegistryError for a file that is missing, or is neither.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise RegistryError(f"{path}: the file does not exist. Check the path.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RegistryError(f"{path}: cannot be read as UTF-8 text ({one_line(error)}).") from error
    return _from_csv(path, text) if path.suffix.lower() == ".csv" else _from_yaml(path, text)


def _from_yaml(path: Path, text: str) -> dict[str, list[Mapping[str, Any]]]:
    try:
        definitions = parse_yaml(text)
    except YamlFault as error:
        raise RegistryError(
            f"{path}: is not valid YAML ({error}). Write lists of entries under {TABLE_NAMES}."
        ) from error
    if not isinstance(definitions, dict) or not all(isinstance(part, list) for part in definitions.values()):
        raise RegistryError(f"{path}: has no lists of entries. Write them under {TABLE_NAMES}.")
    return definitions


def _from_csv(path: Path, text: str) -> dict[str, list[Mapping[str, Any]]]:
    rows: list[Mapping[str, Any]] = list(csv.DictReader(text.splitlines()))
    columns = set(rows[0]) if rows else set()
    for name, table in REGISTRY_TABLES.items():
        if table.required <= columns <= set(table.model.model_fields):
            return {name: rows}
    raise RegistryError(
        f"{path}: its columns ({', '.join(sorted(map(str, columns))) or 'none'}) fit no table. Use for example"
        " grid,time_zone or grid,region or grid,region,node or metric,unit,aggregation."
    )
