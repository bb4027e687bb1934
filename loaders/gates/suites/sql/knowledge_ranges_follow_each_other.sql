-- With this, each series and interval has one newest revision, and each timestamp one revision or none.
with ordered as (
    select
        revisions.grid_name as grid,
        revisions.region_name as region,
        revisions.node_name as node,
        revisions.metric,
        revisions.series_id,
        revisions.interval_start,
        revisions.collected_at,
        revisions.known_from,
        revisions.known_to,
        lead(revisions.known_from) over (
            partition by revisions.series_id, revisions.interval_start order by revisions.known_from
        ) as next_known_from
    from marts.fct_measure_revisions as revisions
)

select
    *,
    case
        when known_to is null then 'revisions without an end have a successor'
        when next_known_from is null or known_to < next_known_from then 'knowledge ranges leave a gap'
        else 'knowledge ranges overlap'
    end as finding
from ordered
where known_to is distinct from next_known_from or known_from <> collected_at
order by series_id, interval_start, collected_at
