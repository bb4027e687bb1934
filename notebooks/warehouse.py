"""What an analyst asks of the warehouse; every answer is a tidy pandas DataFrame.

Times are tz-aware UTC; a time given without an offset is taken as UTC. Ranges are [start, end), None is an open end.
grid, region, node, metric and source take a name, an integer id, or a list of these (metric and source: names only).
`value` is in the column `unit`; NaN means that the publisher withdrew the number. Names are categoricals.
`frame.attrs` says what was asked, as of when, and on which loads. All raise ReadError, in one sentence.
"""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa
from asking import Instant, Name, choose, choose_one, instant, span
from reading import ReadError, session

__all__ = ["ReadError", "as_of", "grids", "history", "latest", "nodes", "regions", "series", "stats"]

IDS = ["series_id", "grid_id", "region_id", "node_id"]
NAMES = ["grid_name", "region_name", "node_name", "metric", "source", "unit"]

LATEST = """
select series_id, load_id, value, interval_start, collected_at from marts.fct_measures_latest
where series_id = any($1) and ($2::timestamptz is null or interval_start >= $2)
    and ($3::timestamptz is null or interval_start < $3)
order by series_id, interval_start
"""
# The series are chosen outside: that reaches the key of the facts, which the function's own filters do not.
AS_OF = """
select series_id, load_id, value, interval_start, collected_at
from marts.measures_as_of(collected_datetime => $4, start_datetime => $2, end_datetime => $3, loaded_datetime => $5)
where series_id = any($1)
order by series_id, interval_start
"""
HISTORY = """
select series_id, load_id, value, previous_value, change, lead_time_hours, is_latest,
    interval_start, interval_start + $4::interval as interval_end, collected_at, known_from, known_to
from marts.fct_measure_revisions
where series_id = any($1) and ($2::timestamptz is null or interval_start >= $2)
    and ($3::timestamptz is null or interval_start < $3)
order by series_id, interval_start, collected_at
"""
HISTORY_AS_OF = """
select series_id, load_id, value, previous_value, value - previous_value as change,
    extract(epoch from interval_start - collected_at)::double precision / 3600 as lead_time_hours,
    known_to is null as is_latest, interval_start, interval_start + $4::interval as interval_end,
    collected_at, collected_at as known_from, known_to
from marts.revisions_as_of(collected_datetime => $5, start_datetime => $2, end_datetime => $3, loaded_datetime => $6)
where series_id = any($1)
order by series_id, interval_start, collected_at
"""


def latest(
    start: Instant = None,
    end: Instant = None,
    *,
    grid: Name = None,
    region: Name = None,
    node: Name = None,
    metric: Name = None,
    source: Name = None,
    local: bool = False,
) -> pd.DataFrame:
    """The newest value of each series and interval in [start, end): the columns of marts.fct_measures_latest.

    local: add `interval_start_local`, in the grid's own zone; all rows must then be of one zone.
    """
    names = {"grid": grid, "region": region, "node": node, "metric": metric, "source": source}
    asked = {"start": start, "end": end, **names}
    first, last = span(start, end)
    with session() as read:
        chosen = _zoned(choose(_catalog(read), **names), local)
        rows = read(LATEST, _ids(chosen), _bound(first), _bound(last))
        return _answer("latest", asked, {"as_of": None, "loaded": None}, read, rows, chosen, local)


def as_of(
    collected: Instant,
    start: Instant = None,
    end: Instant = None,
    *,
    grid: Name = None,
    region: Name = None,
    node: Name = None,
    metric: Name = None,
    source: Name = None,
    loaded: Instant = None,
    local: bool = False,
) -> pd.DataFrame:
    """The value of each series and interval in [start, end) as it was known at `collected`; columns as `latest`.

    collected: knowledge time; None takes everything. loaded: system time, for what this warehouse would have answered
    then (`frame.attrs["read_at"]` of an earlier answer repeats it). local: see `latest`.
    """
    names = {"grid": grid, "region": region, "node": node, "metric": metric, "source": source}
    asked = {"collected": collected, "start": start, "end": end, **names, "loaded": loaded}
    first, last = span(start, end)
    known, stored = instant(collected, "collected"), instant(loaded, "loaded")
    with session() as read:
        chosen = _zoned(choose(_catalog(read), **names), local)
        rows = read(AS_OF, _ids(chosen), *map(_bound, (first, last, known, stored)))
        return _answer("as_of", asked, {"as_of": _text(known), "loaded": _text(stored)}, read, rows, chosen, local)


