-- The rules that each load broke when it was last judged; one row without a rule where it broke none.
select
    loads.load_id,
    loads.uri,
    loads.status,
    results.rule,
    results.metric,
    results.rows_failed,
    results.rows_checked,
    'load ' || loads.load_id || ' (' || loads.uri || '): '
    || coalesce(
        results.rule || ' fails for ' || results.rows_failed || ' of ' || results.rows_checked || ' rows of '
        || results.metric || ', allowed ' || trim_scale(round(cast(results.share_allowed * 100 as numeric), 4))
        || ' %; ' || results.rule_description,
        'breaks no rule'
    ) as finding,
    results.examples
from raw.loads as loads
left join raw.gate_results as results
    on
        loads.load_id = results.load_id
        and not results.passed
        and results.checked_at = (
            select max(newest.checked_at) from raw.gate_results as newest
            where newest.load_id = loads.load_id
        )
