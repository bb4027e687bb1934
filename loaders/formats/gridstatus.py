"""Read frames of the gridstatus library: in memory, or saved as CSV or Parquet.

Interval Start, Interval End and Publish Time (older methods: Forecast Time) are times with an offset. The numbers have
one of three shapes: a column of a known measure for the whole system (Load, Load Forecast …); next to it, or alone, one
column per zone; or a column of locations next to the measure (Location and LMP). Each Market is a separate source,
because day-ahead and real-time prices of one node are two series. An empty actual of an interval that had not ended
when the frame was published is dropped.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.batch import ParseOptions, Records, build_batches
from loaders.canonical.names import constant
from loaders.errors import LoadError
from loaders.formats.column_mapping import MEASURE, constant_columns, listed, refuse_contradictions, refuse_duplicates
from loaders.formats.file_format import COLLECTED_AT_OPTIONS, CONSTANT_OPTIONS, VALUE_OPTIONS, FileFormat, ReadOptions
from loaders.formats.readers.arrow import parquet_records, table_records
from loaders.formats.readers.byte_stream import FileLayout, chunks, detect_layout
from loaders.formats.readers.delimited import delimited_records
from loaders.formats.reshape import Measure, refuse_totals, unpivot
from loaders.formats.resolution import resolutions_between
from loaders.notices import notify

PUBLISHED = ("Publish Time", "Forecast Time")
LOCATIONS = ("Location", "TAC Area Name", "BAA", "Zone", "LRZ", "Area", "Location Id")
MEASURES = {
    "Load": "load",
    "Demand": "load",
    "Net Load": "net_load",
    "Net Demand": "net_load",
    "Load Forecast": "load_forecast",
    "Day Ahead Demand Forecast": "load_forecast",
    "Net Load Forecast": "net_load_forecast",
    "Day Ahead Net Demand Forecast": "net_load_forecast",
    "LMP": "price",
    "SPP": "price",
}
# Columns that are neither the number of a zone nor needed.
_OTHERS = {
    *(
        "Time",
        "Location Type",
        "Location Name",
        "Location Short Name",
        "Region",
        "Forecast Area",
        "Node",
        "Tie",
        "Type",
    ),
    *("Model", "In Use Flag", "Status", "Energy", "Congestion", "Loss", "GHG", "Reserve Requirement"),
    *("Reserve Requirement Forecast", "Resource Adequacy Credits", "Resource Adequacy Capacity Forecast"),
    *("Net Resource Adequacy Capacity Forecast",),
}
_ZONES = {
    **dict.fromkeys(("NYISO", "ISONE", "PJM"), "America/New_York"),
    **dict.fromkeys(("ERCOT", "SPP"), "America/Chicago"),
    "CAISO": "America/Los_Angeles",
    "AESO": "America/Edmonton",
    # These markets keep Eastern Standard Time all year.
    **dict.fromkeys(("MISO", "IESO"), "Etc/GMT+5"),
}
_CANADIAN = ("AESO", "IESO")


def time_zone_of(grid: str) -> str | None:
    """Return the IANA zone of a market of the library, None for any other grid."""
    return _ZONES.get(grid.upper())


def choose_columns(header: Sequence[str], path: Path, options: ReadOptions) -> dict[str, int]:
    """Return key → index: canonical names, "end", "market", and MEASURE with the column's own name."""
    names = [name.strip() for name in header]
    refuse_duplicates(names, path)
    roles = {name: role for role, name in _time_roles(names).items()}
    location = next((name for name in LOCATIONS if name in names), None)
    roles |= ({location: "node"} if location else {}) | {"Market": "market"}
    if missing := sorted(set(options.column_map) - set(names)):
        raise LoadError(f"{path}: has no column {listed(missing)} to map. Its columns are {listed(names)}.")
    mapped = set(options.column_map.values())
    roles = {name: role for name, role in roles.items() if role not in mapped} | dict(options.column_map)
    places = {roles[name]: index for index, name in enumerate(names) if name in roles}
    left = [name for name in names if name not in roles and name not in options.ignore]
    numbers = _numbers(left, "node" in places, path, options)
    places |= {MEASURE + name: names.index(name) for name in numbers}
    _check(places, names, path, options)
    if ignored := [name for index, name in enumerate(names) if index not in places.values() and name != "Time"]:
        notify(path, f"ignored the columns {listed(ignored)}")
    return places


def _time_roles(names: Sequence[str]) -> dict[str, str]:
    published = next((name for name in PUBLISHED if name in names), PUBLISHED[0])
    return {"interval_start": "Interval Start", "end": "Interval End", "collected_at": published}


def _numbers(names: Sequence[str], has_location: bool, path: Path, options: ReadOptions) -> list[str]:
    """Return the number columns: those of a known measure, and without locations those of the zones of one measure."""
    measures = [name for name in names if name in MEASURES and options.metric in (None, MEASURES[name])]
    metrics = [MEASURES[name] for name in measures]
    if twice := {metric for metric in metrics if metrics.count(metric) > 1}:
        raise LoadError(
            f"{path}: the columns {listed(measures)} are both {', '.join(sorted(twice))}. Drop one of them."
        )
    if has_location or (options.metric is None and len(measures) > 1):
        return measures
    if not measures and options.metric is None:
        raise LoadError(
            f"{path}: none of the columns {listed(names)} is a known measure. Pass the metric; then every "
            "column is a zone."
        )
    return measures + [name for name in names if name not in _OTHERS and name not in MEASURES]


