-- A grid, region or node that nothing refers to may be deleted; with who and why, as every change of the hierarchy.
alter table raw.registry_events drop constraint registry_events_change_check;
alter table raw.registry_events
add constraint registry_events_change_check check (change in ('added', 'renamed', 'moved', 'deleted'));
comment on table raw.registry_events is
'One row per grid, region or node added, renamed, moved or deleted by hand; never changed.'
' id: of its kind''s table; names: from the grid down.';

-- The foreign keys of the tables refuse what has series, nodes or regions.
create function ledger.delete_location(location_type text, location_id integer) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    case location_type
        when 'grid' then delete from raw.grids where grid_id = location_id;
        when 'region' then delete from raw.regions where region_id = location_id;
        when 'node' then delete from raw.nodes where node_id = location_id;
    end case;
end $$;

revoke execute on function ledger.delete_location(text, integer) from public;
grant execute on function ledger.delete_location(text, integer) to warehouse_loader;
