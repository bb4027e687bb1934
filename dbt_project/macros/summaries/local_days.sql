{#
    When a local day begins. A day begins just after the previous one ends, which also holds where a clock change repeats or skips
    midnight.
#}
{% macro day_start(local_date, time_zone) -%}
    (({{ local_date }})::timestamp - interval '1 microsecond') at time zone {{ time_zone }} + interval '1 microsecond'
{%- endmacro %}


{#
    CTEs that end with `days`: the series and local days to recompute, with day_start_at and day_end_at. `touched` names CTEs
    of series_id and interval_start, in addition to the changed keys themselves. After a large change everything is computed, and
    `days` are those of the table.
#}
{% macro changed_series_days(definitions, touched=[]) -%}
{%- if is_large_summary_change() -%}
days as (
    select distinct
        series_id,
        local_date
    from {{ this }}
)
{%- else -%}
{{ changes_to_summarize(definitions) }},

{%- for sql in touched %}

touched_{{ loop.index }} as (
    {{ sql }}
),
{%- endfor %}

spans_of_redefined_series as (
    select spans.*
    from redefined_series
    inner join {{ ref('int_series_spans') }} as spans on redefined_series.series_id = spans.series_id
),

dates as (
    select
        changed_keys.series_id,
        (changed_keys.interval_start at time zone series.time_zone)::date as local_date
    from changed_keys
    inner join {{ ref('int_series') }} as series on changed_keys.series_id = series.series_id
    {%- for _ in touched %}
    union
    select
        series_id,
        local_date
    from touched_{{ loop.index }}
    {%- endfor %}
    union
    select
        spans.series_id,
        all_dates.midnight::date as local_date
    from spans_of_redefined_series as spans
    inner join {{ ref('int_series') }} as series on spans.series_id = series.series_id
    cross join lateral generate_series(
        date_trunc('day', spans.first_interval_start at time zone series.time_zone),
        date_trunc('day', spans.last_interval_start at time zone series.time_zone),
        interval '1 day'
    ) as all_dates (midnight)
    union
    select
        summarized.series_id,
        summarized.local_date
    from {{ this }} as summarized
    inner join redefined_series on summarized.series_id = redefined_series.series_id
),

days as materialized (
    select
        dates.series_id,
        dates.local_date,
        {{ day_start('dates.local_date', 'series.time_zone') }} as day_start_at,
        {{ day_start('dates.local_date + 1', 'series.time_zone') }} as day_end_at
    from dates
    inner join {{ ref('int_series') }} as series on dates.series_id = series.series_id
)
{%- endif -%}
{%- endmacro %}


{# All rows of a relation, or in an incremental run those of the days to recompute. #}
{% macro rows_of_days(relation) -%}
{%- if is_incremental() and not is_large_summary_change() -%}
    select rows_of_day.*
    from days
    cross join lateral (
        select facts.*
        from {{ ref(relation) }} as facts
        where
            facts.series_id = days.series_id
            and facts.interval_start >= days.day_start_at
            and facts.interval_start < days.day_end_at
        {{ offset_0() }}
    ) as rows_of_day
{%- else -%}
    select * from {{ ref(relation) }}
{%- endif -%}
{%- endmacro %}


{# The CTE `final`: the rows of `summed`, and is_gone for days that have none. #}
{% macro replace_series_days() -%}
final as (
{%- if is_incremental() %}
    select
        summed.*,
        false as is_gone
    from summed
    union all
    select
        (jsonb_populate_record(null::{{ this }}, to_jsonb(days))).*,
        true as is_gone
    from days
    where
        not exists (
            select
            from summed
            where summed.series_id = days.series_id and summed.local_date = days.local_date
        )
{%- else %}
    select * from summed
{%- endif %}
)
{%- endmacro %}
