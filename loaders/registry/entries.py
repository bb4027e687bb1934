"""The entries of a registration file, as pydantic models; one sentence for each thing that is wrong with one."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from loaders.canonical.durations import spell_resolution
from loaders.errors import RegistryError


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is not an IANA time zone. Use for example Europe/Berlin") from None
    return name


def _one_spelling(resolution: str) -> str:
    """Return PT1H for PT60M, so that a length is one series; a length that no file can have stays as it is."""
    try:
        return spell_resolution(resolution)
    except ValueError:
        return resolution


def _empty_is_none(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


Name = Annotated[str, Field(min_length=1)]
OptionalName = Annotated[Name | None, BeforeValidator(_empty_is_none)]
TimeZone = Annotated[Name, AfterValidator(_time_zone)]


class Entry(BaseModel):
    """One row to register. Numbers are names too; blanks around a name are removed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, coerce_numbers_to_str=True, frozen=True)


class Grid(Entry):
    """A grid (TSO or ISO)."""

    grid: Name
    time_zone: TimeZone = Field(description="IANA time zone, such as Europe/Berlin.")


class Region(Entry):
    """A region of a grid."""

    grid: Name
    region: Name


class Node(Entry):
    """A node of a region: the location that a value is about."""

    grid: Name
    region: Name
    node: Name


class Metric(Entry):
    """What is measured."""

    metric: Name
    unit: Name = Field(description="Unit of its series, such as MW.")
    aggregation: Literal["sum", "mean"] = Field(description="How values of several nodes are rolled up.")
    actual_metric: OptionalName = Field(default=None, description="For a forecast: the metric of its actuals.")


class Series(Entry):
    """The values of one metric at one node, from one source, in intervals of one length."""

    grid: Name
    region: Name
    node: Name
    metric: Name
    source: Name
    resolution: Annotated[Name, AfterValidator(_one_spelling)] = Field(
        description="Length of the intervals as an ISO 8601 duration, such as PT1H or P1M."
    )
    unit: OptionalName = Field(default=None, description="The metric's unit in another currency, such as GBP/MWh.")


class Definitions(BaseModel):
    """A registration file. Parents are registered before their children, in whatever order they are listed."""

    model_config = ConfigDict(extra="forbid", title="Registration file")

    grids: list[Grid] | None = None
    regions: list[Region] | None = None
    nodes: list[Node] | None = None
    metrics: list[Metric] | None = None
    series: list[Series] | None = None


def validate_entry(model: type[Entry], entry: object, where: str) -> dict[str, str | None]:
    """Return the values of an entry. Raises RegistryError, which calls the entry `where`."""
    if not isinstance(entry, Mapping):
        raise RegistryError(f"{where} is {entry!r}. It must be a mapping with {', '.join(model.model_fields)}.")
    try:
        return model.model_validate(dict(entry)).model_dump()
    except ValidationError as error:
        raise RegistryError(f"{where}: {_sentence(model, error, entry)}") from None


def _sentence(model: type[Entry], error: ValidationError, entry: Mapping[Any, Any]) -> str:
    faults = error.errors(include_url=False)
    if unknown := [fault["loc"][0] for fault in faults if fault["type"] in ("extra_forbidden", "invalid_key")]:
        return f"unknown field {unknown[0]!r}. Valid fields: {', '.join(model.model_fields)}."
    if missing := [str(fault["loc"][0]) for fault in faults if _is_missing(fault, entry)]:
        return f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing."
    fault = faults[0]
    name, value = fault["loc"][0], fault["input"]
    if fault["type"] == "value_error":
        return f"{fault['ctx']['error']}."
    if fault["type"] == "literal_error":
        return f"{value!r} is not a valid {name}. Use {fault['ctx']['expected'].replace(chr(39), '')}."
    return f"{name} is {value!r}, which is not text. Put it in quotes."


def _is_missing(fault: Any, entry: Mapping[Any, Any]) -> bool:
    value = entry.get(fault["loc"][0])
    return value is None or (isinstance(value, str) and not value.strip())
