"""SQL in notebook cells (JupySQL), as an analyst: it reads the marts and nothing else, and cannot write."""

import os

from IPython import get_ipython
from IPython.utils.capture import capture_output

from loaders.database.connection import connect as connect_warehouse
from loaders.database.logins import ANALYST
from loaders.errors import WarehouseError
from warehouse.errors import ReadError

# Before JupySQL comes: this version sends nothing, but what it is built on (ploomber-core) could tell of its use to
# PostHog, and asks the package index for newer versions.
QUIET = {"PLOOMBER_STATS_ENABLED": "false", "PLOOMBER_VERSION_CHECK_DISABLED": "true"}
# Answers are pandas frames; `:name` in a query is the Python variable `name`, sent apart from the query.
SETTINGS = {"autopandas": True, "named_parameters": "enabled", "feedback": 0, "displaycon": False}


def connect() -> None:
    """Make %sql and %%sql ask this warehouse; no address or password is shown or kept in the notebook.

    Raises ReadError where there is no notebook, or the warehouse is not up.
    """
    shell = get_ipython()
    if shell is None:
        raise ReadError("SQL cells need a notebook or IPython; elsewhere use: python -m loaders query")
    os.environ.update(QUIET)
    try:
        _open().close()
    except WarehouseError as error:
        raise ReadError(str(error)) from None
    with capture_output():  # a hint about settings files, which play no part
        shell.run_line_magic("load_ext", "sql")
    magic = shell.find_line_magic("sql").__self__
    for name, value in SETTINGS.items():
        setattr(magic, name, value)
    shell.push({"marts": _engine()})
    shell.run_line_magic("sql", "marts --alias marts")


def _engine() -> object:
    from sqlalchemy import create_engine

    return create_engine("postgresql+psycopg://", creator=_open, pool_pre_ping=True)


def _open() -> object:
    connection = connect_warehouse(ANALYST)
    # Of the session, not of a transaction: JupySQL commits each statement by itself.
    connection.execute("set default_transaction_read_only = on")
    connection.commit()
    return connection