def _check(places: dict[str, int], names: Sequence[str], path: Path, options: ReadOptions) -> None:
    shown = {name: index for name, index in places.items() if name != "market"}
    refuse_contradictions({name: index for name, index in shown.items() if name != "metric"}, path, options)
    if "interval_start" not in places:
        raise LoadError(
            f"{path}: has no column Interval Start; its columns are {listed(names)}. Map the column with the start, "
            "such as Time=interval_start, and pass the resolution."
        )
    if "end" not in places and options.resolution is None and "resolution" not in places:
        raise LoadError(f"{path}: has no column Interval End. Pass the resolution, such as PT5M.")
    if "collected_at" not in places and options.collected_at is None:
        raise LoadError(f"{path}: has no column Publish Time. Pass the knowledge time as collected_at.")
    if "grid" not in places and options.grid is None:
        raise LoadError(f"{path}: the grid is missing. Pass it, such as CAISO.")
    if not any(key.startswith(MEASURE) for key in places):
        raise LoadError(f"{path}: has no column of numbers; its columns are {listed(names)}.")


def _tables(path: Path, options: ReadOptions) -> Iterator[pa.Table]:
    layout, choose = detect_layout(path), partial(choose_columns, path=path, options=options)
    if layout is FileLayout.NDJSON:
        raise LoadError(f"{path}: is JSON. Save the frame as CSV or Parquet.")
    records = (
        parquet_records(path, choose) if layout is FileLayout.PARQUET else delimited_records(chunks(path), path, choose)
    )
    yield from _built(records, path, options)


def _frames(table: pa.Table, path: Path, options: ReadOptions) -> Iterator[pa.Table]:
    yield from _built(table_records(table, path, partial(choose_columns, path=path, options=options)), path, options)


def _built(stream: Iterable[Records], path: Path, options: ReadOptions) -> Iterator[pa.Table]:
    reading = ParseOptions(
        time_zone=options.time_zone,
        source=GRIDSTATUS.source(options),
        blanks_withdraw=options.blanks == "withdrawn",
        missing_tokens=options.missing,
        valid_numbers=options.valid_numbers,
    )
    for records in stream:
        if "node" not in records.columns:
            refuse_totals(records, path)
        long = unpivot(_with_names(records, options), _measures(records, options))
        constants = {
            name: column for name, column in constant_columns(options, len(long.row_number)).items() if name != "metric"
        }
        complete = Records({**constants, **long.columns}, long.row_number, long.broken, long.decimal)
        yield from build_batches(complete, reading)


def _with_names(records: Records, options: ReadOptions) -> Records:
    """Return the records with region, and with resolution and source from Interval End and Market."""
    columns = dict(records.columns)
    rows = len(records.row_number)
    market, end = columns.pop("market", None), columns.pop("end", None)
    if market is not None and "source" not in columns:
        prefix = pa.scalar(GRIDSTATUS.source(options))
        columns["source"] = pc.binary_join_element_wise(prefix, market.cast(pa.string()), " ", null_handling="skip")
    if end is not None and "resolution" not in columns and options.resolution is None:
        columns["resolution"] = resolutions_between(columns["interval_start"], end, options.time_zone)
    if "region" not in columns and options.region is None:
        columns["region"] = columns["grid"] if "grid" in columns else constant(options.grid, rows)
    return Records(columns, records.row_number, records.broken, records.decimal)


def _measures(records: Records, options: ReadOptions) -> list[Measure]:
    """Return the measures: a known one is of the system or the row's location, any other column is a zone."""
    numbers = [key.removeprefix(MEASURE) for key in records.columns if key.startswith(MEASURE)]
    main = options.metric or next(MEASURES[name] for name in numbers if name in MEASURES)
    measures = []
    for name in numbers:
        names = {"metric": MEASURES.get(name, main)}
        if "node" not in records.columns:
            names["node"] = (options.grid or name) if name in MEASURES else name
        if options.unit is None and "unit" not in records.columns:
            names["unit"] = _unit(names["metric"], options.grid or "")
        measures.append(Measure(MEASURE + name, names))
    return measures


def _unit(metric: str, grid: str) -> str:
    if metric != "price":
        return "MW"
    return "CAD/MWh" if grid.upper() in _CANADIAN else "USD/MWh"


def _meaning(path: Path, options: ReadOptions) -> dict[str, object]:
    return options.named()


GRIDSTATUS = FileFormat(
    name="gridstatus",
    summary="Frames of the gridstatus library saved as CSV or Parquet; needs --grid. See also: pull.",
    default_source="gridstatus",
    default_collected_at_basis="published",
    default_resolution="PT1H",
    time_zone_of=time_zone_of,
    read_file=_tables,
    identity_fields=_meaning,
    accepted_options=CONSTANT_OPTIONS
    | COLLECTED_AT_OPTIONS
    | VALUE_OPTIONS
    | {"time_zone", "column_map", "blanks", "ignore"},
    read_table=_frames,
)
