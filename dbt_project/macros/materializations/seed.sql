{# The rows of a code list are replaced in one transaction that no reader waits for. dbt's own way truncates the table. #}
{% macro postgres__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
    {% if full_refresh %}
        {{ return(default__reset_csv_table(model, full_refresh, old_relation, agate_table)) }}
    {% endif %}
    {% set statement = 'delete from ' ~ old_relation %}
    {% do run_query(statement) %}
    {{ return(statement) }}
{% endmacro %}
