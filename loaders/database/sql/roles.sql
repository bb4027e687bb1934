-- Roles, their rights and limits, and the schemas. Run by the operator, who needs CREATEROLE (once) and CREATE on the
-- database. Each step changes nothing when it is done already. Passwords are set by loaders.database.roles.
do $$
declare
    role_name text;
    -- Since PostgreSQL 16 the creator of a role may administer it, but acts as it only where that is granted.
    has_set_option constant boolean := current_setting('server_version_num')::integer >= 160000;
    privilege constant text := case when has_set_option then 'set' else 'member' end;
begin
    foreach role_name in array array[
        'warehouse_owner', 'warehouse_loader', 'warehouse_transformer', 'warehouse_analyst'
    ] loop
        begin
            if not exists (select from pg_roles where rolname = role_name) then
                execute format('create role %I nologin', role_name);
            end if;
        exception when duplicate_object or unique_violation then
            null; -- Roles belong to all databases of a server: another one was faster.
        end;
        if not pg_has_role(current_user, role_name, privilege) then
            execute format(
                'grant %I to %I%s', role_name, current_user,
                case when has_set_option then ' with set true, inherit true' else '' end
            );
        end if;
    end loop;
end $$;

-- A warehouse of version 0.1: raw belonged to the loader.
do $$
begin
    if exists (
        select from pg_namespace where nspname = 'raw' and nspowner = 'warehouse_loader'::regrole
    ) then
        reassign owned by warehouse_loader to warehouse_owner;
    end if;
end $$;

create schema if not exists raw authorization warehouse_owner;
create schema if not exists ledger authorization warehouse_owner;
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

-- As the owners, because the operator need not inherit from them.
set local role warehouse_owner;
grant usage on schema raw, ledger to warehouse_loader, warehouse_transformer;
grant usage on schema ledger to warehouse_analyst;
alter default privileges in schema raw grant select on tables to warehouse_loader, warehouse_transformer;
alter default privileges in schema ledger revoke execute on functions from public;
set local role warehouse_transformer;
grant usage on schema marts to warehouse_analyst;
alter default privileges in schema marts grant select on tables to warehouse_analyst;
reset role;

do $$
declare
    needs_admin_option constant boolean := current_setting('server_version_num')::integer >= 160000;
begin
    -- Where an administrator made the roles, the limits are among the statements for the administrator.
    if exists (
        select from pg_roles
        where rolname = current_user and (rolsuper or (rolcreaterole and not needs_admin_option))
    ) or pg_has_role(current_user, 'warehouse_analyst', 'MEMBER WITH ADMIN OPTION') then
        -- Room for the operator stays: the shares of the logins are less than the whole.
        execute format(
            'alter role warehouse_analyst connection limit %s', current_setting('max_connections')::integer / 2
        );
        execute format(
            'alter role warehouse_loader connection limit %s', current_setting('max_connections')::integer * 3 / 10
        );
        execute format(
            'alter role warehouse_transformer connection limit %s', current_setting('max_connections')::integer / 10
        );
        -- Without jit: to compile a statement takes up to a second, which is longer than most of ours run.
        alter role warehouse_analyst set jit to 'off';
        alter role warehouse_loader set jit to 'off';
        alter role warehouse_transformer set jit to 'off';
        alter role warehouse_analyst set default_transaction_read_only to 'on';
        alter role warehouse_analyst set lock_timeout to '30s';
        alter role warehouse_analyst set statement_timeout to '10min';
        alter role warehouse_analyst set idle_in_transaction_session_timeout to '5min';
        alter role warehouse_loader set lock_timeout to '10min';
        alter role warehouse_loader set statement_timeout to '2h';
        alter role warehouse_loader set idle_in_transaction_session_timeout to '30min';
        alter role warehouse_transformer set lock_timeout to '10min';
        alter role warehouse_transformer set statement_timeout to '6h';
        alter role warehouse_transformer set idle_in_transaction_session_timeout to '30min';
    end if;
end $$;
