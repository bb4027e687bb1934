"""EIA-930, hourly demand of US balancing authorities: one file is one node, as archived releases have it.

`date_time,demand (MW)[,forecast demand (MW)]`; date_time is UTC and names the END of the hour. The file's name is the
node, CODE or PARENT-CODE; the folder's name is the release, which says when the numbers were queried.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from loaders.canonical.batch import ParseOptions, Records, build_batches
from loaders.canonical.names import constant
from loaders.errors import LoadError, UsageError
from loaders.formats.column_mapping import constant_columns, listed, refuse_duplicates
from loaders.formats.file_format import COLLECTED_AT_OPTIONS, FileFormat, ReadOptions, utc_text
from loaders.formats.readers.byte_stream import chunks
from loaders.formats.readers.delimited import delimited_records

RELEASES = {
    "release_2019_Oct": datetime(2019, 9, 10, tzinfo=UTC),
    "release_2020_Oct": datetime(2020, 9, 28, tzinfo=UTC),
    "release_2020_Oct_include_subregions": datetime(2020, 10, 14, tzinfo=UTC),
    "release_2025_Jan_include_subregions": datetime(2025, 1, 23, tzinfo=UTC),
}
COLUMNS = {"load": "demand (MW)", "load_forecast": "forecast demand (MW)"}
_NODE = re.compile(r"(?P<parent>[A-Z0-9]{2,5})(?:-(?P<child>[A-Za-z0-9]{1,10}))?")
# Time zones as EIA's list of balancing authorities gives them; it counts El Paso and New Mexico to Arizona.
_AUTHORITIES = {
    "America/New_York": "CPLE CPLW DUK FMPP FPC FPL GVL HST ISNE JEA NSB NYIS OVEC PJM SC SCEG SEC TAL TEC YAD",
    "America/Chicago": "AEC AECI EEI ERCO LGEE MISO SEPA SOCO SPA SWPP TVA",
    "America/Denver": "GWA NWMT PACE PSCO WAUW WWA",
    "America/Phoenix": "AZPS DEAA EPE GRIF GRMA HGMA PNM SRP TEPC WACM WALC",
    "America/Los_Angeles": "AVA AVRN BANC BPAT CHPD CISO DOPD GCPD GRID IID IPCO LDWP NEVP PACW PGE PSEI SCL TIDC TPWR",
}
_TIME_ZONES = {code: zone for zone, codes in _AUTHORITIES.items() for code in codes.split()}


def time_zone_of(grid: str) -> str | None:
    """The IANA zone of a balancing authority, None where it is not on EIA's list."""
    return _TIME_ZONES.get(grid)


def node_of(path: Path) -> tuple[str, str, str]:
    """(grid, region, node) by the file's name. Raises LoadError where the name is no code."""
    node = path.name.removesuffix(".gz").removesuffix(".csv")
    match = _NODE.fullmatch(node)
    if match is None:
        raise LoadError(
            f"{path}: the file's name is the node, but {node!r} is no code; name it CODE.csv or PARENT-CODE.csv."
        )
    parent = match["parent"]
    return parent, f"{parent} subregions" if match["child"] else parent, node


def collected_at(path: Path, options: ReadOptions) -> datetime:
    """When the file's numbers were queried: what the caller says, else by the release. Raises LoadError for neither."""
    if options.collected_at is not None:
        return options.collected_at
    release = path.absolute().parent.name
    if release not in RELEASES:
        raise LoadError(
            f"{path}: the folder {release!r} is no known release, so nothing says when these numbers were collected; "
            "give collected_at."
        )
    return RELEASES[release]


def _metric(options: ReadOptions) -> str:
    metric = options.metric or "load"
    if metric not in COLUMNS:
        raise UsageError(f"The format eia930 has no metric {metric!r}; choose one of {', '.join(COLUMNS)}.")
    return metric


def _choose(header: list[str], path: Path, metric: str) -> dict[str, int]:
    names = [name.strip().lower() for name in header]
    refuse_duplicates(names, path)
    wanted = {"interval_end": "date_time", "value": COLUMNS[metric].lower()}
    for column in wanted.values():
        if column not in names:
            raise LoadError(
                f"{path}: the column {column} is missing; the file has {listed(names)}. "
                "Check the release, or choose another metric."
            )
    return {ours: names.index(theirs) for ours, theirs in wanted.items()}


def _tables(path: Path, options: ReadOptions) -> Iterator[pa.Table]:
    grid, region, node = node_of(path)
    metric = _metric(options)
    given = ReadOptions(metric=metric, collected_at=collected_at(path, options))
    reading = ParseOptions(
        time_zone="UTC",
        withdrawn_tokens=("MISSING", "EMPTY"),
        length=timedelta(hours=1),
        source=EIA930.source(options),
    )
    for records in delimited_records(chunks(path), path, lambda header: _choose(header, path, metric)):
        rows = len(records.row_number)
        names = {"grid": grid, "region": region, "node": node, "unit": "MW", "resolution": "PT1H"}
        columns = {name: constant(text, rows) for name, text in names.items()}
        columns |= {**constant_columns(given, rows), **records.columns}
        yield from build_batches(Records(columns, records.row_number, records.broken, records.decimal), reading)


def _meaning(path: Path, options: ReadOptions) -> dict[str, object]:
    return {
        "node": node_of(path)[2],
        "metric": _metric(options),
        "collected_at": utc_text(collected_at(path, options)),
    }


EIA930 = FileFormat(
    name="eia930",
    summary="EIA-930 hourly demand, one file per balancing authority or subregion, in its release's folder.",
    default_source="eia930",
    default_collected_at_basis="observed",
    default_resolution="PT1H",
    time_zone_of=time_zone_of,
    read_file=_tables,
    identity_fields=_meaning,
    accepted_options=COLLECTED_AT_OPTIONS | {"metric"},
)
