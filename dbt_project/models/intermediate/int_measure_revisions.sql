{{
    config(
        materialized='incremental',
        incremental_strategy='apply_changes',
        partitioned_like='raw.measures',
        unique_key=['series_id', 'interval_start', 'collected_at'],
        pre_hook=[
            "set transaction isolation level repeatable read",
            "lock table {{ ref('int_loads_applied') }} in exclusive mode",
            "{{ disable_hash_joins_on_incremental() }}",
        ],
        post_hook=[
            "{{ record_applied_loads() }}",
            "{{ index_measure_revisions() }}",
            {"sql": "{{ vacuum_measure_revisions() }}", "transaction": false},
        ]
    )
}}

-- depends_on: {{ ref('int_loads_applied') }}

-- One snapshot for the whole transaction (the first hook), so the loads recorded as applied are exactly those that this
-- statement saw. The lock makes builds take turns. It is taken before the snapshot is.
-- The two programs are in macros/measure_revisions/.

{% if is_incremental() %}
    {{ apply_changed_loads() }}
{% else %}
    {{ full_build_of_measure_revisions() }}
{% endif %}
