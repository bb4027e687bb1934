"""Define file formats, and the options that a caller may pass about a file."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from loaders.canonical.batch import CANONICAL
from loaders.canonical.durations import spell_resolution
from loaders.canonical.times import time_zone_named
from loaders.errors import LoadError, UsageError
from loaders.formats.filename_time import parse_name


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """What the file itself does not state. Raises UsageError for invalid values.

    Args:
        source: who delivers, for rows that do not name a source.
        metric: which metric to take, or the metric of all rows where the file has no such column.
        grid, region, node, unit, resolution: of all rows, where the file has no such column.
        time_zone: IANA name of the zone of times without an offset.
        times_are: "start" or "end", where nothing else says which edge of the interval the times are.
        repeated_hours: "order" where the order of the rows separates the two hours that the clocks repeat.
        time_column: the column of a wide file with the start of the interval.
        collected_at: knowledge time of all rows (with an offset).
        collected_at_mtime: the knowledge time is the time of the file's last change.
        collected_at_zone: IANA name of the zone of knowledge times without an offset; else it is time_zone.
        collected_at_column: the column of a wide file with the knowledge time.
        collected_at_pattern: where the file's name holds the knowledge time (see loaders.formats.filename_time).
        decimal_char: the decimal sign of a text file, "." or ","; the other sign groups thousands.
        blanks: "withdrawn" where an empty value withdraws the value; by default it states nothing.
        column_map: the file's column name → canonical name.
        ignore: names of columns to leave out.
        totals: nodes that are the sum of others, whose rows are left out.
        where_not: COLUMN=TEXT of rows to leave out, such as quality=bad.
        missing: texts or numbers that state no value, such as -999.
        valid: numbers that are values, though they look like marks of missing ones, such as 99999.
    """

    source: str | None = None
    metric: str | None = None
    time_zone: str | None = None
    collected_at: datetime | None = None
    column_map: Mapping[str, str] = field(default_factory=dict, hash=False)
    grid: str | None = None
    region: str | None = None
    node: str | None = None
    unit: str | None = None
    resolution: str | None = None
    time_column: str | None = None
    collected_at_column: str | None = None
    collected_at_pattern: str | None = None
    repeated_hours: str | None = None
    times_are: str | None = None
    decimal_char: str | None = None
    blanks: str | None = None
    collected_at_zone: str | None = None
    collected_at_mtime: bool = False
    ignore: tuple[str, ...] = ()
    totals: tuple[str, ...] = ()
    where_not: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    valid: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("ignore", "totals", "where_not", "missing", "valid"):
            # From YAML and Python they may come as a list, as numbers, or as one text.
            stated = getattr(self, name)
            texts = (stated,) if isinstance(stated, str | float | int) else stated
            object.__setattr__(self, name, tuple(map(str, texts)))
        for zone in (self.time_zone, self.collected_at_zone):
            if zone is not None:
                time_zone_named(zone)
        if self.collected_at is not None and self.collected_at.tzinfo is None:
            raise UsageError(f"collected_at {self.collected_at} has no offset. Add one, or Z for UTC.")
        if self.decimal_char not in (None, ".", ","):
            raise UsageError(f"Unknown decimal sign {self.decimal_char!r}. Use a point or a comma.")
        if self.blanks not in (None, "withdrawn"):
            raise UsageError(f"Unknown meaning {self.blanks!r} of blanks. The only one to pass is withdrawn.")
        if self.repeated_hours not in (None, "order"):
            raise UsageError(f"Unknown rule {self.repeated_hours!r} for repeated hours. The only rule is order.")
        if self.times_are not in (None, "start", "end"):
            raise UsageError(f"Unknown edge {self.times_are!r} of the intervals. Use start or end.")
        if self.times_are == "end":
            ends = {"interval_start": "interval_end"}
            roles = {name: ends.get(target, target) for name, target in self.column_map.items()}
            object.__setattr__(self, "column_map", roles)
        if self.resolution is not None:
            self._check_resolution(self.resolution)
        if text := next((text for text in self.where_not if text.find("=") < 1), None):
            raise UsageError(f"{text!r} is not valid for where_not. Write it as COLUMN=TEXT, such as quality=bad.")
        for text in self.valid:
            try:
                float(text)
            except ValueError:
                raise UsageError(f"{text!r} in valid is not a number. Write it like -999 or 99999.5.") from None
        ways = (self.collected_at, self.collected_at_column, self.collected_at_pattern, self.collected_at_mtime or None)
        if sum(way is not None for way in ways) > 1:
            raise UsageError(
                "The knowledge time is set more than once. Pass one of collected_at, collected_at_column, "
                "collected_at_pattern and collected_at_mtime."
            )
        self._check_map()

    def _check_resolution(self, text: str) -> None:
        try:
            spell_resolution(text)
        except ValueError as error:
            raise UsageError(str(error)) from None

    def _check_map(self) -> None:
        for column, target in self.column_map.items():
            if target not in CANONICAL:
                raise UsageError(f"Column {column!r} is mapped to {target!r}. Map it to one of {', '.join(CANONICAL)}.")
        if len(set(self.column_map.values())) < len(self.column_map):
            raise UsageError("Two columns are mapped to the same canonical column. Map only one of them.")

    @property
    def excluded_texts(self) -> dict[str, list[str]]:
        """Return where_not as column → texts."""
        texts: dict[str, list[str]] = {}
        for item in self.where_not:
            column, _, text = item.partition("=")
            texts.setdefault(column.strip(), []).append(text.strip())
        return texts

    @property
    def valid_numbers(self) -> tuple[float, ...]:
        """Return valid as numbers."""
        return tuple(map(float, self.valid))

    @property
    def collected_text(self) -> str | None:
        """Return collected_at as ISO 8601 in UTC."""
        return None if self.collected_at is None else utc_text(self.collected_at)

    def named(self) -> dict[str, object]:
        """Return the options that are set, as text or dictionaries, without source."""
        values = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "source"}
        values |= {"collected_at": self.collected_text, "column_map": dict(sorted(self.column_map.items()))}
        return {name: value for name, value in values.items() if value}

    def for_file(self, path: Path) -> "ReadOptions":
        """Return the options with the knowledge time of the file's name. Raises LoadError where the name has none."""
        if self.collected_at_mtime:
            changed = datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.is_file() else datetime.now(UTC)
            return replace(self, collected_at=changed, collected_at_mtime=False)
        if self.collected_at_pattern is None:
            return self
        zone = self.collected_at_zone or self.time_zone
        collected_at = parse_name(path, self.collected_at_pattern, zone)
        return replace(self, collected_at=collected_at, collected_at_pattern=None)


