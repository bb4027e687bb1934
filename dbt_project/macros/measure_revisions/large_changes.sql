{#
    Whether the loads to apply are compared as a whole instead of key by key: over 100,000 rows, and over 5 % of those in the
    table. Both limits are estimates. The ledger knows both numbers. Both programs give the same rows. Tests
    choose this one with the setting warehouse.treat_changes_as_large. Never where months are archived, since it needs all rows.
#}
{% macro is_large_change() %}
    {% if not execute or not is_incremental() %}
        {{ return(false) }}
    {% endif %}
    {% if has_archived_months() %}
        {{ return(false) }}
    {% endif %}
    {% set query %}
        select
            coalesce(
                sum(loads.rows_inserted) filter (where (to_apply.load_id is null) <> (applied.load_id is null))
                > greatest(100000, sum(loads.rows_inserted) filter (where applied.load_id is not null) * 0.05),
                false
            )
            or coalesce(current_setting('warehouse.treat_changes_as_large', true) = 'on', false) as is_large
        from {{ ref('stg_loads') }} as loads
        left join {{ ref('int_loads_to_apply') }} as to_apply on loads.load_id = to_apply.load_id
        left join {{ ref('int_loads_applied') }} as applied on loads.load_id = applied.load_id
    {% endset %}
    {{ return(run_query(query).rows[0]['is_large']) }}
{% endmacro %}


{#
    The program for a large change: builds every row, and returns those that differ from the table, and is_gone for keys that no
    longer have a row.
#}
{% macro apply_large_change() -%}
with computed as (
    {{ full_build_of_measure_revisions() }}
)

select
    coalesce(computed.series_id, present.series_id) as series_id,
    computed.load_id,
    computed.value,
    computed.previous_value,
    coalesce(computed.interval_start, present.interval_start) as interval_start,
    coalesce(computed.collected_at, present.collected_at) as collected_at,
    computed.known_to,
    computed.first_collected_at,
    computed.series_id is null as is_gone
from computed
full join {{ this }} as present
    on
        computed.series_id = present.series_id
        and computed.interval_start = present.interval_start
        and computed.collected_at = present.collected_at
where
    computed.load_id is distinct from present.load_id
    or computed.value is distinct from present.value
    or computed.previous_value is distinct from present.previous_value
    or computed.known_to is distinct from present.known_to
    or computed.first_collected_at is distinct from present.first_collected_at
{%- endmacro %}
