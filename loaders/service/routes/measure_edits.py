"""Load, correct and withdraw measures. Each is a load with its entry in the ledger; nothing is edited in place."""

from collections.abc import Mapping
from typing import Annotated, Any

import pyarrow as pa
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

import loaders
from loaders.database.connection import connect
from loaders.gates.load_gate import describe_failures
from loaders.ingest.corrections import correct
from loaders.registry.lookup import Registry, SeriesKey
from loaders.service.admission.access import Caller, LoaderCaller
from loaders.service.parameters import MeasureId, Name, Time
from loaders.service.problems import Problem
from loaders.service.routes.hierarchy_edits import Edit, Reason, Who, Why
from loaders.service.routes.measures import parse_measure_id
from loaders.service.schemas.changes import UPLOAD, WrittenCorrection, WrittenLoad, written_responses
from loaders.service.uploads import read_body, to_long
from loaders.service.writing import in_thread, who_of, why_of, written

router = APIRouter(tags=["measures"])

CODES = (400, 401, 403, 404, 408, 413, 415, 422, 429, 503)
LOADED = written_responses(WrittenLoad, *CODES, good=(200, 201, 202))
CORRECTED = written_responses(WrittenCorrection, *CODES, good=(200, 202))
DEFAULT_SOURCE = "http"


class LoadParameters(BaseModel):
    """Parameters of a load."""

    model_config = ConfigDict(extra="forbid")

    metric: Name | None = Field(None, description="Metric of all measures, where the body has none.")
    source: Name | None = Field(None, description="Source of all measures, where the body has none.")
    create_missing: bool = Field(False, description="Register unknown grids, regions, nodes and series.")
    grid_time_zone: Name | None = Field(None, description="IANA time zone of grids that are registered.")
    max_rejects: int = Field(0, ge=0, description="With more rejected rows nothing is stored.")
    dry_run: bool = Field(False, description="Show what would happen. Nothing is stored.")
    why: Why
    who: Who


class CorrectedMeasure(Edit):
    """The value that is right."""

    value: float | None = Field(description="In the unit of the series; null withdraws the value.")
    collected_at: Time | None = Field(None, description="Knowledge time of the value. By default now.")


@router.post("/measures/", status_code=201, summary="Load measures", responses=LOADED, openapi_extra=UPLOAD)
async def load_measures(
    request: Request, caller: LoaderCaller, parameters: Annotated[LoadParameters, Query()]
) -> JSONResponse:
    """One measure or many, as one load: stored, gated, then accepted (201) or held (202). Stored before: 200."""
    body = await request.body()
    who, why = who_of(caller, parameters.who), why_of(request, parameters.why)
    content_type = request.headers.get("content-type")
    outcome = await in_thread(lambda: _load(body, content_type, parameters, who, why))
    status = 202 if outcome["status"] == "held" else 201
    if outcome["already_stored"] or parameters.dry_run:
        status = 200
    location = None if outcome["load_id"] is None else f"/api/v1/loads/{outcome['load_id']}/"
    return written(outcome | {"who": who, "why": why}, status, location)


@router.put("/measures/{id}/", summary="Correct a measure", responses=CORRECTED)
@router.patch("/measures/{id}/", summary="Correct a measure", responses=CORRECTED)
async def correct_measure(
    request: Request, caller: LoaderCaller, id: MeasureId, body: CorrectedMeasure
) -> JSONResponse:
    """Enter the value that is right as a new revision, in a load of its own. The former value stays in the history."""
    return await _correct(request, caller, id, body.value, body)


@router.delete("/measures/{id}/", summary="Withdraw a measure", responses=CORRECTED)
async def withdraw_measure(
    request: Request, caller: LoaderCaller, id: MeasureId, reason: Annotated[Reason, Query()]
) -> JSONResponse:
    """Enter that there is no value: a new revision with null. The former value stays in the history."""
    return await _correct(request, caller, id, None, reason)


def _load(body: bytes, content_type: str | None, parameters: LoadParameters, who: str, why: str) -> dict[str, Any]:
    table = read_body(body, content_type)
    with connect() as connection:
        registry = Registry.read(connection)
    rows: pa.Table = to_long(table, registry, parameters.metric, parameters.source)
    outcome = loaders.load_frame(
        rows,
        source=parameters.source or DEFAULT_SOURCE,
        create_missing=parameters.create_missing,
        grid_time_zone=parameters.grid_time_zone,
        max_rejects=parameters.max_rejects,
        dry_run=parameters.dry_run,
        who=who,
        why=why,
    )
    assert outcome.result is not None
    failures = [] if outcome.verdict is None else [describe_failures([fault]) for fault in outcome.verdict.failures]
    return {**vars(outcome.result), "failures": failures, "visible": "after the next build"}


async def _correct(request: Request, caller: Caller, id: str, value: float | None, edit: Edit) -> JSONResponse:
    series_id, start = parse_measure_id(id)
    who, why = who_of(caller, edit.who), why_of(request, edit.why)

    def run() -> Mapping[str, Any]:
        names = _series(series_id, id)._asdict()
        done = correct({start: value}, why=why, who=who, collected_at=getattr(edit, "collected_at", None), **names)
        return {
            "id": id,
            "load_id": done.load_id,
            "status": done.status,
            "collected_at": done.collected_at,
            "unit": done.unit,
            "values": [vars(corrected) for corrected in done.values],
            "failures": done.failures,
            "who": who,
            "why": why,
            "visible": "after the next build",
        }

    outcome = await in_thread(run)
    return written(outcome, 202 if outcome["status"] == "held" else 200)


def _series(series_id: int, measure_id: str) -> SeriesKey:
    with connect() as connection:
        for key, series in Registry.read(connection).series.items():
            if series.series_id == series_id:
                return key
    raise Problem(404, f"No measure has the id {measure_id}. List them: /api/v1/measures/")
