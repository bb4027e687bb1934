insert into raw.check_results (checked_at, gate, expectation, scope, observed, counted, passed, detail, examples)
values (
    %(checked_at)s,
    %(gate)s,
    %(expectation)s,
    %(scope)s,
    %(observed)s,
    %(counted)s,
    %(passed)s,
    %(detail)s,
    %(examples)s
)