def history(
    node: str | int,
    metric: str | None,
    interval: Instant | tuple[Instant, Instant],
    *,
    grid: str | int | None = None,
    region: str | int | None = None,
    source: str | None = None,
    collected: Instant = None,
    loaded: Instant = None,
    local: bool = False,
) -> pd.DataFrame:
    """Every revision of one series, oldest first; interval: the start of one interval, or a pair (start, end).

    collected, loaded: only what was known, and what this warehouse held, at these moments; see `as_of`.
    The columns of `latest`, and previous_value, change, lead_time_hours, is_latest, interval_end, known_from, known_to.
    Raises ReadError with the candidates when the names fit several series.
    """
    names = {"grid": grid, "region": region, "node": node, "metric": metric, "source": source}
    asked = {"interval": interval, **names, "collected": collected, "loaded": loaded}
    known, stored = instant(collected, "collected"), instant(loaded, "loaded")
    moments = {"as_of": _text(known), "loaded": _text(stored)}
    if isinstance(interval, tuple | list):
        first, last = span(*interval)
    else:
        first = instant(interval, "interval")
        last = None if first is None else first + pd.Timedelta(microseconds=1)
    with session() as read:
        chosen = _zoned(choose_one(_catalog(read), **names), local)
        values = [_ids(chosen), _bound(first), _bound(last), str(chosen["resolution"].iloc[0])]
        if known is None and stored is None:
            rows = read(HISTORY, *values)
        else:
            rows = read(HISTORY_AS_OF, *values, _bound(known), _bound(stored))
        return _answer("history", asked, moments, read, rows, chosen, local)


def stats() -> pd.DataFrame:
    """One row: how many grids, regions, nodes, series, measures, revisions, loads by status, and how new they are."""
    return _table("select * from marts.warehouse_stats")


def grids() -> pd.DataFrame:
    """One row per grid: grid_id, grid_name, time_zone."""
    return _table("select * from marts.dim_grid order by grid_id")


def regions(grid: Name = None) -> pd.DataFrame:
    """One row per region, with its grid."""
    return choose(_table("select * from marts.dim_region order by region_id"), grid=grid).reset_index(drop=True)


def nodes(grid: Name = None, region: Name = None) -> pd.DataFrame:
    """One row per node, with its region and grid."""
    found = _table("select * from marts.dim_node order by node_id")
    return choose(found, grid=grid, region=region).reset_index(drop=True)


def series(
    grid: Name = None, region: Name = None, node: Name = None, metric: Name = None, source: Name = None
) -> pd.DataFrame:
    """One row per series (node, metric, source), with all its parents, unit, aggregation, resolution and time zone."""
    names = {"grid": grid, "region": region, "node": node, "metric": metric, "source": source}
    with session() as read:
        return choose(_catalog(read), **names).reset_index(drop=True)


def _catalog(read: Callable[..., pa.Table]) -> pd.DataFrame:
    return read("select * from marts.dim_series order by series_id").to_pandas()


def _table(sql: str) -> pd.DataFrame:
    with session() as read:
        return read(sql).to_pandas()


def _zoned(chosen: pd.DataFrame, local: bool) -> pd.DataFrame:
    zones = sorted(chosen["time_zone"].unique())
    if local and len(zones) > 1:
        raise ReadError(f"local=True needs one time zone, these series have {', '.join(zones)}; name one grid.")
    return chosen


def _ids(chosen: pd.DataFrame) -> list[int]:
    return chosen["series_id"].tolist()


def _bound(moment: pd.Timestamp | None) -> Any:
    return None if moment is None else moment.floor("us").to_pydatetime()


def _text(moment: pd.Timestamp | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _answer(
    call: str,
    asked: dict[str, Any],
    moments: dict[str, str | None],
    read: Callable[..., pa.Table],
    rows: pa.Table,
    chosen: pd.DataFrame,
    local: bool,
) -> pd.DataFrame:
    """The rows with the names of their series, which were not sent with every row."""
    frame = rows.to_pandas()
    place = pd.Index(chosen["series_id"]).get_indexer(frame["series_id"])
    columns: dict[str, Any] = {name: chosen[name].to_numpy()[place] for name in IDS}
    columns["load_id"] = frame["load_id"]
    for name in NAMES:
        words = pd.Categorical(chosen[name])
        columns[name] = pd.Categorical.from_codes(words.codes[place], dtype=words.dtype)
    columns |= {name: frame[name] for name in frame if name not in columns}
    answer = pd.DataFrame(columns)
    zones = sorted(chosen["time_zone"].unique())
    if local:
        local_start = answer["interval_start"].dt.tz_convert(zones[0] if zones else "UTC")
        answer.insert(answer.columns.get_loc("interval_start") + 1, "interval_start_local", local_start)
    # Plain values only, so that a frame can be written to Parquet and joined to another.
    answer.attrs = {
        "call": call,
        "asked": {name: str(value) for name, value in asked.items() if value is not None},
        **moments,
        "read_at": read("select now() as read_at")["read_at"][0].as_py().isoformat(),
        "rows": len(answer),
        "series": len(chosen),
        "loads": sorted(answer["load_id"].unique().tolist()),
        "time_zones": zones,
    }
    return answer
