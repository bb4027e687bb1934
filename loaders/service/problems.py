"""Errors as problem details (RFC 9457): what is wrong, then what to do."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from warehouse.errors import ReadError, UnavailableError

from loaders.errors import LoadError, RegistryError, ServerError, UsageError, WarehouseError
from loaders.messages import sentence

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 20

# The most special class first.
STATUS_OF_ERRORS: Sequence[tuple[type[WarehouseError], int]] = (
    (UnavailableError, 503),
    (ServerError, 503),
    (ReadError, 422),
    (UsageError, 422),
    (LoadError, 422),
    (RegistryError, 422),
    (WarehouseError, 500),
)
# What Starlette itself answers; it has no advice.
ADVICE = {
    404: "This path does not exist. See /docs for those that do.",
    405: "This path does not have that method. See /docs for those that it has.",
}


class Problem(HTTPException):
    """An answer other than success. detail: two sentences, what is wrong and what to do.

    FastAPI raises it again where it reads a body, because it is an HTTPException.
    """

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None, **members: Any) -> None:
        super().__init__(status, detail, headers)
        self.status, self.members = status, members


def problem_response(problem: Problem, path: str) -> JSONResponse:
    """Return a problem as a response."""
    title = HTTPStatus(problem.status).phrase
    body = {"type": "about:blank", "title": title, "status": problem.status, "detail": problem.detail, "instance": path}
    return JSONResponse(body | problem.members, problem.status, problem.headers, MEDIA_TYPE)


def add_handlers(app: FastAPI) -> None:
    """Answer every error of the service as a problem."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(WarehouseError, _on_warehouse_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(Exception, _on_unexpected)


def as_problem(error: WarehouseError) -> Problem:
    """Return the answer to the caller for an error of the project."""
    status = next(status for kind, status in STATUS_OF_ERRORS if isinstance(error, kind))
    return Problem(status, sentence(error, 1000), {"Retry-After": "5"} if status == 503 else None)


async def _on_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return problem_response(error, request.url.path)


async def _on_warehouse_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, WarehouseError)
    return problem_response(as_problem(error), request.url.path)


async def _on_invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = [_fault(fault) for fault in error.errors()[:MAX_ERRORS]]
    first = faults[0]
    problem = Problem(422, f"{first['parameter']}: {first['message']} See /docs for what is valid.", errors=faults)
    return problem_response(problem, request.url.path)


async def _on_http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    detail = ADVICE.get(error.status_code, sentence(error.detail))
    headers = dict(error.headers or {})
    return problem_response(Problem(error.status_code, detail, headers), request.url.path)


async def _on_unexpected(request: Request, error: Exception) -> JSONResponse:
    # The server's log has the traceback; the caller gets nothing of it.
    problem = Problem(500, "The service failed unexpectedly. Try again, or see its log.")
    return problem_response(problem, request.url.path)


def _fault(fault: Any) -> dict[str, str]:
    """Return one fault of a request without the value, which may be a secret."""
    where = [str(part) for part in fault["loc"] if part not in ("query", "path", "body", "header")]
    message = str(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        message = "This parameter does not exist"
    if fault["type"] == "missing":
        message = "This parameter is missing"
    return {"parameter": ".".join(where) or "body", "message": sentence(message)}
