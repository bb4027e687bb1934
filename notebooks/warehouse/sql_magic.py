"""Run SQL in notebook cells (JupySQL), as an analyst who can read the marts and write nothing."""

import os
from typing import Any

import psycopg
from IPython import get_ipython
from IPython.utils.capture import capture_output

from loaders.database.connection import connect as connect_warehouse
from loaders.database.logins import ANALYST
from loaders.errors import WarehouseError
from warehouse.connection import connected_service
from warehouse.errors import ReadError

# Set before JupySQL is loaded: it sends nothing, but the library below it (ploomber-core) can send usage statistics and
# looks for newer versions.
QUIET = {"PLOOMBER_STATS_ENABLED": "false", "PLOOMBER_VERSION_CHECK_DISABLED": "true"}
# Results are pandas frames; `:name` in a query is the Python variable `name`, sent separately from the query.
SETTINGS = {"autopandas": True, "named_parameters": "enabled", "feedback": 0, "displaycon": False}


def connect() -> None:
    """Connect %sql and %%sql to this warehouse; no address or password is shown or kept in the notebook.

    Raises ReadError outside of IPython, or when the warehouse is not running.
    """
    shell = get_ipython()
    if shell is None:
        raise ReadError("SQL cells need a notebook or IPython. Elsewhere use: warehouse query")
    os.environ.update(QUIET)
    service = connected_service()
    if service is not None:
        service.check()
    else:
        try:
            _open().close()
        except WarehouseError as error:
            raise ReadError(str(error)) from None
    with capture_output():  # a hint about settings files, which are not used
        shell.run_line_magic("load_ext", "sql")
    magic = shell.find_line_magic("sql").__self__
    for name, value in SETTINGS.items():
        setattr(magic, name, value)
    shell.push({"marts": _engine() if service is None else _engine_over_http()})
    shell.run_line_magic("sql", "marts --alias marts")


def _engine() -> Any:
    from sqlalchemy import create_engine

    return create_engine("postgresql+psycopg://", creator=_open, pool_pre_ping=True)


def _engine_over_http() -> Any:
    from warehouse.remote.sql_over_http import open_engine

    return open_engine()


def _open() -> psycopg.Connection[Any]:
    connection = connect_warehouse(ANALYST)
    # Of the session, not of a transaction: JupySQL commits each statement by itself.
    connection.execute("set default_transaction_read_only = on")
    connection.commit()
    return connection
