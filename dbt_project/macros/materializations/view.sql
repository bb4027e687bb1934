{#
    A view is replaced in place. dbt's own way makes a new view, swaps the names and drops the old one with everything that
    depends on it, so that marts would be gone for the time between, or for good when the build stops there.
    Only a view whose columns changed is dropped first; what depends on it is built after it in the same run.
#}
{% materialization view, adapter='postgres' %}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='view') -%}
    {%- set grant_config = config.get('grants') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% if existing_relation is not none and not columns_fit_view(existing_relation, sql) %}
        {% do adapter.drop_relation(existing_relation) %}
    {% endif %}

    {% call statement('main') -%}
        create or replace view {{ target_relation }}
        {% if config.get('contract').enforced %}{{ get_assert_columns_equivalent(sql) }}{% endif %}
        as (
            {{ sql }}
        );
    {%- endcall %}

    {% do apply_grants(target_relation, grant_config, should_revoke=should_revoke(existing_relation, True)) %}
    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{# PostgreSQL replaces a view in place when the new query keeps its columns and at most adds some behind them. #}
{% macro columns_fit_view(existing_relation, query) %}
    {% if not existing_relation.is_view %}
        {{ return(false) }}
    {% endif %}
    {% call statement('probe_columns') %}
        create temporary view columns_fit_view_probe as ({{ query }})
    {% endcall %}
    {% call statement('probed', fetch_result=True) %}
        select attname, format_type(atttypid, atttypmod)
        from pg_attribute
        where attrelid = 'pg_temp.columns_fit_view_probe'::regclass and attnum > 0
        order by attnum
    {% endcall %}
    {% set wanted = load_result('probed').table.rows | map('list') | list %}
    {% call statement('present', fetch_result=True) %}
        select attname, format_type(atttypid, atttypmod)
        from pg_attribute
        where attrelid = '{{ existing_relation }}'::regclass and attnum > 0 and not attisdropped
        order by attnum
    {% endcall %}
    {% set present = load_result('present').table.rows | map('list') | list %}
    {% call statement('drop_probe') %}
        drop view pg_temp.columns_fit_view_probe
    {% endcall %}
    {{ return(wanted[:present | length] == present) }}
{% endmacro %}
