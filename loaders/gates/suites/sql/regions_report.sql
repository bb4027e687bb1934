select
    rule,
    grid_name as grid,
    region_name as region,
    metric,
    source,
    local_date,
    count(distinct node_id) filter (where present > 0) as nodes_reporting,
    count(distinct node_id) as nodes_expected,
    string_agg(node_name, ', ' order by node_name) filter (where present = 0) as nodes_silent,
    rule || ': ' || count(distinct node_id) filter (where present > 0) || ' of ' || count(distinct node_id)
    || ' nodes of ' || grid_name || ' ' || region_name || ' reported ' || metric || ' (' || source || ') on '
    || local_date || ', and ' || min_share * 100 || ' % should' as finding
from last_day
where kind = 'hierarchy_share' and expected > 0
group by rule, min_share, grid_name, region_name, metric, source, local_date
having count(distinct node_id) filter (where present > 0) / count(distinct node_id)::double precision < min_share
order by rule, grid_name, region_name, metric, source
