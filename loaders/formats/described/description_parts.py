"""The parts of a description: layout, times, values and resolution of a publisher's file."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from loaders.canonical.durations import parse_resolution, spell_resolution
from loaders.canonical.times import time_zone_named
from loaders.errors import UsageError

Columns = str | tuple[str, ...]


class Part(BaseModel):
    """A part of a description: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_OFFSET = re.compile(r"([+-])(\d\d):([0-5]\d)")


def read_offset(text: str) -> int | None:
    """Return the minutes east of UTC of an offset such as -05:00; None for another text."""
    match = _OFFSET.fullmatch(text)
    return None if match is None else (int(match[2]) * 60 + int(match[3])) * (-1 if match[1] == "-" else 1)


def _valid_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is not a regular expression ({error})") from None
    return text


def _valid_resolution(text: str) -> str:
    spell_resolution(text)
    return text


def _divides_day(text: str) -> str:
    parse_resolution(text)
    return text


def _named_groups(text: str) -> str:
    if not re.compile(_valid_pattern(text)).groupindex:
        raise ValueError(f"{text!r} has no named group, such as (?P<node>.+)")
    return text


Pattern = Annotated[str, AfterValidator(_named_groups)]
ResolutionText = Annotated[str, AfterValidator(_valid_resolution)]
LengthText = Annotated[str, AfterValidator(_divides_day)]


def groups_of(pattern: str) -> tuple[str, ...]:
    """Return the names of the groups of a pattern: the columns that it makes."""
    return tuple(re.compile(pattern).groupindex)


class Dialect(Part):
    """How the file is laid out. Names follow Frictionless Table Dialect and Table Schema where they exist."""

    kind: Literal["csv", "json", "ndjson", "xml", "excel", "parquet"] = "csv"
    encoding: str = Field(default="utf-8-sig", description="A byte-order mark of UTF-16 takes precedence.")
    delimiter: str = ","
    header: list[str] | None = Field(default=None, description="Column names of a file without a header.")
    headerRows: int | tuple[int, ...] = Field(
        default=1, description="The number of the row that holds the column names; of several rows, joined by a space."
    )
    commentChar: str | None = None
    recordMarkers: Mapping[str, Literal["header", "data", "ignore"]] | None = Field(
        default=None,
        description="The first field of a line → what the line is; of several header lines the first counts.",
    )
    recordTable: tuple[str, ...] = Field(
        default=(), description="The fields after the marker that choose one of several tables in the file."
    )
    preamble: tuple[Pattern, ...] = Field(
        default=(), description="Patterns that are searched in the lines above the data; a group is a column."
    )
    decimalChar: Literal[".", ","] = "."
    groupChar: Literal[".", ",", " "] | None = None
    missingValues: tuple[str, ...] = Field(default=("",), description="Texts that state no value; -999 is -999.0, too.")
    validNumbers: tuple[float, ...] = Field(
        default=(), description="Numbers that are values, though they look like marks of missing ones, such as 99999."
    )
    withdrawnValues: tuple[str, ...] = Field(default=(), description="Texts that withdraw a value.")
    rows: str = Field(default="@", description="JSON: JMESPath of the list of records. XML: XPath of the rows.")
    fields: Mapping[str, str] = Field(
        default_factory=dict, description="Column → JMESPath in a record, or XPath in a row; namespaces are left out."
    )
    document: Mapping[str, str] = Field(
        default_factory=dict, description="Column of all rows → JMESPath or XPath in the document."
    )
    sheet: str | None = Field(default=None, description="Excel: the sheet; the first one by default.")
    members: str = Field(default="*", description="Which files of a zip are read, such as *.csv.")

    @model_validator(mode="after")
    def _fits_the_kind(self) -> "Dialect":
        if self.kind == "xml" and not (self.fields and self.rows != "@"):
            raise ValueError("XML needs rows and fields")
        if self.recordTable and self.recordMarkers is None:
            raise ValueError("recordTable needs recordMarkers")
        return self


class Value(Part):
    """A column of numbers: its metric, its unit, and its node where each column is one."""

    column: str
    metric: str | None = Field(default=None, description="Needed where no metric_column states it.")
    unit: str | None = Field(default=None, description="Needed where no unit_column states it.")
    node: str | None = None
    perInterval: bool = Field(default=False, description="The unit is an energy per interval, stored as mean power.")


class Unpivot(Part):
    """Columns that are nodes, metrics, hours or periods: each becomes a row."""

    columns: Pattern = Field(description="A pattern of the whole column name; a named group is a column of the row.")
    value: str = Field(default="value", description="The name of the column with the number.")
    ignore: tuple[str, ...] = Field(default=(), description="Columns that match and are not read.")


class Extract(Part):
    """Columns that are parts of the text of another column."""

    column: str
    pattern: Pattern = Field(description="A pattern of the whole text; each named group is a column.")


class FromName(Part):
    """Columns that are parts of a name; of several patterns for a column, the first that matches counts."""

    of: Literal["file", "folder", "member"] = "file"
    pattern: Pattern = Field(description="A pattern that is searched in the name; each named group is a column.")


