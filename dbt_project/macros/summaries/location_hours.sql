{#
    The query of int_region_hours and int_grid_hours. A changed revision changes its hour, where its series belonged when the hour
    began. A series that is defined otherwise than before may have left a location, so all hours of its metric and source are
    recomputed; a new series has left none. Where a node has series of several resolutions, an hour is counted once: from the
    finest that has all of it.
#}
{% macro sum_hours_by_location(level) %}
{%- if is_incremental() and not is_large_summary_change() -%}
with {{ changes_to_summarize(definitions_of_location_hours(level)) }},

memberships as materialized (
    select * from {{ ref('int_series_memberships') }}
),

changed_hours as (
    select
        changed_keys.series_id,
        case
            when series.resolution::interval = interval '1 hour' then changed_keys.interval_start
            else date_trunc('hour', changed_keys.interval_start, series.time_zone)
        end as interval_start
    from changed_keys
    inner join {{ ref('int_series') }} as series on changed_keys.series_id = series.series_id
    union
    select
        redefined_series.series_id,
        hours.interval_start
    from redefined_series
    cross join lateral (
        select hourly.interval_start
        from {{ ref('int_measures_hourly') }} as hourly
        where hourly.series_id = redefined_series.series_id
        {{ offset_0() }}
    ) as hours
),

groups as materialized (
    select
        memberships.{{ level }}_id,
        memberships.metric,
        memberships.source,
        memberships.unit,
        changed_hours.interval_start
    from changed_hours
    inner join memberships
        on
            changed_hours.series_id = memberships.series_id
            and changed_hours.interval_start >= coalesce(memberships.valid_from, '-infinity')
            and changed_hours.interval_start < coalesce(memberships.valid_to, 'infinity')
    union
    select
        summarized.{{ level }}_id,
        summarized.metric,
        summarized.source,
        summarized.unit,
        summarized.interval_start
    from {{ this }} as summarized
    where
        (summarized.metric, summarized.source) in (
            select
                series.metric,
                series.source
            from redefined_series
            inner join {{ ref('int_series') }} as series on redefined_series.series_id = series.series_id
            inner join {{ ref('int_summary_definitions') }} as applied
                on applied.summary = '{{ this.identifier }}' and redefined_series.series_id = applied.series_id
        )
),

{{ finer_hours('groups') }}

summed as (
    select
        groups.{{ level }}_id,
        groups.metric,
        groups.source,
        groups.unit,
        groups.interval_start,
        count(hours.value) as nodes_reporting,
        sum(hours.value order by hours.series_id) as total,
        string_agg(distinct memberships.resolution, ', ' order by memberships.resolution) as resolutions
    from groups
    inner join memberships
        on
            groups.{{ level }}_id = memberships.{{ level }}_id
            and groups.metric = memberships.metric
            and groups.source = memberships.source
            and groups.unit = memberships.unit
            and groups.interval_start >= coalesce(memberships.valid_from, '-infinity')
            and groups.interval_start < coalesce(memberships.valid_to, 'infinity')
    cross join lateral (
        select
            hourly.series_id,
            hourly.value,
            hourly.interval_start
        from {{ ref('int_measures_hourly') }} as hourly
        where hourly.series_id = memberships.series_id and hourly.interval_start = groups.interval_start
        {{ offset_0() }}
    ) as hours
    where hours.value is not null and {{ is_finest_hour() }}
    group by groups.{{ level }}_id, groups.metric, groups.source, groups.unit, groups.interval_start
),

final as (
    select
        groups.{{ level }}_id,
        groups.metric,
        groups.source,
        groups.unit,
        summed.nodes_reporting,
        summed.total,
        summed.resolutions,
        groups.interval_start,
        summed.{{ level }}_id is null as is_gone
    from groups
    left join summed
        on
            groups.{{ level }}_id = summed.{{ level }}_id
            and groups.metric = summed.metric
            and groups.source = summed.source
            and groups.unit = summed.unit
            and groups.interval_start = summed.interval_start
)
{%- else -%}
with memberships as materialized (
    select * from {{ ref('int_series_memberships') }}
),

hours as not materialized (
    select * from {{ ref('int_measures_hourly') }}
),

{{ finer_hours() }}

summed as (
    select
        memberships.{{ level }}_id,
        memberships.metric,
        memberships.source,
        memberships.unit,
        count(hours.value) as nodes_reporting,
        sum(hours.value order by hours.series_id) as total,
        string_agg(distinct memberships.resolution, ', ' order by memberships.resolution) as resolutions,
        hours.interval_start
    from hours
    inner join memberships
        on
            hours.series_id = memberships.series_id
            and hours.interval_start >= coalesce(memberships.valid_from, '-infinity')
            and hours.interval_start < coalesce(memberships.valid_to, 'infinity')
    where hours.value is not null and {{ is_finest_hour() }}
    group by memberships.{{ level }}_id, memberships.metric, memberships.source, memberships.unit, hours.interval_start
),

final as (
{%- if is_incremental() %}
    select
        summed.*,
        false as is_gone
    from summed
    union all
    select
        present.{{ level }}_id,
        present.metric,
        present.source,
        present.unit,
        null as nodes_reporting,
        null as total,
        null as resolutions,
        present.interval_start,
        true as is_gone
    from {{ this }} as present
    where
        not exists (
            select
            from summed
            where
                summed.{{ level }}_id = present.{{ level }}_id
                and summed.metric = present.metric
                and summed.source = present.source
                and summed.unit = present.unit
                and summed.interval_start = present.interval_start
        )
{%- else %}
    select * from summed
{%- endif %}
)
{%- endif %}

select * from final
{% endmacro %}


{# Hours that were summed before series had units of their own are in the unit of their metric. #}
{% macro add_unit_of_hours() %}
    {%- if is_incremental() and 'unit' not in adapter.get_columns_in_relation(this) | map(attribute='name') %}
    alter table {{ this }} add column unit text;
    update {{ this }} as hours set unit = metrics.unit from {{ ref('stg_metrics') }} as metrics where hours.metric = metrics.metric
    {%- endif %}
{% endmacro %}


{#
    True where no series of the same node, metric, source and unit has the same hour from shorter intervals. Reads `memberships` and `hours`.
    Nearly all series have no other resolution, and look nothing up. Distributed series are on several nodes: there the CTE `finer_hours`
    brings these hours together first, those of `groups`.
#}
{% macro is_finest_hour() -%}
    (
        memberships.finer_series_ids is null
        {%- if is_distributed() %}
        or (memberships.series_id, hours.interval_start) not in (
            select
                finer_hours.series_id,
                finer_hours.interval_start
            from finer_hours
        )
        {%- else %}
        or not exists (
            select
            from {{ ref('int_measures_hourly') }} as finer_hours
            where
                finer_hours.series_id = any(memberships.finer_series_ids)
                and finer_hours.interval_start = hours.interval_start
                and finer_hours.value is not null
        )
        {%- endif %}
    )
{%- endmacro %}


{% macro finer_hours(groups=none) -%}
{%- if is_distributed() -%}
finer_series as materialized (
    select distinct
        memberships.series_id,
        unnest(memberships.finer_series_ids) as finer_series_id
    from memberships
),

finer_hours as materialized (
    select
        finer_series.series_id,
        hourly.interval_start
    from {{ ref('int_measures_hourly') }} as hourly
    inner join finer_series on hourly.series_id = finer_series.finer_series_id
    where
        hourly.value is not null
        {%- if groups %}
        and hourly.interval_start in (select {{ groups }}.interval_start from {{ groups }})
        {%- endif %}
),
{%- endif -%}
{%- endmacro %}


{% macro definitions_of_location_hours(level) -%}
    select
        series_id,
        string_agg(
            concat_ws(
                ' ', {{ level }}_id, extract(epoch from valid_from), 'to', extract(epoch from valid_to), unit, resolution, time_zone,
                array_to_string(finer_series_ids, '+')
            ),
            ', ' order by valid_from nulls first, valid_to, {{ level }}_id
        ) as definition
    from {{ ref('int_series_memberships') }}
    group by series_id
{%- endmacro %}
