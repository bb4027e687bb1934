-- Every row that a load delivered, also where an earlier load had already stored it.
create view raw.deliveries as
select
    measures.load_id,
    measures.series_id,
    measures.interval_start,
    measures.collected_at,
    measures.value,
    measures.load_id as stored_load_id,
    measures.row_id
from raw.measures
union all
select
    redelivered_rows.load_id,
    measures.series_id,
    measures.interval_start,
    measures.collected_at,
    measures.value,
    measures.load_id as stored_load_id,
    measures.row_id
from raw.redelivered_rows
inner join raw.loads as storing_loads
    on redelivered_rows.row_ids && int8range(storing_loads.first_row_id, storing_loads.last_row_id, '[]')
inner join raw.measures
    on storing_loads.load_id = measures.load_id and redelivered_rows.row_ids @> measures.row_id;
comment on view raw.deliveries is
    'One row per load and delivered row. stored_load_id is the load that stored the row first; it is load_id itself unless the row was delivered again.';

-- Who decided on a load: the load gate or a person. Null where nothing was decided (the load was only stored).
alter table raw.load_events add column decided_by text check (decided_by in ('gate', 'person'));
update raw.load_events
set decided_by = case when why like 'gate:%' then 'gate' else 'person' end
where status <> 'pending';
alter table raw.load_events add check ((decided_by is null) = (status = 'pending'));
comment on column raw.load_events.decided_by is
    'gate or person: who decided on the status. Null when the load was stored and nothing was decided yet.';

alter table raw.gate_results rename column words to rule_description;
