"""The parameters of the paths: names as in the seed system, each validated, unknown ones refused."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

MAX_ID = 2**31 - 1
MAX_CHANGE_NUMBER = 2**63 - 1
MAX_NAME_LENGTH = 200
MAX_NAMES = 1000
# A plus sign that the client did not encode arrives as a blank.
LOST_PLUS = re.compile(r"(T\S+) (\d\d:?\d\d)$")
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

FormatName = Literal["json", "ndjson", "csv", "arrow", "parquet"]


def parse_time(value: Any) -> datetime:
    """Return an ISO 8601 text as a time in UTC; without an offset it is taken as UTC. Raises ValueError."""
    if isinstance(value, datetime):
        time = value
    else:
        try:
            time = datetime.fromisoformat(LOST_PLUS.sub(r"\1+\2", str(value)))
        except ValueError:
            raise ValueError("This is not a valid time. Write it like 2026-01-10T09:00:00Z") from None
    try:
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except OverflowError:
        time = EARLIEST.replace(year=1)
    if not EARLIEST <= time < LATEST:
        raise ValueError("This time is out of range. Use one from 1900 to 2199")
    return time


def _check_name(value: Any) -> Any:
    if isinstance(value, str) and not value.isprintable():
        raise ValueError("This name has a character that cannot be printed. Check how it is encoded")
    return value


Time = Annotated[datetime, BeforeValidator(parse_time)]
Id = Annotated[int, Field(ge=1, le=MAX_ID)]
Name = Annotated[str, BeforeValidator(_check_name), Field(min_length=1, max_length=MAX_NAME_LENGTH)]
Ids = Annotated[list[Id], Field(max_length=MAX_NAMES)]
Names = Annotated[list[Name], Field(max_length=MAX_NAMES)]
MeasureId = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,9}-(0|-?[1-9][0-9]{0,10})$")]


class Parameters(BaseModel):
    """The parameters of every path that reads."""

    model_config = ConfigDict(extra="forbid")

    format: FormatName | None = Field(None, description="Form of the answer; has precedence over the header Accept.")


class PageParameters(Parameters):
    """Parameters of an answer in pages."""

    limit: int | None = Field(
        None, ge=1, description="At most this number of rows. The header Link has the next page, if there is one."
    )
    cursor: str | None = Field(
        None, max_length=400, description="Where the page begins; from the Link header of the page before."
    )


class LocationFilters(BaseModel):
    """Which series: ids or names. Several values of one level are alternatives; levels narrow each other."""

    model_config = ConfigDict(extra="forbid")

    grid_id: Ids | None = Field(None, description="Ids of grids.")
    region_id: Ids | None = Field(None, description="Ids of regions.")
    node_id: Ids | None = Field(None, description="Ids of nodes.")
    grid: Names | None = Field(None, description="Names of grids.")
    region: Names | None = Field(None, description="Names of regions.")
    node: Names | None = Field(None, description="Names of nodes.")
    metric: Names | None = Field(None, description="Metrics, such as power.")
    source: Names | None = Field(None, description="Sources of the series.")
    resolution: Names | None = Field(None, description="Resolutions of the series, such as PT15M.")

    @model_validator(mode="after")
    def _one_of_each(self) -> "LocationFilters":
        for level in ("grid", "region", "node"):
            if getattr(self, level) is not None and getattr(self, f"{level}_id") is not None:
                raise ValueError(f"{level} and {level}_id are both there. Use one of them")
        return self

    def names(self) -> dict[str, list[str] | list[int]]:
        """Return the filters as the read functions take them."""
        given = {
            "grid": self.grid or self.grid_id,
            "region": self.region or self.region_id,
            "node": self.node or self.node_id,
            "metric": self.metric,
            "source": self.source,
            "resolution": self.resolution,
        }
        return {level: value for level, value in given.items() if value is not None}


class MeasureFilters(LocationFilters, PageParameters):
    """Parameters of the list of measures."""

    start_datetime: Time | None = Field(None, description="The first timestamp. Without an offset it is UTC.")
    end_datetime: Time | None = Field(None, description="The end of the range, which is not included.")
    flagged: bool | None = Field(None, description="true: only values that break a quality rule; false: only others.")


class StreamParameters(LocationFilters):
    """Parameters of the stream of changes."""

    start_datetime: Time | None = Field(None, description="The first timestamp. Without an offset it is UTC.")
    end_datetime: Time | None = Field(None, description="The end of the range, which is not included.")


class SocketParameters(StreamParameters):
    """Parameters of the stream as a WebSocket, whose clients cannot send headers."""

    last_event_id: int | None = Field(None, ge=0, le=MAX_CHANGE_NUMBER, description="Continue after this event.")


class QueryParameters(LocationFilters, PageParameters):
    """Parameters of the newest values of a range."""

    start_datetime: Time = Field(description="The first timestamp. Without an offset it is UTC.")
    end_datetime: Time = Field(description="The end of the range, which is not included.")
    flagged: bool | None = Field(None, description="true: only values that break a quality rule; false: only others.")


class EvolutionParameters(QueryParameters):
    """Parameters of the values of a range as they were known."""

    collected_datetime: Time = Field(description="Knowledge time: what had been published by then.")
    loaded_datetime: Time | None = Field(
        None, description="System time: what this warehouse would have answered then. By default now."
    )
