"""Turn a description into a file format: the engine that reads described files into canonical batches."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.batch import ParseOptions, Records, build_batches, build_broken_batch
from loaders.canonical.durations import parse_resolution
from loaders.canonical.names import constant
from loaders.errors import LoadError
from loaders.formats.column_mapping import MEASURE, constant_columns
from loaders.formats.decimal_signs import DecimalSigns
from loaders.formats.description import Description, Time, Value
from loaders.formats.file_format import COLLECTED_AT_OPTIONS, FileFormat, ReadOptions
from loaders.formats.readers.described import TextTable, read_table
from loaders.formats.repeated_hours import disambiguate
from loaders.formats.reshape import Measure, unpivot
from loaders.notices import notify

HOUR = timedelta(hours=1)
# Put before a text that is not a time here: the canonical parser might read it, without the shift to the start.
UNREADABLE = "?"
_HOUR = re.compile(r"(\d{1,2})(?::?00)?")
_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)[T ]24:00(?::00)?(Z|[+-]\d\d:\d\d)?")
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def describe(description: Description) -> FileFormat:
    """Return the file format of a description."""
    zone = description.grid_time_zone or (description.time.time_zone if description.grid else None)
    return FileFormat(
        name=description.name,
        summary=description.summary,
        default_source=description.source,
        default_collected_at_basis="published" if description.collected_at else "observed",
        default_resolution=description.resolution,
        time_zone_of=lambda grid: zone,
        read_file=partial(_read_file, description=description),
        identity_fields=partial(_identity_fields, description=description),
        accepted_options=COLLECTED_AT_OPTIONS | {"metric", *(() if description.grid else ("grid",))},
    )


def _identity_fields(path: Path, options: ReadOptions, description: Description) -> dict[str, object]:
    return {**options.named(), "description": description.model_dump_json(exclude_defaults=True)}


def _read_file(path: Path, options: ReadOptions, description: Description) -> Iterator[pa.Table]:
    if description.collected_at is None and options.collected_at is None:
        raise LoadError(f"{path}: the file does not state when it was published. Pass --collected-at.")
    if description.collected_at is not None and options.collected_at is not None:
        raise LoadError(
            f"{path}: the column {description.collected_at.column} is the knowledge time. Remove collected_at."
        )
    if description.grid is None and description.grid_column is None and options.grid is None:
        raise LoadError(f"{path}: the grid is missing. Pass it (--grid).")
    table = _filtered(read_table(path, description), path, description)
    if not table.row_numbers and not table.broken:
        raise LoadError(f"{path}: has no rows that {description.name} reads. Nothing was loaded.")
    yield from _batches(table, path, options, description)


def _filtered(table: TextTable, path: Path, description: Description) -> TextTable:
    keep = [True] * len(table.row_numbers)
    for column, texts in description.where.items():
        keep = [kept and text in texts for kept, text in zip(keep, table.columns[column].to_pylist(), strict=True)]
    if description.metric_column:
        known = table.columns[description.metric_column].to_pylist()
        keep = [kept and text in description.metrics for kept, text in zip(keep, known, strict=True)]
    if left_out := keep.count(False):
        notify(path, f"{left_out} rows that {description.name} does not read were left out")
    mask = pa.array(keep, pa.bool_())
    numbers = [number for number, kept in zip(table.row_numbers, keep, strict=True) if kept]
    return TextTable({name: column.filter(mask) for name, column in table.columns.items()}, numbers, table.broken)


def _batches(table: TextTable, path: Path, options: ReadOptions, description: Description) -> Iterator[pa.Table]:
    dialect, rows = description.dialect, len(table.row_numbers)
    columns = {**_times(table, description), **_names(table, description, options)}
    values = [value for value in description.values if options.metric in (None, value.metric)]
    if not values:
        raise LoadError(f"{path}: {description.name} has no metric {options.metric}. Choose another metric.")
    signs = DecimalSigns(dialect.decimalChar, dialect.groupChar)
    columns |= {MEASURE + value.column: signs.without_groups(table.columns[value.column]) for value in values}
    records = Records(columns, pa.array(table.row_numbers, pa.int64()), [], dialect.decimalChar)
    measures = [Measure(MEASURE + value.column, _value_names(value, description)) for value in values]
    long = unpivot(records, measures)
    constants = constant_columns(ReadOptions(collected_at=options.collected_at), len(long.row_number))
    long = Records({**constants, **long.columns}, long.row_number, [], long.decimal)
    reading = ParseOptions(
        time_zone=description.time.time_zone,
        missing_tokens=dialect.missingValues,
        withdrawn_tokens=dialect.withdrawnValues,
        length=parse_resolution(description.resolution),
        source=options.source or description.source,
    )
    by_order = description.time.repeated is not None and description.time.repeated.order
    stream = disambiguate([long], description.time.time_zone) if by_order else iter([long])
    per_interval = {value.metric for value in values if value.perInterval}
    for part in stream:
        for batch in build_batches(part, reading):
            yield _as_power(batch, per_interval, description) if per_interval and rows else batch
    if table.broken:
        yield build_broken_batch(table.broken)


def _value_names(value: Value, description: Description) -> dict[str, str]:
    names = {"unit": value.unit if not value.perInterval else value.unit.removesuffix("h")}
    if description.metric_column is None:
        names["metric"] = value.metric
    if value.node is not None:
        names["node"] = value.node
    return names


def _as_power(batch: pa.Table, metrics: set[str], description: Description) -> pa.Table:
    """Turn energy per interval into mean power."""
    factor = HOUR / parse_resolution(description.resolution)
    is_energy = pc.is_in(batch["metric"].cast(pa.string()), value_set=pa.array(sorted(metrics)))
    values = pc.if_else(pc.fill_null(is_energy, False), pc.multiply(batch["value"], factor), batch["value"])
    return batch.set_column(batch.schema.get_field_index("value"), batch.schema.field("value"), values)


def _names(table: TextTable, description: Description, options: ReadOptions) -> dict[str, pa.Array]:
    rows = len(table.row_numbers)

    def column(name: str | None, fixed: str | None) -> pa.Array:
        return table.columns[name] if name else constant(fixed, rows)

    names = {"grid": column(description.grid_column, description.grid or options.grid)}
    names["region"] = constant(description.region, rows) if description.region else names["grid"]
    if description.node_column:
        nodes = [description.same_node.get(node, node) for node in table.columns[description.node_column].to_pylist()]
        names["node"] = pa.array(nodes, pa.string())
    elif not any(value.node for value in description.values):
        names["node"] = constant(description.node, rows) if description.node else names["grid"]
    if description.metric_column:
        metrics = [description.metrics[text] for text in table.columns[description.metric_column].to_pylist()]
        names["metric"] = pa.array(metrics, pa.string())
    names["resolution"] = constant(description.resolution, rows)
    if description.collected_at is not None:
        names["collected_at"] = table.columns[description.collected_at.column]
    return names


def _times(table: TextTable, description: Description) -> dict[str, pa.Array]:
    """Return interval_start (or interval_end with an offset), and the columns that resolve a repeated hour."""
    time, length = description.time, parse_resolution(description.resolution)
    rows = len(table.row_numbers)
    if time.date and time.hour:
        dates, hours = table.columns[time.date].to_pylist(), table.columns[time.hour].to_pylist()
        suffix = time.repeated.suffix if time.repeated else None
        texts = [_hour_start(date, hour, time, suffix) for date, hour in zip(dates, hours, strict=True)]
        second = [bool(suffix and hour and hour.strip().endswith(suffix)) for hour in hours]
        columns = {"interval_start": pa.array(texts, pa.string())}
    else:
        name = time.start or time.end or ""
        shift = length if time.end else timedelta(0)
        raw = table.columns[name].to_pylist()
        cache = {text: _start(text, time, shift) for text in set(raw)}
        columns = {"interval_start": pa.array([cache[text] for text in raw], pa.string())}
        second = [False] * rows
    if time.zone_column and time.offsets:
        offsets = [time.offsets.get((zone or "").strip(), "?") for zone in table.columns[time.zone_column].to_pylist()]
        columns["utc_offset"] = pa.array(offsets, pa.string())
    elif time.repeated and (time.repeated.column or time.repeated.suffix):
        if time.repeated.column:
            flags = table.columns[time.repeated.column].to_pylist()
            second = [(flag or "").strip() in time.repeated.second for flag in flags]
        columns["dst"] = pa.array(["n" if is_second else "y" for is_second in second], pa.string())
    return columns


def _hour_start(date: str | None, hour: str | None, time: Time, suffix: str | None) -> str | None:
    """Return the local start of an hour that is named by its end as the clock shows it."""
    text = (hour or "").strip()
    match = _HOUR.fullmatch(text.removesuffix(suffix) if suffix else text)
    day = _parse((date or "").strip(), time.format)
    if match is None or day is None or not 1 <= int(match[1]) <= 24:
        return f"{UNREADABLE} {date} {hour}"
    return (day + (int(match[1]) - 1) * HOUR).isoformat()


def _start(text: str | None, time: Time, shift: timedelta) -> str | None:
    """Return the start as ISO 8601, local where the text has no offset; an unreadable text is marked."""
    if text is None or not text.strip():
        return None
    parsed = _parse(text.strip(), time.format)
    if parsed is None:
        return f"{UNREADABLE} {text}"
    if parsed.tzinfo is not None:
        return (parsed.astimezone(UTC) - shift).isoformat().replace("+00:00", "Z")
    return (parsed - shift).isoformat()


def _parse(text: str, pattern: str | None) -> datetime | None:
    try:
        if pattern in ("epoch_s", "epoch_ms"):
            return datetime.fromtimestamp(int(text) / (1000 if pattern == "epoch_ms" else 1), UTC)
        if pattern is None:
            return _parse_iso(text)
        text = text.replace("a.m.", "AM").replace("p.m.", "PM")
        if "%H:%M" in pattern and " 24:00" in f" {text}":
            return datetime.strptime(text.replace("24:00", "00:00"), pattern) + timedelta(days=1)
        is_iso = _ISO_DATE.match(text) and not pattern.startswith("%Y")
        return _parse_iso(text) if is_iso else datetime.strptime(text, pattern)
    except (ValueError, OverflowError, OSError):
        return None


def _parse_iso(text: str) -> datetime:
    """Parse ISO 8601; 24:00 is 00:00 of the next day. Raises ValueError."""
    match = _MIDNIGHT.fullmatch(text)
    if match is None:
        return datetime.fromisoformat(text)
    return datetime.fromisoformat(f"{match[1]}T00:00{match[2] or ''}") + timedelta(days=1)
