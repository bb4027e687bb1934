{#
    Incremental strategy `apply_changes`: the model returns the rows that differ from the target, each with its whole new
    content, and a column is_gone for keys that have no row any more. Nothing else is written. Those who follow the marts are notified.
    Columns of the setting added_columns (name → type) that the target does not have yet are added.
#}
{% macro get_incremental_apply_changes_sql(arg_dict) %}
    {%- set keys = arg_dict['unique_key'] -%}
    {%- set added_columns = missing_columns() -%}
    {%- set columns = (arg_dict['dest_columns'] | map(attribute='quoted') | list + added_columns) | join(', ') -%}

    {% if config.get('partitioned_like') %}
        {{ add_partitions(arg_dict['target_relation'], config.get('partitioned_like'), arg_dict['target_relation']) }}
    {% endif %}

    {% for column in added_columns %}
        alter table {{ arg_dict['target_relation'] }} add column {{ column }} {{ config.get('added_columns')[column] }};
    {% endfor %}

    analyze {{ arg_dict['temp_relation'] }};

    {# Summaries have other keys. They change with the revisions, which are announced. #}
    {% if 'series_id' in keys and 'interval_start' in keys %}
    {% set announcement = announce_changes(arg_dict['temp_relation']) | trim %}
    {{ announcement ~ ';' if announcement }}
    {% endif %}

    {{ delete_changed_rows(arg_dict['target_relation'], arg_dict['temp_relation'], keys) }}

    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict['temp_relation'] }}
    where not is_gone;
{% endmacro %}
