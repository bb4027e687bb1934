"""Turn a description into a file format: the engine that reads described files into canonical batches."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.batch import ParseOptions, Records, build_batches, build_broken_batch
from loaders.canonical.delivered_fields import EXTRA
from loaders.canonical.names import constant
from loaders.errors import LoadError, UsageError
from loaders.formats.column_mapping import MEASURE
from loaders.formats.decimal_signs import DecimalSigns
from loaders.formats.described.columns import (
    as_text,
    complete,
    map_distinct,
    metric_texts,
    name_parts,
    rows_read,
    select,
)
from loaders.formats.described.description import Description
from loaders.formats.described.description_parts import Value, groups_of, read_offset
from loaders.formats.described.knowledge_times import build_knowledge_times
from loaders.formats.described.mean_power import mean_power
from loaders.formats.described.times import build_times
from loaders.formats.file_format import COLLECTED_AT_OPTIONS, VALUE_OPTIONS, FileFormat, ReadOptions, utc_text
from loaders.formats.readers.described import TextTable, read_frame_tables, read_tables
from loaders.formats.repeated_hours import disambiguate
from loaders.formats.reshape import Measure, unpivot
from loaders.formats.resolution import add_resolution
from loaders.notices import notify


def describe(description: Description) -> FileFormat:
    """Return the file format of a description."""
    return FileFormat(
        name=description.name,
        summary=description.summary,
        default_source=description.source,
        default_collected_at_basis=_basis(description),
        default_resolution=_default_resolution(description),
        time_zone_of=partial(_zone_of, description=description),
        read_file=partial(_read_file, description=description),
        identity_fields=partial(_identity_fields, description=description),
        accepted_options=COLLECTED_AT_OPTIONS
        | VALUE_OPTIONS
        | {"metric", "totals", *(() if description.grid or description.grid_column else ("grid",))}
        | ({"resolution"} if _is_resolution_inferred(description) else set()),
        read_table=None if _is_for_files(description) else partial(_read_table, description=description),
        # An energy per interval becomes a power while it is read, so nothing may change its length afterwards.
        is_resolution_fixed=not _is_resolution_inferred(description)
        or any(item.perInterval for item in description.values),
        calendar_zone=_calendar_zone(description),
    )


def _is_resolution_inferred(description: Description) -> bool:
    """Return whether start and end, or the spacing of the rows, show the resolution."""
    return not isinstance(description.resolution, str) and description.resolution.by is not None


def _default_resolution(description: Description) -> str:
    """Return the resolution of rows that do not show theirs."""
    resolution = description.resolution
    return resolution if isinstance(resolution, str) else resolution.longest


def _is_for_files(description: Description) -> bool:
    """Return whether the names or times of files state something, so that a table in memory cannot be read."""
    known = description.collected_at
    return bool(description.from_name) or (known is not None and known.by is not None)


def _zone_of(grid: str, description: Description) -> str | None:
    """Return the IANA zone of a grid: its own, or that of the times where all rows are of this grid."""
    if grid in description.grid_time_zones or description.grid not in (None, grid):
        return description.grid_time_zones.get(grid)
    zone = description.time.time_zone
    is_local = description.grid is not None and zone is not None and read_offset(zone) is None
    return description.grid_time_zone or (zone if is_local else None)


def _calendar_zone(description: Description) -> str | None:
    """Return the zone of local times; UTC only where energies become powers by the hours of its months."""
    zone = description.time.time_zone
    is_energy = any(value.perInterval for value in description.values)
    is_place = zone is not None and read_offset(zone) is None and (is_energy or zone != "UTC")
    return zone if is_place else None


def _basis(description: Description) -> str:
    known = description.collected_at
    if known is None or known.by is not None:
        return (known and known.basis) or "observed"
    return known.basis or ("inferred" if known.column in _parts_of_names(description) else "published")


def _parts_of_names(description: Description) -> set[str]:
    return {group for rule in description.from_name for group in groups_of(rule.pattern)}


def _identity_fields(path: Path, options: ReadOptions, description: Description) -> dict[str, object]:
    by_member = any(rule.of == "member" for rule in description.from_name)
    names = {} if by_member else name_parts(path, None, description, options.collected_at)
    known = description.collected_at
    if known is not None and known.by == "file time" and options.collected_at is None:
        names["file time"] = utc_text(datetime.fromtimestamp(path.stat().st_mtime, UTC))
    named = {**options.named(), "metric": options.metric or description.default_metric}
    return {**named, **names, "description": description.model_dump_json(exclude_defaults=True)}


def _read_file(path: Path, options: ReadOptions, description: Description) -> Iterator[pa.Table]:
    _check_options(path, options, description)
    description = description.of_metric(options.metric)
    yield from _batches(read_tables(path, description), path, options, description)


def _read_table(frame: pa.Table, path: Path, options: ReadOptions, description: Description) -> Iterator[pa.Table]:
    _check_options(path, options, description)
    description = description.of_metric(options.metric)
    yield from _batches(read_frame_tables(frame, path, description), path, options, description)


def _check_options(path: Path, options: ReadOptions, description: Description) -> None:
    known = description.collected_at
    if known is None and options.collected_at is None:
        raise LoadError(f"{path}: the file does not state when it was published. Pass --collected-at.")
    if (
        known is not None
        and known.column not in {None, *_parts_of_names(description)}
        and options.collected_at is not None
    ):
        raise LoadError(f"{path}: the column {known and known.column} is the knowledge time. Remove collected_at.")
    if description.grid is None and description.grid_column is None and options.grid is None:
        raise LoadError(f"{path}: the grid is missing. Pass it (--grid).")
    metrics = list(
        dict.fromkeys([*description.metrics.values(), *filter(None, (v.metric for v in description.values))])
    )
    if options.metric is not None and options.metric not in metrics:
        raise UsageError(
            f"The format {description.name} has no metric {options.metric!r}. Choose one of {', '.join(metrics)}."
        )


def _batches(
    tables: Iterable[TextTable], path: Path, options: ReadOptions, description: Description
) -> Iterator[pa.Table]:
    time, notices = description.time, _Notices(path, description, (*description.totals, *options.totals))
    stream = _records(tables, path, options, description, notices)
    zone = "UTC" if read_offset(time.time_zone or "") is not None else time.time_zone
    resolution, longest = description.resolution, _default_resolution(description)
    energies = {value.metric for value in description.values if value.perInterval}
    is_energy = bool(energies)
    if time.start and time.end:
        stream = add_resolution(stream, path, zone, description.fixed_resolution or options.resolution, longest)
    if time.repeated is not None and time.repeated.order:
        stream = disambiguate(stream, zone)
    if not isinstance(resolution, str) and resolution.by == "spacing":
        stream = add_resolution(stream, path, zone, options.resolution, longest, by_spacing=True, must_show=is_energy)
    source = options.source or description.source
    reading = ParseOptions(
        time_zone=zone,
        missing_tokens=(*description.dialect.missingValues, *options.missing),
        valid_numbers=(*description.dialect.validNumbers, *options.valid_numbers),
        withdrawn_tokens=description.dialect.withdrawnValues,
        source=source,
    )
    batches = (batch for records in stream for batch in build_batches(records, reading))
    for batch in batches:
        yield mean_power(batch, energies, time.time_zone, path) if is_energy else batch
    notices.log()
    if notices.broken:
        yield build_broken_batch(notices.broken)


class _Notices:
    """Count what is left out, to report it once per file."""

    def __init__(self, path: Path, description: Description, totals: Sequence[str]) -> None:
        self.path, self.description, self.totals = path, description, totals
        self.broken: list = []
        self.rows = self.other = self.of_totals = 0

    def log(self) -> None:
        """Log what was left out. Raises LoadError where nothing is read."""
        name = self.description.name
        if not self.rows and not self.broken:
            raise LoadError(f"{self.path}: has no rows that {name} reads. Nothing was loaded.")
        totals = f"of the totals {', '.join(self.totals)}, which the warehouse adds up itself,"
        for count, what in (
            (self.other, f"rows that {name} does not read were left out"),
            (self.of_totals, f"rows {totals} were left out"),
        ):
            if count:
                notify(self.path, f"{count} {what}")


def _records(
    tables: Iterable[TextTable], path: Path, options: ReadOptions, description: Description, notices: _Notices
) -> Iterator[Records]:
    dialect = description.dialect
    values = description.values
    signs = DecimalSigns(dialect.decimalChar, dialect.groupChar)
    for part in tables:
        whole = complete(part, path, description, options.collected_at)
        notices.broken += whole.broken
        table = rows_read(whole, description)
        notices.other += len(whole.row_numbers) - len(table.row_numbers)
        columns = {name: column for name, column in table.columns.items() if name.startswith(EXTRA)}
        columns |= {**build_times(table, description), **_names(table, description, options)}
        table, columns = _without_totals(table, columns, notices)
        notices.rows += len(table.row_numbers)
        columns |= build_knowledge_times(table, description, options)
        columns |= {MEASURE + value.column: _numbers(table.columns[value.column], signs) for value in values}
        records = Records(columns, pa.array(table.row_numbers, pa.int64()), [], dialect.decimalChar)
        measures = [Measure(MEASURE + value.column, _value_names(value)) for value in values]
        long = unpivot(records, measures)
        yield _of_metric(long, options.metric) if options.metric and description.metric_column else long


def _numbers(column: pa.Array, signs: DecimalSigns) -> pa.Array:
    return signs.without_groups(column) if pa.types.is_string(column.type) else column


def _value_names(value: Value) -> dict[str, str]:
    unit = value.unit.removesuffix("h") if value.unit and value.perInterval else value.unit
    names = {"metric": value.metric, "unit": unit, "node": value.node}
    return {name: text for name, text in names.items() if text is not None}


def _of_metric(records: Records, metric: str) -> Records:
    """Return the rows of one metric."""
    keep = pc.fill_null(pc.equal(records.columns["metric"].cast(pa.string()), metric), False)
    columns = {name: column.filter(keep) for name, column in records.columns.items()}
    return Records(columns, records.row_number.filter(keep), records.broken, records.decimal)


def _without_totals(
    table: TextTable, columns: dict[str, pa.Array], notices: _Notices
) -> tuple[TextTable, dict[str, pa.Array]]:
    if not notices.totals or "node" not in columns:
        return table, columns
    nodes = columns["node"].cast(pa.string())
    keep = pc.invert(pc.fill_null(pc.is_in(nodes, value_set=pa.array(list(notices.totals), pa.string())), False))
    mask = keep.to_numpy(zero_copy_only=False)
    notices.of_totals += int((~mask).sum())
    return select(table, mask), {name: column.filter(keep) for name, column in columns.items()}


def _regions(table: TextTable, description: Description, grids: pa.Array) -> pa.Array:
    """Return the region of each row: of its column, else by the pattern of the description, else the grid."""
    pattern = description.region or "{grid}"

    def region(grid: str | None, stated: str | None) -> str | None:
        return stated or (pattern.replace("{grid}", grid) if grid else pattern)

    if description.region_column is None:
        if description.region is None:
            return grids
        return map_distinct([grids.cast(pa.string())], lambda grid: region(grid, None))
    return map_distinct([grids.cast(pa.string()), as_text(table.columns[description.region_column])], region)


def _names(table: TextTable, description: Description, options: ReadOptions) -> dict[str, pa.Array]:
    rows = len(table.row_numbers)

    def column(name: str | None, texts: dict[str, str], fixed: str | None) -> pa.Array:
        if name is None:
            return constant(fixed, rows)
        return map_distinct([as_text(table.columns[name])], lambda text: texts.get(text or "", text))

    names = {"grid": column(description.grid_column, dict(description.grids), description.grid or options.grid)}
    names["region"] = _regions(table, description, names["grid"])
    if description.node_column:
        names["node"] = column(description.node_column, dict(description.same_node), None)
    elif not any(value.node for value in description.values):
        names["node"] = constant(description.node, rows) if description.node else names["grid"]
    if description.metric_column:
        metrics = description.metrics
        names["metric"] = map_distinct([metric_texts(table, description)], lambda text: metrics.get(text or ""))
    if description.unit_column:
        names["unit"] = column(description.unit_column, dict(description.units), None)
    if description.source_column:
        names["source"] = column(description.source_column, dict(description.sources), None)
    return names
