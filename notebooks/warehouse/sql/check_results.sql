select * from marts.fct_check_results
where ($1::text is null or gate = $1) and ($2::boolean is null or is_passed = $2)
order by checked_at, gate, expectation
