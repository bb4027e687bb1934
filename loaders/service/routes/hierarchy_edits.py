"""Add, rename and move grids, regions and nodes, through the registry. A build shows the change in the marts."""

from typing import Annotated, Any

import psycopg
from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from loaders.errors import RegistryError
from loaders.messages import sentence
from loaders.registry import deletions, edits
from loaders.registry.locations import depth_of, read_locations
from loaders.registry.selection import HIERARCHY_LEVELS, Names
from loaders.service.admission.access import Caller, LoaderCaller
from loaders.service.parameters import MAX_ID, Id, Name
from loaders.service.problems import Problem
from loaders.service.schemas.changes import DeletedLocation, WrittenLocation, written_responses
from loaders.service.writing import change, who_of, why_of, written

router = APIRouter(tags=["places"])

PathId = Annotated[int, Path(ge=1, le=MAX_ID)]
CODES = (400, 401, 403, 404, 408, 409, 413, 422, 429, 503)
ADDED = written_responses(WrittenLocation, *CODES, good=(201,))
CHANGED = written_responses(WrittenLocation, *CODES)
DELETED = written_responses(DeletedLocation, *CODES)
Why = Annotated[str | None, Field(None, max_length=1000, description="The reason, for the ledger.")]
Who = Annotated[str | None, Field(None, max_length=200, description="The person, for the ledger; next to the key.")]


class Edit(BaseModel):
    """What every change may state."""

    model_config = ConfigDict(extra="forbid")

    why: Why
    who: Who


class NewGrid(Edit):
    """A new grid."""

    name: Name
    time_zone: str = Field(min_length=1, max_length=100, description="IANA name, such as Europe/Berlin.")


class NewRegion(Edit):
    """A new region of a grid."""

    name: Name
    grid: Id


class NewNode(Edit):
    """A new node of a region."""

    name: Name
    region: Id


class GridName(Edit):
    """The new name of a grid."""

    name: Name


class RegionChange(Edit):
    """The new name or grid of a region."""

    name: Name | None = None
    grid: Id | None = None


class NodeChange(Edit):
    """The new name or region of a node."""

    name: Name | None = None
    region: Id | None = None


class Reason(Edit):
    """Who and why, as parameters."""


@router.post("/grids/", status_code=201, summary="Add a grid", responses=ADDED)
async def add_grid(request: Request, caller: LoaderCaller, body: NewGrid) -> JSONResponse:
    """Register a grid with its time zone."""
    return await _add(request, caller, "grid", body, None, time_zone=body.time_zone)


@router.post("/regions/", status_code=201, summary="Add a region", responses=ADDED)
async def add_region(request: Request, caller: LoaderCaller, body: NewRegion) -> JSONResponse:
    """Register a region in a grid."""
    return await _add(request, caller, "region", body, body.grid)


@router.post("/nodes/", status_code=201, summary="Add a node", responses=ADDED)
async def add_node(request: Request, caller: LoaderCaller, body: NewNode) -> JSONResponse:
    """Register a node in a region."""
    return await _add(request, caller, "node", body, body.region)


@router.put("/grids/{id}/", summary="Rename a grid", responses=CHANGED)
@router.patch("/grids/{id}/", summary="Rename a grid", responses=CHANGED)
async def change_grid(request: Request, caller: LoaderCaller, id: PathId, body: GridName) -> JSONResponse:
    """Give a grid another name."""
    return await _change(request, caller, "grid", id, body, body.name, None)


@router.put("/regions/{id}/", summary="Rename or move a region", responses=CHANGED)
@router.patch("/regions/{id}/", summary="Rename or move a region", responses=CHANGED)
async def change_region(request: Request, caller: LoaderCaller, id: PathId, body: RegionChange) -> JSONResponse:
    """Give a region another name, move it to another grid, or both."""
    return await _change(request, caller, "region", id, body, body.name, body.grid)


@router.put("/nodes/{id}/", summary="Rename or move a node", responses=CHANGED)
@router.patch("/nodes/{id}/", summary="Rename or move a node", responses=CHANGED)
async def change_node(request: Request, caller: LoaderCaller, id: PathId, body: NodeChange) -> JSONResponse:
    """Give a node another name, move it to another region, or both."""
    return await _change(request, caller, "node", id, body, body.name, body.region)


@router.delete("/grids/{id}/", summary="Delete an empty grid", responses=DELETED)
async def delete_grid(
    request: Request, caller: LoaderCaller, id: PathId, reason: Annotated[Reason, Query()]
) -> JSONResponse:
    """Delete a grid that has and had no regions. 409, with the reason, for another one."""
    return await _delete(request, caller, "grid", id, reason)


