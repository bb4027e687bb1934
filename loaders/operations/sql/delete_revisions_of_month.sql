-- The newest revision of each interval stays in the marts.
delete from staging.int_measure_revisions
where interval_start >= %(month_start)s and interval_start < %(month_end)s and known_to is not null
