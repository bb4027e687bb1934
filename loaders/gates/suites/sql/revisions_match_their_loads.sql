-- By the loads that the build applied, so that one that is accepted while this runs raises no second alarm.
-- The rows that a load delivered are joined here and not read from raw.deliveries, on purpose: this is the independent
-- check of the models, which read that view. Archived months were compared when their rows were still in raw.measures.
with archived as (
    select
        archived_months.month::timestamp at time zone 'UTC' as month_start,
        (archived_months.month + interval '1 month') at time zone 'UTC' as month_end
    from raw.archived_months
),

counted as (
    select
        measures.series_id,
        measures.interval_start,
        measures.collected_at,
        measures.load_id,
        measures.value
    from raw.measures
    inner join staging.int_loads_applied as applied on measures.load_id = applied.load_id
    union all
    select
        measures.series_id,
        measures.interval_start,
        measures.collected_at,
        measures.load_id,
        measures.value
    from raw.redelivered_rows
    inner join staging.int_loads_applied as applied on redelivered_rows.load_id = applied.load_id
    inner join raw.loads as storing_loads
        on redelivered_rows.row_ids && int8range(storing_loads.first_row_id, storing_loads.last_row_id, '[]')
    inner join raw.measures
        on storing_loads.load_id = measures.load_id and redelivered_rows.row_ids @> measures.row_id
    where
        not exists (
            select from staging.int_loads_applied as others
            where others.load_id = storing_loads.load_id
        )
),

expected as (
    select distinct on (series_id, interval_start, collected_at)
        series_id,
        interval_start,
        collected_at,
        value,
        true as is_present
    from counted
    where
        not exists (
            select from archived
            where counted.interval_start >= archived.month_start and counted.interval_start < archived.month_end
        )
    order by series_id, interval_start, collected_at, load_id desc
),

published as (
    select
        revisions.series_id,
        revisions.interval_start,
        revisions.collected_at,
        revisions.value,
        revisions.load_id,
        true as is_present
    from staging.int_measure_revisions as revisions
    where
        not exists (
            select from archived
            where revisions.interval_start >= archived.month_start and revisions.interval_start < archived.month_end
        )
),

differing as (
    select
        series_id,
        interval_start,
        collected_at,
        expected.value as expected_value,
        published.value as published_value,
        published.load_id,
        case
            when published.is_present is null then 'revisions are missing in the mart'
            when expected.is_present is null then 'revisions are in the mart that no accepted load delivered'
            else 'values differ from those delivered'
        end as finding
    from expected
    full join published using (series_id, interval_start, collected_at)
    where
        expected.is_present is null
        or published.is_present is null
        or expected.value is distinct from published.value
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
