"""The file that describes a scheduled run. It is validated completely before anything runs."""

import dataclasses
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from loaders.errors import UsageError, WarehouseError
from loaders.formats import AUTO, ReadOptions, format_named
from loaders.ingest.live.dataset import LiveDataset
from loaders.ingest.live.live_data import check_dataset
from loaders.ingest.pipeline import IngestOptions
from loaders.messages import join_names, one_line
from loaders.yaml_text import YamlFault, parse_yaml

# Those of ReadOptions that a source has itself, or that belong to one file.
READ_OPTIONS = {field.name for field in dataclasses.fields(ReadOptions)}
LOAD_OPTIONS = {"create_missing", "grid_time_zone", "max_rejects", "collected_at_basis"}
Limit = Annotated[timedelta, Field(gt=timedelta(0))]


class Strict(BaseModel):
    """A part of the file. An unknown key is an error."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Pull(Strict):
    """Live data of a market through the library gridstatus, or of an area through ENTSO-E."""

    iso: str = Field(description="The market: CAISO, ERCOT, ISONE, MISO, NYISO, PJM, SPP; or ENTSOE.")
    area: str | None = Field(default=None, description="With ENTSOE: the area, such as DE_LU.")
    dataset: str = Field(description="What get_DATASET of gridstatus returns: load, load_forecast …; or of ENTSO-E.")
    days: int = Field(
        default=2, ge=1, le=366, description="The overlap: how many days before the end of the last pull to begin."
    )
    metric: str | None = Field(default=None, description="The metric of a table whose columns are all zones.")
    resolution: str | None = Field(default=None, description="If the table has no Interval End, such as PT5M.")

    @model_validator(mode="after")
    def _check(self) -> "Pull":
        try:
            check_dataset(self.live_dataset(None))
        except UsageError as error:
            raise ValueError(str(error)) from None
        return self

    def live_dataset(self, source: str | None) -> LiveDataset:
        """Return what is fetched, with who publishes it."""
        return LiveDataset(self.iso, self.dataset, self.area, source, self.metric, self.resolution)

    def first_start(self, today: date) -> str:
        """Return the first day of the first pull."""
        return (today - timedelta(days=self.days)).isoformat()


class Source(Strict):
    """Files of a folder, or live data."""

    name: str = Field(min_length=1, description="A name for the summary.")
    folder: Path | None = Field(default=None, description="Folder of the files, relative to this file.")
    pattern: str = Field(default="*", min_length=1, description="Which files; **/*.csv also those in folders below.")
    format: str = Field(default=AUTO, description="A format, auto to recognise it, or a description (.yml).")
    command: list[str] | None = Field(
        default=None, min_length=1, description="Program and arguments that put files into the folder; run first."
    )
    pull: Pull | None = Field(default=None, description="Fetch live data instead of reading files.")
    source: str | None = Field(default=None, description="Who publishes the rows.")
    options: dict[str, Any] = Field(
        default_factory=dict, description="Options of `ingest`, with underscores: time_zone, create_missing, unit …"
    )

    @model_validator(mode="after")
    def _check(self) -> "Source":
        if (self.folder is None) == (self.pull is None):
            raise ValueError("a source has either a folder or a pull")
        if self.pull is not None and self.command is not None:
            raise ValueError("a pull has no command")
        allowed = (READ_OPTIONS | LOAD_OPTIONS) - {"source"}
        if self.pull is not None:
            allowed = {"create_missing", "max_rejects"}
        if unknown := self.options.keys() - allowed:
            raise ValueError(f"unknown options {join_names(sorted(unknown))}; available: {', '.join(sorted(allowed))}")
        most = self.options.get("max_rejects", 0)
        if isinstance(most, bool) or not isinstance(most, int | float) or most < 0 or (most > 1 and most % 1):
            raise ValueError("max_rejects is a number of rows, or a share such as 0.1")
        return self

    def ingest_options(self) -> IngestOptions:
        """Return the options of its loads. Raises WarehouseError for an unknown format or an invalid option."""
        read = {name: value for name, value in self.options.items() if name in READ_OPTIONS}
        load = {name: value for name, value in self.options.items() if name in LOAD_OPTIONS}
        return IngestOptions(format=self.format, read=ReadOptions(source=self.source, **read), why="run", **load)


class Report(Strict):
    """A notebook that is written as a page after a build."""

    notebook: str
    out: Path = Field(description="The page, relative to this file.")
    parameters: dict[str, str] = Field(default_factory=dict)


class Limits(Strict):
    """How long a step may take, as ISO 8601 durations."""

    command: Limit = timedelta(minutes=30)
    load: Limit = timedelta(hours=2)
    build: Limit = timedelta(hours=2)
    check: Limit = timedelta(minutes=30)
    report: Limit = timedelta(minutes=30)
    maintain: Limit = timedelta(hours=1)


class RunConfig(Strict):
    """A scheduled run: sources, and what follows when something changed."""

    sources: list[Source] = Field(min_length=1)
    check: bool = Field(default=True, description="Run both checks after a build.")
    reports: list[Report] = Field(default_factory=list)
    maintain: bool = Field(default=True, description="Once a day: partitions, vacuum, old results.")
    keep_days: int = Field(default=400, ge=30, description="How long results of checks and records of runs are kept.")
    attempts: int = Field(
        default=3, ge=1, le=10, description="How often a step is tried that fails for a transient reason."
    )
    limits: Limits = Field(default_factory=Limits)

    @model_validator(mode="after")
    def _names_differ(self) -> "RunConfig":
        names = [source.name for source in self.sources]
        if double := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two sources have the name {join_names(sorted(double))}")
        return self


def read_config(path: Path) -> RunConfig:
    """Return the run that a file describes, paths made absolute. Raises UsageError that names every fault."""
    try:
        content = parse_yaml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}). Write one with: warehouse init") from None
    except (YamlFault, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid YAML ({one_line(error)}). Fix it.") from None
    try:
        config = RunConfig.model_validate(content)
    except ValidationError as error:
        faults = "; ".join(f"{_position(fault['loc'])}: {fault['msg']}" for fault in error.errors(include_url=False))
        raise UsageError(f"{path} is not valid ({faults}). Nothing was run.") from None
    return _resolve(path, config)


def config_schema() -> str:
    """Return the JSON schema of the file, for editors."""
    return json.dumps(RunConfig.model_json_schema(), indent=2) + "\n"


def _resolve(path: Path, config: RunConfig) -> RunConfig:
    folder = path.resolve().parent
    for source in config.sources:
        source.folder = None if source.folder is None else folder / source.folder.expanduser()
        if source.format.endswith((".yml", ".yaml")) and "/" in source.format:
            source.format = str(folder / source.format)
        try:
            options = source.ingest_options()
            if source.format != AUTO:
                format_named(source.format).source(options.read)
        except (WarehouseError, TypeError, ValueError) as error:
            raise UsageError(
                f"{path}: source {source.name} is not valid. {one_line(error)}. Nothing was run."
            ) from None
    for report in config.reports:
        report.out = folder / report.out.expanduser()
    return config


def _position(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location)) or "file"
