{# dbt's own way does not work where the table is on several nodes. #}
{% macro postgres__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) %}
    {% if not is_distributed() %}
        {{ return(
            default__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates)
        ) }}
    {% endif %}
    {% set columns = get_quoted_csv(dest_columns | map(attribute='name')) %}
    {{ delete_changed_rows(target, source, [unique_key] if unique_key is string else unique_key) }}
    insert into {{ target }} ({{ columns }}) select {{ columns }} from {{ source }}
{% endmacro %}
