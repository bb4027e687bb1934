"""Connect to the embedded server as its superuser, whatever the PG* variables name, and wait until it is ready."""

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
ONLY_LOOPBACK: dict[str, Any] = {
    "hostaddr": HOST,
    "sslmode": "disable",
    "gssencmode": "disable",
    "channel_binding": "disable",
}


def open_local(layout: Layout, port: int, dbname: str) -> psycopg.Connection[Any]:
    """Return a connection as the superuser in autocommit mode. Raises psycopg.OperationalError."""
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
    """Return True once the server answers; False when it died or did not answer within READY_SECONDS.

    A server that replays its log after a crash has RECOVERY_SECONDS.
    Raises ServerError when the server refuses the kept password.
    """
    started = time.monotonic()
    recovering = False
    while True:
        alive = is_alive()
        try:
            open_local(layout, port, "postgres").close()
            return True
        except psycopg.OperationalError as error:
            message = str(error)
        if "password authentication failed" in message:
            raise ServerError(
                f"The server on port {port} refuses the password in {layout.password_file}. Restore the right one, "
                f"or move {layout.data} to another folder and start again."
            )
        waited = time.monotonic() - started
        if not alive or waited > (RECOVERY_SECONDS if "starting up" in message else READY_SECONDS):
            return False
        if not recovering and waited > READY_SECONDS:
            recovering = True
            log.warning("The server is replaying its log after a crash; waiting for it.")
        time.sleep(POLL_SECONDS)


def create_database(layout: Layout, port: int) -> None:
    """Create the database `warehouse` unless it exists. Raises ServerError."""
    try:
        with open_local(layout, port, "postgres") as connection:
            exists = connection.execute("select from pg_database where datname = %s", [DATABASE]).fetchone()
            if exists is None:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
    except psycopg.Error as error:
        raise ServerError(f"The database {DATABASE} cannot be created ({error}). See {layout.log_file}.") from error
