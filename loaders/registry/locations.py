"""Read the locations of the registry: grids, regions and nodes, with their ids."""

import psycopg

from loaders.database.sql_files import read_sql
from loaders.registry.selection import HIERARCHY_LEVELS, Names

LOCATION_TYPES = HIERARCHY_LEVELS[:3]


def depth_of(kind: str) -> int:
    """Return how many names identify a location of this type: 1 for a grid, 3 for a node."""
    return LOCATION_TYPES.index(kind) + 1


def read_locations(connection: psycopg.Connection, kind: str) -> dict[Names, int]:
    """Return all locations of a type: names from the grid down → id."""
    rows = connection.execute(read_sql(__package__, f"all_{kind}s")).fetchall()
    return {tuple(names): location_id for *names, location_id in rows}
