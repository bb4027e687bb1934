{#
    A function is replaced in place, which nobody waits for. Only where its arguments or columns changed is it dropped first, in the
    same transaction.
#}
{% macro postgres__function_execute_build_sql(build_sql, existing_relation, target_relation) %}
    {%- set types = [] -%}
    {%- for argument in model.arguments -%}
        {%- do types.append(modules.re.sub('(?i) default .*', '', argument.data_type)) -%}
    {%- endfor -%}
    {%- set signature = target_relation.schema ~ '.' ~ target_relation.identifier ~ '(' ~ types | join(', ') ~ ')' -%}
    {% call statement('main') %}
        do $replace_function$
        declare
            definition constant text := $definition${{ build_sql }}$definition$;
            other regprocedure;
        begin
            perform pg_advisory_xact_lock(7306, hashtext('{{ target_relation.schema }}.{{ target_relation.identifier }}'));
            for other in
                select oid
                from pg_proc
                where
                    proname = '{{ target_relation.identifier }}'
                    and pronamespace = '{{ target_relation.schema }}'::regnamespace
                    and oid is distinct from to_regprocedure('{{ signature }}')
            loop
                execute format('drop function %s', other);
            end loop;
            begin
                execute definition;
            exception when invalid_function_definition then
                drop function {{ signature }};
                execute definition;
            end;
            grant execute on function {{ signature }} to warehouse_analyst;
            comment on function {{ signature }} is {{ postgres_escape_comment(model.description | trim) }};
        end
        $replace_function$
    {% endcall %}
    {{ adapter.commit() }}
{% endmacro %}
