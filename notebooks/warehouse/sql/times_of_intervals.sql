select
    series_id,
    cutoff_name,
    delivery_date,
    cutoff_at,
    interval_start,
    interval_end
from marts.times_of_intervals($1::integer[], $2::timestamptz[], $3::text[])
