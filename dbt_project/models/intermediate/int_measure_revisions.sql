{{
    config(
        materialized='incremental',
        incremental_strategy='apply_changes',
        partitioned_like='raw.measures',
        unique_key=['series_id', 'interval_start', 'collected_at'],
        pre_hook=[
            "set transaction isolation level repeatable read",
            "lock table {{ ref('int_loads_applied') }} in exclusive mode",
            "{{ plan_for_few_changes() }}",
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
-- statement saw. The lock lets builds take turns; it is taken before the snapshot is.

with loads as not materialized (
    select * from {{ ref('stg_loads') }}
),

measures as not materialized (
    select * from {{ ref('stg_measures') }}
),

visible as not materialized (
    select * from {{ ref('int_measures_visible') }}
),

redelivered_rows as (
    select * from {{ ref('stg_redelivered_rows') }}
),

{% if is_incremental() %}

    applied as (
        select * from {{ ref('int_loads_applied') }}
    ),

    changed_loads as (
        select loads.load_id
        from loads
        left join applied on loads.load_id = applied.load_id
        where loads.is_accepted <> (applied.load_id is not null)
    ),

    -- Lateral with `offset 0`, here and below: how few the changed loads and keys are cannot be known when the query is
    -- planned, and reading everything is what must not happen.
    -- A repeated row can change an answer only where the load that stored it does not count.
    changed_keys as materialized (
        select
            changed_rows.series_id,
            changed_rows.interval_start,
            changed_rows.collected_at
        from changed_loads
        cross join
            lateral (
                select measures.*
                from measures
                where measures.load_id = changed_loads.load_id
                offset 0
            ) as changed_rows
        union
        select
            repeated_rows.series_id,
            repeated_rows.interval_start,
            repeated_rows.collected_at
        from changed_loads
        inner join redelivered_rows on changed_loads.load_id = redelivered_rows.load_id
        inner join loads on redelivered_rows.row_ids && loads.row_ids and not loads.is_accepted
        cross join lateral (
            select measures.*
            from measures
            where measures.load_id = loads.load_id and redelivered_rows.row_ids @> measures.row_id
            offset 0
        ) as repeated_rows
    ),

    deliveries as (
        select found.*
        from changed_keys
        cross join lateral (
            select visible.*
            from visible
            where
                visible.series_id = changed_keys.series_id
                and visible.interval_start = changed_keys.interval_start
                and visible.collected_at = changed_keys.collected_at
            offset 0
        ) as found
    ),

{% else %}

    -- A key stands in more than one row, or in one that must be told whose it is, only where a load corrected another or
    -- repeated what a load stored that does not count.
    contested_intervals as materialized (
        select
            measures.series_id,
            measures.interval_start
        from loads
        inner join measures on loads.load_id = measures.load_id
        where loads.rows_corrected > 0
        union
        select
            repeated_rows.series_id,
            repeated_rows.interval_start
        from redelivered_rows
        inner join loads on redelivered_rows.row_ids && loads.row_ids and not loads.is_accepted
        inner join measures as repeated_rows
            on loads.load_id = repeated_rows.load_id and redelivered_rows.row_ids @> repeated_rows.row_id
    ),

    deliveries as (
        select found.*
        from contested_intervals
        cross join lateral (
            select visible.*
            from visible
            where
                visible.series_id = contested_intervals.series_id
                and visible.interval_start = contested_intervals.interval_start
            offset 0
        ) as found
    ),

{% endif %}

-- The same key from several loads: the latest load wins, and the value counts from the first of the loads in a row that
-- said the same.
compared as (
    select
        *,
        row_number() over key_loads as turn,
        lag(value) over key_loads as value_before,
        lead(stored_load_id) over key_loads as next_load_id
    from deliveries
    window key_loads as (partition by series_id, interval_start, collected_at order by stored_load_id)
),

attributed as (
    select
        *,
        max(load_id) filter (where turn = 1 or value is distinct from value_before) over (
            partition by series_id, interval_start, collected_at order by stored_load_id
        ) as first_load_id
    from compared
),

winners as (
    select
        series_id,
        first_load_id as load_id,
        value,
        interval_start,
        collected_at
    from attributed
    where next_load_id is null
),

{% if is_incremental() %}

    newest as materialized (
        select open_rows.*
        from (
            select distinct
                series_id,
                interval_start
            from changed_keys
        ) as chains
        cross join lateral (
            select revisions.*
            from {{ this }} as revisions
            where
                revisions.series_id = chains.series_id
                and revisions.interval_start = chains.interval_start
                and revisions.known_to is null
            limit 1
        ) as open_rows
    ),

    -- The rows just before and just after a changed one. A neighbour that is itself changed has neighbours of its own.
    -- The newest row may have to be told when its interval was first heard of.
    neighbours as (
        select
            earlier.*,
            true as is_before,
            false as is_after
        from changed_keys
        inner join lateral (
            select revisions.*
            from {{ this }} as revisions
            where
                revisions.series_id = changed_keys.series_id
                and revisions.interval_start = changed_keys.interval_start
                and revisions.collected_at < changed_keys.collected_at
            order by revisions.collected_at desc
            limit 1
        ) as earlier on true
        union all
        select
            later.*,
            false as is_before,
            true as is_after
        from changed_keys
        inner join lateral (
            select revisions.*
            from {{ this }} as revisions
            where
                revisions.series_id = changed_keys.series_id
                and revisions.interval_start = changed_keys.interval_start
                and revisions.collected_at > changed_keys.collected_at
            order by revisions.collected_at
            limit 1
        ) as later on true
        union all
        select
            newest.*,
            false as is_before,
            false as is_after
        from newest
    ),

    unchanged_neighbours as (
        select
            series_id,
            load_id,
            value,
            previous_value,
            interval_start,
            collected_at,
            known_to,
            first_collected_at,
            bool_or(is_before) as is_before,
            bool_or(is_after) as is_after
        from neighbours
        where
            not exists (
                select
                from changed_keys
                where
                    changed_keys.series_id = neighbours.series_id
                    and changed_keys.interval_start = neighbours.interval_start
                    and changed_keys.collected_at = neighbours.collected_at
            )
        group by
            series_id, load_id, value, previous_value, interval_start, collected_at, known_to, first_collected_at
    ),

    -- When the interval was first heard of, as far as the changes leave that alone.
    kept_firsts as (
        select
            newest.series_id,
            newest.interval_start,
            newest.first_collected_at
        from newest
        where
            not exists (
                select
                from changed_keys
                where
                    changed_keys.series_id = newest.series_id
                    and changed_keys.interval_start = newest.interval_start
                    and changed_keys.collected_at = newest.first_collected_at
            )
    ),

    pieces as (
        select
            *,
            null::double precision as previous_value,
            null::timestamptz as known_to,
            null::timestamptz as first_collected_at,
            true as is_before,
            true as is_after
        from winners
        union all
        select
            series_id,
            load_id,
            value,
            interval_start,
            collected_at,
            previous_value,
            known_to,
            first_collected_at,
            is_before,
            is_after
        from unchanged_neighbours
    ),

    -- What follows a row is known where the row stands before a change, what precedes it where it stands after one.
    chained as (
        select
            series_id,
            load_id,
            value,
            case when is_after then lag(value) over chain else previous_value end as previous_value,
            interval_start,
            collected_at,
            case when is_before then lead(collected_at) over chain else known_to end as known_to,
            first_value(collected_at) over chain as first_changed_at,
            first_collected_at as first_collected_before,
            is_before or is_after as is_changed
        from pieces
        window chain as (partition by series_id, interval_start order by collected_at)
    ),

    dated as (
        select
            chained.series_id,
            chained.load_id,
            chained.value,
            chained.previous_value,
            chained.interval_start,
            chained.collected_at,
            chained.known_to,
            case
                when chained.known_to is null then least(chained.first_changed_at, kept_firsts.first_collected_at)
            end as first_collected_at,
            chained.first_collected_before,
            chained.is_changed
        from chained
        left join kept_firsts
            on chained.series_id = kept_firsts.series_id and chained.interval_start = kept_firsts.interval_start
    ),

    present as (
        select
            series_id,
            load_id,
            value,
            previous_value,
            interval_start,
            collected_at,
            known_to,
            first_collected_at,
            false as is_gone
        from dated
        where is_changed or first_collected_at is distinct from first_collected_before
    ),

    gone as (
        select
            changed_keys.series_id,
            null::integer as load_id,
            null::double precision as value,
            null::double precision as previous_value,
            changed_keys.interval_start,
            changed_keys.collected_at,
            null::timestamptz as known_to,
            null::timestamptz as first_collected_at,
            true as is_gone
        from changed_keys
        where
            not exists (
                select
                from winners
                where
                    winners.series_id = changed_keys.series_id
                    and winners.interval_start = changed_keys.interval_start
                    and winners.collected_at = changed_keys.collected_at
            )
    ),

    final as (
        select * from present
        union all
        select * from gone
    )

{% else %}

    {% set chained %}
        series_id,
        load_id,
        value,
        lag(value) over chain as previous_value,
        interval_start,
        collected_at,
        lead(collected_at) over chain as known_to,
        case when (lead(collected_at) over chain) is null then first_value(collected_at) over chain end
            as first_collected_at
    {% endset %}

    -- In the order of the key, so nothing is sorted: `not in` keeps that order, where a join would not.
    as_stored as (
        select {{ chained }}
        from measures
        where load_id not in (select loads.load_id from loads where not loads.is_accepted)
        window chain as (partition by series_id, interval_start order by collected_at)
    ),

    final as (
        select *
        from as_stored
        where
            not exists (
                select
                from contested_intervals
                where
                    contested_intervals.series_id = as_stored.series_id
                    and contested_intervals.interval_start = as_stored.interval_start
            )
        union all
        select {{ chained }}
        from winners
        window chain as (partition by series_id, interval_start order by collected_at)
    )

{% endif %}

select * from final
