-- No CTEs, for the reason given in fct_measure_revisions.
select
    stored.series_id,
    stored.load_id,
    stored.load_id as stored_load_id,
    stored.value,
    stored.interval_start,
    stored.collected_at
from {{ ref('stg_measures') }} as stored
union all
select
    repeated.series_id,
    redelivered_rows.load_id,
    repeated.load_id as stored_load_id,
    repeated.value,
    repeated.interval_start,
    repeated.collected_at
from {{ ref('stg_redelivered_rows') }} as redelivered_rows
inner join {{ ref('stg_loads') }} as storing_loads on redelivered_rows.row_ids && storing_loads.row_ids
inner join {{ ref('stg_measures') }} as repeated
    on storing_loads.load_id = repeated.load_id and redelivered_rows.row_ids @> repeated.row_id
