"""What the caller may say about a file, and what a format is."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from loaders.canonical.batch import CANONICAL
from loaders.canonical.durations import parse_resolution
from loaders.canonical.times import time_zone_named
from loaders.errors import LoadError, UsageError
from loaders.formats.filename_time import instant_in_name


@dataclass(frozen=True)
class ReadOptions:
    """What the file itself does not say. Raises UsageError when it makes no sense.

    source: who delivers, for rows that do not say; metric: which metric to take, or that of all rows where the file has
    no such column; grid, region, unit, resolution: of all rows, where the file has no such column.
    time_zone: IANA zone of times without an offset; repeated_hours: "order" where the file's order tells the two hours
    apart that the clocks repeat; time_column: the column of a wide file that starts the interval.
    collected_at: knowledge time of all rows (with an offset); collected_at_column: the column of a wide file that holds
    it; collected_at_pattern: where the file's name holds it (see loaders.formats.filename_time).
    column_map: the file's column name → canonical name.
    """

    source: str | None = None
    metric: str | None = None
    time_zone: str | None = None
    collected_at: datetime | None = None
    column_map: Mapping[str, str] = field(default_factory=dict, hash=False)
    grid: str | None = None
    region: str | None = None
    unit: str | None = None
    resolution: str | None = None
    time_column: str | None = None
    collected_at_column: str | None = None
    collected_at_pattern: str | None = None
    repeated_hours: str | None = None

    def __post_init__(self) -> None:
        if self.time_zone is not None:
            time_zone_named(self.time_zone)
        if self.collected_at is not None and self.collected_at.tzinfo is None:
            raise UsageError(f"The collected_at {self.collected_at} has no offset; add one, or Z for UTC.")
        if self.repeated_hours not in (None, "order"):
            raise UsageError(f"There is no rule {self.repeated_hours!r} for repeated hours; the one rule is order.")
        if self.resolution is not None:
            self._check_resolution(self.resolution)
        if sum(way is not None for way in (self.collected_at, self.collected_at_column, self.collected_at_pattern)) > 1:
            raise UsageError("Say only once when the numbers were collected: as a time, a column or a pattern.")
        self._check_map()

    def _check_resolution(self, text: str) -> None:
        try:
            parse_resolution(text)
        except ValueError as error:
            raise UsageError(str(error)) from None

    def _check_map(self) -> None:
        for theirs, ours in self.column_map.items():
            if ours not in CANONICAL:
                raise UsageError(f"Column {theirs!r} is mapped to {ours!r}; map it to one of {', '.join(CANONICAL)}.")
        if len(set(self.column_map.values())) < len(self.column_map):
            raise UsageError("Two columns are mapped to the same canonical column; map one of them only.")

    @property
    def collected_text(self) -> str | None:
        """collected_at in its one spelling, ISO 8601 in UTC."""
        return None if self.collected_at is None else utc_text(self.collected_at)

    def named(self) -> dict[str, object]:
        """The options that are set, each as plain text or a dictionary; source left out."""
        said = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "source"}
        said |= {"collected_at": self.collected_text, "column_map": dict(sorted(self.column_map.items()))}
        return {name: value for name, value in said.items() if value}

    def for_file(self, path: Path) -> "ReadOptions":
        """The same with the knowledge time that the file's name holds. Raises LoadError where it holds none."""
        if self.collected_at_pattern is None:
            return self
        moment = instant_in_name(path, self.collected_at_pattern, self.time_zone)
        return replace(self, collected_at=moment, collected_at_pattern=None)


# Options that formats heed together: what is said for all rows, how local times are read, when the numbers were known.
SAID = frozenset(("metric", "grid", "region", "unit", "resolution"))
LOCAL_TIMES = frozenset(("time_zone", "repeated_hours"))
KNOWN_AT = frozenset(("collected_at", "collected_at_pattern"))

Tables = Callable[[Path, ReadOptions], Iterator[pa.Table]]
Frames = Callable[[pa.Table, Path, ReadOptions], Iterator[pa.Table]]


@dataclass(frozen=True)
class Source:
    """A file format.

    default_source, collected_at_basis and default_resolution are what holds where the caller or the row says nothing
    else; time_zone_of gives the IANA zone of a grid that is to be registered, None where the format does not know.
    takes: the names of the ReadOptions that it heeds besides source. frames: reads a table in memory, named by a path.
    """

    name: str
    summary: str
    default_source: str
    collected_at_basis: str
    default_resolution: str
    time_zone_of: Callable[[str], str | None]
    tables: Tables
    meaning: Callable[[Path, ReadOptions], dict[str, object]]
    takes: frozenset[str]
    frames: Frames | None = None

    def read(self, path: Path | str, options: ReadOptions | None = None) -> Iterator[pa.Table]:
        """Canonical batches (loaders.canonical.batch.SCHEMA) of the file, streamed; each holds some MB.

        Raises LoadError, when the first batch is asked for or at any later one: then nothing of the file may be kept.
        """
        yield from self._guarded(self.tables, Path(path), self._checked(options).for_file(Path(path)))

    def read_frame(self, table: pa.Table, name: str, options: ReadOptions | None = None) -> Iterator[pa.Table]:
        """The same for a table in memory; messages call it name. Raises UsageError for a format of files only."""
        frames = self.frames
        if frames is None:
            raise UsageError(f"The format {self.name} is one of files only; save the frame, or give it as long.")
        options = self._checked(options).for_file(Path(name))
        yield from self._guarded(lambda path, chosen: frames(table, path, chosen), Path(name), options)

    def _checked(self, options: ReadOptions | None) -> ReadOptions:
        """Raises UsageError for an option that the format would not heed."""
        options = options or ReadOptions()
        heeded = self.takes | ({"time_zone"} if options.collected_at_pattern else set())
        if unheeded := sorted(set(options.named()) - heeded):
            raise UsageError(f"The format {self.name} has no use for {', '.join(unheeded)}; leave it out.")
        return options

    def _guarded(self, tables: Tables, path: Path, options: ReadOptions) -> Iterator[pa.Table]:
        """What tables yields, but zero rows and whatever it could not make sense of are a LoadError."""
        rows = 0
        try:
            for table in tables(path, options):
                rows += len(table)
                yield table
        except (TypeError, UnicodeError, pa.ArrowException) as error:
            why = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
            raise LoadError(f"{path}: cannot be read as {self.name} ({why}); check the format.") from error
        if not rows:
            raise LoadError(f"{path}: holds no rows; nothing was loaded. Check that the file is complete.")

    def identity(self, path: Path | str, options: ReadOptions | None = None) -> str:
        """All that changes the meaning of the file's bytes, as one text: same bytes and same identity, same load.

        Raises LoadError where the format needs something of the file's name that it does not have.
        """
        options = self._checked(options).for_file(Path(path))
        said = {"format": self.name, "source": self.source(options), **self.meaning(Path(path), options)}
        return json.dumps({name: value for name, value in said.items() if value}, sort_keys=True)

    def basis(self, options: ReadOptions | None = None) -> str:
        """How the knowledge time came about: published, observed (the caller says it) or inferred (from a name)."""
        if options and options.collected_at_pattern is not None:
            return "inferred"
        return "observed" if options and options.collected_at is not None else self.collected_at_basis

    def source(self, options: ReadOptions | None = None) -> str:
        """The source of rows that do not say their own."""
        return (options and options.source) or self.default_source


def utc_text(instant: datetime) -> str:
    """ISO 8601 in UTC, ending in Z."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
