"""The dashboard numbers, and whether the service can answer."""

from typing import Annotated

import pyarrow as pa
import warehouse as wh
from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, PlainTextResponse, Response

from loaders.monitoring.metrics import prometheus_text, read_status
from loaders.service.admission.access import AnalystCaller
from loaders.service.answers.reading import Question, answer
from loaders.service.context import context_of
from loaders.service.parameters import Parameters
from loaders.service.schemas.answers import StatsBody, problems, responses

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
router = APIRouter(tags=["overview"])
health_router = APIRouter(tags=["overview"])


@router.get("/dashboard/", summary="Read the dashboard numbers", responses=responses(StatsBody, single=True))
async def dashboard(request: Request, caller: AnalystCaller, parameters: Annotated[Parameters, Query()]) -> Response:
    """The size and the age of the warehouse."""

    def page(_question: str) -> tuple[pa.Table, str | None]:
        table = pa.Table.from_pandas(wh.stats(), preserve_index=False)
        return table.replace_schema_metadata(None), None

    return await answer(request, caller, parameters.format, Question(page=page, is_single=True, is_timed=True))


@health_router.get("/metrics", include_in_schema=False)
async def metrics(caller: AnalystCaller) -> PlainTextResponse:
    """What `warehouse status --prometheus` writes: freshness, loads, the last run and build, lag, sizes, sessions."""
    status = await run_in_threadpool(read_status)
    return PlainTextResponse(prometheus_text(status), media_type=PROMETHEUS, headers={"Cache-Control": "no-store"})


@health_router.get("/health", summary="Check the service", responses=problems(503))
async def health(request: Request) -> JSONResponse:
    """`{"status": "ok"}` if the service reaches the database. Needs no key, and shows nothing else."""
    await context_of(request).state.read()
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})
