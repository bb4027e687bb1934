"""Canonical long format: one row per value; CSV, TSV, semicolons, Parquet and NDJSON, the texts also gzipped.

Decisions. A row without a value (empty, -, NA, n/e, NaN …) states nothing, unless the caller says that it withdraws the
value. Names are trimmed. The file's own source takes precedence over the default source of the load.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.batch import ParseOptions, Records, build_batches
from loaders.canonical.durations import spell_resolution
from loaders.formats.calendar_texts import read_calendar_texts
from loaders.formats.column_mapping import constant_columns, match_columns
from loaders.formats.evidence.ignored_columns import check_ignored
from loaders.formats.evidence.interval_runs import check_edges
from loaders.formats.evidence.seasons import check_seasons
from loaders.formats.evidence.unit_names import check_unit_column, refuse_energy_of_parts, refuse_unit_row
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
from loaders.formats.readers.ndjson import ndjson_records
from loaders.formats.repeated_hours import disambiguate
from loaders.formats.reshape import without_totals
from loaders.formats.resolution import add_resolution
from loaders.formats.row_filter import without_excluded


def _tables(path: Path, options: ReadOptions) -> Iterator[pa.Table]:
    layout, choose = detect_layout(path), partial(match_columns, path=path, options=options)
    if layout is FileLayout.PARQUET:
        records = parquet_records(path, choose)
    elif layout is FileLayout.NDJSON:
        records = ndjson_records(chunks(path), path, options)
    else:
        records = delimited_records(chunks(path), path, choose, options.decimal_char)
    yield from _built(records, path, options)


def _frames(table: pa.Table, path: Path, options: ReadOptions) -> Iterator[pa.Table]:
    yield from _built(table_records(table, path, partial(match_columns, path=path, options=options)), path, options)


def _built(stream: Iterable[Records], path: Path, options: ReadOptions) -> Iterator[pa.Table]:
    reading = ParseOptions(
        time_zone=options.time_zone,
        collected_at_zone=options.collected_at_zone,
        resolution=spell_resolution(options.resolution or LONG.default_resolution),
        source=LONG.source(options),
        missing_tokens=(*MISSING_TOKENS, *options.missing),
        valid_numbers=options.valid_numbers,
        blanks_withdraw=options.blanks == "withdrawn",
    )
    stream = without_excluded(refuse_unit_row(stream, path), path, options)
    stream = read_calendar_texts(stream, path, options.resolution)
    stream = check_ignored(stream, path, options)
    stream = check_seasons(check_edges(stream, path, options), path, options)
    value_columns = [name for name, target in options.column_map.items() if target == "value"]
    if options.repeated_hours:
        stream = disambiguate(stream, options.time_zone)
    for records in add_resolution(stream, path, options.time_zone, options.resolution, LONG.default_resolution):
        check_unit_column(records, value_columns, path)
        refuse_energy_of_parts(records, value_columns, options.unit, path)
        records = without_totals(records, options.totals, path)
        given = constant_columns(options, len(records.row_number))
        columns = {**given, **records.columns}
        # An optional field of NDJSON may be present in some of the objects only.
        for name in given.keys() & records.columns.keys():
            columns[name] = pc.coalesce(records.columns[name].cast(pa.string()), given[name].cast(pa.string()))
        yield from build_batches(Records(columns, records.row_number, records.broken, records.decimal), reading)


def _meaning(path: Path, options: ReadOptions) -> dict[str, object]:
    return options.named()


def _time_zone_of(grid: str) -> None:
    return None


LONG = FileFormat(
    name="long",
    summary="One row per value, columns by name; CSV, TSV, Parquet or NDJSON, also gzipped.",
    default_source="file",
    default_collected_at_basis="published",
    default_resolution="PT1H",
    time_zone_of=_time_zone_of,
    read_file=_tables,
    identity_fields=_meaning,
    accepted_options=CONSTANT_OPTIONS
    | NUMBER_OPTIONS
    | LOCAL_TIME_OPTIONS
    | COLLECTED_AT_OPTIONS
    | {"column_map", "node", "ignore", "totals", "where_not"},
    read_table=_frames,
)
