-- Former names under which rows were rejected: what they are called now. Old files use old names.
with unknown_names as (
    select distinct array[payload::jsonb ->> 'grid', payload::jsonb ->> 'region', payload::jsonb ->> 'node'] as names
    from rejected
    where reason in ('unknown_grid', 'unknown_region', 'unknown_node')
)

select distinct on (registry_events.old_names)
    registry_events.kind,
    registry_events.old_names,
    registry_events.new_names,
    registry_events.at
from raw.registry_events
inner join unknown_names
    on registry_events.old_names = unknown_names.names[1:cardinality(registry_events.old_names)]
where registry_events.change in ('renamed', 'moved')
order by registry_events.old_names, registry_events.event_id desc
limit 5
