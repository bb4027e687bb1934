"""Which database the warehouse is in, and how to connect to it."""

import getpass
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from loaders.embedded_server.paths import current_layout, os_errors_as_server_errors, read_password, read_port
from loaders.embedded_server.postmaster import HOST, find_postmaster
from loaders.embedded_server.readiness import DATABASE, ONLY_LOOPBACK, SUPERUSER
from loaders.errors import ServerError
from loaders.settings import PROJECT_ROOT, settings

OLDEST_SERVER = 150_000
DEFAULT_PORT = 5432
LOOPBACK = ("127.0.0.1", "localhost", "::1")
START_HINT = "start it with: python -m loaders db start"

# What a WAREHOUSE_DSN may hold beside the address, and the variable by which other clients (dbt) learn of it.
ENVIRONMENT_NAMES = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "channel_binding": "PGCHANNELBINDING",
    "gssencmode": "PGGSSENCMODE",
    "options": "PGOPTIONS",
}


@dataclass(frozen=True)
class ConnectionInfo:
    """Where the warehouse is. extra: further connection parameters by libpq's names. Never shows its password."""

    host: str
    port: int
    user: str
    password: str | None = field(repr=False)
    dbname: str
    embedded: bool
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)


def uses_embedded_server() -> bool:
    """Whether the environment leads to our own server: no WAREHOUSE_DSN, and no PGHOST that names another."""
    chosen = settings()
    if chosen.dsn is not None:
        return False
    if chosen.pg_host is None:
        return True
    with os_errors_as_server_errors():
        kept = read_port(current_layout())
    # As `db env` prints them: still ours, so that nothing changes for who sources it.
    return (
        kept is not None
        and chosen.pg_host in LOOPBACK
        and (chosen.pg_port or DEFAULT_PORT) == kept
        and chosen.pg_user in (None, SUPERUSER)
    )


def connection_info() -> ConnectionInfo:
    """WAREHOUSE_DSN, else PGHOST and its like, else the embedded server; raises ServerError when that does not run."""
    chosen = settings()
    if chosen.dsn is not None:
        return _info_from_dsn(chosen.dsn.get_secret_value())
    if uses_embedded_server():
        return _embedded_info()
    user = chosen.pg_user or getpass.getuser()
    password = None if chosen.pg_password is None else chosen.pg_password.get_secret_value()
    inherited = chosen.pg_session_options
    return ConnectionInfo(
        host=chosen.pg_host or HOST,
        port=chosen.pg_port or DEFAULT_PORT,
        user=user,
        password=password,
        dbname=chosen.pg_database or user,
        embedded=False,
        extra={"options": inherited} if inherited else {},
    )


def connect(
    role: str | None = "warehouse_loader", autocommit: bool = False, dbname: str | None = None
) -> psycopg.Connection[Any]:
    """A connection with session time zone UTC that acts as `role` (None: as the connecting user itself).

    dbname: another database than the target's. Raises ServerError; tries once.
    """
    place = connection_info()
    parameters: dict[str, Any] = {
        **place.extra,
        "host": place.host,
        "port": place.port,
        "user": place.user,
        "dbname": dbname or place.dbname,
        "options": _session_options(place, role),
    }
    if place.password:
        parameters["password"] = place.password
    try:
        connection = psycopg.connect(
            **parameters,
            autocommit=autocommit,
            application_name="warehouse-loaders",
            connect_timeout=10,
            keepalives=1,
            keepalives_idle=30,
            keepalives_interval=10,
            keepalives_count=3,
        )
    except psycopg.Error as error:
        raise ServerError(_explain(str(error), place, parameters["dbname"], role)) from error
    version = connection.info.server_version
    if version < OLDEST_SERVER:
        connection.close()
        raise ServerError(
            f"The server at {place.host}:{place.port} is PostgreSQL {version // 10_000}; it must be 15 or newer; "
            f"name another server, or unset PGHOST and WAREHOUSE_DSN to use the embedded one."
        )
    return connection


def client_environment() -> dict[str, str]:
    """The variables by which dbt, psql and notebooks find the same database; holds the password."""
    place = connection_info()
    further = {ENVIRONMENT_NAMES[name]: value for name, value in place.extra.items() if name in ENVIRONMENT_NAMES}
    return {
        "PGHOST": place.host,
        "PGPORT": str(place.port),
        "PGUSER": place.user,
        "PGPASSWORD": place.password or "",
        "PGDATABASE": place.dbname,
        "DBT_PROFILES_DIR": str(PROJECT_ROOT),
        "DBT_PROJECT_DIR": str(PROJECT_ROOT / "dbt_project"),
        **({} if place.embedded else further),
    }


def _embedded_info() -> ConnectionInfo:
    with os_errors_as_server_errors():
        layout = current_layout()
        postmaster = find_postmaster(layout.data)
        if postmaster is None:
            raise ServerError(f"The embedded server of {layout.home} is not running; {START_HINT}")
        password = read_password(layout)
    chosen = settings()
    dbname = chosen.pg_database if chosen.pg_host is not None else None
    return ConnectionInfo(
        HOST, postmaster.port, SUPERUSER, password, dbname or DATABASE, embedded=True, extra=ONLY_LOOPBACK
    )


def _info_from_dsn(dsn: str) -> ConnectionInfo:
    try:
        parts = {name: str(value) for name, value in conninfo_to_dict(dsn).items() if value is not None}
        host, port = parts.pop("host"), int(parts.pop("port", DEFAULT_PORT))
    except (psycopg.Error, ValueError, KeyError):
        # Without the cause, which may quote the password.
        raise ServerError(
            "WAREHOUSE_DSN cannot be read; write it like postgresql://user:password@host:5432/database, with one host."
        ) from None
    user = parts.pop("user", None) or getpass.getuser()
    password = parts.pop("password", None)
    dbname = parts.pop("dbname", None) or user
    return ConnectionInfo(host, port, user, password, dbname, embedded=False, extra=parts)


def _session_options(place: ConnectionInfo, role: str | None) -> str:
    options = [place.extra["options"]] if "options" in place.extra else []
    options.append("-c timezone=UTC")
    if role is not None:
        escaped = role.replace("\\", "\\\\").replace(" ", "\\ ")
        options.append(f"-c role={escaped}")
    return " ".join(options)


def _explain(said: str, place: ConnectionInfo, dbname: str, role: str | None) -> str:
    """One sentence on why the server at that place let nobody in; `said` is libpq's message, which has no password."""
    where = f"{place.host}:{place.port}"
    if "password authentication failed" in said or "no password supplied" in said:
        variables = "the kept password file" if place.embedded else "PGUSER and PGPASSWORD, or WAREHOUSE_DSN"
        return f"The server at {where} refuses the user {place.user} or the password; check {variables}."
    if role is not None and f'role "{role}" does not exist' in said:
        return f"The role {role} is not there yet at {where}; create it with: python -m loaders db start"
    if role is not None and f'set role "{role}"' in said:
        return f"The user {place.user} may not act as {role}; have it granted: grant {role} to {place.user};"
    if f'database "{dbname}" does not exist' in said:
        return f"The server at {where} has no database {dbname}; create it, or set PGDATABASE or WAREHOUSE_DSN."
    if "refused" in said or "No such file or directory" in said:
        hint = (
            "start it, or run db env again if these variables came from there" if place.host in LOOPBACK else "check it"
        )
        return f"Nothing answers at {where}; {hint} (python -m loaders db start runs the embedded server)."
    reason = " ".join(said.split())
    return f"The server at {where} cannot be reached ({reason}); check the address, the network and the server's log."
