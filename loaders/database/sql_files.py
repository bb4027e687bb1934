"""Read the SQL that lies in `sql/` folders next to the modules that run it."""

from functools import cache
from importlib.resources import files


@cache
def read_sql(package: str, name: str) -> str:
    """Return the text of `sql/NAME.sql` in a package's folder."""
    return (files(package) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
