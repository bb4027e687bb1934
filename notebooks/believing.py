"""What was believed of one series at several moments, on any of the clocks that can be turned back."""

import numpy as np
import pandas as pd
from asking import Instant, instant
from moments import whole_minutes
from reading import session

# When something began or ceased to count that the loads brought about a series and range.
COUNTED_FROM = """
select distinct changed_at from marts.fct_load_events
where status in ('accepted', 'withdrawn') and ($4::timestamptz is null or changed_at <= $4) and load_id in (
    select load_id from marts.fct_measures_received
    where series_id = $1 and interval_start >= $2 and interval_start < $3
)
order by changed_at
"""


def turning_points(collected: pd.Series, most: int, until: Instant = None) -> list[pd.Timestamp]:
    """At most so many of the moments at which something became known, evenly among them, up to the newest one.

    They are whole minutes, at whose end all of the minute is known, but never later than `until`.
    """
    last = instant(until, "until")
    known = spread(whole_minutes(collected), most)
    return sorted({at if last is None else min(at, last) for at in known})


def spread(moments: list[pd.Timestamp], most: int) -> list[pd.Timestamp]:
    """At most so many of them: the last, and those that stand evenly before it."""
    if len(moments) <= most:
        return list(moments)
    places = np.ceil(np.arange(1, most + 1) * len(moments) / most).astype(int) - 1
    return [moments[place] for place in places]


def system_moments(
    series_id: int, start: pd.Timestamp, end: pd.Timestamp, loaded: Instant = None
) -> list[pd.Timestamp]:
    """When, up to `loaded`, a load about [start, end) began or ceased to count; in UTC, oldest first."""
    last = instant(loaded, "loaded")
    values = [int(series_id), start.to_pydatetime(), end.to_pydatetime(), last and last.to_pydatetime()]
    with session() as read:
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
