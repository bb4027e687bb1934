"""Canonical long format: one row per value; CSV, TSV, semicolons, Parquet and NDJSON, the texts also gzipped.

Decisions. An empty value is a value taken back (null); NA, null and the like are no numbers; nan and inf are not
finite, nor is a Parquet NaN. Names are trimmed. What stands in the file wins over the load's default source.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa

from loaders.sources.batch import Reading, Records, build
from loaders.sources.columns import given_columns, match_columns
from loaders.sources.content import Kind, chunks, kind_of
from loaders.sources.delimited import delimited_records
from loaders.sources.frame import parquet_records, table_records
from loaders.sources.ndjson import ndjson_records
from loaders.sources.options import ReadOptions, Source


def read_table(table: pa.Table, options: ReadOptions, name: str = "table") -> Iterator[pa.Table]:
    """Canonical batches of a long table in memory; name is what messages call it. Raises LoadError."""
    yield from LONG.guarded(
        lambda path, chosen: _built(table_records(table, path, chosen), chosen), Path(name), options
    )


def _tables(path: Path, options: ReadOptions) -> Iterator[pa.Table]:
    kind = kind_of(path)
    if kind is Kind.PARQUET:
        records = parquet_records(path, options)
    elif kind is Kind.NDJSON:
        records = ndjson_records(chunks(path), path, options)
    else:
        records = delimited_records(chunks(path), path, partial(match_columns, path=path, options=options))
    yield from _built(records, options)


def _built(records: Iterable[Records], options: ReadOptions) -> Iterator[pa.Table]:
    reading = Reading(time_zone=options.time_zone, source=LONG.source(options))
    for each in records:
        given = given_columns(options, len(each.row_number))
        yield from build(Records({**each.columns, **given}, each.row_number, each.broken, each.decimal), reading)


def _meaning(path: Path, options: ReadOptions) -> dict[str, object]:
    return {
        "metric": options.metric,
        "time_zone": options.time_zone,
        "collected_at": options.collected_text,
        "column_map": dict(sorted(options.column_map.items())),
    }


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
)
