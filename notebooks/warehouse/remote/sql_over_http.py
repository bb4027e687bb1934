"""A connection of SQLAlchemy that sends selects to the service, for SQL cells without the database."""

from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.dialects import registry
from sqlalchemy.engine.default import DefaultDialect

from warehouse.errors import ReadError
from warehouse.sql_queries import query_table


def open_engine() -> Engine:
    """Return an engine whose statements go to the service that this process is connected to."""
    registry.register("postgresql.warehouse", __name__, ServiceDialect.__name__)
    return create_engine("postgresql+warehouse://")


class _Cursor:
    """What DB-API calls a cursor: one result, read as a whole."""

    arraysize = 1

    def __init__(self) -> None:
        self.description: list[tuple[Any, ...]] | None = None
        self.rowcount = -1
        self._rows: list[tuple[Any, ...]] = []

    def execute(self, statement: str, parameters: Any = ()) -> None:
        table = query_table(statement, list(parameters or ()))
        self.description = [(name, None, None, None, None, None, None) for name in table.column_names]
        self._rows = [tuple(row) for row in zip(*(column.to_pylist() for column in table.columns), strict=True)]
        self.rowcount = len(self._rows)

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        count = size or self.arraysize
        rows, self._rows = self._rows[:count], self._rows[count:]
        return rows

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self.fetchmany(len(self._rows) or 1)

    def close(self) -> None:
        self._rows = []


class _Connection:
    """What DB-API calls a connection. A select changes nothing, so there are no transactions."""

    def cursor(self) -> _Cursor:
        return _Cursor()

    def commit(self) -> None:
        pass

    rollback = close = commit


class _Module:
    """What DB-API calls a module."""

    paramstyle = "numeric_dollar"
    Error = ReadError

    @staticmethod
    def connect(*_: Any, **__: Any) -> _Connection:
        return _Connection()


class ServiceDialect(DefaultDialect):
    """SQL of PostgreSQL, with values as $1, $2 and so on."""

    name = "postgresql"
    driver = "warehouse"
    default_paramstyle = "numeric_dollar"
    supports_statement_cache = False

    @classmethod
    def import_dbapi(cls) -> Any:
        """Return what stands for the module of a driver."""
        return _Module

    def initialize(self, connection: Any) -> None:
        """Ask the server nothing."""
