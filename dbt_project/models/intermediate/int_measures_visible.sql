-- No CTEs: PostgreSQL does not merge a view that has them into the query around it, and a build reads few keys.
-- Not through stg_deliveries: a repeated row matters only where the load that stored it does not count.
select
    stored.series_id,
    stored.interval_start,
    stored.collected_at,
    stored.value,
    stored.load_id as stored_load_id,
    stored.load_id
from {{ ref('stg_measures') }} as stored
inner join {{ ref('int_loads_applied') }} as applied on stored.load_id = applied.load_id
union all
select
    repeated.series_id,
    repeated.interval_start,
    repeated.collected_at,
    repeated.value,
    repeated.load_id as stored_load_id,
    min(redelivered_rows.load_id) as load_id
from {{ ref('stg_redelivered_rows') }} as redelivered_rows
inner join {{ ref('int_loads_applied') }} as applied on redelivered_rows.load_id = applied.load_id
inner join {{ ref('stg_loads') }} as storing_loads on redelivered_rows.row_ids && storing_loads.row_ids
inner join {{ ref('stg_measures') }} as repeated
    on storing_loads.load_id = repeated.load_id and redelivered_rows.row_ids @> repeated.row_id
where
    not exists (
        select
        from {{ ref('int_loads_applied') }} as storing_applied
        where storing_applied.load_id = storing_loads.load_id
    )
group by repeated.series_id, repeated.interval_start, repeated.collected_at, repeated.value, repeated.load_id