# Groups of options: values of all rows, how local times are read, and the knowledge time.
CONSTANT_OPTIONS = frozenset(("metric", "grid", "region", "unit", "resolution"))
LOCAL_TIME_OPTIONS = frozenset(("time_zone", "repeated_hours", "times_are", "collected_at_zone"))
VALUE_OPTIONS = frozenset(("missing", "valid"))
NUMBER_OPTIONS = frozenset(("decimal_char", "blanks", *VALUE_OPTIONS))
COLLECTED_AT_OPTIONS = frozenset(("collected_at", "collected_at_pattern", "collected_at_mtime"))

# Texts that publishers and spreadsheets write where there is no value; "" and null are always among them.
MISSING_TOKENS = ("-", "--", "na", "n/a", "n.a.", "n/e", "#n/a", "nan", "null", "none")

ReadFile = Callable[[Path, ReadOptions], Iterator[pa.Table]]
ReadTable = Callable[[pa.Table, Path, ReadOptions], Iterator[pa.Table]]


@dataclass(frozen=True)
class FileFormat:
    """A file format.

    Args:
        default_source, default_collected_at_basis, default_resolution: apply where neither the caller nor the row
            states another.
        time_zone_of: returns the IANA zone of a grid that is to be registered, or None.
        calendar_zone: the IANA zone of the weeks, months and years of the file, where its description names it.
        read_file: yields canonical batches of a file.
        identity_fields: returns what gives the file's bytes their meaning.
        accepted_options: the names of the ReadOptions that the format uses, besides source.
        read_table: yields canonical batches of a table in memory, named by a path.
        is_resolution_fixed: the default resolution is what the publisher states, not an assumption.
    """

    name: str
    summary: str
    default_source: str
    default_collected_at_basis: str
    default_resolution: str
    time_zone_of: Callable[[str], str | None]
    read_file: ReadFile
    identity_fields: Callable[[Path, ReadOptions], dict[str, object]]
    accepted_options: frozenset[str]
    read_table: ReadTable | None = None
    is_resolution_fixed: bool = False
    calendar_zone: str | None = None

    def read(self, path: Path | str, options: ReadOptions | None = None) -> Iterator[pa.Table]:
        """Yield canonical batches (loaders.canonical.batch.SCHEMA) of the file, of some MB each.

        Raises LoadError at the first or any later batch. Then nothing of the file may be kept.
        """
        path = Path(path)
        if not path.exists():
            raise LoadError(f"{path}: the file does not exist. Check the path.")
        yield from self._guarded(self.read_file, path, self._checked(options).for_file(path))

    def read_frame(self, table: pa.Table, name: str, options: ReadOptions | None = None) -> Iterator[pa.Table]:
        """Yield canonical batches of a table; messages call it name. Raises UsageError for files-only formats."""
        read_table = self.read_table
        if read_table is None:
            raise UsageError(f"The format {self.name} reads files only. Save the frame, or use the format long.")
        options = self._checked(options).for_file(Path(name))
        yield from self._guarded(lambda path, checked: read_table(table, path, checked), Path(name), options)

    def _checked(self, options: ReadOptions | None) -> ReadOptions:
        """Return the options. Raises UsageError for an option that the format does not use."""
        options = options or ReadOptions()
        zones = {"time_zone", "collected_at_zone"} if options.collected_at_pattern else set()
        accepted = self.accepted_options | zones
        if unused := sorted(set(options.named()) - accepted):
            raise UsageError(f"The format {self.name} does not use {', '.join(unused)}. Remove it.")
        return options

    def _guarded(self, read: ReadFile, path: Path, options: ReadOptions) -> Iterator[pa.Table]:
        """Yield what read yields. Raises LoadError for zero rows and for content of an unexpected type."""
        rows = 0
        try:
            for table in read(path, options):
                rows += len(table)
                yield table
        except LoadError as error:
            if str(path) not in str(error):
                error.args = (f"{path}: {error}",)
            raise
        except (TypeError, UnicodeError, pa.ArrowException) as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
            raise LoadError(f"{path}: cannot be read as {self.name} ({reason}). Check the format.") from error
        if not rows:
            raise LoadError(f"{path}: has no rows. Nothing was loaded; check that the file is complete.")

    def identity(self, path: Path | str, options: ReadOptions | None = None) -> str:
        """Return everything that changes the meaning of the bytes. Same bytes and same identity are the same load.

        Raises LoadError where the format needs a part of the file's name that is missing.
        """
        options = self._checked(options).for_file(Path(path))
        values = {"format": self.name, "source": self.source(options), **self.identity_fields(Path(path), options)}
        return json.dumps({name: value for name, value in values.items() if value}, sort_keys=True)

    def collected_at_basis(self, options: ReadOptions | None = None) -> str:
        """Return the basis: published, observed (stated by the caller) or inferred (from a name)."""
        if options and (options.collected_at_pattern is not None or options.collected_at_mtime):
            return "inferred"
        return "observed" if options and options.collected_at is not None else self.default_collected_at_basis

    def source(self, options: ReadOptions | None = None) -> str:
        """Return the source of rows that do not name one."""
        return (options and options.source) or self.default_source


def utc_text(timestamp: datetime) -> str:
    """Return ISO 8601 in UTC, ending in Z."""
    return timestamp.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
