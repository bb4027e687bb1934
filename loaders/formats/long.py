"""Canonical long format: one row per value; CSV, TSV, semicolons, Parquet and NDJSON, the texts also gzipped.

Decisions. An empty value is a value taken back (null); NA, null and the like are no numbers; nan and inf are not
finite, nor is a Parquet NaN. Names are trimmed. What stands in the file wins over the load's default source.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.batch import ParseOptions, Records, build_batches
from loaders.canonical.durations import parse_resolution
from loaders.formats.column_mapping import given_columns, match_columns
from loaders.formats.file_format import KNOWN_AT, LOCAL_TIMES, SAID, ReadOptions, Source
from loaders.formats.readers.arrow import parquet_records, table_records
from loaders.formats.readers.byte_stream import Kind, chunks, kind_of
from loaders.formats.readers.delimited import delimited_records
from loaders.formats.readers.ndjson import ndjson_records
from loaders.formats.repeated_hours import tell_apart


def _tables(path: Path, options: ReadOptions) -> Iterator[pa.Table]:
    kind, choose = kind_of(path), partial(match_columns, path=path, options=options)
    if kind is Kind.PARQUET:
        records = parquet_records(path, choose)
    elif kind is Kind.NDJSON:
        records = ndjson_records(chunks(path), path, options)
    else:
        records = delimited_records(chunks(path), path, choose)
    yield from _built(records, options)


def _frames(table: pa.Table, path: Path, options: ReadOptions) -> Iterator[pa.Table]:
    yield from _built(table_records(table, path, partial(match_columns, path=path, options=options)), options)


def _built(stream: Iterable[Records], options: ReadOptions) -> Iterator[pa.Table]:
    reading = ParseOptions(
        time_zone=options.time_zone,
        length=parse_resolution(options.resolution or LONG.default_resolution),
        source=LONG.source(options),
    )
    if options.repeated_hours:
        stream = tell_apart(stream, options.time_zone)
    for each in stream:
        given = given_columns(options, len(each.row_number))
        columns = {**given, **each.columns}
        # An optional field of NDJSON may stand in some of the objects only.
        for name in given.keys() & each.columns.keys():
            columns[name] = pc.coalesce(each.columns[name].cast(pa.string()), given[name].cast(pa.string()))
        yield from build_batches(Records(columns, each.row_number, each.broken, each.decimal), reading)


def _meaning(path: Path, options: ReadOptions) -> dict[str, object]:
    return options.named()


def _time_zone_of(grid: str) -> None:
    return None


LONG = Source(
    name="long",
    summary="One row per value, columns by name; CSV, TSV, Parquet or NDJSON, also gzipped.",
    default_source="file",
    collected_at_basis="published",
    default_resolution="PT1H",
    time_zone_of=_time_zone_of,
    tables=_tables,
    meaning=_meaning,
    takes=SAID | LOCAL_TIMES | KNOWN_AT | {"column_map"},
    frames=_frames,
)
