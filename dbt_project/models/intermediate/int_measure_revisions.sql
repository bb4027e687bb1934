{{
    config(
        materialized='incremental',
        distributed_by='series_id',
        incremental_strategy='apply_changes',
        partitioned_like='raw.measures',
        unique_key=['series_id', 'interval_start', 'collected_at'],
        pre_hook=[
            "{{ begin_snapshot() }}",
            "lock table {{ ref('int_loads_applied') }} in exclusive mode",
            "{{ refuse_to_build_archived() }}",
            "{{ record_changed_keys() }}",
            "{{ list_loads_to_apply() }}",
            "{{ disable_hash_joins_on_incremental() }}",
        ],
        post_hook=[
            "{{ insert_uncontested_revisions() }}",
            "{{ index_measure_revisions() }}",
            "{{ forget_restored_months() }}",
            "{{ announce_full_build() }}",
            {"sql": "{{ vacuum_measure_revisions() }}", "transaction": false},
        ]
    )
}}

-- depends_on: {{ ref('int_loads_applied') }}
-- depends_on: {{ ref('int_loads_to_apply') }}
-- depends_on: {{ ref('int_changed_keys') }}
-- depends_on: {{ ref('int_summaries_applied') }}
-- depends_on: {{ ref('int_flags_archived') }}
-- depends_on: {{ ref('stg_archived_months') }}
-- So that the names of new series are there when readers are notified of their values:
-- depends_on: {{ ref('catalog_version') }}

-- The choice of the program has opened a transaction already, so the first hook begins another one.
-- It has one snapshot for the whole transaction, so it sees all rows of the loads that it lists as applied. The lock
-- makes builds take turns. It is taken before the snapshot is.
-- The three programs are in macros/measure_revisions/.

{% if is_large_change() %}
    {{ apply_large_change() }}
{% elif is_incremental() %}
    {{ apply_changed_loads(current_change_number()) }}
{% else %}
    {{ full_build_of_measure_revisions(with_uncontested=not nodes_insert_uncontested()) }}
{% endif %}
