{# A unique index exists: the catalogue tells this at no cost, however large the table is. #}
{% test unique_index_exists(model, columns) %}
    select 'no valid unique index on ({{ columns | join(", ") }})' as fault
    where not exists (
        select
        from pg_index
        where
            indrelid = '{{ model }}'::regclass
            and indisunique
            and indisvalid
            and indpred is null
            and (
                select array_agg(attname::text order by attname)
                from pg_attribute
                where attrelid = indrelid and attnum = any(indkey)
            ) = (select array_agg(name order by name) from unnest(array{{ columns }}) as name)
    )
{% endtest %}