class RepeatedHour(Part):
    """How the second of the two hours that the clocks repeat is marked."""

    column: str | None = None
    second: tuple[str, ...] = Field(default=(), description="Texts of the column in the second hour.")
    first: tuple[str, ...] = Field(default=(), description="Texts of the column in the first hour, where others exist.")
    suffix: str | None = Field(default=None, description="A suffix of the time or hour in the second hour: X in 02X.")
    firstSuffix: str | None = Field(default=None, description="A suffix in the first hour: A in 2A.")
    hours: Mapping[str, str] = Field(
        default_factory=dict, description='Name of the second hour → hour, such as "25": "3".'
    )
    order: bool = Field(default=False, description="The order of the rows separates the two hours.")

    @model_validator(mode="after")
    def _one_rule(self) -> "RepeatedHour":
        if sum((bool(self.column), bool(self.suffix), bool(self.hours), self.order)) != 1:
            raise ValueError("needs one of column (with second), suffix, hours and order")
        if bool(self.column) != bool(self.second):
            raise ValueError("column and second belong together")
        return self


class Block(Part):
    """A block of points with a position, as in ENTSO-E documents: start + (position - 1) * resolution."""

    start: str
    end: str
    position: str
    fillForward: Mapping[str, tuple[str, ...]] = Field(
        default_factory=dict, description="Column → texts (A03): a missing position repeats the value before it."
    )


class Time(Part):
    """The time of an interval."""

    start: Columns | None = Field(default=None, description="Column with the start; several are joined by a space.")
    end: Columns | None = Field(default=None, description="Column with the end; with start, both state the length.")
    endNames: Literal["clock", "instant"] = Field(
        default="clock",
        description="clock: the end is the start on the clock plus the length. instant: it is a time of its own.",
    )
    date: str | None = Field(default=None, description="Column with the date, with hour or period.")
    hour: str | None = Field(default=None, description="Column with the hour as the clock shows it, such as 1 to 24.")
    part: str | None = Field(default=None, description="Column with the number of the interval in the hour, from 1.")
    hourNames: Literal["ending", "beginning"] = "ending"
    period: str | None = Field(
        default=None, description="Column with the number of the interval since local midnight: 1 to 46/48/50, 23/24/25"
    )
    firstPeriod: int = 1
    block: Block | None = None
    format: str | tuple[str, ...] | None = Field(
        default=None, description="strptime patterns, epoch_s, epoch_ms, epoch_us or excel_serial; else ISO 8601."
    )
    time_zone: str | None = Field(
        default=None, description="Zone of times without an offset: an IANA name, or a fixed offset such as -05:00."
    )
    zone_column: str | None = None
    offsets: Mapping[str, str] | None = Field(default=None, description="Text of zone_column → UTC offset.")
    repeated: RepeatedHour | None = None

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        if name is None or read_offset(name) is not None:
            return name
        if name in AMBIGUOUS_ZONES:
            raise ValueError(f"{name} can be a fixed offset or a place. Write {AMBIGUOUS_ZONES[name]}")
        try:
            return time_zone_named(name).key
        except UsageError as error:
            raise ValueError(str(error)) from None

    @model_validator(mode="after")
    def _one_time(self) -> "Time":
        if sum((bool(self.start or self.end), bool(self.date), bool(self.block))) != 1:
            raise ValueError("needs exactly one of start or end, date with hour or period, and block")
        if bool(self.date) != (bool(self.hour) != bool(self.period)) or (self.hour and self.period):
            raise ValueError("date needs hour or period")
        if self.part and not self.hour:
            raise ValueError("part needs hour")
        if bool(self.zone_column) != bool(self.offsets):
            raise ValueError("zone_column and offsets belong together")
        if self.period and self.time_zone is None:
            raise ValueError("period needs time_zone")
        return self


# Names of the tz database that are a fixed offset to some and a place with clock changes to others.
AMBIGUOUS_ZONES = {
    "CET": "+01:00, or a place such as Europe/Brussels",
    "EET": "+02:00, or a place such as Europe/Helsinki",
    "WET": "+00:00, or a place such as Europe/Lisbon",
    "MET": "+01:00, or a place such as Europe/Berlin",
    "EST": "-05:00, or a place such as America/New_York",
    "MST": "-07:00, or a place such as America/Denver",
    "HST": "-10:00, or a place such as Pacific/Honolulu",
}


class ResolutionFrom(Part):
    """The resolution of each row: from a column, from the start and the end, or from the spacing of the rows."""

    column: str | None = None
    texts: Mapping[str, ResolutionText] = Field(default_factory=dict, description="Text of the column → resolution.")
    by: Literal["start and end", "spacing"] | None = None
    longest: LengthText = Field(
        default="PT1H",
        description="With spacing: the resolution of rows that far apart. Days and longer lengths are recognised.",
    )

    @model_validator(mode="after")
    def _one_way(self) -> "ResolutionFrom":
        if bool(self.column) == bool(self.by):
            raise ValueError("needs one of column and by")
        return self


class CollectedAt(Part):
    """The knowledge time; without it, the caller passes it."""

    column: str | None = Field(default=None, description="A column of the file, or one made of a name or the document.")
    by: Literal["file time", "member time"] | None = Field(
        default=None, description="When the file, or its entry in the zip, was changed last."
    )
    texts: Mapping[str, str] = Field(default_factory=dict, description="Text of the column → time with an offset.")
    format: str | tuple[str, ...] | None = None
    time_zone: str | None = None
    endOfDay: bool = Field(default=False, description="The text is a day; its local end is the knowledge time.")
    basis: Literal["published", "observed", "inferred"] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "CollectedAt":
        if bool(self.column) == bool(self.by):
            raise ValueError("needs one of column and by")
        if self.time_zone is not None and self.time_zone not in AMBIGUOUS_ZONES and read_offset(self.time_zone) is None:
            try:
                time_zone_named(self.time_zone)
            except UsageError as error:
                raise ValueError(str(error)) from None
        return self
