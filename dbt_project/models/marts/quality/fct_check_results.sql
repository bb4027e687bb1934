with results as (
    select * from {{ ref('stg_check_results') }}
),

final as (
    select
        gate,
        expectation,
        scope,
        counted,
        detail,
        observed,
        is_passed,
        checked_at
    from results
)

select * from final
