{{
    config(
        materialized='incremental',
        incremental_strategy='apply_changes',
        unique_key=['series_id', 'local_date'],
        pre_hook="{{ begin_summary() }}",
        post_hook="{{ end_summary(['series_id, local_date'], definitions_of_restatements()) }}",
    )
}}

-- depends_on: {{ ref('int_changed_keys') }}
-- depends_on: {{ ref('int_loads_applied') }}
-- depends_on: {{ ref('stg_loads') }}
-- depends_on: {{ ref('int_summaries_applied') }}
-- depends_on: {{ ref('int_summary_definitions') }}
-- depends_on: {{ ref('int_series') }}
-- depends_on: {{ ref('int_measure_revisions') }}

with {% if is_incremental() %}{{ changed_series_days(definitions_of_restatements()) }},{% endif %}

restatements as not materialized (
    {{ rows_of_days('int_restatements') }}
),

summed as (
    select
        series_id,
        delivery_date as local_date,
        count(*) as restatements,
        count(distinct interval_start) as intervals,
        count(*) filter (where value is null) as withdrawals,
        count(change) as changes,
        count(relative_change) as relative_changes,
        sum(change) as total_change,
        sum(absolute_change) as total_absolute_change,
        max(absolute_change) as largest_absolute_change,
        sum(relative_change) as total_relative_change,
        max(relative_change) as largest_relative_change,
        sum(lateness_hours) as total_lateness_hours,
        max(lateness_hours) as longest_lateness_hours
    from restatements
    where not is_first_reading
    group by series_id, delivery_date
),

{{ replace_series_days() }}

select * from final
