insert into staging.int_flags_archived (
    series_id, load_id, rule, kind, value, interval_start, collected_at, known_to
)
select
    series_id,
    load_id,
    rule,
    kind,
    value,
    interval_start,
    collected_at,
    known_to
from staging.int_flags_applied
where interval_start >= %(month_start)s and interval_start < %(month_end)s
