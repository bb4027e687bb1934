{#
    Record what a model changed in the published marts, in the transaction of the model, and notify those who follow them
    (channel warehouse_marts). A full refresh is announced by the loaders, when they swap its schemas in. The loaders state the
    number of their build.
#}

{# `changes` has the rows that differ from the table: nothing is announced where there are none. #}
{% macro announce_changes(changes) %}
    {% if target.name == 'warehouse' %}
        select ledger.announce_mart_change(
            {{ number_of_this_build() }}, array_agg(distinct series_id), min(interval_start), max(interval_start)
        )
        from {{ changes }}
        having count(*) > 0
    {% endif %}
{% endmacro %}


{# A post hook: a table that is built completely may change every series. #}
{% macro announce_full_build() %}
    {% if target.name == 'warehouse' and not is_incremental() %}
        select ledger.announce_mart_change({{ number_of_this_build() }}, null, min(interval_start), max(interval_start))
        from {{ this }}
        having count(*) > 0
    {% endif %}
{% endmacro %}


{% macro number_of_this_build() -%}
    nullif(current_setting('warehouse.build_number', true), '')::bigint
{%- endmacro %}
