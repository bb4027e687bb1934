"""Loads: what was delivered, whether it counts, and the decisions on it."""

from typing import Annotated, Literal

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import warehouse as wh
from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from loaders import ledger
from loaders.errors import LoadError
from loaders.messages import sentence
from loaders.service.admission.access import AnalystCaller, Caller, OperatorCaller
from loaders.service.answers.reading import Question, answer
from loaders.service.parameters import MAX_ID, Names, PageParameters, Parameters
from loaders.service.problems import Problem
from loaders.service.routes.hierarchy import page_by_id
from loaders.service.routes.hierarchy_edits import Edit
from loaders.service.schemas.answers import LoadBody, responses
from loaders.service.schemas.changes import WrittenDecision, written_responses
from loaders.service.writing import change, who_of, why_of, written

router = APIRouter(tags=["loads"])

LoadId = Annotated[int, Path(ge=1, le=MAX_ID)]
Status = Literal["accepted", "held", "pending", "withdrawn"]
DECIDED = written_responses(WrittenDecision, 400, 401, 403, 404, 408, 409, 413, 422, 429, 503)


class LoadFilters(PageParameters):
    """Parameters of the list of loads."""

    status: list[Status] | None = Field(None, description="Only loads of these statuses.")
    source: Names | None = Field(None, description="Only loads of these sources.")


@router.get("/loads/", summary="List the loads", responses=responses(LoadBody))
async def list_loads(request: Request, caller: AnalystCaller, parameters: Annotated[LoadFilters, Query()]) -> Response:
    """One object per load, by id."""

    def page(_question: str) -> tuple[pa.Table, str | None]:
        return page_by_id(_table(parameters.status, parameters.source), parameters)

    return await answer(request, caller, parameters.format, Question(page=page, limit=parameters.limit))


@router.get("/loads/{id}/", summary="Read one load", responses=responses(LoadBody, single=True))
async def read_load(
    request: Request, caller: AnalystCaller, id: LoadId, parameters: Annotated[Parameters, Query()]
) -> Response:
    """The load with this id."""

    def page(_question: str) -> tuple[pa.Table, str | None]:
        table = _table(None, None)
        return table.filter(pc.equal(table["id"], id)), None

    missing = f"No load has the id {id}. List them: /api/v1/loads/"
    return await answer(request, caller, parameters.format, Question(page=page, is_single=True, missing=missing))


@router.post("/loads/{id}/accept/", summary="Accept a load", responses=DECIDED)
async def accept_load(request: Request, caller: OperatorCaller, id: LoadId, body: Edit) -> JSONResponse:
    """Let a held, pending or withdrawn load count. A build shows it in the marts."""
    return await _decide(request, caller, id, "accepted", body)


@router.post("/loads/{id}/withdraw/", summary="Withdraw a load", responses=DECIDED)
async def withdraw_load(request: Request, caller: OperatorCaller, id: LoadId, body: Edit) -> JSONResponse:
    """Remove a load from every mart with the next build. Nothing is deleted."""
    return await _decide(request, caller, id, "withdrawn", body)


async def _decide(request: Request, caller: Caller, id: int, status: str, body: Edit) -> JSONResponse:
    who, why = who_of(caller, body.who), why_of(request, body.why)

    def work(connection: psycopg.Connection) -> bool:
        try:
            ledger.entry(connection, id)
        except LoadError:
            raise Problem(404, f"No load has the id {id}. List them: /api/v1/loads/") from None
        try:
            return ledger.set_status(connection, id, status, why, who)
        except LoadError as error:
            raise Problem(409, f"{sentence(error)} See /api/v1/loads/{id}/ for its status.") from None

    changed = await change(work)
    outcome = {"load_id": id, "status": status, "changed": changed, "who": who, "why": why}
    return written(outcome | {"visible": "after the next build"})


def _table(status: list[Status] | None, source: list[str] | None) -> pa.Table:
    table = pa.Table.from_pandas(wh.loads(), preserve_index=False).replace_schema_metadata(None)
    for name, values in (("status", status), ("source", source)):
        if values is not None:
            table = table.filter(pc.is_in(table[name], value_set=pa.array(values, pa.string())))
    return table.rename_columns(["id" if name == "load_id" else name for name in table.column_names])
