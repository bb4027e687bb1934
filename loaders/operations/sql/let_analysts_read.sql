-- Analysts read raw through the views of the marts. Citus reads what is below a view with the rights of the reader, on
-- the coordinator as well where a query joins it with a distributed table. Everything here is published by some mart.
do $$
declare
    published text;
begin
    grant usage on schema raw to warehouse_analyst;
    foreach published in array array[
        'archived_months', 'check_results', 'deliveries', 'flagged_rows', 'gate_results', 'grids', 'load_events', 'loads',
        'measures', 'metrics', 'nodes', 'redelivered_rows', 'regions', 'series'
    ] loop
        execute format('grant select on raw.%I to warehouse_analyst', published);
    end loop;
end
$$
