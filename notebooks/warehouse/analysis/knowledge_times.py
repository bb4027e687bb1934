"""Times when values of one series were collected, and when its loads were accepted or withdrawn."""

import numpy as np
import pandas as pd

import warehouse as wh
from warehouse.analysis import knowledge_tables
from warehouse.requests.times import TimestampLike, parse_timestamp


def series_range(series_id: int, loaded: pd.Timestamp | None = None) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """Return the first and last interval_start (UTC) of a series at a system time, or None without values."""
    if loaded is None:
        first, last = knowledge_tables.first_and_last(series_id).to_pandas().iloc[0]
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
    return knowledge_tables.collection_times(series_id, start, end, loaded).to_pandas()


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
    return knowledge_tables.status_changes(int(series_id), start, end, last).to_pandas()["changed_at"].tolist()


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
