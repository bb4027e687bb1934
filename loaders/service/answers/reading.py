"""Answer a question: from the client's copy, from memory, or by a read function, in the form that is wanted."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import pyarrow as pa
from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from warehouse.connection import one_transaction

from loaders.service.admission.access import Caller
from loaders.service.answers.cache import CachedAnswer, make_etag, matches
from loaders.service.answers.encoding import ENCODERS
from loaders.service.answers.negotiation import MEDIA_TYPES, choose_format
from loaders.service.answers.streaming import PartsResponse
from loaders.service.context import context_of
from loaders.service.problems import Problem

CHUNK_ROWS = 50_000  # of an answer that is read at once, and kept; a longer one is sent in parts
PART_ROWS = 20_000  # of one part
VERSION = "1"  # of the answers: a release that changes them changes it
# A client may keep an answer, and asks each time whether it still holds. A proxy that others share may not keep it.
CACHE_CONTROL = "private, no-cache"


@dataclass(frozen=True, kw_only=True)
class Question:
    """The request.

    Attributes:
        read: Reads all rows; takes `into`, and `limit` or `chunks`. None: all rows are one page.
        page: Reads one page, given the text of the question; returns the rows and the cursor of the next page.
        shape: Makes the fields of the answer from the columns of the read function.
        limit: Rows of a page; None for all.
        is_timed: Whether the answer also changes as time passes; then it is kept for a minute at most.
        is_single: Whether the answer is the one row itself, not a list. No row is 404.
        missing: What is wrong and what to do, where there is no row.
        is_short: Whether few rows are expected, of types that a connection of few rows reads.
    """

    read: Callable[..., "pa.Table | Iterator[pa.Table]"] | None = None
    page: Callable[[str], tuple[pa.Table, str | None]] | None = None
    shape: Callable[[pa.Table], pa.Table] = lambda table: table
    limit: int | None = None
    is_timed: bool = False
    is_single: bool = False
    missing: str = "Nothing has this id. List what there is."
    is_short: bool = False


@dataclass(frozen=True)
class Body:
    """An encoded answer. cursor: of the next page. parts: instead of content, where it is long."""

    content: bytes = b""
    cursor: str | None = None
    parts: Iterator[bytes] | None = None


async def answer(request: Request, caller: Caller, requested_format: str | None, question: Question) -> Response:
    """Return the answer as a response, with its ETag. Raises Problem or WarehouseError."""
    context = context_of(request)
    form = choose_format(requested_format, request.headers.get("accept"))
    address = f"{request.url.path}?{_canonical(request, without=())}"
    minute = str(int(time.time() // 60)) if question.is_timed else ""
    etag = make_etag(VERSION, caller.state, address, form, minute)
    headers = {"ETag": etag, "Cache-Control": CACHE_CONTROL, "Vary": "Accept, Authorization, X-API-Key"}
    if matches(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    kept = await context.cache.get(etag)
    if kept is not None:
        return Response(kept.body, headers=dict(kept.headers))
    without_page = f"{request.url.path}?{_canonical(request, without=('cursor', 'limit', 'format'))}"
    if question.limit is not None and question.limit > context.options.max_page_rows:
        raise Problem(422, f"limit is above {context.options.max_page_rows}. Use a lower one, and the Link header.")
    body = await run_in_threadpool(_read, question, without_page, form, context.options.max_rows)
    headers["Content-Type"] = MEDIA_TYPES[form] + ("; charset=utf-8" if form in ("csv", "json", "ndjson") else "")
    if body.cursor is not None:
        headers["Link"] = f'<{_next_page(request, body.cursor)}>; rel="next"'
    if body.parts is not None:
        return PartsResponse(body.parts, headers)
    await context.cache.put(etag, CachedAnswer(body.content, headers))
    return Response(body.content, headers=headers)


def _read(question: Question, text: str, form: str, max_rows: int) -> Body:
    encode = ENCODERS[form]
    with one_transaction(of_few_rows=question.is_short):
        rows, cursor = _first_rows(question, text)
    if question.read is not None and question.limit is None and rows.num_rows > CHUNK_ROWS:
        chunks = question.read(into="arrow", limit=max_rows + 1, chunks=min(CHUNK_ROWS, PART_ROWS))
        return Body(parts=encode(_shaped(chunks, question, max_rows)))
    if question.is_single and rows.num_rows == 0:
        raise Problem(404, question.missing)
    content = b"".join(encode([question.shape(rows)]))
    if question.is_single and form == "json":
        content = content[1:-1]
    return Body(content, cursor)


def _first_rows(question: Question, text: str) -> tuple[pa.Table, str | None]:
    """Return a page and the cursor of the next one, or all rows, of more than CHUNK_ROWS the first ones."""
    if question.read is None or question.limit is not None:
        assert question.page is not None
        return question.page(text)
    rows = question.read(into="arrow", limit=CHUNK_ROWS + 1)
    assert isinstance(rows, pa.Table)
    return rows, None


def _shaped(chunks: Iterable[pa.Table], question: Question, max_rows: int) -> Iterator[pa.Table]:
    count = 0
    for chunk in chunks:
        count += chunk.num_rows
        if count > max_rows:
            # The status was sent already; the connection is cut, so that the client does not take this for the whole.
            raise RuntimeError(f"an answer has more than {max_rows} rows and was cut off")
        yield question.shape(chunk)


def _canonical(request: Request, without: tuple[str, ...]) -> str:
    """Return the parameters in one order."""
    return urlencode(sorted(item for item in request.query_params.multi_items() if item[0] not in without))


def _next_page(request: Request, cursor: str) -> str:
    items = [item for item in request.query_params.multi_items() if item[0] != "cursor"]
    return f"{request.url.path}?{urlencode([*items, ('cursor', cursor)])}"
