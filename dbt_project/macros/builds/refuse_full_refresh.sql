{#
    dbt's own full refresh drops a table, and with it every view that reads it, until the run has built them again. The loaders
    build into schemas aside and swap them in at the end.
#}
{% macro refuse_full_refresh() %}
    {% if execute and flags.FULL_REFRESH and target.name == 'warehouse' %}
        {{ exceptions.raise_compiler_error(
            'dbt alone cannot refresh the published marts fully without taking them away meanwhile.'
            ~ ' Run: warehouse build -- --full-refresh'
        ) }}
    {% endif %}
{% endmacro %}
