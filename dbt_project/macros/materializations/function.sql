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
            {{ define_on_this_node() }}
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


{#
    Citus refuses arguments in a SQL function over distributed tables. There the query is the body of a function in PL/pgSQL, in the schema
    of what is below the marts, and the published function selects from it: in one function of PL/pgSQL, arguments and columns must not
    have the same names.
#}
{% macro postgres__scalar_function_sql(target_relation) %}
    {% if not is_distributed() %}
        {{ return(default__scalar_function_sql(target_relation)) }}
    {% endif %}
    {%- set inner_schema = generate_schema_name('staging', model) -%}
    {%- set inner_function = target_relation.incorporate(path={'schema': inner_schema}).include(database=false) -%}
    {%- set arguments = [] -%}
    {%- for argument in model.arguments -%}
        {%- do arguments.append('$' ~ loop.index) -%}
    {%- endfor %}
    create or replace function {{ inner_function }} ({{ formatted_scalar_function_args_sql() }})
    returns setof record
    {{ scalar_function_volatility_sql() }}
    language plpgsql as $body$
    #variable_conflict use_column
    begin
        return query
        {{ model.compiled_code }}
        ;
    end
    $body$;
    grant execute on function {{ inner_function }} to warehouse_analyst;
    {{ scalar_function_create_replace_signature_sql(target_relation) }}
    $body$
        select * from {{ inner_function }}({{ arguments | join(', ') }})
        as answer {{ modules.re.sub('(?i)^ *table', '', model.returns.data_type | trim) }}
    $body$ language sql;
{% endmacro %}
