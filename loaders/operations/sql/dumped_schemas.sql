-- The schemas of the warehouse itself: not those of dbt developers, nor what a full refresh builds aside.
select schema_name.nspname
from pg_namespace as schema_name
where
    schema_name.nspname in ('staging', 'marts')
    or pg_get_userbyid(schema_name.nspowner) = 'warehouse_owner'
order by schema_name.nspname
