-- As of a day ahead, as much as the load gate lets through: another expectation is about values from the future.
with latest as (
    select
        measures.series_id,
        measures.interval_start,
        measures.collected_at,
        measures.value,
        measures.load_id
    from marts.fct_measures_latest as measures
),

as_of_now as (
    select
        series_id,
        interval_start,
        collected_at,
        value,
        load_id
    from marts.measures_as_of(now() + interval '1 day')
),

only_latest as (
    select * from latest
    except all
    select * from as_of_now
),

only_as_of_now as (
    select * from as_of_now
    except all
    select * from latest
),

differing as (
    select
        'latest has values that are missing as of now' as finding,
        only_latest.*
    from only_latest
    union all
    select
        'values as of now are missing in latest' as finding,
        only_as_of_now.*
    from only_as_of_now
)

select
    series.grid_name as grid,
    series.region_name as region,
    series.node_name as node,
    series.metric,
    differing.*
from differing
left join marts.dim_series as series on differing.series_id = series.series_id
order by differing.series_id, differing.interval_start, differing.collected_at
