"""How good forecasts were, and what changed after delivery: see `warehouse` for what the arguments mean."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
import pyarrow as pa

from warehouse import as_of_scoring
from warehouse.arguments import Name, TimestampLike, check_choice, parse_range, parse_row_count, parse_timestamp
from warehouse.measures import AS_OF, HISTORY
from warehouse.query import Answer, Ask, ids, run, sql_query, to_sql_timestamp
from warehouse.session import Reader

GROUPS = ("lead_time", "quality_level", "hour", "series")
ACCURACY = """
select series_id, load_id, actual_series_id, quality_level, forecast_value, actual_value, error, absolute_error,
    relative_error, lead_time_hours, interval_start, collected_at, actual_collected_at
from marts.fct_forecast_accuracy
where series_id = any($1) and ($2::timestamptz is null or interval_start >= $2)
    and ($3::timestamptz is null or interval_start < $3)
order by series_id, interval_start, collected_at limit $4::bigint
"""
# By the numbers that as_of_scoring.labelled gives a meaning.
SUMMED_UP = """
select series_id, actual_series_id, "group", count(*) as forecasts, avg(error) as bias, avg(absolute_error) as mae,
    sqrt(avg(error * error)) as rmse, avg(relative_error) as mape,
    case when sum(abs(actual_value)) >= 1e-6 then sum(absolute_error) / sum(abs(actual_value)) end as wape
from (
    select accuracy.*,
        case $5::text
            when 'lead_time' then width_bucket(lead_time_hours, $6::double precision[])
            when 'quality_level' then coalesce(array_position($7::text[], quality_level), 0)
            when 'hour' then extract(hour from interval_start at time zone time_zone)::integer
            else 0
        end as "group"
    from marts.fct_forecast_accuracy as accuracy inner join marts.dim_series using (series_id)
    where series_id = any($1) and ($2::timestamptz is null or interval_start >= $2)
        and ($3::timestamptz is null or interval_start < $3) and error is not null
) as grouped
group by series_id, actual_series_id, "group" order by series_id, "group" limit $4::bigint
"""
QUALITY_LEVELS = "select quality_level, relative_error_from from marts.quality_levels order by relative_error_from"
LEAD_TIME_BOUNDS = "select hours_from from marts.lead_time_buckets order by hours_from"
MEASURED_BY = """
select measured.series_id, measured.actual_series_id, measured.is_own,
    extract(epoch from actual.resolution::interval)::double precision as actual_seconds,
    actual.unit ~ '^[kMGT]?Wh$' as sums_over_time
from marts.dim_actual_series as measured
    inner join marts.dim_series as actual on measured.actual_series_id = actual.series_id
where measured.series_id = any($1)
"""
RESTATEMENTS = """
select series_id, load_id, previous_value, value, change, absolute_change, relative_change, lateness_hours,
    restatement_rank, is_first_reading, delivery_date, interval_start, interval_end, collected_at
from marts.fct_restatements
where series_id = any($1) and ($2::timestamptz is null or interval_start >= $2)
    and ($3::timestamptz is null or interval_start < $3)
order by series_id, interval_start, collected_at limit $4::bigint
"""
BY_MONTH = """
select series_id, count(*) as restatements, count(distinct interval_start) as intervals,
    count(*) filter (where value is null) as withdrawals, avg(change) as mean_change,
    avg(absolute_change) as mean_absolute_change, max(absolute_change) as largest_absolute_change,
    avg(relative_change) as mean_relative_change, max(relative_change) as largest_relative_change,
    avg(lateness_hours) as mean_lateness_hours, max(lateness_hours) as longest_lateness_hours,
    date_trunc('month', delivery_date)::date as delivery_month
from marts.fct_restatements
where series_id = any($1) and ($2::timestamptz is null or interval_start >= $2)
    and ($3::timestamptz is null or interval_start < $3) and not is_first_reading
