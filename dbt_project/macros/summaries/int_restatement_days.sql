{% macro int_restatement_days_definitions() -%}
    select
        series_id,
        concat_ws(' ', time_zone, resolution) as definition
    from {{ ref('int_series') }}
{%- endmacro %}
