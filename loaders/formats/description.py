"""The model of a description: what a publisher's file holds, written in YAML."""

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from loaders.canonical.durations import parse_resolution
from loaders.canonical.times import time_zone_named
from loaders.errors import UsageError


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Dialect(_Part):
    """How the file is laid out. Names follow Frictionless Table Dialect and Table Schema where they exist."""

    kind: Literal["csv", "json", "excel"] = "csv"
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    header: list[str] | None = Field(default=None, description="Column names of a file without a header.")
    headerRows: int = Field(default=1, ge=1, description="The number of the row that holds the column names.")
    commentChar: str | None = None
    recordMarkers: Mapping[str, Literal["header", "data", "ignore"]] | None = Field(
        default=None,
        description="The first field of a line → what the line is; of several header lines the first counts.",
    )
    decimalChar: Literal[".", ","] = "."
    groupChar: Literal[".", ",", " "] | None = None
    missingValues: tuple[str, ...] = Field(default=("",), description="Texts that state no value.")
    withdrawnValues: tuple[str, ...] = Field(default=(), description="Texts that withdraw a value.")
    rows: str = Field(default="@", description="JSON: a JMESPath expression that selects the list of records.")
    sheet: str | None = Field(default=None, description="Excel: the sheet; the first one by default.")


class Value(_Part):
    """A column of numbers: its metric, its unit, and its node where each column is one."""

    column: str
    metric: str
    unit: str
    node: str | None = None
    perInterval: bool = Field(default=False, description="The unit is an energy per interval, stored as mean power.")


class RepeatedHour(_Part):
    """How the second of the two hours that the clocks repeat is marked."""

    column: str | None = None
    second: tuple[str, ...] = Field(default=(), description="Texts of the column in the second hour.")
    suffix: str | None = Field(default=None, description="A suffix of the hour in the second hour, as X in 02X.")
    order: bool = Field(default=False, description="The order of the rows separates the two hours.")


class Time(_Part):
    """The time of an interval."""

    start: str | None = Field(default=None, description="Column with the start of the interval.")
    end: str | None = Field(default=None, description="Column with the end of the interval.")
    date: str | None = Field(default=None, description="Column with the date, with hour.")
    hour: str | None = Field(default=None, description="Column with the hour: 1 to 24 ending, or 01:00 to 24:00.")
    format: str | None = Field(default=None, description="A strptime pattern, epoch_s or epoch_ms; else ISO 8601.")
    time_zone: str | None = Field(default=None, description="IANA zone of times without an offset.")
    zone_column: str | None = None
    offsets: Mapping[str, str] | None = Field(default=None, description="Text of zone_column → UTC offset.")
    repeated: RepeatedHour | None = None

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        try:
            return None if name is None else time_zone_named(name).key
        except UsageError as error:
            raise ValueError(str(error)) from None

    @model_validator(mode="after")
    def _one_time(self) -> "Time":
        if sum(part is not None for part in (self.start, self.end, self.date)) != 1 or bool(self.date) != bool(
            self.hour
        ):
            raise ValueError("needs exactly one of start, end, and date with hour")
        if bool(self.zone_column) != bool(self.offsets):
            raise ValueError("zone_column and offsets belong together")
        return self


class CollectedAt(_Part):
    """The knowledge time; without it, the caller passes it."""

    column: str


class Description(_Part):
    """A publisher's file."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    summary: str
    source: str
    grid: str | None = Field(default=None, description="The grid of all rows; else the caller's, or grid_column.")
    grid_column: str | None = None
    grid_time_zone: str | None = None
    region: str | None = Field(default=None, description="The region of all rows; else the grid's name.")
    node: str | None = None
    node_column: str | None = None
    same_node: Mapping[str, str] = Field(default_factory=dict, description="Spelling of a node → name.")
    metric_column: str | None = None
    metrics: Mapping[str, str] = Field(default_factory=dict, description="Text of metric_column → metric.")
    values: tuple[Value, ...] = Field(min_length=1)
    resolution: str
    time: Time
    collected_at: CollectedAt | None = None
    where: Mapping[str, tuple[str, ...]] = Field(default_factory=dict, description="The rows to keep, by column.")
    dialect: Dialect = Dialect()

    @field_validator("resolution")
    @classmethod
    def _valid_resolution(cls, text: str) -> str:
        parse_resolution(text)
        return text

    def columns(self) -> set[str]:
        """Return the columns that the file must have."""
        time, repeated = self.time, self.time.repeated
        names = {self.grid_column, self.node_column, self.metric_column, time.start, time.end, time.date, time.hour}
        names |= {time.zone_column, repeated.column if repeated else None, *self.where}
        names |= {self.collected_at.column if self.collected_at else None, *(value.column for value in self.values)}
        return {name for name in names if name}


def read_description(path: Path) -> Description:
    """Read a description from a YAML file. Raises UsageError that names what is wrong."""
    try:
        return parse_description(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise UsageError(f"{path}: the description cannot be read ({error.strerror}). Check the path.") from None


def parse_description(text: str, name: str) -> Description:
    """Parse a description. Raises UsageError that names what is wrong."""
    try:
        return Description.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise UsageError(f"{name}: is not valid YAML ({' '.join(str(error).split())}). Correct it.") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the description"
        raise UsageError(f"{name}: {where}: {first['msg']}. Correct the description.") from None


def shipped_descriptions() -> list[Description]:
    """Return the descriptions of this package, by name."""
    folder = resources.files("loaders.formats") / "descriptions"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".yml")), key=lambda file: file.name)
    return [parse_description(file.read_text(encoding="utf-8"), file.name) for file in files]
