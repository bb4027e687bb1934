-- With this, each series and interval has one newest revision, and each timestamp one revision or none.
with ordered as (
    select
        series.grid_name as grid,
        series.region_name as region,
        series.node_name as node,
        series.metric,
        revisions.series_id,
        revisions.interval_start,
        revisions.collected_at,
        revisions.collected_at as known_from,
        revisions.known_to,
        lead(revisions.collected_at) over (
            partition by revisions.series_id, revisions.interval_start order by revisions.collected_at
        ) as next_known_from
    from staging.int_measure_revisions as revisions
    inner join marts.dim_series as series on revisions.series_id = series.series_id
)

select
    *,
    case
        when known_to is null then 'revisions without an end have a successor'
        when next_known_from is null or known_to < next_known_from then 'knowledge ranges leave a gap'
        else 'knowledge ranges overlap'
    end as finding
from ordered
where known_to is distinct from next_known_from
order by series_id, interval_start, collected_at
