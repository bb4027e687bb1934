"""What the caller may say about a file, and what a format is."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from loaders.errors import LoadError, UsageError
from loaders.sources.batch import OPTIONAL, REQUIRED
from loaders.times import zone_named


@dataclass(frozen=True)
class ReadOptions:
    """What the file itself does not say. Raises UsageError when it makes no sense.

    source: who delivers, for rows that do not say; metric: which metric to take, or that of all rows where the file has
    no such column; time_zone: IANA zone of times without an offset; collected_at: knowledge time of all rows (with an
    offset); column_map: the file's column name → canonical name.
    """

    source: str | None = None
    metric: str | None = None
    time_zone: str | None = None
    collected_at: datetime | None = None
    column_map: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if self.time_zone is not None:
            zone_named(self.time_zone)
        if self.collected_at is not None and self.collected_at.tzinfo is None:
            raise UsageError(f"The collected_at {self.collected_at} has no offset; add one, or Z for UTC.")
        for theirs, ours in self.column_map.items():
            if ours not in REQUIRED + OPTIONAL:
                raise UsageError(
                    f"Column {theirs!r} is mapped to {ours!r}; map it to one of {', '.join(REQUIRED + OPTIONAL)}."
                )
        if len(set(self.column_map.values())) < len(self.column_map):
            raise UsageError("Two columns are mapped to the same canonical column; map one of them only.")

    @property
    def collected_text(self) -> str | None:
        """collected_at in its one spelling, ISO 8601 in UTC."""
        return None if self.collected_at is None else utc_text(self.collected_at)


Tables = Callable[[Path, ReadOptions], Iterator[pa.Table]]


@dataclass(frozen=True)
class Source:
    """A file format.

    default_source, collected_at_basis and default_resolution are what holds where the caller or the row says nothing
    else; time_zone_of gives the IANA zone of a grid that is to be registered, None where the format does not know.
    """

    name: str
    summary: str
    default_source: str
    collected_at_basis: str
    default_resolution: str
    time_zone_of: Callable[[str], str | None]
    tables: Tables
    meaning: Callable[[Path, ReadOptions], dict[str, object]]

    def read(self, path: Path | str, options: ReadOptions | None = None) -> Iterator[pa.Table]:
        """Canonical batches (loaders.sources.batch.SCHEMA) of the file, streamed; each holds some MB.

        Raises LoadError, when the first batch is asked for or at any later one: then nothing of the file may be kept.
        """
        yield from self.guarded(self.tables, Path(path), options or ReadOptions())

    def guarded(self, tables: Tables, path: Path, options: ReadOptions) -> Iterator[pa.Table]:
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
        options = options or ReadOptions()
        said = {"format": self.name, "source": self.source(options), **self.meaning(Path(path), options)}
        return json.dumps({name: value for name, value in said.items() if value}, sort_keys=True)

    def source(self, options: ReadOptions | None = None) -> str:
        """The source of rows that do not say their own."""
        return (options and options.source) or self.default_source


def utc_text(instant: datetime) -> str:
    """ISO 8601 in UTC, ending in Z."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