@router.delete("/regions/{id}/", summary="Delete an empty region", responses=DELETED)
async def delete_region(
    request: Request, caller: LoaderCaller, id: PathId, reason: Annotated[Reason, Query()]
) -> JSONResponse:
    """Delete a region that has and had no nodes. 409, with the reason, for another one."""
    return await _delete(request, caller, "region", id, reason)


@router.delete("/nodes/{id}/", summary="Delete an empty node", responses=DELETED)
async def delete_node(
    request: Request, caller: LoaderCaller, id: PathId, reason: Annotated[Reason, Query()]
) -> JSONResponse:
    """Delete a node without series. 409, with the reason, for one with series, which keeps its measures for good."""
    return await _delete(request, caller, "node", id, reason)


async def _delete(request: Request, caller: Caller, kind: str, id: int, reason: Reason) -> JSONResponse:
    who, why = who_of(caller, reason.who), why_of(request, reason.why)

    def work(connection: psycopg.Connection[Any]) -> dict[str, Any]:
        _names_of(connection, kind, id)
        try:
            names = deletions.delete(connection, kind, id, why=why, who=who)
        except RegistryError as error:
            raise Problem(409, sentence(error)) from None
        return {"id": id, "name": names[-1], "deleted": True, "who": who, "why": why, "visible": "after the next build"}

    return written(await change(work))


async def _add(
    request: Request, caller: Caller, kind: str, body: Any, parent_id: int | None, time_zone: str | None = None
) -> JSONResponse:
    def work(connection: psycopg.Connection[Any]) -> dict[str, Any]:
        names: Names = () if parent_id is None else _names_of(connection, _parent_of(kind), parent_id, status=422)
        above = dict(zip(HIERARCHY_LEVELS, names, strict=False))
        who, why = who_of(caller, body.who), why_of(request, body.why)
        done = edits.add(connection, kind, body.name, why=why, who=who, time_zone=time_zone, **above)
        if not done.changed:
            raise Problem(409, f"The {kind} {'/'.join(done.after)} already exists. Use another name.")
        location_id = read_locations(connection, kind)[done.after]
        return _described(kind, location_id, done.after, parent_id, who, why)

    result = await change(work)
    return written(result, 201, f"{request.url.path}{result['id']}/")


async def _change(
    request: Request, caller: Caller, kind: str, id: int, body: Edit, name: str | None, parent_id: int | None
) -> JSONResponse:
    if name is None and parent_id is None:
        raise Problem(422, f"Nothing is to be changed. Send a name or a {_parent_of(kind)}.")

    def work(connection: psycopg.Connection[Any]) -> dict[str, Any]:
        names = _names_of(connection, kind, id)
        who, why = who_of(caller, body.who), why_of(request, body.why)
        if parent_id is not None:
            parent = _names_of(connection, _parent_of(kind), parent_id, status=422)
            to = {f"to_{level}": value for level, value in zip(HIERARCHY_LEVELS, parent, strict=False)}
            if parent != names[:-1]:
                above = _above(names)
                names = _edited(lambda: edits.move(connection, kind, names[-1], why=why, who=who, **above, **to))
        if name is not None and name.strip() != names[-1]:
            names = _edited(lambda: edits.rename(connection, kind, names[-1], name, why=why, who=who, **_above(names)))
        parents = read_locations(connection, _parent_of(kind)) if len(names) > 1 else {}
        return _described(kind, id, names, parents.get(names[:-1]), who, why)

    return written(await change(work))


def _edited(edit: Any) -> Names:
    """Return the names after an edit. Raises Problem 409 where the new name is taken."""
    try:
        after: Names = edit().after
        return after
    except RegistryError as error:
        raise Problem(409, sentence(error)) from None


def _names_of(connection: psycopg.Connection[Any], kind: str, id: int, status: int = 404) -> Names:
    for names, location_id in read_locations(connection, kind).items():
        if location_id == id:
            return names
    raise Problem(status, f"No {kind} has the id {id}. List them: /api/v1/{kind}s/")


def _parent_of(kind: str) -> str:
    return HIERARCHY_LEVELS[max(depth_of(kind) - 2, 0)]


def _above(names: Names) -> dict[str, str]:
    return dict(zip(HIERARCHY_LEVELS, names[:-1], strict=False))


def _described(kind: str, id: int, names: Names, parent_id: int | None, who: str, why: str) -> dict[str, Any]:
    parent = {} if parent_id is None else {_parent_of(kind): parent_id}
    above = {f"{level}_name": name for level, name in _above(names).items()}
    return {"id": id, "name": names[-1], **parent, **above, "who": who, "why": why, "visible": "after the next build"}
