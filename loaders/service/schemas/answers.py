"""The shapes of answers in the OpenAPI document. Answers are made by Arrow, so these describe and do not convert."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from loaders.service.answers.negotiation import MEDIA_TYPES
from loaders.service.problems import MEDIA_TYPE

FAULTS = {
    400: "The request cannot be understood.",
    401: "The key is missing or not valid.",
    403: "The key may not do this.",
    404: "There is nothing with this id.",
    408: "The body did not arrive in time.",
    406: "No media type of Accept is available.",
    409: "It is in use, or exists already.",
    413: "The body is too long.",
    415: "The media type of the body is not supported.",
    422: "A parameter or the body is not valid.",
    429: "Too many requests.",
    503: "The database cannot be used at the moment.",
}


class ProblemBody(BaseModel):
    """A problem (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str = Field(description="What is wrong. What to do.")
    instance: str


class GridBody(BaseModel):
    """A grid."""

    id: int
    name: str
    time_zone: str = Field(description="IANA name.")


class RegionBody(BaseModel):
    """A region of a grid."""

    id: int
    name: str
    grid: int
    grid_name: str
    time_zone: str


class NodeBody(BaseModel):
    """A node of a region."""

    id: int
    name: str
    region: int
    grid: int
    region_name: str
    grid_name: str
    time_zone: str


class MeasureBody(BaseModel):
    """One value of one series and interval."""

    id: str = Field(description="The series, and the second at which the interval begins.")
    grid: int
    region: int
    node: int
    timestamp: datetime = Field(description="Start of the interval.")
    collected_at: datetime = Field(description="When this value was published or collected.")
    value: float | None = Field(description="In the unit; null means that the publisher withdrew it.")
    unit: str
    metric: str
    source: str
    resolution: str = Field(description="Length of the interval, as an ISO 8601 duration.")
    quality_flag: str | None = Field(description="The quality rules that the value breaks.")
    load_id: int
    grid_name: str
    region_name: str
    node_name: str
    series: int


class LoadBody(BaseModel):
    """One delivery of rows."""

    id: int
    source: str
    format: str
    uri: str
    collected_at_basis: str
    status: str
    rows_read: int
    rows_inserted: int
    rows_corrected: int
    rows_duplicate: int
    rows_rejected: int
    started_at: datetime
    loaded_at: datetime
    is_applied: bool = Field(description="Whether the marts show it.")


class RowBody(BaseModel):
    """The columns of the read function, with the names of the seed system; docs/reference/warehouse.md has them."""

    model_config = ConfigDict(extra="allow")


class StatsBody(BaseModel):
    """The size and the age of the warehouse."""

    grids: int
    regions: int
    nodes: int
    series: int
    measures: int
    revisions: int
    revisions_last_24h: int
    loads_pending: int
    loads_accepted: int
    loads_held: int
    loads_withdrawn: int
    newest_interval_start: datetime | None
    newest_collected_at: datetime | None


def responses(body: type[BaseModel], single: bool = False, *faults: int) -> dict[int | str, dict[str, Any]]:
    """Return what a path that reads can answer, for the OpenAPI document."""
    reference: dict[str, Any] = {"$ref": f"#/components/schemas/{body.__name__}"}
    schema: dict[str, Any] = reference if single else {"type": "array", "items": reference}
    binary = {"schema": {"type": "string", "format": "binary"}}
    # JSON first, because many generators of clients take the first one.
    content: dict[str, Any] = dict.fromkeys(MEDIA_TYPES.values(), binary) | {MEDIA_TYPES["json"]: {"schema": schema}}
    good: dict[str, Any] = {
        "description": "The answer. Its ETag can be sent again as If-None-Match.",
        "content": content,
        "headers": {"ETag": {"schema": {"type": "string"}}, "Link": {"schema": {"type": "string"}}},
    }
    codes = (400, 401, 403, 406, 422, 429, 503, *((404,) if single else ()), *faults)
    same: dict[str, Any] = {"description": "The answer is still that of If-None-Match."}
    return {200: good, 304: same, **problems(*codes)}


def row_responses() -> dict[int | str, dict[str, Any]]:
    """Return what a path answers whose columns are those of a read function."""
    return responses(RowBody)


def problems(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Return the problems that a path can answer."""
    schema = {"$ref": "#/components/schemas/ProblemBody"}
    return {code: {"description": FAULTS[code], "content": {MEDIA_TYPE: {"schema": schema}}} for code in sorted(codes)}


# Named in the references above.
DESCRIBED: tuple[type[BaseModel], ...] = (
    ProblemBody,
    GridBody,
    RegionBody,
    NodeBody,
    MeasureBody,
    LoadBody,
    RowBody,
    StatsBody,
)
