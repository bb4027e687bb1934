delete from raw.measures
where interval_start >= %(month_start)s and interval_start < %(month_end)s
