{#
    CTEs that roll hours of series up by location: added up or averaged, as the metric says, over the nodes that belonged to the
    location when the hour began, under the location's current name. They read `hours` (series_id, value, interval_start),
    `memberships` (series whose intervals divide an hour, with their locations over time) and `locations` (dim_region or dim_grid).
    An hour that a node has in several resolutions is counted once, from the finest; `covered_hours` (series_id, interval_start) has
    the others. The last CTE is `rolled_up`. Hours are grouped by one number, because names take long to compare. With at_cutoffs there
    are hours as they were known at each cut-off.
#}
{% macro roll_up(level, at_cutoffs=false) %}
{{ number_memberships(level) }},

reported as (
    select
        numbered_memberships.group_number,
        count(hours.value) as nodes_reporting,
        sum(hours.value) as total,
        string_agg(distinct numbered_memberships.resolution, ', ' order by numbered_memberships.resolution) as resolutions,
        hours.interval_start
        {{- cutoff_columns('hours', at_cutoffs) }}
    from hours
    inner join numbered_memberships
        on
            hours.series_id = numbered_memberships.series_id
            and hours.interval_start >= coalesce(numbered_memberships.valid_from, '-infinity')
            and hours.interval_start < coalesce(numbered_memberships.valid_to, 'infinity')
    where
        hours.value is not null
        -- Not an anti join: the planner expects too few hours, and would compare each with all that are covered.
        and (hours.series_id, hours.interval_start{{ ', hours.cutoff_name' if at_cutoffs }}) not in (
            select
                covered_hours.series_id,
                covered_hours.interval_start
                {%- if at_cutoffs %},
                covered_hours.cutoff_name
                {%- endif %}
            from covered_hours
        )
    group by numbered_memberships.group_number, hours.interval_start
        {{- cutoff_columns('hours', at_cutoffs) }}
),

{{ name_groups(level, at_cutoffs=at_cutoffs) }}
{%- endmacro %}


{# Number the groups: a location, metric, source and unit. #}
{% macro number_memberships(level) -%}
{%- set keys = {'grid': ['grid_id'], 'region': ['grid_id', 'region_id']}[level] -%}
{%- set names = {'grid': ['grid_name'], 'region': ['grid_name', 'region_name']}[level] -%}
numbered_memberships as materialized (
    select
        memberships.*,
        dense_rank() over (
            order by memberships.{{ level }}_id, memberships.metric, memberships.source, memberships.unit, memberships.aggregation
        )::integer as group_number
    from memberships
),

groups as (
    select distinct
        numbered_memberships.group_number,
        {%- for column in keys + names %}
        locations.{{ column }},
        {%- endfor %}
        numbered_memberships.metric,
        numbered_memberships.source,
        numbered_memberships.unit,
        numbered_memberships.aggregation
    from numbered_memberships
    inner join locations on numbered_memberships.{{ level }}_id = locations.{{ level }}_id
),

{{ count_expected_nodes() }},

-- Materialized, so that the hours are joined once: the planner expects too few of them.
expected_groups as materialized (
    select
        groups.*,
        expected_nodes.nodes_expected,
        expected_nodes.valid_from,
        expected_nodes.valid_to
    from groups
    inner join expected_nodes on groups.group_number = expected_nodes.group_number
)
{%- endmacro %}


{# Give the sums of `reported` their names, and the number of expected nodes. They are joined on `join_keys`. #}
{% macro name_groups(level, join_keys=['group_number'], at_cutoffs=false) -%}
{%- set keys = {'grid': ['grid_id'], 'region': ['grid_id', 'region_id']}[level] -%}
{%- set names = {'grid': ['grid_name'], 'region': ['grid_name', 'region_name']}[level] -%}
rolled_up as (
    select
        {%- for column in keys + names %}
        expected_groups.{{ column }},
        {%- endfor %}
        expected_groups.metric,
        expected_groups.source,
        expected_groups.unit,
        reported.resolutions,
        reported.nodes_reporting,
        expected_groups.nodes_expected,
        {%- if at_cutoffs %}
        reported.cutoff_name,
        {%- endif %}
        case
            when expected_groups.aggregation = 'sum' then reported.total
            else reported.total / reported.nodes_reporting
        end as value,
        {%- if at_cutoffs %}
        reported.delivery_date,
        reported.cutoff_at,
        {%- endif %}
        reported.interval_start
    from reported
    inner join expected_groups
        on
            {%- for key in join_keys %}
            reported.{{ key }} = expected_groups.{{ key }} and
            {%- endfor %}
            reported.interval_start >= expected_groups.valid_from
            and reported.interval_start < expected_groups.valid_to
)
{%- endmacro %}


{# How many nodes belonged to a group, from each time at which that changed to the next. #}
{% macro count_expected_nodes() -%}
-- A node is one node, however many resolutions it has.
node_memberships as (
    select distinct
        group_number,
        node_id,
        valid_from,
        valid_to
    from numbered_memberships
),

membership_changes as (
    select
        group_number,
        coalesce(valid_from, '-infinity') as changed_at,
        1 as change
    from node_memberships
    union all
    select
        group_number,
        valid_to as changed_at,
        -1 as change
    from node_memberships
    where valid_to is not null
),

expected_nodes as (
    select
        group_number,
        (sum(sum(change)) over (partition by group_number order by changed_at))::bigint as nodes_expected,
        changed_at as valid_from,
        lead(changed_at, 1, 'infinity') over (partition by group_number order by changed_at) as valid_to
    from membership_changes
    group by group_number, changed_at
)
{%- endmacro %}


{# What tells the hours of several cut-offs apart. #}
{% macro cutoff_columns(hours, at_cutoffs) -%}
    {%- for column in ['cutoff_name', 'delivery_date', 'cutoff_at'] if at_cutoffs %},
        {{ hours }}.{{ column }}
    {%- endfor %}
{%- endmacro %}


{# The hour that a row of measures of `selected_series` is in. #}
{% macro hour_of(measures) -%}
    case
        when selected_series.seconds = 3600 then {{ measures }}.interval_start
        else date_trunc('hour', {{ measures }}.interval_start, selected_series.time_zone)
    end
{%- endmacro %}


{#
    The body of grid_hourly_as_of and region_hourly_as_of, and with at_cutoffs of grid_hourly_at_cutoff and region_hourly_at_cutoff.
    PostgreSQL keeps this text, which must also work in a copy of the database: no database name in it.
#}
{% macro roll_up_as_of(level, at_cutoffs=false) %}
{%- set function_name = level ~ ('_hourly_at_cutoff' if at_cutoffs else '_hourly_as_of') -%}
{%- set filters = {'grid': ['grid_id', 'metric'], 'region': ['grid_id', 'region_id', 'metric']}[level] -%}
{#-
    An hour that begins before the end may end after it. The sum is one in UTC, so that it is known when the query is planned and
    months are left out then.
-#}
{%- set one_hour_later = "at time zone 'UTC' + interval '1 hour') at time zone 'UTC'" -%}
{%- set end_datetime = "(" ~ function_name ~ ".end_datetime " ~ one_hour_later -%}
{%- set measures = 'measures_at_cutoffs' if at_cutoffs else 'measures_then' -%}
with memberships as materialized (
    select *
    from {{ ref('dim_series_history').include(database=false) }} as series
    where
        {{ divides_hour('series.resolution') }}
        and {{ selected_by(function_name, filters) }}
        and {{ range_in_tables(function_name, only_with_loaded=true, end_datetime=end_datetime) }}
),

locations as (
    select * from {{ ref('dim_' ~ level).include(database=false) }}
),

selected_series as materialized (
    select
        dim_series.series_id,
        dim_series.node_id,
        dim_series.metric,
        dim_series.source,
        dim_series.unit,
        extract(epoch from dim_series.resolution::interval)::double precision as seconds,
        {{ sums_over_time('dim_series.unit') }} as sums_over_time,
        dim_series.time_zone
    from {{ ref('dim_series').include(database=false) }} as dim_series
    where dim_series.series_id in (select memberships.series_id from memberships)
),

{% if at_cutoffs -%}
-- Of the grid that a node was in when the hour began.
cutoffs_of_series as materialized (
    select
        memberships.series_id,
        grids.time_zone,
        cutoffs.cutoff_name,
        cutoffs.days_before_delivery,
        cutoffs.local_time,
        memberships.valid_from,
        memberships.valid_to
    from memberships
    inner join {{ ref('dim_grid').include(database=false) }} as grids on memberships.grid_id = grids.grid_id
    inner join {{ ref('dim_cutoff').include(database=false) }} as cutoffs on memberships.grid_id = cutoffs.grid_id
    where {{ function_name }}.cutoff_names is null or cutoffs.cutoff_name = any({{ function_name }}.cutoff_names)
),

{{ measures_at_cutoffs(function_name, hour_of('revisions'), end_datetime) }},
{%- else -%}
{{ measures_then(function_name, end_datetime) }},
{%- endif %}

sums as (
    select
        measures.series_id,
        count(measures.value) as parts,
        sum(measures.value) as total,
        {{ hour_of('measures') }} as interval_start
        {{- cutoff_columns('measures', at_cutoffs) }}
    from {{ measures }} as measures
    inner join selected_series on measures.series_id = selected_series.series_id
    group by 1, 4
        {{- cutoff_columns('measures', at_cutoffs) }}
),

hours as (
    select
        sums.series_id,
        case
            when sums.parts * selected_series.seconds <> 3600 then null
            when selected_series.sums_over_time then sums.total
            else sums.total / sums.parts
        end as value,
        sums.interval_start
        {{- cutoff_columns('sums', at_cutoffs) }}
    from sums
    inner join selected_series on sums.series_id = selected_series.series_id
    where {{ is_usually(in_range('sums.interval_start', function_name)) }}
),

resolutions as materialized (
    select
        coarser.series_id,
        finer.series_id as finer_series_id
    from selected_series as coarser
    inner join selected_series as finer
        on
            coarser.node_id = finer.node_id
            and coarser.metric = finer.metric
            and coarser.source = finer.source
            and coarser.unit = finer.unit
            and coarser.seconds > finer.seconds
),

covered_hours as materialized (
    select
        resolutions.series_id,
        hours.interval_start
        {{- cutoff_columns('hours', at_cutoffs) }}
    from resolutions
    inner join hours on resolutions.finer_series_id = hours.series_id
    where hours.value is not null
),

{{ roll_up(level, at_cutoffs) }}

select * from rolled_up
{%- endmacro %}


{# True for resolutions that divide an hour. #}
{% macro divides_hour(resolution) -%}
    {{ is_usually('mod(3600, extract(epoch from ' ~ resolution ~ '::interval)) = 0') }}
{%- endmacro %}