group by series_id, date_trunc('month', delivery_date) order by series_id, delivery_month limit $4::bigint
"""


def accuracy(
    start: TimestampLike = None,
    end: TimestampLike = None,
    *,
    by: str | None = "lead_time",
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
    """How far off the forecasts of the intervals in [start, end) were, summed up per series and `by`.

    by: "lead_time" (buckets of the code list), "quality_level", "hour" (of the local day) or "series" (all in one):
    forecasts (how many), bias, mae and rmse in `unit`, mape and wape as fractions; see marts.agg_accuracy_by_lead_time.
    None: every forecast beside its actual, the columns of marts.fct_forecast_accuracy.
    collected, loaded: by the forecasts and actuals known then, as this warehouse held them then; this reads all
    revisions of the range into memory.
    """
    asked = locals()
    check_choice("grouping", by, [*GROUPS, None])
    if collected is not None or loaded is not None:
        return run("accuracy", asked, _scored(asked, _accuracy_then))

    def ask(read: Reader, chosen: pd.DataFrame) -> Iterable[pa.Table]:
        bounds, levels = (
            read(LEAD_TIME_BOUNDS)["hours_from"].to_pylist(),
            read(QUALITY_LEVELS)["quality_level"].to_pylist(),
        )
        if by is None:
            found = sql_query(ACCURACY, asked)(read, chosen)
            return (_with_ordered(rows, "quality_level", levels) for rows in found)
        found = sql_query(SUMMED_UP, asked, by, bounds, levels)(read, chosen)
        return (_table(as_of_scoring.labelled(rows.to_pandas(), by, bounds, levels)) for rows in found)

    return run("accuracy", asked, ask)


def restatements(
    start: TimestampLike = None,
    end: TimestampLike = None,
    *,
    by: str | None = None,
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
    """What was changed after delivery, of the intervals in [start, end): a row per change, with its size and lateness.

    The columns of marts.fct_restatements; a first reading in place of a forecast is one too (is_first_reading).
    by="month": per series and local month, first readings left out, the columns of marts.agg_restatements.
    collected, loaded: by what was known then, as this warehouse held it then; this reads all
    revisions of the range into memory.
    """
    asked = locals()
    check_choice("grouping", by, ["month", None])
    if collected is not None or loaded is not None:
        return run("restatements", asked, _scored(asked, _restatements_then))
    return run("restatements", asked, sql_query(BY_MONTH if by == "month" else RESTATEMENTS, asked))


def _scored(asked: dict[str, Any], score: Any) -> Ask:
    """Rows computed from the revisions that were known at `collected`, as the warehouse held them at `loaded`."""
    moments = [to_sql_timestamp(parse_timestamp(asked[clock], clock)) for clock in ("collected", "loaded")]
    first, last = map(to_sql_timestamp, parse_range(asked["start"], asked["end"]))
    limit, chunks = parse_row_count("limit", asked["limit"]), parse_row_count("chunks", asked["chunks"])

    def ask(read: Reader, chosen: pd.DataFrame) -> Iterable[pa.Table]:
        revisions = read(HISTORY, ids(chosen), first, last, None, *moments, None).to_pandas()
        rows = _table(score(read, revisions, chosen, moments, asked["by"])).slice(0, limit)
        step = chunks or max(rows.num_rows, 1)
        return [rows.slice(at, step) for at in range(0, max(rows.num_rows, 1), step)]

    return ask


def _accuracy_then(
    read: Reader, revisions: pd.DataFrame, chosen: pd.DataFrame, moments: list[Any], by: str | None
) -> pd.DataFrame:
    levels, bounds = read(QUALITY_LEVELS).to_pandas(), read(LEAD_TIME_BOUNDS)["hours_from"].to_pylist()
    measured_by = read(MEASURED_BY, ids(chosen)).to_pandas()
    others = measured_by.loc[~measured_by["is_own"], "actual_series_id"].drop_duplicates()
    reach = [None, None]
    if len(revisions):  # an actual is wanted up to the end of the last forecast, which may lie after the range
        reach = [to_sql_timestamp(revisions["interval_start"].min()), to_sql_timestamp(revisions["interval_end"].max())]
    actuals = read(AS_OF, ids(others), *reach, None, *moments, None).to_pandas()
    rows = as_of_scoring.accuracy(revisions, actuals, measured_by, levels)
    if by is None:
        return rows
    zones = dict(zip(chosen["series_id"], chosen["time_zone"], strict=True))
    sums = as_of_scoring.summed_up(rows, as_of_scoring.group_of(rows, by, bounds, zones))
    return as_of_scoring.labelled(sums, by, bounds, levels["quality_level"].tolist())


def _restatements_then(
    read: Reader, revisions: pd.DataFrame, chosen: pd.DataFrame, moments: list[Any], by: str | None
) -> pd.DataFrame:
    rows = as_of_scoring.restatements(revisions, dict(zip(chosen["series_id"], chosen["time_zone"], strict=True)))
    return rows if by is None else as_of_scoring.by_month(rows)


def _table(frame: pd.DataFrame) -> pa.Table:
    """Without pandas' own metadata; a column *_date or *_month is one of days."""
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    for name in ("delivery_date", "delivery_month"):
        if name in table.column_names:
            table = table.set_column(table.column_names.index(name), name, table[name].cast(pa.date32()))
    return table


def _with_ordered(rows: pa.Table, name: str, words: list[str]) -> pa.Table:
    place = pa.compute.index_in(rows[name], value_set=pa.array(words, pa.string())).combine_chunks()
    ordered = pa.DictionaryArray.from_arrays(place, pa.array(words, pa.string()), ordered=True)
    return rows.set_column(rows.column_names.index(name), name, ordered)
