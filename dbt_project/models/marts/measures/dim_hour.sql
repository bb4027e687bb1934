with latest as (
    select * from {{ ref('fct_measures_latest') }}
),

bounds as (
    select
        min(interval_start) as first_interval_start,
        max(interval_start) as last_interval_start
    from latest
),

final as (
    select hours.hour_start
    from bounds
    cross join lateral generate_series(
        date_trunc('hour', bounds.first_interval_start, 'UTC'),
        date_trunc('hour', bounds.last_interval_start, 'UTC'),
        interval '1 hour'
    ) as hours (hour_start)
)

select * from final
