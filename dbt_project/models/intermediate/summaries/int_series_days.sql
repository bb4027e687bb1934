{{
    config(
        materialized='incremental',
        distributed_by='series_id',
        incremental_strategy='apply_changes',
        unique_key=['series_id', 'local_date'],
        pre_hook=["{{ begin_summary() }}", "{{ add_first_interval_start() }}"],
        post_hook=["{{ end_summary(['series_id, local_date'], definitions_of_series_days()) }}", "{{ add_up_series_days() }}"],
    )
}}

-- depends_on: {{ ref('int_changed_keys') }}
-- depends_on: {{ ref('int_loads_applied') }}
-- depends_on: {{ ref('stg_loads') }}
-- depends_on: {{ ref('int_summaries_applied') }}
-- depends_on: {{ ref('int_summary_definitions') }}
-- depends_on: {{ ref('int_series_spans') }}
-- depends_on: {{ ref('int_series') }}
-- depends_on: {{ ref('int_measure_revisions') }}

with {% if is_incremental() %}{{ changed_series_days(definitions_of_series_days()) }},{% endif %}

revisions as not materialized (
    {{ rows_of_days('int_measure_revisions') }}
),

summed as (
    select
        revisions.series_id,
        (revisions.interval_start at time zone series.time_zone)::date as local_date,
        count(*) filter (where revisions.known_to is null) as intervals,
        count(revisions.value) filter (where revisions.known_to is null) as present,
        count(*) as revisions,
        max(revisions.interval_start) as newest_interval_start,
        max(revisions.collected_at) as newest_collected_at,
        min(revisions.interval_start) as first_interval_start
    from revisions
    inner join {{ ref('int_series') }} as series on revisions.series_id = series.series_id
    where {{ in_tables('revisions.interval_start') }}
    group by revisions.series_id, local_date
),

{{ replace_series_days() }}

select * from final
order by series_id, local_date
