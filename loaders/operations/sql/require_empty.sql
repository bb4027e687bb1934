-- Raises an exception unless nothing was loaded and registered yet. The lock keeps loaders out until the restore ends.
do $$
begin
    set local lock_timeout = '30s';
    if to_regclass('raw.loads') is not null then
        lock table raw.loads, raw.grids, raw.metrics in access exclusive mode;
        if
            exists (select from raw.loads)
            or exists (select from raw.grids)
            or exists (
                select from raw.metrics
                where created_at > (select max(applied_at) from raw.schema_versions where version > 0)
            )
        then
            raise exception 'the warehouse is not empty';
        end if;
    end if;
end
$$;
