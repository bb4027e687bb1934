"""The shapes of the bodies that write, and of their answers, in the OpenAPI document."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, RootModel

from loaders.service.schemas.answers import problems
from loaders.service.uploads import MEDIA_TYPES

VISIBLE = "When the marts show it."


class NewMeasure(BaseModel):
    """One value to load. Its node is an id, or a name with grid and region."""

    model_config = ConfigDict(extra="forbid")

    node: int | str
    grid: str | None = None
    region: str | None = None
    metric: str | None = Field(None, description="Not needed where the node has one series.")
    source: str | None = Field(None, description="As metric.")
    timestamp: datetime = Field(description="Start of the interval, with an offset.")
    collected_at: datetime = Field(description="When it was published or collected, with an offset.")
    value: float | None = Field(description="Null states nothing, unless the format says that it withdraws.")
    unit: str | None = None
    resolution: str | None = None


class NewMeasures(RootModel[NewMeasure | list[NewMeasure]]):
    """One value to load, or many."""


class Written(BaseModel):
    """What every change answers."""

    who: str
    why: str
    visible: str = Field(description=VISIBLE)


class WrittenLocation(Written):
    """A location after a change; with the ids and names of what it is in."""

    model_config = ConfigDict(extra="allow")

    id: int
    name: str


class DeletedLocation(Written):
    """A location that is not there any more."""

    id: int
    name: str
    deleted: bool


class WrittenLoad(Written):
    """The entry of a load in the ledger."""

    load_id: int | None = Field(description="Null after a dry run.")
    status: str
    already_stored: bool
    rows_read: int
    rows_inserted: int
    rows_duplicate: int
    rows_blank: int
    rows_rejected: int
    rows_corrected: int
    notices: list[str]
    rejects: list[str]
    failures: list[str] = Field(description="The rules of the gate that it breaks.")


class CorrectedInterval(BaseModel):
    """One value before and after."""

    interval_start: datetime
    before: float | None
    value: float | None
    is_newest: bool


class WrittenCorrection(Written):
    """A correction or a withdrawal of one value, which is a load of its own."""

    id: str
    load_id: int | None = Field(description="Null where nothing differed.")
    status: str
    collected_at: datetime
    unit: str
    values: list[CorrectedInterval]
    failures: list[str]


class WrittenDecision(Written):
    """The status of a load after a decision."""

    load_id: int
    status: str
    changed: bool


DESCRIBED: tuple[type[BaseModel], ...] = (
    NewMeasure,
    NewMeasures,
    WrittenLocation,
    DeletedLocation,
    WrittenLoad,
    WrittenCorrection,
    WrittenDecision,
)
FILE = {"type": "string", "format": "binary", "title": "File"}
# What POST of measures takes.
UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": f"#/components/schemas/{NewMeasures.__name__}"}},
            **{media_type: {"schema": FILE} for media_type in MEDIA_TYPES if media_type != "application/json"},
        },
    }
}


def written_responses(
    body: type[BaseModel], *codes: int, good: tuple[int, ...] = (200,)
) -> dict[int | str, dict[str, Any]]:
    """Return what a path that writes can answer, for the OpenAPI document. codes: of its problems."""
    schema = {"$ref": f"#/components/schemas/{body.__name__}"}
    answer = {"description": str(body.__doc__), "content": {"application/json": {"schema": schema}}}
    return {**dict.fromkeys(good, answer), **problems(*codes)}
