"""The read functions of `warehouse` themselves, for `wh.connect`: keyword arguments as JSON, Arrow as the answer."""

import inspect
import json
import logging
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import pyarrow as pa
import warehouse as wh
from fastapi import APIRouter, Body, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from warehouse import catalog_tables, quality_tables, sql_queries
from warehouse.analysis import knowledge_tables
from warehouse.errors import ReadError
from warehouse.live import live_updates
from warehouse.remote.wire_format import decode_arguments

from loaders.messages import one_line
from loaders.service.admission.access import AnalystCaller
from loaders.service.answers.encoding import encode_arrow_batches
from loaders.service.answers.negotiation import MEDIA_TYPES
from loaders.service.answers.reading import CHUNK_ROWS
from loaders.service.answers.streaming import PartsResponse
from loaders.service.context import context_of
from loaders.service.problems import Problem, as_problem
from loaders.service.schemas.answers import problems
from loaders.service.writing import NO_STORE

router = APIRouter(tags=["functions"])

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 2**20
MAX_CHUNK_ROWS = 250_000  # which are in memory at once
MAX_QUERY_ROWS = 500_000  # of a query of the caller, which is read as a whole


def bounded_query(most: int) -> Callable[..., pa.Table]:
    """Return the function that answers `wh.sql`, with at most so many rows."""

    def query_table(query: str, values: list[Any]) -> pa.Table:
        return sql_queries.bounded_query_table(query, values, most)

    return query_table


# Those with the parameters `into` and `chunks`, and those that make a small table.
ANSWERS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        wh.accuracy,
        wh.as_of,
        wh.at_cutoff,
        wh.completeness,
        wh.flags,
        wh.history,
        wh.latest,
        wh.restatements,
        wh.rollup,
    )
}
TABLES: dict[str, Callable[..., pa.Table]] = {
    function.__name__: function
    for function in (
        *catalog_tables.FUNCTIONS,
        *quality_tables.FUNCTIONS,
        *knowledge_tables.FUNCTIONS,
        live_updates.changes_in_range,
    )
}
TABLES["query_table"] = bounded_query(MAX_QUERY_ROWS)
NAMES = tuple(sorted(ANSWERS | TABLES))
FunctionName = Annotated[str, Path(pattern=r"^[a-z_]{1,40}$", description="Name of a function; the list has them.")]
Arguments = Annotated[
    dict[str, Any],
    Body(
        description='Keyword arguments of the function. A time is {"time": "2026-04-01T00:00:00Z"}, or a text as in a '
        'notebook; a day is {"day": "2026-04-01"}.',
        examples=[{"start": "2026-04-01", "end": "2026-04-02", "grid": "Grid1"}],
    ),
]
BINARY = {"schema": {"type": "string", "format": "binary"}}
ARROW: dict[int | str, dict[str, Any]] = {
    200: {"description": "An Arrow stream.", "content": {MEDIA_TYPES["arrow"]: BINARY}}
}


@router.get("/read/", summary="List the functions", responses=problems(400, 401, 403, 429, 503))
async def list_functions(caller: AnalystCaller) -> JSONResponse:
    """The names of the read functions that `wh.connect` calls here."""
    return JSONResponse({"functions": NAMES}, headers=NO_STORE)


@router.post(
    "/read/{function}",
    summary="Call a read function",
    response_class=Response,
    responses={**ARROW, **problems(400, 401, 403, 404, 408, 413, 422, 429, 503)},
)
async def call_function(request: Request, caller: AnalystCaller, function: FunctionName, body: Arguments) -> Response:
    """The answer of a function of the Python library, called with these arguments, as an Arrow stream."""
    if function not in NAMES:
        raise Problem(404, f"No function has the name {function}. List them: /api/v1/read/", error="unknown")
    max_rows = context_of(request).options.max_rows
    try:
        parts = await run_in_threadpool(_read, function, body, max_rows)
    except ReadError as error:
        # With the exact text and class, because the client raises the same error.
        problem = as_problem(error)
        raise Problem(problem.status, str(error), dict(problem.headers or {}), error=type(error).__name__) from None
    return PartsResponse(encode_arrow_batches(parts), {"Content-Type": MEDIA_TYPES["arrow"], **NO_STORE})


def _read(name: str, sent: dict[str, Any], max_rows: int) -> Iterator[pa.Table]:
    """Return the parts of an answer; the first one is read already. Raises ReadError."""
    if len(json.dumps(sent)) > MAX_BODY_BYTES:
        raise Problem(413, "The arguments are longer than 1 MB. Send fewer names.")
    arguments = decode_arguments(sent)
    try:
        if name in TABLES:
            inspect.signature(TABLES[name]).bind(**arguments)
            return iter([TABLES[name](**arguments)])
        inspect.signature(ANSWERS[name]).bind(**arguments)
        return _answer(ANSWERS[name], arguments, max_rows)
    except (TypeError, ValueError, OverflowError, KeyError) as error:
        log.warning("the arguments of %s were refused", name, exc_info=True)
        raise ReadError(
            f"The arguments of {name} are not valid ({one_line(error, 200)}). See docs/reference/warehouse.md."
        ) from None


def _answer(function: Callable[..., Any], arguments: dict[str, Any], max_rows: int) -> Iterator[pa.Table]:
    if arguments.get("into", "pandas") in ("pandas", "polars"):
        arguments["into"] = "arrow"
    if arguments.get("wide") is not None:
        raise ReadError("The service sends one row per value. Leave wide out.")
    chunks, limit = arguments.get("chunks"), arguments.get("limit")
    if chunks is None:
        if not _is_above(limit, CHUNK_ROWS):
            if limit is not None:
                return iter([function(**arguments)])
            first = function(**arguments | {"limit": CHUNK_ROWS + 1})
            if first.num_rows <= CHUNK_ROWS:
                return iter([first])
        arguments["chunks"] = CHUNK_ROWS
    elif _is_above(chunks, MAX_CHUNK_ROWS):
        raise ReadError(f"chunks={chunks} is too much for one part over HTTP. Use at most {MAX_CHUNK_ROWS:,} rows.")
    parts = function(**arguments)
    first = next(parts)
    if first.num_rows > max_rows:
        raise ReadError(f"The answer has more than {max_rows:,} rows. Select less.")
    return _bounded(first, parts, max_rows)


def _bounded(first: pa.Table, rest: Iterator[pa.Table], max_rows: int) -> Iterator[pa.Table]:
    count = first.num_rows
    yield first
    for part in rest:
        count += part.num_rows
        if count > max_rows:
            # The status was sent already; the connection is cut, so that the client does not take this for the whole.
            raise RuntimeError(f"an answer has more than {max_rows} rows and was cut off")
        yield part


def _is_above(value: Any, most: int) -> bool:
    return isinstance(value, int) and value > most
