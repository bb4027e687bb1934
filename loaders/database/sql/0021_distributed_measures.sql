-- One query per series: where raw.measures is distributed, the node that has the series answers it.
create or replace function ledger.series_with_measures() returns setof integer
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    candidate integer;
begin
    for candidate in select series.series_id from raw.series order by series.series_id loop
        perform measures.series_id from raw.measures where measures.series_id = candidate limit 1;
        if found or exists (select from raw.archived_months where candidate = any (archived_months.series_ids)) then
            return next candidate;
        end if;
    end loop;
end $$;
