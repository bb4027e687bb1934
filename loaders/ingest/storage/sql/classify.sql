-- A stored row is the same as an incoming one if it is the newest of its key and has the same value.
create temporary table classified on commit drop as
with ranked as (
    select
        *,
        row_number() over (
            partition by series_id, interval_start, collected_at order by row_number
        ) as copy_number
    from {incoming} -- noqa: PRS
)

select
    ranked.*,
    stored.row_id as stored_row_id,
    stored.load_id is not null and (stored.value is not distinct from ranked.value) as is_stored,
    stored.load_id is not null and (stored.value is distinct from ranked.value) as is_correction
from ranked
left join lateral (
    select
        measures.load_id,
        measures.row_id,
        measures.value
    from raw.measures
    where
        measures.series_id = ranked.series_id
        and measures.interval_start = ranked.interval_start
        and measures.collected_at = ranked.collected_at
    order by measures.load_id desc
    limit 1
) as stored on true
