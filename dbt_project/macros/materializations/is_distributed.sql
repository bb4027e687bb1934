{#
    Whether raw.measures is distributed over the nodes of a Citus cluster. Read from the catalogue once in a run; `graph` keeps it.
#}
{% macro is_distributed() %}
    {% if not execute %}
        {{ return(false) }}
    {% endif %}
    {% if 'is_distributed' not in graph %}
        {% set has_citus = "select to_regclass('pg_catalog.pg_dist_partition') is not null as found" %}
        {% set found = run_query(has_citus).rows[0]['found'] and is_distributed_table('raw.measures') %}
        {% do graph.update({'is_distributed': found}) %}
    {% endif %}
    {{ return(graph['is_distributed']) }}
{% endmacro %}
