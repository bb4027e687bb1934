{#
    CTEs with what the loads of this build delivered for the keys in the CTE `keys`, by the columns `key`. The last CTE is
    `deliveries`: one row per series, interval, collected_at and storing load, where load_id is the first load of the list that
    delivered the row. A repeated row counts only where the load that stored it does not.

    Lateral with `offset 0`: the planner must not choose to read everything. Not through stg_deliveries: without a load to start from,
    its repeated rows cannot be distinguished from the stored ones without reading every row.
#}
{% macro visible_deliveries(keys, key) -%}
stored as materialized (
    select matches.*
    from {{ keys }}
    cross join lateral (
        select measures.*
        from {{ ref('stg_measures') }} as measures
        where
            {%- for column in key %}
            {{ 'and ' if not loop.first }}measures.{{ column }} = {{ keys }}.{{ column }}
            {%- endfor %}
        {{ offset_0() }}
    ) as matches
),

deliveries as (
    select
        stored.series_id,
        stored.interval_start,
        stored.collected_at,
        stored.value,
        stored.load_id as stored_load_id,
        stored.load_id
    from stored
    inner join applied on stored.load_id = applied.load_id
    union all
    select
        stored.series_id,
        stored.interval_start,
        stored.collected_at,
        stored.value,
        stored.load_id as stored_load_id,
        min(repeats.load_id) as load_id
    from stored
    inner join repeats on stored.load_id = repeats.stored_load_id and repeats.row_ids @> stored.row_id
    group by stored.series_id, stored.interval_start, stored.collected_at, stored.value, stored.load_id
)
{%- endmacro %}


{# The CTE of the loads that are not in the CTE `listed`. #}
{% macro loads_left_out(listed) -%}
loads_left_out as materialized (
    select
        loads.load_id,
        loads.row_ids
    from {{ ref('stg_loads') }} as loads
    where not exists (select from {{ listed }} where {{ listed }}.load_id = loads.load_id)
)
{%- endmacro %}


{#
    CTEs with the list of loads of this build: `applied`; `loads_left_out`, which do not count; and `repeats`, the loads of the list that
    repeat rows of those.
#}
{% macro loads_of_this_build() -%}
applied as not materialized (
    select * from {{ ref('int_loads_applied') }}
),

{{ loads_left_out('applied') }},

repeats as materialized (
    select
        loads_left_out.load_id as stored_load_id,
        redelivered_rows.load_id,
        redelivered_rows.row_ids
    from loads_left_out
    inner join {{ ref('stg_redelivered_rows') }} as redelivered_rows on redelivered_rows.row_ids && loads_left_out.row_ids
    inner join applied on redelivered_rows.load_id = applied.load_id
)
{%- endmacro %}
