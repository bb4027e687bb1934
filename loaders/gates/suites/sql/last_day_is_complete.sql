select
    rule,
    grid_name as grid,
    metric,
    source,
    local_date,
    sum(present) as present,
    sum(expected) as expected,
    string_agg(node_name, ', ' order by node_name) filter (where present < expected) as nodes,
    rule || ': ' || grid_name || ' has ' || sum(present) || ' of ' || sum(expected) || ' values of ' || metric || ' ('
    || source || ') on ' || local_date || ', and should have ' || min_share * 100 || ' %' as finding
from last_day
where kind = 'completeness'
group by rule, min_share, grid_name, metric, source, local_date
having sum(present)::double precision / nullif(sum(expected), 0) < min_share
order by rule, grid_name, metric, source
