"""Wide tables: one row per interval, one column per node; CSV, TSV, semicolons and Parquet, the texts also gzipped.

Columns with a canonical name (collected_at, utc_offset …), mapped columns and those named by an option have that role.
Every other column is a node. Grid, region and metric are options. As in `long`, an empty cell states nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa

from loaders.canonical.batch import CANONICAL, ParseOptions, Records, build_batches
from loaders.canonical.durations import spell_resolution
from loaders.errors import LoadError
from loaders.formats.calendar_texts import read_calendar_texts
from loaders.formats.column_mapping import (
    MEASURE,
    constant_columns,
    listed,
    refuse_contradictions,
    refuse_duplicates,
    time_roles,
)
from loaders.formats.evidence.column_names import check_time_columns, refuse_other_columns
from loaders.formats.evidence.interval_runs import check_edges
from loaders.formats.evidence.names_across import refuse_parts_of_days, refuse_times_across
from loaders.formats.evidence.seasons import check_seasons
from loaders.formats.evidence.unit_names import check_node_units, refuse_energy_of_parts, refuse_unit_row, unit_in_name
from loaders.formats.file_format import (
    COLLECTED_AT_OPTIONS,
    CONSTANT_OPTIONS,
    LOCAL_TIME_OPTIONS,
    MISSING_TOKENS,
    NUMBER_OPTIONS,
    FileFormat,
    ReadOptions,
)
from loaders.formats.readers.arrow import parquet_records, table_records
from loaders.formats.readers.byte_stream import FileLayout, chunks, detect_layout
from loaders.formats.readers.delimited import delimited_records
from loaders.formats.repeated_hours import disambiguate
from loaders.formats.reshape import node_measures, refuse_totals, unpivot
from loaders.formats.resolution import add_resolution
from loaders.formats.row_filter import without_excluded

_NEEDED = ("grid", "region", "metric", "interval_start", "collected_at")
_COLUMN_OPTIONS = frozenset(("column_map", "time_column", "collected_at_column", "ignore", "where_not"))
_OWN_COLUMNS = frozenset(CANONICAL) - {"node", "value"}


def choose_columns(header: Sequence[str], path: Path, options: ReadOptions) -> dict[str, int]:
    """Return canonical name, or MEASURE and node → index. Raises LoadError for missing or contradicting columns."""
    names = [name.strip() for name in header]
    refuse_duplicates(names, path)
    roles = dict(options.column_map)
    time_role = "interval_end" if options.times_are == "end" else "interval_start"
    for column, target in ((options.time_column, time_role), (options.collected_at_column, "collected_at")):
        if column is not None:
            roles[column] = target
    if missing := sorted(set(roles) - set(names)):
        raise LoadError(
            f"{path}: has no column {listed(missing)}. Its columns are {listed(names)}. If the header is further"
            " down, describe the file (warehouse inspect FILE --write mine.yml)."
        )
    taken = set(roles.values())
    places = {}
    for index, name in enumerate(names):
        if name in options.ignore or (name in options.excluded_texts and name not in roles):
            continue
        own = name.lower() if name.lower() in _OWN_COLUMNS and name.lower() not in taken else None
        places[roles.get(name) or own or MEASURE + name] = index
    _check(places, names, path, options)
    return places


def _check(places: dict[str, int], names: Sequence[str], path: Path, options: ReadOptions) -> None:
    refuse_contradictions(places, path, options)
    present = {*places, *constant_columns(options, 0), *(["interval_start"] if "interval_end" in places else [])}
    if missing := [name for name in _NEEDED if name not in present]:
        raise LoadError(
            f"{path}: the {listed(missing)} of this wide table is missing; its columns are {listed(names)}. Pass "
            "an option (grid, region, metric, time_column, collected_at), or map a column with FILE_COLUMN=NAME."
        )
    if MEASURE in places:
        raise LoadError(f"{path}: column {places[MEASURE] + 1} has no name, but every column is a node. Name it.")
    nodes = [key.removeprefix(MEASURE) for key in places if key.startswith(MEASURE)]
    refuse_times_across(nodes, path)
    check_node_units({name: unit_in_name(name) for name in nodes}, options.unit, path)
    check_time_columns(time_roles(places, names), nodes, options.time_zone, options.collected_at_zone, path)
    refuse_other_columns(nodes, options.metric, path)
    if not any(key.startswith(MEASURE) for key in places):
        raise LoadError(f"{path}: has no node column, only {listed(names)}. Add a column per node.")


def _tables(path: Path, options: ReadOptions) -> Iterator[pa.Table]:
    layout, choose = detect_layout(path), partial(choose_columns, path=path, options=options)
    if layout is FileLayout.NDJSON:
        raise LoadError(f"{path}: is JSON. A wide table is CSV or Parquet.")
    if layout is FileLayout.PARQUET:
        records = parquet_records(path, choose)
    else:
        records = delimited_records(chunks(path), path, choose, options.decimal_char)
    yield from _built(records, path, options)


def _frames(table: pa.Table, path: Path, options: ReadOptions) -> Iterator[pa.Table]:
    yield from _built(table_records(table, path, partial(choose_columns, path=path, options=options)), path, options)


def _built(stream: Iterable[Records], path: Path, options: ReadOptions) -> Iterator[pa.Table]:
    reading = ParseOptions(
        time_zone=options.time_zone,
        collected_at_zone=options.collected_at_zone,
        resolution=spell_resolution(options.resolution or WIDE.default_resolution),
        source=WIDE.source(options),
        missing_tokens=(*MISSING_TOKENS, *options.missing),
        valid_numbers=options.valid_numbers,
        blanks_withdraw=options.blanks == "withdrawn",
    )
    stream = without_excluded(refuse_unit_row(stream, path), path, options)
    stream = read_calendar_texts(stream, path, options.resolution)
    stream = check_seasons(check_edges(stream, path, options), path, options)
    if options.repeated_hours:
        stream = disambiguate(stream, options.time_zone)
    for records in add_resolution(stream, path, options.time_zone, options.resolution, WIDE.default_resolution):
        refuse_totals(records, path)
        nodes = [key.removeprefix(MEASURE) for key in records.columns if key.startswith(MEASURE)]
        if options.resolution is None:
            refuse_parts_of_days(nodes, records, path)
        refuse_energy_of_parts(records, nodes, options.unit, path)
        long = unpivot(records, node_measures(records))
        columns = {**constant_columns(options, len(long.row_number)), **long.columns}
        yield from build_batches(Records(columns, long.row_number, long.broken, long.decimal), reading)


def _meaning(path: Path, options: ReadOptions) -> dict[str, object]:
    return options.named()


def _time_zone_of(grid: str) -> None:
    return None


WIDE = FileFormat(
    name="wide",
    summary="One row per interval, one column per node; needs --grid, --region, --metric and a knowledge time.",
    default_source="file",
    default_collected_at_basis="published",
    default_resolution="PT1H",
    time_zone_of=_time_zone_of,
    read_file=_tables,
    identity_fields=_meaning,
    accepted_options=CONSTANT_OPTIONS | NUMBER_OPTIONS | LOCAL_TIME_OPTIONS | COLLECTED_AT_OPTIONS | _COLUMN_OPTIONS,
    read_table=_frames,
)
