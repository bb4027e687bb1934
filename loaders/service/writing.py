"""Who and why of a change, and the transaction that it runs in."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import psycopg
from fastapi import Request
from fastapi.encoders import jsonable_encoder
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from loaders.database.connection import connect
from loaders.errors import WarehouseError
from loaders.messages import one_line
from loaders.service.admission.access import Caller
from loaders.service.problems import Problem

Result = TypeVar("Result")
NO_STORE = {"Cache-Control": "no-store"}


def who_of(caller: Caller, who: str | None) -> str:
    """Return the name for the ledger: the person that the client names, and always the key."""
    return f"{who.strip()} (key {caller.name})" if who and who.strip() else caller.name


def why_of(request: Request, why: str | None) -> str:
    """Return the reason for the ledger; where the client gives none, what it did."""
    return why.strip() if why and why.strip() else f"{request.method} {request.url.path}"


async def change(work: Callable[[psycopg.Connection[Any]], Result]) -> Result:
    """Run a change as the loader, in one transaction. Raises Problem or WarehouseError; nothing is changed then."""

    def run() -> Result:
        with connect() as connection, connection.transaction():
            return work(connection)

    return await in_thread(run)


async def in_thread(run: Callable[[], Result]) -> Result:
    """Run what waits for the database in a thread. Raises Problem 503 where the database failed."""
    try:
        return await run_in_threadpool(run)
    except (WarehouseError, Problem):
        raise
    except psycopg.Error as error:
        raise Problem(
            503, f"The database failed ({one_line(error)}). Try again.", headers={"Retry-After": "5"}
        ) from None


def written(content: Mapping[str, Any], status: int = 200, location: str | None = None) -> JSONResponse:
    """Return the result of a change."""
    headers = NO_STORE | ({} if location is None else {"Location": location})
    return JSONResponse(jsonable_encoder(content), status, headers)
