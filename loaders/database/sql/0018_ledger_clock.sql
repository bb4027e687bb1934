-- The clock of the ledger never goes back: where the server's clock was set back, it stands still until that time has
-- passed again. Otherwise what the warehouse holds now would miss what was accepted before the clock was set back.
create function ledger.next_event_time() returns timestamptz
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    select greatest(clock_timestamp(), (select at from raw.load_events order by event_id desc limit 1))
$$;
comment on function ledger.next_event_time is
'The server''s clock, but never before the newest event of the ledger.';
revoke execute on function ledger.next_event_time() from public;

alter table raw.load_events alter column at set default ledger.next_event_time();

create or replace function ledger.stable_time() returns timestamptz
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '30s' as $$
declare
    stable_time timestamptz;
begin
    begin
        lock table raw.load_events in share mode;
        stable_time := ledger.next_event_time();
        raise exception using errcode = 'WH001';
    exception when sqlstate 'WH001' then
        return stable_time;
    end;
end $$;
