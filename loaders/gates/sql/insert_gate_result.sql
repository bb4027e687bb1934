insert into raw.gate_results (
    load_id,
    checked_at,
    rule,
    metric,
    rows_checked,
    rows_failed,
    share_allowed,
    passed,
    rule_description,
    examples
)
values (
    %(load_id)s,
    %(checked_at)s,
    %(rule)s,
    %(metric)s,
    %(rows_checked)s,
    %(rows_failed)s,
    %(share_allowed)s,
    %(passed)s,
    %(rule_description)s,
    %(examples)s
)
