with actual_series as (
    select * from {{ ref('int_series_matched_to_actuals') }}
),

final as (
    select
        series_id,
        actual_series_id,
        is_own,
        preference
    from actual_series
)

select * from final
