-- 7307 is ARCHIVE_LOCK: until the end of the transaction nobody stores rows. The table lock keeps dbt from applying
-- any.
do $$
begin
    perform pg_advisory_xact_lock(7307);
    set local role warehouse_transformer;
    lock table staging.int_loads_applied in exclusive mode;
    reset role;
end
$$
