{#
    CTEs of the functions that answer as of a time, over `selected_series` (with series_id). They read the arguments of the
    function `name`: collected_datetime, start_datetime, end_datetime and loaded_datetime. PostgreSQL keeps their text, which must
    also work in a copy of the database: no database name in it.

    A bound that is null becomes an infinite one. So it is a condition of the index whether or not the planner knows it.
#}
{% macro in_range(column, name, end_datetime=none) -%}
    {{ column }} >= coalesce({{ name }}.start_datetime, '-infinity')
        and {{ column }} < coalesce({{ end_datetime or name ~ '.end_datetime' }}, 'infinity')
{%- endmacro %}


{#
    A condition that many rows meet, or an unknown number of them. The planner would expect a row in 200 to be null, and would then join
    those few to every row of another table; of a case it expects one in two.
#}
{% macro is_usually(condition) -%}
    case when {{ condition }} then true else false end
{%- endmacro %}


{# The conditions of the filters of a function on a table of series. #}
{% macro selected_by(name, filters) -%}
    {%- for column in filters %}
        {{ 'and ' if not loop.first }}({{ name }}.{{ column }} is null or series.{{ column }} = {{ name }}.{{ column }})
    {%- endfor %}
        {{ 'and ' if filters }}({{ name }}.series_ids is null or series.series_id = any({{ name }}.series_ids))
{%- endmacro %}


{#
    The revisions that the warehouse held at loaded_datetime, in `winners`; none where that is null. A repeated row matters only
    where the load that stored it did not count then. Those rows are few or none: only for them is it looked up which loads
    repeated them.
#}
{% macro revisions_held_then(name, end_datetime=none) -%}
last_events as (
    select distinct on (events.load_id)
        events.load_id,
        events.status
    from {{ ref('fct_load_events').include(database=false) }} as events
    where events.changed_at <= {{ name }}.loaded_datetime
    order by events.load_id asc, events.event_id desc
),

loads_then as materialized (
    select load_id
    from last_events
    where status = 'accepted'
),

stored_rows as materialized (
    select
        stored.series_id,
        stored.load_id,
        stored.row_id,
        stored.value,
        stored.interval_start,
        stored.collected_at,
        loads_then.load_id is not null as is_counted
    from selected_series
    inner join {{ ref('fct_measures_stored').include(database=false) }} as stored on selected_series.series_id = stored.series_id
    left join loads_then on stored.load_id = loads_then.load_id
    where
        {{ name }}.loaded_datetime is not null
        and {{ in_range('stored.interval_start', name, end_datetime) }}
        and stored.collected_at <= coalesce({{ name }}.collected_datetime, 'infinity')
),

uncounted_rows as materialized (
    select range_agg(int8range(row_id, row_id, '[]')) as row_ids
    from stored_rows
    where not is_counted
    having count(*) > 0
),

repeated_rows as (
    select
        row_ids.row_id,
        min(redelivered.load_id) as load_id
    from uncounted_rows
    inner join {{ ref('fct_rows_redelivered').include(database=false) }} as redelivered
        on uncounted_rows.row_ids && redelivered.row_ids
    inner join loads_then on redelivered.load_id = loads_then.load_id
    cross join lateral unnest(uncounted_rows.row_ids * redelivered.row_ids) as pieces (row_range)
    cross join lateral generate_series(lower(pieces.row_range), upper(pieces.row_range) - 1) as row_ids (row_id)
    group by row_ids.row_id
),

deliveries_then as (
    select
        series_id,
        load_id as stored_load_id,
        load_id,
        value,
        interval_start,
        collected_at
    from stored_rows
    where is_counted
    union all
    select
        stored_rows.series_id,
        stored_rows.load_id as stored_load_id,
        repeated_rows.load_id,
        stored_rows.value,
        stored_rows.interval_start,
        stored_rows.collected_at
    from stored_rows
    inner join repeated_rows on stored_rows.row_id = repeated_rows.row_id
    where not stored_rows.is_counted
),

{{ latest_load_wins('deliveries_then', is_usually('next_load_id is null')) }}
{%- endmacro %}


{#
    CTEs: the newest revision of each interval as of now, and, with a system time, `winners` in its place, by the arguments of the
    function `name`. `selected_series`: with series_id.
#}
{% macro newest_revisions(name, end_datetime=none) -%}
newest as not materialized (
    select
        revisions.series_id,
        revisions.load_id,
        revisions.value,
        revisions.interval_start,
        revisions.collected_at,
        revisions.first_collected_at
    from selected_series
    inner join {{ ref('fct_newest_revisions').include(database=false) }} as revisions
        on selected_series.series_id = revisions.series_id
    where
        {{ name }}.loaded_datetime is null
        and {{ in_range('revisions.interval_start', name, end_datetime) }}
),

{{ revisions_held_then(name, end_datetime) }}
{%- endmacro %}


{#
    A query without a system time: one row per series and interval, the newest revision at the collected_datetime of the function
    `name`. `series`: the relation of the series, of which `columns` are returned; `condition`: on it, as `series`.

    The newest rows are read once, in the order of their index. A row that came later is replaced by one probe of the key, which is not
    made for the others. Only the newest rows have first_collected_at, so its statistics would make the planner expect far too few.
    Citus sends no such probe to the nodes, so distributed revisions are read by how long they held.
#}
{% macro known_then(name, series, columns, condition, end_datetime=none) -%}
{%- set moment = name ~ '.collected_datetime' -%}
{%- set is_known = "newest.collected_at <= coalesce(" ~ moment ~ ", 'infinity')" -%}
{%- if is_distributed() -%}
select
        {%- for column in columns %}
        series.{{ column }},
        {%- endfor %}
        revisions.load_id,
        revisions.value,
        revisions.interval_start,
        revisions.collected_at
    from {{ series }} as series
    inner join {{ ref('fct_measure_revisions').include(database=false) }} as revisions on series.series_id = revisions.series_id
    where
        {{ condition }}
        and {{ in_range('revisions.interval_start', name, end_datetime) }}
        and revisions.collected_at <= coalesce({{ moment }}, 'infinity')
        and (revisions.known_to is null or revisions.known_to > {{ moment }})
{%- else -%}
select
        {%- for column in columns %}
        series.{{ column }},
        {%- endfor %}
        case when {{ is_known }} then newest.load_id else earlier.load_id end as load_id,
        case when {{ is_known }} then newest.value else earlier.value end as value,
        newest.interval_start,
        case when {{ is_known }} then newest.collected_at else earlier.collected_at end as collected_at
    from {{ series }} as series
    inner join {{ ref('fct_newest_revisions').include(database=false) }} as newest on series.series_id = newest.series_id
    left join lateral (
        select
            revisions.load_id,
            revisions.value,
            revisions.collected_at
        from {{ ref('fct_measure_revisions').include(database=false) }} as revisions
        where
            newest.collected_at > {{ moment }}
            and revisions.series_id = series.series_id
            and revisions.interval_start = newest.interval_start
            and revisions.collected_at <= {{ moment }}
            and {{ in_range('revisions.interval_start', name, end_datetime) }}
        order by revisions.collected_at desc
        limit 1
    ) as earlier on true
    where
        {{ condition }}
        and {{ in_range('newest.interval_start', name, end_datetime) }}
        and {{ is_usually(is_known ~ ' or newest.first_collected_at <= ' ~ moment) }}
        and ({{ is_known }} or earlier.collected_at is not null)
        and {{ in_tables('newest.interval_start', 'newest.collected_at > ' ~ moment, ref('dim_archived_month').include(database=false)) }}
{%- endif -%}
{%- endmacro %}


{# CTEs: with a system time, a row per series and interval of `selected_series`, in `newest_held_then`; none without. #}
{% macro newest_held_then(name, end_datetime=none) -%}
{{ revisions_held_then(name, end_datetime) }},

newest_held_then as (
    select distinct on (series_id, interval_start)
        series_id,
        load_id,
        value,
        interval_start,
        collected_at
    from winners
    order by series_id asc, interval_start asc, collected_at desc
)
{%- endmacro %}


{#
    A query with a system time, of the rows of known_then from what was held then. It is one subquery, which is not planned where there is
    no system time: its CTEs would take half of the time to plan.
#}
{% macro held_then(name, columns, condition) -%}
select held.*
    from (
        with selected_series as not materialized (
            select *
            from {{ ref('dim_series').include(database=false) }} as series
            where
                {{ condition }}
                and {{ range_in_tables(name, only_with_loaded=true) }}
        ),

        {{ newest_held_then(name) }}

        select
            {%- for column in columns %}
            selected_series.{{ column }},
            {%- endfor %}
            newest_held_then.load_id,
            newest_held_then.value,
            newest_held_then.interval_start,
            newest_held_then.collected_at
        from newest_held_then
        inner join selected_series on newest_held_then.series_id = selected_series.series_id
    ) as held
    where {{ name }}.loaded_datetime is not null
{%- endmacro %}


{#
    CTEs: one row per series and interval of `selected_series`, its newest revision at the times of the arguments, in
    `measures_then`.
#}
{% macro measures_then(name, end_datetime=none) -%}
{{ newest_held_then(name, end_datetime) }},

measures_then as (
    {{ known_then(name, 'selected_series', ['series_id'], name ~ '.loaded_datetime is null', end_datetime) }}
    union all
    select * from newest_held_then
)
{%- endmacro %}


{# The revisions that the function `name` is about, by its arguments. #}
{% macro revisions_then(name) -%}
{%- set arguments = [
    'collected_datetime', 'start_datetime', 'end_datetime', 'grid_id', 'region_id', 'node_id', 'metric', 'loaded_datetime',
    'series_ids'
] -%}
    {{ function('revisions_as_of').include(database=false) }}(
        {%- for argument in arguments %}
        {{ argument }} => {{ name }}.{{ argument }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}


{#
    A join: the flags of `rows`, which are in the range and of the series of the function `name`. Only the flags of these are read: the
    others grow with the history.
#}
{% macro join_flags(rows, name) -%}
left join {{ ref('fct_flagged_revisions').include(database=false) }} as flagged
    on
        {{ rows }}.series_id = flagged.series_id
        and {{ rows }}.interval_start = flagged.interval_start
        and {{ rows }}.collected_at = flagged.collected_at
        and {{ rows }}.value is not distinct from flagged.value
        and ({{ name }}.series_ids is null or flagged.series_id = any({{ name }}.series_ids))
        and {{ in_range('flagged.interval_start', name) }}
{%- endmacro %}
