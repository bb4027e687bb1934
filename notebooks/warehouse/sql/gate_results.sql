select * from marts.fct_gate_results
where ($1::bigint is null or load_id = $1) and ($2::boolean is null or is_passed = $2)
order by load_id, checked_at, rule, metric
