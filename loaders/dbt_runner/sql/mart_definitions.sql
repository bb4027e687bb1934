-- A hash of how the relations and functions of the published schemas are defined, by whomever: a build that leaves
-- definitions alone must find those that the last one left.
with published as (
    select oid
    from pg_namespace
    where nspname in ('staging', 'marts')
),

relations as (
    select
        pg_class.oid,
        concat_ws(
            ' ',
            pg_class.oid,
            pg_class.relname,
            pg_class.relkind,
            case when pg_class.relkind = 'v' then pg_get_viewdef(pg_class.oid) end,
            string_agg(
                pg_attribute.attname || ' ' || format_type(pg_attribute.atttypid, pg_attribute.atttypmod),
                ',' order by pg_attribute.attnum
            )
        ) as definition
    from pg_class
    inner join pg_attribute on pg_class.oid = pg_attribute.attrelid
    where
        pg_class.relnamespace in (select published.oid from published)
        and pg_class.relkind in ('r', 'p', 'v', 'm')
        and pg_attribute.attnum > 0
        and not pg_attribute.attisdropped
    group by pg_class.oid
),

functions as (
    select concat_ws(' ', oid, proname, prosrc) as definition
    from pg_proc
    where pronamespace in (select published.oid from published)
)

select
    (select md5(string_agg(definition, '|' order by definition)) from relations) as relations,
    (select md5(string_agg(definition, '|' order by definition)) from functions) as functions
