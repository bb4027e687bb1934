with results as (
    select * from {{ ref('stg_gate_results') }}
),

loads as (
    select * from {{ ref('stg_loads') }}
),

final as (
    select
        results.load_id,
        loads.source,
        loads.uri,
        results.rule,
        results.metric,
        results.rule_description,
        results.rows_checked,
        results.rows_failed,
        results.share_allowed,
        results.is_passed,
        results.checked_at
    from results
    inner join loads on results.load_id = loads.load_id
)

select * from final
