"""Who may do what: keys by role; reads without a key only from this machine."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.requests import HTTPConnection

from loaders.database.api_keys import ROLES, hash_key
from loaders.service.context import Context, context_of
from loaders.service.options import is_loopback
from loaders.service.problems import Problem

FORWARDED_HEADERS = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
MAX_KEY_LENGTH = 200

# They state in the OpenAPI document how a key is sent. Reading and denying is done here.
BEARER = HTTPBearer(auto_error=False, description="A key: Authorization: Bearer whk_…")
HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="A key: X-API-Key: whk_…")


@dataclass(frozen=True)
class Caller:
    """Who calls: the name of the key, its role, and the state of the database at the beginning of the request."""

    name: str
    role: str
    state: str


async def authorize(connection: HTTPConnection, role: str) -> Caller:
    """Return the caller, if they may act in this role. Raises Problem 401, 403 or 429, or UnavailableError."""
    context = context_of(connection)
    address = connection.client.host if connection.client else "unknown"
    key = _sent_key(connection)
    if key is None:
        context.rate_limit.take(f"address {address}")
        if role == "analyst" and _may_read_without_key(connection, context, address):
            return Caller("anonymous", "analyst", await context.state.read())
        raise _unauthorized("A key is missing. Send one in the header Authorization: Bearer KEY.")
    state = await context.state.read()
    found = await context.state.find_key(hash_key(key), state) if len(key) <= MAX_KEY_LENGTH else None
    if found is None or found.is_expired:
        context.rate_limit.take(f"address {address}")
        raise _unauthorized("The key is not valid. Ask the operator for one: warehouse keys create")
    context.rate_limit.take(f"key {found.key_id}")
    if ROLES.index(found.role) < ROLES.index(role):
        raise Problem(403, f"The key {found.name!r} has the role {found.role}. This needs a key of the role {role}.")
    return Caller(found.name, found.role, state)


def _require(role: str) -> object:
    async def dependency(
        connection: HTTPConnection,
        bearer: Annotated[object, Depends(BEARER)] = None,
        header: Annotated[object, Depends(HEADER)] = None,
    ) -> Caller:
        return await authorize(connection, role)

    return Depends(dependency)


AnalystCaller = Annotated[Caller, _require("analyst")]
LoaderCaller = Annotated[Caller, _require("loader")]
OperatorCaller = Annotated[Caller, _require("operator")]


def _sent_key(connection: HTTPConnection) -> str | None:
    bearer, header = connection.headers.get("authorization"), connection.headers.get("x-api-key")
    if bearer is not None and header is not None:
        raise Problem(400, "The request has two keys. Send Authorization or X-API-Key.")
    if bearer is None:
        return header
    scheme, _, key = bearer.partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise _unauthorized("The header Authorization is not valid. Write it as Authorization: Bearer KEY.")
    return key.strip()


def _may_read_without_key(connection: HTTPConnection, context: Context, address: str) -> bool:
    """Return whether the request comes from a program on this machine, and not through a proxy or a foreign page."""
    if not context.options.open_reads or not is_loopback(address):
        return False
    if any(name in connection.headers for name in FORWARDED_HEADERS):
        return False
    # A page of another site can reach this address under a name of its own.
    host = connection.url.hostname or ""
    origin = connection.headers.get("origin")
    return is_loopback(host) and (origin is None or origin == f"{_http(connection)}://{connection.url.netloc}")


def _http(connection: HTTPConnection) -> str:
    return {"ws": "http", "wss": "https"}.get(connection.url.scheme, connection.url.scheme)


def _unauthorized(detail: str) -> Problem:
    return Problem(401, detail, headers={"WWW-Authenticate": "Bearer"})
