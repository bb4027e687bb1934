-- Raises an exception where a restored table has another number of rows than the dump had.
do $$
declare
    counts constant jsonb := current_setting('warehouse.dump_counts')::jsonb;
begin
    assert (select count(*) from raw.loads) = (counts ->> 'loads')::bigint, 'raw.loads is not complete';
    assert (select count(*) from raw.load_events) = (counts ->> 'load_events')::bigint, 'raw.load_events is not complete';
    assert (select count(*) from raw.measures) = (counts ->> 'measures')::bigint, 'raw.measures is not complete';
    assert (select count(*) from raw.series) = (counts ->> 'series')::bigint, 'raw.series is not complete';
end
$$;
