-- Put next_staging and next_marts in the place of staging and marts.
-- Renaming a schema waits for no reader, and no reader for it.
do $$
declare
    readers text;
    published text;
    kept record;
    privilege record;
    refreshed_function record;
    created boolean := true;
begin
    set local lock_timeout = '200ms';

    -- A snapshot from before the new rows were committed would find the new tables empty.
    readers := (
        select string_agg(format(
            'process %s, user %s, application %s%s', pid, usename, coalesce(nullif(application_name, ''), 'unknown'),
            ', in a transaction since ' || to_char(xact_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"')
        ), ' and ')
        from pg_stat_activity
        where
            datname = current_database()
            and backend_type = 'client backend'
            and pid <> pg_backend_pid()
            and age(backend_xmin) > age(current_setting('warehouse.refreshed_before')::xid)
            and has_schema_privilege(usesysid, 'marts', 'usage')
    );
    if readers is not null then
        raise lock_not_available using message = readers || '.';
    end if;

    -- What was not built by the refresh stays: snapshots, and whatever people made here.
    create temporary table kept_relations on commit drop as
    select
        pg_class.oid::regclass as relation,
        pg_namespace.nspname as schema_name
    from pg_class
    inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
    where
        pg_namespace.nspname in ('staging', 'marts')
        and pg_class.relkind in ('r', 'p')
        and not pg_class.relispartition
        and not exists (
            select
            from pg_class as refreshed
            where
                refreshed.relnamespace = ('next_' || pg_namespace.nspname)::regnamespace
                and refreshed.relname = pg_class.relname
        );
    create temporary table kept_functions on commit drop as
    select
        pg_proc.oid::regprocedure as function_name,
        pg_namespace.nspname as schema_name
    from pg_proc
    inner join pg_namespace on pg_proc.pronamespace = pg_namespace.oid
    where
        pg_namespace.nspname in ('staging', 'marts')
        and not exists (
            select
            from pg_proc as refreshed
            where
                refreshed.pronamespace = ('next_' || pg_namespace.nspname)::regnamespace
                and refreshed.proname = pg_proc.proname
        );
    create temporary table kept_views on commit drop as
    with recursive views as (
        select
            pg_rewrite.ev_class as oid
        from pg_rewrite
        inner join pg_depend on pg_depend.classid = 'pg_rewrite'::regclass and pg_rewrite.oid = pg_depend.objid
        inner join pg_class on pg_depend.refclassid = 'pg_class'::regclass and pg_depend.refobjid = pg_class.oid
        where pg_class.relnamespace in ('staging'::regnamespace, 'marts'::regnamespace)
        union
        select pg_rewrite.ev_class
        from views
        inner join pg_depend on pg_depend.refclassid = 'pg_class'::regclass and views.oid = pg_depend.refobjid
        inner join pg_rewrite on pg_depend.classid = 'pg_rewrite'::regclass and pg_depend.objid = pg_rewrite.oid
    )

    select
        format('%I.%I', pg_namespace.nspname, pg_class.relname) as view_name,
        pg_get_viewdef(pg_class.oid) as definition,
        pg_class.relacl as privileges
    from views
    inner join pg_class on views.oid = pg_class.oid
    inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
    where
        pg_class.relkind = 'v'
        and pg_namespace.nspname not in ('next_staging', 'next_marts', 'old_staging', 'old_marts')
        and pg_class.relpersistence <> 't'
        and not exists (
            select
            from pg_class as refreshed
            inner join pg_namespace as next on refreshed.relnamespace = next.oid
            where next.nspname = 'next_' || pg_namespace.nspname and refreshed.relname = pg_class.relname
        );

    foreach published in array array['staging', 'marts'] loop
        execute format('alter schema %I rename to %I', published, 'old_' || published);
        execute format('alter schema %I rename to %I', 'next_' || published, published);
        for privilege in
            select
                acl.privilege_type,
                acl.grantee::regrole::text as grantee
            from pg_namespace
            cross join lateral aclexplode(pg_namespace.nspacl) as acl
            where pg_namespace.nspname = 'old_' || published and acl.grantee not in (0, pg_namespace.nspowner)
        loop
            execute format('grant %s on schema %I to %s', privilege.privilege_type, published, privilege.grantee);
        end loop;
        for privilege in
            select
                format('%I.%I', published, replaced.relname) as relation,
                acl.privilege_type,
                acl.grantee::regrole::text as grantee
            from pg_class as replaced
            inner join pg_class as refreshed
                on
                    replaced.relname = refreshed.relname
                    and refreshed.relnamespace = published::regnamespace
                    and refreshed.relkind in ('r', 'p', 'v')
            cross join lateral aclexplode(replaced.relacl) as acl
            where
                replaced.relnamespace = ('old_' || published)::regnamespace
                and replaced.relkind in ('r', 'p', 'v')
                and acl.grantee not in (0, replaced.relowner)
                and not has_table_privilege(acl.grantee, refreshed.oid, acl.privilege_type)
        loop
            execute format('grant %s on %s to %s', privilege.privilege_type, privilege.relation, privilege.grantee);
        end loop;
    end loop;

    for kept in select * from kept_relations loop
        execute format('alter table %s set schema %I', kept.relation, kept.schema_name);
    end loop;
    for kept in select * from kept_functions loop
        execute format('alter function %s set schema %I', kept.function_name, kept.schema_name);
    end loop;

    -- Views and functions are on the coordinator of a Citus cluster only. Another server ignores the setting.
    set local citus.enable_ddl_propagation to off;

    -- The text of a function names the schemas it was built in.
    for refreshed_function in
        select oid
        from pg_proc
        where pronamespace in ('staging'::regnamespace, 'marts'::regnamespace) and prosrc like '%"next_%'
    loop
        execute replace(
            replace(pg_get_functiondef(refreshed_function.oid), '"next_marts".', '"marts".'),
            '"next_staging".', '"staging".'
        );
    end loop;

    -- Views of other people, again over the new tables. Those that read others come after these.
    while created and exists (select from kept_views) loop
        created := false;
        for kept in select * from kept_views loop
            begin
                execute format('create or replace view %s as %s', kept.view_name, kept.definition);
            exception
                when undefined_table then
                    continue;
                when insufficient_privilege then
                    raise exception using message = format(
                        'the view %s of somebody else reads them. Drop it, refresh, and create it again', kept.view_name
                    );
            end;
            for privilege in select * from aclexplode(kept.privileges) where grantee <> 0 loop
                execute format(
                    'grant %s on %s to %s', privilege.privilege_type, kept.view_name, privilege.grantee::regrole::text
                );
            end loop;
            delete from kept_views where view_name = kept.view_name;
            created := true;
        end loop;
    end loop;
end $$;
