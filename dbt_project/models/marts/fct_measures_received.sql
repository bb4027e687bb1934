with measures as (
    select * from {{ ref('stg_measures') }}
),

loads as (
    select * from {{ ref('stg_loads') }}
),

redelivered_rows as (
    select * from {{ ref('stg_redelivered_rows') }}
),

stored as (
    select
        series_id,
        load_id,
        load_id as stored_load_id,
        value,
        interval_start,
        collected_at
    from measures
),

repeated as (
    select
        measures.series_id,
        redelivered_rows.load_id,
        measures.load_id as stored_load_id,
        measures.value,
        measures.interval_start,
        measures.collected_at
    from redelivered_rows
    inner join loads on redelivered_rows.row_ids && loads.row_ids
    inner join measures on loads.load_id = measures.load_id and redelivered_rows.row_ids @> measures.row_id
),

final as (
    select * from stored
    union all
    select * from repeated
)

select * from final
