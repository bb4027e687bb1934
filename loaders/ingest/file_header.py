"""The columns of a file and a few of their texts: what each is read as, and what it could be."""

import csv
import re
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from loaders.canonical.times import parse_times
from loaders.errors import LoadError
from loaders.formats import ReadOptions
from loaders.formats.column_mapping import MEASURE, match_columns
from loaders.formats.described.description import as_columns, read_description, shipped_descriptions
from loaders.formats.evidence.interval_edges import edge_in_name
from loaders.formats.readers.byte_stream import PARQUET_MAGIC, chunks

SAMPLE_LINES = 50
_NUMBER = re.compile(r"[+-]?\d[\d.,]*(?:[eE][+-]?\d+)?")
_TIME = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{8}T?\d{0,6}")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{8}")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?")


@dataclass(frozen=True)
class FileHeader:
    """Names of the columns; for a delimited text also its delimiter and the texts of some lines."""

    names: list[str]
    delimiter: str = ","
    lines: list[list[str]] = field(default_factory=list)

    def texts(self, name: str) -> list[str]:
        """Return the texts of one column that are not empty."""
        place = self.names.index(name)
        return [line[place].strip() for line in self.lines if len(line) > place and line[place].strip()]

    def times(self) -> list[str]:
        """Return the columns that hold times."""
        return [name for name in self.names if self._all(name, _TIME)]

    def dates(self) -> list[str]:
        """Return the columns that hold dates without a time of day."""
        return [name for name in self.names if self._all(name, _DATE, whole=True)]

    def clocks(self) -> list[str]:
        """Return the columns that hold times of day without a date."""
        return [name for name in self.names if self._all(name, _CLOCK, whole=True)]

    def numbers(self) -> list[str]:
        """Return the columns that hold numbers."""
        return [name for name in self.names if self._all(name, _NUMBER, whole=True)]

    def _all(self, name: str, pattern: re.Pattern[str], whole: bool = False) -> bool:
        texts = [text for text in self.texts(name) if any(sign.isdigit() for sign in text)]
        return bool(texts) and all(pattern.fullmatch(text) if whole else pattern.match(text) for text in texts)


def read_header(path: Path) -> FileHeader:
    """Return the header of a delimited text or Parquet file; without names for another kind of file."""
    try:
        start = next(chunks(path), b"")
        if start.startswith(PARQUET_MAGIC):
            import pyarrow.parquet as pq

            return FileHeader(pq.read_schema(path).names)
    except (LoadError, OSError, ValueError):
        return FileHeader([])
    lines = start[: 1 << 16].decode(errors="replace").splitlines()[:SAMPLE_LINES]
    if not lines or lines[0].lstrip()[:1] in "[{<":
        return FileHeader([])
    delimiter = max(",;\t|", key=lines[0].count)
    rows = list(csv.reader(lines, delimiter=delimiter))
    return FileHeader([name.strip() for name in rows[0]], delimiter, rows[1:])


def column_roles(header: FileHeader, format_name: str, path: Path, options: ReadOptions) -> dict[str, str | None]:
    """Return what each column is read as, None where it is not read. Raises LoadError for unusable columns."""
    if format_name in ("long", "wide", "gridstatus"):
        places = _choose(header.names, format_name, path, options)
        roles = {index: role for role, index in places.items()}
        return {
            name: roles[index].replace(MEASURE, "values of ") if index in roles else None
            for index, name in enumerate(header.names)
        }
    roles_by_name = _described_roles(format_name)
    return {name: roles_by_name.get(name) for name in header.names or roles_by_name}


def _choose(names: list[str], format_name: str, path: Path, options: ReadOptions) -> dict[str, int]:
    from loaders.formats import gridstatus, wide

    choose = {"long": match_columns, "wide": wide.choose_columns, "gridstatus": gridstatus.choose_columns}[format_name]
    return choose(names, path, options)


def _described_roles(name: str) -> dict[str, str]:
    by_name = {description.name: description for description in shipped_descriptions()}
    if name.endswith((".yml", ".yaml")):
        by_name[name] = read_description(Path(name))
    if name not in by_name:
        return {}
    description = by_name[name]
    roles = {value.column: f"values of {value.metric or 'metrics'}" for value in description.values}
    named: dict[str | None, str] = {
        **dict.fromkeys(as_columns(description.time.start), "interval_start"),
        **dict.fromkeys(as_columns(description.time.end), "interval_end"),
        description.time.date: "date",
        description.time.hour: "hour",
        description.time.zone_column: "time zone",
        description.grid_column: "grid",
        description.node_column: "node",
        **dict.fromkeys(as_columns(description.metric_column), "metric"),
        description.collected_at.column if description.collected_at else None: "collected_at",
    }
    return {column: role for column, role in named.items() if column} | roles


def suggest_mapping(header: FileHeader, options: ReadOptions) -> list[tuple[str, str]]:
    """Return pairs of what is unclear and the option that could settle it, for a file that no format reads."""
    present = {name.lower() for name in header.names} | set(options.column_map.values())
    questions = []
    if header.lines and header.dates() and header.clocks():
        both = f"the columns {header.dates()[0]} and {header.clocks()[0]} hold dates and times of day"
        questions.append((both, "a description; --write mine.yml drafts one"))
    elif header.lines and not {"interval_start", "interval_end"} & present:
        questions += [(f"the column {name} holds times", f"--map '{name}={_role_of(name)}'") for name in header.times()]
    if header.lines and "value" not in present:
        numbers = [name for name in header.numbers() if name not in header.times()]
        questions += [(f"the column {name} holds numbers", f"--map '{name}=value'") for name in numbers]
        if len(numbers) > 1:
            questions.append(("several columns hold numbers; each may be a node", "--format wide"))
    missing = [name for name in ("grid", "region", "node", "metric") if name not in present]
    questions += [(f"the {name} is not stated", f"--{name}") for name in missing if getattr(options, name) is None]
    return questions


def _role_of(name: str) -> str:
    """Return the role that a column of times has by its name: the start, where the name says nothing."""
    return "interval_end" if edge_in_name(name) == "end" else "interval_start"


def has_offsets(texts: list[str]) -> bool:
    """Return whether times carry an offset."""
    return bool(texts) and not parse_times(pa.array(texts, pa.string())).faults
