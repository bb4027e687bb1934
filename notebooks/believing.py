"""What was believed of one series at several moments, on any of the clocks that can be turned back."""

from datetime import time
from typing import Any

import numpy as np
import pandas as pd
import warehouse as wh
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


def at_cutoffs(
    start: pd.Timestamp, end: pd.Timestamp, names: dict[str, Any], collected: Instant = None, loaded: Instant = None
) -> pd.DataFrame:
    """What was known of one local day [start, end) at its named cut-offs, as `warehouse.at_cutoff` answers of now.

    start, end: local midnights in the grid's zone. With `collected`, of the cut-offs that had passed then.
    """
    if collected is None and loaded is None:
        return wh.at_cutoff(None, start, end, **names, local=True)
    last, answers = instant(collected, "collected"), []
    for name, at in cutoffs_of(start, str(wh.grids().set_index("grid_id").loc[names["grid"], "grid_name"])).items():
        if last is None or at <= last:
            rows = wh.as_of(at, start, end, **names, loaded=loaded, local=True)
            answers.append(rows.assign(cutoff_name=name, delivery_date=start.tz_localize(None), cutoff_at=at))
    asked = wh.as_of(collected, start, end, **names, loaded=loaded, local=True)
    whole = pd.concat([part for part in answers if len(part)] or [asked.head(0).assign(cutoff_name="", cutoff_at=last)])
    whole.attrs = asked.attrs
    return whole.sort_values(["interval_start", "cutoff_at"], ignore_index=True)


def cutoffs_of(day: pd.Timestamp, grid: str) -> dict[str, pd.Timestamp]:
    """The moment of each named cut-off for the delivery on a day (a local midnight), in the day's zone.

    One that is given for the grid goes before the one of the same name for all. A local hour that is skipped is taken
    an hour later, one that comes twice the second time: as PostgreSQL does.
    """
    known = wh.cutoffs()
    known = known[known["grid"].isna() | (known["grid"] == grid)].drop_duplicates("name")  # the grid's own come first
    moments = {}
    for row in known.itertuples():
        at = time.fromisoformat(str(row.local_time))
        wall = day.tz_localize(None) - pd.Timedelta(days=row.days_before_delivery)
        wall += pd.Timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)
        moments[str(row.name)] = wall.tz_localize(day.tz, ambiguous=False, nonexistent=pd.Timedelta("1h"))
    return moments


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
