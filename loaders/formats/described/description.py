"""The model of a description: what a publisher's file holds, written in YAML."""

from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from pydantic import Field, ValidationError, model_validator

from loaders.errors import UsageError
from loaders.formats.described.description_parts import (
    CollectedAt,
    Columns,
    Dialect,
    Extract,
    FromName,
    Part,
    ResolutionFrom,
    ResolutionText,
    Time,
    Unpivot,
    Value,
    groups_of,
)
from loaders.formats.evidence.interval_edges import edge_in_name
from loaders.formats.evidence.unit_names import other_unit_in_name
from loaders.messages import one_line
from loaders.yaml_text import YamlFault, parse_yaml


class Description(Part):
    """A publisher's file."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    summary: str
    source: str
    source_column: str | None = None
    sources: Mapping[str, str] = Field(default_factory=dict, description="Text of source_column → source.")
    grid: str | None = Field(default=None, description="The grid of all rows; else the caller's, or grid_column.")
    grid_column: str | None = None
    grids: Mapping[str, str] = Field(default_factory=dict, description="Text of grid_column → grid; others stay.")
    grid_time_zone: str | None = None
    grid_time_zones: Mapping[str, str] = Field(default_factory=dict, description="Grid → IANA zone, for new grids.")
    region: str | None = Field(
        default=None,
        description="The region of all rows, or where region_column is empty; {grid} is the grid. Else the grid.",
    )
    region_column: str | None = None
    node: str | None = None
    node_column: str | None = None
    same_node: Mapping[str, str] = Field(default_factory=dict, description="Spelling of a node → name.")
    totals: tuple[str, ...] = Field(
        default=(), description="Nodes that are the sum of the others; left out with a notice, so nothing counts twice."
    )
    metric_column: Columns | None = Field(default=None, description="Several columns are joined by a space.")
    metrics: Mapping[str, str] = Field(default_factory=dict, description="Text of metric_column → metric.")
    unit_column: str | None = None
    units: Mapping[str, str] = Field(default_factory=dict, description="Text of unit_column → unit; others stay.")
    values: tuple[Value, ...] = Field(min_length=1)
    default_metric: str | None = Field(
        default=None, description="The metric that is read where the caller requests none; else all are."
    )
    resolution: ResolutionText | ResolutionFrom
    time: Time
    collected_at: CollectedAt | None = None
    from_name: tuple[FromName, ...] = ()
    extract: tuple[Extract, ...] = ()
    unpivot: Unpivot | None = None
    where: Mapping[str, tuple[str, ...]] = Field(default_factory=dict, description="The rows to keep, by column.")
    where_not: Mapping[str, tuple[str, ...]] = Field(default_factory=dict, description="The rows to leave out.")
    dialect: Dialect = Dialect()

    @model_validator(mode="after")
    def _complete(self) -> "Description":
        for value in self.values:
            if (value.metric is None) != bool(self.metric_column):
                raise ValueError(f"values: {value.column}: set either its metric, or metric_column")
            if (value.unit is None) != bool(self.unit_column):
                raise ValueError(f"values: {value.column}: set either its unit, or unit_column")
            if value.perInterval and not (value.unit or "").endswith("h"):
                raise ValueError(f"values: {value.column}: perInterval needs an energy as unit, such as MWh")
            if value.unit and (unit := other_unit_in_name(value.column, value.unit)):
                raise ValueError(f"values: the name of the column {value.column} says {unit}, not {value.unit}")
        self._check_edges()
        if len({value.node is None for value in self.values}) > 1:
            raise ValueError("values: set the node of all columns, or of none")
        if bool(self.metric_column) != bool(self.metrics):
            raise ValueError("metric_column and metrics belong together")
        by = self.resolution.by if isinstance(self.resolution, ResolutionFrom) else None
        if by == "start and end" and not (self.time.start and self.time.end):
            raise ValueError("resolution: by start and end needs time.start and time.end")
        if by == "spacing" and not self.time.start:
            raise ValueError("resolution: by spacing needs time.start")
        return self

    def _check_edges(self) -> None:
        """Raise ValueError where the name of a column says that its times are the other edge of the interval."""
        time = self.time
        hour_edge = {"ending": "end", "beginning": "start"}[time.hourNames]
        roles = [
            *((name, "start") for name in as_columns(time.start)),
            *((name, "end") for name in as_columns(time.end)),
        ]
        for name, edge in [*roles, *([(time.hour, hour_edge)] if time.hour else [])]:
            says = edge_in_name(name)
            if says not in (None, edge):
                raise ValueError(f"time: the name of the column {name} says that it is the {says}, not the {edge}")

    def of_metric(self, metric: str | None) -> "Description":
        """Return the description of one metric: only its columns are needed then."""
        metric = metric or self.default_metric
        if metric is None or self.metric_column is not None:
            return self
        return self.model_copy(update={"values": tuple(value for value in self.values if value.metric == metric)})

    @property
    def fixed_resolution(self) -> str | None:
        """Return the one resolution of all rows, or None where it differs."""
        return self.resolution if isinstance(self.resolution, str) else None

    def _patterns(self) -> list[str]:
        names, texts = (rule.pattern for rule in self.from_name), (part.pattern for part in self.extract)
        return [*names, *texts, *self.dialect.preamble]

    def made_columns(self) -> set[str]:
        """Return the columns that the file does not have itself: parts of names, texts and column names."""
        names = {group for pattern in self._patterns() for group in groups_of(pattern)}
        names |= set(self.dialect.document)
        return names | ({*groups_of(self.unpivot.columns), self.unpivot.value} if self.unpivot else set())

    def used_columns(self) -> set[str]:
        """Return the columns that rows are built from."""
        time, repeated, block = self.time, self.time.repeated, self.time.block
        names = {self.grid_column, self.region_column, self.node_column, self.unit_column, self.source_column}
        names |= {time.date, time.hour, time.part, time.period, time.zone_column, repeated.column if repeated else None}
        names |= {*as_columns(time.start), *as_columns(time.end), *as_columns(self.metric_column)}
        names |= {block.start, block.end, block.position, *block.fillForward} if block else set()
        names |= {self.collected_at.column if self.collected_at else None, *(value.column for value in self.values)}
        names |= {self.resolution.column if isinstance(self.resolution, ResolutionFrom) else None}
        return {name for name in (*names, *self.where, *self.where_not) if name}

    def columns(self) -> set[str]:
        """Return the columns that the file must have."""
        return (self.used_columns() | {part.column for part in self.extract}) - self.made_columns()


def as_columns(columns: Columns | None) -> tuple[str, ...]:
    """Return one or several columns as a tuple."""
    return () if columns is None else (columns,) if isinstance(columns, str) else columns


def read_description(path: Path) -> Description:
    """Read a description from a YAML file. Raises UsageError that names what is wrong."""
    try:
        return parse_description(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: the description cannot be read ({one_line(error)}). Check the file.") from None


def parse_description(text: str, name: str) -> Description:
    """Parse a description. Raises UsageError that names what is wrong."""
    try:
        return Description.model_validate(parse_yaml(text))
    except YamlFault as error:
        raise UsageError(f"{name}: is not valid YAML ({error}). Correct it.") from None
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        # Where a key takes a text or a mapping, a faulty mapping is also reported as no text.
        first = next((fault for fault in faults if fault["type"] != "string_type"), faults[0])
        names = [str(part) for part in first["loc"] if "[" not in str(part) and part != "ResolutionFrom"]
        where = ".".join(names) or "the description"
        raise UsageError(f"{name}: {where}: {first['msg']}. Correct the description.") from None


def shipped_descriptions() -> list[Description]:
    """Return the descriptions of this package, by name."""
    folder = resources.files("loaders.formats") / "descriptions"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".yml")), key=lambda file: file.name)
    return [parse_description(file.read_text(encoding="utf-8"), file.name) for file in files]
