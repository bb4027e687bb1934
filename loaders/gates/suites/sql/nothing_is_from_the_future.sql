select
    revisions.grid_name as grid,
    revisions.region_name as region,
    revisions.node_name as node,
    revisions.metric,
    revisions.load_id,
    revisions.interval_start,
    revisions.collected_at,
    revisions.value
from marts.fct_measure_revisions as revisions
where revisions.collected_at > now() + interval '1 day'
order by revisions.collected_at desc
