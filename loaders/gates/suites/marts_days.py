"""Rules on the last full local day of each grid: how much of it is there, and how many nodes told of it.

The entries of rules.yml come as a setting of the session, as queries take no parameters; `metrics` is null for every
metric.
"""

from loaders.gates.results import Expectation


# The last local day of which the grid has told the end; by metric and source, as forecasts are ahead of readings.
# A series is expected from its first value on, until it has been silent for as long as it is remembered.
# The microseconds: right also where a clock change repeats or skips midnight.
def _last_day(kind: str) -> str:
    return f"""
with rules as (
    select *
    from jsonb_to_recordset(current_setting('warehouse.rules')::jsonb -> 'marts') as rules (
        name text, kind text, metrics jsonb, min_share double precision, remembered interval
    )
    where kind = '{kind}'
),
spans as (
    select
        rules.name as rule,
        rules.min_share,
        rules.remembered,
        series.*,
        earliest.interval_start as begins_at,
        case
            when series.resolution like 'PT%' then newest.interval_start + series.resolution::interval
            else
                (newest.interval_start at time zone series.time_zone + series.resolution::interval)
                at time zone series.time_zone
        end as ends_at
    from rules
    inner join marts.dim_series as series on rules.metrics is null or rules.metrics @> to_jsonb(series.metric)
    cross join lateral (
        select interval_start from marts.fct_measures_latest as latest
        where latest.series_id = series.series_id and latest.value is not null
        order by interval_start
        limit 1
    ) as earliest
    cross join lateral (
        select interval_start from marts.fct_measures_latest as latest
        where latest.series_id = series.series_id and latest.value is not null
        order by interval_start desc
        limit 1
    ) as newest
),
told as (
    select *, max(ends_at) over (partition by rule, grid_id, metric, source) as told_until from spans
),
midnights as (
    select *, date_trunc('day', told_until at time zone time_zone) as midnight from told
),
days as (
    select
        *,
        (midnight - interval '1 day')::date as local_date,
        (midnight - interval '1 day' - interval '1 microsecond') at time zone time_zone
        + interval '1 microsecond' as day_start_at,
        (midnight - interval '1 microsecond') at time zone time_zone + interval '1 microsecond' as day_end_at
    from midnights
    where ends_at > told_until - remembered
),
expectations as (
    select
        days.*,
        case
            when resolution like 'PT%' then
                ceil(extract(epoch from day_end_at - begins_at) / extract(epoch from resolution::interval))
                - ceil(
                    extract(epoch from greatest(day_start_at, begins_at) - begins_at)
                    / extract(epoch from resolution::interval)
                )
            else 1
        end as expected,
        (
            select count(latest.value)
            from marts.fct_measures_latest as latest
            where
                latest.series_id = days.series_id
                and latest.interval_start >= days.day_start_at
                and latest.interval_start < days.day_end_at
        ) as present
    from days
    where begins_at < day_end_at
)
"""  # noqa: S608 - the kind is named in this module


LAST_DAY_IS_COMPLETE = Expectation(
    name="Each grid's last full local day is as complete as the rules of kind completeness ask",
    scope="marts.fct_measures_latest",
    query=_last_day("completeness")
    + """
select
    rule,
    grid_name as grid,
    metric,
    source,
    local_date,
    sum(present) as present,
    sum(expected) as expected,
    string_agg(node_name, ', ' order by node_name) filter (where present < expected) as nodes,
    rule || ': ' || grid_name || ' has ' || sum(present) || ' of ' || sum(expected) || ' values of ' || metric || ' ('
    || source || ') on ' || local_date || ', and should have ' || min_share * 100 || ' %' as finding
from expectations
group by rule, min_share, grid_name, metric, source, local_date
having sum(present)::double precision / nullif(sum(expected), 0) < min_share
order by rule, grid_name, metric, source
""",
    counted="days of a grid",
    remedy="See marts.fct_completeness for the hours; ingest what is missing, or ask its publisher",
)

REGIONS_REPORT = Expectation(
    name="As many nodes of each region reported on the last full local day as the rules of kind hierarchy_share ask",
    scope="marts.fct_measures_latest",
    query=_last_day("hierarchy_share")
    + """
select
    rule,
    grid_name as grid,
    region_name as region,
    metric,
    source,
    local_date,
    count(distinct node_id) filter (where present > 0) as nodes_reporting,
    count(distinct node_id) as nodes_expected,
    string_agg(node_name, ', ' order by node_name) filter (where present = 0) as nodes_silent,
    rule || ': ' || count(distinct node_id) filter (where present > 0) || ' of ' || count(distinct node_id)
    || ' nodes of ' || grid_name || ' ' || region_name || ' told ' || metric || ' (' || source || ') on ' || local_date
    || ', and ' || min_share * 100 || ' % should' as finding
from expectations
where expected > 0
group by rule, min_share, grid_name, region_name, metric, source, local_date
having count(distinct node_id) filter (where present > 0) / count(distinct node_id)::double precision < min_share
order by rule, grid_name, region_name, metric, source
""",
    counted="regions",
    remedy="Ingest what is missing, or ask its publisher",
)
