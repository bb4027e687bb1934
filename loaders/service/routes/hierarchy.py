"""Grids, regions and nodes."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import warehouse as wh
from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from loaders.service.admission.access import AnalystCaller
from loaders.service.answers import fields
from loaders.service.answers.reading import Question, answer
from loaders.service.parameters import MAX_ID, Id, Ids, Name, Names, PageParameters, Parameters
from loaders.service.problems import Problem
from loaders.service.schemas.answers import GridBody, NodeBody, RegionBody, responses

router = APIRouter(tags=["places"])

PathId = Annotated[int, Path(ge=1, le=MAX_ID)]


class GridFilters(PageParameters):
    """Parameters of the list of grids."""

    name: Names | None = Field(None, description="Exact names.")
    search: Name | None = Field(None, description="A part of the name, whatever its case.")


class RegionFilters(GridFilters):
    """Parameters of the list of regions."""

    grid_id: Ids | None = Field(None, description="Ids of grids.")


class NodeFilters(RegionFilters):
    """Parameters of the list of nodes."""

    region_id: Ids | None = Field(None, description="Ids of regions.")


@router.get("/grids/", summary="List the grids", responses=responses(GridBody))
async def list_grids(request: Request, caller: AnalystCaller, parameters: Annotated[GridFilters, Query()]) -> Response:
    """One object per grid, by id."""
    return await _list(request, caller, parameters, wh.grids, fields.GRID)


@router.get("/regions/", summary="List the regions", responses=responses(RegionBody))
async def list_regions(
    request: Request, caller: AnalystCaller, parameters: Annotated[RegionFilters, Query()]
) -> Response:
    """One object per region, by id."""
    return await _list(request, caller, parameters, wh.regions, fields.REGION)


@router.get("/nodes/", summary="List the nodes", responses=responses(NodeBody))
async def list_nodes(request: Request, caller: AnalystCaller, parameters: Annotated[NodeFilters, Query()]) -> Response:
    """One object per node, by id."""
    return await _list(request, caller, parameters, wh.nodes, fields.NODE)


@router.get("/grids/{id}/", summary="Read one grid", responses=responses(GridBody, single=True))
async def read_grid(
    request: Request, caller: AnalystCaller, id: PathId, parameters: Annotated[Parameters, Query()]
) -> Response:
    """The grid with this id."""
    return await _one(request, caller, parameters, wh.grids, fields.GRID, id)


@router.get("/regions/{id}/", summary="Read one region", responses=responses(RegionBody, single=True))
async def read_region(
    request: Request, caller: AnalystCaller, id: PathId, parameters: Annotated[Parameters, Query()]
) -> Response:
    """The region with this id."""
    return await _one(request, caller, parameters, wh.regions, fields.REGION, id)


@router.get("/nodes/{id}/", summary="Read one node", responses=responses(NodeBody, single=True))
async def read_node(
    request: Request, caller: AnalystCaller, id: PathId, parameters: Annotated[Parameters, Query()]
) -> Response:
    """The node with this id."""
    return await _one(request, caller, parameters, wh.nodes, fields.NODE, id)


async def _list(
    request: Request,
    caller: AnalystCaller,
    parameters: GridFilters,
    read: Callable[..., pd.DataFrame],
    columns: Mapping[str, str],
) -> Response:
    above = {name: getattr(parameters, f"{name}_id", None) for name in ("grid", "region")}
    filters = {name: ids for name, ids in above.items() if ids is not None}

    def page(_question: str) -> tuple[pa.Table, str | None]:
        table = _table(read(**filters), columns)
        if parameters.name is not None:
            table = table.filter(pc.is_in(table["name"], value_set=pa.array(parameters.name, pa.string())))
        if parameters.search is not None:
            table = table.filter(pc.match_substring(table["name"], parameters.search, ignore_case=True))
        return page_by_id(table, parameters)

    return await answer(request, caller, parameters.format, Question(page=page, limit=parameters.limit))


async def _one(
    request: Request,
    caller: AnalystCaller,
    parameters: Parameters,
    read: Callable[[], pd.DataFrame],
    columns: Mapping[str, str],
    id: Id,
) -> Response:
    def page(_question: str) -> tuple[pa.Table, str | None]:
        table = _table(read(), columns)
        return table.filter(pc.equal(table["id"], id)), None

    missing = f"Nothing has the id {id} here. List what there is: {request.url.path.rsplit('/', 2)[0]}/"
    return await answer(request, caller, parameters.format, Question(page=page, is_single=True, missing=missing))


def page_by_id(table: pa.Table, parameters: Any) -> tuple[pa.Table, str | None]:
    """Return one page of rows in the order of their id; the cursor is the id of the last row."""
    if parameters.cursor is not None:
        if not (parameters.cursor.isascii() and parameters.cursor.isdigit() and int(parameters.cursor) <= MAX_ID):
            raise Problem(422, "The cursor is not valid. Take it from the Link header of the page before.")
        table = table.filter(pc.greater(table["id"], int(parameters.cursor)))
    if parameters.limit is None or table.num_rows <= parameters.limit:
        return table, None
    table = table.slice(0, parameters.limit)
    return table, str(table["id"][-1].as_py())


def _table(frame: pd.DataFrame, columns: Mapping[str, str]) -> pa.Table:
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    return fields.pick(columns)(table).sort_by("id")
