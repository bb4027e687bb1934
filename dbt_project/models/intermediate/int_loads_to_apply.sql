with loads as (
    select * from {{ ref('stg_loads') }}
),

-- Created after int_series was brought up to date: none, nearly always.
newer_series as (
    select series.series_id
    from {{ ref('stg_series') }} as series
    where
        not exists (
            select
            from {{ ref('int_series') }} as known_series
            where known_series.series_id = series.series_id
        )
),

-- Lateral with `offset 0`: the planner must not choose to read everything.
newer_rows as materialized (
    select
        measures.load_id,
        measures.row_id
    from newer_series
    cross join lateral (
        select stored.*
        from {{ ref('stg_measures') }} as stored
        where stored.series_id = newer_series.series_id
        {{ offset_0() }}
    ) as measures
),

loads_of_newer_series as (
    select load_id
    from newer_rows
    union
    select redelivered_rows.load_id
    from newer_rows
    inner join {{ ref('stg_redelivered_rows') }} as redelivered_rows
        on redelivered_rows.row_ids @> newer_rows.row_id
),

final as (
    select
        load_id,
        rows_inserted,
        row_ids
    from loads
    where
        is_accepted
        and not exists (
            select
            from loads_of_newer_series
            where loads_of_newer_series.load_id = loads.load_id
        )
)

select * from final
