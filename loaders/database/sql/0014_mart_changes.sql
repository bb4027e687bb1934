-- What each publication of the marts changed. Those who follow the marts are notified of it, and read here what was sent
-- while they were not connected.
create table raw.mart_changes (
    change_number bigint generated always as identity primary key,
    build_number bigint,
    series_ids integer[],
    first_interval_start timestamptz,
    last_interval_start timestamptz,
    changed_at timestamptz not null default clock_timestamp(),
    check (series_ids is null or cardinality(series_ids) > 0)
);
create index on raw.mart_changes (changed_at);
comment on table raw.mart_changes is
'One row per transaction that changed values or flags of the marts. Written in that transaction.';
comment on column raw.mart_changes.build_number is 'In raw.builds; null where dbt was run without the loaders.';
comment on column raw.mart_changes.series_ids is 'Null: many or all.';
comment on column raw.mart_changes.first_interval_start is 'The first and the last interval that changed; null: any.';

grant usage on sequence raw.builds_build_number_seq to warehouse_transformer;

create function ledger.announce_mart_change(
    build_number bigint, series_ids integer[], first_interval_start timestamptz, last_interval_start timestamptz
) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
declare
    most_series constant integer := 10000;
    kept_ids integer[];
    number bigint;
begin
    if cardinality(series_ids) <= most_series then
        kept_ids := series_ids;
    end if;
    -- Until this transaction ends, so that the numbers are in the order of the commits.
    lock table raw.mart_changes in exclusive mode;
    insert into raw.mart_changes (build_number, series_ids, first_interval_start, last_interval_start)
    values (
        announce_mart_change.build_number,
        kept_ids,
        announce_mart_change.first_interval_start,
        announce_mart_change.last_interval_start
    )
    returning change_number into number;
    perform pg_notify(
        'warehouse_marts',
        json_build_object(
            'change_number', number,
            'build_number', announce_mart_change.build_number,
            -- A notification holds 8,000 bytes.
            'series', case when length(kept_ids::text) < 7000 then to_json(kept_ids) else to_json('many'::text) end,
            'first_interval_start', announce_mart_change.first_interval_start,
            'last_interval_start', announce_mart_change.last_interval_start
        )::text
    );
end $$;
comment on function ledger.announce_mart_change is
'Record what this transaction changed in the marts, and notify the channel warehouse_marts of it. Series null: many.';

create function ledger.newest_mart_change() returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce(max(mart_changes.change_number), 0) from raw.mart_changes
$$;
comment on function ledger.newest_mart_change is 'The number of the newest change of the marts; 0 before the first.';

create function ledger.mart_changes_since(known_number bigint)
returns table (
    change_number bigint,
    build_number bigint,
    series_ids integer[],
    first_interval_start timestamptz,
    last_interval_start timestamptz
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select
        mart_changes.change_number,
        mart_changes.build_number,
        mart_changes.series_ids,
        mart_changes.first_interval_start,
        mart_changes.last_interval_start
    from raw.mart_changes
    where mart_changes.change_number > known_number
    union all
    -- Some of the changes are not kept any more, or the number is from before a restore: anything may have changed.
    select bounds.newest, null, null, null, null
    from (
        select
            coalesce(max(mart_changes.change_number), 0) as newest,
            coalesce(min(mart_changes.change_number), 1) as oldest
        from raw.mart_changes
    ) as bounds
    where known_number > bounds.newest or known_number < bounds.oldest - 1
    order by change_number
$$;
comment on function ledger.mart_changes_since is
'The changes of the marts after that number. Series and range null: anything may have changed.';

revoke execute on function ledger.announce_mart_change(bigint, integer[], timestamptz, timestamptz) from public;
revoke execute on function ledger.newest_mart_change() from public;
revoke execute on function ledger.mart_changes_since(bigint) from public;
grant execute on function ledger.announce_mart_change(bigint, integer[], timestamptz, timestamptz)
to warehouse_transformer;
grant execute on function ledger.newest_mart_change(), ledger.mart_changes_since(bigint)
to warehouse_loader, warehouse_transformer, warehouse_analyst;

create or replace function ledger.prune_history(keep_days integer) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    oldest constant timestamptz := now() - make_interval(days => keep_days);
    pruned bigint := 0;
    count_of_table bigint;
begin
    if keep_days < 30 then
        raise exception 'history is kept for at least 30 days' using errcode = 'check_violation';
    end if;
    delete from raw.check_results where checked_at < oldest;
    get diagnostics count_of_table = row_count;
    pruned := pruned + count_of_table;
    delete from raw.runs where started_at < oldest;
    get diagnostics count_of_table = row_count;
    pruned := pruned + count_of_table;
    -- The last build stays: a run compares with it. The last change stays, because its number is the present one.
    delete from raw.builds
    where started_at < oldest and build_number < (select max(build_number) from raw.builds);
    get diagnostics count_of_table = row_count;
    pruned := pruned + count_of_table;
    delete from raw.mart_changes
    where changed_at < oldest and change_number < (select max(change_number) from raw.mart_changes);
    get diagnostics count_of_table = row_count;
    return pruned + count_of_table;
end $$;
comment on function ledger.prune_history is
'Delete check results, runs, builds and changes of the marts that are older than that many days; returns how many rows.';
