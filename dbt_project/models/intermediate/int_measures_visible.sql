with loads as (
    select * from {{ ref('stg_loads') }}
),

measures as not materialized (
    select * from {{ ref('stg_measures') }}
),

redelivered_rows as (
    select * from {{ ref('stg_redelivered_rows') }}
),

stored as (
    select
        measures.series_id,
        measures.interval_start,
        measures.collected_at,
        measures.value,
        measures.load_id as stored_load_id,
        measures.load_id
    from measures
    inner join loads on measures.load_id = loads.load_id
    where loads.is_accepted
),

redelivered as (
    select
        measures.series_id,
        measures.interval_start,
        measures.collected_at,
        measures.value,
        measures.load_id as stored_load_id,
        min(redelivered_rows.load_id) as load_id
    from redelivered_rows
    inner join loads on redelivered_rows.load_id = loads.load_id and loads.is_accepted
    inner join loads as storing_loads
        on redelivered_rows.row_ids && storing_loads.row_ids and not storing_loads.is_accepted
    inner join measures
        on storing_loads.load_id = measures.load_id and redelivered_rows.row_ids @> measures.row_id
    group by
        measures.series_id, measures.interval_start, measures.collected_at, measures.value, measures.load_id
),

final as (
    select * from stored
    union all
    select * from redelivered
)

select * from final
