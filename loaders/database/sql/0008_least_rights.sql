-- What each login may do in raw. The loader adds rows; every change of a row is a function of schema ledger, which runs
-- as warehouse_owner and records who did it.
revoke all on all tables in schema raw from warehouse_loader;
revoke all on all sequences in schema raw from warehouse_loader;
grant select on all tables in schema raw to warehouse_loader, warehouse_transformer;
grant insert on
raw.grids,
raw.regions,
raw.nodes,
raw.metrics,
raw.series,
raw.measures,
raw.redelivered_rows,
raw.rejected_rows,
raw.gate_results,
raw.check_results,
raw.flagged_rows,
raw.registry_events
to warehouse_loader;
grant insert on raw.check_results to warehouse_transformer;
grant usage on sequence raw.load_ids to warehouse_loader;

-- A load starts as pending: its status is not the loader's to write.
alter table raw.loads alter column status set default 'pending';
grant insert (
    load_id, source, format, uri, content_hash, collected_at_basis, started_at, loaded_at,
    rows_read, rows_inserted, rows_corrected, rows_duplicate, rows_rejected, first_row_id, last_row_id,
    interval_from, interval_to, collected_from, collected_to
) on raw.loads to warehouse_loader;

-- Next to the name that the caller gives: who logged in, and from where.
alter table raw.load_events add column login text not null default '';
alter table raw.load_events add column client_address inet;
comment on column raw.load_events.login is 'The database login that made the change; empty before version 0.2.';
comment on column raw.load_events.client_address is
'The address of the client; null for a local socket and before version 0.2.';

create function ledger.record_stored_load(stored_load_id integer, who text, why text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if exists (select from raw.load_events where load_id = stored_load_id) then
        raise exception 'load % is recorded already', stored_load_id using errcode = 'unique_violation';
    end if;
    insert into raw.load_events (load_id, status, who, why, login, client_address)
    values (stored_load_id, 'pending', coalesce(who, session_user), why, session_user, inet_client_addr());
end $$;

create function ledger.set_load_status(
    changed_load_id integer, new_status text, who text, why text, decided_by text
) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    old_status text;
begin
    if coalesce(why, '') !~ '\S' then
        raise exception 'a change of status needs a reason' using errcode = 'check_violation';
    end if;
    select status into old_status from raw.loads where load_id = changed_load_id for update;
    if ((old_status || ' to ' || new_status) = any (array[
        'pending to accepted', 'pending to held', 'pending to withdrawn', 'held to accepted', 'held to withdrawn',
        'accepted to withdrawn', 'withdrawn to accepted'
    ])) is not true then
        raise exception 'load % is %, it cannot become %', changed_load_id, coalesce(old_status, 'unknown'), new_status
        using errcode = 'check_violation';
    end if;
    update raw.loads set status = new_status where load_id = changed_load_id;
    insert into raw.load_events (load_id, status, who, why, decided_by, login, client_address)
    values (
        changed_load_id, new_status, coalesce(who, session_user), why, set_load_status.decided_by,
        session_user, inet_client_addr()
    );
end $$;

create function ledger.lock_loads(load_ids integer[]) returns table (load_id integer, status text)
language sql security definer set search_path = pg_catalog, pg_temp as $$
    select loads.load_id, loads.status
    from raw.loads
    where loads.load_id = any (load_ids)
    order by loads.load_id
    for no key update
$$;
comment on function ledger.lock_loads is
'Keep others from deciding on these loads until the end of the transaction.';

-- The lock ends with the inner block, so that a caller cannot keep writers waiting.
create function ledger.stable_time() returns timestamptz
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '30s' as $$
declare
    stable_time timestamptz;
begin
    begin
        lock table raw.load_events in share mode;
        stable_time := clock_timestamp();
        raise exception using errcode = 'WH001';
    exception when sqlstate 'WH001' then
        return stable_time;
    end;
end $$;
comment on function ledger.stable_time is 'A timestamp before which no load event can still be committed.';

create function ledger.series_with_measures() returns setof integer
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select series_id from raw.series
    where exists (select from raw.measures where measures.series_id = series.series_id)
$$;
comment on function ledger.series_with_measures is 'The series that have at least one stored row, built or not.';

create function ledger.take_row_ids(row_count bigint) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    first_row_id bigint;
begin
    if row_count < 1 then
        raise exception 'a block has at least one row' using errcode = 'check_violation';
    end if;
    -- 7305 is ROW_ID_LOCK. It is released at once, for sequences do not roll back.
    perform pg_advisory_lock(7305);
    select case when is_called then last_value else 0 end + 1 into first_row_id from raw.row_ids;
    perform setval('raw.row_ids', first_row_id + row_count - 1);
    perform pg_advisory_unlock(7305);
    return first_row_id;
end $$;
comment on function ledger.take_row_ids is 'The first of a block of consecutive row ids.';

-- A table is created aside and then attached, which takes no lock that a reader or a writer of other months waits for.
create function ledger.create_month_partition(month date) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    month_start constant timestamp := date_trunc('month', month::timestamp);
    partition_name constant text := 'measures_' || to_char(month_start, 'YYYY_MM');
begin
    -- 7301 is PARTITION_LOCK.
    perform pg_advisory_xact_lock(7301);
    if to_regclass('raw.' || partition_name) is not null then
        return;
    end if;
    execute format('create table raw.%I (like raw.measures including all)', partition_name);
    execute format(
        'alter table raw.measures attach partition raw.%I for values from (%L) to (%L)',
        partition_name,
        to_char(month_start, 'YYYY-MM-DD') || ' 00:00:00+00',
        to_char(month_start + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00'
    );
end $$;

-- The rows that broke a rule are replaced when a load is judged again.
create function ledger.clear_flagged_rows(load_ids integer[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from raw.flagged_rows where load_id = any (load_ids)
$$;

create function ledger.rename_location(location_type text, location_id integer, new_name text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    case location_type
        when 'grid' then update raw.grids set grid_name = new_name where grid_id = location_id;
        when 'region' then update raw.regions set region_name = new_name where region_id = location_id;
        when 'node' then update raw.nodes set node_name = new_name where node_id = location_id;
    end case;
end $$;

create function ledger.move_location(location_type text, location_id integer, parent_id integer) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    case location_type
        when 'region' then update raw.regions set grid_id = parent_id where region_id = location_id;
        when 'node' then update raw.nodes set region_id = parent_id where node_id = location_id;
    end case;
end $$;

create function ledger.set_grid_time_zone(grid text, new_time_zone text) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update raw.grids set time_zone = new_time_zone where grid_name = grid
$$;

create function ledger.set_metric(
    changed_metric text, new_unit text, new_aggregation text, new_actual_metric text
) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update raw.metrics
    set unit = new_unit, aggregation = new_aggregation, actual_metric = new_actual_metric
    where metric = changed_metric
$$;

create function ledger.set_series_resolution(changed_series_id integer, new_resolution text) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update raw.series set resolution = new_resolution where series_id = changed_series_id
$$;

revoke execute on all functions in schema ledger from public;
grant execute on all functions in schema ledger to warehouse_loader;
grant execute on function ledger.stable_time(), ledger.series_with_measures()
to warehouse_transformer, warehouse_analyst;
