-- Functions of PostgreSQL that everybody may call by default: with them an analyst could keep loaders waiting, end the
-- queries of other analysts, or store large objects. Run by a superuser.
do $$
declare
    procedure_name regprocedure;
begin
    for procedure_name in
        select oid::regprocedure
        from pg_proc
        where
            pronamespace = 'pg_catalog'::regnamespace
            and (
                proname ~ '^pg_(try_)?advisory_'
                or proname in (
                    'pg_terminate_backend', 'pg_cancel_backend', 'pg_notify',
                    'lo_creat', 'lo_create', 'lo_from_bytea', 'lo_open', 'lo_put', 'lowrite', 'lo_truncate',
                    'lo_truncate64', 'lo_unlink'
                )
            )
    loop
        execute format('revoke execute on function %s from public', procedure_name);
        if procedure_name::text not like 'lo%' then
            execute format(
                'grant execute on function %s to warehouse_owner, warehouse_loader, warehouse_transformer',
                procedure_name
            );
        end if;
    end loop;
end $$;
revoke create on schema public from public;
