"""Measures: the newest values, and values as they were known."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any

import warehouse as wh
from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from loaders.service.admission.access import AnalystCaller
from loaders.service.answers import fields
from loaders.service.answers.pages import read_page
from loaders.service.answers.reading import Question, answer
from loaders.service.direct_paths import DirectPath
from loaders.service.parameters import (
    EvolutionParameters,
    MeasureFilters,
    MeasureId,
    Parameters,
    QueryParameters,
    Time,
)
from loaders.service.problems import Problem
from loaders.service.schemas.answers import MeasureBody, responses

router = APIRouter(tags=["measures"])

DEFAULT_PAGE = 1000


class OneMeasureParameters(Parameters):
    """Parameters of one measure."""

    collected_datetime: Time | None = Field(None, description="Knowledge time: what had been published by then.")


@router.get("/measures/", summary="List the newest measures", responses=responses(MeasureBody))
async def list_measures(
    request: Request, caller: AnalystCaller, parameters: Annotated[MeasureFilters, Query()]
) -> Response:
    """The newest value of each series and interval, in pages of 1000 or `limit` rows."""
    limit = parameters.limit or DEFAULT_PAGE
    return await _values(request, caller, parameters, partial(_read_values, parameters, None, None), limit)


@router.get("/measures/query/", summary="Read the newest values of a range", responses=responses(MeasureBody))
async def query_measures(
    request: Request, caller: AnalystCaller, parameters: Annotated[QueryParameters, Query()]
) -> Response:
    """The newest value of each series and interval of a range; all of them, or pages of `limit` rows."""
    read = partial(_read_values, parameters, None, None)
    return await _values(request, caller, parameters, read, parameters.limit)


@router.get("/measures/evolution/", summary="Read values as they were known", responses=responses(MeasureBody))
async def evolution_of_measures(
    request: Request, caller: AnalystCaller, parameters: Annotated[EvolutionParameters, Query()]
) -> Response:
    """The value of each series and interval of a range as it was known at `collected_datetime`."""
    read = partial(_read_values, parameters, parameters.collected_datetime, parameters.loaded_datetime)
    return await _values(request, caller, parameters, read, parameters.limit)


# These three are also answered without the router.
DIRECT_PATHS = {
    "/measures/": DirectPath(list_measures, MeasureFilters),
    "/measures/query/": DirectPath(query_measures, QueryParameters),
    "/measures/evolution/": DirectPath(evolution_of_measures, EvolutionParameters),
}


@router.get("/measures/{id}/", summary="Read one measure", responses=responses(MeasureBody, single=True))
async def read_measure(
    request: Request, caller: AnalystCaller, id: MeasureId, parameters: Annotated[OneMeasureParameters, Query()]
) -> Response:
    """The newest value of a series and interval, or its value as it was known at `collected_datetime`."""
    series_id, start = parse_measure_id(id)

    def page(_question: str) -> Any:
        after = (series_id, start - timedelta(microseconds=1))
        end = start + timedelta(seconds=1)
        options: dict[str, Any] = {"after": after, "limit": 1, "into": "arrow"}
        if parameters.collected_datetime is None:
            rows = wh.latest(start, end, **options)
        else:
            rows = wh.as_of(parameters.collected_datetime, start, end, **options)
        is_it = rows.num_rows == 1 and rows["series_id"][0].as_py() == series_id
        return rows if is_it else rows.slice(0, 0), None

    missing = f"No measure has the id {id}. List them: /api/v1/measures/"
    question = Question(page=page, shape=fields.measures, is_single=True, missing=missing, is_short=True)
    return await answer(request, caller, parameters.format, question)


def parse_measure_id(id: str) -> tuple[int, datetime]:
    """Return the series and the start of the interval of a measure's id. Raises Problem 404."""
    series, _, seconds = id.partition("-")
    try:
        return int(series), datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        raise Problem(404, f"No measure has the id {id}. List them: /api/v1/measures/") from None


def _read_values(
    parameters: MeasureFilters | QueryParameters,
    collected: datetime | None,
    requested_loaded: datetime | None,
    **options: Any,
) -> Any:
    options = {**parameters.names(), "flagged": parameters.flagged, **options}
    range_ = parameters.start_datetime, parameters.end_datetime
    # The types of the result follow from `into`, which is not known here.
    latest: Callable[..., Any] = wh.latest
    as_of: Callable[..., Any] = wh.as_of
    loaded = options.pop("loaded", None) or requested_loaded
    if collected is None and loaded is None:
        return latest(*range_, **options)
    return as_of(collected, *range_, loaded=loaded, **options)


async def _values(request: Request, caller: AnalystCaller, parameters: Any, read: Any, limit: int | None) -> Response:
    if parameters.cursor is not None and limit is None:
        raise Problem(422, "A cursor needs a limit. Use the address in the Link header of the page before.")

    def page(question: str) -> Any:
        assert limit is not None
        return read_page(read, question, parameters.cursor, limit)

    names_nodes = parameters.node is not None or parameters.node_id is not None
    is_short = names_nodes or (limit is not None and limit <= DEFAULT_PAGE)
    question = Question(read=read, page=page, shape=fields.measures, limit=limit, is_short=is_short)
    return await answer(request, caller, parameters.format, question)
