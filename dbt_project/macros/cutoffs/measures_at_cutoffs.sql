{#
    What was known of each interval at the cut-offs of its local day, in `measures_at_cutoffs`, by the arguments of the function `name`.

    `selected_series`: with series_id. `cutoffs_of_series`: when the cut-offs of a series are, in which time zone, and from when to when
    (valid_from, valid_to). `day_at`: the time of a row of `revisions` that decides on its day and on these.
#}
{% macro measures_at_cutoffs(name, day_at='revisions.interval_start', end_datetime=none) -%}
{{ newest_revisions(name, end_datetime) }},

-- Without a system time: the newest revision of an interval, or one probe of the key for the one before the cut-off.
requested as materialized (
    select
        revisions.*,
        {{ columns_of_cutoff(day_at) }}
    {{ from_revisions_and_cutoffs('newest', name, day_at, 'revisions.first_collected_at') }}
),

-- With a system time: from everything ever received, by the loads that were accepted then.
held_then as (
    select distinct on (revisions.series_id, revisions.interval_start, cutoffs_of_series.cutoff_name)
        revisions.series_id,
        revisions.load_id,
        revisions.value,
        revisions.interval_start,
        revisions.collected_at,
        {{ columns_of_cutoff(day_at) }}
    {{ from_revisions_and_cutoffs('winners', name, day_at, 'revisions.collected_at') }}
    order by
        revisions.series_id asc,
        revisions.interval_start asc,
        cutoffs_of_series.cutoff_name asc,
        revisions.collected_at desc
),

measures_at_cutoffs as (
    select
        series_id,
        load_id,
        value,
        interval_start,
        collected_at,
        cutoff_name,
        delivery_date,
        cutoff_at
    from requested
    where {{ is_usually('collected_at <= cutoff_at') }}
    union all
    select
        requested.series_id,
        earlier.load_id,
        earlier.value,
        requested.interval_start,
        earlier.collected_at,
        requested.cutoff_name,
        requested.delivery_date,
        requested.cutoff_at
    from requested
    {% if is_distributed() -%}
    inner join {{ ref('fct_measure_revisions').include(database=false) }} as earlier
        on
            requested.series_id = earlier.series_id
            and requested.interval_start = earlier.interval_start
            and requested.cutoff_at >= earlier.collected_at
            and requested.cutoff_at < earlier.known_to
    {%- else -%}
    cross join lateral (
        select
            revisions.load_id,
            revisions.value,
            revisions.collected_at
        from {{ ref('fct_measure_revisions').include(database=false) }} as revisions
        where
            revisions.series_id = requested.series_id
            and revisions.interval_start = requested.interval_start
            and revisions.collected_at <= requested.cutoff_at
            -- Known when the query is planned: months outside the range are left out.
            and {{ in_range('revisions.interval_start', name, end_datetime) }}
        order by revisions.collected_at desc
        limit 1
    ) as earlier
    {%- endif %}
    where
        {{ is_usually('requested.collected_at > requested.cutoff_at') }}
        and {{ in_tables('requested.interval_start', archived_months=ref('dim_archived_month').include(database=false)) }}
    union all
    select * from held_then
)
{%- endmacro %}


{% macro columns_of_cutoff(day_at) -%}
    cutoffs_of_series.cutoff_name,
        {{ delivery_date(day_at, 'cutoffs_of_series') }} as delivery_date,
        {{ cutoff_at(day_at, 'cutoffs_of_series', 'cutoffs_of_series') }} as cutoff_at
{%- endmacro %}


{% macro from_revisions_and_cutoffs(relation, name, day_at, known_from) -%}
{%- set cutoff = cutoff_at(day_at, 'cutoffs_of_series', 'cutoffs_of_series') -%}
from {{ relation }} as revisions
    inner join selected_series on revisions.series_id = selected_series.series_id
    inner join cutoffs_of_series on revisions.series_id = cutoffs_of_series.series_id
    where
        {{ is_usually('cutoffs_of_series.valid_from is null or ' ~ day_at ~ ' >= cutoffs_of_series.valid_from') }}
        and {{ is_usually('cutoffs_of_series.valid_to is null or ' ~ day_at ~ ' < cutoffs_of_series.valid_to') }}
        and {{ is_usually(cutoff ~ " between " ~ known_from ~ " and coalesce(" ~ name ~ ".collected_datetime, 'infinity')") }}
{%- endmacro %}
