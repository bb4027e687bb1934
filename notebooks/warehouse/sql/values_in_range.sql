select exists(
    select series_id
    from marts.fct_measures_latest
    where
        series_id = any($1)
        and ($2::timestamptz is null or interval_start >= $2)
        and ($3::timestamptz is null or interval_start < $3)
) as has_values
