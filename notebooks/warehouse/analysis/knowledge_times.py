"""When something became known about one series: what a slider over knowledge time moves along."""

import numpy as np
import pandas as pd

import warehouse as wh
from warehouse.arguments import TimestampLike, parse_timestamp
from warehouse.session import open_reader

SPAN = """
select min(interval_start) as first_start, max(interval_start) as last_start
from marts.fct_measures_latest where series_id = $1
"""
COLLECTED = """
select collected_at, count(*) as revisions from marts.fct_measure_revisions
where series_id = $1 and interval_start >= $2 and interval_start < $3
group by collected_at order by collected_at
"""
# Of everything ever received, what the loads brought that counted at the system time $4.
COLLECTED_THEN = """
with last_events as (
    select distinct on (load_id) load_id, status from marts.fct_load_events
    where changed_at <= $4 order by load_id, event_id desc
)
select collected_at, count(distinct interval_start) as revisions
from marts.fct_measures_received inner join last_events using (load_id)
where series_id = $1 and interval_start >= $2 and interval_start < $3 and status = 'accepted'
group by collected_at order by collected_at
"""


def span_of(series_id: int, loaded: pd.Timestamp | None = None) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """The first and the last interval_start (UTC) that a series has, at the system time `loaded`; None: it has none."""
    if loaded is None:
        with open_reader() as read:
            found = read(SPAN, series_id).to_pandas()
        first, last = found.iloc[0]
    else:
        one = wh.series().set_index("series_id").loc[series_id]
        names = {"grid": one.grid_id, "region": one.region_id, "node": one.node_id}
        starts = wh.as_of(None, **names, metric=one.metric, source=one.source, loaded=loaded)["interval_start"]
        first, last = starts.min(), starts.max()
    return None if pd.isna(first) else (first, last)


def revisions(
    series_id: int, start: pd.Timestamp, end: pd.Timestamp, loaded: pd.Timestamp | None = None
) -> pd.DataFrame:
    """One row for each moment at which something was collected about the intervals in [start, end), oldest first.

    Columns collected_at (UTC) and revisions (how many).
    """
    values = [series_id, start.to_pydatetime(), end.to_pydatetime()]
    with open_reader() as read:
        if loaded is None:
            return read(COLLECTED, *values).to_pandas()
        return read(COLLECTED_THEN, *values, loaded.to_pydatetime()).to_pandas()


def whole_minutes(collected: pd.Series) -> list[pd.Timestamp]:
    """The ends of the minutes in which something was collected, oldest first.

    As of such a moment all of it is known, so that a clock that shows minutes names exactly what it stands for.
    """
    return sorted(collected.dt.ceil("min").unique())


# When something began or ceased to count that the loads brought about a series and range.
COUNTED_FROM = """
select distinct changed_at from marts.fct_load_events
where status in ('accepted', 'withdrawn') and ($4::timestamptz is null or changed_at <= $4) and load_id in (
    select load_id from marts.fct_measures_received
    where series_id = $1 and interval_start >= $2 and interval_start < $3
)
order by changed_at
"""


def turning_points(collected: pd.Series, most: int, until: TimestampLike = None) -> list[pd.Timestamp]:
    """At most so many of the moments at which something became known, evenly among them, up to the newest one.

    They are whole minutes, at whose end all of the minute is known, but never later than `until`.
    """
    last = parse_timestamp(until, "until")
    known = spread(whole_minutes(collected), most)
    return sorted({at if last is None else min(at, last) for at in known})


def spread(moments: list[pd.Timestamp], most: int) -> list[pd.Timestamp]:
    """At most so many of them: the last, and those that stand evenly before it."""
    if len(moments) <= most:
        return list(moments)
    places = np.ceil(np.arange(1, most + 1) * len(moments) / most).astype(int) - 1
    return [moments[place] for place in places]


def system_moments(
    series_id: int, start: pd.Timestamp, end: pd.Timestamp, loaded: TimestampLike = None
) -> list[pd.Timestamp]:
    """When, up to `loaded`, a load about [start, end) began or ceased to count; in UTC, oldest first."""
    last = parse_timestamp(loaded, "loaded")
    values = [int(series_id), start.to_pydatetime(), end.to_pydatetime(), last and last.to_pydatetime()]
    with open_reader() as read:
        return read(COUNTED_FROM, *values).to_pandas()["changed_at"].tolist()


def summed_up(frames: list[pd.DataFrame], moments: list[pd.Timestamp], clock: str, zone: str) -> pd.DataFrame:
    """One row per answer: the moment it is of, how many intervals it knew, their mean, and the highest value."""
    values = [frame["value"].dropna() for frame in frames]
    return pd.DataFrame(
        {
            clock: [at.tz_convert(zone) for at in moments],
            "intervals known": [len(known) for known in values],
            "mean": [round(known.mean(), 2) for known in values],
            "highest": [round(known.max(), 2) for known in values],
        }
    )
