"""Find out what would be read from a file or frame, and what is unclear, without a database."""

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.batch import SCHEMA
from loaders.canonical.rejects import BLANK, Reason
from loaders.errors import LoadError, UsageError, WarehouseError
from loaders.formats import AUTO, FileFormat, ReadOptions, format_named, recognise_format
from loaders.ingest.file_header import FileHeader, column_roles, read_header, suggest_mapping
from loaders.ingest.frames import to_arrow
from loaders.ingest.interval_lengths import UNCLEAR_LENGTH, show_daily_resolutions
from loaders.ingest.total_nodes import find_computed_node
from loaders.messages import one_line, suggest_names
from loaders.notices import collect_notices

SHOWN_ROWS = 3
SHOWN_CLOCK_CHANGES = 8
PLACEHOLDER = "?"
NAMES = ("grid", "region", "node", "metric")
_KNOWLEDGE_PLACEHOLDER = datetime(2000, 1, 1, tzinfo=UTC)
_SERIES = ("grid", "region", "node", "metric", "source", "unit", "resolution")


@dataclass(frozen=True)
class Unclear:
    """Something that the file does not state, and the option that settles it."""

    what: str
    option: str


@dataclass
class Inspection:
    """What would be read.

    Attributes:
        name: The file or frame.
        format: The format, and `why` it is the one.
        columns: Column of the file → its role, None where it is not read.
        series: Names of each series (grid … resolution) with its rows; at most 20.
        rows: Counts of the rows: read, good, blank, and rejected by reason.
        facts: Zone, resolution, unit, knowledge time, meaning of a blank.
        first, last: Rows as they would be stored: UTC, local time, value, unit and names.
        clock_changes: Rows on days on which the clocks change.
        rejected: Reason → number and content of the first row.
        notices: What was inferred or left out.
        unclear: What the file does not state, each with an option.
        error: Why nothing could be read, or None.
    """

    name: str
    format: str = ""
    why: str = ""
    columns: dict[str, str | None] = field(default_factory=dict)
    series: list[dict[str, Any]] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    first: list[dict[str, Any]] = field(default_factory=list)
    last: list[dict[str, Any]] = field(default_factory=list)
    clock_changes: list[dict[str, Any]] = field(default_factory=list)
    rejected: dict[str, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    unclear: list[Unclear] = field(default_factory=list)
    error: str | None = None


def inspect_file(path: Path, format: str = AUTO, read: ReadOptions | None = None) -> Inspection:
    """Return what would be read from a file. Raises UsageError for an unknown format."""
    options = read or ReadOptions()
    inspection = Inspection(str(path))
    header = read_header(path)
    try:
        if format == AUTO:
            recognition = recognise_format(path, _complete(options, header, inspection))
            file_format, inspection.why = recognition.file_format, recognition.why
        else:
            file_format, inspection.why = format_named(format), "you named it"
    except LoadError as error:
        inspection.error = str(error)
        inspection.columns = dict.fromkeys(header.names)
        inspection.unclear += [Unclear(*pair) for pair in suggest_mapping(header, options)]
        return inspection
    options = _complete(options, header, inspection) if file_format.name == "long" else options
    named = file_format.name if format == AUTO else format
    return _read(inspection, file_format, named, path, None, header, options)


def inspect_frame(frame: Any, *, format: str = "long", name: str = "frame", **read: Any) -> Inspection:
    """Return what load_frame would read from a table in memory; nothing is stored.

    Args:
        frame: pandas, Polars or Arrow table in the columns of `format`.
        format: Name of a format that reads tables.
        name: What messages call the frame.
        **read: Fields of loaders.formats.ReadOptions, such as time_zone, metric, grid or collected_at.

    Returns:
        Columns and their roles, counts of rows, series, first and last rows in UTC, and what is unclear.

    Raises:
        LoadError: The frame has an unsupported type.
        UsageError: An option is unknown or invalid.

    Examples:
        >>> import loaders
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"interval_start": ["2026-03-01T00:00Z"], "value": [812.5]})
        >>> found = loaders.inspect_frame(frame, grid="North", region="Coast", node="Harbour", metric="load")
        >>> found.rows["good"], [item.option for item in found.unclear]
        (1, ['--collected-at', '--unit', '--resolution'])
    """
    valid = ReadOptions.__dataclass_fields__
    if unknown := sorted(set(read) - set(valid)):
        raise UsageError(f"inspect_frame() got an unknown option {unknown[0]!r}. {suggest_names(unknown[0], valid)}")
    table = to_arrow(frame)
    inspection = Inspection(name, why="you named it")
    file_format, header = format_named(format), FileHeader(table.column_names)
    options = ReadOptions(**read)
    options = _complete(options, header, inspection) if file_format.name == "long" else options
    return _read(inspection, file_format, format, Path(name), table, header, options)


def _complete(options: ReadOptions, header: FileHeader, inspection: Inspection) -> ReadOptions:
    """Return the options with placeholders for what the long format misses; it is unclear."""
    present = {name.strip().lower() for name in header.names} | set(options.column_map.values())
    if not {"interval_start", "interval_end"} & present or "value" not in present:
        return options
    missing = [name for name in NAMES if name not in present and getattr(options, name) is None]
    for name in missing:
        _add(inspection, f"the {name} of the rows is not stated", f"--{name}")
    options = replace(options, **dict.fromkeys(missing, PLACEHOLDER))  # type: ignore[arg-type]
    ways = (options.collected_at, options.collected_at_pattern, options.collected_at_column)
    return options if "collected_at" in present or any(ways) else _ask_knowledge_time(options, inspection)


def _read(
    inspection: Inspection,
    file_format: FileFormat,
    named: str,
    path: Path,
    table: pa.Table | None,
    header: FileHeader,
    options: ReadOptions,
) -> Inspection:
    inspection.format = file_format.name
    options = _with_caller(file_format, options, inspection)
    try:
        with collect_notices() as notices:
            inspection.columns = column_roles(header, named, path, options)
            batches = (
                file_format.read(path, options) if table is None else file_format.read_frame(table, str(path), options)
            )
            rows = pa.concat_tables([_plain(batch) for batch in batches])
    except WarehouseError as error:
        inspection.error = one_line(error, 2000)
        if file_format.name == "long":
            inspection.unclear += [Unclear(*pair) for pair in suggest_mapping(header, options)]
        return inspection
    inspection.notices = [notice for notice in notices if not notice.startswith("ignored the columns")]
    _summarise(inspection, rows, file_format, options)
    return inspection


def _plain(batch: pa.Table) -> pa.Table:
    """Return the canonical columns with names as texts: dictionaries differ from batch to batch."""
    fields = [pa.field(item.name, pa.string() if pa.types.is_dictionary(item.type) else item.type) for item in SCHEMA]
    return batch.select(SCHEMA.names).cast(pa.schema(fields))


def _with_caller(file_format: FileFormat, options: ReadOptions, inspection: Inspection) -> ReadOptions:
    """Return the options with placeholders for what a publisher's format needs from the caller."""
    if file_format.name in ("long", "wide"):
        return options
    if "grid" in file_format.accepted_options and options.grid is None:
        _add(inspection, "the grid of the rows is not stated", "--grid")
        options = replace(options, grid=PLACEHOLDER)
    ways = (options.collected_at, options.collected_at_pattern)
    is_stated = file_format.default_collected_at_basis != "observed" or file_format.name == "eia930"
    if is_stated or any(ways) or "collected_at" not in file_format.accepted_options:
        return options
    return _ask_knowledge_time(options, inspection)


def _ask_knowledge_time(options: ReadOptions, inspection: Inspection) -> ReadOptions:
    _add(inspection, "the file does not state when it was published", "--collected-at")
    return replace(options, collected_at=_KNOWLEDGE_PLACEHOLDER)


def _summarise(inspection: Inspection, rows: pa.Table, file_format: FileFormat, options: ReadOptions) -> None:
    counted = rows["reason"].value_counts().to_pylist()
    reasons = Counter({item["values"]: item["counts"] for item in counted})
    good = rows.filter(pc.is_null(rows["reason"])).sort_by([("interval_start", "ascending")])
    inspection.rows = {"read": len(rows), "good": len(good), "blank": reasons[BLANK]}
    for reason, count in reasons.most_common():
        if reason not in (None, BLANK):
            inspection.rows[reason] = count
            first = rows.filter(pc.equal(rows["reason"], reason)).slice(0, 1).to_pylist()[0]
            inspection.rejected[reason] = f"row {first['row_number']}: {first['payload']}"
    zone = _zone(rows, file_format, options)
    if not file_format.is_resolution_fixed:
        good = show_daily_resolutions(good, _SERIES[:-1], file_format.default_resolution, zone)
    fallback = {"source": file_format.source(options), "resolution": file_format.default_resolution}
    grouped = good.group_by(list(_SERIES)).aggregate([([], "count_all")]).to_pylist()
    counts = Counter({tuple(row[name] or fallback.get(name) for name in _SERIES): row["count_all"] for row in grouped})
    inspection.series = [
        dict(zip(_SERIES, names, strict=True)) | {"rows": count} for names, count in counts.most_common(20)
    ]
    shown = good.to_pylist() if len(good) <= 2 * SHOWN_ROWS else None
    inspection.first = [_as_stored(row, zone, options) for row in (shown or good.slice(0, SHOWN_ROWS).to_pylist())]
    if shown is None:
        tail = good.slice(len(good) - SHOWN_ROWS).to_pylist()
        inspection.last = [_as_stored(row, zone, options) for row in tail]
    inspection.clock_changes = _clock_changes(good, zone, options)
    inspection.facts = _facts(good, zone, file_format, options)
    _ask(inspection, good, file_format, options)
    nodes = good.select(["grid", "region", "node"]).group_by(["grid", "region", "node"]).aggregate([]).to_pylist()
    if found := find_computed_node(good, [tuple(node.values()) for node in nodes]):
        _add(inspection, found[1], f"--total '{found[0]}'")


def _zone(rows: pa.Table, file_format: FileFormat, options: ReadOptions) -> str:
    grids = [grid for grid in rows["grid"].unique().to_pylist() if grid]
    known = file_format.time_zone_of(grids[0]) if grids else None
    return options.time_zone or known or "UTC"


def _as_stored(row: dict[str, Any], zone: str, options: ReadOptions) -> dict[str, Any]:
    start = row["interval_start"]
    return {
        "interval_start": start.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        "local": start.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M %Z"),
        "value": row["value"],
        "unit": row["unit"] or "",
        "series": "/".join(row[name] or PLACEHOLDER for name in ("grid", "region", "node")) + f" {row['metric']}",
    }


def _clock_changes(good: pa.Table, zone: str, options: ReadOptions) -> list[dict[str, Any]]:
    """Return the rows of the hours around each change of the clocks."""
    local = ZoneInfo(zone)
    starts = good["interval_start"].unique().to_pylist() if zone != "UTC" else []
    margin = timedelta(hours=2)
    near = [
        start
        for start in starts
        if (start - margin).astimezone(local).utcoffset() != (start + margin).astimezone(local).utcoffset()
    ]
    rows = good.filter(pc.is_in(good["interval_start"], value_set=pa.array(near, good["interval_start"].type)))
    return [_as_stored(row, zone, options) for row in rows.slice(0, SHOWN_CLOCK_CHANGES).to_pylist()]


def _facts(good: pa.Table, zone: str, file_format: FileFormat, options: ReadOptions) -> dict[str, str]:
    resolutions = [text for text in good["resolution"].unique().to_pylist() if text]
    units = [text for text in good["unit"].unique().to_pylist() if text]
    known = pc.min_max(good["collected_at"]).as_py() if len(good) else {"min": None, "max": None}
    spans = sorted({f"{at:%Y-%m-%dT%H:%MZ}" for at in known.values() if at})
    is_stated = options.collected_at != _KNOWLEDGE_PLACEHOLDER
    knowledge = f"{' to '.join(spans)} ({file_format.collected_at_basis(options)})"
    tokens = "withdraws the value" if options.blanks == "withdrawn" else "states nothing"
    return {
        "time zone": f"{zone} for times without an offset" if options.time_zone else f"{zone} (to show local times)",
        "resolution": ", ".join(resolutions) or f"{file_format.default_resolution} (assumed)",
        "unit": ", ".join(units) or "the series' own (not stated)",
        "knowledge time": knowledge if is_stated else "not stated",
        "an empty value": tokens,
    }


def _ask(inspection: Inspection, good: pa.Table, file_format: FileFormat, options: ReadOptions) -> None:
    if good["unit"].null_count:
        _add(inspection, "the unit is not stated; the series' own is assumed, for a new one the metric's", "--unit")
    if good["resolution"].null_count and options.resolution is None:
        text = f"the length of the intervals is not stated; {file_format.default_resolution} is assumed"
        _add(inspection, text, "--resolution")
    if UNCLEAR_LENGTH in good["resolution"].unique().to_pylist():
        _add(inspection, "the rows do not show whether each is for a whole day or for an hour", "--resolution")
    questions = {
        Reason.BAD_TIME: "a description; --write mine.yml drafts one",
        Reason.NAIVE_TIME: "--time-zone",
        Reason.AMBIGUOUS_TIME: "--repeated-hours order",
        Reason.NONEXISTENT_TIME: "--time-zone",
        Reason.BAD_NUMBER: "--decimal-char",
    }
    for reason, option in questions.items():
        if reason in inspection.rejected:
            _add(inspection, Reason(reason).meaning.rstrip("."), option)


def _add(inspection: Inspection, what: str, option: str) -> None:
    if all(item.option != option for item in inspection.unclear):
        inspection.unclear.append(Unclear(re.sub(r"\s+", " ", what), option))
