{#
    One statement that makes a view what pg_temp.new_definition is, and drops that.

    PostgreSQL replaces a view in place when the new query keeps its columns and at most adds some after them. A column that has
    another name and is otherwise the same is renamed first. Any other view is dropped and created, and the views that read it are
    created again in the same transaction; those that use a column which is gone are left to the rest of the run.

    A view that somebody reads cannot be replaced until their transaction ends, and later readers wait behind this. So it
    waits only for moments, and tries for ten seconds.
#}
{% macro replace_view(relation, sql) %}
    {%- set name = relation.include(database=false) -%}
    do $replace_view$
    declare
        definition constant text := $definition${{ sql }}
        $definition$;
        existing regclass;
        blocking_sessions text;
    begin
        perform pg_advisory_xact_lock(7306, hashtext('{{ relation.schema }}.{{ relation.identifier }}'));
        set local lock_timeout = '200ms';
        {{ define_on_this_node() }}
        for attempt in 1..20 loop
            begin
                existing := to_regclass('{{ name }}');
                if existing is null then
                    execute format('create view %s as (%s)', '{{ name }}', definition);
                elsif {{ view_is_current('existing') }} then
                    null;
                else
                    {{ rename_columns_of_view('existing') | indent(20) }}
                    if {{ columns_fit_view('existing') }} then
                        execute format('create or replace view %s as (%s)', '{{ name }}', definition);
                    else
                        {{ save_dependent_views('existing') | indent(24) }}
                        execute format(
                            'drop %s %s cascade',
                            (select case relkind when 'v' then 'view' else 'table' end from pg_class where oid = existing),
                            existing
                        );
                        execute format('create view %s as (%s)', '{{ name }}', definition);
                        {{ create_saved_views() | indent(24) }}
                    end if;
                end if;
                drop view new_definition;
                return;
            exception when lock_not_available then
                blocking_sessions := (
                    {{ sessions_that_read('existing') | indent(20) }}
                );
                perform pg_sleep(0.3);
            end;
        end loop;
        raise lock_not_available using message = format(
            '%s cannot be replaced because a session is using it: %s. End that session or wait for it, then build again.',
            '{{ relation.schema }}.{{ relation.identifier }}',
            coalesce(blocking_sessions, 'one that has ended meanwhile')
        );
    end
    $replace_view$
{% endmacro %}


{# Columns of a view or table in order, as one value to compare. #}
{% macro columns_of(relation) -%}
array(
    select row(attname, atttypid, atttypmod)::text
    from pg_attribute
    where attrelid = {{ relation }} and attnum > 0 and not attisdropped
    order by attnum
)
{%- endmacro %}


{% macro view_is_current(existing) -%}
(
    (select relkind = 'v' from pg_class where oid = {{ existing }})
    and {{ columns_of(existing) }} = {{ columns_of("'pg_temp.new_definition'::regclass") }}
    and pg_get_viewdef({{ existing }}) = pg_get_viewdef('pg_temp.new_definition'::regclass)
)
{%- endmacro %}


{% macro columns_fit_view(existing) -%}
(
    (select relkind = 'v' from pg_class where oid = {{ existing }})
    and ({{ columns_of("'pg_temp.new_definition'::regclass") }})[
        : (select count(*) from pg_attribute where attrelid = {{ existing }} and attnum > 0)
    ] = {{ columns_of(existing) }}
)
{%- endmacro %}


{# A column whose name is gone and whose position and type a new name has. #}
{% macro rename_columns_of_view(existing) -%}
declare
    renamed record;
begin
    for renamed in
        select
            present.attname as old_name,
            wanted.attname as new_name
        from pg_attribute as present
        inner join pg_attribute as wanted
            on
                present.attnum = wanted.attnum
                and present.atttypid = wanted.atttypid
                and present.atttypmod = wanted.atttypmod
        inner join pg_class on present.attrelid = pg_class.oid
        where
            present.attrelid = {{ existing }}
            and wanted.attrelid = 'pg_temp.new_definition'::regclass
            and pg_class.relkind = 'v'
            and present.attnum > 0
            and present.attname not in (select attname from pg_attribute where attrelid = wanted.attrelid and attnum > 0)
            and wanted.attname not in (select attname from pg_attribute where attrelid = present.attrelid and attnum > 0)
    loop
        execute format('alter view %s rename column %I to %I', {{ existing }}, renamed.old_name, renamed.new_name);
    end loop;
end;
{%- endmacro %}


{# Every view that reads a relation, directly or through others, with what a new one of the same name needs. #}
{% macro save_dependent_views(existing) -%}
drop table if exists pg_temp.saved_views;
create temporary table saved_views on commit drop as
with recursive readers as (
    select rewrites.ev_class as oid
    from pg_depend
    inner join pg_rewrite as rewrites on pg_depend.classid = 'pg_rewrite'::regclass and pg_depend.objid = rewrites.oid
    where pg_depend.refclassid = 'pg_class'::regclass and pg_depend.refobjid = {{ existing }}
    union
    select rewrites.ev_class
    from readers
    inner join pg_depend on pg_depend.refclassid = 'pg_class'::regclass and readers.oid = pg_depend.refobjid
    inner join pg_rewrite as rewrites on pg_depend.classid = 'pg_rewrite'::regclass and pg_depend.objid = rewrites.oid
)

select
    format('%I.%I', pg_namespace.nspname, pg_class.relname) as name,
    pg_get_viewdef(pg_class.oid) as definition,
    pg_class.relacl,
    obj_description(pg_class.oid, 'pg_class') as comment,
    (
        select jsonb_object_agg(attname, col_description(attrelid, attnum))
        from pg_attribute
        where attrelid = pg_class.oid and attnum > 0 and not attisdropped
    ) as column_comments
from readers
inner join pg_class on readers.oid = pg_class.oid
inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
where pg_class.oid <> {{ existing }} and pg_class.relkind = 'v' and pg_class.relpersistence <> 't';
{%- endmacro %}


{# Create the saved views, those that read others after these. #}
{% macro create_saved_views() -%}
declare
    saved record;
    comment_of_column record;
    privilege record;
    created boolean := true;
begin
    while created loop
        created := false;
        for saved in select * from pg_temp.saved_views loop
            begin
                execute format('create view %s as %s', saved.name, saved.definition);
            exception when undefined_table or undefined_column then
                continue;
            end;
            for privilege in select * from aclexplode(saved.relacl) where grantee <> 0 loop
                execute format(
                    'grant %s on %s to %I', privilege.privilege_type, saved.name, privilege.grantee::regrole::text
                );
            end loop;
            execute format('comment on view %s is %L', saved.name, saved.comment);
            for comment_of_column in select * from jsonb_each_text(saved.column_comments) where value is not null loop
                execute format(
                    'comment on column %s.%I is %L', saved.name, comment_of_column.key, comment_of_column.value
                );
            end loop;
            delete from pg_temp.saved_views where name = saved.name;
            created := true;
        end loop;
    end loop;
end;
{%- endmacro %}


{# Sessions with a lock on a relation or on a view that reads it, for a message. #}
{% macro sessions_that_read(existing) -%}
with recursive readers as (
    select {{ existing }}::oid as oid
    union
    select rewrites.ev_class
    from readers
    inner join pg_depend on pg_depend.refclassid = 'pg_class'::regclass and readers.oid = pg_depend.refobjid
    inner join pg_rewrite as rewrites on pg_depend.classid = 'pg_rewrite'::regclass and pg_depend.objid = rewrites.oid
)

select string_agg(distinct format(
    'process %s, user %s, application %s%s',
    sessions.pid,
    sessions.usename,
    coalesce(nullif(sessions.application_name, ''), 'unknown'),
    ', in a transaction since ' || to_char(sessions.xact_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"')
), ' and ')
from readers
inner join pg_locks on readers.oid = pg_locks.relation
inner join pg_stat_activity as sessions on pg_locks.pid = sessions.pid
where
    pg_locks.locktype = 'relation'
    and pg_locks.database = (select oid from pg_database where datname = current_database())
    and pg_locks.granted
    and pg_locks.pid <> pg_backend_pid()
{%- endmacro %}
