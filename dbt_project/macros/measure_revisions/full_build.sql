{#
    The program of a first build and of a full refresh: every row that counts, chained by interval. `with_uncontested` is false where
    insert_uncontested_revisions adds the intervals that are not contested.
#}
{% macro full_build_of_measure_revisions(with_uncontested=true) -%}
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

{% if with_uncontested -%}
-- In the order of the key, so nothing is sorted: `not in` keeps that order, where a join would not. The nodes of a
-- distributed table have snapshots of their own, with rows of loads that are in no list yet.
as_stored as (
    select
        {{ chained_by_interval() }}
    from measures
    where
        {% if is_distributed() -%}
        load_id in (select applied.load_id from applied)
        {%- else -%}
        load_id not in (select loads_left_out.load_id from loads_left_out)
        {%- endif %}
    window chain as (partition by series_id, interval_start order by collected_at)
),
{%- endif %}

final as (
    {%- if with_uncontested %}
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
    {%- endif %}
    select
        {{ chained_by_interval() }}
    from winners
    window chain as (partition by series_id, interval_start order by collected_at)
)

select * from final
{%- endmacro %}


{% macro chained_by_interval() -%}
        series_id,
        load_id,
        value,
        lag(value) over chain as previous_value,
        interval_start,
        collected_at,
        lead(collected_at) over chain as known_to,
        case when (lead(collected_at) over chain) is null then first_value(collected_at) over chain end
        as first_collected_at
{%- endmacro %}


{# Unit tests have no tables that nodes could insert into: what they compare is the query. #}
{% macro nodes_insert_uncontested() %}
    {{ return(is_distributed() and not is_incremental() and model.resource_type != 'unit_test') }}
{% endmacro %}


{#
    Hook of a full build where the tables are distributed: each node writes the rows of its series, all nodes at once. The contested
    intervals are in the table already, where any row counts.
#}
{% macro insert_uncontested_revisions() %}
    {% if nodes_insert_uncontested() %}
        insert into {{ this }} (
            series_id, load_id, value, previous_value, interval_start, collected_at, known_to, first_collected_at
        )
        select
            {{ chained_by_interval() }}
        from {{ ref('stg_measures') }} as measures
        where
            load_id in (select applied.load_id from {{ ref('int_loads_applied') }} as applied)
            and not exists (
                select
                from {{ this }} as contested
                where contested.series_id = measures.series_id and contested.interval_start = measures.interval_start
            )
        window chain as (partition by series_id, interval_start order by collected_at)
    {% endif %}
{% endmacro %}
