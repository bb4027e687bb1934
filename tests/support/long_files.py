"""Files in the long format, and the rows that are read of them."""

from loaders.canonical.batch import SCHEMA
from loaders.formats import ReadOptions, format_named

HEADER = "grid,region,node,metric,interval_start,collected_at,value"
GOOD = "G,R,N,load,2024-01-01T00:00Z,2024-01-01T09:00Z,1.5"
LONG = format_named("long")


def rows_of(path, **options):
    """The rows of a file, read as long."""
    tables = list(LONG.read(path, ReadOptions(**options)))
    tables = [table.select(SCHEMA.names) for table in tables]
    assert all(table.schema == SCHEMA for table in tables)
    return sorted((row for table in tables for row in table.to_pylist()), key=lambda row: row["row_number"])
