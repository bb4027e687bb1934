"""When the values of one series were collected and loaded, as Arrow tables: from the database or over HTTP."""

from datetime import datetime
from importlib.resources import files

import pandas as pd
import pyarrow as pa

from warehouse.connection import table_over_http
from warehouse.session import open_reader

FIRST_AND_LAST = """
select min(interval_start) as first_start, max(interval_start) as last_start
from marts.fct_measures_latest where series_id = $1
"""
COLLECTED = """
select collected_at, count(*) as revisions from marts.fct_measure_revisions
where series_id = $1 and interval_start >= $2 and interval_start < $3
group by collected_at order by collected_at
"""


@table_over_http
def first_and_last(series_id: int) -> pa.Table:
    """Return the first and the last interval_start of a series."""
    with open_reader() as read:
        return read(FIRST_AND_LAST, int(series_id))


@table_over_http
def collection_times(series_id: int, start: datetime, end: datetime, loaded: datetime | None = None) -> pa.Table:
    """Return how many revisions of [start, end) were collected at each time, at a system time; None: now."""
    values = int(series_id), *_plain(start, end)
    with open_reader() as read:
        if loaded is None:
            return read(COLLECTED, *values)
        return read(_sql("collected_as_loaded"), *values, *_plain(loaded))


@table_over_http
def status_changes(series_id: int, start: datetime, end: datetime, until: datetime | None = None) -> pa.Table:
    """Return when a load of [start, end) was accepted or withdrawn, up to a time."""
    with open_reader() as read:
        return read(_sql("status_changes"), int(series_id), *_plain(start, end, until))


FUNCTIONS = (first_and_last, collection_times, status_changes)


def _plain(*times: datetime | None) -> list[datetime | None]:
    """Return timestamps of pandas as the driver takes them."""
    return [time.to_pydatetime() if isinstance(time, pd.Timestamp) else time for time in times]


def _sql(name: str) -> str:
    return files("warehouse.analysis").joinpath("sql", f"{name}.sql").read_text()
