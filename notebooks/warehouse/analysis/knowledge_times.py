"""Times when values of one series were collected, and when its loads were accepted or withdrawn."""

from importlib.resources import files

import numpy as np
import pandas as pd

import warehouse as wh
from warehouse.session import open_reader
from warehouse.times import TimestampLike, parse_timestamp

FIRST_AND_LAST = """
select min(interval_start) as first_start, max(interval_start) as last_start
from marts.fct_measures_latest where series_id = $1
"""
COLLECTED = """
select collected_at, count(*) as revisions from marts.fct_measure_revisions
where series_id = $1 and interval_start >= $2 and interval_start < $3
group by collected_at order by collected_at
"""


def series_range(series_id: int, loaded: pd.Timestamp | None = None) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """Return the first and last interval_start (UTC) of a series at a system time, or None without values."""
    if loaded is None:
        with open_reader() as read:
            rows = read(FIRST_AND_LAST, series_id).to_pandas()
        first, last = rows.iloc[0]
    else:
        series = wh.series()
        row = series[series["series_id"] == series_id].iloc[0]
        grid, region, node = (int(row[f"{level}_id"]) for level in ("grid", "region", "node"))
        metric, source = str(row["metric"]), str(row["source"])
        rows = wh.as_of(None, grid=grid, region=region, node=node, metric=metric, source=source, loaded=loaded)
        starts = rows["interval_start"]
        first, last = starts.min(), starts.max()
    return None if pd.isna(first) else (first, last)


def revision_counts(
    series_id: int, start: pd.Timestamp, end: pd.Timestamp, loaded: pd.Timestamp | None = None
) -> pd.DataFrame:
    """Return one row per collection time of the intervals in [start, end), oldest first: collected_at, revisions."""
    values = [series_id, start.to_pydatetime(), end.to_pydatetime()]
    with open_reader() as read:
        if loaded is None:
            return read(COLLECTED, *values).to_pandas()
        return read(_sql("collected_as_loaded"), *values, loaded.to_pydatetime()).to_pandas()


def round_up_to_minutes(collected: pd.Series) -> list[pd.Timestamp]:
    """Return the ends of the minutes with a collection, oldest first.

    As of such a time all values of the minute are known, so that a text with minutes names the time exactly.
    """
    return sorted(collected.dt.ceil("min").unique())


def spread_as_of_times(collected: pd.Series, most: int, until: TimestampLike = None) -> list[pd.Timestamp]:
    """Return at most `most` of the collection times, evenly spread, up to the newest; whole minutes up to `until`."""
    last = parse_timestamp(until, "until")
    times = spread(round_up_to_minutes(collected), most)
    return sorted({at if last is None else min(at, last) for at in times})


def spread(times: list[pd.Timestamp], most: int) -> list[pd.Timestamp]:
    """Return at most `most` of the times: the last, and others evenly spread before it."""
    if len(times) <= most:
        return list(times)
    positions = np.ceil(np.arange(1, most + 1) * len(times) / most).astype(int) - 1
    return [times[position] for position in positions]


def system_times(
    series_id: int, start: pd.Timestamp, end: pd.Timestamp, loaded: TimestampLike = None
) -> list[pd.Timestamp]:
    """Return when, up to `loaded`, a load of [start, end) was accepted or withdrawn; in UTC, oldest first."""
    last = parse_timestamp(loaded, "loaded")
    bounds = [start.to_pydatetime(), end.to_pydatetime(), None if last is None else last.to_pydatetime()]
    with open_reader() as read:
        return read(_sql("status_changes"), int(series_id), *bounds).to_pandas()["changed_at"].tolist()


def summarize(frames: list[pd.DataFrame], times: list[pd.Timestamp], clock: str, zone: str) -> pd.DataFrame:
    """Return one row per frame: its time, how many intervals have a value, their mean, and the highest value."""
    values = [frame["value"].dropna() for frame in frames]
    return pd.DataFrame(
        {
            clock: [at.tz_convert(zone) for at in times],
            "intervals": [len(one) for one in values],
            "mean": [round(one.mean(), 2) for one in values],
            "highest": [round(one.max(), 2) for one in values],
        }
    )


def _sql(name: str) -> str:
    return files("warehouse.analysis").joinpath("sql", f"{name}.sql").read_text()
