{% macro definitions_of_restatements() -%}
    select
        series_id,
        concat_ws(' ', time_zone, resolution) as definition
    from {{ ref('int_series') }}
{%- endmacro %}
