{# A function whose arguments or columns changed cannot be replaced in place; it is dropped in the transaction that makes it. #}
{% macro drop_functions_named(relation) %}
    do $$
    declare
        known regprocedure;
    begin
        for known in
            select oid from pg_proc
            where proname = '{{ relation.identifier }}' and pronamespace = '{{ relation.schema }}'::regnamespace
        loop
            execute format('drop function %s', known);
        end loop;
    end $$
{% endmacro %}
