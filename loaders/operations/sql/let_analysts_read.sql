-- Analysts read raw through the views of the marts. A node knows nothing of these, and requires the right to read what is below
-- them. Everything here is published by some mart.
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
