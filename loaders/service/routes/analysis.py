"""What only this warehouse answers: history, cut-offs, accuracy, restatements, roll-ups, completeness and flags."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal

import pandas as pd
import pyarrow as pa
import warehouse as wh
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from loaders.service.admission.access import AnalystCaller
from loaders.service.answers import fields
from loaders.service.answers.reading import Question, answer
from loaders.service.parameters import Id, LocationFilters, Name, Names, Parameters, Time
from loaders.service.problems import Problem
from loaders.service.schemas.answers import row_responses

router = APIRouter(tags=["analysis"])


class RangeParameters(Parameters):
    """Parameters of an answer about a range."""

    start_datetime: Time | None = Field(None, description="The first timestamp. Without an offset it is UTC.")
    end_datetime: Time | None = Field(None, description="The end of the range, which is not included.")
    limit: int | None = Field(None, ge=1, description="At most this number of rows, from the first.")


class Clocks(BaseModel):
    """The other two clocks."""

    collected_datetime: Time | None = Field(None, description="Knowledge time: what had been published by then.")
    loaded_datetime: Time | None = Field(None, description="System time: what this warehouse held then.")


class HistoryParameters(Clocks, RangeParameters):
    """Parameters of the revisions of one series."""

    start_datetime: Time = Field(description="The first timestamp. Without an offset it is UTC.")
    end_datetime: Time = Field(description="The end of the range, which is not included.")
    node_id: Id | None = Field(None, description="Id of the node.")
    node: Name | None = Field(None, description="Name of the node.")
    grid: Name | None = Field(None, description="Name of the grid, where node and metric match several series.")
    region: Name | None = Field(None, description="Name of the region, as grid.")
    metric: Name | None = Field(None, description="The metric, where the node has several.")
    source: Name | None = Field(None, description="The source, where there are several.")
    flagged: bool | None = Field(None, description="true: only values that break a quality rule; false: only others.")


class CutoffParameters(Clocks, LocationFilters, RangeParameters):
    """Parameters of the values at cut-offs."""

    name: Names | None = Field(None, description="Names of cut-offs. By default all.")


class AccuracyParameters(Clocks, LocationFilters, RangeParameters):
    """Parameters of the errors of forecasts."""

    by: Literal["lead_time", "quality_level", "hour", "series", "forecast"] = Field(
        "lead_time", description="What a row is about. forecast: every forecast next to its actual."
    )


class RestatementParameters(Clocks, LocationFilters, RangeParameters):
    """Parameters of the changes after delivery."""

    by: Literal["change", "month"] = Field("change", description="What a row is about.")


class RollupParameters(Clocks, LocationFilters, RangeParameters):
    """Parameters of the hours of regions or grids."""

    level: Literal["region", "grid"] = Field(description="What is added up.")


class CompletenessParameters(LocationFilters, RangeParameters):
    """Parameters of the expected and present values of days."""


class FlagParameters(LocationFilters, RangeParameters):
    """Parameters of the values that break a quality rule."""

    rule: Names | None = Field(None, description="Names of rules.")


class SeriesParameters(LocationFilters, Parameters):
    """Parameters of the list of series."""


@router.get("/series/", summary="List the series", responses=row_responses())
async def list_series(
    request: Request, caller: AnalystCaller, parameters: Annotated[SeriesParameters, Query()]
) -> Response:
    """One object per series: node, metric, source, unit and resolution."""
    return await _small(request, caller, parameters, lambda: wh.series(**parameters.names()))


@router.get("/history/", summary="Read every revision of one series", responses=row_responses())
async def history(
    request: Request, caller: AnalystCaller, parameters: Annotated[HistoryParameters, Query()]
) -> Response:
    """Every revision of the intervals of a range, oldest first, with when it was known."""
    node = parameters.node or parameters.node_id
    if node is None or (parameters.node and parameters.node_id):
        raise Problem(422, "The history is of one node. Send node_id or node.")
    read = partial(
        _untyped(wh.history),
        node,
        parameters.metric,
        (parameters.start_datetime, parameters.end_datetime),
        grid=parameters.grid,
        region=parameters.region,
        source=parameters.source,
        flagged=parameters.flagged,
        **_clocks(parameters),
    )
    return await _rows(request, caller, parameters, read)


@router.get("/cutoffs/", summary="List the cut-offs", responses=row_responses())
async def list_cutoffs(request: Request, caller: AnalystCaller, parameters: Annotated[Parameters, Query()]) -> Response:
    """The named cut-offs: days before delivery and local time, per grid or for all."""
    return await _small(request, caller, parameters, wh.cutoffs)


@router.get("/cutoffs/values/", summary="Read values at cut-offs", responses=row_responses())
async def values_at_cutoffs(
    request: Request, caller: AnalystCaller, parameters: Annotated[CutoffParameters, Query()]
) -> Response:
    """What was known of each interval at the cut-offs of its day."""
    read = partial(_untyped(wh.at_cutoff), parameters.name, **_range(parameters), **_clocks(parameters))
    return await _rows(request, caller, parameters, partial(read, **parameters.names()))


@router.get("/accuracy/", summary="Read how far off forecasts were", responses=row_responses())
async def accuracy(
    request: Request, caller: AnalystCaller, parameters: Annotated[AccuracyParameters, Query()]
) -> Response:
    """Errors of the forecasts of a range, by series and group; quality_level is the level of the seed system."""
    by = None if parameters.by == "forecast" else parameters.by
    read = partial(_untyped(wh.accuracy), by=by, **_range(parameters), **_clocks(parameters))
    return await _rows(request, caller, parameters, partial(read, **parameters.names()))


@router.get("/restatements/", summary="Read what was changed after delivery", responses=row_responses())
async def restatements(
    request: Request, caller: AnalystCaller, parameters: Annotated[RestatementParameters, Query()]
) -> Response:
    """The changes after delivery of a range, one by one or by month."""
    by = "month" if parameters.by == "month" else None
    read = partial(_untyped(wh.restatements), by=by, **_range(parameters), **_clocks(parameters))
    return await _rows(request, caller, parameters, partial(read, **parameters.names()))


@router.get("/rollups/", summary="Read regions or grids by the hour", responses=row_responses())
async def rollups(
    request: Request, caller: AnalystCaller, parameters: Annotated[RollupParameters, Query()]
) -> Response:
    """The hours of each region or grid: the values of its nodes added up or averaged."""
    names = parameters.names()
    if "node" in names:
        raise Problem(422, "A roll-up has no nodes. Leave node and node_id out.")
    if "resolution" in names:
        raise Problem(422, "A roll-up is by the hour. Leave resolution out.")
    read = partial(_untyped(wh.rollup), parameters.level, **_range(parameters), **_clocks(parameters))
    return await _rows(request, caller, parameters, partial(read, **names))


@router.get("/completeness/", summary="Read how complete the days are", responses=row_responses())
async def completeness(
    request: Request, caller: AnalystCaller, parameters: Annotated[CompletenessParameters, Query()]
) -> Response:
    """Expected, present and missing values of each series and local day."""
    read = partial(_untyped(wh.completeness), **_range(parameters), **parameters.names())
    return await _rows(request, caller, parameters, read)


@router.get("/flags/", summary="Read which values break a quality rule", responses=row_responses())
async def flags(request: Request, caller: AnalystCaller, parameters: Annotated[FlagParameters, Query()]) -> Response:
    """One object per revision and rule that it breaks."""
    read = partial(_untyped(wh.flags), rule=parameters.rule, **_range(parameters), **parameters.names())
    return await _rows(request, caller, parameters, read)


async def _rows(request: Request, caller: AnalystCaller, parameters: RangeParameters, read: Any) -> Response:
    question = Question(
        read=read,
        page=lambda _question: (read(into="arrow", limit=parameters.limit), None),
        shape=fields.rename,
        limit=parameters.limit,
    )
    return await answer(request, caller, parameters.format, question)


async def _small(
    request: Request, caller: AnalystCaller, parameters: Parameters, read: Callable[[], pd.DataFrame]
) -> Response:
    def page(_question: str) -> tuple[pa.Table, str | None]:
        table = pa.Table.from_pandas(read(), preserve_index=False)
        return fields.rename(table.replace_schema_metadata(None)), None

    return await answer(request, caller, parameters.format, Question(page=page))


def _untyped(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a read function without its overloads, which need `into` to be known."""
    return function


def _range(parameters: RangeParameters) -> dict[str, Any]:
    return {"start": parameters.start_datetime, "end": parameters.end_datetime}


def _clocks(parameters: Clocks) -> dict[str, Any]:
    return {"collected": parameters.collected_datetime, "loaded": parameters.loaded_datetime}
