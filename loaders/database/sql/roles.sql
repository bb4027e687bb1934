-- Roles and schemas. Run by the connecting user, who needs CREATEROLE (once) and CREATE on the database.
-- Each step is a no-op when already done.
do $$
declare
    role_name text;
    -- Since PostgreSQL 16 a role's creator may administer it, yet not act as it unless granted.
    new_rules constant boolean := current_setting('server_version_num')::integer >= 160000;
    needed constant text := case when new_rules then 'set' else 'member' end;
begin
    foreach role_name in array array['warehouse_loader', 'warehouse_transformer', 'warehouse_analyst'] loop
        begin
            if not exists (select from pg_roles where rolname = role_name) then
                execute format('create role %I nologin', role_name);
            end if;
        exception when duplicate_object or unique_violation then
            null; -- Roles belong to all databases of a server: another one was faster.
        end;
        if not pg_has_role(current_user, role_name, needed) then
            execute format(
                'grant %I to %I%s', role_name, current_user,
                case when new_rules then ' with set true, inherit true' else '' end
            );
        end if;
    end loop;
end $$;

create schema if not exists raw authorization warehouse_loader;
create schema if not exists staging authorization warehouse_transformer;
create schema if not exists marts authorization warehouse_transformer;

-- For the schemas of a full refresh and of dbt developers.
do $$
begin
    execute format('grant create on database %I to warehouse_transformer', current_database());
end $$;

-- A full refresh waits for readers with an older snapshot, and messages say since when a session reads.
do $$
begin
    grant pg_read_all_stats to warehouse_transformer;
exception when insufficient_privilege then
    raise notice 'An administrator should run: grant pg_read_all_stats to warehouse_transformer';
end $$;

-- As the owners, because the connecting user need not inherit from them.
set local role warehouse_loader;
grant usage on schema raw to warehouse_transformer;
alter default privileges in schema raw grant select on tables to warehouse_transformer;
set local role warehouse_transformer;
grant usage on schema marts to warehouse_analyst;
alter default privileges in schema marts grant select on tables to warehouse_analyst;
reset role;
