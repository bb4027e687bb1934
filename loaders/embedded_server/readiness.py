"""How a client reaches the embedded server, whatever PG* variables say about another."""

import logging
import time
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import sql

from loaders.embedded_server.paths import Layout, read_password
from loaders.embedded_server.postmaster import HOST
from loaders.errors import ServerError

log = logging.getLogger(__name__)

SUPERUSER = "warehouse"
DATABASE = "warehouse"
READY_SECONDS = 30.0
RECOVERY_SECONDS = 600.0
POLL_SECONDS = 0.05

# Settings of the environment, such as PGSSLMODE=require, are meant for other servers.
ONLY_LOOPBACK = {"hostaddr": HOST, "sslmode": "disable", "gssencmode": "disable", "channel_binding": "disable"}


def open_local(layout: Layout, port: int, dbname: str) -> psycopg.Connection[Any]:
    """A connection as the superuser, each statement its own transaction; raises psycopg.OperationalError."""
    return psycopg.connect(
        host=HOST,
        port=port,
        user=SUPERUSER,
        password=read_password(layout),
        dbname=dbname,
        autocommit=True,
        connect_timeout=5,
        application_name="warehouse-server",
        **ONLY_LOOPBACK,
    )


def wait_until_ready(layout: Layout, port: int, is_alive: Callable[[], bool]) -> bool:
    """True once the server answers a query; False when it died or did not answer within READY_SECONDS.

    A server that replays its log after a crash says so, and is given RECOVERY_SECONDS.
    Raises ServerError when the server refuses the kept password.
    """
    began = time.monotonic()
    recovering = False
    while True:
        alive = is_alive()
        try:
            open_local(layout, port, "postgres").close()
            return True
        except psycopg.OperationalError as error:
            said = str(error)
        if "password authentication failed" in said:
            raise ServerError(
                f"The server on port {port} refuses the password in {layout.password_file}; put the right one back, "
                f"or move {layout.data} aside and start anew."
            )
        waited = time.monotonic() - began
        if not alive or waited > (RECOVERY_SECONDS if "starting up" in said else READY_SECONDS):
            return False
        if not recovering and waited > READY_SECONDS:
            recovering = True
            log.warning("The server is replaying its log after a crash; waiting for it.")
        time.sleep(POLL_SECONDS)


def create_database(layout: Layout, port: int) -> None:
    """Create the database `warehouse` unless it is there; raises ServerError."""
    try:
        with open_local(layout, port, "postgres") as connection:
            found = connection.execute("select from pg_database where datname = %s", [DATABASE]).fetchone()
            if found is None:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
    except psycopg.Error as error:
        raise ServerError(f"The database {DATABASE} cannot be made ({error}); see {layout.log_file}.") from error
