select
    named.metric,
    'rules.yml names the metric ' || named.metric || ', which is not registered' as finding
from jsonb_array_elements_text(current_setting('warehouse.rules')::jsonb -> 'metrics') as named (metric)
left join raw.metrics as metrics on named.metric = metrics.metric
where metrics.metric is null
order by named.metric
