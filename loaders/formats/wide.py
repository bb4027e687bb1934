"""Wide tables: one row per interval, one column per node; CSV, TSV, semicolons and Parquet, the texts also gzipped.

Columns with a canonical name (collected_at, utc_offset …) are what they say, those mapped or named by an option too.
Any other column is a node. Grid, region and metric are options. As in `long`, an empty cell is a value taken back.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa

from loaders.canonical.batch import CANONICAL, ParseOptions, Records, build_batches
from loaders.canonical.durations import parse_resolution
from loaders.errors import LoadError
from loaders.formats.column_mapping import MEASURE, given_columns, listed, refuse_contradictions, refuse_duplicates
from loaders.formats.file_format import KNOWN_AT, LOCAL_TIMES, SAID, ReadOptions, Source
from loaders.formats.readers.arrow import parquet_records, table_records
from loaders.formats.readers.byte_stream import Kind, chunks, kind_of
from loaders.formats.readers.delimited import delimited_records
from loaders.formats.repeated_hours import tell_apart
from loaders.formats.reshape import node_measures, unpivot

_NEEDED = ("grid", "region", "metric", "interval_start", "collected_at")
_OWN_COLUMNS = frozenset(CANONICAL) - {"node", "value"}


def _choose(found: Sequence[str], path: Path, options: ReadOptions) -> dict[str, int]:
    """Canonical name, or MEASURE and a node's name → position. Raises LoadError for what is missing or contradicts."""
    names = [name.strip() for name in found]
    refuse_duplicates(names, path)
    roles = dict(options.column_map)
    for theirs, ours in ((options.time_column, "interval_start"), (options.collected_at_column, "collected_at")):
        if theirs is not None:
            roles[theirs] = ours
    if lacking := sorted(set(roles) - set(names)):
        raise LoadError(f"{path}: has no column {listed(lacking)}; it has {listed(names)}.")
    taken = set(roles.values())
    places = {}
    for place, name in enumerate(names):
        own = name.lower() if name.lower() in _OWN_COLUMNS and name.lower() not in taken else None
        places[roles.get(name) or own or MEASURE + name] = place
    _check(places, names, path, options)
    return places


def _check(places: dict[str, int], names: Sequence[str], path: Path, options: ReadOptions) -> None:
    refuse_contradictions(places, path, options)
    known = {*places, *given_columns(options, 0), *(["interval_start"] if "interval_end" in places else [])}
    if missing := [name for name in _NEEDED if name not in known]:
        raise LoadError(
            f"{path}: nothing says the {listed(missing)} of a wide table with the columns {listed(names)}; give it as "
            "an option (grid, region, metric, time_column, collected_at), or map a column with theirs=ours."
        )
    if MEASURE in places:
        raise LoadError(f"{path}: column {places[MEASURE] + 1} has no name, but each column is a node; name it.")
    if not any(key.startswith(MEASURE) for key in places):
        raise LoadError(f"{path}: has no column of a node, only {listed(names)}; give one column a node.")


def _tables(path: Path, options: ReadOptions) -> Iterator[pa.Table]:
    kind, choose = kind_of(path), partial(_choose, path=path, options=options)
    if kind is Kind.NDJSON:
        raise LoadError(f"{path}: is JSON; a wide table is CSV or Parquet.")
    records = parquet_records(path, choose) if kind is Kind.PARQUET else delimited_records(chunks(path), path, choose)
    yield from _built(records, options)


def _frames(table: pa.Table, path: Path, options: ReadOptions) -> Iterator[pa.Table]:
    yield from _built(table_records(table, path, partial(_choose, path=path, options=options)), options)


def _built(stream: Iterable[Records], options: ReadOptions) -> Iterator[pa.Table]:
    reading = ParseOptions(
        time_zone=options.time_zone,
        length=parse_resolution(options.resolution or WIDE.default_resolution),
        source=WIDE.source(options),
    )
    if options.repeated_hours:
        stream = tell_apart(stream, options.time_zone)
    for each in stream:
        long = unpivot(each, node_measures(each))
        columns = {**given_columns(options, len(long.row_number)), **long.columns}
        yield from build_batches(Records(columns, long.row_number, long.broken, long.decimal), reading)


def _meaning(path: Path, options: ReadOptions) -> dict[str, object]:
    return options.named()


def _time_zone_of(grid: str) -> None:
    return None


WIDE = Source(
    name="wide",
    summary="One row per interval, one column per node; needs --grid, --region, --metric and a knowledge time.",
    default_source="file",
    collected_at_basis="published",
    default_resolution="PT1H",
    time_zone_of=_time_zone_of,
    tables=_tables,
    meaning=_meaning,
    takes=SAID | LOCAL_TIMES | KNOWN_AT | {"column_map", "time_column", "collected_at_column"},
    frames=_frames,
)
