{{
    config(
        materialized='incremental',
        distributed_by='series_id',
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
-- depends_on: {{ ref('int_series_spans') }}
-- depends_on: {{ ref('int_series') }}
-- depends_on: {{ ref('int_measure_revisions') }}

with {% if is_incremental() %}{{ changed_series_days(definitions_of_restatements()) }},{% endif %}

restatements as not materialized (
    {{ rows_of_days('int_restatements') }}
),

{{ sum_changes_by_day('restatements') }},

{{ replace_series_days() }}

select * from final
order by series_id, local_date
