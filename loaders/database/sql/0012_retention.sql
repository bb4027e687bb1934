-- The only rows of raw that are ever deleted: results of checks and records of runs, which are not measures.
create function ledger.prune_history(keep_days integer) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    pruned bigint := 0;
    count_of_table bigint;
begin
    if keep_days < 30 then
        raise exception 'history is kept for at least 30 days' using errcode = 'check_violation';
    end if;
    delete from raw.check_results where checked_at < now() - make_interval(days => keep_days);
    get diagnostics count_of_table = row_count;
    pruned := pruned + count_of_table;
    delete from raw.runs where started_at < now() - make_interval(days => keep_days);
    get diagnostics count_of_table = row_count;
    pruned := pruned + count_of_table;
    -- The last build stays: a run compares with it.
    delete from raw.builds
    where
        started_at < now() - make_interval(days => keep_days)
        and build_number < (select max(build_number) from raw.builds);
    get diagnostics count_of_table = row_count;
    return pruned + count_of_table;
end $$;
comment on function ledger.prune_history is
'Delete check results, runs and builds that are older than that many days; returns how many rows.';
revoke execute on function ledger.prune_history(integer) from public;
grant execute on function ledger.prune_history(integer) to warehouse_loader;
