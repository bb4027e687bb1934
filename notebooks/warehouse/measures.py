"""Values as they are, as they were known, and how they came about: see `warehouse` for what the arguments mean."""

from collections.abc import Iterable

import pandas as pd
import pyarrow as pa

from warehouse.arguments import Name, TimestampLike, check_choices, parse_range, parse_timestamp, select_one
from warehouse.query import Answer, run, sql_query, to_sql_timestamp
from warehouse.session import Reader

LATEST = """
select series_id, load_id, quality_flag, value, interval_start, collected_at from marts.fct_measures_latest
where series_id = any($1) and ($2::timestamptz is null or interval_start >= $2)
    and ($3::timestamptz is null or interval_start < $3)
    and ($5::boolean is null or (quality_flag is not null) = $5)
order by series_id, interval_start limit $4::bigint
"""
# The series are chosen outside: that reaches the key of the facts, which the function's own filters do not.
AS_OF = """
select series_id, load_id, quality_flag, value, interval_start, collected_at
from marts.measures_as_of(collected_datetime => $5, start_datetime => $2, end_datetime => $3, loaded_datetime => $6)
where series_id = any($1) and ($7::boolean is null or (quality_flag is not null) = $7)
order by series_id, interval_start limit $4::bigint
"""
AT_CUTOFF = """
select series_id, load_id, cutoff_name, value, delivery_date, cutoff_at, interval_start, collected_at
from marts.fct_measures_at_cutoff
where series_id = any($1) and ($2::timestamptz is null or interval_start >= $2)
    and ($3::timestamptz is null or interval_start < $3) and ($5::text[] is null or cutoff_name = any($5))
    and ($6::timestamptz is null or cutoff_at <= $6)
order by series_id, interval_start, cutoff_at, cutoff_name limit $4::bigint
"""
# By the rules of the mart: a cut-off given for one grid goes before the one of the same name for all.
AT_CUTOFF_THEN = """
with grid_cutoffs as (
    select distinct on (cutoffs.name, grid_id) cutoffs.name as cutoff_name, grid_id, days_before_delivery, local_time
    from marts.dim_grid inner join marts.cutoffs on cutoffs.grid is null or cutoffs.grid = dim_grid.grid_name
    order by cutoffs.name, grid_id, cutoffs.grid nulls last
),
asked as (
    select revisions.*, cutoff_name, (interval_start at time zone time_zone)::date as delivery_date,
        ((interval_start at time zone time_zone)::date - days_before_delivery + local_time) at time zone time_zone
            as cutoff_at
    from marts.revisions_as_of(start_datetime => $2, end_datetime => $3, loaded_datetime => $7) as revisions
        inner join marts.dim_series using (series_id)
        inner join grid_cutoffs on dim_series.grid_id = grid_cutoffs.grid_id
    where series_id = any($1) and ($5::text[] is null or cutoff_name = any($5))
)
select distinct on (series_id, interval_start, cutoff_at, cutoff_name)
    series_id, load_id, cutoff_name, value, delivery_date, cutoff_at, interval_start, collected_at
from asked where collected_at <= cutoff_at and ($6::timestamptz is null or cutoff_at <= $6)
order by series_id, interval_start, cutoff_at, cutoff_name, collected_at desc limit $4::bigint
"""
CUTOFFS = "select * from marts.cutoffs order by name, grid nulls first"
# A day ends on the grid's own calendar; everything shorter after so many seconds.
HISTORY = """
select series_id, load_id, quality_flag, value, previous_value, value - previous_value as change,
    extract(epoch from interval_start - collected_at)::double precision / 3600 as lead_time_hours,
    known_to is null as is_latest, interval_start,
    case when resolution like 'PT%' then interval_start + resolution::interval
        else (interval_start at time zone time_zone + resolution::interval) at time zone time_zone
    end as interval_end,
    collected_at, collected_at as known_from, known_to
from marts.revisions_as_of(collected_datetime => $5, start_datetime => $2, end_datetime => $3, loaded_datetime => $6)
    inner join marts.dim_series using (series_id)
where series_id = any($1) and ($7::boolean is null or (quality_flag is not null) = $7)
order by series_id, interval_start, collected_at limit $4::bigint
"""


