"""Which database the warehouse is in, and how to connect to it with the login that a task needs."""

import getpass
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from loaders.database.logins import ANALYST, EMBEDDED, LOADER, LOGINS, kept_password
from loaders.embedded_server.paths import current_layout, os_errors_as_server_errors, read_password, read_port
from loaders.embedded_server.postmaster import HOST, find_postmaster
from loaders.embedded_server.readiness import DATABASE, ONLY_LOOPBACK, SUPERUSER
from loaders.errors import ServerError
from loaders.messages import one_line
from loaders.settings import PROJECT_ROOT, settings

OLDEST_SERVER = 150_000
DEFAULT_PORT = 5432
LOOPBACK = ("127.0.0.1", "localhost", "::1")
START_HINT = "Start it with: warehouse db start"
CREATE_HINT = "Create it with: make up, or without the sample data with: warehouse db start"

# What a WAREHOUSE_DSN may have in addition to the address, and the variable that names it to other clients (dbt).
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
    """Where the warehouse is, and who logs in. Never shows its password.

    role: the role to act as where the login is a person's, who is a member of it; None where the login is that role.
    extra: further connection parameters by libpq's names.
    """

    host: str
    port: int
    user: str
    password: str | None = field(repr=False)
    dbname: str
    embedded: bool
    role: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def server(self) -> str:
        """The name under which the passwords of this server's logins are kept."""
        return EMBEDDED if self.embedded else f"{self.host}:{self.port}"

    def parameters(self, application_name: str, session: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return libpq's connection parameters. session: settings of the session, next to time zone UTC."""
        options = {"timezone": "UTC", **(session or {}), **({"role": self.role} if self.role else {})}
        inherited = [self.extra["options"]] if "options" in self.extra else []
        parameters = {
            **self.extra,
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "dbname": self.dbname,
            "options": " ".join([*inherited, *(f"-c {name}={_escaped(value)}" for name, value in options.items())]),
            "connect_timeout": 10,
            "application_name": application_name,
        }
        return parameters | ({"password": self.password} if self.password else {})


def uses_embedded_server() -> bool:
    """Return whether the environment names the embedded server: no WAREHOUSE_DSN, and no PGHOST of another one."""
    named = settings()
    if named.dsn is not None:
        return False
    if named.pg_host is None:
        return True
    with os_errors_as_server_errors():
        kept = read_port(current_layout())
    # As `db env` prints them: still the embedded server, so that nothing changes for a shell that has these variables.
    return (
        kept is not None
        and named.pg_host in LOOPBACK
        and (named.pg_port or DEFAULT_PORT) == kept
        and named.pg_user in (None, SUPERUSER, *LOGINS)
    )


def connection_info(login: str | None = LOADER) -> ConnectionInfo:
    """Return how to connect as one of LOGINS, or as the operator (None). Raises ServerError.

    The server is that of WAREHOUSE_DSN, else of PGHOST and its like, else the embedded one. If the environment names
    another user than the login, the kept password of the login is used. Without one, the user of the environment must
    be a member of the role.
    """
    info = _embedded_info(login) if uses_embedded_server() else _own_server_info()
    if login is None or info.user == login:
        return info
    password = kept_password(info.server, login)
    return replace(info, role=login) if password is None else replace(info, user=login, password=password)


def connect(login: str | None = LOADER, autocommit: bool = False, dbname: str | None = None) -> psycopg.Connection[Any]:
    """Connect as one of LOGINS, or as the operator (None); session time zone UTC.

    dbname: another database than the warehouse's. Raises ServerError; tries once.
    """
    info = connection_info(login)
    if dbname is not None:
        info = replace(info, dbname=dbname)
    try:
        connection = psycopg.connect(
            **info.parameters("warehouse-loaders"),
            autocommit=autocommit,
            keepalives=1,
            keepalives_idle=30,
            keepalives_interval=10,
            keepalives_count=3,
        )
    except psycopg.Error as error:
        raise ServerError(_explain(str(error), info)) from error
    if fault := _fault_of(connection, info):
        connection.close()
        raise ServerError(fault)
    return connection


def reader_environment() -> dict[str, str]:
    """Return the variables with which notebooks read as the analyst. Empty where they read over HTTP."""
    return {} if settings().url is not None else client_environment(ANALYST)


def client_environment(login: str | None) -> dict[str, str]:
    """Return the variables by which dbt, psql and notebooks log in; they include the password of that login only."""
    info = connection_info(login)
    further = {ENVIRONMENT_NAMES[name]: value for name, value in info.extra.items() if name in ENVIRONMENT_NAMES}
    return {
        "PGHOST": info.host,
        "PGPORT": str(info.port),
        "PGUSER": info.user,
        "PGPASSWORD": info.password or "",
        "PGDATABASE": info.dbname,
        "DBT_PROFILES_DIR": str(PROJECT_ROOT),
        "DBT_PROJECT_DIR": str(PROJECT_ROOT / "dbt_project"),
        **({} if info.embedded else further),
        # A connection string would override the variables above with the login of its own.
        **({} if info.embedded or settings().dsn is None else {"WAREHOUSE_DSN": ""}),
    }


def _embedded_info(login: str | None) -> ConnectionInfo:
    with os_errors_as_server_errors():
        layout = current_layout()
        postmaster = find_postmaster(layout.data)
        if postmaster is None and not layout.data.exists():
            raise ServerError(f"There is no warehouse in {layout.home} yet. {CREATE_HINT}")
        if postmaster is None:
            raise ServerError(f"The embedded server of {layout.home} is not running. {START_HINT}")
        user, password = login or SUPERUSER, _embedded_password(login)
    named = settings()
    dbname = named.pg_database if named.pg_host is not None else None
    return ConnectionInfo(HOST, postmaster.port, user, password, dbname or DATABASE, embedded=True, extra=ONLY_LOOPBACK)


def _embedded_password(login: str | None) -> str:
    if login is None:
        return read_password(current_layout())
    named = settings()
    if named.pg_host is not None and named.pg_user == login and named.pg_password is not None:
        return named.pg_password.get_secret_value()
    password = kept_password(EMBEDDED, login)
    if password is None:
        raise ServerError(f"The login {login} does not exist yet. Create it with: warehouse db start")
    return password


def _own_server_info() -> ConnectionInfo:
    named = settings()
    if named.dsn is not None:
        return _info_from_dsn(named.dsn.get_secret_value())
    user = named.pg_user or getpass.getuser()
    return ConnectionInfo(
        host=named.pg_host or HOST,
        port=named.pg_port or DEFAULT_PORT,
        user=user,
        password=None if named.pg_password is None else named.pg_password.get_secret_value(),
        dbname=named.pg_database or user,
        embedded=False,
        extra={"options": named.pg_session_options} if named.pg_session_options else {},
    )


def _info_from_dsn(dsn: str) -> ConnectionInfo:
    try:
        parts = {name: str(value) for name, value in conninfo_to_dict(dsn).items() if value is not None}
        host, port = parts.pop("host"), int(parts.pop("port", DEFAULT_PORT))
    except (psycopg.Error, ValueError, KeyError):
        # Without the cause, which may quote the password.
        raise ServerError(
            "WAREHOUSE_DSN cannot be read. Write it like postgresql://user:password@host:5432/database, with one host."
        ) from None
    user = parts.pop("user", None) or getpass.getuser()
    password = parts.pop("password", None)
    dbname = parts.pop("dbname", None) or user
    return ConnectionInfo(host, port, user, password, dbname, embedded=False, extra=parts)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\ ")


def _fault_of(connection: psycopg.Connection[Any], info: ConnectionInfo) -> str | None:
    """Return why this connection must not be used; None when it may be."""
    version = connection.info.server_version
    if version < OLDEST_SERVER:
        return (
            f"The server at {info.host}:{info.port} is PostgreSQL {version // 10_000}. Use version 15 or newer, "
            f"or unset PGHOST and WAREHOUSE_DSN to use the embedded server."
        )
    if info.role is not None:
        row = connection.execute("select rolsuper from pg_roles where rolname = session_user").fetchone()
        if not connection.autocommit:
            connection.rollback()
        if row == (True,):
            return (
                f"The superuser {info.user} is only for db commands, and no password of {info.role} is kept for "
                f"{info.server}. Create the logins with: warehouse db roles"
            )
    return None


def _explain(message: str, info: ConnectionInfo) -> str:
    """Return what is wrong and what to do; `message` is libpq's, which has no password."""
    where = f"{info.host}:{info.port}"
    if "password authentication failed" in message or "no password supplied" in message:
        variables = "the kept password files" if info.embedded else "PGUSER and PGPASSWORD, or WAREHOUSE_DSN"
        return f"The server at {where} refuses the user {info.user} or the password. Check {variables}."
    if info.role is not None and f'role "{info.role}" does not exist' in message:
        return f"The role {info.role} does not exist yet at {where}. Create it with: warehouse db roles"
    if info.role is not None and f'set role "{info.role}"' in message:
        return f"The user {info.user} may not act as {info.role}. Grant it with: grant {info.role} to {info.user};"
    if f'database "{info.dbname}" does not exist' in message:
        return f"The server at {where} has no database {info.dbname}. Create it, or set PGDATABASE or WAREHOUSE_DSN."
    if "too many connections" in message:
        return f"All connections of {info.user} at {where} are in use. Close a notebook or wait, then try again."
    if "refused" in message or "No such file or directory" in message:
        hint = (
            "Start it, or run db env again if these variables came from there" if info.host in LOOPBACK else "Check it"
        )
        return f"Nothing answers at {where}. {hint} (warehouse db start runs the embedded server)."
    return f"The server at {where} cannot be reached ({one_line(message)}). Check the address, the network and its log."
