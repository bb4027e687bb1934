{{
    config(
        materialized='incremental',
        distributed_by='region_id',
        incremental_strategy='apply_changes',
        unique_key=['region_id', 'metric', 'source', 'unit', 'interval_start'],
        added_columns={'resolutions': 'text'},
        pre_hook=["{{ begin_summary() }}", "{{ add_unit_of_hours() }}"],
        post_hook="{{ end_summary(['region_id, interval_start'], definitions_of_location_hours('region')) }}",
    )
}}

-- depends_on: {{ ref('int_changed_keys') }}
-- depends_on: {{ ref('int_loads_applied') }}
-- depends_on: {{ ref('stg_loads') }}
-- depends_on: {{ ref('int_summaries_applied') }}
-- depends_on: {{ ref('int_summary_definitions') }}
-- depends_on: {{ ref('int_series') }}
-- depends_on: {{ ref('stg_metrics') }}

{{ sum_hours_by_location('region') }}