def latest(
    start: TimestampLike = None,
    end: TimestampLike = None,
    *,
    grid: Name = None,
    region: Name = None,
    node: Name = None,
    metric: Name = None,
    source: Name = None,
    flagged: bool | None = None,
    local: bool = False,
    limit: int | None = None,
    into: str = "pandas",
    chunks: int | None = None,
) -> Answer:
    """The newest value of each series and interval in [start, end): the columns of marts.fct_measures_latest."""
    asked = locals()
    return run("latest", asked, sql_query(LATEST, asked, flagged))


def as_of(
    collected: TimestampLike,
    start: TimestampLike = None,
    end: TimestampLike = None,
    *,
    grid: Name = None,
    region: Name = None,
    node: Name = None,
    metric: Name = None,
    source: Name = None,
    loaded: TimestampLike = None,
    flagged: bool | None = None,
    local: bool = False,
    limit: int | None = None,
    into: str = "pandas",
    chunks: int | None = None,
) -> Answer:
    """The value of each series and interval in [start, end) as it was known at `collected`; columns as `latest`.

    collected: knowledge time; None takes everything. loaded: system time, for what this warehouse would have answered
    then (`frame.attrs["read_at"]` of an earlier answer repeats it).
    """
    asked = locals()
    moments = (
        to_sql_timestamp(parse_timestamp(collected, "collected")),
        to_sql_timestamp(parse_timestamp(loaded, "loaded")),
    )
    return run("as_of", asked, sql_query(AS_OF, asked, *moments, flagged))


def at_cutoff(
    name: str | list[str] | None,
    start: TimestampLike = None,
    end: TimestampLike = None,
    *,
    grid: Name = None,
    region: Name = None,
    node: Name = None,
    metric: Name = None,
    source: Name = None,
    collected: TimestampLike = None,
    loaded: TimestampLike = None,
    local: bool = False,
    limit: int | None = None,
    into: str = "pandas",
    chunks: int | None = None,
) -> Answer:
    """What was known of each interval at a named cut-off of its day, such as "day-ahead"; `cutoffs()` lists them.

    name: one, several or None for all. The columns of `latest` but quality_flag, and cutoff_name,
    delivery_date (local), cutoff_at. collected: only cut-offs that had passed then; loaded: as this warehouse held it
    then.
    """
    asked = locals()
    passed, stored = (
        to_sql_timestamp(parse_timestamp(collected, "collected")),
        to_sql_timestamp(parse_timestamp(loaded, "loaded")),
    )

    def ask(read: Reader, chosen: pd.DataFrame) -> Iterable[pa.Table]:
        wanted = check_choices("cut-off", name, read(CUTOFFS)["name"].unique().to_pylist())
        if stored is None:
            return sql_query(AT_CUTOFF, asked, wanted, passed)(read, chosen)
        return sql_query(AT_CUTOFF_THEN, asked, wanted, passed, stored)(read, chosen)

    return run("at_cutoff", asked, ask)


def history(
    node: str | int,
    metric: str | None,
    interval: TimestampLike | tuple[TimestampLike, TimestampLike],
    *,
    grid: str | int | None = None,
    region: str | int | None = None,
    source: str | None = None,
    collected: TimestampLike = None,
    loaded: TimestampLike = None,
    flagged: bool | None = None,
    local: bool = False,
    limit: int | None = None,
    into: str = "pandas",
    chunks: int | None = None,
) -> Answer:
    """Every revision of one series, oldest first; interval: the start of one interval, or a pair (start, end).

    The columns of `latest`, and previous_value, change, lead_time_hours, is_latest, interval_end, known_from, known_to.
    collected, loaded: the revisions known then, as this warehouse held them then; known_to and is_latest are of then.
    Raises ReadError with the candidates when the names fit several series.
    """
    asked = locals()
    within = parse_range(*interval) if isinstance(interval, tuple | list) else _just(interval)
    moments = (
        to_sql_timestamp(parse_timestamp(collected, "collected")),
        to_sql_timestamp(parse_timestamp(loaded, "loaded")),
    )
    ask = sql_query(HISTORY, asked, *moments, flagged, within=within)
    return run("history", asked, ask, chosen_by=select_one)


def _just(interval: TimestampLike) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    start = parse_timestamp(interval, "interval")
    return start, None if start is None else start + pd.Timedelta(microseconds=1)
