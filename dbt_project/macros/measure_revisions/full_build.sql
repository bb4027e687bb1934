{#
    The program of a first build and of a full refresh: every row that counts, chained by interval.
#}
{% macro full_build_of_measure_revisions() -%}
{%- set chained -%}
        series_id,
        load_id,
        value,
        lag(value) over chain as previous_value,
        interval_start,
        collected_at,
        lead(collected_at) over chain as known_to,
        case when (lead(collected_at) over chain) is null then first_value(collected_at) over chain end
        as first_collected_at
{%- endset -%}

with loads as not materialized (
    select * from {{ ref('stg_loads') }}
),

{{ loads_of_this_build() }},

measures as not materialized (
    select * from {{ ref('stg_measures') }}
),

-- Only where a load corrected another one, or repeated rows of a load that does not count, can a key have several rows or
-- belong to another load than the one that stored it.
contested_intervals as materialized (
    select
        measures.series_id,
        measures.interval_start
    from loads
    inner join measures on loads.load_id = measures.load_id
    where loads.rows_corrected > 0
    union
    select
        repeated_rows.series_id,
        repeated_rows.interval_start
    from repeats
    inner join measures as repeated_rows
        on repeats.stored_load_id = repeated_rows.load_id and repeats.row_ids @> repeated_rows.row_id
),

{{ visible_deliveries('contested_intervals', ['series_id', 'interval_start']) }},

{{ latest_load_wins('deliveries') }},

-- In the order of the key, so nothing is sorted: `not in` keeps that order, where a join would not. The nodes of a distributed
-- table have snapshots of their own, with rows of loads that are in no list yet.
as_stored as (
    select
        {{ chained }}
    from measures
    where
        {% if is_distributed() -%}
        load_id in (select applied.load_id from applied)
        {%- else -%}
        load_id not in (select loads_left_out.load_id from loads_left_out)
        {%- endif %}
    window chain as (partition by series_id, interval_start order by collected_at)
),

final as (
    select *
    from as_stored
    where
        not exists (
            select
            from contested_intervals
            where
                contested_intervals.series_id = as_stored.series_id
                and contested_intervals.interval_start = as_stored.interval_start
        )
    union all
    select
        {{ chained }}
    from winners
    window chain as (partition by series_id, interval_start order by collected_at)
)

select * from final
{%- endmacro %}
