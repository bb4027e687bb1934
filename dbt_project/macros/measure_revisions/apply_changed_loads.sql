{#
    The program of every later build: the rows that accepted or withdrawn loads change, and their neighbours in the chain.
    It returns only rows that differ from the table, and is_gone for keys that no longer have a row.
#}
{% macro apply_changed_loads(change_number) -%}
with {{ loads_of_this_build() }},

changed_keys as not materialized (
    select
        series_id,
        interval_start,
        collected_at
    from {{ ref('int_changed_keys') }}
    where change_number = {{ change_number }}
),

-- For what is not driven by the keys.
listed_keys as {{ gathered() }} (
    select * from changed_keys
),

{{ visible_deliveries('changed_keys', ['series_id', 'interval_start', 'collected_at']) }},

{{ latest_load_wins('deliveries') }},

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
-- The newest row is one of them, because it holds when its interval was first reported.
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
            from listed_keys
            where
                listed_keys.series_id = neighbours.series_id
                and listed_keys.interval_start = neighbours.interval_start
                and listed_keys.collected_at = neighbours.collected_at
        )
    group by
        series_id, load_id, value, previous_value, interval_start, collected_at, known_to, first_collected_at
),

-- When the interval was first reported, where the changes do not touch that revision.
kept_firsts as (
    select
        newest.series_id,
        newest.interval_start,
        newest.first_collected_at
    from newest
    where
        not exists (
            select
            from listed_keys
            where
                listed_keys.series_id = newest.series_id
                and listed_keys.interval_start = newest.interval_start
                and listed_keys.collected_at = newest.first_collected_at
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

-- The next row is certain for a row just before a change, the previous row for one just after a change.
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
        listed_keys.series_id,
        null::integer as load_id,
        null::double precision as value,
        null::double precision as previous_value,
        listed_keys.interval_start,
        listed_keys.collected_at,
        null::timestamptz as known_to,
        null::timestamptz as first_collected_at,
        true as is_gone
    from listed_keys
    where
        not exists (
            select
            from winners
            where
                winners.series_id = listed_keys.series_id
                and winners.interval_start = listed_keys.interval_start
                and winners.collected_at = listed_keys.collected_at
        )
),

final as (
    select * from present
    union all
    select * from gone
)

select * from final
{%- endmacro %}
