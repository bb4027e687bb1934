{#
    Hook of int_measure_revisions, in its transaction: the keys that the loads to apply can change, under a number of their own.
    Keys that every summary has applied are deleted. Of a month that came back from the archive they are all keys. A first build needs none, because the summaries are then built as a whole.

    Lateral with `offset 0`: the planner cannot know how few the loads are, and must not choose to read everything. A repeated row
    can change an answer only where the load that stored it does not count. Not through stg_deliveries: it would read every repeated
    row of a load first, and a load may repeat a month to add an hour.
#}
{% macro record_changed_keys() %}
    {% if is_incremental() %}
    delete from {{ ref('int_changed_keys') }}
    where change_number <= (select min(applied.change_number) from {{ ref('int_summaries_applied') }} as applied);
    do $number$
    declare
        number bigint;
    begin
        number := 1 + greatest(
            0,
            (select max(changes.change_number) from {{ ref('int_changed_keys') }} as changes),
            (select max(applied.change_number) from {{ ref('int_summaries_applied') }} as applied)
        );
        {{ set_on_all_nodes('warehouse.change_number', 'number') }}
    end
    $number$;
    insert into {{ ref('int_changed_keys') }} (change_number, series_id, interval_start, collected_at)
    with loads_to_apply as materialized (
        select load_id from {{ ref('int_loads_to_apply') }}
    ),

    {{ loads_left_out('loads_to_apply') }},

    changed_loads as (
        select coalesce(loads_to_apply.load_id, applied.load_id) as load_id
        from loads_to_apply
        full join {{ ref('int_loads_applied') }} as applied on loads_to_apply.load_id = applied.load_id
        where loads_to_apply.load_id is null or applied.load_id is null
    ),

    changed_keys as (
        select
            changed_rows.series_id,
            changed_rows.interval_start,
            changed_rows.collected_at
        from changed_loads
        cross join
            lateral (
                select measures.*
                from {{ ref('stg_measures') }} as measures
                where measures.load_id = changed_loads.load_id
                {{ offset_0() }}
            ) as changed_rows
        union
        select
            repeated_rows.series_id,
            repeated_rows.interval_start,
            repeated_rows.collected_at
        from changed_loads
        inner join {{ ref('stg_redelivered_rows') }} as redelivered_rows on changed_loads.load_id = redelivered_rows.load_id
        inner join loads_left_out as loads on redelivered_rows.row_ids && loads.row_ids
        cross join lateral (
            select measures.*
            from {{ ref('stg_measures') }} as measures
            where measures.load_id = loads.load_id and redelivered_rows.row_ids @> measures.row_id
            {{ offset_0() }}
        ) as repeated_rows
        union
        select
            restored_rows.series_id,
            restored_rows.interval_start,
            restored_rows.collected_at
        from {{ ref('stg_archived_months') }} as archived
        cross join lateral (
            select measures.*
            from {{ ref('stg_measures') }} as measures
            where measures.interval_start >= archived.month_start and measures.interval_start < archived.month_end
            {{ offset_0() }}
        ) as restored_rows
        where archived.restored_at is not null
    )

    select
        {{ current_change_number() }},
        changed_keys.series_id,
        changed_keys.interval_start,
        changed_keys.collected_at
    from changed_keys;
    analyze {{ ref('int_changed_keys') }}
    {% endif %}
{% endmacro %}


{# The number of the changes that this build applies, as the hook set it for the transaction. #}
{% macro current_change_number() -%}
    current_setting('warehouse.change_number')::bigint
{%- endmacro %}
